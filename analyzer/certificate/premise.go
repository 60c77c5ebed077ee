package certificate

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
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

// Same reports whether p and q say one thing.
func (p Premise) Same(q Premise) bool {
	return p.Kind == q.Kind && p.Table == q.Table && p.Constraint == q.Constraint && slices.Equal(p.Columns, q.Columns)
}

// Assume adds a premise that is not there yet.
func (c *Certificate) Assume(p Premise) {
	if !c.assumes(p) {
		c.Assumes = append(c.Assumes, p)
	}
}

func (c *Certificate) assumes(p Premise) bool { return slices.ContainsFunc(c.Assumes, p.Same) }

// needs makes sure that the certificate names a premise which the statement needs.
func (k *checker) needs(p Premise) {
	if !k.cert.assumes(p) {
		k.fail("it does not say that %s %s (%s) of %s must hold", p.Kind, p.Constraint, p.Columns, p.Table)
	}
}
