package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// dbtx is what sqlc generates for pgx/v5, with everything it can contain.
type dbtx interface {
	Exec(context.Context, string, ...interface{}) (pgconn.CommandTag, error)
	Query(context.Context, string, ...interface{}) (pgx.Rows, error)
	QueryRow(context.Context, string, ...interface{}) pgx.Row
	CopyFrom(ctx context.Context, tableName pgx.Identifier, columnNames []string, rowSrc pgx.CopyFromSource) (int64, error)
	SendBatch(context.Context, *pgx.Batch) pgx.BatchResults
}

var _ dbtx = (gen.DBTX)(nil)

const (
	setting = "app.org_id"

	acmeID   = "a0000000-0000-0000-0000-000000000001"
	globexID = "b0000000-0000-0000-0000-000000000002"
)

var (
	acme   = gen.NewScope(setting, acmeID)
	globex = gen.NewScope(setting, globexID)

	read  = tenant.Operation{Name: "GetNote", Repository: "NotesRepository", Command: "one"}
	write = tenant.Operation{Name: "AddNote", Repository: "NotesRepository", Command: "exec", Write: true}
)

const roles = `
do $$ begin
  create role tenant_test_app login password 'tenant_test' nosuperuser nobypassrls;
exception when duplicate_object or unique_violation then null; end $$;
do $$ begin
  create role tenant_test_admin login password 'tenant_test' nosuperuser bypassrls;
exception when duplicate_object or unique_violation then null; end $$`

// schema has the policies that the migrations generate, and a constraint that is checked when the transaction ends.
const schema = `
create table notes (
  org_id uuid not null,
  title  text not null,
  size   integer,
  constraint notes_title unique (org_id, title) deferrable initially deferred
);
create table tasks (org_id uuid not null, project_id bigint not null, title text not null);
create table projects (id bigint primary key, org_id uuid not null);
create table plans (name text primary key);
create type mood as enum ('calm', 'loud');
create type spot as (x integer, y integer);
create table days (org_id uuid not null, moods mood[] not null, spots spot[]);
alter table days enable row level security;
alter table days force row level security;
create policy tenant on days using (org_id = (select nullif(pg_catalog.current_setting('app.org_id', true), '')::uuid));
grant select, insert on days to tenant_test_app, tenant_test_admin;
insert into plans values ('free'), ('pro');
alter table notes enable row level security;
alter table notes force row level security;
create policy tenant on notes
  using      (org_id = (select nullif(pg_catalog.current_setting('app.org_id', true), '')::uuid))
  with check (org_id = (select nullif(pg_catalog.current_setting('app.org_id', true), '')::uuid));
alter table tasks enable row level security;
alter table tasks force row level security;
create policy tenant on tasks
  using (org_id = (select nullif(pg_catalog.current_setting('app.org_id', true), '')::uuid)
     and project_id = (select nullif(pg_catalog.current_setting('app.project_id', true), '')::bigint));
alter table projects enable row level security;
alter table projects force row level security;
create policy tenant on projects
  using (id = (select nullif(pg_catalog.current_setting('app.project_id', true), '')::bigint)
     and ((select nullif(pg_catalog.current_setting('app.org_id', true), '')) is null
          or org_id = (select nullif(pg_catalog.current_setting('app.org_id', true), '')::uuid)));
insert into projects values (1, 'a0000000-0000-0000-0000-000000000001'), (2, 'b0000000-0000-0000-0000-000000000002');
grant select, insert, update, delete on notes, tasks, projects to tenant_test_app, tenant_test_admin;
grant select on plans to tenant_test_app, tenant_test_admin;
insert into notes values
  ('a0000000-0000-0000-0000-000000000001', 'anvil', 1), ('a0000000-0000-0000-0000-000000000001', 'rocket', 2),
  ('b0000000-0000-0000-0000-000000000002', 'hammock', 3);
insert into tasks values
  ('a0000000-0000-0000-0000-000000000001', 1, 'paint'), ('a0000000-0000-0000-0000-000000000001', 2, 'glue'),
  ('b0000000-0000-0000-0000-000000000002', 1, 'nap')`

// newDatabase returns the superuser's URL of a database with the schema.
func newDatabase(t *testing.T) string {
	t.Helper()
	databaseURL := pgtest.DatabaseForTest(t)
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, sql := range []string{roles, schema} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	return databaseURL
}

// newPool connects as a role. Every test ends with the proof that no connection was left checked out.
func newPool(t *testing.T, databaseURL, role string, change ...func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.User, config.ConnConfig.Password = role, "tenant_test"
	for _, f := range change {
		f(config)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// A connection that is no longer usable is closed in the background.
		for wait := 0; wait < 100 && pool.Stat().AcquiredConns() != 0; wait++ {
			time.Sleep(50 * time.Millisecond)
		}
		if n := pool.Stat().AcquiredConns(); n != 0 {
			t.Errorf("%d connections were not released", n)
			return // Close would wait for them
		}
		pool.Close()
	})
	return pool
}

