package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
)

// aSchema is what each tenant's schema has. No policy stands in the way: what keeps tenants apart is the search_path alone.
const aSchema = `
create schema %[1]s;
create type %[1]s.mood as enum ('calm', 'loud');
create table %[1]s.notes (org_id uuid not null, title text not null, mood %[1]s.mood not null default 'calm', constraint once unique (title) deferrable initially deferred);
insert into %[1]s.notes values ('%[2]s', '%[1]s one'), ('%[2]s', '%[1]s two');
grant usage on schema %[1]s to tenant_test_app;
grant select, insert, update, delete on %[1]s.notes to tenant_test_app;`

// routedTo are routes by id, which count what they have handed out.
type routedTo struct {
	pool    *pgxpool.Pool
	schemas map[string][]string
	held    atomic.Int64
	asked   atomic.Int64
}

var errNoRoute = errors.New("no route")

func (r *routedTo) Route(_ context.Context, scope tenant.Scope) (tenant.Route, error) {
	r.asked.Add(1)
	schemas, ok := r.schemas[scope.ID()]
	if !ok {
		return tenant.Route{}, errNoRoute
	}
	r.held.Add(1)
	return tenant.Route{Pool: r.pool, Schemas: schemas, Release: func() { r.held.Add(-1) }}, nil
}

func (r *routedTo) All(context.Context) ([]*pgxpool.Pool, error) { return []*pgxpool.Pool{r.pool}, nil }

// withSchemas is a database of two tenants with schemas of their own, and of a shared one with the price list.
func withSchemas(t *testing.T) string {
	t.Helper()
	databaseURL := newDatabase(t)
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, sql := range []string{
		fmt.Sprintf(aSchema, "acme", acmeID), fmt.Sprintf(aSchema, `"Glo bex"`, globexID), fmt.Sprintf(aSchema, "closed", acmeID), "revoke usage on schema closed from tenant_test_app",
		"create schema shared; create table shared.prices (name text); insert into shared.prices values ('ours'); grant usage on schema shared to tenant_test_app; grant select on shared.prices to tenant_test_app",
		"alter table public.notes rename to old_notes",
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	return databaseURL
}

func newRoutes(t *testing.T, url string, change ...func(*pgxpool.Config)) (*tenant.DB, *routedTo) {
	t.Helper()
	r := &routedTo{pool: newPool(t, url, "tenant_test_app", change...), schemas: map[string][]string{
		acmeID: {"acme", "shared"}, globexID: {"Glo bex", "shared"},
	}}
	t.Cleanup(func() {
		if n := r.held.Load(); n != 0 {
			t.Errorf("%d routes are still held", n)
		}
	})
	return tenant.New(r.pool, gen.WithSetting(setting), tenant.WithRoutes(r)), r
}

// expectDefaultPath looks at idle connections with the eyes of the next user.
func expectDefaultPath(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	var path, org string
	err := pool.QueryRow(t.Context(), "select current_setting('search_path'), coalesce(current_setting('app.org_id', true), '')").Scan(&path, &org)
	if err != nil || path != `"$user", public` || org != "" {
		t.Errorf("left on a connection: %s, %q, %v", path, org, err)
	}
}

// Every kind of call of a tenant with a schema sees that schema, in every mode of pgx and on one connection that all share,
// and leaves nothing behind.
func TestRoutes(t *testing.T) {
	url := withSchemas(t)
	for _, mode := range modes {
		t.Run(mode.String(), func(t *testing.T) {
			db, r := newRoutes(t, url, one, func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode = mode })
			for range 3 {
				for scope, schema := range map[tenant.Scope]string{acme: "acme", globex: `"Glo bex"`} {
					if err := routedCalls(t.Context(), db, scope, schema); err != nil {
						t.Error(err)
					}
					expectDefaultPath(t, r.pool)
				}
			}
		})
	}
}

