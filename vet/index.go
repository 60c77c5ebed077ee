package vet

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// index knows everything that a package's variables are given, wherever that is: which statement comes first does not
// count, so that all of it is what a variable may hold.
type index struct {
	info *types.Info
	// values are the expressions that a variable is assigned, nil for its zero value.
	values map[types.Object][]ast.Expr
	// changed says of a variable what else gives it a value: a range, a call of several results, its address. Of several it
	// is what appended does not have.
	changed map[types.Object]ast.Node
	// times is how often changed was said of a variable.
	times map[types.Object]int
	// appended are the texts that a variable is made longer by, each maybe, in the order in which they stand.
	appended map[types.Object][]appended
	// partly are the places where a part of what a variable holds may be written: an element, a field, the bytes of a slice of it,
	// whatever a method does to the variable, whose address it gets.
	partly map[types.Object][]ast.Expr
	// sent are the arguments of functions that run SQL.
	sent map[ast.Expr]bool
	// repeats are what may run again: loops and function literals. jumps tells that there is a goto, by which anything may.
	repeats []ast.Node
	jumps   bool
	consts  map[types.Object]ast.Expr
	params  map[types.Object]param
	funcs   map[types.Object]*ast.FuncDecl
	// literals are the function literals that a variable holds and nothing else, by the variable.
	literals map[types.Object]*ast.FuncLit
	// plain are the uses of variables that change nothing of what these hold: as a whole, where they are assigned;
	// as an argument of a function that runs SQL; an element that is read.
	plain map[*ast.Ident]bool
	uses  map[types.Object][]*ast.Ident
}

// appended is a text that a statement makes a variable longer by: query += " FOR UPDATE".
type appended struct {
	by ast.Expr
	at ast.Node
}

// param is a parameter of a function that is declared, or held by one variable.
type param struct {
	of    types.Object
	index int
}

func newIndex(info *types.Info, files []*ast.File) *index {
	x := &index{info: info, values: map[types.Object][]ast.Expr{}, changed: map[types.Object]ast.Node{}, times: map[types.Object]int{}, appended: map[types.Object][]appended{}, partly: map[types.Object][]ast.Expr{}, sent: map[ast.Expr]bool{}, consts: map[types.Object]ast.Expr{},
		params: map[types.Object]param{}, funcs: map[types.Object]*ast.FuncDecl{}, literals: map[types.Object]*ast.FuncLit{}, plain: map[*ast.Ident]bool{}, uses: map[types.Object][]*ast.Ident{}}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool { x.node(n); return true })
	}
	for v, values := range x.values {
		if lit := onlyLiteral(values); lit != nil && x.changed[v] == nil {
			x.literals[v] = lit
			x.parameters(v, lit.Type)
		}
	}
	return x
}

// onlyLiteral is the one function literal among the values of a variable.
func onlyLiteral(values []ast.Expr) *ast.FuncLit {
	var found *ast.FuncLit
	for _, v := range values {
		if v == nil {
			continue // it is declared first, for a literal that calls itself
		}
		lit, ok := ast.Unparen(v).(*ast.FuncLit)
		if !ok || found != nil {
			return nil
		}
		found = lit
	}
	return found
}

func (x *index) node(n ast.Node) {
	x.writesPart(n)
	switch n := n.(type) {
	case *ast.FuncDecl:
		if fn := x.info.Defs[n.Name]; fn != nil {
			x.funcs[fn] = n
			x.parameters(fn, n.Type)
		}
	case *ast.FuncType:
		if n.Results != nil {
			for _, f := range n.Results.List {
				for _, name := range f.Names {
					x.change(x.info.Defs[name], n) // return gives it one
				}
			}
		}
	case *ast.AssignStmt:
		for _, left := range n.Lhs {
			x.reads(left)
			if i, ok := ast.Unparen(left).(*ast.IndexExpr); ok {
				if id, ok := ast.Unparen(i.X).(*ast.Ident); ok {
					x.plain[id] = false
				}
			}
		}
		x.assign(n)
	case *ast.CallExpr:
		if fn, ok := called(x.info, n).(*types.Func); ok {
			if _, runs := sinkOf(fn); runs {
				for _, e := range n.Args {
					x.reads(e)
				}
			}
		}
		if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && id.Name == "len" {
			x.reads(n.Args[0])
		}
	case *ast.IndexExpr:
		if id, ok := ast.Unparen(n.X).(*ast.Ident); ok {
			if _, seen := x.plain[id]; !seen {
				x.plain[id] = true
			}
		}
	case *ast.Ident:
		if v, ok := x.info.Uses[n].(*types.Var); ok {
			x.uses[v] = append(x.uses[v], n)
		}
	case *ast.GenDecl:
		for _, spec := range n.Specs {
			if spec, ok := spec.(*ast.ValueSpec); ok {
				x.valueSpec(n, spec)
			}
		}
	case *ast.RangeStmt:
		x.repeats = append(x.repeats, n.Body)
		x.rangeOver(n)
	case *ast.ForStmt:
		x.repeats = append(x.repeats, n)
	case *ast.FuncLit:
		x.repeats = append(x.repeats, n.Body)
	case *ast.BranchStmt:
		x.jumps = x.jumps || n.Tok == token.GOTO
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			if v := x.variable(n.X); v != nil {
				x.change(v, n)
			}
		}
	}
}

