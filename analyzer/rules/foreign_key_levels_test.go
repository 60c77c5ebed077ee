package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// Between levels a key has to include the tenant that both rows have, the outer one;
// such keys used not to be looked at.
func TestForeignKeysBetweenLevels(t *testing.T) {
	text := `CREATE TABLE organizations (id int PRIMARY KEY);
CREATE TABLE projects (id int PRIMARY KEY, organization_id int NOT NULL REFERENCES organizations, UNIQUE (organization_id, id));
CREATE TABLE members (organization_id int NOT NULL, id int PRIMARY KEY, UNIQUE (organization_id, id));
CREATE TABLE quotas (organization_id int NOT NULL, id int, project_id int CONSTRAINT up REFERENCES projects (id),
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id));
CREATE TABLE docs (organization_id int NOT NULL, project_id int NOT NULL REFERENCES projects, id int UNIQUE, author int CONSTRAINT down REFERENCES members (id),
    UNIQUE (organization_id, id), FOREIGN KEY (organization_id, author) REFERENCES members (organization_id, id));
CREATE TABLE tags (project_id int NOT NULL, member int CONSTRAINT nocolumn REFERENCES members (id));
CREATE TABLE links (organization_id int NOT NULL, project_id int NOT NULL, doc int,
    CONSTRAINT outeronly FOREIGN KEY (organization_id, doc) REFERENCES docs (organization_id, id));`
	db, errs := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: text}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	own, problems := tenancy.Classify(db, config.Tenant{
		Levels: []config.Level{{Name: "org", Column: "organization_id", Setting: "app.org"}, {Name: "project", Column: "project_id", Setting: "app.project"}},
		Tables: []config.Table{{Name: "organizations", TenantColumn: "id", Level: "org"}, {Name: "projects", TenantColumn: "id", Level: "project"}}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for _, f := range rules.Check(db, own, []rules.File{{Path: "schema.sql", Text: text}}) {
		if f.Rule.Name == "foreign-key-without-tenant" {
			got = append(got, strings.Fields(text[f.Pos.Offset:])[1])
		}
	}
	if want := []string{"up", "down", "nocolumn", "outeronly"}; !slices.Equal(got, want) {
		t.Errorf("reported are %v, want %v", got, want)
	}
}
