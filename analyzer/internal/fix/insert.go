package fix

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// insert gives every row of an INSERT the tenant.
func (e *editor) insert() bool {
	f, owner := e.failure, e.failure.Owner
	if f.Missing == nil || f.Inexact != prover.Exact || e.taken(f.Missing.Param) {
		return false
	}
	if f.Outer >= 0 {
		return false // InsertOuter: its parameter is another level's
	}
	if owner.Kind != tenancy.Column {
		return false // a child takes its key from a row of its parent: the author knows which
	}
	return e.supply(f.Pos.Start, f.At.Base.Table.Columns[owner.Column].Name, e.parameter(f.Missing.Param))
}

// insertOuter gives every row the tenant of an outer level.
func (e *editor) insertOuter() bool {
	f := e.failure
	column := f.At.Base.Table.Columns[f.Column].Name
	return e.supply(f.Pos.Start, column, "@"+f.Levels[0].Columns[0])
}

// supply puts a column with a value in front of those that an INSERT gives.
func (e *editor) supply(offset int, column, value string) bool {
	st := e.insertAt(offset - e.Unit.Base)
	if st == nil || len(st.GetCols()) == 0 || ordinals(st.GetSelectStmt().GetSelectStmt()) || slices.ContainsFunc(st.GetCols(), func(n *pg.Node) bool { return n.GetResTarget().GetName() == column }) {
		return false
	}
	first := e.Unit.Base + int(st.GetCols()[0].GetResTarget().GetLocation())
	list, ok := e.tokenAt(first)
	if !ok || e.toks[list-1].Word != "(" {
		return false
	}
	e.first(list, quoted(column))
	source := st.GetSelectStmt().GetSelectStmt()
	if len(source.GetValuesLists()) == 0 {
		return e.everyArm(source, value)
	}
	i := slices.IndexFunc(e.toks[list:], func(t sqltext.Token) bool { return t.Word == "values" })
	return i >= 0 && source.GetWithClause() == nil && e.everyRow(list+i+1, e.toks[list+i].Depth, value)
}

// insertAt is the INSERT whose table is at a location of the parse tree.
func (e *editor) insertAt(location int) *pg.InsertStmt {
	var found *pg.InsertStmt
	walk(e.Unit.Stmt, func(st *pg.InsertStmt) {
		if int(st.GetRelation().GetLocation()) == location {
			found = st
		}
	})
	return found
}

// first puts what is new in front of a list whose first token is given: on a line of its
// own if that has one.
func (e *editor) first(token int, text string) {
	t := e.toks[token]
	if indent, ok := e.begins(t); ok {
		e.put(t.Start, text+",\n"+indent)
	} else {
		e.put(t.Start, text+", ")
	}
}

// everyRow puts a value in front of each row of VALUES.
func (e *editor) everyRow(i, depth int, value string) bool {
	for i < len(e.toks) && e.toks[i].Word == "(" && e.toks[i].Depth == depth+1 {
		e.first(i+1, value)
		i = e.closing(i) + 1
		if i >= len(e.toks) || e.toks[i].Word != "," {
			break
		}
		i++
	}
	return len(e.done) > 1
}

// closing is the token that closes a parenthesis.
func (e *editor) closing(open int) int {
	for i := open + 1; i < len(e.toks); i++ {
		if e.toks[i].Word == ")" && e.toks[i].Depth == e.toks[open].Depth {
			return i
		}
	}
	return len(e.toks)
}

// everyArm puts a value in front of what each SELECT of a UNION selects.
func (e *editor) everyArm(s *pg.SelectStmt, value string) bool {
	if s.GetLarg() != nil {
		return e.everyArm(s.GetLarg(), value) && e.everyArm(s.GetRarg(), value)
	}
	if len(s.GetTargetList()) == 0 {
		return false
	}
	i, ok := e.tokenAt(e.Unit.Base + int(s.GetTargetList()[0].GetResTarget().GetLocation()))
	if ok {
		e.first(i, value)
	}
	return ok // TABLE has no list
}

// target puts the tenant into the conflict target of ON CONFLICT, if a key has it so.
func (e *editor) target() bool {
	f := e.failure
	if f.Owner.Kind != tenancy.Column || f.At.Base == nil {
		return false
	}
	st := e.insertAt(f.At.Base.Pos.Start - e.Unit.Base)
	elems := st.GetOnConflictClause().GetInfer().GetIndexElems()
	var columns []string
	for _, n := range elems {
		columns = append(columns, n.GetIndexElem().GetName())
	}
	tenant := f.At.Base.Table.Columns[f.Owner.Column].Name
	if len(columns) == 0 || !keyed(f.At.Base.Table, append(columns, tenant)) {
		return false
	}
	from, _ := e.tokenAt(f.At.Base.Pos.Start)
	for i := from; i+2 < len(e.toks); i++ {
		if e.toks[i].Word == "on" && e.toks[i+1].Word == "conflict" && e.toks[i+2].Word == "(" {
			e.first(i+3, quoted(tenant))
			return true
		}
	}
	return false
}

// keyed reports whether a table has a key of exactly these columns.
func keyed(t *catalog.Table, columns []string) bool {
	return slices.ContainsFunc(t.Keys, func(k *catalog.Key) bool {
		return !k.Partial && !k.Expression && len(k.Columns) == len(columns) && !slices.ContainsFunc(k.Columns, func(c string) bool { return !slices.Contains(columns, c) })
	})
}
