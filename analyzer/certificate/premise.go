package certificate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Premise is something that a proof rests on though neither the statement nor the schema
// guarantees it: data that keep it are called consistent. A certificate names all that
// its proof needs.
type Premise struct {
	Kind  PremiseKind
	Table catalog.Name
	// Constraint and Columns are the foreign key or link that it is about.
	Constraint string
	Columns    []string
	// Text says it in one sentence, without a full stop: every row of …
	Text string
	Pos  catalog.Pos // in the schema files
}

// PremiseKind tells what a Premise is about.
type PremiseKind string

// ForeignKeyPremise says that rows refer by a foreign key to rows of their own tenant only.
const ForeignKeyPremise PremiseKind = "foreign-key"

// Refers is the premise that no row refers across tenants by fk.
func Refers(from, to *catalog.Table, fk *catalog.ForeignKey) Premise {
	return Premise{Kind: ForeignKeyPremise, Table: from.Name, Constraint: fk.Name, Columns: fk.Columns, Pos: fk.Pos,
		Text: fmt.Sprintf("every row of %s refers by foreign key %s (%s) to a row of %s of its own tenant", from.Name, fk.Name, strings.Join(fk.Columns, ", "), to.Name)}
}

// Same reports whether p and q say one thing.
func (p Premise) Same(q Premise) bool {
	return p.Kind == q.Kind && p.Table == q.Table && p.Constraint == q.Constraint && slices.Equal(p.Columns, q.Columns)
}

// Assume adds a premise that is not there yet.
func (c *Certificate) Assume(p Premise) {
	if !c.Names(p) {
		c.Assumes = append(c.Assumes, p)
	}
}

// Names reports whether the proof says that it rests on a premise.
func (c *Certificate) Names(p Premise) bool { return slices.ContainsFunc(c.Assumes, p.Same) }

// LinkPremise says that no row of a child table has outlived its parent row: no foreign
// key sees to it, and whoever writes a row with the parent's key would get the child. What
// reads by the link rests on it, and what makes a parent row, gives it another key or
// takes it away: such a row would get children, or leave them behind.
const LinkPremise PremiseKind = "parent-link"

// Link is the premise that the rows of t stay with their rows of p.
func Link(t *catalog.Table, p tenancy.Parent) Premise {
	var columns []string
	for _, on := range p.On {
		columns = append(columns, t.Columns[on.Child].Name)
	}
	which, link := "", p.Table.Name.String()
	if when := wanted(t, p); when != "" {
		which, link = " whose "+when, link+" when "+when
	}
	still := ""
	if where := lasting(p); where != "" {
		link, still = link+" where "+where, " and for which "+where+" is true"
	}
	return Premise{Kind: LinkPremise, Table: t.Name, Constraint: link, Columns: columns, Pos: t.Pos,
		Text: "no row of " + t.Name.String() + which + " has outlived the row of " + p.Table.Name.String() + " that its " + strings.Join(columns, ", ") +
			" names" + still + ": no foreign key keeps a row with that key from taking it over"}
}

// LevelsPremise says that a row is of one tenant of an outer level whichever of its columns
// is asked.
const LevelsPremise PremiseKind = "levels-agree"

// LevelsAgree is the premise that rows of t name the tenant of an outer level in which
// their tenant of the next deeper one lies.
func LevelsAgree(m *tenancy.Map, t *catalog.Table, level int) Premise {
	column := t.Columns[m.Holder(t, level)].Name
	next := level + 1
	for next < m.Of(t).Level && m.Holder(t, next) < 0 {
		next++
	}
	outer, inner := m.Levels[level].Name, m.Levels[next].Name
	return Premise{Kind: LevelsPremise, Table: t.Name, Columns: []string{column}, Pos: t.Pos,
		Text: fmt.Sprintf("every row of %s names in %s the %s of its own %s: no foreign key over the columns of both makes sure", t.Name, column, outer, inner)}
}

// AgreementPremise says that all parents of a row are one tenant's.
const AgreementPremise PremiseKind = "parents-agree"

// Agreement is the premise that the parents of a row of t agree on its tenant.
func Agreement(t *catalog.Table, parents []tenancy.Parent) Premise {
	var tables, columns []string
	for _, p := range parents {
		tables = append(tables, p.Table.Name.String())
		for _, on := range p.On {
			columns = append(columns, t.Columns[on.Child].Name)
		}
	}
	return Premise{Kind: AgreementPremise, Table: t.Name, Columns: columns, Pos: t.Pos,
		Text: "every row of " + t.Name.String() + " belongs to one tenant by all its parents: its rows of " + strings.Join(tables, " and ") + " are the same tenant's"}
}

// wanted says which rows belong by p, "" when all do.
func wanted(t *catalog.Table, p tenancy.Parent) string {
	var all []string
	for _, m := range p.When {
		all = append(all, t.Columns[m.Column].Name+" = '"+m.Value+"'")
	}
	return strings.Join(all, " and ")
}

// lasting says of which rows of the parent a row can be, "" when of any.
func lasting(p tenancy.Parent) string {
	var all []string
	for _, t := range p.Where {
		is := map[catalog.TestKind]string{catalog.IsNull: " IS NULL", catalog.IsNotNull: " IS NOT NULL", catalog.HasValue: " = '" + t.Value + "'"}[t.Kind]
		all = append(all, p.Table.Columns[t.Column].Name+is)
	}
	return strings.Join(all, " and ")
}
