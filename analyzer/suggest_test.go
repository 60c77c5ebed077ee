package analyzer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// What nobody declared is offered to all tenants only where no key says whose it is, and whoever
// follows a hint is told neither the same again nor that it was wrong.
func TestSuggestedDeclarations(t *testing.T) {
	for _, c := range []struct{ ddl, table, want string }{
		{"CREATE TABLE firms (id int PRIMARY KEY); CREATE TABLE notes (org_id int NOT NULL REFERENCES firms);", "firms", "firms: {tenant_column: id}"},
		{"CREATE TABLE firms (nr int UNIQUE, kind int, UNIQUE (kind, nr)); CREATE TABLE notes (org_id int NOT NULL, kind int, FOREIGN KEY (kind, org_id) REFERENCES firms (kind, nr));", "firms", "firms: {tenant_column: nr}"},
		{"CREATE SCHEMA app; CREATE TABLE app.firms (id int PRIMARY KEY); CREATE TABLE notes (org_id int NOT NULL REFERENCES app.firms);", "app.firms", "app.firms: {tenant_column: id}"},
		{"CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE TABLE lines (note_id int REFERENCES notes);", "lines", "lines: {parent: notes, on: {note_id: id}}"},
		{"CREATE TABLE notes (org_id int NOT NULL, a int, b int, PRIMARY KEY (a, b)); CREATE TABLE lines (x int, y int, FOREIGN KEY (x, y) REFERENCES notes (a, b));", "lines", "lines: {parent: notes, on: {x: a, y: b}}"},
		{"CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE TABLE tags (org_id int NOT NULL, id int PRIMARY KEY); CREATE TABLE lines (note_id int REFERENCES notes, tag_id int REFERENCES tags);",
			"lines", "lines: {parent: notes, on: {note_id: id}}, or lines: {parent: tags, on: {tag_id: id}}"},
		{"CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE TABLE lines (id int PRIMARY KEY, note_id int REFERENCES notes); CREATE TABLE words (line_id int REFERENCES lines);",
			"words", "words: {parent: lines, on: {line_id: id}}"},
		{"CREATE TABLE notes (org_id int NOT NULL UNIQUE); CREATE TABLE bills (payer int NOT NULL REFERENCES notes (org_id));", "bills", "bills: {tenant_column: payer}"},
		{"CREATE TABLE trees (id int PRIMARY KEY, up int REFERENCES trees);", "trees", "trees: {global: true}, or {parent: <table>, on: {<column>: <key>}}"},
		{"CREATE TABLE a (id int PRIMARY KEY, b_id int); CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b;", "a", "a: {global: true}, or {parent: <table>, on: {<column>: <key>}}"},
		{"CREATE TABLE docs (id int PRIMARY KEY); CREATE TABLE lines (id int PRIMARY KEY, doc_id int REFERENCES docs);", "lines",
			"docs first, to which it refers; then lines: {parent: docs, on: {doc_id: id}} where rows of docs are a tenant's"},
		{"CREATE TABLE docs (id int PRIMARY KEY); CREATE TABLE lines (id int PRIMARY KEY, doc_id int REFERENCES docs); CREATE TABLE words (line_id int REFERENCES lines);", "words",
			"lines first, to which it refers; then words: {parent: lines, on: {line_id: id}} where rows of lines are a tenant's"},
		{"CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE c (a_id int REFERENCES a, b_id int REFERENCES b);", "c",
			"a and b first, to which it refers; then c: {parent: a, on: {a_id: id}} where rows of a are a tenant's, or c: {parent: b, on: {b_id: id}} where rows of b are a tenant's"},
		{"CREATE TABLE kinds (id int PRIMARY KEY); CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE TABLE lines (note_id int REFERENCES notes, kind int REFERENCES kinds);", "lines", "lines: {parent: notes, on: {note_id: id}}"},
		{"CREATE TABLE kinds (id int PRIMARY KEY); CREATE TABLE notes (org_id int NOT NULL, kind int REFERENCES kinds);", "kinds", "kinds: {global: true}, or {parent: <table>, on: {<column>: <key>}}"},
	} {
		db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "s.sql", Text: c.ddl}})
		if len(ds) > 0 {
			t.Fatal(c.ddl, ds)
		}
		cfg := config.Tenant{Columns: []string{"org_id"}}
		own, problems := analyzer.Classify(db, cfg)
		i := slices.IndexFunc(problems, func(p tenancy.Problem) bool { return p.Table != nil && p.Table.Name.String() == c.table })
		if i < 0 || problems[i].Hint != "declare under options.tenantgen.tables: "+c.want {
			t.Errorf("%s\n\tgot %+v, want %s", c.ddl, problems, c.want)
			continue
		}
		r := analyzer.New(db, own, nil).File("q.sql", "-- name: Q :many\nSELECT 1 FROM "+c.table+";")[0]
		if len(r.Diagnostics) != 1 || r.Diagnostics[0].Hint != "declare it under options.tenantgen.tables: "+c.want {
			t.Errorf("a query: %+v", r.Diagnostics)
		}
		followSuggestions(t, c.table, own.Suggest(db, problems[i].Table), c.ddl)
	}
}

// followFirst declares what is to be declared first for all tenants, and wants it not to be asked for again.
func followFirst(t *testing.T, table string, d tenancy.Declaration, ddl string) {
	t.Helper()
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "s.sql", Text: ddl}})
	own, _ := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: d.Parent.String(), Global: true}}})
	for _, other := range own.Suggest(db, db.Tables[slices.IndexFunc(db.Tables, func(u *catalog.Table) bool { return u.Name.String() == table })]) {
		if other.Parent == d.Parent {
			t.Errorf("%s\n\t%s is asked for again", ddl, d.Parent)
		}
	}
}

