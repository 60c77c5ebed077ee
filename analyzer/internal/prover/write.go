package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// write proves a data-modifying statement: its target like any other table, its
// sources, and the rows that it leaves behind.
func (p *prover) write(w *query.Write, given env) {
	switch w.Kind {
	case query.Insert:
		p.insert(w, given)
		return
	case query.Merge:
		p.merge(w, given)
		return
	}
	from := append([]query.Rel{w.Target}, w.From...)
	here := p.surviving(from, w.Where)
	above := given.and(here)
	p.occurrence(pin{base: w.Target, row: w.Target.ID, target: true, write: w.Kind}, above)
	p.reach(w, w.Kind, w.Sets)
	for _, r := range w.From {
		p.demandRel(r, above)
	}
	if w.Where != nil && query.HasSub(w.Where) {
		p.demandCondition(w.Where, given.and(p.fromOnly(from, here.real)))
	}
	p.sets(w.Sets, w.Target, above)
	p.returning(w, given)
}

func (p *prover) returning(w *query.Write, given env) {
	e := given.and(p.returned(w))
	for _, o := range w.Returning {
		p.demandExpr(o.Expr, e)
	}
}

// sets checks assignments: a row must stay its tenant's.
func (p *prover) sets(sets []query.Set, base *query.Base, here env) {
	owner := p.own.Of(base.Table)
	for i := range sets {
		s := &sets[i]
		p.demandExpr(s.Value, here)
		if i == 0 {
			p.recomputed(s, base)
			if g := p.anew(base.Table, owner); g != "" {
				f := p.set(MovedAnew, s, base, s.Column)
				f.Generated = g
				p.fails = append(p.fails, f)
			}
		}
		how := p.decides(base.Table, owner, s.Column)
		if how == "" && !p.own.Decides(base.Table, s.Column) {
			continue
		}
		g := newGraph(p.own, here.and(env{witnesses: p.witness(base)}))
		t, ok := valueOf(s.Value)
		column := columnTerm(base.ID, s.Column)
		switch {
		case ok && g.same(t, column):
			p.moves = append(p.moves, move{set: s, base: base, value: t, graph: g, keeps: column})
		case how == "":
			p.fails = append(p.fails, p.set(MovedByLevel, s, base, s.Column))
		case how != "=":
			f := p.set(MovedByGenerated, s, base, s.Column)
			f.Generated = how
			p.fails = append(p.fails, f)
		case owner.Kind == tenancy.Column:
			var found []int
			if ok {
				found = g.params(t)
			}
			if len(found) == 0 {
				p.fails = append(p.fails, p.set(Moved, s, base, s.Column))
				continue
			}
			p.pins = append(p.pins, pin{base: base, level: owner.Level, target: true, write: query.Update, params: found, env: here, graph: g, row: base.ID, moved: true})
			p.moves = append(p.moves, move{set: s, base: base, value: t, graph: g, level: owner.Level})
		default:
			p.fails = append(p.fails, p.set(MovedToParent, s, base, s.Column))
		}
	}
}

// set says that an assignment can give a row to another tenant, by a column.
func (p *prover) set(kind FailureKind, s *query.Set, base *query.Base, by int) Failure {
	return Failure{Kind: kind, At: Occurrence{Base: base, Target: true, Write: query.Update}, Pos: s.Pos, Owner: p.own.Of(base.Table), Column: s.Column, By: by}
}

// insert proves INSERT: every row must carry the tenant, by the tenant column or by
// the key of a parent row that is the tenant's.
func (p *prover) insert(w *query.Write, given env) {
	if w.Source != nil {
		p.demandQuery(w.Source, given, noLink)
	}
	owner := p.own.Of(w.Target.Table)
	id := p.fresh()
	proposed := p.defaulting(w, id, p.proposed(w, id))
	p.adopts(w.Target.Table, nil)
	if owner.Kind == tenancy.Undeclared || owner.Kind == tenancy.Global {
		p.occurrence(pin{base: w.Target, row: id, role: certificate.Inserted, target: true, write: query.Insert}, proposed)
	} else {
		p.inserted(pin{base: w.Target, row: id, env: proposed}, owner, func(c int) supplied { return givenBy(w, c) })
		p.outer(w.Target, id, 0, slices.Concat(w.Columns, w.ViewDefaults), proposed)
	}
	if w.Conflict != nil {
		p.conflict(w, owner)
	}
	p.returning(w, given)
}

