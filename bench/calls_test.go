package bench

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/bench/internal/measure"
	"github.com/tenantgen/tenantgen/bench/internal/sqlcgen"
	"github.com/tenantgen/tenantgen/bench/repo"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/tenant"
)

func TestMain(m *testing.M) {
	if os.Getenv(pgserver.EnvDir) == "" {
		os.Setenv(pgserver.EnvDir, os.TempDir()) // not in memory, which what is measured may fill
	}
	os.Exit(pgserver.Main(m))
}

// sqlOf finds a statement of sqlc's: what plain pgx is given must be the same text.
func sqlOf(b testing.TB, name string) string {
	b.Helper()
	text, err := os.ReadFile("internal/sqlcgen/notes.sql.go")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "`-- name: "+name+" ")
	sql, _, closed := strings.Cut(rest, "`")
	if !found || !closed {
		b.Fatalf("no query %s", name)
	}
	return "-- name: " + name + " " + sql
}

// scan reads a row as sqlc's code does.
func scan(row pgx.Row, n *sqlcgen.Note) error {
	return row.Scan(&n.OrgID, &n.ID, &n.Title, &n.Body, &n.Starred, &n.CreatedAt)
}

// scanAll reads all rows as sqlc's code does.
func scanAll(rows pgx.Rows) ([]sqlcgen.Note, error) {
	defer rows.Close()
	var items []sqlcgen.Note
	for rows.Next() {
		var n sqlcgen.Note
		if err := scan(rows, &n); err != nil {
			return nil, err
		}
		items = append(items, n)
	}
	return items, rows.Err()
}

func getOne(rows pgx.Rows) error {
	notes, err := scanAll(rows)
	if err == nil && len(notes) != 1 {
		return fmt.Errorf("%d notes", len(notes))
	}
	return err
}

// budgets of the issue: of time over a unix socket and at one millisecond, and of allocations.
const (
	socketBudget = 1.25
	remoteBudget = 1.05
	allocBudget  = 20
)

func getNote(b *testing.B, d measure.Database, c measure.Conns, budget float64) {
	org, id, sql := d.Org(b, 1), measure.PGUUID(b, 1), sqlOf(b, "GetNote")
	free := repo.New(tenant.New(c.Plain))
	measure.Compare(b,
		measure.Way{Name: "plain pgx", Call: func(ctx context.Context) error {
			var n sqlcgen.Note
			return scan(c.Plain.QueryRow(ctx, sql, id, int64(7)), &n)
		}},
		measure.Way{Name: "sqlc", Call: func(ctx context.Context) error {
			_, err := c.Queries.GetNote(ctx, id, 7)
			return err
		}},
		measure.Way{Name: "repository", Budget: budget, Allocs: allocBudget, Call: func(ctx context.Context) error {
			_, err := c.Repos.Notes.GetNote(ctx, org, 7)
			return err
		}},
		measure.Way{Name: "repository, no policies", Call: func(ctx context.Context) error {
			_, err := free.Notes.GetNote(ctx, org, 7)
			return err
		}},
		measure.Way{Name: "pipeline by hand", Floor: true, Call: func(ctx context.Context) error {
			return c.ByHand(ctx, measure.UUID(1), sql, []any{id, int64(7)}, getOne)
		}},
		measure.Way{Name: "begin, set, query, commit", Call: func(ctx context.Context) error {
			return c.Classic(ctx, measure.UUID(1), func(q *sqlcgen.Queries) error {
				_, err := q.GetNote(ctx, id, 7)
				return err
			})
		}},
	)
}

