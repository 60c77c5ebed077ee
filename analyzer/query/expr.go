package query

// Expr is an expression. Only Eq, And, Or, Not and Sub can carry a pin.
type Expr interface {
	Node
	expr()
}

// Col is a column of a relation occurrence.
type Col struct {
	Rel   RelID
	Index int
	Text  string // as people would write it: n.org_id
	Pos   Span
}

// Param is a parameter, possibly under casts that keep its value.
type Param struct {
	Number int
	Text   string // as written: $1, @org_id
	// Mixed is true when it is not one value in all places: see ParamInfo.OneValue.
	Mixed bool
	Pos   Span
}

// Const is a literal.
type Const struct {
	Text string
	Null bool
	// Literal is the number of its value among the Literals of the Statement, counted from
	// one; 0 when it is none of them, or a cast may have made another value of it.
	Literal int
	// Recast is true when a cast may have made another value of what Text says.
	Recast bool
	Pos    Span
}

// Eq is an equality of two values of one type, by that type's default operator.
type Eq struct {
	L, R Expr
	// AsText says that L is written as text first, in which its type has one spelling for each
	// value, and that R is text.
	AsText bool
	Text   string
	Pos    Span
}

// And, Or and Not are the Boolean connectives.
type And struct{ Args []Expr }

// Or is a disjunction.
type Or struct {
	In   bool // the query writes it as IN
	Args []Expr
	Pos  Span
}

// Not is a negation that could not be pushed further in.
type Not struct{ Arg Expr }

// SubKind tells what an expression does with a subquery.
type SubKind int

// The kinds of a Sub.
const (
	Exists SubKind = iota // EXISTS (…)
	In                    // Test IN (…), Test = ANY (…)
	Scalar                // (…) as a value
	Other                 // ARRAY(…), op ANY, op ALL, NOT IN as Not(In)
)

// Sub is a subquery in an expression.
type Sub struct {
	Kind SubKind
	// Test is what In compares, position by position with the query's output. A nil
	// element has a type that differs from its column's, so the equality proves nothing.
	Test  []Expr
	Args  []Expr // every expression of the left side, also those that Test leaves out
	Query Query
	Text  string
	Pos   Span
}

// Op is any other expression. It never pins; Strict says that it is null as soon
// as one argument is null. Rejects says less: that it is not true then, as BETWEEN,
// which is false when the other bound decides.
type Op struct {
	Strict  bool
	Rejects bool
	Args    []Expr
	Text    string
	Pos     Span
	// Negation is what NOT of it is equivalent to, nil when there is no simpler form.
	Negation Expr
	// Aggregate marks an aggregate call of the level where it stands: its arguments are
	// evaluated for each row.
	Aggregate bool
	// Filter is of an Aggregate: rows of which it is not true do not count, by FILTER or because
	// the argument is null and the aggregate passes over nulls.
	Filter Expr
	// Folds marks a call that is an aggregate, or may be one: it makes one row of many, at
	// the innermost level that has a column of its arguments.
	Folds bool
	// Mutable is true of what may have another value for the same arguments: it is stable or
	// volatile, as far as that is known. Volatile says that it may even within a statement.
	// Chooses marks CASE and COALESCE. No proof asks for them.
	Mutable, Volatile, Chooses bool
	// Implies is a condition that holds whenever the Op is true, as x does for x IS TRUE.
	Implies Expr
	// Among is the parameter of x = ANY (@p::T[]), which is true only of an x that is one of the
	// array's elements: x is the first argument. It is nil where the elements are not compared as
	// they are.
	Among *Param
	// Default marks DEFAULT in a row of VALUES.
	Default bool
	// Unless is a condition that is not true exactly when the Op is true, as x is for
	// x IS NOT TRUE. Filled says that the Op is never null. No proof asks for them; what an Op
	// implies may have been derived from them.
	Unless Expr
	Filled bool
	// Raises names what of it fails for some values of its columns, "" when nothing does.
	// No proof asks for it.
	Raises   string
	RaisesAt Span
}

// IsNotNull is the test arg IS NOT NULL on one value that is not a row.
type IsNotNull struct{ Arg Expr }

func (*Col) expr()       {}
func (*Param) expr()     {}
func (*Const) expr()     {}
func (*Eq) expr()        {}
func (*And) expr()       {}
func (*Or) expr()        {}
func (*Not) expr()       {}
func (*Sub) expr()       {}
func (*Op) expr()        {}
func (*IsNotNull) expr() {}
func (*Opaque) expr()    {}
