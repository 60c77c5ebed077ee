package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// soakCalls are all kinds of call. None but the inserts names its tenant, so that the setting alone decides what it sees.
var soakCalls = map[string]func(s *soak, ctx context.Context, me int) error{
	"exec":      func(s *soak, ctx context.Context, me int) error { return soakUpdate(ctx, s.db, me) },
	"query":     func(s *soak, ctx context.Context, me int) error { return soakSelect(ctx, s.db, me) },
	"query row": func(s *soak, ctx context.Context, me int) error { return soakCount(ctx, s.db, me) },
	"batch":     func(s *soak, ctx context.Context, me int) error { return soakBatch(ctx, s.db, me) },
	"insert":    func(s *soak, ctx context.Context, me int) error { return soakAdd(ctx, s.db, me) },
	"copy":      func(s *soak, ctx context.Context, me int) error { return soakCopy(ctx, s.db, me) },
	"delete":    func(s *soak, ctx context.Context, me int) error { return soakDelete(ctx, s.db, me) },
	"notify": func(s *soak, ctx context.Context, me int) error {
		me = 1 + me%8 // of whom some listen
		return tenant.Notify(ctx, s.db, soakScope(me), "notes", soakID(me))
	},
	"listen":          (*soak).listenBriefly,
	"query left":      (*soak).queryLeft,
	"foreign insert":  (*soak).foreignInsert,
	"late error":      (*soak).lateError,
	"transaction":     (*soak).transaction,
	"tx panics":       (*soak).txPanics,
	"tx rolls back":   (*soak).txRollsBack,
	"serializable":    (*soak).serializable,
	"deadlock":        (*soak).deadlock,
	"borrowed tx":     (*soak).borrowedTx,
	"cross-tenant":    (*soak).crossTenant,
	"cross-tenant tx": (*soak).crossTenantTx,
	"global":          (*soak).global,
	"tenants":         (*soak).ofTenants,
	"bare pool":       (*soak).barePool,
	"by pools":        (*soak).byPools,
}

// soakUpdate changes a row that every tenant has.
func soakUpdate(ctx context.Context, q tenant.Executor, me int) error {
	tag, err := gen.Scoped(q, soakScope(me), write).Exec(ctx, "update notes set size = $1 where title = 'fixed 1'", me)
	if err == nil && tag.RowsAffected() != 1 {
		return violated("changed %d rows", tag.RowsAffected())
	}
	return err
}

const soakRows = "select org_id::text, title, size from notes"

// soakSelect reads all that there is.
func soakSelect(ctx context.Context, q tenant.Executor, me int) error {
	rows, err := gen.Scoped(q, soakScope(me), read).Query(ctx, soakRows)
	if err != nil {
		return err
	}
	return soakRead(rows, me, true)
}

// soakRead expects rows of the tenant only, and all of those that stay if the result is of everything.
func soakRead(rows pgx.Rows, me int, everything bool) error {
	var org, title string
	var size, fixed int
	_, err := pgx.ForEachRow(rows, []any{&org, &title, &size}, func() error {
		if org != soakID(me) || size != me {
			return violated("has row (%s, %s, %d)", org, title, size)
		}
		if title[:3] == "fix" {
			fixed++
		}
		return nil
	})
	if err == nil && everything && fixed != 3 {
		return violated("has %d of its three rows", fixed)
	}
	return err
}

func soakCount(ctx context.Context, q tenant.Executor, me int) error {
	var foreign, fixed int
	err := gen.Scoped(q, soakScope(me), read).QueryRow(ctx, `select count(*) filter (where org_id <> $1),
		count(*) filter (where title like 'fixed%') from notes`, soakID(me)).Scan(&foreign, &fixed)
	if err == nil && (foreign != 0 || fixed != 3) {
		return violated("counts %d of others and %d of its three rows", foreign, fixed)
	}
	return err
}

