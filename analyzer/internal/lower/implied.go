package lower

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// A condition may say that two values are equal without an equality in AND: x IS NOT DISTINCT
// FROM y, COALESCE (x, …) = y, CASE, x BETWEEN y AND y. What follows when it is true is noted in
// Op.Implies, as conditions of the kinds that are proved by. It may say less than the
// condition, never more.

// said is what a condition says when it is true: nothing where both are unset.
type said struct {
	e     query.Expr
	never bool // it is never true
}

// branch is a part of CASE, or an argument of COALESCE: its value is then.e where when is true,
// always when that is nil. Not is true where the branches before it were not taken.
type branch struct {
	not, when said
	then      operand
}

// maxBranches is of how many branches it is worth while to say what they imply.
const maxBranches = 16

// noted is what is known of operations that were lowered.
type noted struct {
	branches map[*query.Op][]branch
	cases    map[*query.Op][]branch   // of CASE, whatever the types of its values are
	bounds   map[*query.Op][2]operand // of an ordering operator
	printed  map[*query.Op]operand    // of a cast to text
	truths   map[*query.Const]bool
	numbers  map[*query.Const]int32
	strings  map[*query.Const]string
}

// constantOf notes the value of a literal.
func (l *lowerer) constantOf(c *pg.A_Const, e *query.Const) {
	switch v := c.GetVal().(type) {
	case *pg.A_Const_Boolval:
		put(&l.truths, e, v.Boolval.GetBoolval())
	case *pg.A_Const_Ival:
		put(&l.numbers, e, v.Ival.GetIval())
	case *pg.A_Const_Sval:
		put(&l.strings, e, v.Sval.GetSval())
	}
}

func put[K comparable, V any](m *map[K]V, k K, v V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[k] = v
}

// saying is what e says as a condition.
func (l *lowerer) saying(e query.Expr) said {
	if c, ok := e.(*query.Const); ok {
		v, known := l.truths[c]
		return said{never: c.Null || known && !v}
	}
	return said{e: e}
}

// both is what two conditions say together.
func both(a, b said) said {
	switch {
	case a.never || b.never:
		return said{never: true}
	case a.e == nil:
		return b
	case b.e == nil:
		return a
	}
	return said{e: &query.And{Args: append(conjunctsOf(a.e), conjunctsOf(b.e)...)}}
}

func conjunctsOf(e query.Expr) []query.Expr {
	if and, ok := e.(*query.And); ok {
		return slices.Clone(and.Args)
	}
	return []query.Expr{e}
}

// oneOf is what is said when one of several conditions is true.
func oneOf(all []said) said {
	var arms []query.Expr
	for _, s := range all {
		switch or, ok := s.e.(*query.Or); {
		case s.never:
		case s.e == nil:
			return said{}
		case ok && !or.In:
			arms = append(arms, or.Args...)
		default:
			arms = append(arms, s.e)
		}
	}
	switch {
	case len(arms) == 0:
		return said{never: true}
	case len(arms) == 1:
		return said{e: arms[0]}
	case len(arms) > maxBranches:
		return said{}
	}
	return said{e: &query.Or{Args: arms}}
}

// notTrue is what is said behind a branch of CASE that was not taken: its condition was false or
// null. It is worth while where the opposite of the condition is an equality.
func (l *lowerer) notTrue(e query.Expr, compared bool) said {
	if compared {
		return said{}
	}
	if not, ok := e.(*query.Not); ok {
		return l.orNull(not.Arg)
	}
	op, ok := e.(*query.Op)
	if !ok {
		return said{}
	}
	if _, ok := op.Negation.(*query.Eq); ok {
		return l.orNull(op.Negation)
	}
	if op.Filled && op.Negation != nil { // it was false
		return l.saying(op.Negation)
	}
	return said{}
}

// isNull is the condition that a column or parameter is null.
func isNull(e query.Expr) query.Expr {
	return &query.Op{Args: []query.Expr{e}, Text: "IS NULL", Negation: &query.IsNotNull{Arg: e}}
}

