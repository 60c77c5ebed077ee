package tenancy

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

func table(name, parent string, columns ...string) *catalog.Table {
	t := &catalog.Table{Name: catalog.Name{Schema: "public", Name: name}}
	for _, c := range columns {
		t.Columns = append(t.Columns, &catalog.Column{Name: c, NotNull: true})
	}
	if parent != "" {
		t.Parents = []catalog.Name{{Schema: "public", Name: parent}}
	}
	return t
}

// A table that inherits from a global one used to become global with it, so that its
// tenants' rows could be read by anybody.
func TestGlobalParentKeepsTenantsApart(t *testing.T) {
	audit, notes, plans := table("audit", "", "at"), table("notes", "audit", "at", "org_id"), table("plans", "", "id")
	db := &catalog.Database{Tables: []*catalog.Table{audit, notes, plans}, SearchPath: []string{"public"}}
	m, problems := Classify(db, config.Tenant{Columns: []string{"org_id"},
		Tables: []config.Table{{Name: "audit", Global: true}, {Name: "plans", Global: true}}})
	if o := m.Of(notes); o.Kind != Column || o.Column != 1 {
		t.Errorf("notes is owned %+v, want by its own column", o)
	}
	if o := m.Of(audit); o.Kind != Undeclared {
		t.Errorf("audit is owned %+v, want undeclared: reading it reads notes", o)
	}
	if m.Of(plans).Kind != Global {
		t.Error("plans is no longer global")
	}
	if len(problems) == 0 || !strings.Contains(problems[0].Msg, "reads the rows of notes") {
		t.Errorf("problems: %v", problems)
	}
}

// A partition has its parent's owner, and a declared child keeps its declaration.
func TestInheritedOwner(t *testing.T) {
	parts, p1, log := table("parts", "", "id", "org_id"), table("p1", "parts", "org_id", "id"), table("log", "base", "id")
	base := table("base", "", "id")
	db := &catalog.Database{Tables: []*catalog.Table{parts, p1, base, log}, SearchPath: []string{"public"}}
	m, problems := Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "base", Global: true}}})
	if o := m.Of(p1); o.Kind != Column || o.Column != 0 {
		t.Errorf("p1 is owned %+v", o)
	}
	if m.Of(log).Kind != Global || len(problems) != 0 {
		t.Errorf("log is owned %+v, problems %v", m.Of(log), problems)
	}
}

// A declaration of a level without a column used to be taken for none: the table went
// to the innermost level whose column it has.
func TestLevelWithoutColumn(t *testing.T) {
	db := &catalog.Database{Tables: []*catalog.Table{table("docs", "", "id", "project_id", "org_id"), table("tags", "", "id", "project_id")}, SearchPath: []string{"public"}}
	cfg := config.Tenant{Levels: []config.Level{{Name: "org", Column: "org_id", Setting: "app.org_id"}, {Name: "project", Column: "project_id", Setting: "app.project_id"}},
		Tables: []config.Table{{Name: "docs", Level: "org", ReadAlso: "id = 1", Line: 3}, {Name: "tags", Level: "org", Line: 4}}}
	m, problems := Classify(db, cfg)
	if o := m.Of(db.Tables[0]); o.Kind != Column || o.Level != 0 || o.Column != 2 || o.ReadAlso == "" {
		t.Errorf("docs is owned %+v, want by its org_id", o)
	}
	if o := m.Of(db.Tables[1]); o.Kind != Undeclared || len(problems) < 1 || problems[0].Line != 4 || !strings.Contains(problems[0].Msg, "no column org_id") {
		t.Errorf("tags is owned %+v, problems %v", o, problems)
	}
}
