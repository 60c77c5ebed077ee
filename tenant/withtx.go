package tenant

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// join calls fn within a transaction that somebody else has begun, in a savepoint for the tenant of scope.
func (db *DB) join(ctx context.Context, tx pgx.Tx, scope Scope, fn func(context.Context, *Tx) error) error {
	return traced(ctx, db, scope, "", func(ctx context.Context, span *span) error { return db.joinTx(ctx, span, tx, scope, fn) })
}

func (db *DB) joinTx(ctx context.Context, span *span, outer pgx.Tx, scope Scope, fn func(context.Context, *Tx) error) error {
	err := scope.check()
	if err == nil {
		err = foreign(ctx, scope, db.settings)
	}
	var d database
	if err == nil {
		d, err = db.joinable(ctx, outer, scope)
	}
	if err != nil {
		span.refuse()
		return err
	}
	if db.fake {
		outer = nowhere{}
	}
	savepoint, err := outer.Begin(ctx)
	if err != nil {
		return err
	}
	tx := &Tx{transaction: transaction{tx: savepoint, borrowed: true}, db: db, pool: d.pool, path: d.path, tag: d.tag(), scope: scope}
	call := func() error {
		return fn(within(ctx, inside{home: db.home(), pool: d.pool, tx: &tx.transaction, scope: scope}), tx)
	}
	if db.fake {
		return tx.run(ctx, call)
	}
	return tx.run(ctx, func() error {
		was, err := db.adopt(ctx, savepoint, d.assignments(db.assignments(nil, scope)))
		if err != nil {
			return err
		}
		for i, a := range scope.assignments(nil) {
			if was[i].value != "" && was[i] != a {
				return &MismatchError{Tx: newScope(a.setting, was[i].value), Call: scope}
			}
		}
		if err := d.look(ctx, savepoint); err != nil {
			return err
		}
		if err := teach(ctx, savepoint.Conn(), db.base.types); err != nil {
			return err
		}
		if err := db.belongs(ctx, savepoint, scope); err != nil {
			return err
		}
		if err := call(); err != nil {
			return err
		}
		// Releasing the savepoint would leave the tenant in force.
		if db.blocks != nil {
			return db.blocks.restore(ctx, savepoint, was)
		}
		batch := &pgx.Batch{}
		queue(batch, &pgx.QueuedQuery{}, was)
		return savepoint.SendBatch(ctx, batch).Close()
	})
}

// adopt makes the assignments in a transaction, and returns those that were in force.
func (db *DB) adopt(ctx context.Context, tx pgx.Tx, list []assignment) ([]assignment, error) {
	if db.blocks != nil {
		return db.blocks.adopt(ctx, tx, list)
	}
	return adopt(ctx, tx, list)
}

func adopt(ctx context.Context, tx pgx.Tx, list []assignment) ([]assignment, error) {
	was := slices.Clone(list)
	batch := &pgx.Batch{}
	inForce(batch, was)
	queue(batch, &pgx.QueuedQuery{}, list)
	return was, tx.SendBatch(ctx, batch).Close()
}

// inForce queues a query of the values that the settings of a list have, which it puts there.
func inForce(batch *pgx.Batch, list []assignment) {
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = a.setting
	}
	batch.Queue(`select coalesce(pg_catalog.current_setting(name, true), '')
		from unnest($1::text[]) with ordinality as setting(name, place) order by place`, names).Query(func(rows pgx.Rows) error {
		values, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for i, value := range values {
			list[i].value = value
		}
		return err
	})
}