// nullWhen lists conditions of which one is true where e is null; it is not ok when it cannot
// tell. AND, OR and NOT are null only with a null among their arguments (PostgreSQL manual, 9.1),
// = and <> of the types that an Eq compares only with a null on a side.
func nullWhen(e query.Expr) (when []said, ok bool) {
	switch e := e.(type) {
	case *query.Col, *query.Param:
		return []said{{e: isNull(e)}}, true
	case *query.Const:
		return nil, !e.Null
	case *query.Eq, *query.And, *query.Or, *query.Not:
		for _, a := range query.Operands(e) {
			of, known := nullWhen(a)
			if !known {
				return nil, false
			}
			when = append(when, of...)
		}
		return when, true
	case *query.IsNotNull:
		return nil, true
	case *query.Op:
		if eq, unequal := e.Negation.(*query.Eq); unequal {
			return nullWhen(eq)
		}
		return nil, e.Filled
	case nil, *query.Sub, *query.Opaque:
	default:
		panic(query.Unexpected(e))
	}
	return nil, false
}

// orNull is what is said where a condition is true or null: AND is, where all of its arguments are.
func (l *lowerer) orNull(e query.Expr) said {
	if and, ok := e.(*query.And); ok {
		var all said
		for _, a := range and.Args {
			all = both(all, l.orNull(a))
		}
		return all
	}
	when, ok := nullWhen(e)
	if !ok {
		return said{}
	}
	return oneOf(append([]said{l.saying(e)}, when...))
}

// equals is what is said when a = b is true.
func (l *lowerer) equals(a, b operand, pos query.Span) said {
	if s, ok := l.constants(a.e, b.e); ok {
		return s
	}
	for _, side := range [][2]operand{{a, b}, {b, a}} {
		of, other := side[0], side[1]
		op, ok := of.e.(*query.Op)
		if !ok {
			continue
		}
		if branches := l.branches[op]; branches != nil {
			return l.chosen(branches, other, pos)
		}
		if x, printed := l.printed[op]; printed {
			return l.asText(x, other, pos)
		}
	}
	t := l.sharedType([]operand{a, b})
	if t == query.Unknown || a.t == pgtype.AnyType && b.t == pgtype.AnyType || isOpaque(a.e) || isOpaque(b.e) {
		return said{}
	}
	return said{e: &query.Eq{L: a.e, R: b.e, Text: Text(a.e) + " = " + Text(b.e), Pos: pos}}
}

// constants is what a comparison of two literals says, where that can be told.
func (l *lowerer) constants(a, b query.Expr) (said, bool) {
	x, okx := a.(*query.Const)
	y, oky := b.(*query.Const)
	if okx && x.Null || oky && y.Null {
		return said{never: true}, true
	}
	if !okx || !oky {
		return said{}, false
	}
	m, okm := l.numbers[x]
	n, okn := l.numbers[y]
	return said{never: okm && okn && m != n && !x.Recast && !y.Recast}, true
}

// chosen is what is said when what branches yield equals a value: that one of theirs does.
func (l *lowerer) chosen(branches []branch, other operand, pos query.Span) said {
	all := make([]said, 0, len(branches))
	texts := l.untyped(other.e) && !slices.ContainsFunc(branches, func(b branch) bool { return !l.untyped(b.then.e) })
	for _, b := range branches {
		s := l.equals(b.then, other, pos)
		if texts {
			s = said{never: l.strings[b.then.e.(*query.Const)] != l.strings[other.e.(*query.Const)]}
		}
		all = append(all, both(b.not, both(b.when, s)))
	}
	return oneOf(all)
}

// yieldTrue is what is said when branches yield true.
func (l *lowerer) yieldTrue(branches []branch) said {
	all := make([]said, 0, len(branches))
	for _, b := range branches {
		all = append(all, both(b.not, both(b.when, l.saying(b.then.e))))
	}
	return oneOf(all)
}

