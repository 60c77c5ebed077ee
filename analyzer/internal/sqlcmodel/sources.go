package sqlcmodel

import (
	pg "github.com/pganalyze/pg_query_go/v5"
)

// sources are the tables that a statement's outputs may name (compiler.sourceTables): all
// that stand in FROM, those of sub-queries in its conditions included, but not what is
// inside of a sub-select there.
func (q *statement) sources(stmt any) ([]*table, error) {
	var parts []any
	switch n := stmt.(type) {
	case *pg.SelectStmt:
		parts = inFrom(n.FromClause)
	case *pg.InsertStmt:
		parts = []any{n.Relation}
	case *pg.UpdateStmt:
		parts = append(inFrom(n.FromClause), n.Relation)
	case *pg.DeleteStmt:
		parts = []any{n.Relation}
	}
	var tables []*table
	for _, part := range parts {
		t, err := q.source(part)
		if err != nil {
			return nil, err
		}
		if t != nil {
			t.from = part
			tables = append(tables, t)
		}
	}
	return tables, nil
}

func inFrom(from []*pg.Node) []any {
	var parts []any
	for _, n := range from {
		walk(n, func(part any) bool {
			switch part.(type) {
			case *pg.RangeVar, *pg.RangeFunction:
				parts = append(parts, part)
			case *pg.RangeSubselect:
				parts = append(parts, part)
				return false
			}
			return true
		})
	}
	return parts
}

func (q *statement) source(part any) (*table, error) {
	switch n := part.(type) {
	case *pg.RangeVar:
		t, err := q.table(relation{n.Schemaname, n.Relname})
		if err != nil {
			return nil, err
		}
		if n.Alias != nil {
			t.rel.name = n.Alias.Aliasname
		}
		return t, nil
	case *pg.RangeSubselect:
		columns, err := q.outputs(n.Subquery)
		if err != nil {
			return nil, err
		}
		return &table{rel: relation{name: n.Alias.GetAliasname()}, columns: columns, single: aggregated(n.Subquery.GetSelectStmt())}, nil
	case *pg.RangeFunction:
		return q.rows(n), nil
	}
	return nil, nil
}

// rows are those of a function, nil where sqlc does not know it.
func (q *statement) rows(n *pg.RangeFunction) *table {
	items := n.Functions[0].GetList().GetItems()
	if len(items) == 0 || items[0].GetFuncCall() == nil {
		return nil
	}
	schema, name := lastTwo(items[0].GetFuncCall().Funcname)
	all := q.m.functionsNamed(schema, name)
	if len(all) == 0 {
		return nil
	}
	t := q.rowsOf(all[0], n.Alias, relation{schema, name})
	if n.Alias != nil {
		t.rel = relation{name: n.Alias.Aliasname}
	}
	return t
}

func (q *statement) rowsOf(f *function, alias *pg.Alias, rel relation) *table {
	if f.returns != nil {
		if t, err := q.table(relation{f.returns.schema, f.returns.name}); err == nil {
			return t
		}
	}
	t := &table{rel: rel}
	switch {
	case len(alias.GetColnames()) > 0:
		for _, n := range alias.Colnames {
			t.columns = append(t.columns, &Column{Name: n.GetString_().GetSval(), Type: "any"})
		}
	case f.returns != nil:
		name := rel.name
		if alias != nil {
			name = alias.Aliasname
		}
		t.columns = one(name, f.returns.name, false)
	default:
		for _, p := range f.params {
			if p.out {
				t.columns = append(t.columns, &Column{Name: p.name, Type: p.typ.name})
			}
		}
	}
	return t
}

// What an outer join leaves of a table (compiler.isTableRequired).
const (
	notFound = iota
	required
	optional
)

// require takes back that a column is NOT NULL where sqlc sees that its table is on the
// nullable side of an outer join. It looks for the table by its name in FROM, so it finds
// none that is in a sub-select, and of a join in parentheses it forgets the joins around it.
func (c *Column) require(from []*pg.Node) {
	if !c.NotNull || c.rel == nil || c.required {
		return
	}
	for _, n := range from {
		if found := c.side(n, required); found != notFound {
			c.NotNull = found == required
			return
		}
	}
}

func (c *Column) side(n *pg.Node, prior int) int {
	switch n := unwrap(n).(type) {
	case *pg.RangeVar:
		if n.Relname == c.rel.name && (n.Alias == nil || c.alias == "" || n.Alias.Aliasname == c.alias) {
			return prior
		}
	case *pg.JoinExpr:
		l, r := notFound, notFound
		switch n.Jointype {
		case pg.JoinType_JOIN_LEFT:
			l, r = required, optional
		case pg.JoinType_JOIN_RIGHT:
			l, r = optional, required
		case pg.JoinType_JOIN_FULL:
			l, r = optional, optional
		case pg.JoinType_JOIN_INNER:
			l, r = required, required
		default:
			return notFound
		}
		if found := c.side(n.Larg, l); found != notFound {
			return found
		}
		return c.side(n.Rarg, r)
	}
	return notFound
}
