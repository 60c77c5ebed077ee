package measure

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/tenantgen/tenantgen/bench/db"
	"github.com/tenantgen/tenantgen/bench/internal/sqlcgen"
	"github.com/tenantgen/tenantgen/bench/repo"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/tenant"
)

// The two roles differ in one thing: row-level security does not hold for bench_plain, whose statements PostgreSQL plans
// as if the table had none.
const roles = `
do $$ begin create role bench_user login in role bench_app; exception when duplicate_object then null; end $$;
do $$ begin create role bench_plain login bypassrls in role bench_app; exception when duplicate_object then null; end $$;`

// Database is filled with notes of several tenants.
type Database struct{ url string }

// NewDatabase has as many notes of each tenant, with bodies of a length in bytes.
func NewDatabase(b testing.TB, tenants, notes, body int) Database {
	b.Helper()
	d := Database{pgserver.DatabaseForTest(b)}
	config, err := pgx.ParseConfig(d.url)
	if err != nil {
		b.Fatal(err)
	}
	plain := stdlib.OpenDB(*config)
	defer plain.Close()
	goose.SetBaseFS(db.Migrations)
	goose.SetLogger(goose.NopLogger())
	if err := goose.SetDialect("postgres"); err != nil {
		b.Fatal(err)
	}
	if err := goose.UpContext(b.Context(), plain, "migrations"); err != nil {
		b.Fatal(err)
	}
	d.Run(b, roles,
		fmt.Sprintf("insert into orgs select ('00000000-0000-0000-0001-' || lpad(to_hex(t), 12, '0'))::uuid, 'tenant ' || t from generate_series(1, %d) t", tenants),
		// Rows of a tenant lie apart, as they do when all tenants write at the same time.
		fmt.Sprintf(`insert into notes select ('00000000-0000-0000-0001-' || lpad(to_hex(t), 12, '0'))::uuid, n, 'note ' || n,
			repeat('x', %d), n %% 10 = 0, '2026-01-01'::timestamptz + n * interval '1 minute'
			from generate_series(1, %d) n, generate_series(1, %d) t`, body, notes, tenants),
		"vacuum analyze notes")
	return d
}

// Run runs statements as the owner.
func (d Database) Run(b testing.TB, statements ...string) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), d.url)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	for _, sql := range statements {
		if _, err := conn.Exec(b.Context(), sql); err != nil {
			b.Fatal(err)
		}
	}
}

// Org is the id of a tenant, counted from 1.
func (d Database) Org(b testing.TB, n int) repo.OrgID {
	b.Helper()
	id, err := repo.ParseOrgID(UUID(n))
	if err != nil {
		b.Fatal(err)
	}
	return id
}

// UUID is the text of a tenant's id.
func UUID(n int) string { return fmt.Sprintf("00000000-0000-0000-0001-%012x", n) }

// PGUUID is the id as sqlc's code takes it.
func PGUUID(b testing.TB, n int) pgtype.UUID {
	b.Helper()
	var id pgtype.UUID
	if err := id.Scan(UUID(n)); err != nil {
		b.Fatal(err)
	}
	return id
}

// Pool connects as a role over the unix socket, or over TCP with a delay.
func (d Database) Pool(b testing.TB, role string, roundTrip time.Duration) *pgxpool.Pool {
	b.Helper()
	config, err := pgxpool.ParseConfig(d.url)
	if err != nil {
		b.Fatal(err)
	}
	if roundTrip > 0 {
		if config, err = pgxpool.ParseConfig(pgserver.ForTest(b).URL(config.ConnConfig.Database)); err != nil {
			b.Fatal(err)
		}
		config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return delayed{conn, roundTrip}, nil
		}
	}
	config.ConnConfig.User, config.MaxConns = role, 16
	pool, err := pgxpool.NewWithConfig(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	return pool
}

// Conns are the ways into a database: for everybody's rows, and for one tenant's.
type Conns struct {
	Plain, App *pgxpool.Pool
	Queries    *sqlcgen.Queries // sqlc's own, on Plain
	Repos      *repo.Repositories
}

// Connect connects as both roles.
func (d Database) Connect(b testing.TB, roundTrip time.Duration) Conns {
	b.Helper()
	c := Conns{Plain: d.Pool(b, "bench_plain", roundTrip), App: d.Pool(b, "bench_user", roundTrip)}
	c.Queries, c.Repos = sqlcgen.New(c.Plain), repo.New(tenant.New(c.App))
	if err := c.Repos.Verify(b.Context()); err != nil {
		b.Fatal(err) // or the comparison is of nothing
	}
	return c
}

// SetConfig sets the tenant for a transaction.
const SetConfig = "select set_config('app.org_id', $1, true)"

// Classic is what one does without a runtime: begin, set, statement, commit.
func (c Conns) Classic(ctx context.Context, id string, call func(*sqlcgen.Queries) error) error {
	return pgx.BeginFunc(ctx, c.App, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, SetConfig, id); err != nil {
			return err
		}
		return call(sqlcgen.New(tx))
	})
}

// ByHand drives pgconn's pipeline: the least that one round trip with a setting can cost. It is no alternative, because pgx
// neither traces it nor notices when a prepared statement has become stale.
func (c Conns) ByHand(ctx context.Context, id, sql string, args []any, read func(pgx.Rows) error) error {
	return c.App.AcquireFunc(ctx, func(pooled *pgxpool.Conn) error {
		conn := pooled.Conn()
		set, err := conn.Prepare(ctx, SetConfig, SetConfig)
		if err != nil {
			return err
		}
		statement, err := conn.Prepare(ctx, sql, sql)
		if err != nil {
			return err
		}
		var encoded pgx.ExtendedQueryBuilder
		if err := encoded.Build(conn.TypeMap(), statement, args); err != nil {
			return err
		}
		pipeline := conn.PgConn().StartPipeline(ctx)
		defer pipeline.Close()
		pipeline.SendQueryStatement(set, [][]byte{[]byte(id)}, nil, nil)
		pipeline.SendQueryStatement(statement, encoded.ParamValues, encoded.ParamFormats, encoded.ResultFormats)
		if err := pipeline.Sync(); err != nil {
			return err
		}
		for _, f := range []func(pgx.Rows) error{func(r pgx.Rows) error { r.Close(); return r.Err() }, read} {
			result, err := pipeline.GetResults()
			if err != nil {
				return err
			}
			if err := f(pgx.RowsFromResultReader(conn.TypeMap(), result.(*pgconn.ResultReader))); err != nil {
				return err
			}
		}
		return pipeline.Close()
	})
}
