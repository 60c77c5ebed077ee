package analyzer_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// TestAssignedColumns: what a trigger that is read may assign in an UPDATE and in an INSERT,
// and why not.
func TestAssignedColumns(t *testing.T) {
	const two = "CREATE TABLE notes (org_id int NOT NULL, id int UNIQUE NOT NULL, n int); "
	lines := func(p config.Parent) []config.Table {
		p.Table, p.NoForeignKey, p.On = "notes", "test", []config.Pair{{Child: "note_id", Parent: "id"}}
		return []config.Table{{Name: "lines", Parents: []config.Parent{p}}}
	}
	for name, c := range map[string]struct {
		schema           string
		tenant           config.Tenant
		column           string
		updated, arrived string // "" where it may
	}{
		"free":                 {two, config.Tenant{}, "n", "", ""},
		"key":                  {two, config.Tenant{}, "id", "", ""},
		"tenant column":        {two, config.Tenant{}, "org_id", "says whose row", "says whose row"},
		"key of a link":        {two + "CREATE TABLE lines (note_id int, n int)", config.Tenant{Tables: lines(config.Parent{})}, "id", "belong to it", ""},
		"test of a link":       {"CREATE TABLE notes (org_id int NOT NULL, id int, n int); CREATE UNIQUE INDEX ON notes (id) WHERE n IS NULL; CREATE TABLE lines (note_id int)", config.Tenant{Tables: lines(config.Parent{Where: "n IS NULL"})}, "n", "belong to it", "belong to it"},
		"foreign key":          {two + "ALTER TABLE notes ADD FOREIGN KEY (n) REFERENCES notes (id)", config.Tenant{}, "n", "refers to another", "refers to another"},
		"referred to":          {two + "CREATE TABLE lines (org_id int NOT NULL, note_id int REFERENCES notes (id))", config.Tenant{}, "id", "refer to it", ""},
		"generated":            {"CREATE TABLE notes (id int, n int, org_id int NOT NULL GENERATED ALWAYS AS (n) STORED)", config.Tenant{}, "n", "says whose row", "says whose row"},
		"generated key":        {"CREATE TABLE notes (org_id int NOT NULL, n int, id int GENERATED ALWAYS AS (n) STORED UNIQUE); CREATE TABLE lines (org_id int NOT NULL, note_id int REFERENCES notes (id))", config.Tenant{}, "n", "refer to it", ""},
		"partition key":        {"CREATE TABLE notes (org_id int NOT NULL, id int, n int) PARTITION BY LIST (n)", config.Tenant{}, "n", "which partition", "which partition"},
		"computed key":         {"CREATE TABLE notes (org_id int NOT NULL, id int, n int) PARTITION BY LIST ((id + 1))", config.Tenant{}, "n", "which partition", "which partition"},
		"read_also":            {two, config.Tenant{Tables: []config.Table{{Name: "notes", ReadAlso: "n IS NULL"}}}, "n", "who may see", "who may see"},
		"read_also of another": {two, config.Tenant{Tables: []config.Table{{Name: "notes", ReadAlso: "id IS NULL"}}}, "n", "", ""},
		"restrict":             {two, config.Tenant{Tables: []config.Table{{Name: "notes", Restrict: "N IS NULL"}}}, "n", "who may see", "who may see"},
		"outer level":          {"CREATE TABLE notes (org_id int NOT NULL, project_id int NOT NULL, id int, n int)", config.Tenant{Levels: []config.Level{{Name: "org", Column: "org_id"}, {Name: "project", Column: "project_id"}}}, "org_id", "says whose row", "says whose row"},
		"inner level":          {"CREATE TABLE notes (org_id int NOT NULL, project_id int NOT NULL, id int, n int)", config.Tenant{Levels: []config.Level{{Name: "org", Column: "org_id"}, {Name: "project", Column: "project_id"}}}, "project_id", "says whose row", "says whose row"},
		"distributed":          {two + "CREATE EXTENSION citus; SELECT create_distributed_table('notes', 'n')", config.Tenant{}, "n", "which machine", "which machine"},
		"heir":                 {"CREATE TABLE up (org_id int NOT NULL, n int); CREATE TABLE notes (id int) INHERITS (up)", config.Tenant{}, "org_id", "says whose row", "says whose row"},
		"partition of a key":   {"CREATE TABLE whole (org_id int NOT NULL, id int, n int) PARTITION BY LIST (n); CREATE TABLE notes PARTITION OF whole DEFAULT", config.Tenant{}, "n", "which partition", "which partition"},
	} {
		if len(c.tenant.Levels) == 0 {
			c.tenant.Columns = []string{"org_id"}
		}
		tc := &testCase{name: name, tenant: c.tenant, schema: c.schema + ";\nCREATE FUNCTION body() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW." + c.column + " := 2; RETURN NEW; END';\n" +
			"CREATE TRIGGER body BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION body();"}
		if problem := tc.load(); problem != "" {
			t.Errorf("%s: %s", name, problem)
			continue
		}
		insert, where := "(org_id) VALUES ($1)", "org_id = $1"
		switch {
		case len(c.tenant.Levels) > 0:
			insert, where = "(org_id, project_id) VALUES ($1, $2)", "org_id = $1 AND project_id = $2"
		case strings.Contains(c.schema, "org_id int NOT NULL GENERATED"):
			insert = "(n) VALUES ($1)"
		}
		results := tc.analysis().File("q.sql", "-- name: U :exec\nUPDATE notes SET n = n WHERE "+where+";\n-- name: I :exec\nINSERT INTO notes "+insert+";")
		for i, want := range []string{c.updated, c.arrived} {
			r := results[i]
			switch {
			case want == "" && r.Verdict != analyzer.Scoped:
				t.Errorf("%s, %s: %s: %v", name, r.Name, r.Verdict, r.Diagnostics)
			case want != "" && (r.Verdict != analyzer.Rejected || !strings.Contains(r.Diagnostics[0].Message, want) || !strings.Contains(r.Diagnostics[0].Message, "assigns "+c.column+" at schema.sql:")):
				t.Errorf("%s, %s: %s, want %q: %v", name, r.Name, r.Verdict, want, r.Diagnostics)
			}
		}
	}
}
