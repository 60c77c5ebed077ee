package prove_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/parameters"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/prove"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// input builds an application from a schema and queries. Its policies are written
// here, so that tests can leave some out.
func input(t *testing.T, schema, queries string, tables ...config.Table) prove.Input {
	t.Helper()
	files := []analyzer.SchemaFile{{Path: "schema.sql", Text: schema}}
	db, ds := analyzer.LoadSchema(files)
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	own, problems := tenancy.Classify(db, config.Tenant{Columns: []string{"org_id"}, Source: config.Source{Setting: "app.org_id"}, Tables: tables})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	a := analyzer.New(db, own, nil)
	in := prove.Input{Schema: db, Tenancy: own, Files: files, AppRole: "prove_app"}
	in.Policies = append(in.Policies, "DROP ROLE IF EXISTS prove_app", "CREATE ROLE prove_app", "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO prove_app")
	for _, table := range db.Tables {
		name := table.Name.String()
		in.Policies = append(in.Policies, "GRANT SELECT, INSERT, UPDATE, DELETE ON "+name+" TO prove_app")
		if o := own.Of(table); o.Kind == tenancy.Column {
			c := table.Columns[o.Column]
			in.Policies = append(in.Policies, fmt.Sprintf("ALTER TABLE %s ENABLE ROW LEVEL SECURITY", name),
				fmt.Sprintf("CREATE POLICY p ON %s USING (%s = nullif(current_setting('app.org_id', true), '')::%s)", name, c.Name, c.Type.Name.Name))
		}
	}
	for _, r := range a.File("q.sql", queries) {
		sent, err := a.Prepared(r)
		if err != nil {
			t.Fatal(err)
		}
		in.Queries = append(in.Queries, &prove.Query{Name: r.Name, File: r.File, Line: r.Line, Verdict: r.Verdict, SQL: sent.SQL, Params: sent.Params, Tenants: r.Tenants, Targets: r.Targets})
	}
	return in
}

