package advice

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// looks notes the tables that the check of a foreign key looks through by a query, which finds
// nothing amiss in rows that policies hide from an owner (see patient).
func (p *planner) looks(tables ...*catalog.Table) {
	for _, t := range tables {
		if t.ForceRLS && !slices.Contains(p.looked, t.Name) {
			p.looked = append(p.looked, t.Name)
		}
	}
}

// sees is a migration that goes before all others, so that whoever is to run them hears of it
// before anything ran: a role that policies hide rows from fails here.
func (p *planner) sees() []Migration {
	if len(p.looked) == 0 {
		return nil
	}
	step := migrate.Step{
		Comment: "The migrations that follow look at every tenant's rows. This fails where policies hide rows from whoever runs it, before anything is changed: run them as a role with BYPASSRLS (ALTER ROLE … BYPASSRLS), or as a superuser.",
		SQL:     []string{p.print("all rows", nil)},
	}
	for _, t := range p.looked {
		step.SQL = append(step.SQL, p.print("look", map[string]string{"Table": migrate.QuoteName(t)}))
	}
	return []Migration{{Name: "tenant_advice_role", Steps: []migrate.Step{step}}}
}
