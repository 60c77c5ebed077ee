package bench

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/bench/internal/measure"
	"github.com/tenantgen/tenantgen/migrate"
)

// Budgets of a chain of five children.
const (
	planBudget  = 0.25 // planning with this form of the policies, against the first
	chainBudget = 3    // a joined query, against the same without policies
)

// full reports whether the benchmarks have the sizes that budgets are about; TENANTGEN_BENCH=full says so.
func full() bool { return os.Getenv("TENANTGEN_BENCH") == "full" }

// session is a transaction that goes on for all of a benchmark, with the tenant set.
func session(b *testing.B, pool *pgxpool.Pool, tenant int) pgx.Tx {
	b.Helper()
	tx, err := pool.Begin(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { tx.Rollback(context.Background()) })
	for _, sql := range []string{"set local jit = off", "select set_config('app.org_id', '" + measure.UUID(tenant) + "', true)"} {
		if _, err := tx.Exec(b.Context(), sql); err != nil {
			b.Fatal(err)
		}
	}
	return tx
}

// asking makes a call of a query that reads all of its rows.
func asking(tx pgx.Tx, sql string, args ...any) func(context.Context) error {
	return func(ctx context.Context) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		rows.Close()
		return rows.Err()
	}
}

const childSchema = `
CREATE TABLE orgs (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE notes (id bigint PRIMARY KEY, org_id uuid NOT NULL REFERENCES orgs, title text NOT NULL, created_at timestamptz NOT NULL, UNIQUE (org_id, id));
CREATE TABLE comments (id bigint PRIMARY KEY, org_id uuid NOT NULL, note_id bigint NOT NULL, body text NOT NULL, created_at timestamptz NOT NULL,
    FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id));
CREATE INDEX notes_newest ON notes (org_id, created_at DESC);
CREATE INDEX comments_newest ON comments (org_id, created_at DESC);
CREATE INDEX comments_note ON comments (org_id, note_id);`

// BenchmarkChildren is about what was a child, once it has the tenant column.
func BenchmarkChildren(b *testing.B) {
	tenants, notes, comments := 100, 200, 20_000
	if full() {
		tenants, notes, comments = 1000, 2000, 1_000_000
	}
	d := measure.NewSchema(b, childSchema)
	d.Protect(b, false, []migrate.Target{
		{Table: measure.Table("orgs", "id", "uuid"), Column: "id"}, {Table: measure.Table("notes", "org_id", "uuid"), Column: "org_id"},
		{Table: measure.Table("comments", "org_id", "uuid"), Column: "org_id"}})
	d.Run(b,
		fmt.Sprintf("insert into orgs select ('00000000-0000-0000-0001-' || lpad(to_hex(t), 12, '0'))::uuid, 'o' || t from generate_series(1, %d) t", tenants),
		fmt.Sprintf(`insert into notes select (n - 1) * %[1]d + t, ('00000000-0000-0000-0001-' || lpad(to_hex(t), 12, '0'))::uuid, 'note ' || n,
			'2026-01-01'::timestamptz + n * interval '1 minute' from generate_series(1, %[2]d) n, generate_series(1, %[1]d) t`, tenants, notes),
		fmt.Sprintf(`insert into comments select i, n.org_id, n.id, 'body ' || i, '2026-01-01'::timestamptz + i * interval '1 second'
			from generate_series(1, %d) i join notes n on n.id = i::bigint * 7919 %% %d + 1`, comments, tenants*notes),
		"vacuum analyze")
	org := measure.UUID(50)
	id := d.One(b, "select min(id) from comments where org_id = '"+org+"'")
	plain, app := session(b, d.Pool(b, "bench_plain", 0), 50), session(b, d.Pool(b, "bench_user", 0), 50)
	for _, q := range []struct {
		name, sql string
		args      []any
	}{
		{"lookup", "select * from comments where org_id = $1 and id = $2", []any{org, id}},
		{"newest 20", "select * from comments where org_id = $1 order by created_at desc limit 20", []any{org}},
		{"count", "select count(*) from comments where org_id = $1", []any{org}},
		{"three tables", `select o.name, n.title, c.body from comments c join notes n on n.org_id = c.org_id and n.id = c.note_id
			join orgs o on o.id = c.org_id where c.org_id = $1 order by c.created_at desc limit 20`, []any{org}},
	} {
		b.Run(q.name, func(b *testing.B) {
			measure.Compare(b,
				measure.Way{Name: "filter alone", Call: asking(plain, q.sql, q.args...)},
				measure.Way{Name: "filter and policy", Budget: policyBudget, Call: asking(app, q.sql, q.args...)})
		})
	}
}

// deepest is how many children a chain has below the table with the tenant column.
const deepest = 5

