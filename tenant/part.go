package tenant

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
)

// ErrNotPart refuses a transaction for a tenant and a part of another one: for one organization and another's project.
// The error is a *PartError, and also ErrTenantMismatch.
var ErrNotPart = errors.New("tenant: the part belongs to another tenant")

// PartError tells which ids do not belong together, for a log or an alert. Its text names none of them.
type PartError struct {
	Scope Scope
}

// Error is the text of ErrNotPart.
func (e *PartError) Error() string { return ErrNotPart.Error() }

// Is makes errors.Is(err, ErrNotPart) and errors.Is(err, ErrTenantMismatch) true.
func (e *PartError) Is(target error) bool { return target == ErrNotPart || target == ErrTenantMismatch }

// Part says how to find out in which tenant of an outer level one of an inner level lies.
type Part struct {
	// Inner and Outer are the settings of the two levels.
	Inner, Outer string
	// SQL yields, for the inner tenant $1, whether it lies in the outer tenant $2, and no row when there is none. It runs with
	// the inner tenant alone.
	SQL string
}

// WithParts has transactions refused with a *PartError that are for a tenant and a part of another one; generated code
// does it. A part that does not exist yet is anybody's to make.
func WithParts(parts ...Part) Option {
	return func(db *DB) { db.parts = append(db.parts, parts...) }
}

// belongs makes sure that the levels of a scope belong together, in a transaction in which they are set. It costs a round
// trip where there are levels to ask for.
func (db *DB) belongs(ctx context.Context, tx pgx.Tx, scope Scope) error {
	batch, list, belongs := &pgx.Batch{}, db.assignments(nil, scope), true
	for _, p := range db.parts {
		inner, deep := scope.lookup(p.Inner)
		outer, around := scope.lookup(p.Outer)
		if !deep || !around {
			continue
		}
		alone := slices.Clone(list)
		for i := range alone {
			if alone[i].setting != p.Inner {
				alone[i].value = ""
			}
		}
		queue(batch, &pgx.QueuedQuery{}, alone)
		batch.Queue(p.SQL, inner, outer).Query(func(rows pgx.Rows) error {
			lies, err := pgx.CollectRows(rows, pgx.RowTo[*bool])
			belongs = belongs && !slices.ContainsFunc(lies, func(b *bool) bool { return b == nil || !*b })
			return err
		})
	}
	if batch.Len() == 0 {
		return nil
	}
	queue(batch, &pgx.QueuedQuery{}, list)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	if !belongs {
		return &PartError{Scope: scope}
	}
	return nil
}
