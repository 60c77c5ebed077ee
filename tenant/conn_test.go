package tenant_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

func TestRows(t *testing.T) {
	eachMode(t, func(t *testing.T, db *tenant.DB, pool *pgxpool.Pool) {
		rows, err := gen.Scoped(db, acme, read).Query(t.Context(), "select title, size from notes order by title")
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
		rows, err := gen.Scoped(db, acme, read).Query(t.Context(), "select title from notes")
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
	rows, err := gen.Scoped(tenant.New(pool), acme, read).Query(t.Context(), "select title from notes")
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
		_ = gen.Scoped(db, acme, read).QueryRow(t.Context(), "select title from notes").Scan(panicking{})
	}()
	expectNothingLeft(t, pool)
	var raw pgtype.DriverBytes
	if err := gen.Scoped(db, acme, read).QueryRow(t.Context(), "select title from notes").Scan(&raw); err == nil {
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
		results := gen.Scoped(db, acme, write).SendBatch(t.Context(), batch)
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
		if err := gen.Scoped(db, acme, write).SendBatch(t.Context(), batch).Close(); !hasCode(err, insufficient) {
			t.Errorf("got %v", err)
		}
		expectNothingLeft(t, pool)
		if got := titles(t, gen.Scoped(db, acme, read), "select title from notes"); len(got) != 2 {
			t.Errorf("got %v", got)
		}
		if err := gen.Scoped(db, acme, write).SendBatch(t.Context(), &pgx.Batch{}).Close(); err != nil {
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
			results := gen.Scoped(db, acme, write).SendBatch(t.Context(), batch)
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
	if err := gen.Scoped(tenant.New(unreachable(t)), acme, write).SendBatch(t.Context(), batch).Close(); err == nil {
		t.Error("no error")
	}
}
