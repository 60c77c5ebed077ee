package migrate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// SetSetting is the setting that holds the set of tenants of a call for several, by the one that
// holds the tenant of all others: app.org_ids beside app.org_id.
func SetSetting(setting string) string { return setting + "s" }

// setRows returns what holds for the rows that a call for a set of tenants reads, "" for tables
// that no such call reads. A child's are those of parents that are some tenant's of the set, each of
// which it names, as being seen does not make a parent the set's.
func (c *conditions) setRows(t *Target) (string, error) {
	if !t.Set || c.first || c.sets != asDeclared {
		return "", nil
	}
	if strings.Contains(t.Restrict, "@") {
		return "", fmt.Errorf("table %s: its restrict names the tenant, so a query for a set of tenants would see none of its rows", t.Table.Name)
	}
	of := *c
	of.set = true
	rows, _, err := of.tenantRows(t)
	return rows, err
}

// sets tells whether the policies that are printed know of sets of tenants.
type sets int

const (
	asDeclared sets = iota
	nowhere         // as if no query were for one
	everywhere      // likewise, but children ask for their parents' tenant as if each were shown to sets
)

// shownToSets reports whether a row of t may be seen by others than its tenant, as one of a set.
func (c *conditions) shownToSets(t *Target) bool {
	return t.Set && c.sets == asDeclared || c.sets == everywhere
}

// anySets reports whether policies for sets are wanted somewhere, or are among those that a table has.
func (p *planner) anySets(have []*catalog.Policy) bool {
	return p.setsSomewhere() || slices.ContainsFunc(have, func(pol *catalog.Policy) bool { return pol.Name == setName })
}

// singly are two forms of the policies for one tenant. What lets a set be read widens nothing: each row is one
// that its tenant alone reads as well, and whoever names several could name one after the other. That a
// child asks for its parent's tenant beside what the parent's policies say makes a difference only where these
// let a set through.
func (p *planner) singly(t *Target) (forms [][]policy, err error) {
	for _, s := range []sets{nowhere, everywhere} {
		of := *p.conditions
		of.sets = s
		list, err := of.policiesFor(t)
		if err != nil {
			return nil, err
		}
		forms = append(forms, list)
	}
	return forms, nil
}

// among says that a tenant column holds one of the tenants of the set, which counts only where the call
// is for no tenant alone: so what comes with a connection or a role opens nothing. The
// sub-select makes PostgreSQL read the set and make an array of it once for the statement, and the cast behind it
// is for the grammar, in which ANY (SELECT …) asks for rows.
func (c *conditions) among(t *Target, column, typ string) (string, error) {
	if c.flat || c.source.Setting == "" || len(t.Outer) > 0 || t.Setting != "" {
		return "", fmt.Errorf("table %s: there are no policies for sets of tenants with Citus, levels of tenants or a claim", t.Table.Name)
	}
	if t.Type == "" && !exactCast(t.Table.Column(t.Column)) {
		return "", fmt.Errorf("table %s: there is no policy for sets of tenants, as equal values of column %s may differ", t.Table.Name, t.Column)
	}
	set := c.print("set", c.once(c.read(SetSetting(c.source.Setting)))) + "::" + typ + "[]"
	set = c.once(set + " WHERE " + c.print("set", c.once(c.read(c.source.Setting))) + " IS NULL")
	return fmt.Sprintf("%s = ANY (%s::%s[])", column, set, typ), nil
}
