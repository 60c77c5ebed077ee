package migrate

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Protection is a table with the policies that it has to have. Row-level security
// is enabled and forced on it.
type Protection struct {
	Table    *catalog.Table
	Policies []*catalog.Policy // of no position
	// First are the policies of the first form, which protect the table until the migration
	// that replaces them is applied; none where they did not.
	First []*catalog.Policy
	Why   string // what made it a tenant table
}

// Access is what a role may do with a table, by the privileges' names in lower case.
type Access struct {
	Table      *catalog.Table
	Privileges []string
}

// Promise is what holds once the migrations that [Plan] leads to are applied.
type Promise struct {
	Protected []Protection // the targets with their partitions and heirs
	Access    []Access
}

// Promised returns what a database has to keep. It is about the wanted state only:
// that the migrations establish it is what [Plan] sees to.
func Promised(db *catalog.Database, w Wanted) (*Promise, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	p, out := newPlanner(db, w), &Promise{}
	former, err := p.inFirstForm()
	if err != nil {
		return nil, err
	}
	for _, t := range p.protected {
		protection := Protection{Table: t.Table, Why: t.Why}
		if protection.Policies, err = p.catalogPolicies(t); err != nil {
			return nil, err
		}
		if protection.First, err = former.catalogPolicies(t); err != nil {
			return nil, err
		}
		out.Protected = append(out.Protected, protection)
	}
	for _, a := range p.granted {
		out.Access = append(out.Access, Access{a.table, slices.Clone(a.privileges)})
	}
	return out, p.err
}

// PolicySQL returns the statements that put a policy into the place of whatever has
// its name on the table.
func PolicySQL(table catalog.Name, pol *catalog.Policy) []string {
	p := &printer{}
	return []string{p.dropPolicy(table, pol.Name), p.createPolicy(table, pol)}
}
