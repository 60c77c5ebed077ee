package sqlc

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"sort"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// queries reads every query method, and refuses statements that have none.
func (r *reader) queries() {
	for _, f := range r.files {
		for _, decl := range f.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || f.source == "" || !isQueriesMethod(fn) {
				continue // functions looks at it
			}
			q, err := r.query(f, fn)
			if err != nil {
				r.errorf("%s: query %s: %w", f.source, fn.Name.Name, err)
				continue
			}
			r.pkg.Queries = append(r.pkg.Queries, *q)
		}
	}
	r.withoutMethod()
	sort.SliceStable(r.pkg.Queries, func(i, j int) bool {
		return r.pkg.Queries[i].File < r.pkg.Queries[j].File
	})
}

// withoutMethod reports statements for which sqlc generated no method: it does
// so, silently, for commands that pgx has no equivalent of.
func (r *reader) withoutMethod() {
	var unused []*constant
	for _, c := range r.consts {
		if !c.used {
			unused = append(unused, c)
		}
	}
	sort.Slice(unused, func(i, j int) bool { return unused[i].ident < unused[j].ident })
	for _, c := range unused {
		if c.cmd == ":execlastid" {
			r.errorf("%s: query %s: :execlastid does not exist in PostgreSQL; use :one with RETURNING", c.file.source, c.query)
		} else {
			r.errorf("%s: query %s: sqlc generated no method for %s", c.file.source, c.query, c.cmd)
		}
	}
}

// isQueriesMethod reports whether fn is a method of *Queries.
func isQueriesMethod(fn *ast.FuncDecl) bool {
	if fn.Recv == nil || len(fn.Recv.List) != 1 || fn.Body == nil {
		return false
	}
	star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	id, ok := star.X.(*ast.Ident)
	return ok && id.Name == "Queries"
}

// query reads one method.
func (r *reader) query(f *file, fn *ast.FuncDecl) (*Query, error) {
	switch {
	case calls(fn, "SendBatch"):
		r.markUsed(fn.Name.Name)
		return r.batch(f, fn)
	case calls(fn, "CopyFrom"):
		return r.copyFrom(f, fn)
	}
	call, err := findCall(fn)
	if err != nil {
		r.markUsed(fn.Name.Name)
		return nil, err
	}
	if !fn.Name.IsExported() {
		r.markUsed(fn.Name.Name)
		return nil, errLowerCase
	}
	c, err := r.statement(fn, call)
	if err != nil {
		return nil, err
	}
	q := &Query{Name: fn.Name.Name, Cmd: c.cmd, File: f.source, SQL: c.sql, Comments: comments(fn.Doc)}
	if err := r.signature(f, fn, q); err != nil {
		return nil, err
	}
	if err := r.result(f, fn, q); err != nil {
		return nil, err
	}
	if want := database(fn); call.receiver != want {
		return nil, fmt.Errorf("it calls %s on %s, expected %s", call.method, call.receiver, want)
	}
	if err := r.arguments(q, call.args[1:]); err != nil {
		return nil, err
	}
	if err := shadows(fn, q, c.ident, call.receiver); err != nil {
		return nil, err
	}
	if err := misused(fn, q); err != nil {
		return nil, err
	}
	if err := r.body(f, fn, q, call); err != nil {
		return nil, err
	}
	return q, placeholders(q)
}

// body checks what the method does with the call, and with what comes back.
func (r *reader) body(f *file, fn *ast.FuncDecl, q *Query, call *dbCall) error {
	switch q.Cmd {
	case One:
		return r.oneBody(fn, q, r.text(call.node))
	case Many:
		if q.Loop = r.loop(f, fn, q, call); q.Loop == nil {
			return fmt.Errorf("sqlc's %s has a form that tenantgen does not know", fn.Name.Name)
		}
		return nil
	}
	return r.execBody(fn, q, r.text(call.node))
}

var errLowerCase = errors.New("the name of a query must begin with an upper-case letter")

func (r *reader) markUsed(query string) {
	for _, c := range r.consts {
		if c.query == query {
			c.used = true
		}
	}
}