func listNotes(b *testing.B, d measure.Database, c measure.Conns, budget float64) {
	org, id, sql := d.Org(b, 1), measure.PGUUID(b, 1), sqlOf(b, "ListNotes")
	measure.Compare(b,
		measure.Way{Name: "plain pgx", Call: func(ctx context.Context) error {
			rows, err := c.Plain.Query(ctx, sql, id)
			if err != nil {
				return err
			}
			_, err = scanAll(rows)
			return err
		}},
		measure.Way{Name: "sqlc", Call: func(ctx context.Context) error {
			_, err := c.Queries.ListNotes(ctx, id)
			return err
		}},
		measure.Way{Name: "repository", Budget: budget, Allocs: allocBudget, Call: func(ctx context.Context) error {
			_, err := c.Repos.Notes.ListNotes(ctx, org)
			return err
		}},
		measure.Way{Name: "pipeline by hand", Floor: true, Call: func(ctx context.Context) error {
			return c.ByHand(ctx, measure.UUID(1), sql, []any{id}, func(rows pgx.Rows) error {
				_, err := scanAll(rows)
				return err
			})
		}},
		measure.Way{Name: "begin, set, query, commit", Call: func(ctx context.Context) error {
			return c.Classic(ctx, measure.UUID(1), func(q *sqlcgen.Queries) error {
				_, err := q.ListNotes(ctx, id)
				return err
			})
		}},
	)
}

func starNote(b *testing.B, d measure.Database, c measure.Conns, budget float64) {
	org, id, sql := d.Org(b, 1), measure.PGUUID(b, 1), sqlOf(b, "StarNote")
	measure.Compare(b,
		measure.Way{Name: "plain pgx", Call: func(ctx context.Context) error {
			_, err := c.Plain.Exec(ctx, sql, true, id, int64(1))
			return err
		}},
		measure.Way{Name: "sqlc", Call: func(ctx context.Context) error {
			_, err := c.Queries.StarNote(ctx, true, id, 2)
			return err
		}},
		measure.Way{Name: "repository", Budget: budget, Allocs: allocBudget, Call: func(ctx context.Context) error {
			_, err := c.Repos.Notes.StarNote(ctx, org, true, 3)
			return err
		}},
		measure.Way{Name: "pipeline by hand", Floor: true, Call: func(ctx context.Context) error {
			return c.ByHand(ctx, measure.UUID(1), sql, []any{true, id, int64(5)}, func(rows pgx.Rows) error {
				rows.Close()
				return rows.Err()
			})
		}},
		measure.Way{Name: "begin, set, query, commit", Call: func(ctx context.Context) error {
			return c.Classic(ctx, measure.UUID(1), func(q *sqlcgen.Queries) error {
				_, err := q.StarNote(ctx, true, id, 4)
				return err
			})
		}},
	)
}

func BenchmarkCall(b *testing.B) {
	d := measure.NewDatabase(b, 100, 200, 200)
	for _, way := range []struct {
		name      string
		roundTrip time.Duration
		budget    float64
	}{{"unix socket", 0, socketBudget}, {"1 ms", time.Millisecond, remoteBudget}} {
		b.Run(way.name, func(b *testing.B) {
			c := d.Connect(b, way.roundTrip)
			b.Run("one row", func(b *testing.B) { getNote(b, d, c, way.budget) })
			b.Run("50 rows", func(b *testing.B) { listNotes(b, d, c, way.budget) })
			b.Run("update", func(b *testing.B) { starNote(b, d, c, way.budget) })
		})
	}
}

// The generated migrations have two policies for each table: one that lets a tenant's rows through, and a restrictive one
// that keeps other policies from letting more through. Each is evaluated.
func BenchmarkPolicies(b *testing.B) {
	two, one := measure.NewDatabase(b, 100, 200, 200), measure.NewDatabase(b, 100, 200, 200)
	one.Run(b, "drop policy tenant_isolation_floor on notes")
	c, without := two.Connect(b, 0), one.Connect(b, 0)
	org, id := two.Org(b, 1), measure.PGUUID(b, 1)
	measure.Compare(b,
		measure.Way{Name: "sqlc", Call: func(ctx context.Context) error {
			_, err := c.Queries.GetNote(ctx, id, 7)
			return err
		}},
		measure.Way{Name: "repository", Call: func(ctx context.Context) error {
			_, err := c.Repos.Notes.GetNote(ctx, org, 7)
			return err
		}},
		measure.Way{Name: "repository, one policy", Call: func(ctx context.Context) error {
			_, err := without.Repos.Notes.GetNote(ctx, org, 7)
			return err
		}},
	)
}
