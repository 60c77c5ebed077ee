package tenancy

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

// heirs refuses tables whose rows are also those of tables that inherit from them and
// whose owners are told otherwise there: who reads or writes the parent decides by the
// parent's column whose a row is, who uses the heir by another (PostgreSQL manual,
// 5.10). A partition is an heir, however it was attached, and an heir may have several
// parents that disagree.
func (c *classifier) heirs(cfg config.Tenant) {
	refused := map[*catalog.Table]bool{}
	refuse := func(t, up *catalog.Table, hint, msg string) {
		refused[up] = true
		line, column := c.place(cfg, t, up)
		c.fail(line, column, hint, "rows of %s are rows of %s as well, and %s", t.Name, up.Name, msg)
	}
	for _, t := range c.db.Tables {
		for _, up := range c.ancestors(t) {
			own := computedOnly(up, t)
			switch {
			case refused[up]:
			case own != "":
				refuse(t, up, "take "+t.Name.String()+" out of the inheritance, or let both tables compute the column",
					"only "+t.Name.String()+" computes "+own+", so that what a write to "+up.Name.String()+" changes is not known")
			case !c.agree(up, t):
				refuse(t, up, "take "+t.Name.String()+" out of the inheritance, or let both say by the same column whose a row is",
					"there something else says whose they are")
			}
		}
	}
	for t := range refused {
		c.m.owners[t] = Owner{}
	}
}

// ancestors lists the tables of which rows of t are rows.
func (c *classifier) ancestors(t *catalog.Table) []*catalog.Table {
	var all []*catalog.Table
	for _, n := range t.Parents {
		if up := c.db.Table(n); up != nil {
			all = append(append(all, up), c.ancestors(up)...)
		}
	}
	return all
}

// computedOnly names a column that an heir computes and its parent does not: with
// INHERITS, and up to version 15 in partitions, PostgreSQL allows that. A write through the
// parent then changes what the heir computes, the tenant or a key among it.
func computedOnly(parent, heir *catalog.Table) string {
	for _, c := range heir.Columns {
		if own := parent.Column(c.Name); c.Generated && (own == nil || !own.Generated) {
			return c.Name
		}
	}
	return ""
}

// agree reports whether rows of heir have the same owner as rows of the parent.
func (c *classifier) agree(parent, heir *catalog.Table) bool {
	up, own := c.m.owners[parent], c.m.owners[heir]
	if up.Kind != Column && up.Kind != Child || own.Kind == Undeclared {
		return true // nothing is proved of what is not declared
	}
	if up.Kind != own.Kind || up.Level != own.Level {
		return false
	}
	if up.Kind == Column {
		return heir.Columns[own.Column].Name == parent.Columns[up.Column].Name
	}
	return len(up.Parents) == len(own.Parents) && !slices.ContainsFunc(up.Parents, func(p Parent) bool {
		return !slices.ContainsFunc(own.Parents, p.of(parent, heir).Same)
	})
}

// Same reports whether p and q are one way to the owner.
func (p Parent) Same(q Parent) bool {
	return p.Table == q.Table && slices.Equal(p.On, q.On) && slices.Equal(p.When, q.When) && slices.Equal(p.Where, q.Where)
}

// place is where one of the tables is declared, 0 when neither is.
func (c *classifier) place(cfg config.Tenant, tables ...*catalog.Table) (line, column int) {
	for _, d := range cfg.Tables {
		n := catalog.ParseName(d.Name)
		if t := c.db.LookupTable(n.Schema, n.Name, c.path()); t != nil && slices.Contains(tables, t) {
			return d.Line, d.Column
		}
	}
	return 0, 0
}
