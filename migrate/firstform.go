package migrate

import "github.com/tenantgen/tenantgen/analyzer/catalog"

// The first form of policies repeated the condition of every ancestor in a child's, cast
// the tenant to the type of the column, domains and all, and had the cast within the
// sub-select that reads the setting. [Plan] replaces it; until its migration is applied
// databases have it, which [Promised] knows.

// firstCurrent prints the current tenant as the first form has it.
func (c *conditions) firstCurrent(t *Target, typ string) string {
	if setting := c.setting(t); setting != "" {
		return c.once(c.print("set", c.read(setting)) + "::" + typ)
	}
	claims := c.print("set", c.read(ClaimsSetting))
	return c.once(c.print("set", c.claim(claims)) + "::" + typ)
}

// inFirstForm returns the conditions as the first form has them, nil where one of its casts
// lets the rows of a tenant pass for another's.
func (c *conditions) inFirstForm() (*conditions, error) {
	former := *c
	former.first = true
	for _, t := range c.targets {
		if t.Kind != Column {
			continue
		}
		was, err := former.castType(t)
		if err != nil {
			return nil, err
		}
		is, err := c.castType(t)
		if err != nil || was != is || t.Type == "" && !exactCast(t.Table.Column(t.Column)) {
			return nil, err
		}
	}
	return &former, nil
}

// catalogPolicies returns the policies that a table needs as a catalog has them, none of no
// conditions.
func (c *conditions) catalogPolicies(t *Target) ([]*catalog.Policy, error) {
	if c == nil {
		return nil, nil
	}
	list, err := c.policiesFor(t)
	var all []*catalog.Policy
	for _, p := range list {
		all = append(all, p.catalog())
	}
	return all, err
}
