package sqlc

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/printer"
	"go/scanner"
	"go/token"
	"strings"
)

// text prints a node. In a line of its own it stands in the file as it would be printed, which sqlc has done.
func (r *reader) text(n ast.Node) string {
	if s := r.slice(n); s != "" && !strings.ContainsAny(s, "\n/") {
		return s
	}
	var b bytes.Buffer
	if err := printer.Fprint(&b, r.fset, n); err != nil {
		return ""
	}
	return b.String()
}

// slice is a node as it stands in its file, without the comment in front; "" of one that stands in none.
func (r *reader) slice(n ast.Node) string {
	f := r.fset.File(n.Pos())
	if f == nil {
		return ""
	}
	return string(r.sources[f.Name()][f.Offset(n.Pos()):f.Offset(n.End())])
}

// shaped checks that a function does what this package knows sqlc to write, but
// for layout and comments. What a later sqlc does differently has to be read by
// somebody before it is built upon.
func (r *reader) shaped(fn *ast.FuncDecl, want string) error {
	if tokens(r.slice(fn.Body)) != tokens(want) {
		return fmt.Errorf("sqlc's %s has a form that tenantgen does not know", fn.Name.Name)
	}
	r.known[fn] = true
	return nil
}

// tokens returns the tokens of Go code with a space between them, without commas at the end
// of a list: they are a matter of layout.
func tokens(src string) string {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(src)), []byte(src), nil, 0)
	var list []string
	for {
		_, tok, lit := s.Scan()
		if n := len(list); n > 0 && list[n-1] == "," && (tok == token.RPAREN || tok == token.RBRACE) {
			list = list[:n-1]
		}
		switch {
		case tok == token.EOF:
			return strings.Join(list, " ")
		case tok == token.SEMICOLON || lit == "":
			list = append(list, tok.String())
		default:
			list = append(list, lit)
		}
	}
}

// calls reports whether the function calls a method of that name.
func calls(fn *ast.FuncDecl, method string) bool {
	found := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			sel, ok := call.Fun.(*ast.SelectorExpr)
			found = found || ok && sel.Sel.Name == method
		}
		return !found
	})
	return found
}

// method finds a method by its receiver's type, with or without a pointer.
func (r *reader) method(receiver, name string) (*file, *ast.FuncDecl) {
	for _, f := range r.files {
		for _, decl := range f.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil || fn.Name.Name != name || fn.Recv == nil || len(fn.Recv.List) != 1 {
				continue
			}
			typ := fn.Recv.List[0].Type
			if star, ok := typ.(*ast.StarExpr); ok {
				typ = star.X
			}
			if dotted(typ) == receiver {
				return f, fn
			}
		}
	}
	return nil, nil
}

// elements reads the one parameter of a method that takes a slice.
func (r *reader) elements(q *Query) (element Type, err error) {
	if len(q.Params) != 1 || !strings.HasPrefix(q.Params[0].Type.Expr, "[]") {
		return Type{}, fmt.Errorf("%s does not take a slice", q.Cmd)
	}
	q.Slice = true
	element = q.Params[0].Type
	element.Expr = strings.TrimPrefix(element.Expr, "[]")
	r.paramsStruct(q, element.Expr)
	return element, nil
}

// values pairs the values that sqlc takes from an element, which its code calls
// elem, with the fields of the element.
func (r *reader) values(q *Query, element Type, elem string, exprs []ast.Expr) error {
	for i, e := range exprs {
		arg := Arg{Param: q.Params[0].Name, Type: element}
		text := r.text(e)
		if q.ParamsStruct != nil {
			field, ok := strings.CutPrefix(text, elem+".")
			fd, known := q.ParamsStruct.Field(field)
			if !ok || !known {
				return fmt.Errorf("argument $%d is no field of %s", i+1, q.ParamsStruct.Name)
			}
			arg.Field, arg.Type = field, fd.Type
		} else if text != elem {
			return fmt.Errorf("argument $%d is not the element of %s", i+1, q.Params[0].Name)
		}
		q.Args = append(q.Args, arg)
	}
	return everyParamUsed(q)
}

// literal returns the elements of a composite literal of the given type.
func (r *reader) literal(e ast.Expr, typ string) ([]ast.Expr, bool) {
	lit, ok := e.(*ast.CompositeLit)
	if !ok || lit.Type == nil || tokens(r.text(lit.Type)) != tokens(typ) {
		return nil, false
	}
	return lit.Elts, true
}