// proposed is what holds of the rows that INSERT proposes, standing at id.
func (p *prover) proposed(w *query.Write, id query.RelID) env {
	if w.Source == nil {
		return env{}
	}
	e := p.guarantee(w.Source).at(w.SourceID, p, w.Source)
	row := &witness{rel: id, table: w.Target.Table, cols: map[int]term{}, written: true}
	copied := p.copied(w.Target.Table)
	for i, c := range w.Columns {
		if i >= len(w.Keeps) || !w.Keeps[i] {
			continue
		}
		if slices.Contains(w.Reassigned, c) {
			continue
		}
		for _, c := range append([]int{c}, copied[c]...) {
			e.facts = append(e.facts, &fact{a: columnTerm(id, c), b: columnTerm(w.SourceID, i), kind: certificate.Given, node: w})
			row.cols[c] = columnTerm(id, c)
		}
	}
	e.witnesses = append(e.witnesses, row)
	return e
}

// returned is what holds on the rows that RETURNING yields.
func (p *prover) returned(w *query.Write) env {
	switch w.Kind {
	case query.Insert:
		return p.returnedInsert(w)
	case query.Delete:
		return p.surviving(append([]query.Rel{w.Target}, w.From...), w.Where)
	}
	return p.returnedUpdate(w)
}

func (p *prover) returnedInsert(w *query.Write) env {
	if w.Conflict == nil || !w.Conflict.Update {
		return p.proposed(w, w.Target.ID)
	}
	// The row may be the existing one, which equals the proposed one in the arbiter only.
	e := p.proposed(w, w.Conflict.Excluded)
	row := &witness{rel: w.Target.ID, table: w.Target.Table, cols: map[int]term{}, written: true, version: p.latest[w.Target.ID]}
	for _, col := range arbiter(w) {
		changed := slices.Contains(w.Reassigned, col) || slices.ContainsFunc(w.Conflict.Sets, func(s query.Set) bool { return s.Column == col })
		if col >= 0 && !changed {
			e.facts = append(e.facts, &fact{a: columnTerm(w.Target.ID, col), b: columnTerm(w.Conflict.Excluded, col), kind: certificate.Arbiter, node: w.Conflict})
			row.cols[col] = columnTerm(w.Target.ID, col)
		}
	}
	e.witnesses = append(e.witnesses, row)
	return e
}

// returnedUpdate forgets what WHERE said of the columns that SET changes.
func (p *prover) returnedUpdate(w *query.Write) env {
	before := p.surviving(append([]query.Rel{w.Target}, w.From...), w.Where)
	changed := map[int]bool{}
	for _, s := range w.Sets {
		changed[s.Column] = true
	}
	for i, c := range w.Target.Table.Columns {
		if c.Generated || slices.Contains(w.Reassigned, i) {
			changed[i] = true
		}
	}
	stale := func(t term) bool { return t.Of(w.Target.ID) && (t.IsOwner() || changed[t.Number()]) }
	e := env{real: before.real}
	for _, f := range before.facts {
		if !stale(f.a) && !stale(f.b) {
			e.facts = append(e.facts, f)
		}
	}
	for i := range w.Sets {
		s := &w.Sets[i]
		if t, ok := valueOf(s.Value); ok && !stale(t) && !slices.Contains(w.Reassigned, s.Column) {
			e.facts = append(e.facts, &fact{a: columnTerm(w.Target.ID, s.Column), b: t, text: certificate.SaysAssigned, pos: s.Pos, kind: certificate.Assigned, node: s})
		}
	}
	for _, v := range before.witnesses {
		if v.rel == w.Target.ID {
			v = &witness{rel: v.rel, table: v.table, written: tiesChanged(w.Target.Table, changed), version: v.version, matched: v.matched}
		}
		e.witnesses = append(e.witnesses, v)
	}
	return e
}

// tiesChanged reports whether the row may have become another one for its keys, so that
// it no longer is the row with that key in the statement's snapshot, or may refer to
// another row: foreign keys are checked when the statement has returned its rows, and not
// at all for a row that a cascade of the same statement has deleted by then.
func tiesChanged(t *catalog.Table, changed map[int]bool) bool {
	is := func(c string) bool { return changed[t.ColumnIndex(c)] }
	return slices.ContainsFunc(t.Keys, func(k *catalog.Key) bool { return slices.ContainsFunc(k.Columns, is) }) ||
		slices.ContainsFunc(t.Foreign, func(f *catalog.ForeignKey) bool { return slices.ContainsFunc(f.Columns, is) })
}
