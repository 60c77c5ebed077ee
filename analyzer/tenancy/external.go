package tenancy

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

// external refuses foreign tables as tables of tenants, and those of which their rows are
// rows as well: there can be no policies on them, nothing checks their constraints, NOT NULL
// among them, and another server may compare their columns in another way (PostgreSQL
// manual, CREATE FOREIGN TABLE and ALTER TABLE). Declared global they belong to nobody.
func (c *classifier) external(cfg config.Tenant) {
	for _, t := range c.db.Tables {
		if !t.External || c.m.owners[t].Kind == Global {
			continue
		}
		for _, of := range append([]*catalog.Table{t}, c.ancestors(t)...) {
			if kind := c.m.owners[of].Kind; kind != Column && kind != Child {
				continue
			}
			c.m.owners[of] = Owner{}
			line, column := c.place(cfg, of)
			if of == t {
				c.fail(line, column, "keep the rows of tenants in a table of this database, or, for rows that belong to nobody, leave out the tenant",
					"%s is a foreign table, which can have no policies and whose constraints nothing checks", t.Name)
				continue
			}
			c.fail(line, column, "take "+t.Name.String()+" out of the inheritance",
				"rows of foreign table %s are rows of %s as well, and nothing checks their constraints", t.Name, of.Name)
		}
	}
}
