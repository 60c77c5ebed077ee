package verify

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
)

var strayCall = &rules.Rule{
	Name: "stray-call", Kind: rules.Database, Severity: rules.Error,
	Title: "reading or writing a table runs a function that the schema files have it run nowhere",
	Text: `In a check, a default, a generated column, an index, statistics, a partition key or the check of a domain: it
runs whenever the application writes a row, and for some of them when it reads one, and nobody vouched for that.
Functions of PostgreSQL and of extensions are judged where a query runs them.`,
	Bad: `CREATE FUNCTION spy(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
ALTER TABLE tags ADD CONSTRAINT seen CHECK (spy(name));`,
	Good: `ALTER TABLE tags DROP CONSTRAINT seen;`,
}

// tableCalls compares what the tables of the schema files run, and their heirs.
func (p *pass) tableCalls() {
	p.tables(func(t *promisedTable, rel *relation) {
		known := callsOf(t.Table)
		for _, part := range append([]*relation{rel}, rel.descendants()...) {
			again := p.again.Table(part.name)
			if again == nil || part != rel && p.promised.byName[part.name] != nil {
				continue
			}
			for _, name := range callsOf(again) {
				if !p.supports(name) && len(functionsNamed(p.again, name)) > 0 && !slices.ContainsFunc(known, func(k catalog.Name) bool { return k.Name == name.Name }) {
					p.found(strayCall, Finding{Object: "table " + part.name.String(), Table: t.Name, Message: "runs " + name.String() + " when it is written or read", Is: "a check, default, index or the like that calls it",
						Promised: "no such call", Hint: "drop what calls it, or add it to the schema files by a migration"})
				}
			}
		}
	})
}

// supports reports whether a function is that of an operator or a cast, which are judged
// themselves.
func (p *pass) supports(name catalog.Name) bool {
	return slices.ContainsFunc(p.again.Operators, func(o *catalog.Operator) bool { return o.Function == name }) ||
		slices.ContainsFunc(p.again.Support, func(s *catalog.Support) bool { return slices.Contains(s.Calls, name) })
}

// callsOf lists the functions that a table runs without a trigger.
func callsOf(t *catalog.Table) []catalog.Name {
	list := slices.Concat(t.Calls, t.PlanCalls)
	for _, c := range t.Columns {
		list = append(list, c.DefaultCalls...)
	}
	slices.SortFunc(list, catalog.Name.Compare)
	return slices.Compact(list)
}
