package sqlc

import (
	"fmt"
	"go/ast"
	"strconv"
	"strings"
)

// Loop is how a :many method reads its rows: pieces of sqlc's Go.
type Loop struct {
	// Query is the call that sends the statement, Scan the one that reads a row.
	Query, Scan string
	// Receiver is the name of the method's receiver, DB that of its DBTX, or "".
	Receiver, DB string
	// Var is the variable that a row is read into, Value what is returned of it.
	Var, Value string
	// Type is the type of Var, Element that of Value.
	Type, Element Type
	// Wrap is the format that errors are wrapped by (wrap_errors), or "".
	Wrap string
}

// loop reads the loop of a :many method; nil when it has a form that is not known,
// which matters to nobody but those who want iterators.
func (r *reader) loop(f *file, fn *ast.FuncDecl, q *Query, call *dbCall) *Loop {
	if q.Cmd != Many || q.Result == nil || len(fn.Recv.List[0].Names) != 1 {
		return nil
	}
	l := &Loop{Query: r.text(call.node), Receiver: fn.Recv.List[0].Names[0].Name, Element: *q.Result}
	if !strings.Contains(call.receiver, ".") {
		l.DB = call.receiver
	}
	l.Element.Expr = strings.TrimPrefix(l.Element.Expr, "[]")
	items := "var items " + q.Result.Expr
	var scan *ast.CallExpr
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit: // emit_empty_slices
			items = "items := " + r.text(n)
		case *ast.ForStmt:
			scan = r.rowOf(f, n, l)
		}
		return true
	})
	if scan == nil {
		return nil
	}
	l.Scan = r.text(scan)
	for wrap, failure := range map[string]string{"": "err", "query " + q.Name + ": %w": "fmt.Errorf(" + strconv.Quote("query "+q.Name+": %w") + ", err)"} {
		l.Wrap = wrap
		body := strings.ReplaceAll(fmt.Sprintf(manyBody, l.Query, items, l.Var, l.Type.Expr, l.Scan, l.Value), "return nil, err", "return nil, "+failure)
		if r.shaped(fn, body) == nil {
			return l
		}
	}
	return nil
}

// manyBody is what sqlc writes for :many.
const manyBody = `{
	rows, err := %s
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	%s
	for rows.Next() {
		var %s %s
		if err := %s; err != nil {
			return nil, err
		}
		items = append(items, %s)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return items, nil
}`

// rowOf reads the variable of a loop, and returns the call that fills it.
func (r *reader) rowOf(f *file, loop *ast.ForStmt, l *Loop) *ast.CallExpr {
	var scan *ast.CallExpr
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			if typ, err := f.typeOf(n.Type); err == nil && len(n.Names) == 1 {
				l.Var, l.Type = n.Names[0].Name, typ
			}
		case *ast.CallExpr:
			switch {
			case dotted(n.Fun) == "rows.Scan":
				scan = n
			case dotted(n.Fun) == "append" && len(n.Args) == 2:
				l.Value = r.text(n.Args[1])
			}
		}
		return true
	})
	return scan
}
