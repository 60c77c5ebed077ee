package tenant

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant/internal/bridge"
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

func withParts(parts ...bridge.Part) Option {
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
	if batch.Len() == 0 || db.fake {
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
