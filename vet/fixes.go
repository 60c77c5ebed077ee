package vet

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/tenantgen/tenantgen/analyzer"
)

// fixed is the statement with what its proof lacks, where that is certain and the text is written in one literal: nil otherwise. A parameter
// that is new gets the one id of a tenant that is in scope.
func (s *sqlScan) fixed(c *call, r run, text sql) []analysis.SuggestedFix {
	if r.args.byName || r.args.unseen || r.args.rest != nil || r.later || text.holes() {
		return nil
	}
	f, ok := s.statements.Fix(text.String())
	if !ok {
		return nil
	}
	f.Text = namedParameter.ReplaceAllLiteralString(f.Text, fmt.Sprintf("$%d", len(r.args.list)+1)) // it has no parameters yet
	edit, lit := text.edit(f)
	if lit == nil || s.pass.Fset.File(lit.Pos()) == nil {
		return nil
	}
	edits := []analysis.TextEdit{edit}
	for _, q := range s.judge(analyzer.ApplyFixes(text.String(), []analyzer.Fix{f})) {
		if q.Verdict != analyzer.Scoped {
			return nil
		}
		for level, number := range q.Tenants {
			switch args := r.args.list; {
			case number > 0 && number <= len(args):
				if a := args[number-1]; a.expr == nil || s.vet.PlainIDs == "" && !s.ofLevel(a.expr, level) {
					return nil
				}
			case number == len(args)+1 && len(q.Tenants) == 1 && s.vet.PlainIDs == "" && s.direct(c, lit):
				id := s.inScope(c, level)
				if id == "" {
					return nil
				}
				last := c.Args[len(c.Args)-1].End()
				edits = append(edits, analysis.TextEdit{Pos: last, End: last, NewText: []byte(", " + id)})
			default:
				return nil
			}
		}
	}
	return []analysis.SuggestedFix{{Message: "write the condition that is missing", TextEdits: edits}}
}

func (s *sqlScan) ofLevel(e ast.Expr, level int) bool {
	l, ok := s.tenant(e, 0)
	return ok && l == level
}

// direct reports whether a literal is the text of a call alone, so that nobody else has to give its parameters something, and the call takes
// one argument more.
func (s *sqlScan) direct(c *call, lit *ast.BasicLit) bool {
	sig, ok := types.Unalias(s.pass.TypesInfo.TypeOf(c.Fun)).(*types.Signature)
	return ok && argsBehind(sig, sig.Params().Len()-2) > 0 && c.Lparen < lit.Pos() && lit.End() <= c.Rparen && !c.Ellipsis.IsValid()
}

// edit writes a fix into the one literal that it is in; the literal is nil where there is none, or where it cannot be written there.
func (t sql) edit(f analyzer.Fix) (analysis.TextEdit, *ast.BasicLit) {
	start, end := f.Span.Start, f.Span.End
	for _, p := range t {
		if start > len(p.text) || end > len(p.text) {
			start, end = start-len(p.text), end-len(p.text)
			if start < 0 {
				return analysis.TextEdit{}, nil
			}
			continue
		}
		if p.lit == nil {
			return analysis.TextEdit{}, nil
		}
		added := f.Text
		if strings.HasPrefix(p.lit.Value, `"`) {
			added = strconv.Quote(added)
			added = added[1 : len(added)-1]
		} else if strings.ContainsAny(added, "`\r") {
			return analysis.TextEdit{}, nil
		}
		at := func(value int) token.Pos { return p.lit.Pos() + token.Pos(inLiteral(p.lit.Value, p.at+value)) }
		return analysis.TextEdit{Pos: at(start), End: at(end), NewText: []byte(added)}, p.lit
	}
	return analysis.TextEdit{}, nil
}

// inScope is the one local variable around a call that is a tenant's id of a level, "" where there are several or none.
func (s *sqlScan) inScope(c *call, level int) string {
	found := ""
	for scope := s.pass.Pkg.Scope().Innermost(c.Pos()); scope != nil && scope != s.pass.Pkg.Scope(); scope = scope.Parent() {
		for _, name := range scope.Names() {
			v, ok := scope.Lookup(name).(*types.Var)
			if !ok || name == "_" || v.Pos() >= c.Pos() {
				continue
			}
			if l, is := s.idLevel(v.Type()); !is || l != level {
				continue
			}
			if _, seen := scope.Innermost(c.Pos()).LookupParent(name, c.Pos()); seen != v || found != "" {
				return ""
			}
			found = name
		}
	}
	return found
}

// onTx calls on the transaction what a call does on the repositories around it, where the transaction has that as well.
func (s *txScan) onTx(fn *ast.FuncLit, c *ast.CallExpr, of ast.Expr) []analysis.SuggestedFix {
	params := fn.Type.Params.List
	if len(params) != 2 || len(params[1].Names) != 1 {
		return nil
	}
	tx := s.pass.TypesInfo.Defs[params[1].Names[0]]
	scope := s.pass.Pkg.Scope().Innermost(c.Pos())
	if tx == nil || tx.Name() == "_" || scope == nil {
		return nil
	}
	if _, found := scope.LookupParent(tx.Name(), c.Pos()); found != tx {
		return nil // another one has its name here
	}
	sel := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	t := tx.Type()
	if sel.X != of {
		field, ok := ast.Unparen(sel.X).(*ast.SelectorExpr)
		if !ok {
			return nil
		}
		o, _, _ := types.LookupFieldOrMethod(t, true, s.pass.Pkg, field.Sel.Name)
		v, ok := o.(*types.Var)
		if !ok {
			return nil
		}
		t = v.Type()
	}
	o, _, _ := types.LookupFieldOrMethod(t, true, s.pass.Pkg, sel.Sel.Name)
	if m, ok := o.(*types.Func); !ok || !types.Identical(withoutReceiver(m), s.pass.TypesInfo.TypeOf(c.Fun)) {
		return nil
	}
	return []analysis.SuggestedFix{{Message: "call " + tx.Name(), TextEdits: []analysis.TextEdit{{Pos: of.Pos(), End: of.End(), NewText: []byte(tx.Name())}}}}
}

func withoutReceiver(m *types.Func) *types.Signature {
	sig := m.Signature()
	return types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
}

// ofContext asks the context of a request whose it is, in the place of what the request says.
func (s *idScan) ofContext(c *ast.CallExpr, fn *types.Func, name string) []analysis.SuggestedFix {
	from, ok := fn.Pkg().Scope().Lookup(name + "From").(*types.Func)
	if !ok || len(c.Args) != 1 || from.Signature().Params().Len() != 1 || !isContext(from.Signature().Params().At(0).Type()) || !types.Identical(from.Signature().Results(), fn.Signature().Results()) {
		return nil
	}
	request := ""
	ast.Inspect(c.Args[0], func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && s.pass.TypesInfo.TypeOf(id) != nil && types.TypeString(s.pass.TypesInfo.TypeOf(id), nil) == "*net/http.Request" {
			request = id.Name
		}
		return true
	})
	sel, qualified := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if request == "" || !qualified {
		return nil
	}
	return []analysis.SuggestedFix{{Message: "ask the context whose request it is",
		TextEdits: []analysis.TextEdit{{Pos: c.Pos(), End: c.End(), NewText: []byte(written(sel.X) + "." + from.Name() + "(" + request + ".Context())")}}}}
}
