package sqlcmodel

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

func itoa(i int32) string { return strconv.Itoa(int(i)) }

// checkSQLC follows validate.SqlcFunctions. sqlc does not look into calls of other functions.
func checkSQLC(stmt *pg.Node, has marks) error {
	if !has.sqlc {
		return nil
	}
	var err *Error
	walk(stmt, func(part any) bool {
		call, ok := part.(*pg.FuncCall)
		if !ok || err != nil {
			return err == nil
		}
		f := texts(call.Funcname)
		if len(f) != 2 || f[0] != "sqlc" {
			return false
		}
		switch {
		case !isSQLC(call, "arg", "narg", "slice", "embed"):
			err = &Error{Kind: Other, Message: fmt.Sprintf("function %q does not exist", "sqlc."+f[1]), Name: f[1], Offset: -1}
		case len(call.Args) != 1:
			err = &Error{Kind: Other, Message: fmt.Sprintf("expected 1 parameter to sqlc.%s; got %d", f[1], len(call.Args)), Name: f[1], Offset: int(call.Location)}
		case call.Args[0].GetAConst() == nil && call.Args[0].GetColumnRef() == nil:
			err = &Error{Kind: Other, Message: fmt.Sprintf("expected parameter to sqlc.%s to be string or reference; got *ast.%s", f[1], kind(call.Args[0])), Name: f[1], Offset: int(call.Location)}
		}
		return false
	})
	if err == nil {
		return nil
	}
	return err
}

// kind is what sqlc calls a part: of one that it does not convert, it says ast.TODO.
func kind(n *pg.Node) string {
	if part := unwrap(n); part != nil {
		return reflect.TypeOf(part).Elem().Name()
	}
	return "TODO"
}

// checkCalls follows validate.FuncCall: a call of a function that sqlc knows has to fit one
// of that name.
func (m *Model) checkCalls(stmt *pg.Node) error {
	var err *Error
	walk(stmt, func(part any) bool {
		call, ok := part.(*pg.FuncCall)
		if !ok || err != nil {
			return err == nil
		}
		if f := texts(call.Funcname); len(f) == 2 && f[0] == "sqlc" {
			return false
		}
		_, name := lastTwo(call.Funcname)
		f, known := m.resolve(call)
		switch {
		case f != nil, !known && !m.opts.StrictFunctions:
		case !known:
			err = &Error{Kind: NoFunction, Message: fmt.Sprintf("function %q does not exist", name), Name: name, Offset: -1}
		case positionalAfterNamed(call):
			err = &Error{Kind: Other, Message: "positional argument cannot follow named argument", Name: name, Offset: int(call.Location)}
		default:
			unknown := strings.TrimSuffix(strings.Repeat("unknown, ", len(call.Args)), ", ")
			err = &Error{Kind: NoFunction, Message: fmt.Sprintf("function %s(%s) does not exist", name, unknown), Name: name, Offset: int(call.Location)}
		}
		return err == nil
	})
	if err == nil {
		return nil
	}
	return err
}

func positionalAfterNamed(call *pg.FuncCall) bool {
	named := false
	for _, a := range call.Args {
		if a.GetNamedArgExpr() != nil {
			named = true
		} else if named {
			return true
		}
	}
	return false
}

// checkInsert follows validate.InsertStmt, which looks at a VALUES of one row alone.
func (m *Model) checkInsert(n *pg.InsertStmt) error {
	rows := n.SelectStmt.GetSelectStmt().GetValuesLists()
	if len(rows) != 1 {
		return nil
	}
	columns, values := len(n.Cols), len(rows[0].GetList().GetItems())
	switch {
	case columns > values:
		return &Error{Kind: Other, Message: "INSERT has more target columns than expressions", Offset: -1}
	case columns < values:
		return &Error{Kind: MoreValues, Message: "INSERT has more expressions than target columns", Offset: -1}
	}
	return m.checkConflict(n)
}

// checkConflict follows validate.onConflictClause.
func (m *Model) checkConflict(n *pg.InsertStmt) error {
	c := n.OnConflictClause
	if c == nil || c.Action != pg.OnConflictAction_ONCONFLICT_UPDATE {
		return nil
	}
	t, err := m.lookup(relation{n.Relation.Schemaname, n.Relation.Relname})
	if err != nil {
		return err
	}
	if c.Infer == nil {
		return &Error{Kind: Other, Message: "ON CONFLICT DO UPDATE requires inference specification or constraint name", Offset: -1}
	}
	missing := func(rel, column string, at int32) error {
		return &Error{Kind: NoColumn, Message: fmt.Sprintf("column %q of relation %q does not exist", column, rel), Name: column, Offset: int(at)}
	}
	for _, e := range c.Infer.IndexElems {
		if name := e.GetIndexElem().GetName(); name != "" && t.column(name) == nil {
			return missing(t.rel.name, name, c.Infer.Location)
		}
	}
	for _, e := range c.TargetList {
		r := e.GetResTarget()
		if r.GetName() == "" {
			continue
		}
		if t.column(r.Name) == nil {
			return missing(t.rel.name, r.Name, r.Location)
		}
		if ref := r.Val.GetColumnRef(); ref != nil {
			f := texts(ref.Fields)
			if len(ref.Fields) == 2 && len(f) == 2 && strings.EqualFold(f[0], "excluded") && t.column(f[1]) == nil {
				return missing("EXCLUDED", f[1], ref.Location)
			}
		}
	}
	return nil
}

func (t *table) column(name string) *Column {
	for _, c := range t.columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}
