package checker

import (
	"maps"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// adopted makes sure that the certificate names each link by which an effect can give a
// row to another parent, or leave it without one, though no foreign key looks after it:
// rows that come or go (whole), or that get new values in the key of the link or in a
// column that says which rows of the parent count.
func (k *checker) adopted(t *catalog.Table, whole bool, changed map[string]bool) {
	of := map[catalog.Name]*catalog.Table{}
	k.family(t, of)
	for _, member := range slices.Collect(maps.Values(of)) {
		k.above(member, of)
	}
	rekeyed := func(p tenancy.Parent, on tenancy.Pair) bool {
		name := p.Table.Columns[on.Parent].Name
		computed := func(t *catalog.Table) bool { c := t.Column(name); return c != nil && c.Generated }
		return changed[name] || len(changed) > 0 && slices.ContainsFunc(slices.Collect(maps.Values(of)), computed)
	}
	for _, child := range k.db.Tables {
		for _, p := range k.own.Of(child).Parents {
			if of[p.Table.Name] == nil || k.withItsParent(child) {
				continue
			}
			among := func(w tenancy.Test) bool { return rekeyed(p, tenancy.Pair{Parent: w.Column}) }
			if whole || slices.ContainsFunc(p.Where, among) || slices.ContainsFunc(p.On, func(on tenancy.Pair) bool { return rekeyed(p, on) }) {
				k.linked(child, p)
			}
		}
	}
}

// above adds what t inherits from, of which its rows are rows too.
func (k *checker) above(t *catalog.Table, to map[catalog.Name]*catalog.Table) {
	for _, n := range t.Parents {
		if up := k.db.Table(n); up != nil && to[n] == nil {
			to[n] = up
			k.above(up, to)
		}
	}
}

// withItsParent reports whether the premise about a table that t inherits from is one
// about the rows of t.
func (k *checker) withItsParent(t *catalog.Table) bool {
	for _, n := range t.Parents {
		if len(k.own.Of(k.db.Table(n)).Parents) > 0 {
			return true
		}
	}
	return false
}