// branching notes the branches of an operation whose values are of one type, and what it
// implies as a condition.
func (l *lowerer) branching(o *query.Op, branches []branch) {
	if len(branches) == 0 || len(branches) > maxBranches {
		return
	}
	o.Implies = l.yieldTrue(branches).e
	all := make([]operand, 0, len(branches))
	for _, b := range branches {
		all = append(all, b.then)
	}
	t := l.sharedType(all)
	if t == query.Unknown { // they are converted, and what is compared is something else
		return
	}
	for i := range branches {
		branches[i].then.t = t
	}
	put(&l.branches, o, branches)
}

// coalesced notes what COALESCE yields: the first of its arguments that is not null.
func (l *lowerer) coalesced(o *query.Op, args []operand) {
	var branches []branch
	var nulls said
	for _, a := range args {
		branches = append(branches, branch{not: nulls, then: a})
		if _, param := a.e.(*query.Param); !param { // COALESCE (@x, c) = c is how people make a condition optional
			nulls = both(nulls, whereNull(a.e))
		}
	}
	l.branching(o, branches)
}

// orTruth lowers COALESCE (p, TRUE), which is p IS NOT FALSE, and COALESCE (p, FALSE), which is p IS TRUE.
func (l *lowerer) orTruth(args []operand) *query.Op {
	if len(args) != 2 {
		return nil
	}
	c, ok := args[1].e.(*query.Const)
	v, known := l.truths[c]
	if !ok || !known {
		return nil
	}
	return l.tested(args[0].e, !v, !v)
}

// whereNull is what is said where e is null.
func whereNull(e query.Expr) said {
	if c, ok := e.(*query.Const); ok && !c.Null {
		return said{never: true}
	}
	if when, ok := nullWhen(e); ok {
		return oneOf(when)
	}
	return said{}
}

// asText is what is said when two values are equal as they are written. Those of these types are written in one way
// each (PostgreSQL manual, 8.1.1 and 8.12), so what is written alike is the same.
func (l *lowerer) asText(x, other operand, pos query.Span) said {
	op, _ := other.e.(*query.Op)
	y, ok := l.printed[op]
	if !ok || op == nil || x.t != y.t {
		return said{}
	}
	return said{e: &query.Eq{L: x.e, R: y.e, Text: Text(x.e) + "::text = " + Text(y.e) + "::text", Pos: pos}}
}

// sameText is a comparison of what a column is written as with a parameter, which is text then: the
// value that is written so, if there is one. It is nil for any other.
func (l *lowerer) sameText(a, b operand, pos query.Span) query.Expr {
	for _, side := range [][2]operand{{a, b}, {b, a}} {
		op, _ := side[0].e.(*query.Op)
		x, ok := l.printed[op]
		col, isCol := x.e.(*query.Col)
		p, isParam := side[1].e.(*query.Param)
		if !ok || !isCol || !isParam || side[1].t != "text" && side[1].t != pgtype.AnyType {
			continue
		}
		l.equated(p, query.AsText(x.t))
		eq := &query.Eq{L: col, R: p, AsText: true, Text: Text(col) + "::text = " + Text(p), Pos: pos}
		return &query.Op{Args: []query.Expr{side[0].e, p}, Strict: true, Text: "=", Implies: eq}
	}
	return nil
}

// prints notes a cast of a column or parameter to text that tells its values apart.
func (l *lowerer) prints(o *query.Op, e query.Expr, from query.Type, ref catalog.TypeRef) {
	if ref.Name.Schema != pgtype.SystemSchema || ref.Name.Name != "text" && ref.Name.Name != "varchar" || ref.Array || pgtype.Modified(l.db, ref) || l.db.OwnCasts() {
		return
	}
	l.yieldsText(o)
	_, col := e.(*query.Col)
	_, param := e.(*query.Param)
	if (col || param) && (from == "uuid" || from == "int") {
		put(&l.printed, o, operand{e, from})
	}
}
