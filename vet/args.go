package vet

import (
	"go/ast"
	"go/constant"
	"go/types"
	"reflect"
	"strings"
)

// argument is what a parameter of a statement gets: an expression here, or what a function in another
// place gives it.
type argument struct {
	expr  ast.Expr
	level int // of the tenant's id that a function in another place gives, -1 for none
	name  string
}

// arguments are what the parameters of a statement get.
type arguments struct {
	list []argument
	// named are those of pgx.NamedArgs, by name.
	named map[string]argument
	// byName tells that they are pgx.NamedArgs, and rewritten that something else makes another statement.
	byName, rewritten bool
	// colons tells that they are named as sqlx names them.
	colons bool
	// given are the pgx.NamedArgs that somebody else writes out, nil for none.
	given ast.Expr
	// rest is a list that goes on as the others, nil for none.
	rest ast.Expr
	// unseen tells that nobody knows what they are.
	unseen bool
}

const pgxPath = "github.com/jackc/pgx/v5"

// arguments reads those of a call of a driver's function.
func (s *sqlScan) arguments(c *call, k sink) arguments {
	if k.colons {
		return s.fields(c, k)
	}
	if k.args < 0 || k.args > len(c.Args) {
		return arguments{unseen: true}
	}
	args := arguments{}
	for i, e := range c.Args[k.args:] {
		if c.Ellipsis.IsValid() && k.args+i == len(c.Args)-1 {
			return s.spread(args, e)
		}
		s.add(&args, e)
	}
	return args
}

// add appends an argument. What pgx takes as options in front of the arguments is none, and what rewrites the
// statement is understood where it is pgx.NamedArgs written out.
func (s *sqlScan) add(args *arguments, e ast.Expr) {
	n := namedType(s.pass.TypesInfo.TypeOf(e))
	if n == nil || n.Obj().Pkg() == nil {
		args.list = append(args.list, argument{expr: e, level: -1})
		return
	}
	if path := n.Obj().Pkg().Path(); path == pgxPath || path == "github.com/jackc/pgx/v4" {
		switch n.Obj().Name() {
		case "QueryExecMode", "QueryResultFormats", "QueryResultFormatsByOID":
			return
		case "NamedArgs", "StrictNamedArgs":
			s.namedArgs(args, e)
			return
		}
	}
	if rewrites(n) {
		args.unseen, args.rewritten = true, true
		return
	}
	args.list = append(args.list, argument{expr: e, level: -1})
}

// rewrites reports whether a type is a pgx.QueryRewriter, which makes another statement of the one that is given.
func rewrites(n *types.Named) bool {
	for _, t := range []types.Type{n, types.NewPointer(n)} {
		o, _, _ := types.LookupFieldOrMethod(t, true, nil, "RewriteQuery")
		if _, ok := o.(*types.Func); ok {
			return true
		}
	}
	return false
}

func (s *sqlScan) namedArgs(args *arguments, e ast.Expr) {
	args.byName = true
	lit, ok := ast.Unparen(s.only(e)).(*ast.CompositeLit)
	if !ok {
		args.unseen, args.given = true, e
		return
	}
	args.named = map[string]argument{}
	for _, elt := range lit.Elts {
		kv, ok := elt.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if tv := s.pass.TypesInfo.Types[kv.Key]; tv.Value != nil && tv.Value.Kind() == constant.String {
			args.named[constant.StringVal(tv.Value)] = argument{expr: kv.Value, level: -1}
		}
	}
}

// fields are the arguments that sqlx takes from the fields of a struct, of a list of these, or from a map that is written out.
func (s *sqlScan) fields(c *call, k sink) arguments {
	args := arguments{byName: true, colons: true, unseen: true}
	if k.args < 0 || k.args >= len(c.Args) {
		return args
	}
	t := s.pass.TypesInfo.TypeOf(c.Args[k.args])
	for {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		} else if l, ok := t.Underlying().(*types.Slice); ok {
			t = l.Elem()
		} else {
			break
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Map:
		args.unseen = false
		s.namedArgs(&args, c.Args[k.args])
	case *types.Struct:
		args.unseen, args.named = false, map[string]argument{}
		s.columns(&args, u, written(c.Args[k.args]))
	}
	return args
}

// columns are the fields of a struct by the names that sqlx gives them: that of their tag, or else their own in small letters.
func (s *sqlScan) columns(args *arguments, t *types.Struct, of string) {
	for i := range t.NumFields() {
		f := t.Field(i)
		name, _, _ := strings.Cut(reflect.StructTag(t.Tag(i)).Get("db"), ",")
		if embedded, ok := f.Type().Underlying().(*types.Struct); ok && f.Embedded() && name == "" {
			s.columns(args, embedded, of)
			continue
		}
		if name == "" {
			name = strings.ToLower(f.Name())
		}
		a := argument{level: -1, name: of + "." + f.Name()}
		if level, ok := s.idLevel(f.Type()); ok {
			a.level = level
		}
		args.named[name] = a
	}
}

