package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// adopts notes which links a write of rows of t rests on that no foreign key keeps. A row
// that gets the key of a parent becomes the parent of every child row that was left with
// that key, whoever's it was; a row that goes, or gets another key, leaves its children
// for the next. So does a row that begins or ceases to be one which child rows can belong to.
// columns are those that may change, nil for whole rows that come or go. A
// key that nobody chose, such as a default, is no exception: a child row may name it.
func (p *prover) adopts(t *catalog.Table, columns []string) {
	kin := p.kin(t)
	if columns != nil {
		for _, k := range kin {
			columns = append(columns[:len(columns):len(columns)], generated(k)...)
		}
	}
	for _, child := range p.db.Tables {
		if p.heir(child) {
			continue
		}
		for _, link := range p.own.Of(child).Parents {
			changes := func(c int) bool { return slices.Contains(columns, link.Table.Columns[c].Name) }
			touched := columns == nil || slices.ContainsFunc(link.On, func(on tenancy.Pair) bool { return changes(on.Parent) }) ||
				slices.ContainsFunc(link.Where, func(t tenancy.Test) bool { return changes(t.Column) })
			if touched && slices.Contains(kin, link.Table) && tenancy.Kept(p.db, child, link) == nil {
				p.assumed = append(p.assumed, certificate.Link(child, link))
			}
		}
	}
}

// kin lists the tables that a written row of t may be a row of: t, what inherits from it,
// and what these inherit from (PostgreSQL manual, 5.10). No foreign key sees the rows of
// heirs, but a query does that goes by a declared link.
func (p *prover) kin(t *catalog.Table) []*catalog.Table {
	all := p.heirs(t)
	for i := 0; i < len(all); i++ {
		for _, n := range all[i].Parents {
			if up := p.db.Table(n); up != nil && !slices.Contains(all, up) {
				all = append(all, up)
			}
		}
	}
	return all
}

// heir reports whether the rows of t are rows of another child table, which has the same
// links and is asked for itself.
func (p *prover) heir(t *catalog.Table) bool {
	return slices.ContainsFunc(t.Parents, func(n catalog.Name) bool {
		up := p.db.Table(n)
		return up != nil && p.own.Of(up).Kind == tenancy.Child
	})
}
