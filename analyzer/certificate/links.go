package certificate

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// LinkPremise says that no row of a child table has outlived its parent row: no foreign
// key sees to it, and whoever writes a row with the parent's key would get the child. What
// reads by the link rests on it, and what makes a parent row, gives it another key or
// takes it away: such a row would get children, or leave them behind.
const LinkPremise PremiseKind = "parent-link"

// Link is the premise that the rows of t stay with their rows of p.
func Link(t *catalog.Table, p tenancy.Parent) Premise {
	var columns []string
	for _, on := range p.On {
		columns = append(columns, t.Columns[on.Child].Name)
	}
	which, link := "", p.Table.Name.String()
	if when := wanted(t, p); when != "" {
		which, link = " whose "+when, link+" when "+when
	}
	still := ""
	if where := lasting(p); where != "" {
		link, still = link+" where "+where, " and for which "+where+" is true"
	}
	return Premise{Kind: LinkPremise, Table: t.Name, Constraint: link, Columns: columns, Pos: t.Pos,
		Text: "no row of " + t.Name.String() + which + " has outlived the row of " + p.Table.Name.String() + " that its " + strings.Join(columns, ", ") +
			" names" + still + ": no foreign key keeps a row with that key from taking it over"}
}

// linked makes sure that a proof which goes from a row of t to its parent row names what
// it rests on, unless the schema keeps the two together.
func (k *checker) linked(t *catalog.Table, p tenancy.Parent) {
	if len(p.Where) > 0 || !k.holdsOnto(t, p.Table, pairsByName(t, p)) {
		k.needs(Link(t, p))
	}
}

// pairsByName maps the child's columns to the parent's, which is how they are found in a
// table that inherits from the child.
func pairsByName(t *catalog.Table, p tenancy.Parent) map[string]string {
	out := map[string]string{}
	for _, on := range p.On {
		out[t.Columns[on.Child].Name] = p.Table.Columns[on.Parent].Name
	}
	return out
}

// holdsOnto reports whether t, and each table whose rows are rows of t, has a foreign
// key that was checked, refers with these columns to the parent, and cannot be switched
// off by a null in a column of its own.
func (k *checker) holdsOnto(t, parent *catalog.Table, on map[string]string) bool {
	// DDL that is not followed may have dropped the key, or switched off its triggers.
	enforced := t.Unsure == "" && parent.Unsure == "" && slices.ContainsFunc(t.Foreign, func(f *catalog.ForeignKey) bool {
		if f.RefTable != parent.Name || f.NotValid || f.Unseen || f.Class {
			return false
		}
		rest := len(on)
		for i, c := range f.Columns {
			if i < len(f.RefColumns) && on[c] == f.RefColumns[i] {
				rest--
			} else if col := t.Column(c); col == nil || !col.NotNull {
				return false
			}
		}
		return rest == 0
	})
	if !enforced {
		return false
	}
	for _, n := range t.Children {
		if heir := k.db.Table(n); heir == nil || !k.holdsOnto(heir, parent, on) {
			return false
		}
	}
	return true
}
