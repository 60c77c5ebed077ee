package rules_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// settings are those of every example and every file of testdata; tables that a
// schema does not have are left out.
var settings = config.Tenant{
	Columns: []string{"org_id"},
	Tables: []config.Table{
		{Name: "orgs", TenantColumn: "id"},
		{Name: "plans", Global: true},
		{Name: "users", Global: true},
		{Name: "drafts", Restrict: "deleted_at IS NULL"},
		{Name: "boards", ReadAlso: "open"},
		{Name: "comments", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}},
		{Name: "reactions", Parents: []config.Parent{{Table: "comments", On: []config.Pair{{Child: "comment_id", Parent: "id"}}}}},
		{Name: "reaction_views", Parents: []config.Parent{{Table: "reactions", On: []config.Pair{{Child: "reaction_id", Parent: "id"}}}}},
	},
	Functions: []config.Function{{Name: "slugify", Reason: "computes from its argument only"}},
}

// levels are those of the examples of a rule about levels.
var levels = config.Tenant{
	Levels: []config.Level{{Name: "org", Column: "org_id", Setting: "app.org_id"}, {Name: "project", Column: "project_id", Setting: "app.project_id"}},
	Tables: []config.Table{
		{Name: "orgs", TenantColumn: "id", Level: "org"},
		{Name: "projects", TenantColumn: "id", Level: "project"},
		{Name: "sections", Parents: []config.Parent{{Table: "documents", On: []config.Pair{{Child: "document_id", Parent: "id"}}}}},
	},
}

// app are the roles of every example and every file of testdata.
var app = rules.App{Role: "app_tenant", CrossTenantRole: "app_cross", Settings: []string{"app.org_id"}, Migrations: true,
	Policies: func(readAlso bool) []string {
		if readAlso {
			return []string{"tenant_isolation", "tenant_isolation_read", "tenant_isolation_floor_delete"}
		}
		return []string{"tenant_isolation", "tenant_isolation_floor"}
	},
	OwnPolicy: func(name string) bool { return strings.HasPrefix(name, "tenant_isolation") },
	Own:       func(statement string) bool { return strings.HasPrefix(statement, "DO $tenantgen$") },
	Vouched:   func(f *catalog.Function) bool { return f.Name.Name == "slugify" },
}

var writes = regexp.MustCompile(`(?m)^(INSERT|UPDATE|DELETE)`)

// load reads a schema. errs are the findings that stand in the way of proofs.
func load(t *testing.T, ddl string, r *rules.Rule) (db *catalog.Database, own *tenancy.Map, errs []analyzer.Diagnostic) {
	t.Helper()
	db, errs = analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: ddl}})
	cfg := settings
	cfg.Scale = r.Scale
	if r.Levels {
		cfg.Levels, cfg.Tables = levels.Levels, levels.Tables
	}
	cfg.Tables = slices.Clone(cfg.Tables)
	cfg.Tables = slices.DeleteFunc(cfg.Tables, func(d config.Table) bool { return db.LookupTable("", d.Name, []string{"public"}) == nil })
	own, problems := tenancy.Classify(db, cfg)
	for _, p := range problems {
		if p.Table == nil {
			t.Fatal(p.Msg)
		}
	}
	return db, own, errs
}

// reported lists the rules that answer an example.
func reported(t *testing.T, r *rules.Rule, example string) []string {
	t.Helper()
	text := r.Schema
	if r.Kind == rules.Schema {
		text += "\n" + example
	}
	db, own, errs := load(t, text, r)
	var names []string
	for _, d := range errs {
		names = append(names, d.Rule)
	}
	if r.Kind == rules.Schema {
		for _, f := range rules.CheckApp(db, own, []rules.File{{Path: "schema.sql", Text: text}}, app) {
			if f.Rule.Severity != rules.Off || f.Rule == r {
				names = append(names, f.Rule.Name)
			}
		}
		return names
	}
	if !strings.HasPrefix(example, "-- name:") {
		command := ":many"
		if writes.MatchString(example) && !strings.Contains(example, "RETURNING") {
			command = ":exec"
		}
		example = "-- name: Example " + command + "\n" + example
	}
	a := analyzer.New(db, own, settings.Functions)
	a.Errors = r.Severity == rules.Off
	a.SQLC, _ = analyzer.NewSQLC([]analyzer.SchemaFile{{Path: "schema.sql", Text: text}}, db, config.SQL{Go: config.Go{Out: "db"}}, true)
	if !strings.HasSuffix(strings.TrimSpace(example), ";") {
		example += ";"
	}
	for _, q := range a.File("queries.sql", example) {
		for _, d := range q.Diagnostics {
			names = append(names, d.Rule)
		}
	}
	return names
}

// What the documentation calls bad is reported by that rule, and what it calls good
// by none.
func TestExamples(t *testing.T) {
	for _, r := range rules.All {
		if r.Kind == rules.Configuration || r.Name == "missing-privilege" || r.Name == "tenant-type" { // which the package above reports
			continue // package tenantgen runs these
		}
		t.Run(r.Name, func(t *testing.T) {
			if got := reported(t, r, r.Bad); !slices.Contains(got, r.Name) {
				t.Errorf("the bad example is reported as %q:\n%s", got, r.Bad)
			}
			if got := reported(t, r, r.Good); len(got) > 0 {
				t.Errorf("the good example is reported as %q:\n%s", got, r.Good)
			}
		})
	}
}

