package analyzer_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// TestHintForView holds that a view which shows the tenant is to be confined where it is
// used, and only one that does not is to be changed.
func TestHintForView(t *testing.T) {
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: `
		CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL, title text, PRIMARY KEY (org_id, id));
		CREATE TABLE pins (org_id int NOT NULL, note_id int NOT NULL, PRIMARY KEY (org_id, note_id));
		CREATE VIEW shown AS SELECT id, org_id AS tenant FROM notes;
		CREATE VIEW above AS SELECT tenant AS owner, id FROM shown;
		CREATE VIEW hidden AS SELECT id FROM notes;
		CREATE VIEW latest AS SELECT org_id, id FROM notes LIMIT 1;
		CREATE VIEW again AS WITH RECURSIVE r AS (SELECT org_id, id FROM notes UNION SELECT n.org_id, n.id FROM notes n JOIN r ON r.org_id = n.org_id AND r.id = n.id + 1) SELECT * FROM r;`}})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	tenant := config.Tenant{Columns: []string{"org_id"}}
	own, _ := analyzer.Classify(db, tenant)
	a := analyzer.New(db, own, nil)
	for _, c := range []struct{ view, hint string }{
		{"shown", "add the condition n.tenant = @org_id"},
		{"above", "add the condition n.owner = @org_id"},
		{"hidden", "no condition on what view hidden shows confines notes below it"},
		{"latest", "not from behind LIMIT or a recursion"},
		{"again", "not from behind LIMIT or a recursion"},
	} {
		r := a.File("q.sql", "-- name: Q :many\nSELECT n.id FROM pins p JOIN "+c.view+" n ON n.id = p.note_id WHERE p.org_id = @org_id;")[0]
		if len(r.Diagnostics) == 0 || len(r.Diagnostics) > 1 && c.view != "again" || !strings.Contains(r.Diagnostics[0].Hint, c.hint) {
			t.Errorf("%s: got %+v, want %q", c.view, r.Diagnostics, c.hint)
		}
	}
}

// TestDeclaredView holds that the declaration of a view is told from that of no table, and is held to what the view reads.
func TestDeclaredView(t *testing.T) {
	db, _ := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: `CREATE SCHEMA app; CREATE VIEW one AS SELECT 1 AS a; CREATE VIEW app.two AS SELECT 1 AS org_id;
CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL, PRIMARY KEY (org_id, id)); CREATE TABLE plans (id int);
CREATE VIEW mine AS SELECT org_id, count(*) AS n FROM notes GROUP BY org_id; CREATE MATERIALIZED VIEW kept AS SELECT * FROM mine;
CREATE VIEW "Both" AS SELECT p.id FROM plans p WHERE EXISTS (SELECT FROM notes); CREATE VIEW odd AS SELECT dblink('x') AS org_id;`}})
	global := config.Table{Global: true}
	for _, c := range []struct {
		name string
		as   config.Table
		want string // of the problem, "" for none
	}{
		{"one", global, ""}, {"app.two", global, ""}, {"mine", config.Table{TenantColumn: "org_id"}, ""}, {"kept", config.Table{TenantColumn: "org_id"}, ""},
		{"two", global, "table two does not exist"}, {"app.one", global, "table app.one does not exist"},
		{"mine", global, "reads notes, whose rows belong to tenants"}, {"kept", global, "reads notes"}, {"Both", global, "reads notes"},
		{"mine", config.Table{TenantColumn: "n_id"}, "has no column n_id"}, {"app.two", config.Table{TenantColumn: "org_id"}, "reads no table whose rows belong to tenants"},
		{"odd", global, "does not understand"},
		{"mine", config.Table{Global: true, Restrict: "org_id > 0"}, "is a view, whose rows are those of its tables"},
		{"mine", config.Table{TenantColumn: "org_id", ReadAlso: "org_id > 0"}, "is a view, whose rows are those of its tables"},
		{"mine", config.Table{Parents: []config.Parent{{Table: "notes"}}}, "is a view, whose rows are those of its tables"},
		{"one", config.Table{Global: true, NoTenant: "why"}, "is a view, whose rows are those of its tables"},
	} {
		c.as.Name = c.name
		_, problems := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "plans", Global: true}, c.as}})
		switch {
		case c.want == "" && len(problems) > 0:
			t.Errorf("%s %+v: got %+v", c.name, c.as, problems)
		case c.want != "" && (len(problems) != 1 || !strings.Contains(problems[0].Msg, c.want)):
			t.Errorf("%s %+v: got %+v, want %q", c.name, c.as, problems, c.want)
		}
	}
}
