package sqlc

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// copyFrom reads a method that copies rows into a table. sqlc emits no statement
// for it, so the INSERT that has the same effect is made of what it does emit:
// the names of table and columns, and the values that its iterator yields.
func (r *reader) copyFrom(f *file, fn *ast.FuncDecl) (*Query, error) {
	if !fn.Name.IsExported() {
		return nil, errLowerCase
	}
	q := &Query{Name: fn.Name.Name, Cmd: CopyFrom, Comments: comments(fn.Doc)}
	if err := r.signature(f, fn, q); err != nil {
		return nil, err
	}
	if err := r.result(f, fn, q); err != nil {
		return nil, err
	}
	element, err := r.elements(q)
	if err != nil {
		return nil, err
	}
	db := database(fn)
	if err := shadows(fn, q, "", db); err != nil {
		return nil, err
	}
	table, err := r.copyCall(fn, q, db)
	if err != nil {
		return nil, err
	}
	values, err := r.iterator(q)
	if err != nil {
		return nil, err
	}
	if len(values) != len(q.Columns) {
		return nil, fmt.Errorf("its iterator yields %d values for %d columns", len(values), len(q.Columns))
	}
	if err := r.values(q, element, "r.rows[0]", values); err != nil {
		return nil, err
	}
	if err := misused(fn, q); err != nil {
		return nil, err
	}
	q.SQL = insert(table, q.Columns)
	return q, nil
}

// copyCall reads the call that copies.
func (r *reader) copyCall(fn *ast.FuncDecl, q *Query, db string) (table []string, err error) {
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 4 {
			table, q.Columns = r.names(call.Args[1]), r.names(call.Args[2])
		}
		return true
	})
	if len(table) == 0 || len(q.Columns) == 0 {
		return nil, errors.New("it names no table and columns to copy to")
	}
	for i, column := range q.Columns {
		if slices.Contains(q.Columns[:i], column) {
			return nil, fmt.Errorf("it copies twice to column %s", column)
		}
	}
	return table, r.shaped(fn, "{\nreturn "+db+".CopyFrom(ctx, "+goStrings(table)+", "+goStrings(q.Columns)+", &iteratorFor"+
		q.Name+"{rows: "+q.Params[0].Name+"})\n}")
}

// names evaluates a []string literal.
func (r *reader) names(e ast.Expr) []string {
	elts, _ := r.literal(e, "[]string")
	var list []string
	for _, elt := range elts {
		s, ok := stringValue(elt)
		if !ok {
			return nil
		}
		list = append(list, s)
	}
	return list
}

func goStrings(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = strconv.Quote(s)
	}
	return "[]string{" + strings.Join(quoted, ", ") + "}"
}

// iterator reads the source of the rows: it has to yield each of them once.
func (r *reader) iterator(q *Query) ([]ast.Expr, error) {
	name := "iteratorFor" + q.Name
	s, ok := r.structs[name]
	if !ok || len(s.Fields) != 2 || s.Fields[0].Name != "rows" || s.Fields[0].Type.Expr != q.Params[0].Type.Expr ||
		s.Fields[1].Name != "skippedFirstNextCall" || s.Fields[1].Type.Expr != "bool" {
		return nil, fmt.Errorf("%s does not hold the rows", name)
	}
	s.row = true
	var yielded []ast.Expr
	for _, method := range []string{"Next", "Values", "Err"} {
		_, fn := r.method(name, method)
		if fn == nil || len(fn.Recv.List[0].Names) != 1 || fn.Recv.List[0].Names[0].Name != "r" {
			return nil, fmt.Errorf("%s has no method %s", name, method)
		}
		body := iteratorBodies[method]
		if method == "Values" {
			yielded = r.batchValues(fn)
			body = "{\nreturn []interface{}{\n" + r.list(yielded) + "}, nil\n}"
		}
		if err := r.shaped(fn, body); err != nil {
			return nil, err
		}
	}
	return yielded, nil
}

var iteratorBodies = map[string]string{
	"Next": `{
	if len(r.rows) == 0 {
		return false
	}
	if !r.skippedFirstNextCall {
		r.skippedFirstNextCall = true
		return true
	}
	r.rows = r.rows[1:]
	return len(r.rows) > 0
}`,
	"Err": "{\nreturn nil\n}",
}

// insert is the statement that a copy amounts to.
func insert(table, columns []string) string {
	numbers := make([]string, len(columns))
	for i := range columns {
		numbers[i] = "$" + strconv.Itoa(i+1)
	}
	return "INSERT INTO " + quote(table, ".") + " (" + quote(columns, ", ") + ") VALUES (" + strings.Join(numbers, ", ") + ")"
}

func quote(names []string, separator string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	return strings.Join(quoted, separator)
}

// copied matches an INSERT that a copy can stand for, where literals and quoted
// names are blanked out, and captures its list of columns.
var copied = lazyre.New(`(?is)^\s*INSERT\s+INTO\b[^()]*\(([^()\[\].]*)\)\s*VALUES\s*\(`)

// CheckCopy compares a copy with the INSERT as its author wrote it. sqlc leaves
// out, without a word, a column whose parameter an earlier column has already,
// and everything between the columns and VALUES.
func (q *Query) CheckCopy(written string) error {
	columns := copied().FindStringSubmatch(code(written))
	if columns == nil {
		return errors.New("a :copyfrom query is written INSERT INTO table (column, …) VALUES (@parameter, …)")
	}
	if n := strings.Count(columns[1], ",") + 1; n != len(q.Columns) {
		return fmt.Errorf("sqlc copies to %d of its %d columns (%s); a :copyfrom query needs a parameter of its own for each column",
			len(q.Columns), n, strings.Join(q.Columns, ", "))
	}
	return nil
}
