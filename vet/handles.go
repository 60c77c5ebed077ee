package vet

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// handle names the type of a value on which SQL can be run: a driver's pool, connection, transaction or statement, an
// interface with such methods, whatever promotes them from an embedded one; and sqlc's Queries. It is "" for other types.
func (s *scan) handle(t types.Type) string {
	if tuple, ok := t.(*types.Tuple); ok {
		if tuple.Len() == 0 {
			return ""
		}
		t = tuple.At(0).Type()
	}
	if name, ok := s.handles[t]; ok {
		return name
	}
	name := ""
	if s.runsAny(t) {
		name = types.TypeString(t, func(p *types.Package) string { return p.Name() })
	}
	s.handles[t] = name
	return name
}

// statements are types of prepared ones: their methods take arguments alone.
var prepared = []string{"database/sql.Stmt", "github.com/jmoiron/sqlx.Stmt", "github.com/jmoiron/sqlx.NamedStmt", "database/sql/driver.Stmt"}

func (s *scan) runsAny(t types.Type) bool {
	if _, isParam := types.Unalias(t).(*types.TypeParam); isParam {
		return false // its constraint is, where it is written
	}
	n := namedType(t)
	if n != nil && n.Obj().Pkg() != nil {
		full := n.Obj().Pkg().Path() + "." + n.Obj().Name()
		if slices.Contains(prepared, full) || s.sqlcQueries(n) {
			return true
		}
		if n.Obj().Name() == "Batch" && ofDriver(n) {
			return false // it only holds statements, which Queue is told
		}
	}
	for _, recv := range []types.Type{t, types.NewPointer(t)} {
		if types.IsInterface(t) && recv != t {
			break
		}
		set := s.sets.MethodSet(recv)
		for i := range set.Len() {
			if fn, ok := set.At(i).Obj().(*types.Func); ok {
				if _, ok := sinkOf(fn); ok {
					return true
				}
			}
		}
	}
	return false
}

// sqlcQueries reports whether a type is what sqlc's queries are methods of.
func (s *scan) sqlcQueries(n *types.Named) bool {
	for _, imported := range s.code.SQLC {
		if n.Obj().Pkg().Path() == imported && (n.Obj().Name() == "Queries" || n.Obj().Name() == "Querier") {
			return true
		}
	}
	return false
}

// analysed is the fact that the functions of a package are looked at.
type analysed struct{}

// AFact makes it one.
func (*analysed) AFact() {}

func (*analysed) String() string { return "analysed" }

// stranger reports whether a function's code is not looked at, so that nobody knows what it runs.
func (s *scan) stranger(fn *types.Func) bool {
	pkg := fn.Pkg()
	if pkg == nil || pkg == s.pass.Pkg || slices.Contains(drivers, pkg.Path()) {
		return false
	}
	if first, _, _ := strings.Cut(pkg.Path(), "/"); !strings.Contains(first, ".") && pkg.Path() != "reflect" {
		return false // the standard library runs no SQL but that of database/sql
	}
	if strings.HasPrefix(pkg.Path(), "github.com/tenantgen/tenantgen/tenant") {
		return false
	}
	if recv := fn.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
		return false // judged where something becomes the interface
	}
	return !s.pass.ImportPackageFact(pkg, new(analysed))
}

// strange is the call of a function of somebody else's that gets a handle: as one that runs the text it is given, if it
// looks like one, or else as one that runs what nobody sees.
func (s *sqlScan) strange(c *call, fn *types.Func) []run {
	if !s.stranger(fn) {
		return nil
	}
	given := slices.IndexFunc(c.Args, func(e ast.Expr) bool { return s.handle(s.pass.TypesInfo.TypeOf(e)) != "" })
	if given < 0 {
		return nil
	}
	if args := fn.Signature().Params().Len() - 1; args > 0 && argsBehind(fn.Signature(), args-1) == args && fn.Signature().Params().At(args-1).Type() == types.Typ[types.String] && args-1 < len(c.Args) {
		texts, why := s.index.fold(c.Args[args-1])
		return []run{{texts: texts, why: why, at: c.Args[args-1], args: s.arguments(c, sink{sql: args - 1, args: args})}}
	}
	if !s.allowed(c) {
		s.report(Finding{Pos: c.Pos(), End: c.Fun.End(), Rule: unseenSQL.Name, Func: funcName(c.in), Text: written(c.CallExpr),
			Message: callee(s.pass.TypesInfo, c.CallExpr) + " gets " + written(c.Args[given]) + ", a " + s.handle(s.pass.TypesInfo.TypeOf(c.Args[given])) + ", and runs what nobody sees",
			Hint:    "declare the place under options.tenantgen.vet.sql, with the reason"})
	}
	return nil
}

// values reports functions that run SQL and are handed on as values: nobody sees what these are called with.
func (s *sqlScan) values() {
	for _, f := range s.files {
		for _, d := range f.Decls {
			in, _ := d.(*ast.FuncDecl)
			uncalled(d, func(id *ast.Ident) { s.value(id, in) })
		}
	}
}

// uncalled visits the identifiers of a declaration that are not what a call calls.
func uncalled(d ast.Decl, visit func(*ast.Ident)) {
	called := map[*ast.Ident]bool{}
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			fun := ast.Unparen(n.Fun)
			switch i := fun.(type) { // type arguments
			case *ast.IndexExpr:
				fun = ast.Unparen(i.X)
			case *ast.IndexListExpr:
				fun = ast.Unparen(i.X)
			}
			switch fun := fun.(type) {
			case *ast.SelectorExpr:
				called[fun.Sel] = true
			case *ast.Ident:
				called[fun] = true
			}
		case *ast.Ident:
			if !called[n] {
				visit(n)
			}
		}
		return true
	})
}

// value reports an identifier that is such a function and is not called.
func (s *sqlScan) value(id *ast.Ident, in *ast.FuncDecl) {
	o := s.pass.TypesInfo.Uses[id]
	var runs bool
	switch o := o.(type) {
	case *types.Func:
		_, runs = sinkOf(o.Origin())
		runs = runs || s.fact(o.Origin()) != nil
	case *types.Var:
		runs = s.helpers[o] != nil
	}
	if !runs || s.assigned(id) || s.declared(s.vet.SQL, id.Pos()) != nil {
		return
	}
	s.report(Finding{Pos: id.Pos(), End: id.End(), Rule: unseenSQL.Name, Func: funcName(in), Text: id.Name,
		Message: id.Name + " runs SQL, and is handed on as a value: nobody sees what it is called with",
		Hint:    "call it where its text is written; or declare the place under options.tenantgen.vet.sql, with the reason"})
}

// assigned reports whether an identifier is the variable to which a function literal is given.
func (s *sqlScan) assigned(id *ast.Ident) bool {
	v := s.index.variable(id)
	lit := s.index.literals[v]
	if lit == nil {
		return false
	}
	for _, value := range s.index.values[v] {
		if value != nil && id.End() < value.Pos() && s.pass.Fset.Position(id.Pos()).Line == s.pass.Fset.Position(value.Pos()).Line {
			return true
		}
	}
	return false
}
