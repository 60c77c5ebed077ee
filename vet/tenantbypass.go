package vet

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
)

const bypassDoc = `report who holds a pool, a transaction or sqlc's Queries, and who crosses tenants

With a pool anything can be run. It belongs to the places that options.tenantgen.vet.bypass names, each with
a reason; so do calls of CrossTenant, OfTenants and Unproved of generated repositories, and of WithTx of sqlc's Queries.`

// newTenantBypass makes the analyzer of pools.
func newTenantBypass(from source) *analysis.Analyzer {
	return &analysis.Analyzer{Name: "tenantbypass", Doc: bypassDoc, URL: docs + "tenantbypass", ResultType: resultType,
		Run: func(pass *analysis.Pass) (any, error) {
			s, err := from(pass)
			if err != nil || s == nil {
				return &Findings{}, err
			}
			b := &bypassScan{scan: newScan(pass, "tenantbypass", s), held: map[string]bool{}}
			return b.run(), nil
		}}
}

// bypassScan looks for pools.
type bypassScan struct {
	*scan
	held map[string]bool // by declaration and type
}

func (s *bypassScan) run() *Findings {
	for _, f := range s.files {
		s.imports(f)
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && len(g.Specs) > 0 {
				if _, ok := g.Specs[0].(*ast.ImportSpec); ok {
					continue
				}
			}
			in, _ := d.(*ast.FuncDecl)
			named := map[ast.Expr]bool{}
			ast.Inspect(d, func(n ast.Node) bool {
				if e, ok := n.(ast.Expr); ok {
					if named[e] {
						return false
					}
					for _, arg := range s.typeArguments(e) {
						named[arg] = true
					}
					s.holds(e, d, in)
				}
				if c, ok := n.(*ast.CallExpr); ok {
					s.crosses(c, in)
				}
				return true
			})
			uncalled(d, func(id *ast.Ident) {
				if fn, ok := s.pass.TypesInfo.Uses[id].(*types.Func); ok && s.leaves(fn) {
					s.crossing(id, id, in, fn.Name()+" is handed on as a value, and reaches rows of other tenants")
				}
			})
		}
	}
	return s.done()
}

// typeArguments are those of a generic type that is written out, such as river.Client[pgx.Tx]: they are named there, and what
// is made of them is held by whoever has a value of it.
func (s *bypassScan) typeArguments(e ast.Expr) []ast.Expr {
	switch e := e.(type) {
	case *ast.IndexExpr:
		if s.pass.TypesInfo.Types[e.X].IsType() {
			return []ast.Expr{e.Index}
		}
	case *ast.IndexListExpr:
		if s.pass.TypesInfo.Types[e.X].IsType() {
			return e.Indices
		}
	}
	return nil
}

// imports reports the package that only generated code calls: it makes a tenant of any text.
func (s *bypassScan) imports(f *ast.File) {
	for _, spec := range f.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		if strings.HasSuffix(path, "tenantgen/tenant/gen") && s.declared(s.vet.Bypass, spec.Pos()) == nil {
			s.report(Finding{Pos: spec.Pos(), End: spec.End(), Rule: heldPool.Name, Text: path,
				Message: "package gen runs any SQL for any tenant, and is for generated code", Hint: "call the repositories that tenantgen generate writes"})
		}
	}
}

// holds reports an expression of a type on which SQL can be run, the first of the type in a declaration.
func (s *bypassScan) holds(e ast.Expr, d ast.Decl, in *ast.FuncDecl) {
	if _, ok := e.(*ast.StructType); ok {
		return // its fields are looked at
	}
	tv, ok := s.pass.TypesInfo.Types[e]
	if !ok || tv.Type == nil || tv.IsBuiltin() {
		return
	}
	name := s.handle(tv.Type)
	if name == "" {
		return
	}
	name = strings.TrimPrefix(name, "*")
	key := strconv.Itoa(int(d.Pos())) + name
	if s.held[key] {
		return
	}
	s.held[key] = true
	if s.declared(s.vet.Bypass, e.Pos()) != nil {
		return
	}
	s.report(Finding{Pos: e.Pos(), End: min(e.End(), lineEnd(s.pass.Fset, e.Pos(), e.End())), Rule: heldPool.Name, Func: funcName(in), Text: name,
		Message: "on " + name + " anybody's rows can be read and written",
		Hint:    "call a repository; or declare the place under options.tenantgen.vet.bypass, with the reason"})
}

// crossing are the methods of generated code that leave one tenant's rows.
var crossing = []string{"CrossTenant", "OfTenants", "Unproved"}

// leaves reports whether a function is a method of generated code that leaves one tenant's rows.
func (s *bypassScan) leaves(fn *types.Func) bool {
	if fn.Pkg() == nil || fn.Signature().Recv() == nil {
		return false
	}
	of := func(dirs map[string]string) bool {
		return slices.Contains(slices.Collect(maps.Values(dirs)), fn.Pkg().Path())
	}
	return of(s.code.Repositories) && slices.Contains(crossing, fn.Name()) || of(s.code.SQLC) && fn.Name() == "WithTx"
}

// crosses reports calls of such methods.
func (s *bypassScan) crosses(c *ast.CallExpr, in *ast.FuncDecl) {
	fn, ok := called(s.pass.TypesInfo, c).(*types.Func)
	if !ok || !s.leaves(fn) {
		return
	}
	at := c.Fun
	if sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr); ok {
		at = sel.Sel
	}
	s.crossing(at, c, in, fn.Name()+" reaches rows of other tenants")
}

// crossing reports an expression that leaves one tenant's rows, unless the place is declared: then it is for the audit.
func (s *bypassScan) crossing(at, e ast.Expr, in *ast.FuncDecl, message string) {
	if d := s.declared(s.vet.Bypass, e.Pos()); d != nil {
		s.place(Place{Pos: e.Pos(), Kind: "go-crossing", Name: written(e), Reason: d.Reason, Func: funcName(in)})
		return
	}
	s.report(Finding{Pos: at.Pos(), End: at.End(), Rule: crossingCall.Name, Func: funcName(in), Text: written(e), Message: message,
		Hint: "call a repository for one tenant; or declare the place under options.tenantgen.vet.bypass, with the reason"})
}