func soakBatch(ctx context.Context, q tenant.Executor, me int) error {
	batch := &pgx.Batch{}
	all := func(rows pgx.Rows) error { return soakRead(rows, me, true) }
	batch.Queue(soakRows).Query(all)
	batch.Queue("update notes set size = $1 where title = 'fixed 2' returning org_id::text, title, size", me).Query(
		func(rows pgx.Rows) error { return soakRead(rows, me, false) })
	batch.Queue(soakRows).Query(all)
	return gen.Scoped(q, soakScope(me), write).SendBatch(ctx, batch).Close()
}

// soakMark is a title nobody has used; it names the tenant that wrote the row.
func soakMark(me int) string { return fmt.Sprintf("by %d: %d", me, soakMarks.Add(1)) }

const soakInsert = "insert into notes (org_id, title, size) values ($1, $2, $3)"

func soakAdd(ctx context.Context, q tenant.Executor, me int) error {
	_, err := gen.Scoped(q, soakScope(me), write).Exec(ctx, soakInsert, soakID(me), soakMark(me), me)
	return err
}

func soakCopy(ctx context.Context, q tenant.Executor, me int) error {
	list := make([][]any, 1+rand.N(20))
	for i := range list {
		list[i] = []any{soakID(me), soakMark(me), me}
	}
	n, err := gen.Scoped(q, soakScope(me), write).CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"org_id", "title", "size"}, pgx.CopyFromRows(list))
	if err == nil && int(n) != len(list) {
		return violated("copied %d rows of %d", n, len(list))
	}
	return err
}

// soakDelete removes whatever was written, of the tenant.
func soakDelete(ctx context.Context, q tenant.Executor, me int) error {
	rows, err := gen.Scoped(q, soakScope(me), write).Query(ctx, "delete from notes where title like 'by %' returning org_id::text, title, size")
	if err != nil {
		return err
	}
	return soakRead(rows, me, false)
}

// listenBriefly stops as soon as it listens: its connection must end with it.
func (s *soak) listenBriefly(ctx context.Context, me int) error {
	if s.bounced {
		return nil // pgbouncer has no LISTEN in transaction mode
	}
	err := s.db.Listen(ctx, soakScope(me), "other", func(context.Context, tenant.Notification) error { return errDenied })
	if errors.Is(err, errDenied) {
		return nil
	}
	return err
}

// queryLeft reads one row of a long result and leaves.
func (s *soak) queryLeft(ctx context.Context, me int) error {
	rows, err := gen.Scoped(s.db, soakScope(me), read).Query(ctx, soakRows+", generate_series(1, 500)")
	if err != nil {
		return err
	}
	defer rows.Close()
	var org, title string
	var size int
	if !rows.Next() {
		if rows.Err() == nil {
			return violated("has no row")
		}
		return rows.Err()
	}
	if err := rows.Scan(&org, &title, &size); err != nil {
		return err
	}
	if org != soakID(me) {
		return violated("has row (%s, %s, %d)", org, title, size)
	}
	return nil
}

func (s *soak) foreignInsert(ctx context.Context, me int) error {
	_, err := gen.Scoped(s.db, soakScope(me), write).Exec(ctx, soakInsert, soakID(1+me%soakTenants), soakMark(me), me)
	if err == nil {
		return violated("wrote a row of another tenant")
	}
	return unless(err, insufficient)
}

// lateError violates a constraint that is checked when the transaction ends.
func (s *soak) lateError(ctx context.Context, me int) error {
	_, err := gen.Scoped(s.db, soakScope(me), write).Exec(ctx, soakInsert, soakID(me), "fixed 1", me)
	if err == nil {
		return violated("the error at the end of the transaction was not reported")
	}
	return unless(err, uniqueViolation)
}

// unless returns an error that has not the code.
func unless(err error, code string) error {
	if hasCode(err, code) {
		return nil
	}
	return err
}

