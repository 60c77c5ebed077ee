package tenantgen

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// What own policies ask for, and what functions read that a view calls, is used with the rights of
// who runs the query, whoever owns the view.
func TestNeedsBesideQueries(t *testing.T) {
	a := newApplication(t)
	a.write("m/00001_schema.sql", `-- +goose Up
CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE notes (org_id uuid NOT NULL, id int, plan int, PRIMARY KEY (org_id, id));
CREATE TABLE plans (id int PRIMARY KEY);
CREATE TABLE kinds (id int PRIMARY KEY);
CREATE TABLE rates (id int PRIMARY KEY);
CREATE FUNCTION rate() RETURNS int LANGUAGE sql STABLE AS 'SELECT max(id) FROM rates';
CREATE POLICY mine ON notes AS RESTRICTIVE USING (plan IN (SELECT id FROM plans));
CREATE VIEW rated AS SELECT id, rate() AS rate FROM kinds;
`)
	a.configure(`    migrations: {dir: m, format: goose}
    tables: {orgs: {tenant_column: id}, plans: {global: true}, kinds: {global: true}, rates: {global: true}}
`, "m: -- name: List :many\nSELECT id FROM notes WHERE org_id = @org_id;\n-- name: Rated :many\nSELECT id, rate::int AS rate FROM rated;\n")
	a.contains("GRANT SELECT ON public.notes TO app;", "GRANT SELECT ON public.plans TO app;", "GRANT SELECT ON public.rated TO app;", "GRANT SELECT ON public.rates TO app;")
	if text := a.read("m/00002_tenant_isolation.sql"); strings.Contains(text, "ON public.kinds TO") || strings.Contains(text, "ON public.orgs TO") {
		t.Errorf("the owner of the view reads its table, and nobody reads orgs:\n%s", text)
	}
}

// nestedSchema has three levels, and a chain of children below the innermost.
const nestedSchema = `-- +goose Up
CREATE TABLE orgs (id int PRIMARY KEY);
CREATE TABLE projects (id int PRIMARY KEY, org_id int NOT NULL REFERENCES orgs, UNIQUE (org_id, id));
CREATE TABLE teams (id int PRIMARY KEY, project_id int NOT NULL REFERENCES projects);
CREATE TABLE docs (team_id int NOT NULL REFERENCES teams, id int PRIMARY KEY);
CREATE TABLE sections (doc_id int NOT NULL REFERENCES docs, id int PRIMARY KEY);
CREATE TABLE comments (section_id int NOT NULL REFERENCES sections, id int PRIMARY KEY, body text);
CREATE TABLE others (team_id int NOT NULL REFERENCES teams, id int PRIMARY KEY);
CREATE TABLE memos (doc_id int NOT NULL REFERENCES docs, other_id int NOT NULL REFERENCES others, id int PRIMARY KEY);
`

// grantsOf are the rights that the first migration of a schema with levels gives to a role, as
// TABLE: PRIVILEGES.
func grantsOf(t *testing.T, role, queries string) []string {
	t.Helper()
	a := newApplication(t)
	a.write("m/00001_schema.sql", nestedSchema)
	a.configure(`    migrations: {dir: m, format: goose}
    cross_tenant_role: app_cross
    tables:
      orgs: {tenant_column: id, level: org}
      projects: {tenant_column: id, level: project}
      teams: {tenant_column: id, level: team}
      sections: {parent: docs, on: {doc_id: id}}
      comments: {parent: sections, on: {section_id: id}}
      memos: {parent: [{table: docs, on: {doc_id: id}}, {table: others, on: {other_id: id}}]}
`, "m: "+queries)
	a.write("sqlc.yaml", strings.NewReplacer("    tenant_column: org_id\n", "    levels: [{name: org, column: org_id, setting: app.org_id}, {name: project, column: project_id, setting: app.project_id}, {name: team, column: team_id, setting: app.team_id}]\n",
		"    tenant_source: {setting: app.org_id}\n", "").Replace(a.read("sqlc.yaml")))
	files, err := a.next()
	if err != nil || len(files) != 1 {
		t.Fatalf("wrote %v, %v", files, err)
	}
	var list []string
	for _, m := range regexp.MustCompile(`(?m)^GRANT ([A-Z, ]+) ON public\.(\w+) TO `+role+`;`).FindAllStringSubmatch(string(files[0].Text), -1) {
		list = append(list, m[2]+": "+m[1])
	}
	slices.Sort(list)
	return list
}

// A role reads what the policies of the tables that its queries use ask for, however far up,
// and the rows of inner tenants by which the runtime finds out in which outer ones they lie.
func TestNeedsOfPolicies(t *testing.T) {
	const add = "-- name: Add :exec\nINSERT INTO comments (section_id, id, body) SELECT s.id, @id, @body FROM sections s JOIN docs d ON d.id = s.doc_id WHERE d.team_id = @team_id AND s.id = @section_id;\n"
	const orgs = "-- name: Org :one\nSELECT id FROM orgs WHERE id = @org_id;\n"
	for name, c := range map[string]struct{ role, queries, want string }{
		"a chain":        {"app", add, "comments: INSERT, docs: SELECT, projects: SELECT, sections: SELECT, teams: SELECT"},
		"another parent": {"app", "-- name: Memos :many\nSELECT m.id FROM memos m JOIN docs d ON d.id = m.doc_id WHERE d.team_id = @team_id;\n", "docs: SELECT, memos: SELECT, others: SELECT, projects: SELECT, teams: SELECT"},
		"a root":         {"app", orgs, "orgs: SELECT, projects: SELECT, teams: SELECT"},
		"cross-tenant":   {"app_cross", orgs + "-- name: Purge :exec\n-- tenantgen:cross-tenant admin old rows go\nDELETE FROM comments;\n", "comments: SELECT, DELETE"},
		"beside others":  {"app", orgs + "-- name: Purge :exec\n-- tenantgen:cross-tenant admin old rows go\nDELETE FROM comments;\n", "orgs: SELECT, projects: SELECT, teams: SELECT"},
	} {
		if got := strings.Join(grantsOf(t, c.role, c.queries), ", "); got != c.want {
			t.Errorf("%s: %s gets\n%s\nwant\n%s", name, c.role, got, c.want)
		}
	}
}