func TestDocumentation(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules.All {
		if seen[r.Name] || !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(r.Name) {
			t.Errorf("%q is no name, or one used twice", r.Name)
		}
		seen[r.Name] = true
		if r.Title == "" || r.Text == "" || r.Bad == "" || r.Good == "" || strings.HasSuffix(r.Title, ".") {
			t.Errorf("%s: a title without full stop, a text and two examples are needed", r.Name)
		}
		for _, line := range strings.Split(r.Text, "\n") {
			if len([]rune(line)) > 84 {
				t.Errorf("%s: line of %d characters: %s", r.Name, len(line), line)
			}
		}
		// What is declared of children is wrong without a foreign key, whatever the queries, and
		// so are rights by which policies do not hold.
		if r.Run != nil && (r.Kind != rules.Schema || r.Severity == rules.Error && !r.Excusable && r.Name != "child-without-foreign-key") {
			t.Errorf("%s: a schema rule is advice, so it is no error", r.Name)
		}
		if rules.Lookup(r.Name) != r {
			t.Errorf("%s cannot be looked up", r.Name)
		}
	}
	if rules.Lookup("") != nil {
		t.Error("a rule without a name is found")
	}
}

// What a hint tells somebody to run must name what it is about.
func TestHintsAreSQL(t *testing.T) {
	text := `CREATE SCHEMA "My"; CREATE TABLE "My"."Note" (org_id uuid, "the id" uuid UNIQUE, "parent" uuid REFERENCES "My"."Note" ("the id") ON DELETE SET NULL);
CREATE VIEW "My"."V" AS SELECT * FROM "My"."Note";`
	db, own, errs := load(t, text, &rules.Rule{})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var got []string
	for _, f := range rules.Check(db, own, []rules.File{{Path: "schema.sql", Text: text}}) {
		if f.Rule.Severity != rules.Off {
			got = append(got, f.Hint)
		}
	}
	slices.Sort(got)
	want := []string{
		`ALTER TABLE "My"."Note" ALTER COLUMN org_id SET NOT NULL; tenantgen advise writes the migration`,
		`ALTER VIEW "My"."V" SET (security_invoker = true); tenantgen advise writes the migration`,
		`CREATE INDEX ON "My"."Note" (org_id); tenantgen advise writes the migration`,
		`write FOREIGN KEY (org_id, parent) REFERENCES "My"."Note" (org_id, "the id") ON DELETE SET NULL (parent); tenantgen advise writes the migration`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// Findings come in the order of the files, whatever rule they are of.
func TestOrder(t *testing.T) {
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{
		{Path: "b.sql", Text: "CREATE TABLE first (id uuid PRIMARY KEY, org_id uuid); CREATE TABLE second (org_id uuid, id uuid);"},
		{Path: "a.sql", Text: "DO 'BEGIN END';"},
	})
	own, problems := tenancy.Classify(db, config.Tenant{Columns: settings.Columns})
	if len(ds)+len(problems) > 0 {
		t.Fatal(ds, problems)
	}
	var got []string
	for _, f := range rules.Check(db, own, []rules.File{{Path: "b.sql"}, {Path: "a.sql"}}) {
		if f.Rule.Severity == rules.Off {
			continue
		}
		got = append(got, fmt.Sprintf("%s:%d %s", f.Pos.File, f.Pos.Column, f.Rule.Name))
	}
	want := []string{"b.sql:14 no-tenant-index", "b.sql:42 nullable-tenant-column", "b.sql:69 no-tenant-index", "b.sql:77 nullable-tenant-column", "a.sql:1 unmodelled-ddl"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// With scale: citus each key is reported once, with what puts it right.
func TestCitusFixes(t *testing.T) {
	text := `CREATE TABLE orgs (id uuid PRIMARY KEY, slug text UNIQUE);
CREATE TABLE notes (org_id uuid NOT NULL, id uuid PRIMARY KEY, parent uuid REFERENCES notes ON DELETE SET NULL, title text UNIQUE);
CREATE TABLE tags (org_id uuid NOT NULL, note uuid REFERENCES notes, PRIMARY KEY (org_id, note));`
	db, own, _ := load(t, text, &rules.Rule{Scale: "citus"})
	var got []string
	for _, f := range rules.Check(db, own, []rules.File{{Path: "schema.sql", Text: text}}) {
		got = append(got, fmt.Sprintf("%s %s %T", f.Rule.Name, f.Message[strings.LastIndex(f.Message, ":")+1:], f.Fix))
	}
	want := []string{
		"not-distributable  unique key orgs_slug_key does not include id <nil>",
		"no-tenant-index no index of notes is led by org_id, so every query of one tenant reads the rows of all rules.AddIndex",
		"not-distributable  primary key notes_pkey does not include org_id rules.ReplaceKey",
		"foreign-key-without-tenant foreign key (parent) of notes omits the tenant, so a row can refer to another tenant's row of notes, and ON DELETE SET NULL works across tenants <nil>",
		"not-distributable  unique key notes_title_key does not include org_id rules.ReplaceKey",
		"foreign-key-without-tenant foreign key (note) of tags omits the tenant, so a row can refer to another tenant's row of notes rules.ReplaceForeign",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
