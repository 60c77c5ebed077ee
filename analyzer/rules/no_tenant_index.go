package rules

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

var noTenantIndex = &Rule{
	Name:     "no-tenant-index",
	Title:    "no index of a tenant table is led by the tenant column",
	Severity: Warning,
	Kind:     Schema,
	Text: `Every scoped query and every policy compares the tenant column. Without an index
that starts with it each of them reads the rows of all tenants, so that one
tenant's data makes the others slow (PostgreSQL manual, 11.3: a multicolumn
B-tree index "is most efficient when there are constraints on the leading
(leftmost) columns").

A primary key or unique key that starts with the tenant column is enough; a
partial index is not. A table partitioned by a list of tenants needs none.`,
	Bad:  `CREATE TABLE notes (id uuid PRIMARY KEY, org_id uuid NOT NULL, title text);`,
	Good: `CREATE TABLE notes (id uuid PRIMARY KEY, org_id uuid NOT NULL, title text); CREATE INDEX ON notes (org_id, title);`,
	Run: func(p *Pass) {
		for _, t := range p.tables() {
			if column := p.tenantColumn(t); column != "" && !p.indexed(t, column) {
				p.reportFix(t.Pos, t.Name.String(), "CREATE INDEX ON "+t.Name.SQL()+" ("+ident(column)+")",
					"no index of "+t.Name.String()+" is led by "+column+", so every query of one tenant reads the rows of all", AddIndex{t, []string{column}})
			}
		}
	},
}

// indexed reports whether an index finds the rows of one tenant: only the tenant
// columns of outer levels may stand in front of the table's own.
func (p *Pass) indexed(t *catalog.Table, column string) bool {
	if t.PartitionBy == "list" && slices.Equal(t.PartitionKey, []string{column}) {
		return true // the partition itself holds one tenant's rows, or few
	}
	return slices.ContainsFunc(t.Indexes, func(x *catalog.Index) bool {
		i := slices.Index(x.Columns, column)
		return i >= 0 && !x.Partial && !slices.ContainsFunc(x.Columns[:i], func(c string) bool { return !p.spelling(c) })
	})
}

// spelling reports whether a column is the tenant column of some level.
func (p *Pass) spelling(column string) bool {
	for _, l := range p.Own.Levels {
		if slices.Contains(l.Columns, column) {
			return true
		}
	}
	return false
}
