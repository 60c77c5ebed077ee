package sqlc

import (
	"errors"
	"fmt"
	"go/ast"
	"strings"
)

// reads is the method of sqlc's batch results for each command.
var reads = map[string]string{BatchExec: "Exec", BatchMany: "Query", BatchOne: "QueryRow"}

// batch reads a method that queues its statement for each element of a slice.
func (r *reader) batch(f *file, fn *ast.FuncDecl) (*Query, error) {
	c, ok := r.constantOf(fn.Name.Name)
	if !ok || reads[c.cmd] == "" || c.file != f {
		return nil, errors.New("it sends a batch, but is no :batchexec, :batchmany or :batchone")
	}
	if !fn.Name.IsExported() {
		return nil, errLowerCase
	}
	q := &Query{Name: c.query, Cmd: c.cmd, SQL: c.sql, Comments: comments(fn.Doc), BatchResults: c.query + "BatchResults"}
	if err := r.signature(f, fn, q); err != nil {
		return nil, err
	}
	element, err := r.elements(q)
	if err != nil {
		return nil, err
	}
	db := database(fn)
	if err := shadows(fn, q, c.ident, db); err != nil {
		return nil, err
	}
	if err := hidden(fn, c); err != nil {
		return nil, err
	}
	exprs := r.batchValues(fn)
	if err := r.shaped(fn, batchBody(q, c, db, r.list(exprs))); err != nil {
		return nil, err
	}
	if err := r.values(q, element, "a", exprs); err != nil {
		return nil, err
	}
	if err := r.batchResults(f, fn, q); err != nil {
		return nil, err
	}
	if err := misused(fn, q); err != nil {
		return nil, err
	}
	return q, placeholders(q)
}

func (r *reader) constantOf(query string) (*constant, bool) {
	for _, c := range r.consts {
		if c.query == query {
			return c, true
		}
	}
	return nil, false
}

// batchValues returns what is queued with the statement, nil when it is not found.
func (r *reader) batchValues(fn *ast.FuncDecl) (values []ast.Expr) {
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok {
			if elts, ok := r.literal(e, "[]interface{}"); ok {
				values = elts
			}
		}
		return true
	})
	return values
}

// list prints expressions on a line each, as in sqlc's literals.
func (r *reader) list(exprs []ast.Expr) string {
	var b strings.Builder
	for _, e := range exprs {
		b.WriteString(r.text(e) + ",\n")
	}
	return b.String()
}

func batchBody(q *Query, c *constant, db, values string) string {
	param := q.Params[0].Name
	return `{
	batch := &pgx.Batch{}
	for _, a := range ` + param + ` {
		vals := []interface{}{
` + values + `}
		batch.Queue(` + c.ident + `, vals...)
	}
	br := ` + db + `.SendBatch(ctx, batch)
	return &` + q.BatchResults + `{br, len(` + param + `), false}
}`
}

// batchResults reads the type that the results of a batch come as: a callback
// for each element.
func (r *reader) batchResults(f *file, fn *ast.FuncDecl, q *Query) error {
	if results := fn.Type.Results; results == nil || len(results.List) != 1 || r.text(results.List[0].Type) != "*"+q.BatchResults {
		return fmt.Errorf("its result is not a *%s", q.BatchResults)
	}
	q.Result = &Type{Expr: "*" + q.BatchResults}
	name := reads[q.Cmd]
	_, read := r.method(q.BatchResults, name)
	if read == nil || len(read.Type.Params.List) != 1 || read.Type.Results != nil {
		return fmt.Errorf("%s has no method %s that takes a callback", q.BatchResults, name)
	}
	callback, ok := read.Type.Params.List[0].Type.(*ast.FuncType)
	if !ok || callback.Params == nil {
		return fmt.Errorf("%s of %s takes no callback", name, q.BatchResults)
	}
	params := callback.Params.List
	if want := map[string]int{BatchExec: 2, BatchMany: 3, BatchOne: 3}[q.Cmd]; len(params) != want {
		return fmt.Errorf("%s with a callback of %d parameters", q.Cmd, len(params))
	}
	var types []string
	for _, p := range params {
		types = append(types, r.text(p.Type))
	}
	if err := r.resultsMethods(q, read, types); err != nil {
		return err
	}
	if q.Cmd == BatchExec {
		return nil
	}
	typ, err := f.typeOf(params[1].Type)
	if err != nil {
		return err
	}
	r.row(f, q, typ)
	return nil
}
