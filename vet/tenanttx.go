package vet

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
)

const txDoc = `report calls beside a tenant's transaction, and transactions that outlive their function

Inside of InTx the repositories around it run on another connection: what they do is not undone with the
transaction. The Tx ends with the function that it was made for, and no other goroutine may use it. An id
that one context names is not used with another context.`

// newTenantTx makes the analyzer of transactions.
func newTenantTx(from source, statements *analysis.Analyzer) *analysis.Analyzer {
	return &analysis.Analyzer{Name: "tenanttx", Doc: txDoc, URL: docs + "tenanttx", ResultType: resultType, Requires: []*analysis.Analyzer{statements},
		Run: func(pass *analysis.Pass) (any, error) {
			s, err := from(pass)
			if err != nil || s == nil {
				return &Findings{}, err
			}
			t := &txScan{scan: newScan(pass, "tenanttx", s), index: pass.ResultOf[statements].(*Findings).index, within: map[types.Object]ast.Expr{}}
			return t.run(), nil
		}}
}

// txScan looks for what is done with transactions.
type txScan struct {
	*scan
	index *index
	// within are the contexts that functions of transactions get, with those of the transactions.
	within map[types.Object]ast.Expr
}

func (s *txScan) run() *Findings {
	s.decls(func(d ast.Decl) { ast.Inspect(d, s.node) })
	return s.done()
}

func (s *txScan) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		if fn := s.begins(n); fn != nil {
			s.inside(n, fn)
		}
		s.otherContext(n)
		s.spawns(n)
	case *ast.GoStmt:
		s.inGoroutine(n.Call)
	case *ast.AssignStmt:
		s.kept(n)
	case *ast.SendStmt:
		if s.ours(s.pass.TypesInfo.TypeOf(n.Value), "Tx") {
			s.says(n.Value, txEscapes.Name, "the transaction is sent to somebody else, and ends with its function", "do in the function what the transaction is for")
		}
	}
	return true
}

// ours reports whether a type is one of our generated package, or a pointer to it.
func (s *txScan) ours(t types.Type, name string) bool {
	if t == nil {
		return false
	}
	n := namedType(t)
	if n == nil || n.Obj().Pkg() == nil || n.Obj().Name() != name {
		return false
	}
	for _, imported := range s.code.Repositories {
		if imported == n.Obj().Pkg().Path() {
			return true
		}
	}
	return false
}

// begins is the function that a call runs in a transaction of the repositories; nil for other calls.
func (s *txScan) begins(c *ast.CallExpr) *ast.FuncLit {
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok || len(c.Args) == 0 || !s.ours(s.pass.TypesInfo.TypeOf(sel.X), "Repositories") {
		return nil
	}
	fn, _ := ast.Unparen(c.Args[len(c.Args)-1]).(*ast.FuncLit)
	return fn
}

// inside reports calls of the repositories around a transaction from within it.
func (s *txScan) inside(c *ast.CallExpr, fn *ast.FuncLit) {
	if names := fn.Type.Params.List; len(names) > 0 && len(names[0].Names) > 0 {
		s.within[s.pass.TypesInfo.Defs[names[0].Names[0]]] = c.Args[0]
	}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 || outsideTx(call.Args[0]) {
			return true
		}
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok {
			return true
		}
		of := sel.X
		if field, ok := ast.Unparen(of).(*ast.SelectorExpr); ok && !s.ours(s.pass.TypesInfo.TypeOf(of), "Repositories") {
			of = field.X
		}
		if s.ours(s.pass.TypesInfo.TypeOf(of), "Repositories") {
			s.says(call.Fun, outsideOfTx.Name, written(of)+" is not part of the transaction: the call runs on another connection", "call it on the Tx that the function is given, or with tenant.OutsideTx(ctx)", s.onTx(fn, call, of)...)
		}
		return true
	})
}

// outsideTx reports whether a context is one for calls beside the transaction, on purpose.
func outsideTx(e ast.Expr) bool {
	c, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "OutsideTx"
}

// spawning are functions that have another goroutine call what they are given: those of errgroup, sync.WaitGroup, time and pools.
var spawning = []string{"Go", "TryGo", "AfterFunc", "Submit", "Schedule"}

// spawns reports transactions that a function literal uses which such a function is given.
func (s *txScan) spawns(c *ast.CallExpr) {
	fn := called(s.pass.TypesInfo, c)
	if fn == nil || !slices.Contains(spawning, fn.Name()) {
		return
	}
	for _, e := range c.Args {
		if lit, ok := ast.Unparen(e).(*ast.FuncLit); ok {
			s.inGoroutine(lit)
		}
	}
}

// inGoroutine reports transactions that what another goroutine runs uses.
func (s *txScan) inGoroutine(g ast.Node) {
	ast.Inspect(g, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || !s.ours(s.pass.TypesInfo.TypeOf(id), "Tx") {
			return true
		}
		if o, ok := s.pass.TypesInfo.Uses[id].(*types.Var); ok && (o.Pos() < g.Pos() || o.Pos() >= g.End()) {
			s.says(id, txEscapes.Name, "another goroutine uses the transaction, which is of one connection and ends with its function", "call it in the function itself, or begin a transaction in the goroutine")
		}
		return true
	})
}