// dbCall is the call that executes the statement.
type dbCall struct {
	method   string     // Exec, Query or QueryRow
	receiver string     // "q.db", or the name of the method's own parameter
	args     []ast.Expr // after ctx: the statement, then its arguments
	node     *ast.CallExpr
}

// findCall finds the one call through which the method reaches the database.
func findCall(fn *ast.FuncDecl) (*dbCall, error) {
	var found []*dbCall
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		switch sel.Sel.Name {
		case "Exec", "Query", "QueryRow":
			if recv := dotted(sel.X); recv != "" && len(call.Args) >= 2 && dotted(call.Args[0]) == "ctx" && !call.Ellipsis.IsValid() {
				found = append(found, &dbCall{method: sel.Sel.Name, receiver: recv, args: call.Args[1:], node: call})
			}
		}
		return true
	})
	if len(found) != 1 {
		return nil, fmt.Errorf("expected one call of Exec, Query or QueryRow with ctx, found %d", len(found))
	}
	return found[0], nil
}

// dotted renders x and x.y, and everything else as "".
func dotted(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
	}
	return ""
}

// database is the expression of the DBTX in the method: a parameter or q.db.
func database(fn *ast.FuncDecl) string {
	if params := fn.Type.Params.List; len(params) > 1 && dotted(params[1].Type) == "DBTX" && len(params[1].Names) == 1 {
		return params[1].Names[0].Name
	}
	if names := fn.Recv.List[0].Names; len(names) == 1 {
		return names[0].Name + ".db"
	}
	return ""
}

// callOf is the DBTX method each command has to be executed with.
var callOf = map[string]string{One: "QueryRow", Many: "Query", Exec: "Exec", ExecRows: "Exec", ExecResult: "Exec"}

// statement finds the constant of the call, and checks that it is this query's.
func (r *reader) statement(fn *ast.FuncDecl, call *dbCall) (*constant, error) {
	name := dotted(call.args[0])
	c, ok := r.consts[name]
	if !ok {
		return nil, fmt.Errorf("the call's statement %q is not a constant of the package", name)
	}
	c.used = true
	if c.query != fn.Name.Name {
		return nil, fmt.Errorf("it executes the statement of query %s", c.query)
	}
	want, ok := callOf[c.cmd]
	if !ok {
		return nil, fmt.Errorf("%s is not supported yet", c.cmd)
	}
	if want != call.method {
		return nil, fmt.Errorf("%s is executed with %s, expected %s", c.cmd, call.method, want)
	}
	return c, nil
}

// comments returns a doc comment's lines without "//".
func comments(doc *ast.CommentGroup) []string {
	if doc == nil {
		return nil
	}
	var lines []string
	for _, c := range doc.List {
		lines = append(lines, strings.TrimPrefix(c.Text, "//"))
	}
	return lines
}

// signature reads the parameters.
func (r *reader) signature(f *file, fn *ast.FuncDecl, q *Query) error {
	var params []Param
	for _, decl := range fn.Type.Params.List {
		typ, err := f.typeOf(decl.Type)
		if err != nil {
			return err
		}
		for _, name := range decl.Names {
			params = append(params, Param{Name: name.Name, Type: typ})
		}
	}
	if len(params) == 0 || params[0].Name != "ctx" || params[0].Type.Expr != "context.Context" {
		return errors.New("its first parameter is not ctx context.Context")
	}
	params = params[1:]
	if len(params) > 0 && params[0].Type.Expr == "DBTX" {
		r.pkg.TakesDB = true
		params = params[1:]
	}
	q.Params = params
	if len(params) == 1 {
		r.paramsStruct(q, params[0].Type.Expr)
	}
	return nil
}

// paramsStruct recognises the struct that sqlc declares for a query's parameters.
func (r *reader) paramsStruct(q *Query, typ string) {
	name, pointer := strings.CutPrefix(typ, "*")
	if s, ok := r.structs[name]; ok && name == q.Name+"Params" {
		s.row = true
		q.ParamsStruct, q.ParamsPointer = &s.Struct, pointer
	}
}

