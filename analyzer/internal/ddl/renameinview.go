package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// renameInText follows a renamed column of t through the text of a view, and reports whether all that may mean the
// column is understood. PostgreSQL stores a view by the columns' numbers and keeps its own columns' names (manual,
// 41.2.1): so every output that was named after the column gets that name, and every reference the new one.
func (v *view) renameInText(t *table, from, to string) bool {
	if v.query == nil || v.star {
		return false
	}
	r := &columnRename{table: t, from: from, to: to, of: map[string][]bool{}}
	parsetree.Walk(v.query, r.owner)
	r.node(v.query, nil, false)
	if r.unclear {
		return false
	}
	replace(v.expr.columns, from, to)
	v.bare = slices.DeleteFunc(v.bare, func(name string) bool { return name == from })
	return true
}

// columnRename is a walk through a view's query.
type columnRename struct {
	table    *table
	from, to string
	// of says for each name of an item of FROM whether that is the table, once for each item.
	of      map[string][]bool
	unclear bool
}

// selectLevel is a SELECT with the name that the table has in its FROM, "" where it is not there.
type selectLevel struct {
	alias   string
	outputs []string
	up      *selectLevel
}

// owner notes whose name an alias is. Names that stand for parts of the table, or rename its columns, are unclear.
func (r *columnRename) owner(m parsetree.Message) {
	item := func(a *pg.Alias, names ...string) {
		for _, name := range append(names, a.GetAliasname()) {
			if name != "" {
				r.of[name] = append(r.of[name], false)
			}
		}
	}
	switch m := m.(type) {
	case *pg.RangeVar:
		mine := parsetree.RangeName(m) == r.table.Name
		r.unclear = r.unclear || m.GetSchemaname() == "" && m.GetRelname() == r.table.Name.Name || mine && len(m.GetAlias().GetColnames()) > 0
		r.of[rangeAlias(m)] = append(r.of[rangeAlias(m)], mine)
	case *pg.RangeSubselect:
		item(m.GetAlias())
	case *pg.RangeFunction:
		item(m.GetAlias())
	case *pg.RangeTableFunc:
		item(m.GetAlias())
	case *pg.JoinExpr:
		for _, a := range []*pg.Alias{m.GetAlias(), m.GetJoinUsingAlias()} {
			item(a)
			if a != nil { // which may stand for the table's columns, too
				r.of[a.GetAliasname()] = append(r.of[a.GetAliasname()], true)
			}
		}
		r.unclear = r.unclear || m.GetIsNatural() || slices.Contains(parsetree.Strings(m.GetUsingClause()), r.from)
	case *pg.A_Indirection:
		r.unclear = r.unclear || slices.Contains(parsetree.Strings(m.GetIndirection()), r.from)
	case *pg.FuncCall: // notes(n) is n.notes
		r.unclear = r.unclear || parsetree.LastString(m.GetFuncname()) == r.from
	}
}

func rangeAlias(m *pg.RangeVar) string {
	if a := m.GetAlias().GetAliasname(); a != "" {
		return a
	}
	return m.GetRelname()
}

// node walks through what stands at a level; on tells that it is the condition of a join, which sees its two sides alone.
func (r *columnRename) node(m parsetree.Message, at *selectLevel, on bool) {
	children := func(m parsetree.Message) {
		parsetree.Children(m, func(c parsetree.Message) { r.node(c, at, on) })
	}
	switch m := m.(type) {
	case *pg.SelectStmt:
		at, on = r.level(m, at), false
		children(m)
	case *pg.JoinExpr:
		if m.GetQuals() != nil {
			r.node(m.GetQuals(), at, true)
		}
		r.node(m.GetLarg(), at, on)
		r.node(m.GetRarg(), at, on)
	case *pg.SortBy:
		if c := m.GetNode().GetColumnRef(); c == nil || !at.isOutput(c) {
			children(m)
		}
	case *pg.ColumnRef:
		r.reference(m, at, on)
	default:
		children(m)
	}
}

// level gives the outputs of a SELECT that are named after the column that name.
func (r *columnRename) level(s *pg.SelectStmt, up *selectLevel) *selectLevel {
	at := &selectLevel{up: up}
	for _, n := range s.GetFromClause() {
		r.item(n, at)
	}
	for _, n := range s.GetTargetList() {
		t := n.GetResTarget()
		name, known := t.GetName(), t.GetName() != ""
		if !known {
			if name, known = (&parsetree.Labeler{Column: firstColumn}).OutputName(t.GetVal()); known && name == r.from {
				t.Name = name
			}
		}
		r.unclear = r.unclear || !known && r.mentioned(t.GetVal())
		at.outputs = append(at.outputs, name)
	}
	for left := s.GetLarg(); left != nil; left = left.GetLarg() { // whose outputs a set operation sorts by
		at.outputs = append(at.outputs, r.from)
	}
	for _, n := range s.GetDistinctClause() { // of which some are outputs, and some are not
		r.unclear = r.unclear || n.GetColumnRef() != nil && parsetree.LastString(n.GetColumnRef().GetFields()) == r.from && len(n.GetColumnRef().GetFields()) == 1
	}
	return at
}

// mentioned reports whether an expression has the column's name anywhere.
func (r *columnRename) mentioned(n *pg.Node) (found bool) {
	parsetree.Walk(n, func(m parsetree.Message) {
		c, ok := m.(*pg.ColumnRef)
		found = found || ok && parsetree.LastString(c.GetFields()) == r.from
	})
	return found
}

// item looks for the table in an element of FROM.
func (r *columnRename) item(n *pg.Node, at *selectLevel) {
	if j := n.GetJoinExpr(); j != nil {
		r.item(j.GetLarg(), at)
		r.item(j.GetRarg(), at)
	}
	if v := n.GetRangeVar(); v != nil && parsetree.RangeName(v) == r.table.Name {
		at.alias = rangeAlias(v)
	}
}

// isOutput reports whether ORDER BY names an output column, which it prefers (PostgreSQL manual, SELECT, ORDER BY Clause).
func (at *selectLevel) isOutput(c *pg.ColumnRef) bool {
	return at != nil && len(c.GetFields()) == 1 && slices.Contains(at.outputs, parsetree.LastString(c.GetFields()))
}

// reference gives the column its new name. Alone, a name is that of the table of its own level: were it another's, too, it
// would be ambiguous; at a level without the table it may be that of one outside.
func (r *columnRename) reference(c *pg.ColumnRef, at *selectLevel, on bool) {
	f := c.GetFields()
	if parsetree.LastString(f) != r.from {
		return
	}
	switch len(f) {
	case 1:
		switch {
		case at == nil || on:
			r.unclear = true
		case at.alias != "":
			c.Fields = []*pg.Node{pg.MakeStrNode(at.alias), pg.MakeStrNode(r.to)}
		default:
			for up := at.up; up != nil; up = up.up {
				r.unclear = r.unclear || up.alias != ""
			}
		}
	case 2:
		of := r.of[f[0].GetString_().GetSval()]
		mine := slices.Contains(of, true)
		r.unclear = r.unclear || mine && slices.Contains(of, false) || len(of) == 0
		if mine {
			f[1] = pg.MakeStrNode(r.to)
		}
	default:
		r.unclear = true
	}
}
