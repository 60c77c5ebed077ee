package tenantgen

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Whose says whose rows a table has that a query names, "" when no schema of the project has it.
func (e *Editing) Whose(name string) string {
	n := catalog.ParseName(name)
	for _, u := range e.project.Units {
		if t := u.Schema.LookupTable(n.Schema, n.Name, u.Schema.SearchPath); t != nil {
			return whose(u.Tenancy, t)
		}
	}
	return ""
}

// whose says whose rows a table has.
func whose(own *tenancy.Map, t *catalog.Table) string {
	o, said := own.Of(t), "nobody said whose its rows are"
	switch o.Kind {
	case tenancy.Column:
		said = "a row is of the tenant in `" + t.Columns[o.Column].Name + "`"
		if len(own.Levels) > 1 {
			said += ", at the level " + own.Levels[o.Level].Name
		}
	case tenancy.Child:
		var ways []string
		for _, p := range o.Parents {
			ways = append(ways, parent(t, p))
		}
		said = "a row belongs to the tenant of " + strings.Join(ways, ", or of ")
	case tenancy.Global:
		said = "its rows are nobody's: every tenant may read them"
	}
	if o.ReadAlso != "" {
		said += "; others may read it where `" + o.ReadAlso + "`"
	}
	if o.Restrict != "" {
		said += "; policies show it only where `" + o.Restrict + "`"
	}
	return fmt.Sprintf("**%s**: %s", t.Name, said)
}

// parent says which row of a parent a row belongs to.
func parent(t *catalog.Table, p tenancy.Parent) string {
	var on []string
	for _, pair := range p.On {
		on = append(on, t.Columns[pair.Child].Name+" = "+p.Table.Name.String()+"."+p.Table.Columns[pair.Parent].Name)
	}
	return "its row of " + p.Table.Name.String() + ", by `" + strings.Join(on, " AND ") + "`"
}
