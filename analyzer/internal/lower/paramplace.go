package lower

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// operand is a lowered expression with its type.
type operand struct {
	e query.Expr
	t query.Type
}

// operands lowers nodes, of which those that are nil are skipped.
func (x *exprs) operands(nodes ...*pg.Node) []operand {
	all := make([]operand, 0, len(nodes))
	for _, n := range nodes {
		if n != nil {
			e, t := x.expr(n)
			all = append(all, operand{e, t})
		}
	}
	return all
}

func exprsOf(all []operand) []query.Expr {
	var out []query.Expr
	for _, o := range all {
		out = append(out, o.e)
	}
	return out
}

// sharedType is the type that PostgreSQL gives the values without one among several that it
// compares or turns into one type (PostgreSQL manual, 10.2 and 10.5): Unknown when the
// others are not of one family.
func (l *lowerer) sharedType(all []operand) query.Type {
	t := pgtype.AnyType
	for _, o := range all {
		ot := l.resultOf(o.e, o.t)
		switch {
		case ot == pgtype.AnyType:
		case t == pgtype.AnyType || t == ot:
			t = ot
		default:
			return query.Unknown
		}
	}
	if t == pgtype.AnyType {
		return "text"
	}
	return t
}

// share notes the type that the values without one get.
func (l *lowerer) share(all []operand) {
	t := l.sharedType(all)
	for _, o := range all {
		if o.t == pgtype.AnyType {
			l.typed(o.e, t)
		}
	}
}

// compared lowers operands that PostgreSQL gives one type, or types that it compares.
func (x *exprs) compared(text string, nodes ...*pg.Node) *query.Op {
	all := x.operands(nodes...)
	x.l.share(all)
	return &query.Op{Args: exprsOf(all), Text: text}
}

// binary lowers an operator and notes what it makes of parameters.
func (x *exprs) binary(text string, a *pg.A_Expr) *query.Op {
	all := x.operands(a.GetLexpr(), a.GetRexpr())
	o := &query.Op{Args: exprsOf(all), Text: text}
	name, t := parsetree.OperatorName(a), x.l.sharedType(all)
	if len(all) == 2 {
		o.Mutable = pgtype.MutableOperator(name, all[0].t, all[1].t)
	}
	switch {
	case len(all) != 2:
	case pgtype.OrderOperators[name]:
		x.l.share(all)
		x.bounds(o, all)
	case pgtype.NumberOperators[name] && (t == "int" || t == "numeric"):
		x.l.share(all)
	case pgtype.TextOperators[name] && t == "text":
		x.l.share(all)
		if name == "||" {
			x.l.yieldsText(o)
		}
	case pgtype.KeyOperators[name] && all[0].t != pgtype.AnyType && all[1].t == pgtype.AnyType:
		x.l.typed(all[1].e, "text")
	}
	if name == "->>" || name == "#>>" {
		x.l.yieldsText(o)
	}
	return o
}

// caseOf lowers CASE: its results are of one type, and its operand is compared with each
// value (src/backend/parser/parse_expr.c, transformCaseExpr).
func (x *exprs) caseOf(c *pg.CaseExpr) *query.Op {
	all := x.operands(c.GetArg())
	arg := slices.Clone(all)
	results := x.operands(c.GetDefresult())
	last := slices.Clone(results)
	all = append(all, results...)
	if len(arg) > 0 && arg[0].t == pgtype.AnyType {
		x.l.typed(arg[0].e, "text")
		arg[0].t = "text"
	}
	var branches []branch
	var before said
	for _, n := range c.GetArgs() {
		w := n.GetCaseWhen()
		if w == nil {
			x.l.odd(parsetree.LocationOf(n), "CASE")
		}
		value, result := x.operands(w.GetExpr()), x.operands(w.GetResult())
		if len(arg) > 0 {
			x.l.share(append(slices.Clone(arg), value...))
		}
		results = append(results, result...)
		all = append(append(all, value...), result...)
		if len(value) == 1 && len(result) == 1 {
			when := x.l.saying(value[0].e)
			if len(arg) > 0 {
				when = x.l.equals(arg[0], value[0], spanOf(arg[0].e, value[0].e, x.l.token(w.GetLocation())))
			}
			branches = append(branches, branch{not: before, when: when, then: result[0]})
			before = both(before, x.l.notTrue(value[0].e, len(arg) > 0))
		}
	}
	x.l.share(results)
	o := &query.Op{Args: exprsOf(all), Text: "CASE", Chooses: true, Pos: x.l.token(c.GetLocation())}
	for _, r := range last {
		branches = append(branches, branch{not: before, then: r})
	}
	x.l.branching(o, branches)
	if len(branches) <= maxBranches {
		put(&x.l.cases, o, branches)
	}
	return o
}

