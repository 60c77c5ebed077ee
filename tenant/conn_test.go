package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
)

var errDenied = errors.New("denied")

func refusing(t *testing.T) *tenant.DB {
	pool := unreachable(t)
	return tenant.New(pool, tenant.WithSetting(setting), tenant.WithCrossTenantPool(pool),
		tenant.WithGuard(func(context.Context, tenant.Scope, tenant.Operation) error { return nil }),
		tenant.WithGuard(func(context.Context, tenant.Scope, tenant.Operation) error { return errDenied }))
}

func TestGuardRefusesBeforeIO(t *testing.T) {
	db := refusing(t)
	expectRefused(t, func() *tenant.Conn { return db.Scoped(acme, write) }, errDenied)
	expectRefused(t, func() *tenant.Conn { return db.CrossTenant("billing").Conn(write) }, errDenied)
}

func TestGuardSeesTheCall(t *testing.T) {
	databaseURL := newDatabase(t)
	type key struct{}
	var seen []string
	db := tenant.New(newPool(t, databaseURL, "tenant_test_app"), tenant.WithSetting(setting),
		tenant.WithCrossTenantPool(newPool(t, databaseURL, "tenant_test_admin")),
		tenant.WithGuard(func(ctx context.Context, scope tenant.Scope, op tenant.Operation) error {
			seen = append(seen, fmt.Sprintf("%v %s %s %s write=%v %s", ctx.Value(key{}), scope.ID, op.Repository, op.Name, op.Write, op.Reason))
			return nil
		}))
	ctx := context.WithValue(t.Context(), key{}, "alice")
	run := func(c *tenant.Conn) {
		t.Helper()
		if _, err := c.Exec(ctx, "select 1"); err != nil {
			t.Error(err)
		}
	}
	run(db.Scoped(acme, write))
	run(db.Global(read))
	run(db.CrossTenant(" billing ").Conn(read))
	err := db.InTx(ctx, globex, func(tx *tenant.Tx) error {
		run(tx.Scoped(globex, read))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"alice " + acmeID + " NotesRepository AddNote write=true ",
		"alice  NotesRepository GetNote write=false ",
		"alice  NotesRepository GetNote write=false billing",
		"alice " + globexID + " NotesRepository GetNote write=false ",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("got:\n%s", strings.Join(seen, "\n"))
	}
}

func TestCrossTenant(t *testing.T) {
	databaseURL := newDatabase(t)
	db := tenant.New(unreachable(t), tenant.WithCrossTenantPool(newPool(t, databaseURL, "tenant_test_admin")))
	all := db.CrossTenant("monthly invoices")
	if got := titles(t, all.Conn(read), "select title from notes order by title"); !slices.Equal(got, []string{"anvil", "hammock", "rocket"}) {
		t.Errorf("got %v", got)
	}
	n, err := all.Conn(write).CopyFrom(t.Context(), pgx.Identifier{"notes"}, []string{"org_id", "title"},
		pgx.CopyFromRows([][]any{{acmeID, "copy a"}, {globexID, "copy b"}}))
	if n != 2 || err != nil {
		t.Errorf("copied %d, %v", n, err)
	}
	if all.Reason() != "monthly invoices" || all.Err() != nil {
		t.Errorf("reason %q, %v", all.Reason(), all.Err())
	}
}

func TestCrossTenantNeedsAPoolAndAReason(t *testing.T) {
	pool := unreachable(t)
	for want, x := range map[error]*tenant.CrossTenant{
		tenant.ErrNoCrossTenantPool: tenant.New(pool).CrossTenant("billing"),
		tenant.ErrNoReason:          tenant.New(pool, tenant.WithCrossTenantPool(pool)).CrossTenant(" \n"),
	} {
		if !errors.Is(x.Err(), want) {
			t.Errorf("got %v, want %v", x.Err(), want)
		}
		expectRefused(t, func() *tenant.Conn { return x.Conn(read) }, want)
	}
}

func TestRows(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		rows, err := db.Scoped(acme, read).Query(t.Context(), "select title, size from notes order by title")
		if err != nil {
			t.Fatal(err)
		}
		if pool.Stat().AcquiredConns() != 1 {
			t.Error("open rows hold no connection")
		}
		if rows.Conn() != nil {
			t.Error("the rows give their connection away")
		}
		if !rows.Next() || rows.FieldDescriptions()[1].Name != "size" {
			t.Error("no first row")
		}
		if values, err := rows.Values(); err != nil || values[0] != "anvil" {
			t.Errorf("got %v, %v", values, err)
		}
		rows.Close()
		rows.Close()
		if rows.Next() || rows.Err() != nil || pool.Stat().AcquiredConns() != 0 {
			t.Errorf("closed: %v, %d connections", rows.Err(), pool.Stat().AcquiredConns())
		}
		if tag := rows.CommandTag().String(); tag != "SELECT 2" {
			t.Errorf("tag %s", tag)
		}
	})
}

