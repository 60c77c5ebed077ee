package prove_test

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/prove"
)

// TestLevels proves with organizations that have projects: another project of the
// same organization is a stranger too.
func TestLevels(t *testing.T) {
	const schema = `
CREATE TABLE orgs (id bigint PRIMARY KEY, name text);
CREATE TABLE projects (id bigint PRIMARY KEY, organization_id bigint NOT NULL REFERENCES orgs, name text);
CREATE TABLE tasks (organization_id bigint NOT NULL, project_id bigint NOT NULL REFERENCES projects, id bigint NOT NULL, title text, PRIMARY KEY (project_id, id));`
	files := []analyzer.SchemaFile{{Path: "schema.sql", Text: schema}}
	db, _ := analyzer.LoadSchema(files)
	own, problems := tenancy.Classify(db, config.Tenant{
		Levels: []config.Level{{Name: "org", Column: "organization_id", Setting: "app.org_id"}, {Name: "project", Column: "project_id", Setting: "app.project_id"}},
		Tables: []config.Table{{Name: "orgs", TenantColumn: "id", Level: "org"}, {Name: "projects", TenantColumn: "id", Level: "project"}}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	in := prove.Input{Schema: db, Tenancy: own, Files: files}
	for name, sql := range map[string]string{"Tasks": "SELECT * FROM tasks WHERE project_id = $1", "Org": "SELECT * FROM orgs WHERE id = $1", "Others": "SELECT * FROM tasks WHERE organization_id = $1"} {
		tenants := []int{1, 0}
		if name == "Tasks" {
			tenants = []int{0, 1}
		}
		in.Queries = append(in.Queries, &prove.Query{Name: name, Verdict: analyzer.Scoped, SQL: sql, Tenants: tenants})
	}
	want := map[string]prove.Status{"Tasks": prove.Held, "Org": prove.Held, "Others": prove.Leaks, "OfOrg": prove.Held, "OfAny": prove.Leaks}
	check := func(in prove.Input) {
		for _, o := range run(t, in, prove.Options{}).Outcomes {
			if o.Status != want[o.Name] {
				t.Errorf("%s: %s: %+v", o.Name, o.Status, o.Leak)
			}
		}
	}
	for _, q := range in.Queries {
		q.Assumes = []*prove.Premise{{Kind: analyzer.LevelsPremise, Table: catalog.Name{Schema: "public", Name: "tasks"}, Columns: []string{"organization_id"}}}
	}
	check(in)
	// Where the organization alone counts, all its projects' rows are its.
	in.Tenancy, in.Queries = own.Outward(0), []*prove.Query{
		{Name: "OfOrg", Verdict: analyzer.Scoped, SQL: "SELECT * FROM tasks WHERE organization_id = $1", Tenants: []int{1, 0}},
		{Name: "OfAny", Verdict: analyzer.Scoped, SQL: "SELECT * FROM tasks WHERE project_id = $1", Tenants: []int{0, 0}},
	}
	check(in)
}
