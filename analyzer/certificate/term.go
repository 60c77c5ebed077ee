package certificate

import (
	"cmp"
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Term is a value that an equality can be about. Terms are made by the functions below, and
// those that are the same value are ==. The zero Term is no value.
type Term struct {
	kind termKind
	rel  query.RelID // whose column or owner it is
	n    int         // of a column, parameter, array, output column or literal
}

// termKind tells the kinds of terms apart, in the order of Compare.
type termKind int

const (
	noTerm termKind = iota
	notNullTerm
	nullTerm
	literalTerm
	elementTerm
	outTerm
	paramTerm
	ownerTerm
	columnTerm
)

// Column is column i of the row of relation r.
func Column(r query.RelID, i int) Term { return Term{columnTerm, r, i} }

// Owner is the tenant that the row of r belongs to.
func Owner(r query.RelID) Term { return Term{ownerTerm, r, 0} }

// Param is parameter n.
func Param(n int) Term { return Term{paramTerm, 0, n} }

// Out is output column i of the query that a Claim is about.
func Out(i int) Term { return Term{outTerm, 0, i} }

// Literal is the literal of a number among the statement's Literals.
func Literal(n int) Term { return Term{literalTerm, 0, n} }

// Element is some element of the array in parameter n, not always the same: what is one need not
// equal what is another.
func Element(n int) Term { return Term{elementTerm, 0, n} }

// Null is no literal, but what IS NULL says of a column.
func Null() Term { return Term{kind: nullTerm} }

// NotNull is what IS NOT NULL says of a column: it has some value.
func NotNull() Term { return Term{kind: notNullTerm} }

// IsColumn reports whether t is a column of a row.
func (t Term) IsColumn() bool { return t.kind == columnTerm }

// IsOwner reports whether t is the tenant of a row.
func (t Term) IsOwner() bool { return t.kind == ownerTerm }

// IsParam reports whether t is a parameter.
func (t Term) IsParam() bool { return t.kind == paramTerm }

// IsOut reports whether t is an output column.
func (t Term) IsOut() bool { return t.kind == outTerm }

// IsLiteral reports whether t is a literal, or what a test or = ANY says in the place of one. It
// ends every chain that it is in: what equals one literal in two types need not be equal.
func (t Term) IsLiteral() bool {
	return t.kind == literalTerm || t.kind == nullTerm || t.kind == notNullTerm || t.kind == elementTerm
}

// IsElement reports whether t is some element of an array.
func (t Term) IsElement() bool { return t.kind == elementTerm }

// IsValue reports whether t is a literal of a number.
func (t Term) IsValue() bool { return t.kind == literalTerm }

// Fixed reports whether t is one value throughout the statement.
func (t Term) Fixed() bool { return t.IsParam() || t.IsLiteral() }

// Row is the row whose column or owner t is; it is not ok for any other term.
func (t Term) Row() (r query.RelID, ok bool) {
	return t.rel, t.kind == columnTerm || t.kind == ownerTerm
}

// Of reports whether t is a column or the owner of the row of r.
func (t Term) Of(r query.RelID) bool {
	row, ok := t.Row()
	return ok && row == r
}

// Number is that of a column, parameter, array, output column or literal, else 0.
func (t Term) Number() int { return t.n }

// Compare orders terms: those of rows come last, by their rows.
func (t Term) Compare(u Term) int {
	_, row := t.Row()
	if _, other := u.Row(); row && other {
		return cmp.Or(cmp.Compare(t.rel, u.rel), cmp.Compare(t.kind, u.kind), cmp.Compare(t.n, u.n))
	}
	return cmp.Or(cmp.Compare(t.kind, u.kind), cmp.Compare(t.n, u.n))
}

// ValueOf returns the term of a column, a parameter or a literal.
func ValueOf(e query.Expr) (Term, bool) {
	if c, ok := e.(*query.Const); ok && c.Literal > 0 {
		return Literal(c.Literal), true
	}
	return TermOf(e)
}

// TermOf returns the term of a column or parameter.
func TermOf(e query.Expr) (Term, bool) {
	switch e := e.(type) {
	case *query.Col:
		return Column(e.Rel, e.Index), true
	case *query.Param:
		return Param(e.Number), !e.Mixed
	case nil, *query.Const, *query.Eq, *query.And, *query.Or, *query.Not, *query.Sub, *query.Op, *query.IsNotNull, *query.Opaque:
	default:
		panic(query.Unexpected(e))
	}
	return Term{}, false
}

// String helps to read a refusal.
func (t Term) String() string {
	switch t.kind {
	case columnTerm:
		return fmt.Sprintf("r%d.%d", t.rel, t.n)
	case ownerTerm:
		return fmt.Sprintf("owner of r%d", t.rel)
	case paramTerm:
		return fmt.Sprintf("$%d", t.n)
	case outTerm:
		return fmt.Sprintf("output %d", t.n)
	case literalTerm:
		return fmt.Sprintf("literal %d", t.n)
	case elementTerm:
		return fmt.Sprintf("an element of $%d", t.n)
	case nullTerm:
		return "NULL"
	case notNullTerm:
		return "a value"
	}
	return "nothing"
}