// kept reports transactions that are put where they outlive their function.
func (s *txScan) kept(n *ast.AssignStmt) {
	for i, left := range n.Lhs {
		if len(n.Lhs) != len(n.Rhs) || !s.ours(s.pass.TypesInfo.TypeOf(n.Rhs[i]), "Tx") {
			continue
		}
		switch left := ast.Unparen(left).(type) {
		case *ast.SelectorExpr, *ast.IndexExpr, *ast.StarExpr:
		case *ast.Ident:
			source, _ := s.index.variable(n.Rhs[i]).(*types.Var)
			v, ok := s.pass.TypesInfo.ObjectOf(left).(*types.Var)
			if !ok || source == nil || n.Tok == token.DEFINE || v.Parent() != v.Pkg().Scope() && !declaredAround(v, source) {
				continue
			}
		}
		s.says(n.Rhs[i], txEscapes.Name, "the transaction is kept in "+written(left)+", and ends with its function", "hand it on as an argument")
	}
}

// declaredAround reports whether a variable's scope is around that of another.
func declaredAround(v, inner *types.Var) bool {
	for scope := inner.Parent(); scope != nil; scope = scope.Parent() {
		if scope == v.Parent() {
			return scope != inner.Parent()
		}
	}
	return false
}

// otherContext reports a call with the id that one context names and another context.
func (s *txScan) otherContext(c *ast.CallExpr) {
	if len(c.Args) < 2 {
		return
	}
	if _, is := s.idLevel(s.pass.TypesInfo.TypeOf(c.Args[1])); !is {
		return
	}
	named, used := s.named(c.Args[1]), s.origin(c.Args[0], 0)
	if named != nil && used != nil && named != used {
		s.says(c.Args[0], otherContext.Name, written(c.Args[1])+" is the tenant of "+named.Name()+", and the call is made with "+written(c.Args[0]), "use one context, and the id that it names")
	}
}

// named is the context that names an id, where one alone does.
func (s *txScan) named(id ast.Expr) types.Object {
	v := s.index.variable(id)
	if v == nil || len(s.index.values[v]) > 0 {
		return nil
	}
	n, ok := s.index.changed[v].(*ast.AssignStmt) // org, err := repo.OrgIDFrom(ctx)
	if !ok || len(n.Rhs) != 1 || s.index.variable(n.Lhs[0]) != v {
		return nil
	}
	c, ok := ast.Unparen(n.Rhs[0]).(*ast.CallExpr)
	if !ok || len(c.Args) != 1 || !isContext(s.pass.TypesInfo.TypeOf(c.Args[0])) {
		return nil
	}
	return s.origin(c.Args[0], 0)
}

// origin is the variable that a context is derived from, nil where that is not known.
func (s *txScan) origin(e ast.Expr, depth int) types.Object {
	if depth > maxDepth || !isContext(s.pass.TypesInfo.TypeOf(e)) && s.index.variable(e) == nil {
		return nil
	}
	v := s.index.variable(e)
	if v == nil {
		return nil
	}
	if around, ok := s.within[v]; ok {
		return s.origin(around, depth+1)
	}
	if n, ok := s.index.changed[v].(*ast.AssignStmt); ok && len(n.Rhs) == 1 { // ctx, cancel := context.WithTimeout(parent, …)
		c, ok := ast.Unparen(n.Rhs[0]).(*ast.CallExpr)
		if !ok || len(c.Args) == 0 || outsideTenant(c) || len(s.index.values[v]) > 0 {
			return nil
		}
		return s.origin(c.Args[0], depth+1)
	}
	switch values := s.index.values[v]; {
	case s.index.changed[v] != nil || len(values) > 1 || len(values) == 1 && values[0] == nil:
		return nil
	case len(values) == 1:
		c, ok := ast.Unparen(values[0]).(*ast.CallExpr)
		if !ok {
			return s.origin(values[0], depth+1)
		}
		if len(c.Args) == 0 || outsideTenant(c) {
			return nil
		}
		return s.origin(c.Args[0], depth+1)
	}
	return v
}

// outsideTenant reports whether a call makes a context for another tenant, or for none.
func outsideTenant(c *ast.CallExpr) bool {
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	return ok && (sel.Sel.Name == "OutsideTenant" || sel.Sel.Name == "NewContext")
}

func isContext(t types.Type) bool {
	return t != nil && types.TypeString(t, nil) == "context.Context"
}

// says reports something, unless the place is declared.
func (s *txScan) says(at ast.Expr, rule, message, hint string, fixes ...analysis.SuggestedFix) {
	if s.declared(s.vet.Tx, at.Pos()) != nil {
		return
	}
	s.report(Finding{Pos: at.Pos(), End: at.End(), Rule: rule, Func: funcName(s.in), Text: written(at), Message: message, Hint: hint, Fixes: fixes})
}