// transaction has everything within, with a savepoint that is kept and one that is not.
func (s *soak) transaction(ctx context.Context, me int) error {
	scope := soakScope(me)
	return gen.InTx(ctx, s.db, scope, func(ctx context.Context, tx *tenant.Tx) error {
		if err := errors.Join(soakAdd(ctx, tx, me), soakSelect(ctx, tx, me)); err != nil {
			return err
		}
		undone := gen.Savepoint(ctx, tx, scope, func(ctx context.Context, inner *tenant.Tx) error {
			if err := soakAdd(ctx, inner, me); err != nil {
				return err
			}
			_, err := gen.Scoped(inner, scope, read).Exec(ctx, "select 1/0")
			return err
		})
		if err := unless(undone, "22012"); err != nil {
			return err
		}
		if err := gen.Savepoint(ctx, tx, scope, func(ctx context.Context, inner *tenant.Tx) error { return soakBatch(ctx, inner, me) }); err != nil {
			return err
		}
		other := soakScope(1 + me%soakTenants)
		if err := gen.Savepoint(ctx, tx, other, func(context.Context, *tenant.Tx) error { return nil }); !errors.Is(err, tenant.ErrTenantMismatch) {
			return violated("a savepoint for another tenant: %v", err)
		}
		if tag, err := gen.Global(tx, read).Exec(ctx, "select from notes"); err != nil || tag.RowsAffected() != 0 {
			return orViolated(err, "a global query in a transaction has %d rows", tag)
		}
		if err := soakCopy(ctx, tx, me); err != nil {
			return err
		}
		if err := tenant.Notify(ctx, tx, scope, "notes", soakID(me)); err != nil {
			return err
		}
		return soakCount(ctx, tx, me)
	})
}

// orViolated is the error, or a violation if there is none.
func orViolated(err error, format string, tag pgconn.CommandTag) error {
	if err != nil {
		return err
	}
	return violated(format, tag.RowsAffected())
}

func (s *soak) txPanics(ctx context.Context, me int) (err error) {
	const panicked = "in the transaction"
	defer func() {
		if got := recover(); got != nil && got != panicked {
			panic(got)
		}
	}()
	return gen.InTx(ctx, s.db, soakScope(me), func(ctx context.Context, tx *tenant.Tx) error {
		if err := soakUpdate(ctx, tx, me); err != nil {
			return err
		}
		panic(panicked)
	})
}

func (s *soak) txRollsBack(ctx context.Context, me int) error {
	err := gen.InTx(ctx, s.db, soakScope(me), func(ctx context.Context, tx *tenant.Tx) error {
		return errors.Join(soakUpdate(ctx, tx, me), soakDelete(ctx, tx, me), errDenied)
	})
	if errors.Is(err, errDenied) {
		return withoutDenied(err)
	}
	return err
}

// withoutDenied returns what else is joined to errDenied: a violation must not hide there. Faults may.
func withoutDenied(err error) error {
	var wrong violation
	if errors.As(err, &wrong) {
		return wrong
	}
	return nil
}

// serializable collides with others that do the same, for a few tenants.
func (s *soak) serializable(ctx context.Context, me int) error {
	me = 1 + me%3
	return gen.InTxWith(ctx, s.db, soakScope(me), pgx.TxOptions{IsoLevel: pgx.Serializable}, func(ctx context.Context, tx *tenant.Tx) error {
		if err := soakSelect(ctx, tx, me); err != nil {
			return err
		}
		return soakUpdate(ctx, tx, me)
	})
}

// deadlock locks two rows in one order or the other.
func (s *soak) deadlock(ctx context.Context, me int) error {
	me = 1 // whom all of these calls are for
	titles := []string{"fixed 2", "fixed 3"}
	if first := rand.N(2); first == 1 {
		titles[0], titles[1] = titles[1], titles[0]
	}
	return gen.InTx(ctx, s.db, soakScope(me), func(ctx context.Context, tx *tenant.Tx) error {
		for _, title := range titles {
			tag, err := gen.Scoped(tx, soakScope(me), write).Exec(ctx, "update notes set size = $1 where title = $2", me, title)
			if err != nil || tag.RowsAffected() != 1 {
				return orViolated(err, "changed %d rows", tag)
			}
			if _, err := gen.Scoped(tx, soakScope(me), read).Exec(ctx, "select pg_sleep(0.005)"); err != nil {
				return err
			}
		}
		return nil
	})
}

