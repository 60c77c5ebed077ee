package migrate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// chain returns a schema of children, each a parent's of the next, below a table with the
// tenant column, and what is wanted of it. Row i of each table refers to row i of the one
// above; the tenants take turns.
func chain(depth, rows int) (string, func(*catalog.Database) migrate.Wanted) {
	schema := fmt.Sprintf(`CREATE TABLE p0 (id bigint PRIMARY KEY, org_id uuid NOT NULL);
		INSERT INTO p0 SELECT i, CASE i %% 2 WHEN 1 THEN uuid '%s' ELSE '%s' END FROM generate_series(1, %d) i; CREATE INDEX ON p0 (org_id);`, orgA, orgB, rows)
	targets := []func(*catalog.Database) migrate.Target{column("p0", "org_id")}
	for i := 1; i <= depth; i++ {
		schema += fmt.Sprintf(`CREATE TABLE p%d (id bigint PRIMARY KEY, up bigint NOT NULL REFERENCES p%d);
			INSERT INTO p%[1]d SELECT i, i FROM generate_series(1, %[3]d) i;`, i, i-1, rows)
		targets = append(targets, child(fmt.Sprintf("p%d", i), fmt.Sprintf("p%d", i-1), "up=id"))
	}
	return schema, wants(bySetting, targets...)
}

func (w *world) explain(c *pgx.Conn, query string) string {
	w.t.Helper()
	r, err := c.Query(w.t.Context(), "EXPLAIN "+query)
	w.check(err)
	lines, err := pgx.CollectRows(r, pgx.RowTo[string])
	w.check(err)
	return strings.Join(lines, "\n")
}

// parts counts the lines of a plan that show a part of it; what uses one names it, too.
func parts(plan, kind string) int {
	n := 0
	for line := range strings.Lines(plan) {
		if strings.HasPrefix(strings.TrimSpace(line), kind+" ") {
			n++
		}
	}
	return n
}

// Each level adds one sub-plan, the setting is read once, and an index finds its rows.
func TestDepthIsLinear(t *testing.T) {
	schema, want := chain(5, 4000)
	w := newWorld(t, schema, want)
	w.exec(w.connect(""), "ANALYZE")
	app := w.as(w.connect(w.app), orgA)
	for depth := range 6 {
		plan := w.explain(app, fmt.Sprintf("SELECT id FROM p%d WHERE id = 7", depth))
		if n := parts(plan, "SubPlan"); n != depth {
			t.Errorf("at depth %d there are %d sub-plans:\n%s", depth, n, plan)
		}
		if n := parts(plan, "InitPlan"); n != 1 {
			t.Errorf("at depth %d the setting is read in %d places:\n%s", depth, n, plan)
		}
		w.rows(app, fmt.Sprintf("SELECT p.id::text FROM p%d AS p ORDER BY p.id LIMIT 2", depth), "1", "3")
		w.rows(app, fmt.Sprintf("SELECT count(*)::text FROM p%d", depth), "2000")
		w.affects(app, fmt.Sprintf("DELETE FROM p%d WHERE id = 2", depth), 0)
	}
	w.refused(app, "INSERT INTO p5 VALUES (-1, 2)", violates)
	w.affects(app, "INSERT INTO p5 VALUES (-1, 1)", 1)
	w.exec(app, "SET enable_seqscan = off")
	if plan := w.explain(app, "SELECT id FROM p0"); !strings.Contains(plan, "Index Cond: (org_id = (NULLIF(") {
		t.Errorf("no index finds the tenant's rows:\n%s", plan)
	}
}

