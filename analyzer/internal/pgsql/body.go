package pgsql

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// body is a function whose query is being lowered, with what its parameters stand for.
type body struct {
	fn     *catalog.Function
	args   []query.Expr
	types  []query.Type
	parent *body
}

// arg returns what parameter i stands for, counted from 0.
func (b *body) arg(i int) (query.Expr, query.Type, bool) {
	if i < 0 || i >= len(b.args) {
		return nil, query.Unknown, false
	}
	return b.args[i], b.types[i], true
}

// named returns what the parameter of that name stands for; a column of the name goes
// first (PostgreSQL manual, 38.5.1).
func (b *body) named(name string) (query.Expr, query.Type, bool) {
	if b == nil || name == "" {
		return nil, query.Unknown, false
	}
	return b.arg(slices.IndexFunc(inputs(b.fn), func(a catalog.Arg) bool { return a.Name == name }))
}

func inputs(fn *catalog.Function) []catalog.Arg {
	return slices.DeleteFunc(slices.Clone(fn.Args), func(a catalog.Arg) bool { return a.Mode == "out" || a.Mode == "table" })
}

// inlined lowers a call of an SQL function by its body: one SELECT, correlated with the
// arguments. Nothing is said of the value, but whatever it reads must be the tenant's.
// It reports false for a function whose body is not understood so well.
func (x *exprs) inlined(full []string, f *pg.FuncCall) (query.Expr, bool) {
	fn := x.only(full)
	if fn == nil || !bare(f) || fn.Language != "sql" || fn.Kind != "function" || fn.SecurityDefiner {
		return nil, false
	}
	in := inputs(fn)
	simple := !slices.ContainsFunc(in, func(a catalog.Arg) bool { return a.Mode != "in" || a.HasDefault })
	named := slices.ContainsFunc(f.GetArgs(), func(n *pg.Node) bool { return n.GetNamedArgExpr() != nil })
	if !simple || named || len(in) != len(f.GetArgs()) {
		return nil, false
	}
	for b := x.l.body; b != nil; b = b.parent {
		if b.fn == fn {
			return nil, false // recursion has no end here
		}
	}
	tree, err := pg.Parse(fn.Body)
	if err != nil || len(tree.Stmts) != 1 || tree.Stmts[0].Stmt.GetSelectStmt() == nil {
		return nil, false
	}
	b := &body{fn: fn, parent: x.l.body}
	for i, n := range f.GetArgs() {
		e, t := x.expr(n)
		want := x.l.family(in[i].Type)
		if t != anyType && t != want || want == query.Unknown {
			e, want = &query.Op{Args: []query.Expr{e}, Text: Text(e)}, query.Unknown
		}
		b.args, b.types = append(b.args, e), append(b.types, want)
	}
	at := x.l.token(f.GetLocation())
	if x.l.via != nil {
		at = x.l.via.at
	}
	if fn.Volatility == "" || fn.Volatility == "volatile" {
		x.l.effects++
	}
	savedBody, savedVia, savedPath := x.l.body, x.l.via, x.l.path
	x.l.body, x.l.via = b, &via{&catalog.View{Name: fn.Name}, "function " + fn.Name.String(), at, savedVia}
	if fn.SearchPath != nil {
		x.l.path = searchPath(fn.SearchPath)
	}
	q := x.l.subquery(tree.Stmts[0].Stmt, nil, nil)
	x.l.body, x.l.via, x.l.path = savedBody, savedVia, savedPath
	return &query.Sub{Kind: query.Other, Query: q, Text: fn.Name.String() + "(…)", Pos: at}, true
}

// only returns the function that a name means when it means one, and no built-in.
func (x *exprs) only(full []string) *catalog.Function {
	var found *catalog.Function
	name := full[len(full)-1]
	if _, builtin := builtins[name]; builtin || dangerous[name] != "" {
		return nil
	}
	for _, fn := range x.l.db.Functions {
		if fn.Name.Name != name || len(full) == 2 && fn.Name.Schema != full[0] {
			continue
		}
		if found != nil || len(full) > 2 {
			return nil
		}
		found = fn
	}
	return found
}
