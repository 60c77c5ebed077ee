// Package ent_test compares the repositories with ent and its privacy layer, on the same table.
package ent_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/tenantgen/tenantgen/bench/ent/ent"
	"github.com/tenantgen/tenantgen/bench/ent/ent/note"
	_ "github.com/tenantgen/tenantgen/bench/ent/ent/runtime"
	"github.com/tenantgen/tenantgen/bench/ent/ent/schema"
	"github.com/tenantgen/tenantgen/bench/internal/measure"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// newClient runs on a pool that row-level security does not restrict: ent's rule is all there is.
func newClient(b testing.TB, c measure.Conns) *ent.Client {
	db := stdlib.OpenDBFromPool(c.Plain)
	b.Cleanup(func() { db.Close() })
	return ent.NewClient(ent.Driver(entsql.OpenDB(dialect.Postgres, db)))
}

func tenant(ctx context.Context, n int) context.Context {
	return schema.WithTenant(ctx, uuid.MustParse(measure.UUID(n)))
}

func BenchmarkEnt(b *testing.B) {
	d := measure.NewDatabase(b, 100, 200, 200)
	c := d.Connect(b, 0)
	client := newClient(b, c)
	org, id := d.Org(b, 1), measure.PGUUID(b, 1)
	b.Run("one row", func(b *testing.B) {
		measure.Compare(b,
			measure.Way{Name: "sqlc", Call: func(ctx context.Context) error {
				_, err := c.Queries.GetNote(ctx, id, 7)
				return err
			}},
			measure.Way{Name: "repository", Call: func(ctx context.Context) error {
				_, err := c.Repos.Notes.GetNote(ctx, org, 7)
				return err
			}},
			measure.Way{Name: "ent with a privacy rule", Call: func(ctx context.Context) error {
				_, err := client.Note.Query().Where(note.ID(7)).Only(tenant(ctx, 1))
				return err
			}},
		)
	})
	b.Run("50 rows", func(b *testing.B) {
		measure.Compare(b,
			measure.Way{Name: "sqlc", Call: func(ctx context.Context) error {
				_, err := c.Queries.ListNotes(ctx, id)
				return err
			}},
			measure.Way{Name: "repository", Call: func(ctx context.Context) error {
				_, err := c.Repos.Notes.ListNotes(ctx, org)
				return err
			}},
			measure.Way{Name: "ent with a privacy rule", Call: func(ctx context.Context) error {
				notes, err := client.Note.Query().Order(note.ByCreatedAt(entsql.OrderDesc())).Limit(50).All(tenant(ctx, 1))
				if err == nil && len(notes) != 50 {
					return fmt.Errorf("%d notes", len(notes))
				}
				return err
			}},
		)
	})
}

// The rule must do what the comparison says it does.
func TestTheRuleFilters(t *testing.T) {
	d := measure.NewDatabase(t, 2, 3, 1)
	client := newClient(t, d.Connect(t, 0))
	if n, err := client.Note.Query().Count(tenant(t.Context(), 1)); n != 3 || err != nil {
		t.Errorf("a tenant counts %d notes, %v", n, err)
	}
	if n, err := client.Note.Query().Count(t.Context()); err == nil {
		t.Errorf("nobody counts %d notes", n)
	}
}
