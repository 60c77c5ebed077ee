package verify

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
)

// protecting are the rules about what keeps tenants apart in a table, binding those about what binds the application's roles to that.
var (
	protecting = []*rules.Rule{rlsDisabled, rlsNotForced, missingPolicy, alteredPolicy, extraPolicy, foreignTable, alteredInheritance, alteredColumn, missingTable}
	binding    = []*rules.Rule{roleAttributes, roleMembership, roleOwns, presetSetting, presetTenant}
)

// withhold takes back the statements that let a role do more, as long as what would hold it is not in force itself: who runs the
// statements of one finding need not run, or be able to run, those of another.
func (p *pass) withhold() {
	for i := range p.findings {
		f := &p.findings[i]
		if len(f.SQL) == 0 || f.Rule != missingGrant && !f.widens {
			continue
		}
		if p.broken(f.Table) {
			f.SQL, f.Hint = nil, "put what keeps tenants apart in force first, and verify again: the statement for this is shown then"
		}
	}
}

// broken reports whether something does not keep tenants apart as it should: in a table, in any where none is named, or for a
// role of the application.
func (p *pass) broken(table catalog.Name) bool {
	return slices.ContainsFunc(p.findings, func(f Finding) bool {
		here := table == catalog.Name{} || f.Table == table
		return f.Severity == rules.Error && (slices.Contains(protecting, f.Rule) && here || slices.Contains(binding, f.Rule))
	})
}