// routedCalls makes every kind of call, and checks that it is the tenant's own schema that answers. Enumerations are each
// schema's own, so that a statement that was prepared for another one would fail.
func routedCalls(ctx context.Context, db *tenant.DB, me tenant.Scope, schema string) error {
	var mood, price string
	var n int
	sql := "select (select price.name from prices price), max(mood::text), count(*)::int from notes where mood = 'calm' and title like $1 || '%'"
	if err := gen.Scoped(db, me, read).QueryRow(ctx, sql, schema).Scan(&price, &mood, &n); err != nil || n != 2 || price != "ours" {
		return fmt.Errorf("%s: QueryRow sees %d of %s, %w", me, n, price, err)
	}
	if err := gen.Scoped(db, me, read).QueryRow(ctx, "select mood from notes where mood = $1 limit 1", "calm").Scan(&mood); err != nil || mood != "calm" {
		return fmt.Errorf("%s: a type of the schema's own: %s, %w", me, mood, err)
	}
	rows, err := gen.Scoped(db, me, read).Query(ctx, "select title from notes where mood = 'calm' order by title")
	if err != nil {
		return err
	}
	if list, err := pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || fmt.Sprint(list) != fmt.Sprintf("[%s one %[1]s two]", schema) {
		return fmt.Errorf("%s: Query sees %q, %w", me, list, err)
	}
	if tag, err := gen.Scoped(db, me, write).Exec(ctx, "update notes set mood = 'loud' where title like $1", schema+"%"); err != nil || tag.RowsAffected() != 2 {
		return fmt.Errorf("%s: Exec changes %s, %w", me, tag, err)
	}
	if _, err := gen.Scoped(db, me, write).Exec(ctx, "update notes set mood = 'calm'"); err != nil {
		return err
	}
	if _, err := gen.Scoped(db, me, write).Exec(ctx, "insert into notes (org_id, title) values ($1, $2)", me.ID(), schema+" one"); !hasCode(err, uniqueViolation) {
		return fmt.Errorf("%s: what shows when the transaction ends: %w", me, err)
	}
	if err := gen.Scoped(db, me, write).QueryRow(ctx, "insert into notes (org_id, title) values ($1, $2) returning 1", me.ID(), schema+" two").Scan(&n); !hasCode(err, uniqueViolation) {
		return fmt.Errorf("%s: the same of QueryRow: %w", me, err)
	}
	if _, err := gen.Scoped(db, me, write).Exec(ctx, "select 1/0"); !hasCode(err, "22012") {
		return fmt.Errorf("%s: got %w", me, err)
	}
	if err := gen.Scoped(db, me, read).QueryRow(ctx, "select 1 where false").Scan(&n); !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%s: no row: %w", me, err)
	}
	batch := &pgx.Batch{}
	batch.Queue("update notes set mood = 'loud'")
	batch.Queue("select count(*)::int from notes where mood = 'loud'").QueryRow(func(row pgx.Row) error { return row.Scan(&n) })
	batch.Queue("update notes set mood = 'calm'")
	if err := gen.Scoped(db, me, write).SendBatch(ctx, batch).Close(); err != nil || n != 2 {
		return fmt.Errorf("%s: a batch sees %d, %w", me, n, err)
	}
	copied, err := gen.Scoped(db, me, write).CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"org_id", "title"}, pgx.CopyFromRows([][]any{{me.ID(), "copied"}}))
	if err != nil || copied != 1 {
		return fmt.Errorf("%s: CopyFrom: %d, %w", me, copied, err)
	}
	return routedTx(ctx, db, me, schema)
}