// The runtime asks for the rows of inner tenants that name outer ones, and nowhere else.
func TestNesting(t *testing.T) {
	for text, want := range map[string]string{
		"CREATE TABLE projects (id int PRIMARY KEY, org_id int NOT NULL); CREATE TABLE teams (id int PRIMARY KEY, project_id int NOT NULL, org_id int NOT NULL)": "project in org, team in org, team in project",
		"CREATE TABLE projects (id int PRIMARY KEY, org_id int NOT NULL); CREATE TABLE teams (id int PRIMARY KEY, project_id int NOT NULL)":                      "project in org, team in project",
		"CREATE TABLE projects (id int PRIMARY KEY); CREATE TABLE teams (id int, project_id int NOT NULL)":                                                       "",
	} {
		for _, scale := range []string{"", "citus"} {
			db, errs := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: text}})
			m, problems := tenancy.Classify(db, config.Tenant{Scale: scale, Levels: []config.Level{{Name: "org", Column: "org_id"}, {Name: "project", Column: "project_id"}, {Name: "team", Column: "team_id"}},
				Tables: []config.Table{{Name: "projects", TenantColumn: "id", Level: "project"}, {Name: "teams", TenantColumn: "id", Level: "team"}}})
			if len(errs)+len(problems) > 0 {
				t.Fatal(errs, problems)
			}
			var got []string
			for _, n := range nesting(m) {
				got = append(got, m.Levels[n.inner].Name+" in "+m.Levels[n.outer].Name)
				if n.root != m.Root(n.inner) || n.column != n.root.Columns[m.Holder(n.root, n.outer)].Name {
					t.Errorf("%s: asked is %s.%s", text, n.root.Name, n.column)
				}
			}
			if got := strings.Join(got, ", "); got != want && scale == "" || got != "" && scale != "" {
				t.Errorf("%s %s: %s, want %s", scale, text, got, want)
			}
		}
	}
}

// The policies of a table ask its parents, and the rows of the inner tenants that its rows
// name, also of those that name no outer one.
func TestAsked(t *testing.T) {
	const schema = `CREATE TABLE projects (id int PRIMARY KEY); CREATE TABLE docs (project_id int NOT NULL, id int PRIMARY KEY); CREATE TABLE visits (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE memos (doc_id int, visit_id int); CREATE TABLE orgs (id int PRIMARY KEY);`
	on := func(table, column string) config.Parent {
		return config.Parent{Table: table, On: []config.Pair{{Child: column, Parent: "id"}}}
	}
	db, errs := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: schema}})
	m, problems := tenancy.Classify(db, config.Tenant{Levels: []config.Level{{Name: "org", Column: "org_id"}, {Name: "project", Column: "project_id"}},
		Tables: []config.Table{{Name: "orgs", TenantColumn: "id", Level: "org"}, {Name: "projects", TenantColumn: "id", Level: "project"}, {Name: "memos", Parents: []config.Parent{on("docs", "doc_id"), on("visits", "visit_id")}}}})
	if len(errs)+len(problems) > 0 {
		t.Fatal(errs, problems)
	}
	for _, table := range db.Tables {
		var got []string
		for _, other := range asked(m, table) {
			got = append(got, other.Name.Name)
		}
		if want := map[string]string{"docs": "projects", "memos": "docs visits"}[table.Name.Name]; strings.Join(got, " ") != want {
			t.Errorf("%s asks %q, want %s", table.Name, got, want)
		}
	}
}

// What triggers write fires others, in whatever order the tables are made.
func TestNeedsOfTriggersInTurn(t *testing.T) {
	a := newApplication(t)
	a.write("m/00001_schema.sql", `-- +goose Up
CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE last (id int);
CREATE TABLE second (id int);
CREATE TABLE notes (org_id uuid NOT NULL, id int, PRIMARY KEY (org_id, id));
-- +goose StatementBegin
CREATE FUNCTION to_second() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO second VALUES (NEW.id); RETURN NULL; END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION to_last() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO last VALUES (NEW.id); RETURN NULL; END $$;
-- +goose StatementEnd
CREATE TRIGGER b AFTER INSERT ON second FOR EACH ROW EXECUTE FUNCTION to_last();
CREATE TRIGGER a AFTER INSERT ON notes FOR EACH ROW EXECUTE FUNCTION to_second();
`)
	a.configure(`    migrations: {dir: m, format: goose}
    functions: {to_second: {safe: "keeps a copy"}, to_last: {safe: "keeps a copy"}}
    tables: {orgs: {tenant_column: id}, second: {global: true}, last: {global: true}}
`, "m: -- name: Add :exec\nINSERT INTO notes (org_id, id) VALUES (@org_id, @id);\n")
	a.contains("GRANT INSERT ON public.notes TO app;", "INSERT ON public.second TO app;", "INSERT ON public.last TO app;")
}
