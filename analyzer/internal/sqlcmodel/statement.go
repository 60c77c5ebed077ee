package sqlcmodel

import (
	pg "github.com/pganalyze/pg_query_go/v5"
)

// statement is one on its way through sqlc (compiler.QueryCatalog).
type statement struct {
	m      *Model
	ctes   map[string]*table
	embeds []*embed
	params []*Parameter
}

// analyze follows compiler.analyzeQuery: it returns the columns of the result and the parameters with a type, or what sqlc
// refuses. It changes the statement, of which text, with the comments in front, starts at base.
func (m *Model) analyze(stmt *pg.Node, text string, base int) ([]*Column, []*Parameter, error) {
	has := written(text)
	used, err := numbersUsed(stmt, has)
	if err != nil {
		return nil, nil, err
	}
	edits, named := nameParameters(stmt, used, has)
	if named != nil {
		return nil, nil, named
	}
	if ins := stmt.GetInsertStmt(); ins != nil {
		if err := m.checkInsert(ins); err != nil {
			return nil, nil, lifted(err)
		}
	}
	if err := m.checkCalls(stmt); err != nil {
		return nil, nil, lifted(err)
	}
	vars := search[*pg.RangeVar](stmt)
	params, perr := findParameters(stmt)
	if perr != nil {
		return nil, nil, lifted(perr)
	}
	q := &statement{m: m, embeds: embeds(stmt, has)}
	columns, err := q.infer(stmt, vars, params)
	stars, starErr := q.expand(stmt, has)
	if err == nil {
		err = starErr
	} else if e, ok := err.(*Error); ok && e != errUnfit {
		e.Lifted = starErr == nil && e.inferred()
	}
	if err != nil {
		return nil, nil, err
	}
	edits = append(edits, stars...)
	for i := range edits {
		edits[i].at -= base
	}
	return columns, q.params, edited(text, edits)
}

// infer finds the types of parameters and outputs.
func (q *statement) infer(stmt *pg.Node, vars []*pg.RangeVar, params []place) ([]*Column, error) {
	if err := q.with(stmt); err != nil {
		return nil, err
	}
	if err := q.resolveParameters(vars, params); err != nil {
		return nil, err
	}
	return q.outputs(stmt)
}

// inferred reports whether a refusal is of what a database knows.
func (e *Error) inferred() bool {
	switch e.Kind {
	case NoColumn, NoOutput, NoOrder, Ambiguous, NoAlias, NoRelation, Unnamed, MoreValues, NoFunction:
		return true
	}
	return false
}

// lifted marks what a database lifts of what is found before the inference.
func lifted(err error) error {
	if e, ok := err.(*Error); ok && e != errUnfit {
		e.Lifted = e.inferred()
	}
	return err
}

// outputColumns are those of a view's query (compiler.OutputColumns).
func (m *Model) outputColumns(stmt *pg.Node) ([]*Column, error) {
	q := &statement{m: m}
	if err := q.with(stmt); err != nil {
		return nil, err
	}
	return q.outputs(stmt)
}

// with reads the CTEs of the statement itself (compiler.buildQueryCatalog); those of
// sub-selects sqlc does not know.
func (q *statement) with(stmt *pg.Node) error {
	q.ctes = map[string]*table{}
	for _, n := range withClause(stmt).GetCtes() {
		cte := n.GetCommonTableExpr()
		if cte == nil {
			continue
		}
		columns, err := q.outputs(cte.Ctequery)
		if err != nil {
			return err
		}
		t := named(relation{name: cte.Ctename}, columns, cte.Aliascolnames)
		t.single = aggregated(cte.Ctequery.GetSelectStmt())
		q.ctes[cte.Ctename] = t
	}
	return nil
}

// named gives columns the names in a list and the table that they are of.
func named(rel relation, columns []*Column, names []*pg.Node) *table {
	for i, c := range columns {
		c.rel = &rel
		if i < len(names) {
			c.Name = names[i].GetString_().GetSval()
		}
	}
	return &table{rel: rel, columns: columns}
}

func withClause(stmt *pg.Node) *pg.WithClause {
	switch n := unwrap(stmt).(type) {
	case *pg.SelectStmt:
		return n.WithClause
	case *pg.InsertStmt:
		return n.WithClause
	case *pg.UpdateStmt:
		return n.WithClause
	case *pg.DeleteStmt:
		return n.WithClause
	}
	return nil
}

// table finds a CTE or a table of the catalog (QueryCatalog.GetTable).
func (q *statement) table(r relation) (*table, error) {
	if cte := q.ctes[r.name]; cte != nil {
		return &table{rel: r, columns: cte.columns, single: cte.single}, nil
	}
	t, err := q.m.lookup(r)
	if err != nil {
		return nil, err
	}
	columns, copies := make([]*Column, len(t.columns)), make([]Column, len(t.columns))
	for i, c := range t.columns {
		copied := &copies[i]
		*copied = *c
		copied.rel = &r
		if q.m.facts != nil {
			if notNull, known := q.m.facts.NotNull(orPublic(r.schema), r.name, c.Name); known {
				copied.Null = when(!notNull, Nullable)
			}
		}
		columns[i] = copied
	}
	return &table{rel: r, columns: columns}, nil
}

// expand looks up the tables of every SELECT and write in a statement that has a star
// anywhere, and returns the edits for the stars (compiler.expand).
func (q *statement) expand(stmt *pg.Node, has marks) ([]edit, error) {
	if !has.star && !has.sqlc || len(search[*pg.A_Star](stmt)) == 0 {
		return nil, nil
	}
	var edits []edit
	var err error
	walk(stmt, func(part any) bool {
		list, shows := returning(part)
		if n, ok := part.(*pg.SelectStmt); ok {
			list, shows = n.TargetList, true
		}
		if shows && err == nil {
			var tables []*table
			tables, err = q.sources(part)
			edits = append(edits, q.stars(list, tables)...)
		}
		return true
	})
	return edits, err
}

// returning is the RETURNING of a write; false for what is none.
func returning(part any) ([]*pg.Node, bool) {
	switch n := part.(type) {
	case *pg.InsertStmt:
		return n.ReturningList, true
	case *pg.UpdateStmt:
		return n.ReturningList, true
	case *pg.DeleteStmt:
		return n.ReturningList, true
	}
	return nil, false
}

// numbersUsed are the numbers of the parameters as written, which have to be without a gap
// (validate.ParamRef).
func numbersUsed(stmt *pg.Node, has marks) (map[int32]bool, error) {
	seen := map[int32]bool{}
	if !has.dollar {
		return seen, nil
	}
	for _, p := range search[*pg.ParamRef](stmt) {
		if p.Number > 0 {
			seen[p.Number] = true
		}
	}
	for i := int32(1); i <= int32(len(seen)); i++ {
		if !seen[i] {
			return nil, &Error{Kind: Other, Message: "could not determine data type of parameter $" + itoa(i), Offset: -1}
		}
	}
	return seen, nil
}