// borrowedTx works for a tenant in a transaction of the pool, which has none before and after.
func (s *soak) borrowedTx(ctx context.Context, me int) error {
	return pgx.BeginFunc(ctx, s.pool, func(outer pgx.Tx) error {
		err := gen.JoinTx(ctx, s.db, outer, soakScope(me), func(ctx context.Context, tx *tenant.Tx) error {
			return errors.Join(soakUpdate(ctx, tx, me), soakSelect(ctx, tx, me))
		})
		if err != nil {
			return err
		}
		return soakNobody(outer.QueryRow(ctx, soakLook))
	})
}

const soakEveryone = "select count(distinct org_id) from notes where title like 'fixed%'"

func (s *soak) crossTenant(ctx context.Context, _ int) error {
	return soakAll(ctx, gen.CrossTenant(s.db, "soak"))
}

func (s *soak) crossTenantTx(ctx context.Context, _ int) error {
	return gen.InCrossTenantTx(ctx, gen.CrossTenant(s.db, "soak"), func(ctx context.Context, x *tenant.CrossTenant) error {
		return errors.Join(soakAll(ctx, x), gen.InCrossTenantTx(ctx, x, func(ctx context.Context, inner *tenant.CrossTenant) error { return soakAll(ctx, inner) }))
	})
}

func soakAll(ctx context.Context, x *tenant.CrossTenant) error {
	var n int
	err := gen.Across(x, read).QueryRow(ctx, soakEveryone).Scan(&n)
	if err == nil && n != soakTenants {
		return violated("cross-tenant work sees %d tenants", n)
	}
	return err
}

func (s *soak) global(ctx context.Context, _ int) error {
	tag, err := gen.Global(s.db, read).Exec(ctx, "select from notes")
	if err == nil && tag.RowsAffected() != 0 {
		return violated("a global query has %d rows", tag.RowsAffected())
	}
	return err
}

const soakLook = `select coalesce(current_setting('app.org_id', true), ''), (select count(*) from notes),
	(select count(*) from pg_class where relnamespace = pg_my_temp_schema())`

// barePool is the next user of a connection.
func (s *soak) barePool(ctx context.Context, _ int) error {
	return soakNobody(s.pool.QueryRow(ctx, soakLook))
}

// soakNobody expects nothing of a tenant on a connection.
func soakNobody(row pgx.Row) error {
	var left string
	var rows, tables int
	err := row.Scan(&left, &rows, &tables)
	if err == nil && (left != "" || rows != 0 || tables != 0) {
		return violated("left on a connection: %q, with which there are %d rows; %d temporary tables", left, rows, tables)
	}
	return err
}

// Pool has soak tell the pool of each tenant: every second one is nobody's.
func (s *soak) Pool(_ context.Context, scope tenant.Scope) (*pgxpool.Pool, error) {
	if n := scope.ID(); (n[len(n)-1]-'0')%2 == 0 {
		return nil, nil
	}
	return s.pool, nil
}

func (s *soak) All(context.Context) ([]*pgxpool.Pool, error) { return []*pgxpool.Pool{s.pool}, nil }

// byPools makes a call and a transaction on the tenant's own pool, for those who have one.
func (s *soak) byPools(ctx context.Context, me int) error {
	db := s.db.With(tenant.WithPools(s))
	err := soakSelect(ctx, db, me)
	if me%2 == 0 {
		if !errors.Is(err, tenant.ErrNoPool) {
			return violated("without a pool: got %v", err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	return gen.InTx(ctx, db, soakScope(me), func(ctx context.Context, tx *tenant.Tx) error { return soakUpdate(ctx, tx, me) })
}
