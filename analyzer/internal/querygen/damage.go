package querygen

import "slices"

// sites are the places of a statement that a damage can be done to.
type sites struct {
	queries []*Query // all but the top one, which come first in a statement
	joins   []*Rel
	leaves  []*Rel
	writes  []*Write
	exprs   []**Expr
}

func sitesOf(q *Query) *sites {
	s := &sites{}
	s.query(q)
	return s
}

func (s *sites) query(q *Query) {
	if q == nil {
		return
	}
	s.queries = append(s.queries, q)
	for _, c := range q.With {
		s.query(c.Query)
	}
	s.query(q.Left)
	s.query(q.Right)
	for _, r := range q.Rows {
		s.list(r)
	}
	s.outs(q.Out)
	s.rels(q.From)
	s.expr(&q.Where)
	s.list(q.GroupBy)
	s.list(q.DistinctOn)
	s.expr(&q.Having)
	if q.Write != nil {
		s.write(q.Write)
	}
}

func (s *sites) write(w *Write) {
	s.writes = append(s.writes, w)
	s.query(w.Source)
	s.rels(w.From)
	s.expr(&w.Where)
	s.sets(w.Sets)
	if w.Conflict != nil {
		s.sets(w.Conflict.Sets)
		s.expr(&w.Conflict.Where)
	}
	for _, m := range w.Whens {
		s.expr(&m.And)
		s.sets(m.Sets)
		s.list(m.Values)
	}
	s.outs(w.Returning)
}

func (s *sites) sets(sets []*Set) {
	for _, x := range sets {
		s.expr(&x.Value)
	}
}

func (s *sites) outs(outs []*Out) {
	for _, o := range outs {
		s.expr(&o.Expr)
	}
}

func (s *sites) list(list []*Expr) {
	for i := range list {
		s.expr(&list[i])
	}
}

func (s *sites) rels(rels []*Rel) {
	for _, r := range rels {
		if r.Join == "" {
			s.leaves = append(s.leaves, r)
			s.query(r.Query)
			continue
		}
		s.joins = append(s.joins, r)
		s.rels([]*Rel{r.L, r.R})
		s.expr(&r.On)
	}
}

func (s *sites) expr(e **Expr) {
	if *e == nil {
		return
	}
	s.exprs = append(s.exprs, e)
	s.list((*e).Args)
	s.query((*e).Sub)
}

// which returns the expressions that ok accepts.
func (s *sites) which(ok func(*Expr) bool) []**Expr {
	var out []**Expr
	for _, e := range s.exprs {
		if ok(*e) {
			out = append(out, e)
		}
	}
	return out
}

// damage changes a statement in one random place and says how, "" when it could not.
func (g *gen) damage(q *Query) string {
	s := sitesOf(q)
	damages := []func(*sites) string{g.dropConjunct, g.andToOr, g.moveCondition, g.changeJoin, g.otherParam, g.negate, g.addLimit,
		g.dropKey, g.swapAlias, g.swapColumn, g.swapOutputs, g.changeSetOp, g.changeOperator, g.weaken, g.changeWrite, g.dropUsing, g.schemaName}
	return damages[g.weighted(22, 8, 8, 10, 9, 6, 6, 8, 8, 6, 7, 3, 6, 5, 6, 3, 3)](s)
}

func (g *gen) dropConjunct(s *sites) string {
	ands := s.which(func(e *Expr) bool { return e.Op == And && len(e.Args) > 0 })
	if len(ands) == 0 {
		return ""
	}
	e := *pick(g, ands...)
	i := g.draw(len(e.Args))
	e.Args = slices.Delete(slices.Clone(e.Args), i, i+1)
	return "drop a conjunct"
}

func (g *gen) andToOr(s *sites) string {
	ands := s.which(func(e *Expr) bool { return e.Op == And && len(e.Args) > 1 })
	if len(ands) == 0 {
		return ""
	}
	(*pick(g, ands...)).Op = Or
	return "AND to OR"
}