// chained is the schema of a chain.
func chained() string {
	var b strings.Builder
	b.WriteString("CREATE TABLE p0 (id bigint PRIMARY KEY, org_id uuid NOT NULL); CREATE INDEX ON p0 (org_id);\n")
	for i := 1; i <= deepest; i++ {
		fmt.Fprintf(&b, "CREATE TABLE p%d (id bigint PRIMARY KEY, up bigint NOT NULL REFERENCES p%d); CREATE INDEX ON p%[1]d (up);\n", i, i-1)
	}
	return b.String()
}

func chainTargets() []migrate.Target {
	list := []migrate.Target{{Table: measure.Table("p0", "id", "int8", "org_id", "uuid"), Column: "org_id"}}
	for i := 1; i <= deepest; i++ {
		list = append(list, migrate.Target{Table: measure.Table(fmt.Sprint("p", i), "id", "int8", "up", "int8"), Kind: migrate.Child,
			Parents: []migrate.Parent{{Table: list[i-1].Table, On: []migrate.Pair{{Child: "up", Parent: "id"}}}}})
	}
	return list
}

// fillChain gives each table of a chain as many rows, each of which refers to some row above.
func fillChain(b *testing.B, d measure.Database) {
	b.Helper()
	const rows = 20_000
	d.Run(b, fmt.Sprintf("insert into p0 select i, ('00000000-0000-0000-0001-' || lpad(to_hex(1 + i %% 100), 12, '0'))::uuid from generate_series(1, %d) i", rows))
	for i := 1; i <= deepest; i++ {
		d.Run(b, fmt.Sprintf("insert into p%d select i, 1 + i * 7919 %% %d from generate_series(1, %[2]d) i", i, rows))
	}
	d.Run(b, "vacuum analyze")
}

// joined is a query of the rows of p<depth> that names the tenant, as lint wants it.
func joined(depth int, rest string) string {
	sql := fmt.Sprintf("select p%d.id from p%[1]d", depth)
	for i := depth - 1; i >= 0; i-- {
		sql += fmt.Sprintf(" join p%d on p%[1]d.id = p%d.up", i, i+1)
	}
	return sql + " where p0.org_id = '" + measure.UUID(50) + "'" + rest
}

// BenchmarkDepth is about policies of children of children.
func BenchmarkDepth(b *testing.B) {
	now, before := measure.NewSchema(b, chained()), measure.NewSchema(b, chained())
	now.Protect(b, false, chainTargets())
	before.Protect(b, true, chainTargets())
	fillChain(b, now)
	fillChain(b, before)
	plain, app, first := session(b, now.Pool(b, "bench_plain", 0), 50), session(b, now.Pool(b, "bench_user", 0), 50), session(b, before.Pool(b, "bench_user", 0), 50)
	for depth := 1; depth <= deepest; depth++ {
		point := joined(depth, fmt.Sprintf(" and p%d.id = %d", depth, now.One(b, joined(depth, " limit 1"))))
		list := joined(depth, fmt.Sprintf(" order by p%d.id desc limit 20", depth))
		linear(b, app, point, depth)
		b.Run(fmt.Sprint("planning at ", depth), func(b *testing.B) {
			measure.Compare(b,
				measure.Way{Name: "first form", Call: asking(first, "explain "+point, pgx.QueryExecModeSimpleProtocol)},
				measure.Way{Name: "this form", Budget: atDeepest(depth, planBudget), Call: asking(app, "explain "+point, pgx.QueryExecModeSimpleProtocol)})
		})
		for _, q := range [][2]string{{"look-up", point}, {"newest 20", list}} {
			b.Run(fmt.Sprint(q[0], " at ", depth), func(b *testing.B) {
				measure.Compare(b,
					measure.Way{Name: "without policies", Call: asking(plain, q[1])},
					measure.Way{Name: "with policies", Budget: atDeepest(depth, chainBudget), Call: asking(app, q[1])})
			})
		}
	}
}

// atDeepest is a budget at the end of the chain, and none before.
func atDeepest(depth int, budget float64) float64 {
	if depth < deepest {
		return 0
	}
	return budget
}

// linear wants as many sub-plans of each table as it has levels above it.
func linear(b *testing.B, tx pgx.Tx, query string, depth int) {
	b.Helper()
	rows, err := tx.Query(b.Context(), "explain "+query, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		b.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for _, l := range lines {
		if strings.HasPrefix(strings.TrimSpace(l), "SubPlan ") {
			n++
		}
	}
	if want := depth * (depth + 1) / 2; n != want {
		b.Errorf("at depth %d there are %d sub-plans, want %d:\n%s", depth, n, want, strings.Join(lines, "\n"))
	}
}