// That others may read a parent makes its children neither readable nor writable, on any level.
func TestChildrenOfWhatOthersMayRead(t *testing.T) {
	w := newWorld(t, `CREATE TABLE documents (id text PRIMARY KEY, org_id uuid NOT NULL, public bool NOT NULL);
		CREATE TABLE pages (id text PRIMARY KEY, document_id text NOT NULL REFERENCES documents, public bool NOT NULL);
		CREATE TABLE lines (id text PRIMARY KEY, page_id text REFERENCES pages, document_id text REFERENCES documents);
		CREATE TABLE marks (id text PRIMARY KEY, line_id text NOT NULL REFERENCES lines);
		INSERT INTO documents VALUES ('a', '`+orgA+`', false), ('b', '`+orgB+`', false), ('bp', '`+orgB+`', true);
		INSERT INTO pages VALUES ('a', 'a', false), ('b', 'b', false), ('b+', 'b', true), ('bp', 'bp', false);
		INSERT INTO lines VALUES ('a', 'a', NULL), ('b', 'b', NULL), ('b+', 'b+', NULL), ('bp', 'bp', NULL), ('bd', NULL, 'bp');
		INSERT INTO marks SELECT id, id FROM lines;`,
		wants(bySetting, with(column("documents", "org_id"), "public", ""), with(child("pages", "documents", "document_id=id"), "public", ""),
			child("lines", "pages", "page_id=id", "documents", "document_id=id"), child("marks", "lines", "line_id=id")))
	app := w.as(w.connect(w.app), orgA)
	w.rows(app, "SELECT id FROM documents ORDER BY id", "a", "bp")
	w.rows(app, "SELECT id FROM pages ORDER BY id", "a", "b+")
	w.rows(app, "SELECT id FROM lines", "a")
	w.rows(app, "SELECT id FROM marks", "a")
	for _, s := range []string{
		"INSERT INTO pages VALUES ('x', 'bp', true)", "INSERT INTO lines VALUES ('x', 'b+', NULL)", "INSERT INTO lines VALUES ('x', NULL, 'bp')",
		"INSERT INTO lines VALUES ('x', 'a', 'bp')", "INSERT INTO marks VALUES ('x', 'b+')", "UPDATE pages SET document_id = 'bp' WHERE id = 'a'",
	} {
		w.refused(app, s, violates)
	}
	for _, s := range []string{"UPDATE documents SET public = false WHERE id = 'bp'", "DELETE FROM documents WHERE id = 'bp'", "UPDATE pages SET public = false WHERE id = 'b+'",
		"DELETE FROM pages WHERE id = 'b+'", "DELETE FROM lines WHERE id <> 'a'"} {
		w.affects(app, s, 0)
	}
	w.affects(app, "INSERT INTO lines VALUES ('a2', 'a', 'a')", 1)
	w.down()
	w.up()
}

// On the shards of Citus every policy is a permissive one. Then, too, what others may
// read they may not write.
func TestFloorsWithoutRestrictive(t *testing.T) {
	w := newWorld(t, `CREATE TABLE documents (id text PRIMARY KEY, org_id uuid NOT NULL, public bool NOT NULL);
		INSERT INTO documents VALUES ('a', '`+orgA+`', false), ('b', '`+orgB+`', false), ('bp', '`+orgB+`', true);`,
		wants(bySetting, with(column("documents", "org_id"), "public", "")))
	w.exec(w.connect(""), "UPDATE pg_policy SET polpermissive = true")
	app := w.as(w.connect(w.app), orgA)
	w.rows(app, "SELECT id FROM documents ORDER BY id", "a", "bp")
	w.affects(app, "DELETE FROM documents WHERE public", 0)
	w.affects(app, "UPDATE documents SET public = true", 1)
	w.refused(app, "INSERT INTO documents VALUES ('x', '"+orgB+"', true)", violates)
}