// one makes the pool reuse a single connection, so that what is left on it shows.
func one(config *pgxpool.Config) { config.MaxConns = 1 }

func newDB(t *testing.T, opts ...tenant.Option) (*tenant.DB, *pgxpool.Pool) {
	t.Helper()
	pool := newPool(t, newDatabase(t), "tenant_test_app", one)
	return tenant.New(pool, opts...), pool
}

var modes = []pgx.QueryExecMode{
	pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec,
	pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
}

// eachMode runs f in every way that pgx can send a statement, which differ in what a batch is on the wire, and in the
// blocks that Citus needs, which mean the same to PostgreSQL without it.
func eachMode(t *testing.T, f func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool)) {
	t.Helper()
	databaseURL := newDatabase(t)
	for _, mode := range modes {
		for name, opts := range map[string][]tenant.Option{"": nil, " in blocks": {gen.WithCitus()}} {
			t.Run(mode.String()+name, func(t *testing.T) {
				pool := newPool(t, databaseURL, "tenant_test_app", one, func(c *pgxpool.Config) {
					c.ConnConfig.DefaultQueryExecMode = mode
				})
				f(t, tenant.New(pool, opts...), pool)
				expectNothingLeft(t, pool)
			})
		}
	}
}

// expectNothingLeft looks at the pool's idle connection with the eyes of the next user.
func expectNothingLeft(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	var left, user string
	var rows int
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // for a connection that was not released: pgx takes 15 seconds for one whose cancellation came too early
	defer cancel()
	row := pool.QueryRow(ctx, `select coalesce(current_setting('app.org_id', true), ''), current_user,
		(select count(*) from notes)`)
	if err := row.Scan(&left, &user, &rows); err != nil {
		t.Fatalf("looking at what is left: %v", err)
	}
	if left != "" || rows != 0 || user != "tenant_test_app" {
		t.Errorf("left on the connection of %s: %q, which shows %d rows", user, left, rows)
	}
}

// unreachable is a pool that reports every attempt to use it as a failure.
func unreachable(t *testing.T) *pgxpool.Pool {
	t.Helper()
	return newPool(t, "postgres://nobody@127.0.0.1:1/nowhere?sslmode=disable", "nobody", func(c *pgxpool.Config) {
		c.ConnConfig.DialFunc = func(context.Context, string, string) (net.Conn, error) {
			t.Error("the refused call reached for the network")
			return nil, errors.New("unreachable")
		}
	})
}

// calls are all ways to use a Conn.
var calls = map[string]func(context.Context, gen.DBTX) error{
	"Exec": func(ctx context.Context, c gen.DBTX) error {
		tag, err := c.Exec(ctx, "select 1")
		if err != nil && tag != (pgconn.CommandTag{}) {
			return fmt.Errorf("failed with the tag %s", tag)
		}
		return err
	},
	"Query": func(ctx context.Context, c gen.DBTX) error {
		rows, err := c.Query(ctx, "select 1")
		if rows == nil {
			return errors.New("nil rows") // pgx never returns them
		}
		rows.Close()
		if err != nil && !errors.Is(rows.Err(), err) {
			return errors.New("the rows do not repeat the error")
		}
		return rows.Err()
	},
	"QueryRow": func(ctx context.Context, c gen.DBTX) error {
		var n int
		return c.QueryRow(ctx, "select 1").Scan(&n)
	},
	"SendBatch": func(ctx context.Context, c gen.DBTX) error {
		batch := &pgx.Batch{}
		batch.Queue("select 1")
		return c.SendBatch(ctx, batch).Close()
	},
	"CopyFrom": func(ctx context.Context, c gen.DBTX) error {
		_, err := c.CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"title"}, pgx.CopyFromRows(nil))
		return err
	},
}

// expectRefused makes every call and expects want of each.
func expectRefused(t *testing.T, conn func() gen.DBTX, want error) {
	t.Helper()
	for name, call := range calls {
		if err := call(t.Context(), conn()); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
	}
}

// titles runs a query of titles and returns them.
func titles(t *testing.T, conn gen.DBTX, sql string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func exec(t *testing.T, conn gen.DBTX, sql string, args ...any) int64 {
	t.Helper()
	tag, err := conn.Exec(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return tag.RowsAffected()
}

// hasCode reports whether err is PostgreSQL's error of this code.
func hasCode(err error, code string) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == code
}

const (
	uniqueViolation = "23505"
	insufficient    = "42501" // also the code of a row that a policy rejects
)
