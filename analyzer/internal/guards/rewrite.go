package guards

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// rewriter puts guards into one file.
type rewriter struct {
	w          *writer
	fset       *token.FileSet
	text       string
	pkg, file  string
	fn         string
	results    *ast.FieldList // of the function that is rewritten
	seen       map[string]int // how often a function had a text
	insertions []insertion
}

// guard adds a guard and returns its number.
func (r *rewriter) guard(n ast.Node, kind Kind, refusing, forceTrue, forceFalse bool) int {
	text := r.said(n)
	key := r.fn + "\x00" + string(kind) + "\x00" + text
	nth := r.seen[key]
	r.seen[key]++
	r.w.guards = append(r.w.guards, Guard{Package: r.pkg, Func: r.fn, Text: text, Nth: nth, Kind: kind, Refusing: refusing,
		True: forceTrue, False: forceFalse, File: r.file, Line: r.fset.Position(n.Pos()).Line})
	return len(r.w.guards) - 1
}

// said is the text of a node in one line, without the bodies of functions in it.
func (r *rewriter) said(n ast.Node) string {
	var b strings.Builder
	last := r.offset(n.Pos())
	ast.Inspect(n, func(x ast.Node) bool {
		lit, ok := x.(*ast.FuncLit)
		if ok {
			b.WriteString(r.text[last:r.offset(lit.Body.Pos())] + "{…}")
			last = r.offset(lit.Body.End())
		}
		return !ok
	})
	b.WriteString(r.text[last:r.offset(n.End())])
	said := []rune(strings.Join(strings.Fields(b.String()), " "))
	if len(said) > 110 {
		said = append(said[:110], '…')
	}
	return string(said)
}

func (r *rewriter) block(b *ast.BlockStmt) {
	if b != nil {
		r.stmts(b.List)
	}
}

func (r *rewriter) stmts(list []ast.Stmt) {
	for _, s := range list {
		r.stmt(s)
	}
}

func (r *rewriter) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.BlockStmt:
		r.block(s)
	case *ast.ExprStmt:
		r.call(s)
	case *ast.AssignStmt:
		r.assign(s)
	case *ast.ReturnStmt:
		r.returned(s)
	case *ast.IfStmt:
		r.simple(s.Init)
		r.cond(s.Cond, Cond, refuses(s.Body.List))
		r.block(s.Body)
		if s.Else != nil {
			r.stmt(s.Else)
		}
	case *ast.ForStmt: // its condition forced would never end
		r.block(s.Body)
	case *ast.RangeStmt:
		r.expr(s.X)
		r.block(s.Body)
	case *ast.SwitchStmt:
		r.switched(s)
	case *ast.TypeSwitchStmt:
		for _, c := range s.Body.List {
			r.stmts(c.(*ast.CaseClause).Body)
		}
	case *ast.LabeledStmt:
		r.stmt(s.Stmt)
	case *ast.DeferStmt:
		r.expr(s.Call)
	case *ast.DeclStmt:
		r.variables(s.Decl.(*ast.GenDecl))
	}
}

// variables rewrites what variables start with, which may be tables of functions.
func (r *rewriter) variables(d *ast.GenDecl) {
	if d.Tok != token.VAR {
		return
	}
	for _, spec := range d.Specs {
		for _, e := range spec.(*ast.ValueSpec).Values {
			r.boolean(e)
		}
	}
}

// simple rewrites a statement that has to stay one.
func (r *rewriter) simple(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.AssignStmt:
		for _, e := range s.Rhs {
			r.boolean(e)
		}
	case *ast.ExprStmt:
		r.expr(s.X)
	}
}

// call makes a call that can be left out.
func (r *rewriter) call(s *ast.ExprStmt) {
	call, ok := s.X.(*ast.CallExpr)
	if !ok {
		return
	}
	if id, ok := call.Fun.(*ast.Ident); !ok || id.Name != "panic" {
		r.optional(s, refusal(s))
	}
	r.expr(call)
}

func (r *rewriter) optional(s ast.Stmt, refusing bool) {
	id := r.guard(s, Stmt, refusing, false, true)
	r.around(s, fmt.Sprintf("if guards.Is(%d, true) { ", id), " }")
}

// assign makes an assignment to a field one that can be left out.
func (r *rewriter) assign(s *ast.AssignStmt) {
	if _, field := s.Lhs[0].(*ast.SelectorExpr); field && s.Tok == token.ASSIGN && len(s.Lhs) == 1 {
		r.optional(s, refusal(s))
	}
	r.simple(s)
}

// returned rewrites the results that are conditions.
func (r *rewriter) returned(s *ast.ReturnStmt) {
	var types []string
	if r.results != nil {
		for _, f := range r.results.List {
			id, _ := f.Type.(*ast.Ident)
			for range max(1, len(f.Names)) {
				if id != nil {
					types = append(types, id.Name)
				} else {
					types = append(types, "")
				}
			}
		}
	}
	for i, e := range s.Results {
		if id, ok := e.(*ast.Ident); ok && (id.Name == "true" || id.Name == "false") {
			continue
		}
		if len(types) == len(s.Results) && types[i] == "bool" {
			r.cond(e, Cond, false)
		} else {
			r.boolean(e)
		}
	}
}

