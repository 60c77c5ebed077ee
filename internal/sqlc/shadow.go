package sqlc

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

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
	taken := map[string]string{
		"ctx":    "the context",
		constant: "the constant that holds the statement",
	}
	if len(fn.Recv.List[0].Names) == 1 {
		taken[fn.Recv.List[0].Names[0].Name] = "the receiver"
	}
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