func TestRowsEndOnScanErrors(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		rows, err := db.Scoped(acme, read).Query(t.Context(), "select title from notes")
		if err != nil {
			t.Fatal(err)
		}
		rows.Next()
		var n int
		if err := rows.Scan(&n); err == nil || rows.Err() == nil {
			t.Error("a title was scanned into an integer")
		}
		if pool.Stat().AcquiredConns() != 0 {
			t.Error("the connection was not released")
		}
	})
}

type undecodable struct{ pgtype.TextCodec }

func (undecodable) DecodeValue(*pgtype.Map, uint32, int16, []byte) (any, error) {
	return nil, errors.New("undecodable")
}

func TestRowsEndOnValuesErrors(t *testing.T) {
	pool := newPool(t, newDatabase(t), "tenant_test_app", one, func(c *pgxpool.Config) {
		c.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
			conn.TypeMap().RegisterType(&pgtype.Type{Name: "text", OID: pgtype.TextOID, Codec: undecodable{}})
			return nil
		}
	})
	rows, err := tenant.New(pool).Scoped(acme, read).Query(t.Context(), "select title from notes")
	if err != nil {
		t.Fatal(err)
	}
	rows.Next()
	if _, err := rows.Values(); err == nil || rows.Err() == nil {
		t.Error("no error")
	}
	if pool.Stat().AcquiredConns() != 0 {
		t.Error("the connection was not released")
	}
}

type panicking struct{}

func (panicking) Scan(any) error { panic("scanned") }

func TestRowReleasesTheConnectionOfAPanic(t *testing.T) {
	db, pool := newDB(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_ = db.Scoped(acme, read).QueryRow(t.Context(), "select title from notes").Scan(panicking{})
	}()
	expectNothingLeft(t, pool)
	var raw pgtype.DriverBytes
	if err := db.Scoped(acme, read).QueryRow(t.Context(), "select title from notes").Scan(&raw); err == nil {
		t.Error("bytes were returned that the driver is about to reuse")
	}
}

func TestSendBatch(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, _ *pgxpool.Pool) {
		batch := &pgx.Batch{}
		for _, title := range []string{"b1", "b2"} {
			batch.Queue(addNote, acmeID, title)
		}
		batch.Queue("select title from notes order by title")
		batch.Queue("delete from notes where title like 'b_'")
		results := db.Scoped(acme, write).SendBatch(t.Context(), batch)
		for range 2 {
			if tag, err := results.Exec(); err != nil || tag.RowsAffected() != 1 {
				t.Errorf("got %s, %v", tag, err)
			}
		}
		rows, err := results.Query()
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || !slices.Equal(got, []string{"anvil", "b1", "b2", "rocket"}) {
			t.Errorf("got %v, %v", got, err)
		}
		if tag, err := results.Exec(); err != nil || tag.RowsAffected() != 2 {
			t.Errorf("got %s, %v", tag, err)
		}
		if err := results.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestSendBatchIsOneTransaction(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		batch := &pgx.Batch{}
		batch.Queue(addNote, acmeID, "undone")
		batch.Queue(addNote, globexID, "smuggled")
		if err := db.Scoped(acme, write).SendBatch(t.Context(), batch).Close(); !hasCode(err, insufficient) {
			t.Errorf("got %v", err)
		}
		expectNothingLeft(t, pool)
		if got := titles(t, db.Scoped(acme, read), "select title from notes"); len(got) != 2 {
			t.Errorf("got %v", got)
		}
		if err := db.Scoped(acme, write).SendBatch(t.Context(), &pgx.Batch{}).Close(); err != nil {
			t.Errorf("an empty batch: %v", err)
		}
	})
}