// routedTx takes back what was copied, in a transaction, with a savepoint and a call for no tenant in it.
func routedTx(ctx context.Context, db *tenant.DB, me tenant.Scope, schema string) error {
	return gen.InTx(ctx, db, me, func(ctx context.Context, tx *tenant.Tx) error {
		err := gen.Savepoint(ctx, tx, me, func(ctx context.Context, tx *tenant.Tx) error {
			if tag, err := gen.Scoped(tx, me, write).Exec(ctx, "delete from notes where title = 'copied'"); err != nil || tag.RowsAffected() != 1 {
				return fmt.Errorf("%s: what was copied: %s, %w", me, tag, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		var n int
		if err := gen.Scoped(tx, me, read).QueryRow(ctx, "select count(*)::int from notes where mood = 'calm' and title like $1 || '%'", schema).Scan(&n); err != nil || n != 2 {
			return fmt.Errorf("%s: inside there are %d, %w", me, n, err)
		}
		batch := &pgx.Batch{}
		batch.Queue("select count(*)::int from notes where mood = 'calm'").QueryRow(func(row pgx.Row) error { return row.Scan(&n) })
		if err := gen.Scoped(tx, me, read).SendBatch(ctx, batch).Close(); err != nil || n != 2 {
			return fmt.Errorf("%s: a batch inside sees %d, %w", me, n, err)
		}
		var price string
		return gen.Global(tx, read).QueryRow(ctx, "select name from prices").Scan(&price)
	})
}

// A project's call is in its organization's transaction only where both have the same schema, and somebody else's transaction
// is left with the search_path that it had.
func TestRoutesTogether(t *testing.T) {
	db, r := newRoutes(t, withSchemas(t), one)
	project := acme.And(gen.NewScope("app.project_id", "1"))
	db = db.With(gen.WithSetting("app.project_id"))
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		if err := calls["Exec"](ctx, gen.Scoped(tx, project, read)); err != nil {
			t.Error(err)
		}
		r.schemas[acmeID] = []string{"Glo bex"} // it is moved meanwhile
		if err := calls["Exec"](ctx, gen.Scoped(tx, project, read)); !errors.Is(err, tenant.ErrTenantMismatch) {
			t.Errorf("of another schema: %v", err)
		}
		r.schemas[acmeID] = []string{"acme", "shared"}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	outer, err := r.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer outer.Rollback(t.Context())
	if _, err := outer.Exec(t.Context(), "set local search_path = shared"); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		err = gen.JoinTx(t.Context(), db, outer, acme, func(ctx context.Context, tx *tenant.Tx) error {
			if got := titles(t, gen.Scoped(tx, acme, read), "select title from notes order by 1"); len(got) != 2 {
				t.Errorf("joined, it sees %q", got)
			}
			if i == 1 {
				return errDenied
			}
			return nil
		})
		if (err == nil) != (i == 0) {
			t.Error(err)
		}
		var path string
		if err := outer.QueryRow(t.Context(), "select current_setting('search_path')").Scan(&path); err != nil || path != "shared" {
			t.Errorf("the transaction is left with %s, %v", path, err)
		}
	}
	r.schemas[acmeID] = []string{"gone"}
	err = gen.JoinTx(t.Context(), db, outer, acme, func(context.Context, *tenant.Tx) error { return nil })
	if !errors.Is(err, tenant.ErrNoSchema) {
		t.Errorf("got %v", err)
	}
}

// Many clients of two tenants share two connections of pgbouncer's to the server, so that whatever one leaves meets the
// other.
func TestRoutesPgBouncer(t *testing.T) {
	bounced := pgtest.PgBouncerForTest(t, withSchemas(t), 2, map[string]string{"tenant_test_app": "tenant_test"})
	for _, mode := range bouncedModes {
		t.Run(mode.String(), func(t *testing.T) {
			db, r := newRoutes(t, bounced, func(c *pgxpool.Config) {
				c.MaxConns = 8
				c.ConnConfig.DefaultQueryExecMode = mode
			})
			var wg sync.WaitGroup
			for i := range 8 {
				me, schema := acme, "acme"
				if i%2 == 0 {
					me, schema = globex, `"Glo bex"`
				}
				wg.Go(func() {
					for range 10 {
						var n int
						sql := "select count(*)::int from notes where mood = 'calm' and title like $1 || '%'"
						if err := gen.Scoped(db, me, read).QueryRow(t.Context(), sql, schema).Scan(&n); err != nil || n != 2 {
							t.Errorf("%s sees %d, %v", me, n, err)
							return
						}
						if _, err := gen.Scoped(db, me, read).Exec(t.Context(), "select 1/0"); !hasCode(err, "22012") {
							t.Error(err)
						}
						err := gen.InTx(t.Context(), db, me, func(ctx context.Context, tx *tenant.Tx) error {
							return gen.Scoped(tx, me, read).QueryRow(ctx, sql, schema).Scan(&n)
						})
						if err != nil || n != 2 {
							t.Errorf("%s sees %d, %v", me, n, err)
						}
					}
				})
			}
			wg.Wait()
			for range 10 {
				expectDefaultPath(t, r.pool)
			}
		})
	}
}

// A call that its caller gives up, and one whose argument cannot be encoded, hold no route and no connection.
func TestRoutesAreReleased(t *testing.T) {
	db, r := newRoutes(t, withSchemas(t), one)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls {
		if err := call(ended, gen.Scoped(db, acme, read)); err == nil {
			t.Errorf("%s with a context that has ended", name)
		}
	}
	if _, err := gen.Scoped(db, acme, read).Exec(t.Context(), "select $1::int", "no number"); err == nil {
		t.Error("no number")
	}
	rows, err := gen.Scoped(db, acme, read).Query(t.Context(), "select title from notes")
	if err != nil || r.held.Load() != 1 {
		t.Fatalf("%d routes are held while rows are read, %v", r.held.Load(), err)
	}
	rows.Close()
	if r.held.Load() != 0 || r.asked.Load() == 0 {
		t.Errorf("%d routes are held", r.held.Load())
	}
	expectDefaultPath(t, r.pool)
}
