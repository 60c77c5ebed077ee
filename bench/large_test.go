package bench

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/bench/internal/measure"
	"github.com/tenantgen/tenantgen/bench/internal/sqlcgen"
)

const policyBudget = 1.2 // of explicit filter and policy against the filter alone

// begun is a transaction that goes on for all of a benchmark, so that what is measured is the statement alone.
func begun(b *testing.B, pool *pgxpool.Pool, id string) *sqlcgen.Queries {
	b.Helper()
	tx, err := pool.Begin(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { tx.Rollback(context.Background()) })
	if _, err := tx.Exec(b.Context(), measure.SetConfig, id); err != nil {
		b.Fatal(err)
	}
	return sqlcgen.New(tx)
}

// BenchmarkLarge is on two million rows of a thousand tenants. Besides the whole call it compares the statement alone, with
// its explicit filter, under row-level security and without.
func BenchmarkLarge(b *testing.B) {
	d := measure.NewDatabase(b, 1000, 2000, 40)
	c := d.Connect(b, 0)
	org, id := d.Org(b, 500), measure.PGUUID(b, 500)
	plain, app := begun(b, c.Plain, measure.UUID(500)), begun(b, c.App, measure.UUID(500))
	for _, query := range []struct {
		name  string
		sqlc  func(context.Context, *sqlcgen.Queries) error
		scope func(context.Context) error
	}{
		{"one row", func(ctx context.Context, q *sqlcgen.Queries) error { _, err := q.GetNote(ctx, id, 7); return err },
			func(ctx context.Context) error { _, err := c.Repos.Notes.GetNote(ctx, org, 7); return err }},
		{"the newest 50", func(ctx context.Context, q *sqlcgen.Queries) error { _, err := q.ListNotes(ctx, id); return err },
			func(ctx context.Context) error { _, err := c.Repos.Notes.ListNotes(ctx, org); return err }},
		{"count 2000", func(ctx context.Context, q *sqlcgen.Queries) error { _, err := q.CountNotes(ctx, id); return err },
			func(ctx context.Context) error { _, err := c.Repos.Notes.CountNotes(ctx, org); return err }},
		{"count 2000, reading rows", func(ctx context.Context, q *sqlcgen.Queries) error { _, err := q.CountStarred(ctx, id); return err },
			func(ctx context.Context) error { _, err := c.Repos.Notes.CountStarred(ctx, org); return err }},
	} {
		b.Run(query.name, func(b *testing.B) {
			measure.Compare(b,
				measure.Way{Name: "filter alone", Call: func(ctx context.Context) error { return query.sqlc(ctx, plain) }},
				measure.Way{Name: "filter and policy", Budget: policyBudget, Call: func(ctx context.Context) error { return query.sqlc(ctx, app) }},
			)
		})
		b.Run(query.name+", whole call", func(b *testing.B) {
			measure.Compare(b,
				measure.Way{Name: "sqlc", Call: func(ctx context.Context) error { return query.sqlc(ctx, c.Queries) }},
				measure.Way{Name: "repository", Call: query.scope},
			)
		})
	}
}

// The comparison is worth nothing unless both see the same rows, and the policy hides the others.
func TestLargeComparesTheSame(t *testing.T) {
	d := measure.NewDatabase(t, 3, 5, 1)
	c := d.Connect(t, 0)
	err := pgx.BeginFunc(t.Context(), c.App, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), measure.SetConfig, measure.UUID(2)); err != nil {
			return err
		}
		for n, want := range map[int]int64{1: 0, 2: 5} {
			if got, err := sqlcgen.New(tx).CountNotes(t.Context(), measure.PGUUID(t, n)); got != want || err != nil {
				t.Errorf("under the policy, tenant %d has %d notes, %v", n, got, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Queries.CountNotes(t.Context(), measure.PGUUID(t, 1)); got != 5 || err != nil {
		t.Errorf("without it, %d notes, %v", got, err)
	}
	if got, err := c.Repos.Notes.CountNotes(t.Context(), d.Org(t, 2)); got != 5 || err != nil {
		t.Errorf("the repository counts %d notes, %v", got, err)
	}
}
