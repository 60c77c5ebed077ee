package tenantgen

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/migrate"
)

// sets reports whether a query is declared to be for a set of tenants. It is asked before the
// queries are judged, of which one may be refused.
func (p *Project) sets() bool {
	return slices.ContainsFunc(p.Units, func(u *Unit) bool {
		return slices.ContainsFunc(u.Entry.QueryFiles, func(f config.File) bool { return analyzer.DeclaresSet(f.Text) })
	})
}

// policyNames are those that a tenant table keeps whatever is generated next: where queries are for
// sets of tenants, nobody knows yet which tables they read, and these have others.
func (p *Project) policyNames(readAlso bool) []string {
	names := migrate.PolicyNames(readAlso, false)
	if !p.sets() {
		return names
	}
	some := migrate.PolicyNames(readAlso, true)
	return slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(some, name) })
}

// readBySets marks the targets whose rows queries for a set of tenants read, with those by which it is
// told whose rows they are: the policies of a child ask its parents.
func (u *judged) readBySets(targets []migrate.Target) {
	read := map[catalog.Name]bool{}
	var mark func(t *catalog.Table)
	mark = func(t *catalog.Table) {
		o := u.Tenancy.Of(t)
		if read[t.Name] || o.Kind != tenancy.Column && o.Kind != tenancy.Child {
			return
		}
		read[t.Name] = true
		for _, parent := range o.Parents {
			mark(parent.Table)
		}
	}
	for _, name := range u.app.sets {
		if t := u.Schema.Table(name); t != nil {
			mark(t)
		}
	}
	for i := range targets {
		targets[i].Set = read[targets[i].Table.Name]
	}
}
