package querygen

// cols lists the columns of one type that an expression may refer to.
func (s *scope) cols(typ Type) []*Expr {
	var out []*Expr
	for _, o := range s.all() {
		for _, c := range o.cols {
			if c.typ == typ {
				out = append(out, o.col(c.name))
			}
		}
	}
	return out
}

func (g *gen) colOf(s *scope, typ Type) *Expr {
	if cols := s.cols(typ); len(cols) > 0 {
		return pick(g, cols...)
	}
	return nil
}

func (g *gen) intCol(s *scope) *Expr {
	if e := g.colOf(s, Int); e != nil {
		return e
	}
	return form("1")
}

// expr is an expression of a type. depth bounds its size.
func (g *gen) expr(s *scope, typ Type, depth int) *Expr {
	switch typ {
	case Text:
		return g.textExpr(s, depth)
	case Bool:
		if e := g.colOf(s, Bool); e != nil && g.chance(40) {
			return e
		}
		return form("(%s)", g.cond(s, depth))
	case JSON:
		if e := g.colOf(s, JSON); e != nil {
			return e
		}
		return form(`'{"a": 1}'::jsonb`)
	}
	return g.intExpr(s, depth)
}

func (g *gen) intExpr(s *scope, depth int) *Expr {
	kind := g.weighted(60, 12, 10, 6*depth, 6*depth, 5*depth, 5*depth)
	switch kind {
	case 1:
		return form(pick(g, "1", "2", "3", "4"))
	case 2:
		return param(pick(g, intParam, intParam, otherParam, tenantParam))
	case 3:
		return form("COALESCE(%s, %s)", g.intCol(s), g.intExpr(s, depth-1))
	case 4:
		return form("CASE WHEN %s THEN %s ELSE %s END", g.cond(s, depth-1), g.intExpr(s, depth-1), g.intExpr(s, depth-1))
	case 5:
		return form(pick(g, "(%s + %s)", "greatest(%s, %s)", "nullif(%s, %s)"), g.intCol(s), g.intExpr(s, depth-1))
	case 6:
		var e *Expr
		if g.nested(func() { e = g.scalar(s) }) {
			return e
		}
	}
	return g.intCol(s)
}

func (g *gen) textExpr(s *scope, depth int) *Expr {
	switch g.weighted(60, 15, 10, 5*depth, 5*depth, 5*depth) {
	case 1:
		return form(pick(g, "'a'", "'b'", "'c'"))
	case 2:
		return param(textParam)
	case 3:
		return form("COALESCE(%s, %s)", g.textExpr(s, 0), g.textExpr(s, depth-1))
	case 4:
		return form("CASE WHEN %s THEN %s END", g.cond(s, depth-1), g.textExpr(s, depth-1))
	case 5:
		if e := g.colOf(s, JSON); e != nil {
			return form("(%s ->> 'a')", e)
		}
		return form("(%s || %s)", g.textExpr(s, 0), g.textExpr(s, 0))
	}
	if e := g.colOf(s, Text); e != nil {
		return e
	}
	return form("'a'")
}

// cond is a condition that pins nothing on purpose.
func (g *gen) cond(s *scope, depth int) *Expr {
	if depth > 0 {
		switch g.weighted(50, 10, 10, 8, 22) {
		case 1:
			return &Expr{Op: Or, Args: []*Expr{g.cond(s, depth-1), g.cond(s, depth-1)}}
		case 2:
			return and(g.cond(s, depth-1), g.cond(s, depth-1))
		case 3:
			return &Expr{Op: Not, Args: []*Expr{g.cond(s, depth-1)}}
		case 4:
			var e *Expr
			if g.nested(func() { e = g.subCond(s) }) {
				return e
			}
		}
	}
	return g.simpleCond(s, depth)
}

func (g *gen) simpleCond(s *scope, depth int) *Expr {
	switch g.weighted(24, 14, 10, 6, 8, 5, 6, 6, 6, 4, 4, 4, 3) {
	case 1:
		return form(pick(g, "%s = %s", "%s <> %s", "%s > %s"), g.textExpr(s, depth), g.textExpr(s, depth))
	case 2:
		return form(pick(g, "%s IS NOT NULL", "%s IS NULL"), g.intCol(s))
	case 3:
		return form("%s BETWEEN %s AND %s", g.intCol(s), g.intExpr(s, depth), g.intExpr(s, depth))
	case 4:
		return form("%s IN (1, %s)", g.intCol(s), g.intExpr(s, 0))
	case 5:
		return form("%s = ANY (%s)", g.intCol(s), param(arrayParam))
	case 6:
		return form(pick(g, "%s IS DISTINCT FROM %s", "%s IS NOT DISTINCT FROM %s"), g.intCol(s), g.intExpr(s, depth))
	case 7:
		return form(pick(g, "(%s, %s) = (%s, %s)", "(%s, %s) < (%s, %s)"), g.intCol(s), g.intCol(s), g.intExpr(s, 0), g.intExpr(s, 0))
	case 8:
		if e := g.colOf(s, Bool); e != nil {
			return form(pick(g, "%s", "%s IS TRUE", "%s IS NOT TRUE"), e)
		}
	case 9:
		if e := g.colOf(s, JSON); e != nil {
			return form(pick(g, `%s @> '{"a": 1}'`, `%s = '{"a": 2}'`), e)
		}
	case 10:
		return form("%s LIKE 'a%%'", g.textExpr(s, 0))
	case 11:
		return form("CASE WHEN %s > 1 THEN %s ELSE TRUE END", g.intCol(s), form("%s = %s", g.intCol(s), g.intExpr(s, 0)))
	case 12:
		return form("COALESCE(%s = %s, FALSE)", g.intCol(s), g.intExpr(s, 0))
	}
	return form(pick(g, "%s = %s", "%s = %s", "%s <> %s", "%s < %s", "%s >= %s"), g.intCol(s), g.intExpr(s, depth))
}

// subCond is a condition with a subquery.
func (g *gen) subCond(s *scope) *Expr {
	one := want{outer: s, types: []Type{Int}}
	switch g.weighted(30, 20, 20, 8, 8, 8, 6) {
	case 0:
		return subForm("EXISTS (%s)", g.subselect(one).q)
	case 1:
		return subForm("NOT EXISTS (%s)", g.subselect(one).q)
	case 2:
		return subForm("%s IN (%s)", g.subselect(one).q, g.intCol(s))
	case 3:
		return subForm("%s NOT IN (%s)", g.subselect(one).q, g.intCol(s))
	case 4:
		return subForm(pick(g, "%s > ALL (%s)", "%s = ANY (%s)", "%s <> ALL (%s)"), g.subselect(one).q, g.intCol(s))
	case 5:
		return subForm("(%s, %s) IN (%s)", g.subselect(want{outer: s, types: []Type{Int, Int}}).q, g.intCol(s), g.intCol(s))
	}
	return form(pick(g, "%s = %s", "%s < %s"), g.intCol(s), g.scalar(s))
}

// scalar is a subquery that yields at most one row, whatever its rows are.
func (g *gen) scalar(s *scope) *Expr {
	q := g.subselect(want{outer: s, types: []Type{Int}}).q
	if g.chance(40) {
		return subForm("(%s)", limited(q, "LIMIT 1"))
	}
	return subForm(pick(g, "(SELECT max(c) FROM (%s) AS m (c))", "(SELECT count(*) FROM (%s) AS m)"), q)
}
