package tenantgen

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
)

// policed are the rules whose findings row-level security makes up for: nothing proves the
// query, but it reads and changes no more than the policies let through. Not among them is
// unsupported-syntax, behind which nobody has looked (an operator of the schema's may run code with
// its owner's rights, a system column tells of others' rows), nor foreign-key-without-tenant: what a
// foreign key does to the rows that refer to one it does past all policies (PostgreSQL manual, 5.8).
var policed = []string{"unscoped-table", "unscoped-write", "unscoped-insert", "unscoped-conflict", "tenant-change", "mixed-tenants", "nullable-tenant",
	"undeclared-function", "levels-without-foreign-key"}

// unproved reports whether a query that the baseline excuses gets a method of Unproved: the
// policies have to be there, and to hold for all that the query reads.
func (p *Project) unproved(r *Report, u *Unit, q *analyzer.Result) bool {
	if !r.Baselined(q) || q.Name == "" || p.Config.Tenant.Migrations.Dir == "" {
		return false
	}
	escapes := q.Reading().Statement.Unseen || escapes(u, q) // what nobody has seen may do anything
	if slices.ContainsFunc(q.Diagnostics, func(d analyzer.Diagnostic) bool {
		return d.Severity == analyzer.Error && (!slices.Contains(policed, d.Rule) || escapes && d.Rule == "undeclared-function")
	}) {
		return false
	}
	if slices.ContainsFunc(q.Uses, func(use analyzer.Use) bool { return len(u.earned(q, use)) < len(use.Privileges) }) {
		return false // it writes what all tenants share, and gets no right to
	}
	// Of a refused query nobody has followed what the foreign keys do, which is past all policies.
	if len(q.Targets) > 0 && p.severity(rules.Lookup("foreign-key-without-tenant")) == string(rules.Error) {
		return false
	}
	return !slices.ContainsFunc(q.Draws, func(d analyzer.Draw) bool { return d.Sequence.Name == "" }) &&
		!slices.ContainsFunc(rules.OwnerViews(u.Schema, u.Tenancy), func(v *catalog.View) bool {
			return slices.ContainsFunc(q.Uses, func(use analyzer.Use) bool { return use.View == v })
		})
}

// Excused are the queries of the baseline by their names: those that generate makes methods
// of Unproved of, and those that get none.
func (p *Project) Excused(r *Report) (unproved, none []string) {
	for _, u := range r.units {
		for _, q := range u.results {
			switch {
			case p.unproved(r, u.Unit, q):
				unproved = append(unproved, q.Name)
			case r.Baselined(q):
				none = append(none, q.Name)
			}
		}
	}
	return unproved, none
}