// switched turns switch x { case a, b: … } into switch t := x; { case t == a, t == b: … }.
func (r *rewriter) switched(s *ast.SwitchStmt) {
	r.simple(s.Init)
	tag := ""
	if s.Tag != nil && s.Init == nil && valued(s) {
		tag = fmt.Sprintf("tag%d", len(r.w.guards))
		r.expr(s.Tag)
		r.around(s.Tag, tag+" := ", ";")
	}
	for _, c := range s.Body.List {
		c := c.(*ast.CaseClause)
		for _, e := range c.List {
			switch {
			case tag != "":
				id := r.guard(e, Case, refuses(c.Body), false, true)
				r.around(e, fmt.Sprintf("guards.Is(%d, %s == ", id, tag), ")")
			case s.Tag == nil:
				r.cond(e, Case, refuses(c.Body))
			}
		}
		r.stmts(c.Body)
	}
}

// valued reports whether a switch has a case with a value.
func valued(s *ast.SwitchStmt) bool {
	for _, c := range s.Body.List {
		if len(c.(*ast.CaseClause).List) > 0 {
			return true
		}
	}
	return false
}

// cond rewrites a condition: of a && b each operand can be true and the whole false,
// of a || b the other way round.
func (r *rewriter) cond(e ast.Expr, kind Kind, refusing bool) {
	op, args := operands(e)
	if len(args) == 1 {
		r.force(args[0], kind, refusing, true, true)
		r.expr(args[0])
		return
	}
	r.force(e, kind, refusing, op == token.LOR, op == token.LAND)
	for _, a := range args {
		if sub, _ := operands(a); sub != token.ILLEGAL {
			r.cond(a, kind, refusing) // its whole is an operand of this
			continue
		}
		r.force(a, kind, refusing, op == token.LAND, op == token.LOR)
		r.expr(a)
	}
}

func (r *rewriter) force(e ast.Expr, kind Kind, refusing, forceTrue, forceFalse bool) {
	id := r.guard(e, kind, refusing, forceTrue, forceFalse)
	r.around(e, fmt.Sprintf("guards.Is(%d, ", id), ")")
}

// operands takes a chain of one of && and || apart.
func operands(e ast.Expr) (token.Token, []ast.Expr) {
	inner := e
	for {
		p, ok := inner.(*ast.ParenExpr)
		if !ok {
			break
		}
		inner = p.X
	}
	b, ok := inner.(*ast.BinaryExpr)
	if !ok || b.Op != token.LAND && b.Op != token.LOR {
		return token.ILLEGAL, []ast.Expr{e}
	}
	var args []ast.Expr
	for _, side := range []ast.Expr{b.X, b.Y} {
		if op, more := operands(side); op == b.Op {
			args = append(args, more...)
		} else {
			args = append(args, side)
		}
	}
	return b.Op, args
}

// boolean rewrites an expression that may be a condition, by its looks.
func (r *rewriter) boolean(e ast.Expr) {
	if op, _ := operands(e); op != token.ILLEGAL || compares(e) {
		r.cond(e, Cond, false)
		return
	}
	r.expr(e)
}

func compares(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return compares(e.X)
	case *ast.UnaryExpr:
		return e.Op == token.NOT
	case *ast.BinaryExpr:
		switch e.Op {
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
			return true
		}
	}
	return false
}

// expr rewrites the conditions within an expression: those of function literals, and
// arguments and elements that are conditions by their looks.
func (r *rewriter) expr(e ast.Expr) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			outer := r.results
			r.results = n.Type.Results
			r.block(n.Body)
			r.results = outer
			return false
		case *ast.CallExpr:
			for _, a := range n.Args {
				r.boolean(a)
			}
			r.expr(n.Fun)
			return false
		case *ast.KeyValueExpr:
			r.boolean(n.Value)
			return false
		case *ast.BinaryExpr, *ast.UnaryExpr:
			if n := n.(ast.Expr); n != e && condition(n) {
				r.cond(n, Cond, false)
				return false
			}
		}
		return true
	})
}

func condition(e ast.Expr) bool {
	op, _ := operands(e)
	return op != token.ILLEGAL || compares(e)
}

// refusing are the functions that refuse when they are called.
var refusing = map[string]bool{"fail": true, "refuse": true, "unsupported": true, "odd": true, "known": true, "only": true, "panic": true, "unclear": true, "reject": true}

// refusal reports whether a statement refuses by itself.
func refusal(s ast.Stmt) bool {
	found := false
	switch s := s.(type) {
	case *ast.ExprStmt:
		found = refusingCall(s.X)
	case *ast.AssignStmt:
		if sel, ok := s.Lhs[0].(*ast.SelectorExpr); ok {
			name := sel.Sel.Name
			found = name == "fails" || name == "opaque" || name == "problems" || name == "errs"
		}
		for _, e := range s.Rhs {
			found = found || refusingCall(e)
		}
	case *ast.ReturnStmt:
		for _, e := range s.Results {
			id, ok := e.(*ast.Ident)
			found = found || ok && (id.Name == "false" || id.Name == "nil") || refusingCall(e)
		}
		found = found || len(s.Results) == 0
	}
	return found
}

func refusingCall(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return refusing[f.Name]
	case *ast.SelectorExpr:
		return refusing[f.Sel.Name]
	}
	return false
}

// refuses reports whether a body does nothing but refuse, or refuses among other things.
func refuses(body []ast.Stmt) bool {
	for _, s := range body {
		if refusal(s) {
			return true
		}
	}
	return false
}
