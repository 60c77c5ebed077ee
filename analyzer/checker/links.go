package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// linked makes sure that a proof which goes from a row of t to its parent row names what
// it rests on, unless the schema keeps the two together.
func (k *checker) linked(t *catalog.Table, p tenancy.Parent) {
	if len(p.Where) > 0 || !k.holdsOnto(t, p.Table, pairsByName(t, p)) {
		k.needs(certificate.Link(t, p))
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
