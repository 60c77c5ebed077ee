package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
)

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
		_, err := tx.Scoped(acme.And(tenant.Scope{Setting: "app.project_id", ID: "1"}), write).CopyFrom(t.Context(), pgx.Identifier{"tasks"},
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