// change notes that something else than an assigned expression gives a variable a value.
func (x *index) change(v types.Object, n ast.Node) {
	x.changed[v] = n
	x.times[v]++
}

// reads notes a use that changes nothing of what a variable holds.
func (x *index) reads(e ast.Expr) {
	if id, ok := ast.Unparen(e).(*ast.Ident); ok {
		x.plain[id] = true
	}
}

// shared reports whether what a variable holds may be changed by something else than an assignment: by somebody who
// gets it, or by an element that is set.
func (x *index) shared(v types.Object) bool {
	for _, id := range x.uses[v] {
		if !x.plain[id] {
			return true
		}
	}
	return false
}

// parameters notes those of a function.
func (x *index) parameters(of types.Object, t *ast.FuncType) {
	i := 0
	for _, f := range t.Params.List {
		for _, name := range f.Names {
			if v := x.info.Defs[name]; v != nil {
				x.params[v] = param{of, i}
			}
			i++
		}
		if len(f.Names) == 0 {
			i++
		}
	}
}

// variable is the variable that an expression names.
func (x *index) variable(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if v, ok := x.info.ObjectOf(e).(*types.Var); ok {
			return v
		}
	case *ast.SelectorExpr:
		if v, ok := x.info.ObjectOf(e.Sel).(*types.Var); ok && !v.IsField() {
			return v
		}
	}
	return nil
}

func (x *index) assign(n *ast.AssignStmt) {
	for i, left := range n.Lhs {
		v := x.variable(left)
		if v == nil {
			continue
		}
		switch {
		case n.Tok == token.ADD_ASSIGN && len(n.Rhs) == 1:
			x.appended[v] = append(x.appended[v], appended{n.Rhs[0], n})
			if x.times[v]++; x.changed[v] == nil {
				x.changed[v] = n
			}
		case n.Tok != token.ASSIGN && n.Tok != token.DEFINE, len(n.Lhs) != len(n.Rhs):
			x.change(v, n)
		default:
			x.values[v] = append(x.values[v], n.Rhs[i])
		}
	}
}

func (x *index) valueSpec(d *ast.GenDecl, spec *ast.ValueSpec) {
	for i, name := range spec.Names {
		o := x.info.Defs[name]
		switch {
		case o == nil:
		case d.Tok == token.CONST:
			if i < len(spec.Values) {
				x.consts[o] = spec.Values[i]
			}
		case len(spec.Values) == len(spec.Names):
			x.values[o] = append(x.values[o], spec.Values[i])
		case len(spec.Values) == 0 && !embedded(d, spec):
			x.values[o] = append(x.values[o], nil)
		default:
			x.change(o, spec)
		}
	}
}

// embedded reports whether a variable is filled from a file.
func embedded(d *ast.GenDecl, spec *ast.ValueSpec) bool {
	for _, doc := range []*ast.CommentGroup{d.Doc, spec.Doc} {
		if doc == nil {
			continue
		}
		for _, c := range doc.List {
			if strings.HasPrefix(c.Text, "//go:embed ") {
				return true
			}
		}
	}
	return false
}

// rangeOver gives the variable of a loop over a list that is written out the elements of it.
func (x *index) rangeOver(n *ast.RangeStmt) {
	for _, e := range []ast.Expr{n.Key, n.Value} {
		v := types.Object(nil)
		if e != nil {
			v = x.variable(e)
		}
		if v == nil {
			continue
		}
		list, ok := ast.Unparen(n.X).(*ast.CompositeLit)
		if e == n.Key || !ok {
			x.change(v, n)
			continue
		}
		for _, elt := range list.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				elt = kv.Value
			}
			x.values[v] = append(x.values[v], elt)
		}
	}
}

// constant is the text of an expression that Go holds to be a constant.
func (x *index) constant(e ast.Expr) (string, bool) {
	tv := x.info.Types[e]
	if tv.Value == nil || tv.Value.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(tv.Value), true
}
