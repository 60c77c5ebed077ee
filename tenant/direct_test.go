package tenant_test

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// A migration while the application runs makes prepared statements stale: a call may fail, the next must not.
func TestStatementsThatBecomeStale(t *testing.T) {
	databaseURL := newDatabase(t)
	owner, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(context.Background())
	for _, mode := range modes {
		t.Run(mode.String(), func(t *testing.T) {
			pool := newPool(t, databaseURL, "tenant_test_app", one, func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode = mode })
			db := tenant.New(pool)
			call := func() error {
				_, err := gen.Scoped(db, acme, read).Exec(t.Context(), "select * from notes where title = $1", "anvil")
				return err
			}
			if err := call(); err != nil {
				t.Fatal(err)
			}
			for _, change := range []string{"alter table notes add column extra text", "alter table notes drop column extra"} {
				if _, err := owner.Exec(t.Context(), change); err != nil {
					t.Fatal(err)
				}
				if err := call(); err != nil && !hasCode(err, "0A000") && !hasCode(err, "08P01") {
					t.Errorf("%s: got %v", change, err)
				}
				if err := call(); err != nil {
					t.Errorf("%s: the second call: %v", change, err)
				}
				expectNothingLeft(t, pool)
			}
		})
	}
}

// What fails before anything is sent is told as it is: preparing the assignment of the
// tenant fails here, because a hook of the pool leaves a failed transaction.
func TestAssignmentThatCannotBePrepared(t *testing.T) {
	pool := newPool(t, newDatabase(t), "tenant_test_app", one, func(c *pgxpool.Config) {
		c.BeforeAcquire = func(ctx context.Context, conn *pgx.Conn) bool {
			_, _ = conn.Exec(ctx, "begin")
			_, err := conn.Exec(ctx, "select 1/0")
			return err != nil
		}
	})
	_, err := gen.Scoped(tenant.New(pool), acme, read).Exec(t.Context(), "select 1")
	if !hasCode(err, "25P02") {
		t.Errorf("got %v, want that the transaction is aborted", err)
	}
}

// Somebody who writes SQL at run time must not fill the server's memory.
func TestPreparedStatementsAreBounded(t *testing.T) {
	db, pool := newDB(t)
	for i := range 600 {
		var n, count int
		row := gen.Scoped(db, acme, read).QueryRow(t.Context(), fmt.Sprintf("select %d, count(*)::int from notes", i))
		if err := row.Scan(&n, &count); err != nil || n != i || count != 2 {
			t.Fatalf("statement %d: %d, %d, %v", i, n, count, err)
		}
		if i%50 == 0 {
			exec(t, gen.Scoped(db, acme, write), fmt.Sprintf("update notes set size = %d", i))
		}
	}
	var ours int
	if err := pool.QueryRow(t.Context(), "select count(*) from pg_prepared_statements where name like 'tenantgen%'").Scan(&ours); err != nil || ours > 512 || ours < 100 {
		t.Errorf("%d statements, %v", ours, err)
	}
}

func TestStatementsAreDeallocated(t *testing.T) {
	db, pool := newDB(t)
	for range 2 {
		if got := titles(t, gen.Scoped(db, acme, read), "select title from notes"); len(got) != 2 {
			t.Errorf("got %v", got)
		}
		err := pool.AcquireFunc(t.Context(), func(c *pgxpool.Conn) error { return c.Conn().DeallocateAll(t.Context()) })
		if err != nil {
			t.Fatal(err)
		}
	}
}

// batches is a tracer of pgx's.
type batches struct{ sql []string }

func (b *batches) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}
func (b *batches) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	b.sql = append(b.sql, data.SQL)
}
func (b *batches) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}
func (b *batches) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}
func (b *batches) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// Whoever traces pgx goes on seeing every statement.
func TestTracersOfPgxSeeStatements(t *testing.T) {
	tracer := &batches{}
	pool := newPool(t, newDatabase(t), "tenant_test_app", one, func(c *pgxpool.Config) { c.ConnConfig.Tracer = tracer })
	exec(t, gen.Scoped(tenant.New(pool), acme, read), "select title from notes")
	if !slices.Contains(tracer.sql, "select title from notes") {
		t.Errorf("pgx's tracer saw %q", tracer.sql)
	}
}

type exploding struct{}

func (exploding) Value() (driver.Value, error) { panic("encoded") }

func TestArgumentThatPanics(t *testing.T) {
	db, pool := newDB(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_, _ = gen.Scoped(db, acme, read).Exec(t.Context(), "select $1::text", exploding{})
	}()
	if n := pool.Stat().AcquiredConns(); n != 0 {
		t.Fatalf("%d connections were not released", n)
	}
	expectNothingLeft(t, pool)
}