func run(t *testing.T, in prove.Input, o prove.Options) *prove.Report {
	t.Helper()
	o.Seed = 1
	o.DatabaseURL = database(t)
	r, err := prove.Run(t.Context(), in, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// database is an empty one, on the server that the tests share.
func database(t *testing.T) string {
	t.Helper()
	return pgserver.DatabaseForTest(t)
}

func statuses(r *prove.Report) string {
	var all []string
	for _, o := range r.Outcomes {
		all = append(all, o.Name+" "+string(o.Status))
	}
	return strings.Join(all, ", ")
}

const notes = `
CREATE TABLE orgs (id int PRIMARY KEY, slug text NOT NULL UNIQUE);
CREATE TABLE notes (org_id int NOT NULL REFERENCES orgs, id int NOT NULL, title text NOT NULL, at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP, token uuid DEFAULT gen_random_uuid(), n serial, PRIMARY KEY (org_id, id));`

var orgs = config.Table{Name: "orgs", TenantColumn: "id"}

// TestVolatile runs queries whose results differ each time, for reasons that no tenant has.
func TestVolatile(t *testing.T) {
	r := run(t, input(t, notes, `
-- name: Add :one
INSERT INTO notes (org_id, id, title) VALUES (@org_id, @id, @title) RETURNING *, now(), clock_timestamp(), random(), gen_random_uuid();
-- name: Touch :exec
UPDATE notes SET at = CURRENT_TIMESTAMP WHERE org_id = @org_id;
-- name: Any :many
SELECT id, title FROM notes WHERE org_id = @org_id LIMIT 1;
-- name: Unnoticed :many
SELECT id, pg_catalog.clock_timestamp() FROM notes WHERE org_id = @org_id;
`, orgs), prove.Options{})
	if got := statuses(r); got != "Add held, Touch held, Any held, Unnoticed held" {
		t.Error(got)
	}
	if o := r.Outcomes[3]; o.Undecided == 0 {
		t.Errorf("%s differs in every run, which decides nothing", o.Name)
	}
}

// TestLeaks forces leaking queries through, and reads the pair of states.
func TestLeaks(t *testing.T) {
	in := input(t, notes, `
-- name: Read :many
SELECT title FROM notes WHERE id = @id AND @org_id::int IS NOT NULL;
-- name: One :one
SELECT id FROM notes LIMIT 1;
-- name: Write :exec
UPDATE notes SET title = 'x' WHERE id = @id;
-- name: Order :many
SELECT id FROM notes n WHERE org_id = @org_id ORDER BY n.id * (SELECT 1 - 2 * (count(*) % 2)::int FROM notes);
`, orgs)
	for _, q := range in.Queries {
		q.Verdict, q.Tenants = analyzer.Scoped, []int{slices.IndexFunc(q.Params, func(p parameters.Param) bool { return p.Name == "org_id" }) + 1}
	}
	in.AppRole = ""
	r := run(t, in, prove.Options{})
	if got := statuses(r); got != "Read leaks, One leaks, Write leaks, Order leaks" || !r.Failed() {
		t.Fatal(got)
	}
	l := r.Outcomes[0].Leak
	if n := strings.Count(l.Left+l.Right, "INSERT INTO \"public\".\"notes\""); n != 1 || strings.Contains(l.Shared, "notes") {
		t.Errorf("one note of another tenant is enough:\n%s--\n%s--\n%s", l.Shared, l.Left, l.Right)
	}
	if l.Outcomes[0] == l.Outcomes[1] || len(l.Params) != 2 {
		t.Errorf("outcomes %q, parameters %q", l.Outcomes, l.Params)
	}
	if o := r.Outcomes[2].Leak; !strings.Contains(o.What, "rows of other tenants change") {
		t.Errorf("Write: %s", o.What)
	}
	reproduce(t, in, r.Outcomes[0])
}

// reproduce puts the printed rows into a database and runs the query, as a user would.
func reproduce(t *testing.T, in prove.Input, o *prove.Outcome) {
	t.Helper()
	for side, rows := range []string{o.Leak.Left, o.Leak.Right} {
		conn, err := pgx.Connect(t.Context(), database(t))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		if _, err := conn.Exec(t.Context(), in.Files[0].Text+o.Leak.Shared+rows); err != nil {
			t.Fatal(err)
		}
		sql := o.SQL
		for i, p := range o.Leak.Params {
			_, value, _ := strings.Cut(p, " = ")
			sql = strings.ReplaceAll(sql, fmt.Sprintf("$%d", i+1), value)
		}
		found, err := conn.Query(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for found.Next() {
			n++
		}
		if want := o.Leak.Outcomes[side]; !strings.HasPrefix(want, fmt.Sprintf("%d rows", n)) {
			t.Errorf("state %d gives %d rows, the report says %s", side, n, want)
		}
	}
}

// TestKeys meets keys without the tenant: that their errors tell is the schema's doing.
// A row that silently is not inserted is the query's.
func TestKeys(t *testing.T) {
	r := run(t, input(t, notes, `
-- name: Rename :exec
UPDATE orgs SET slug = @slug WHERE id = @org_id;
-- name: Found :execrows
INSERT INTO orgs (id, slug) VALUES (@org_id, @slug) ON CONFLICT DO NOTHING;
`, orgs), prove.Options{})
	if o := r.Outcomes[1]; o.Status != prove.Leaks || o.Verdict != analyzer.Rejected {
		t.Errorf("%s, %s", o.Verdict, o.Status)
	}
	if o := r.Outcomes[0]; o.Status != prove.Held || !slices.Contains(o.Keys, "orgs_slug_key") {
		t.Errorf("%s, told by %v", o.Status, o.Keys)
	}
}

// TestRLS takes policies and grants away.
func TestRLS(t *testing.T) {
	const queries = `
-- name: Mine :many
SELECT * FROM notes WHERE org_id = @org_id;
-- name: All :many
-- tenantgen:cross-tenant admin counts everything
SELECT count(*) FROM notes;
`
	for _, c := range []struct{ without, with, want string }{
		{"", "", "Mine held, All held"},
		{"CREATE POLICY p ON notes", "CREATE POLICY p ON notes USING (true)", "Mine held, All leaks"},
		{"GRANT SELECT, INSERT, UPDATE, DELETE ON notes", "GRANT INSERT ON notes TO prove_app", "Mine broken_by_rls, All not_exercised"},
		{"CREATE POLICY p ON notes", "CREATE POLICY p ON notes USING (id > 1)", "Mine broken_by_rls, All leaks"},
	} {
		in := input(t, notes, queries, orgs)
		for i, p := range in.Policies {
			if c.without != "" && strings.HasPrefix(p, c.without) {
				in.Policies[i] = c.with
			}
		}
		r := run(t, in, prove.Options{Rounds: 1})
		if got := statuses(r); !strings.HasPrefix(got, strings.Split(c.want, ",")[0]) || strings.Contains(c.want, "leaks") != strings.Contains(got, "leaks") {
			t.Errorf("with %s: %s, want %s", c.with, got, c.want)
		}
	}
}

// TestOrphans shrinks a leak through a child table without a foreign key: a row of
// it stays with its parent, since without one it is nobody's.
func TestOrphans(t *testing.T) {
	in := input(t, `CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE TABLE comments (id int PRIMARY KEY, note_id int NOT NULL);`,
		"-- name: Comments :one\nSELECT count(*) FROM comments;\n",
		config.Table{Name: "comments", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}})
	in.Queries[0].Verdict, in.AppRole = analyzer.Scoped, ""
	r := run(t, in, prove.Options{Rounds: 1})
	if got := statuses(r); got != "Comments leaks" {
		t.Fatal(got)
	}
	l := r.Outcomes[0].Leak
	if all := l.Left + l.Right; strings.Count(all, "INSERT INTO \"public\".\"notes\"") != 1 || strings.Count(all, "\n  (") != 2 {
		t.Errorf("a note with its comment is the smallest difference:\n%s--\n%s--\n%s", l.Shared, l.Left, l.Right)
	}
}