// result reads the results: an error, or a value and an error.
func (r *reader) result(f *file, fn *ast.FuncDecl, q *Query) error {
	results := fn.Type.Results
	if results == nil || len(results.List) == 0 || len(results.List) > 2 || dotted(results.List[len(results.List)-1].Type) != "error" {
		return errors.New("its results are neither error nor (value, error)")
	}
	if (q.Cmd == Exec) != (len(results.List) == 1) {
		return fmt.Errorf("%s with %d results", q.Cmd, len(results.List))
	}
	if q.Cmd == Exec {
		return nil
	}
	typ, err := f.typeOf(results.List[0].Type)
	if err != nil {
		return err
	}
	q.Result = &typ
	r.row(f, q, typ)
	return nil
}

// row recognises the struct that sqlc declares for a query's rows.
func (r *reader) row(f *file, q *Query, typ Type) {
	elem := strings.TrimPrefix(strings.TrimPrefix(typ.Expr, "[]"), "*")
	if s, ok := r.structs[elem]; ok && s.file == f {
		s.row = true
		q.Row = &s.Struct
	}
}

// arguments pairs each argument of the call with a parameter.
func (r *reader) arguments(q *Query, exprs []ast.Expr) error {
	for i, e := range exprs {
		param, field, _ := strings.Cut(dotted(e), ".")
		arg := Arg{Param: param, Field: field}
		switch {
		case q.ParamsStruct != nil:
			fd, ok := q.ParamsStruct.Field(field)
			if !ok || param != q.Params[0].Name {
				return fmt.Errorf("argument $%d is no field of %s", i+1, q.ParamsStruct.Name)
			}
			arg.Type = fd.Type
		default:
			p, ok := paramNamed(q.Params, param)
			if !ok || field != "" {
				return fmt.Errorf("argument $%d is no parameter of the method", i+1)
			}
			arg.Type = p.Type
		}
		q.Args = append(q.Args, arg)
	}
	return everyParamUsed(q)
}

func paramNamed(params []Param, name string) (Param, bool) {
	for _, p := range params {
		if p.Name == name {
			return p, true
		}
	}
	return Param{}, false
}

// everyParamUsed refuses a parameter that reaches no placeholder: the caller's
// value would be dropped silently.
func everyParamUsed(q *Query) error {
	used := map[string]bool{}
	for _, a := range q.Args {
		used[a.String()] = true
	}
	if q.ParamsStruct == nil {
		for _, p := range q.Params {
			if !used[p.Name] {
				return fmt.Errorf("parameter %s is not passed to the statement", p.Name)
			}
		}
		return nil
	}
	for _, f := range q.ParamsStruct.Fields {
		if !token.IsExported(f.Name) {
			return fmt.Errorf("field %s of %s is not exported; give the parameter a name with \"rename\" in sqlc.yaml, or with sqlc.arg(name)", f.Name, q.ParamsStruct.Name)
		}
		if !used[q.Params[0].Name+"."+f.Name] {
			return fmt.Errorf("field %s of %s is not passed to the statement", f.Name, q.ParamsStruct.Name)
		}
	}
	return nil
}

var inList = lazyre.New(`(?i)\bIN\s*\(\s*\$([0-9]+)\s*\)`)

// placeholders checks that the statement has exactly the placeholders the call
// supplies, and that none comes from sqlc.slice.
func placeholders(q *Query) error {
	text := code(q.SQL)
	if strings.Contains(q.SQL, "/*SLICE:") {
		return errSlice
	}
	for _, m := range inList().FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil || n < 1 || n > len(q.Args) {
			continue // reported below
		}
		if t := q.Args[n-1].Type.Expr; strings.HasPrefix(t, "[]") && t != "[]byte" {
			return errSlice
		}
	}
	for n := range numbers(text) {
		if n < 1 || n > len(q.Args) {
			return fmt.Errorf("the statement has $%d, but sqlc's code passes %d arguments", n, len(q.Args))
		}
	}
	if have := len(numbers(text)); have != len(q.Args) {
		return fmt.Errorf("the statement has %d parameters, but sqlc's code passes %d arguments", have, len(q.Args))
	}
	return nil
}

var errSlice = errors.New("sqlc.slice fails at run time with pgx; write = ANY(@ids::uuid[]) instead")