// passed lowers the arguments of a function and notes what it makes of parameters.
func (x *exprs) passed(name string, f *pg.FuncCall) *query.Op {
	all, takes := x.operands(f.GetArgs()...), x.takes(f)
	for i, o := range all {
		if o.t == pgtype.AnyType && i < len(takes) {
			x.l.typed(o.e, takes[i])
		}
	}
	o := &query.Op{Args: exprsOf(all), Text: name}
	if x.builtIn(f) && (name == "lower" || name == "upper") && len(all) == 1 && x.l.sharedType(all) == "text" {
		x.l.yieldsText(o)
	}
	return o
}

// takes lists the types that a call gives to arguments without one, as far as they are
// known: those of the one function that it can mean.
func (x *exprs) takes(f *pg.FuncCall) []query.Type {
	full := parsetree.Strings(f.GetFuncname())
	if f.GetFuncVariadic() || f.GetAggWithinGroup() || len(full) == 0 {
		return nil
	}
	name := parsetree.QualifiedName(full)
	switch {
	case !x.builtIn(f):
		return x.declares(name)
	case pgtype.AnyFunctions[name.Name]:
		return slices.Repeat([]query.Type{pgtype.AnyType}, len(f.GetArgs()))
	}
	return pgtype.TextFunctions[name.Name]
}

// builtIn reports whether a call means a function of pg_catalog and can mean no other.
func (x *exprs) builtIn(f *pg.FuncCall) bool {
	name := parsetree.QualifiedName(parsetree.Strings(f.GetFuncname()))
	_, ok := pgtype.Builtins[name.Name]
	return ok && (name.Schema == "" || name.Schema == pgtype.SystemSchema) &&
		!pgtype.HasFunction(x.l.db.Functions, catalog.Name{Name: name.Name}) && !pgtype.ExtensionFunction(x.l.db.Extensions, name.Name) && !x.namesType(name.Name)
}

// declares lists the types of the parameters of the one function of a name.
func (x *exprs) declares(name catalog.Name) []query.Type {
	if pgtype.IsSystemFunction(name.Name) || pgtype.ExtensionFunction(x.l.db.Extensions, name.Name) || x.namesType(name.Name) {
		return nil
	}
	var found []*catalog.Function
	for _, fn := range x.l.db.Functions {
		if fn.Name.Name == name.Name {
			found = append(found, fn)
		}
	}
	if len(found) != 1 {
		return nil
	}
	var types []query.Type
	for _, a := range pgtype.Inputs(found[0]) {
		if a.Mode == "variadic" {
			break
		}
		types = append(types, x.l.castFamily(a.Type))
	}
	return types
}

// namesType reports whether a call by name may be a cast: with one argument that has no
// type, the name of a type goes first (PostgreSQL manual, 10.3).
func (x *exprs) namesType(name string) bool {
	if x.l.hasType(catalog.Name{Schema: pgtype.SystemSchema, Name: name}) {
		return true
	}
	return slices.ContainsFunc(x.l.db.Types, func(t *catalog.Type) bool { return t.Name.Name == name }) ||
		slices.ContainsFunc(x.l.db.Tables, func(t *catalog.Table) bool { return t.Name.Name == name }) ||
		slices.ContainsFunc(x.l.db.Views, func(v *catalog.View) bool { return v.Name.Name == name })
}
