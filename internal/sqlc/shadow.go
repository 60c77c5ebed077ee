package sqlc

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// meanings refuses what the package declares by a name that already means something in its
// files: it would not compile. sqlc takes a query's name for that of a constant.
func (r *reader) meanings() {
	used := map[string]bool{}
	for _, f := range r.files {
		predeclared(f.syntax, used)
	}
	for _, name := range slices.Sorted(maps.Keys(r.decls)) {
		why := ""
		switch {
		case used[name]:
			why = "Go's own " + name
		case name == "init" && r.consts[name] != nil:
			why = "the functions that Go calls init"
		case slices.ContainsFunc(r.files, func(f *file) bool { return f.imports[name] != "" }):
			why = "the package " + name
		}
		if why == "" {
			continue
		}
		if c := r.consts[name]; c != nil {
			r.errorf("%s: the constant of query %s would hide %s; rename the query", r.decls[name], c.query, why)
		} else {
			r.errorf("%s: %s would hide %s; use \"rename\" in sqlc.yaml", r.decls[name], name, why)
		}
	}
}

// predeclared notes which of Go's predeclared names a file has a use for: it does anything with
// them but hand them on, as it does constants and parameters.
func predeclared(f *ast.File, used map[string]bool) {
	others := map[*ast.Ident]bool{}
	other := func(list ...ast.Expr) {
		for _, e := range list {
			if id, ok := e.(*ast.Ident); ok {
				others[id] = true
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			other(n.Args...)
		case *ast.SelectorExpr:
			other(n.Sel)
		case *ast.KeyValueExpr:
			other(n.Key, n.Value)
		case *ast.RangeStmt:
			other(n.X)
		case *ast.ValueSpec:
			for _, id := range n.Names {
				others[id] = true
			}
		case *ast.Field:
			for _, id := range n.Names {
				others[id] = true
			}
		case *ast.FuncDecl:
			others[n.Name] = true
		case *ast.Ident:
			if !others[n] && types.Universe.Lookup(n.Name) != nil {
				used[n.Name] = true
			}
		}
		return true
	})
}

// hidden refuses a query whose constant is called like a variable of the method:
// sqlc would queue the variable, which may be the caller's text.
func hidden(fn *ast.FuncDecl, c *constant) error {
	if variables(fn)[c.ident] {
		return fmt.Errorf("the constant %s of its statement is hidden by a variable in sqlc's code; rename the query", c.ident)
	}
	return nil
}

// shadows refuses parameters whose names hide something the generated body
// uses. The worst is a parameter called like the statement's constant: sqlc then
// sends the caller's value as the SQL text.
func shadows(fn *ast.FuncDecl, q *Query, constant, db string) error {
	taken := map[string]string{"ctx": "the context"}
	if len(fn.Recv.List[0].Names) == 1 {
		taken[fn.Recv.List[0].Names[0].Name] = "the receiver"
	}
	if what := taken[constant]; what != "" {
		return fmt.Errorf("the constant %s of its statement is hidden by %s in sqlc's code; rename the query", constant, what)
	}
	taken[constant] = "the constant that holds the statement"
	if !strings.Contains(db, ".") {
		taken[db] = "the DBTX"
	}
	for name := range variables(fn) {
		taken[name] = "a variable"
	}
	for _, p := range q.Params {
		if what, ok := taken[p.Name]; ok {
			return fmt.Errorf("a parameter called %s hides %s in sqlc's code; name it otherwise with sqlc.arg(name)", p.Name, what)
		}
		taken[p.Name] = "another parameter"
	}
	return nil
}

// misused refuses parameters whose names sqlc's code uses for something else, as
// it does nil, len and the names of packages: it would not compile.
func misused(fn *ast.FuncDecl, q *Query) error {
	for _, p := range q.Params {
		if used(fn, p.Name, q.ParamsStruct != nil) {
			return fmt.Errorf("a parameter called %s hides what that name means in sqlc's code; name it otherwise with sqlc.arg(name)", p.Name)
		}
	}
	return nil
}

// used reports whether the body uses a name for anything but a value that it
// passes on, or a struct whose fields it does. An older sqlc scans the only column of
// a :one into a parameter of the same name and type, and returns it.
func used(fn *ast.FuncDecl, name string, structured bool) bool {
	predeclared := types.Universe.Lookup(name) != nil
	var passed []ast.Expr
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			passed = append(passed, n.Args...)
			for _, arg := range n.Args {
				if ref, ok := arg.(*ast.UnaryExpr); ok && !predeclared {
					passed = append(passed, ref.X)
				}
			}
		case *ast.SelectorExpr:
			passed = append(passed, n.Sel)
			if structured {
				passed = append(passed, n.X)
			}
		case *ast.KeyValueExpr:
			passed = append(passed, n.Key, n.Value) // rows: arg
		case *ast.RangeStmt:
			passed = append(passed, n.X)
		case *ast.ReturnStmt:
			if !predeclared {
				passed = append(passed, n.Results...)
			}
		}
		return true
	})
	found := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name && !slices.Contains(passed, ast.Expr(id))
		return !found
	})
	return found
}

// variables are those that the function's body declares, at any depth but in
// the functions within.
func variables(fn *ast.FuncDecl) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, left := range n.Lhs {
					names[dotted(left)] = true
				}
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				names[dotted(n.Key)], names[dotted(n.Value)] = true, true
			}
		}
		return true
	})
	delete(names, "_")
	return names
}