// Whoever reads a batch's last result and its error is done, with or without Close.
func TestSendBatchThatFailsAtItsEnd(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		for name, last := range map[string]func(pgx.BatchResults) error{
			"Exec": func(r pgx.BatchResults) error { _, err := r.Exec(); return err },
			"Query": func(r pgx.BatchResults) error {
				rows, err := r.Query()
				rows.Next()
				return errors.Join(err, rows.Err())
			},
			"QueryRow": func(r pgx.BatchResults) error { var n int; return r.QueryRow().Scan(&n) },
		} {
			batch := &pgx.Batch{}
			batch.Queue("select 1")
			batch.Queue("select 1 / (size - size) from notes")
			results := db.Scoped(acme, write).SendBatch(t.Context(), batch)
			if _, err := results.Exec(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if err := last(results); !hasCode(err, "22012") {
				t.Errorf("%s: got %v", name, err)
			}
			expectNothingLeft(t, pool)
		}
	})
}

func TestSendBatchMayNotBegin(t *testing.T) {
	batch := &pgx.Batch{}
	batch.BeginTx(pgx.TxOptions{})
	if err := tenant.New(unreachable(t)).Scoped(acme, write).SendBatch(t.Context(), batch).Close(); err == nil {
		t.Error("no error")
	}
}

func TestCopyFrom(t *testing.T) {
	columns := []string{"org_id", "title", "size"}
	copied := func(org string) pgx.CopyFromSource {
		return pgx.CopyFromRows([][]any{{org, "c1", 7}, {org, "c2", nil}})
	}
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		n, err := db.Scoped(acme, write).CopyFrom(t.Context(), pgx.Identifier{"public", "notes"}, columns, copied(acmeID))
		if n != 2 || err != nil {
			t.Fatalf("copied %d, %v", n, err)
		}
		if n := exec(t, db.Scoped(acme, write), "delete from notes where title in ('c1', 'c2')"); n != 2 {
			t.Errorf("there were %d", n)
		}
		n, err = db.Scoped(acme, write).CopyFrom(t.Context(), pgx.Identifier{"notes"}, columns, copied(globexID))
		if n != 0 || !hasCode(err, insufficient) {
			t.Errorf("into another tenant: %d, %v", n, err)
		}
		expectNothingLeft(t, pool)
		err = db.InTx(t.Context(), acme, func(tx *tenant.Tx) error {
			for range 2 { // the second must not find the first's temporary table
				if n, err := tx.Scoped(acme, write).CopyFrom(t.Context(), pgx.Identifier{"notes"}, columns, copied(acmeID)); n != 2 || err != nil {
					return fmt.Errorf("copied %d, %w", n, err)
				}
				exec(t, tx.Scoped(acme, write), "delete from notes where title in ('c1', 'c2')")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// An inner level is in force while the rows are inserted, which is after they were copied.
func TestCopyFromIntoALevel(t *testing.T) {
	db, _ := newDB(t)
	err := db.InTx(t.Context(), acme, func(tx *tenant.Tx) error {
		_, err := tx.Scoped(acme.And("app.project_id", "1"), write).CopyFrom(t.Context(), pgx.Identifier{"tasks"},
			[]string{"org_id", "project_id", "title"}, pgx.CopyFromRows([][]any{{acmeID, int64(1), "saw"}}))
		if got := titles(t, tx.Scoped(acme, read), "select title from tasks"); len(got) != 0 {
			t.Errorf("afterwards the organization sees %v", got)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// cancelAfter ends a context when a statement that begins with the prefix has ended.
type cancelAfter struct {
	prefix string
	cancel context.CancelFunc
	begun  bool
}

func (c *cancelAfter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	c.begun = strings.HasPrefix(data.SQL, c.prefix)
	return ctx
}

func (c *cancelAfter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {
	if c.begun {
		c.cancel()
	}
}

// A context that ends between two statements is no error to the server: the transaction can go on, and be committed, and
// must not leave the temporary table on the connection.
func TestCopyFromThatStopsHalfWay(t *testing.T) {
	tracer := &cancelAfter{prefix: "create temporary table"}
	pool := newPool(t, newDatabase(t), "tenant_test_app", one, func(c *pgxpool.Config) { c.ConnConfig.Tracer = tracer })
	copyOne := func(ctx context.Context, c *tenant.Conn, title string) error {
		_, err := c.CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"org_id", "title"}, pgx.CopyFromRows([][]any{{acmeID, title}}))
		return err
	}
	db := tenant.New(pool)
	err := db.InTx(t.Context(), acme, func(tx *tenant.Tx) error {
		var ctx context.Context
		ctx, tracer.cancel = context.WithCancel(t.Context())
		if err := copyOne(ctx, tx.Scoped(acme, write), "half"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := pool.Stat().NewConnsCount(); n != 1 {
		t.Fatal("the connection was lost, which is not what this test is about")
	}
	if err := copyOne(t.Context(), db.Scoped(acme, write), "whole"); err != nil {
		t.Error(err)
	}
}
