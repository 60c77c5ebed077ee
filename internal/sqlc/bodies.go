package sqlc

import (
	"fmt"
	"go/ast"
	"strconv"
	"strings"
)

// What sqlc's templates for pgx v5 make of each command. A method does this and nothing
// else, or it is refused: text of a query, of a schema or of sqlc.yaml may have become code.

// execBody checks the method of a command that reads no rows.
func (r *reader) execBody(fn *ast.FuncDecl, q *Query, call string) error {
	wrapped := "fmt.Errorf(" + strconv.Quote("query "+q.Name+": %w") + ", err)"
	switch q.Cmd {
	case Exec:
		return r.oneOf(fn, "{\n_, err := "+call+"\nreturn err\n}",
			"{\n_, err := "+call+"\nif err != nil {\nreturn "+wrapped+"\n}\nreturn nil\n}")
	case ExecRows:
		const rows = "{\nresult, err := %s\nif err != nil {\nreturn 0, %s\n}\nreturn result.RowsAffected(), nil\n}"
		return r.oneOf(fn, fmt.Sprintf(rows, call, "err"), fmt.Sprintf(rows, call, wrapped))
	}
	return r.oneOf(fn, "{\nreturn "+call+"\n}",
		"{\nresult, err := "+call+"\nif err != nil {\nerr = "+wrapped+"\n}\nreturn result, err\n}")
}

// oneBody checks a :one method. The row is read into a variable, or into a parameter of the
// same name and type.
func (r *reader) oneBody(fn *ast.FuncDecl, q *Query, call string) error {
	row := r.rowRead(fn.Body, "row.Scan")
	wrap := "if err != nil {\nerr = fmt.Errorf(" + strconv.Quote("query "+q.Name+": %w") + ", err)\n}\n"
	head := "{\nrow := " + call + "\n" + row.declaration() + "err := row.Scan(" + row.into + ")\n"
	tail := "return " + row.returned(q.Result) + ", err\n}"
	return r.oneOf(fn, head+tail, head+wrap+tail)
}

// rowRead is how a row is read.
type rowRead struct {
	name, typ string // of the variable; typ is "" when it is a parameter
	into      string // what Scan fills
}

func (row rowRead) declaration() string {
	if row.typ == "" {
		return ""
	}
	return "var " + row.name + " " + row.typ + "\n"
}

// returned is the row as a method with the given result returns it: sqlc makes structs
// pointers on the way, never variables that are pointers already.
func (row rowRead) returned(result *Type) string {
	if result != nil && row.typ != "" && row.typ != result.Expr {
		return "&" + row.name
	}
	return row.name
}

// rowRead finds the call that scans and the variable that it fills, in the innermost loop
// when there is one.
func (r *reader) rowRead(body ast.Node, scan string) rowRead {
	var row rowRead
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			if len(n.Names) == 1 && n.Type != nil {
				row.name, row.typ = n.Names[0].Name, r.text(n.Type)
			}
		case *ast.CallExpr:
			if dotted(n.Fun) == scan {
				row.into = r.targets(n.Args, &row)
			}
		}
		return true
	})
	return row
}

// targets prints the arguments of Scan, as long as each is the address of the variable or
// of a field of it; "nil" otherwise, which matches nothing.
func (r *reader) targets(args []ast.Expr, row *rowRead) string {
	list := make([]string, len(args))
	for i, arg := range args {
		text := r.text(arg)
		root := rootOf(arg)
		if row.typ == "" {
			row.name = root
		}
		if root == "" || root != row.name || text == "" {
			return "nil"
		}
		list[i] = text
	}
	return strings.Join(list, ", ")
}

// rootOf returns x of &x, &x.y and &x.y.z, "" of anything else.
func rootOf(e ast.Expr) string {
	ref, ok := e.(*ast.UnaryExpr)
	if !ok || ref.Op.String() != "&" {
		return ""
	}
	e = ref.X
	for {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			e = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// resultsMethods checks the methods of the type that the results of a batch come as.
func (r *reader) resultsMethods(q *Query, read *ast.FuncDecl, callback []string) error {
	typ := q.BatchResults
	s, ok := r.structs[typ]
	if !ok || len(s.Fields) != 3 || s.Fields[0].Type.Expr != "pgx.BatchResults" || s.Fields[1].Type.Expr != "int" || s.Fields[2].Type.Expr != "bool" {
		return fmt.Errorf("%s does not hold the results of a batch", typ)
	}
	_, closing := r.method(typ, "Close")
	if closing == nil {
		return fmt.Errorf("%s has no method Close", typ)
	}
	if err := r.written(closing, "func (b *"+typ+") Close() error {\nb.closed = true\nreturn b.br.Close()\n}"); err != nil {
		return err
	}
	head := "func (b *" + typ + ") " + read.Name.Name + "(f func(" + strings.Join(callback, ", ") + ")) {\ndefer b.br.Close()\nfor t := 0; t < b.tot; t++ {\n"
	switch q.Cmd {
	case BatchExec:
		return r.written(read, head+closedBatch("f(t, ErrBatchAlreadyClosed)")+"_, err := b.br.Exec()\nif f != nil {\nf(t, err)\n}\n}\n}")
	case BatchOne:
		return r.batchOne(read, head, callback[1])
	}
	return r.batchMany(read, head, callback[1])
}

func closedBatch(call string) string {
	return "if b.closed {\nif f != nil {\n" + call + "\n}\ncontinue\n}\n"
}

func (r *reader) batchOne(read *ast.FuncDecl, head, element string) error {
	row := r.rowRead(read.Body, "row.Scan")
	value := row.returned(&Type{Expr: element})
	none := value
	if strings.HasPrefix(value, "&") {
		none = "nil"
	}
	return r.written(read, head+row.declaration()+closedBatch("f(t, "+none+", ErrBatchAlreadyClosed)")+
		"row := b.br.QueryRow()\nerr := row.Scan("+row.into+")\nif f != nil {\nf(t, "+value+", err)\n}\n}\n}")
}

func (r *reader) batchMany(read *ast.FuncDecl, head, elements string) error {
	row := r.rowRead(read.Body, "rows.Scan")
	var err error
	for _, items := range []string{"var items " + elements, "items := " + elements + "{}"} {
		err = r.written(read, head+items+"\n"+closedBatch("f(t, items, ErrBatchAlreadyClosed)")+`err := func() error {
	rows, err := b.br.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		`+row.declaration()+`if err := rows.Scan(`+row.into+`); err != nil {
			return err
		}
		items = append(items, `+row.returned(&Type{Expr: strings.TrimPrefix(elements, "[]")})+`)
	}
	return rows.Err()
}()
if f != nil {
	f(t, items, err)
}
}
}`)
		if err == nil {
			return nil
		}
	}
	return err
}

// oneOf checks that a function has one of several bodies.
func (r *reader) oneOf(fn *ast.FuncDecl, bodies ...string) error {
	var err error
	for _, body := range bodies {
		if err = r.shaped(fn, body); err == nil {
			return nil
		}
	}
	return err
}

// written checks a whole function, its signature included.
func (r *reader) written(fn *ast.FuncDecl, want string) error {
	if tokens(r.slice(fn)) != tokens(want) {
		return fmt.Errorf("sqlc's %s has a form that tenantgen does not know", fn.Name.Name)
	}
	r.known[fn] = true
	return nil
}