// followSuggestions declares what nobody declared as its suggestion says, first the table and
// then, until there is nothing left, what that leaves.
func followSuggestions(t *testing.T, table string, s tenancy.Suggestion, ddl string) {
	t.Helper()
	for _, d := range s {
		if d.First {
			followFirst(t, table, d, ddl)
			continue
		}
		db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "s.sql", Text: ddl}})
		cfg := config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{followed(table, d)}}
		own, problems := analyzer.Classify(db, cfg)
		for range db.Tables {
			for _, p := range problems {
				if p.Table == nil || p.Table.Name.String() == table {
					continue // a parent that nobody declared yet
				}
				of := config.Table{Name: p.Table.Name.String(), Global: true}
				if more := own.Suggest(db, p.Table); len(more) > 0 {
					of = followed(of.Name, more[0])
				}
				cfg.Tables = append(cfg.Tables, of)
			}
			own, problems = analyzer.Classify(db, cfg)
		}
		if len(problems) > 0 {
			t.Errorf("%s\n\tas %+v: %+v", ddl, d, problems)
		}
		for _, f := range rules.Check(db, own, nil) {
			if f.Rule.Name == "global-with-tenant" {
				t.Errorf("%s\n\tas %+v: %s", ddl, d, f.Message)
			}
		}
	}
}

func followed(table string, d tenancy.Declaration) config.Table {
	c := config.Table{Name: table, TenantColumn: d.TenantColumn, Level: d.Level}
	if d.TenantColumn == "" {
		p := config.Parent{Table: d.Parent.String()}
		for i := range d.Columns {
			p.On = append(p.On, config.Pair{Child: d.Columns[i], Parent: d.RefColumns[i]})
		}
		c.Parents = []config.Parent{p}
	}
	return c
}

// With levels, a column that can be NULL makes a table nobody's: it is not offered to all.
func TestSuggestedLevels(t *testing.T) {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "s.sql", Text: `CREATE TABLE firms (id int PRIMARY KEY); CREATE TABLE jobs (id int PRIMARY KEY, firm_id int NOT NULL REFERENCES firms);
		CREATE TABLE logs (firm_id int, at date); CREATE TABLE tasks (job_id int NOT NULL REFERENCES jobs);`}})
	own, problems := analyzer.Classify(db, config.Tenant{Levels: []config.Level{{Name: "firm", Column: "firm_id", Setting: "a.f"}, {Name: "job", Column: "job_id", Setting: "a.j"}}})
	var hints []string
	for _, p := range problems {
		hints = append(hints, strings.TrimPrefix(p.Hint, "declare under options.tenantgen.tables: "))
	}
	if want := []string{"firms: {tenant_column: id, level: firm}", "logs: {tenant_column: firm_id, level: firm}"}; !slices.Equal(hints, want) {
		t.Errorf("got %q, want %q", hints, want)
	}
	if got := own.Suggest(db, db.Tables[1]).Text(db.Tables[1].Name); got != "jobs: {tenant_column: id, level: job}" {
		t.Errorf("of the inner level: %s", got)
	}
}

// A global table to which tenant columns refer has the tenants, unless somebody says why not.
func TestGlobalTenants(t *testing.T) {
	const firms = "CREATE TABLE firms (id int PRIMARY KEY); CREATE TABLE notes (org_id int NOT NULL REFERENCES firms);"
	for _, c := range []struct {
		ddl      string
		tables   []config.Table
		reported string
	}{
		{firms, []config.Table{{Name: "firms", Global: true}}, "the tenant column org_id of notes refers to it"},
		{firms, []config.Table{{Name: "firms", Global: true, NoTenant: "says who made it"}}, ""},
		{firms, []config.Table{{Name: "firms", TenantColumn: "id"}}, ""},
		{firms, []config.Table{{Name: "firms", Global: true}, {Name: "notes", Global: true, NoTenant: "who wrote it"}}, ""},
		{"CREATE TABLE firms (id int PRIMARY KEY); CREATE TABLE notes (owner int NOT NULL REFERENCES firms);", []config.Table{{Name: "firms", Global: true}, {Name: "notes", TenantColumn: "owner"}}, "the tenant column owner of notes refers to it"},
		{"CREATE TABLE firms (id int PRIMARY KEY); CREATE TABLE notes (org_id int NOT NULL, kind int REFERENCES firms);", []config.Table{{Name: "firms", Global: true}}, ""},
		{"CREATE TABLE firms (id int PRIMARY KEY); CREATE TEMP TABLE notes (org_id int REFERENCES firms);", []config.Table{{Name: "firms", Global: true}}, ""},
		{"CREATE TABLE firms (org_id int PRIMARY KEY REFERENCES firms);", []config.Table{{Name: "firms", Global: true}}, "has the tenant column org_id"},
	} {
		db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "s.sql", Text: c.ddl}})
		own, _ := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: c.tables})
		var found []string
		for _, f := range rules.Check(db, own, nil) {
			if f.Rule.Name == "global-with-tenant" {
				found = append(found, f.Message)
			}
		}
		if c.reported == "" && len(found) > 0 || c.reported != "" && (len(found) != 1 || !strings.Contains(found[0], c.reported)) {
			t.Errorf("%s %+v: reported %q, want %q", c.ddl, c.tables, found, c.reported)
		}
	}
}