// A setting that is only equal to a tenant once its type has changed it is not that tenant.
func TestEqualIsTheSame(t *testing.T) {
	for _, c := range []struct {
		typ, row, near string // near becomes row, or counts as equal to it
		create         string
	}{
		{typ: "slug", row: "abc", near: "abcd", create: "CREATE DOMAIN slug AS varchar(3);"},
		{typ: "inner_slug", row: "abc", near: "abcd", create: "CREATE DOMAIN slug AS char(3); CREATE DOMAIN inner_slug AS slug;"},
		{typ: "whole", row: "8", near: "7.6", create: "CREATE DOMAIN whole AS numeric(8,0);"},
		{typ: "varchar(3)", row: "abc", near: "abcd"},
		{typ: "char(3)", row: "abc", near: "abcd"},
		{typ: "char(3)", row: "ab", near: "ab "},
		{typ: `"char"`, row: "a", near: "ab"},
		{typ: "name", row: strings.Repeat("a", 63), near: strings.Repeat("a", 64)},
		{typ: "date", row: "2026-01-02", near: "2026-01-02 10:00"},
		{typ: "timestamp(0)", row: "2026-01-02 10:00:00", near: "2026-01-02 10:00:00.4"},
		{typ: "bit(3)", row: "101", near: "1011"},
		{typ: "nocase", row: "abc", near: "ABC", create: "CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE DOMAIN nocase AS text COLLATE anycase;"},
	} {
		t.Run(c.typ+" "+c.near[:min(5, len(c.near))], func(t *testing.T) {
			w := newWorld(t, c.create+"CREATE TABLE notes (id text PRIMARY KEY, org_id "+c.typ+" NOT NULL); INSERT INTO notes VALUES ('1', '"+c.row+"'); CREATE INDEX ON notes (org_id);",
				wants(bySetting, column("notes", "org_id")))
			app := w.as(w.connect(w.app), c.row)
			w.rows(app, "SELECT id FROM notes", "1")
			w.exec(app, "SET enable_seqscan = off")
			if plan := w.explain(app, "SELECT id FROM notes"); !strings.Contains(plan, "Index Cond: ") {
				t.Errorf("no index finds the tenant's rows:\n%s", plan)
			}
			w.rows(w.as(app, c.near), "SELECT id FROM notes")
		})
	}
}

// What is no tenant in the setting or claim is no rows, or an error that says what it is.
func TestMalformedTenant(t *testing.T) {
	w := newWorld(t, notes, wants(bySetting, column("notes", "org_id")))
	for _, none := range []string{"abc", orgA + "0", "{}", "' OR true --"} {
		_, err := w.as(w.connect(w.app), none).Exec(t.Context(), "SELECT id FROM notes")
		if err == nil || !strings.Contains(err.Error(), "invalid input syntax for type uuid") {
			t.Errorf("%q: %v", none, err)
		}
	}
	w = newWorld(t, notes, wants(migrate.Source{JWTClaim: []string{"org"}}, column("notes", "org_id")))
	for claims, message := range map[string]string{
		"no json": "invalid input syntax for type json", `{"org": ["` + orgA + `"]}`: "type uuid", `{"org": {"id": 1}}`: "type uuid", `{"org": true}`: "type uuid",
	} {
		_, err := w.set(w.connect(w.app), "request.jwt.claims", claims).Exec(t.Context(), "SELECT id FROM notes")
		if err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: %v", claims, err)
		}
	}
	w.rows(w.set(w.connect(w.app), "request.jwt.claims", `["org"]`), "SELECT id FROM notes")
}

// What each level asks is planned once for it, but for the first: the numbers of sub-plans
// count those that PostgreSQL planned and did not choose, which the executor starts, too.
func TestDeepChildrenArePlannedOnce(t *testing.T) {
	schema, want := chain(5, 100)
	w := newWorld(t, schema, want)
	plan := w.explain(w.as(w.connect(w.app), orgA), "SELECT id FROM p5 WHERE id = 7")
	most := 0
	for line := range strings.Lines(plan) {
		n := 0
		if fmt.Sscanf(strings.TrimSpace(line), "SubPlan %d", &n); n > most {
			most = n
		}
	}
	if most == 0 || most > 10 {
		t.Errorf("%d sub-plans were planned:\n%s", most, plan)
	}
}