// moveCondition moves a conjunct of WHERE into ON or the other way.
func (g *gen) moveCondition(s *sites) string {
	var qs []*Query
	for _, q := range s.queries {
		if len(q.From) > 0 && q.From[0].Join != "" && q.From[0].On != nil {
			qs = append(qs, q)
		}
	}
	if len(qs) == 0 {
		return ""
	}
	q := pick(g, qs...)
	from, to := &q.Where, &q.From[0].On
	if g.chance(50) {
		from, to = to, from
	}
	if *from == nil || (*from).Op != And || len((*from).Args) == 0 {
		return ""
	}
	f := *from
	i := g.draw(len(f.Args))
	moved := f.Args[i]
	f.Args = slices.Delete(slices.Clone(f.Args), i, i+1)
	if *to == nil {
		*to = and(moved)
	} else {
		*to = and(*to, moved)
	}
	return "move a condition between WHERE and ON"
}

func (g *gen) changeJoin(s *sites) string {
	if len(s.joins) == 0 {
		return ""
	}
	j := pick(g, s.joins...)
	kind := pick(g, "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "JOIN")
	if kind == j.Join || j.Join == "CROSS JOIN" {
		return ""
	}
	j.Join = kind
	return "change a join"
}

func (g *gen) otherParam(s *sites) string {
	ps := s.which(func(e *Expr) bool { return e.Op == Param && (e.N == tenantParam || e.N == otherParam) })
	if len(ps) == 0 {
		return ""
	}
	e := pick(g, ps...)
	*e = pick(g, param(otherParam), param(intParam), form("1"), form("coalesce(%s, 2)", param(tenantParam)))
	return "replace a parameter"
}

// boolean reports conditions.
func boolean(e *Expr) bool {
	if e.Op == And || e.Op == Or || e.Op == Not {
		return len(e.Args) > 0
	}
	return e.Op == Form && (e.Text == "%s = %s" || e.Text == "EXISTS (%s)" || e.Text == "%s IN (%s)")
}

func (g *gen) negate(s *sites) string {
	es := s.which(boolean)
	if len(es) == 0 {
		return ""
	}
	e := pick(g, es...)
	*e = &Expr{Op: Not, Args: []*Expr{*e}}
	return "negate a condition"
}

func (g *gen) addLimit(s *sites) string {
	var qs []*Query
	for _, q := range s.queries[1:] {
		if q.Limit == "" && q.Write == nil && q.Rows == nil && len(outputs(q)) > 0 {
			qs = append(qs, q)
		}
	}
	if len(qs) == 0 {
		return ""
	}
	limited(pick(g, qs...), pick(g, "LIMIT 1", "LIMIT 3", "OFFSET 1"))
	return "add LIMIT"
}

// dropKey removes an element of GROUP BY, DISTINCT ON or PARTITION BY.
func (g *gen) dropKey(s *sites) string {
	var drops []func()
	for _, q := range s.queries {
		if len(q.GroupBy) > 1 {
			drops = append(drops, func() {
				key := q.GroupBy[0]
				q.GroupBy = q.GroupBy[1:]
				for _, o := range q.Out {
					if o.Expr == key {
						o.Expr = form("max(%s)", key)
					}
				}
			})
		}
		if len(q.DistinctOn) > 1 {
			drops = append(drops, func() {
				q.DistinctOn = q.DistinctOn[1:]
				q.OrderBy = list(q.DistinctOn, ", ") + ", " + ordinals(len(q.Out))
			})
		}
	}
	for _, e := range s.which(func(e *Expr) bool { return e.Key && len(e.Args) > 0 }) {
		drops = append(drops, func() { (*e).Args = (*e).Args[1:] })
	}
	if len(drops) == 0 {
		return ""
	}
	pick(g, drops...)()
	return "drop a key"
}

// swapAlias makes a column that of another occurrence.
func (g *gen) swapAlias(s *sites) string {
	cols := s.which(func(e *Expr) bool { return e.Op == Col && e.Rel != "" && e.Rel != "excluded" })
	if len(cols) < 2 {
		return ""
	}
	e := pick(g, cols...)
	var others []string
	for _, c := range cols {
		if (*c).Text == (*e).Text && (*c).Rel != (*e).Rel {
			others = append(others, (*c).Rel)
		}
	}
	if len(others) == 0 {
		return ""
	}
	*e = column(pick(g, others...), (*e).Text)
	return "swap an alias"
}

// swapColumn makes a tenant column another column of the same row.
func (g *gen) swapColumn(s *sites) string {
	cols := s.which(func(e *Expr) bool { return e.Op == Col && (e.Text == "org_id" || e.Text == "id") })
	if len(cols) == 0 {
		return ""
	}
	e := pick(g, cols...)
	*e = column((*e).Rel, map[string]string{"id": "org_id", "org_id": "id"}[(*e).Text])
	return "swap a column"
}

// swapOutputs exchanges two output columns and leaves their names.
func (g *gen) swapOutputs(s *sites) string {
	var qs []*Query
	for _, q := range s.queries {
		if len(q.Out) > 1 {
			qs = append(qs, q)
		}
	}
	if len(qs) == 0 {
		return ""
	}
	q := pick(g, qs...)
	i := g.draw(len(q.Out) - 1)
	q.Out[i].Expr, q.Out[i+1].Expr = q.Out[i+1].Expr, q.Out[i].Expr
	return "swap outputs"
}

func (g *gen) changeSetOp(s *sites) string {
	for _, q := range s.queries {
		if q.SetOp != "" {
			q.SetOp = pick(g, "UNION", "EXCEPT", "INTERSECT", "UNION ALL")
			q.Left, q.Right = q.Right, q.Left
			return "change a set operation"
		}
	}
	return ""
}

func (g *gen) changeOperator(s *sites) string {
	es := s.which(func(e *Expr) bool { return e.Text == "%s = %s" && e.Op == Form })
	if len(es) == 0 {
		return ""
	}
	e := pick(g, es...)
	text := pick(g, "%s <= %s", "%s IS NOT DISTINCT FROM %s", "%s <> %s", "%s IN (%s, 2)", "%s + 0 = %s", "%s > %s")
	*e = form(text, (*e).Args...)
	return "change an operator"
}

// weaken makes a condition one that can be true without it.
func (g *gen) weaken(s *sites) string {
	es := s.which(boolean)
	if len(es) == 0 {
		return ""
	}
	e := pick(g, es...)
	*e = form(pick(g, "COALESCE(%s, TRUE)", "(%s) IS NOT FALSE", "(%s OR FALSE)", "CASE WHEN %s THEN TRUE ELSE FALSE END", "(%s) IS NOT NULL"), *e)
	return "weaken a condition"
}

// changeWrite changes what a write does or what its conflict target is.
func (g *gen) changeWrite(s *sites) string {
	if len(s.writes) == 0 {
		return ""
	}
	w := pick(g, s.writes...)
	t := lookup(w.Table)
	switch {
	case w.Conflict != nil:
		w.Conflict.Target = pick(g, t.targets...)
		w.Conflict.Where = nil
	case w.Kind == "INSERT" && w.Source.Rows != nil:
		row := pick(g, w.Source.Rows...)
		row[0] = pick(g, param(otherParam), form("%s + 1", row[0]), form("2"))
	case w.Kind == "UPDATE" && t.tenant != "":
		w.Sets = append(w.Sets, &Set{[]string{t.tenant}, pick(g, param(otherParam), column(w.Alias, "id"), form("%s + 1", column(w.Alias, t.tenant)))})
	case w.Kind == "UPDATE" && t.parent != "":
		w.Sets = append(w.Sets, &Set{[]string{t.link}, param(intParam)})
	default:
		return ""
	}
	return "change a write"
}

func (g *gen) dropUsing(s *sites) string {
	for _, j := range s.joins {
		if len(j.Using) > 1 {
			j.Using = j.Using[1:]
			return "drop a column of USING"
		}
	}
	return ""
}

// schemaName reads a table past the WITH query of its name, or the other way round.
func (g *gen) schemaName(s *sites) string {
	var rs []*Rel
	for _, r := range s.leaves {
		if t := lookup(r.Table); t != nil {
			rs = append(rs, r)
		}
	}
	if len(rs) == 0 {
		return ""
	}
	r := pick(g, rs...)
	r.Table = "public." + r.Table
	return "name a table with its schema"
}
