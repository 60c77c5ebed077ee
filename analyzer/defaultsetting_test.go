package analyzer_test

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// A default is the tenant's where every call sets the setting that it reads: where methods
// are generated, on one machine, for one level of tenancy, and by that setting.
func TestDefaultOfAnotherConfiguration(t *testing.T) {
	const schema = "CREATE TABLE bills (org_id int NOT NULL DEFAULT current_setting('app.org_id')::int, id int);"
	bySetting := config.Source{Setting: "app.org_id"}
	for name, c := range map[string]struct {
		cfg  config.Tenant
		more string
		want analyzer.Verdict
	}{
		"generated":             {config.Tenant{Columns: []string{"org_id"}, Out: "repo", Source: bySetting}, "", analyzer.Scoped},
		"lint alone":            {config.Tenant{Columns: []string{"org_id"}, Source: bySetting}, "", analyzer.Rejected},
		"another setting":       {config.Tenant{Columns: []string{"org_id"}, Out: "repo", Source: config.Source{Setting: "app.org"}}, "", analyzer.Rejected},
		"a claim":               {config.Tenant{Columns: []string{"org_id"}, Out: "repo", Source: config.Source{JWTClaim: []string{"org_id"}}}, "", analyzer.Rejected},
		"several machines":      {config.Tenant{Columns: []string{"org_id"}, Out: "repo", Source: bySetting, Scale: "citus"}, "", analyzer.Rejected},
		"levels":                {config.Tenant{Levels: []config.Level{{Name: "org", Column: "org_id", Setting: "app.org_id"}, {Name: "p", Column: "p", Setting: "app.p"}}, Out: "repo"}, "", analyzer.Rejected},
		"a function of its own": {config.Tenant{Columns: []string{"org_id"}, Out: "repo", Source: bySetting}, "CREATE FUNCTION current_setting(int) RETURNS text LANGUAGE sql AS 'SELECT NULL';", analyzer.Rejected},
		"a cast of its own":     {config.Tenant{Columns: []string{"org_id"}, Out: "repo", Source: bySetting}, "CREATE TYPE pair AS (a int); CREATE FUNCTION pairs(int) RETURNS pair LANGUAGE sql AS 'SELECT NULL'; CREATE CAST (int AS pair) WITH FUNCTION pairs(int);", analyzer.Rejected},
		"a type of its own":     {config.Tenant{Columns: []string{"org_id"}, Out: "repo", Source: bySetting}, "CREATE SCHEMA x; CREATE DOMAIN x.int4 AS text; ALTER TABLE bills ALTER COLUMN org_id SET DEFAULT current_setting('app.org_id')::x.int4::int;", analyzer.Rejected},
		"of text":               {config.Tenant{Columns: []string{"org_id"}, Out: "repo", Source: bySetting}, "ALTER TABLE bills ALTER COLUMN org_id DROP DEFAULT, ALTER COLUMN org_id TYPE text; ALTER TABLE bills ALTER COLUMN org_id SET DEFAULT current_setting('app.org_id');", analyzer.Scoped},
		"more arguments":        {config.Tenant{Columns: []string{"org_id"}, Out: "repo", Source: bySetting}, "ALTER TABLE bills ALTER COLUMN org_id SET DEFAULT current_setting('app.org_id', now() > '2020-01-01')::int;", analyzer.Rejected},
		"the name of a setting": {config.Tenant{Columns: []string{"org_id"}, Out: "repo", Source: bySetting}, "ALTER TABLE bills ALTER COLUMN org_id SET DEFAULT current_setting('app.' || 'org_id')::int;", analyzer.Rejected},
	} {
		db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: schema + c.more}})
		own, problems := analyzer.Classify(db, c.cfg)
		if len(ds)+len(problems) > 0 {
			t.Fatalf("%s: %v %v", name, ds, problems)
		}
		r := analyzer.New(db, own, nil).File("queries.sql", "-- name: Add :exec\nINSERT INTO bills (id) VALUES (@id);")[0]
		if r.Verdict != c.want {
			t.Errorf("%s: %s %v", name, r.Verdict, r.Diagnostics)
		}
	}
}

// A table of all tenants has no tenant column, or no column at all.
func TestDefaultsOfNoColumns(t *testing.T) {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: "CREATE TABLE nothing ();"}})
	own, _ := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}, Out: "repo", Source: config.Source{Setting: "app.org_id"}, Tables: []config.Table{{Name: "nothing", Global: true}}})
	if r := analyzer.New(db, own, nil).File("queries.sql", "-- name: Add :exec\nINSERT INTO nothing DEFAULT VALUES;")[0]; r.Verdict != analyzer.Global {
		t.Errorf("%s %v", r.Verdict, r.Diagnostics)
	}
}