// bound reports whether what a call runs is what sqlx made of a text and its arguments, one as the other: that was judged where it was made.
func (s *sqlScan) bound(c *call, k sink) bool {
	if k.args < 0 || k.args != len(c.Args)-1 || !c.Ellipsis.IsValid() {
		return false
	}
	text, args := s.index.variable(c.Args[k.sql]), s.index.variable(c.Args[k.args])
	if text == nil || args == nil {
		return false
	}
	made, ok := s.index.changed[text].(*ast.AssignStmt)
	if !ok || len(made.Lhs) != 3 || len(made.Rhs) != 1 || s.index.variable(made.Lhs[0]) != text || s.index.variable(made.Lhs[1]) != args {
		return false
	}
	for _, v := range []types.Object{text, args} {
		if s.index.times[v] != 1 || len(s.index.values[v]) > 0 || v.Parent() == s.pass.Pkg.Scope() {
			return false
		}
	}
	by, ok := ast.Unparen(made.Rhs[0]).(*ast.CallExpr)
	if !ok || s.index.shared(args) {
		return false
	}
	fn, ok := called(s.pass.TypesInfo, by).(*types.Func)
	return ok && binds(fn) && isSink(fn)
}

func isSink(fn *types.Func) bool {
	_, ok := sinkOf(fn)
	return ok
}

// only is the one value of a variable that an expression names, which nothing else changes; otherwise the expression.
func (s *sqlScan) only(e ast.Expr) ast.Expr {
	v := s.index.variable(e)
	if v == nil || s.index.changed[v] != nil || s.index.shared(v) || len(s.index.values[v]) != 1 || s.index.values[v][0] == nil {
		return e
	}
	return s.index.values[v][0]
}

// spread reads a list that goes on as arguments.
func (s *sqlScan) spread(args arguments, e ast.Expr) arguments {
	lit, ok := ast.Unparen(s.only(e)).(*ast.CompositeLit)
	if !ok {
		args.rest = e
		return args
	}
	for _, elt := range lit.Elts {
		if _, keyed := elt.(*ast.KeyValueExpr); keyed {
			args.unseen = true
			return args
		}
		s.add(&args, elt)
	}
	return args
}

// argumentsOn are the arguments of a statement that a function in between hands on.
func (s *sqlScan) argumentsOn(c *call, t template) arguments {
	args := arguments{unseen: t.Unseen}
	for _, a := range t.Args {
		switch {
		case a.Param < 0:
			args.list = append(args.list, argument{level: a.Level, name: a.Name})
		case a.Param < len(c.Args):
			s.add(&args, c.Args[a.Param])
		default:
			args.unseen = true
		}
	}
	args.byName, args.colons = t.ByName, t.Colons
	if t.Named >= 0 && t.Named < len(c.Args) {
		s.namedArgs(&args, c.Args[t.Named])
	}
	if t.Rest < 0 || t.Rest > len(c.Args) {
		return args
	}
	for i, e := range c.Args[t.Rest:] {
		if c.Ellipsis.IsValid() && t.Rest+i == len(c.Args)-1 {
			return s.spread(args, e)
		}
		s.add(&args, e)
	}
	return args
}

// sourceOf is an argument as a fact about a function tells it to callers.
func (s *sqlScan) sourceOf(a argument, of types.Object) given {
	if a.expr == nil {
		return given{-1, a.level, a.name}
	}
	if level, ok := s.tenant(a.expr, 0); ok {
		return given{-1, level, written(a.expr)}
	}
	return given{s.parameter(a.expr, of), -1, written(a.expr)}
}

// tenant is the level of the tenant's id that an expression is: a value of its type, or what is made of one by a
// conversion, a field or a method without arguments.
func (s *sqlScan) tenant(e ast.Expr, depth int) (int, bool) {
	if depth > maxDepth {
		return 0, false
	}
	e = ast.Unparen(e)
	if level, ok := s.idLevel(s.pass.TypesInfo.TypeOf(e)); ok {
		return level, true
	}
	switch e := e.(type) {
	case *ast.UnaryExpr:
		return s.tenant(e.X, depth+1)
	case *ast.StarExpr:
		return s.tenant(e.X, depth+1)
	case *ast.SelectorExpr:
		if sel := s.pass.TypesInfo.Selections[e]; sel != nil && sel.Kind() == types.FieldVal {
			if _, ok := s.idLevel(s.pass.TypesInfo.TypeOf(e.X)); ok {
				return s.tenant(e.X, depth+1)
			}
		}
	case *ast.CallExpr:
		if tv := s.pass.TypesInfo.Types[e.Fun]; tv.IsType() && len(e.Args) == 1 {
			return s.tenant(e.Args[0], depth+1)
		}
		if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && len(e.Args) == 0 && s.pass.TypesInfo.Selections[sel] != nil {
			return s.tenant(sel.X, depth+1)
		}
	case *ast.Ident:
		return s.variableOf(e, depth)
	}
	return 0, false
}

// variableOf is the level of the ids of which alone a variable is made.
func (s *sqlScan) variableOf(e *ast.Ident, depth int) (int, bool) {
	v := s.index.variable(e)
	if v == nil || s.index.changed[v] != nil || len(s.index.partly[v]) > 0 || len(s.index.values[v]) == 0 {
		return 0, false
	}
	if _, ok := s.index.params[v]; ok {
		return 0, false
	}
	level := -1
	for _, value := range s.index.values[v] {
		if value == nil {
			return 0, false
		}
		l, ok := s.tenant(value, depth+1)
		if !ok || level >= 0 && l != level {
			return 0, false
		}
		level = l
	}
	return level, true
}
