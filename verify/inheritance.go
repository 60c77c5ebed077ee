package verify

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
)

var alteredInheritance = &rules.Rule{
	Name: "altered-inheritance", Kind: rules.Database, Severity: rules.Error,
	Title: "a table inherits from, or is a partition of, another table than the schema files say",
	Text: `A query on a table reads the rows of all that inherit from it, and only the policies of the
table that it names apply (PostgreSQL manual, 5.9 and 5.11): a tenant table that becomes a part of a table which all
tenants share is read through that one without a tenant. Keys, foreign keys and triggers of a parent do not
hold for what is no longer its partition.`,
	Bad:  `CREATE TABLE offers () INHERITS (plans);`,
	Good: `DROP TABLE offers;`,
}

// inheritance compares what tables inherit from. What is in no schema file may be a part
// of a tenant table, which partitions judges, or a new partition, into which rows come
// through its parent alone.
func (p *pass) inheritance() {
	p.sorted(func(rel *relation) {
		if t := p.promised.byName[rel.name]; t != nil {
			p.parents(t, rel)
			return
		}
		if !rel.isTable() {
			return
		}
		for _, parent := range rel.parents {
			switch want := p.promised.byName[parent.name]; {
			case p.owned[rel] && !p.owned[parent], want != nil && !want.protected() && !rel.table.IsPartition:
				p.inherits(rel, parent, catalog.Name{})
			}
		}
	})
}

func (p *pass) parents(t *promisedTable, rel *relation) {
	for _, parent := range rel.parents {
		if !slices.Contains(t.Parents, parent.name) {
			p.inherits(rel, parent, t.Name)
		}
	}
	for _, want := range t.Parents {
		parent := p.live.byName[want]
		if parent == nil || slices.Contains(rel.parents, parent) {
			continue // a table that is missing is reported as such
		}
		p.found(alteredInheritance, Finding{Object: "table " + t.Name.String(), Table: t.Name, Message: "is no part of " + want.String(), Is: "no such parent", Promised: "a part of " + want.String(),
			Hint: "attach it again, by ALTER TABLE … INHERIT or ATTACH PARTITION"})
	}
}

func (p *pass) inherits(rel, parent *relation, table catalog.Name) {
	sql := fmt.Sprintf("ALTER TABLE %s NO INHERIT %s;", quote(rel.name), quote(parent.name))
	if rel.table.IsPartition {
		sql = fmt.Sprintf("ALTER TABLE %s DETACH PARTITION %s;", quote(parent.name), quote(rel.name))
	}
	p.found(alteredInheritance, Finding{Object: "table " + rel.name.String(), Table: table, Message: "is part of " + parent.name.String() + ", through which its rows are read without its policies",
		Is: "a child of " + parent.name.String(), Promised: "no such parent", SQL: []string{sql}})
}
