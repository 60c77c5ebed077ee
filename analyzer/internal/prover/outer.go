package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// like is an inserted row whose outer tenant is taken from a row of the same tenant.
type like struct {
	base   *query.Base
	action int
	value  term
	level  int
	row    *witness
	graph  *graph
	id     query.RelID
}

// outer proves of an inserted row that it lies in the right tenant of the outer levels,
// say that a document of a project is put into the project's own organization. Where the
// value is a parameter, that is the tenant of the outer level, so that the method takes it.
// here holds where the row, which stands at id, is inserted with the columns of given.
func (p *prover) outer(base *query.Base, id query.RelID, action int, given []int, here env) {
	t, owner := base.Table, p.own.Of(base.Table)
	for level := range owner.Level + 1 {
		col := p.own.Holder(t, level)
		if col < 0 || owner.Kind == tenancy.Column && col == owner.Column || p.bound(t, level) || !slices.Contains(given, col) && leftNull(t.Columns[col]) {
			continue
		}
		g, value := newGraph(p.own, here), columnTerm(id, col)
		if w := p.alike(g, value, id, level, owner.Level, here.witnesses); w != nil {
			p.likes = append(p.likes, like{base, action, value, level, w, g, id})
			continue
		}
		found := g.params(value)
		if len(found) == 0 {
			p.fails = append(p.fails, p.misplaced(base, level, col))
			continue
		}
		p.pins = append(p.pins, pin{base: base, level: level, target: true, write: query.Insert, params: found, env: here, graph: g,
			row: id, role: certificate.Inserted, action: action, outer: &value})
	}
}

// leftNull reports whether a column that INSERT does not name becomes NULL: then the row
// lies in no tenant of that level.
func leftNull(c *catalog.Column) bool {
	return !c.HasDefault && !c.Generated && !c.Identity && c.Type.Name.Schema == "pg_catalog" // a domain may have a default
}

// alike finds a row of the same tenant whose outer tenant the value is.
func (p *prover) alike(g *graph, value term, id query.RelID, level, inner int, rows []*witness) *witness {
	for _, w := range rows {
		h := p.own.Holder(w.table, level)
		if w.rel == id || h < 0 || p.own.Of(w.table).Level != inner || !g.same(ownerTerm(w.rel), ownerTerm(id)) {
			continue
		}
		if t, ok := w.col(h); ok && g.same(t, value) {
			return w
		}
	}
	return nil
}

// unnamed refuses a parameter that is taken for the tenant of an outer level for no other
// reason than that INSERT puts it there, when its name says something else.
func (p *prover) unnamed(st *query.Statement, level, n int) []Failure {
	name := ""
	if n != query.BySetting {
		name = st.Param(n).Name
	}
	if name == "" || slices.Contains(p.own.Levels[level].Columns, name) ||
		slices.ContainsFunc(p.pins, func(at pin) bool { return at.level == level && at.outer == nil && !at.moved }) {
		return nil
	}
	var fails []Failure
	for _, at := range p.pins {
		if at.level == level && at.outer != nil {
			fails = append(fails, p.misplaced(at.base, level, at.outer.Number()))
		}
	}
	return fails
}

// misplaced says that nothing proves of an inserted row in which tenant of an outer level it lies.
func (p *prover) misplaced(base *query.Base, level, col int) Failure {
	owner := p.own.Of(base.Table)
	return Failure{Kind: Misplaced, At: Occurrence{Base: base, Level: level, Role: certificate.Inserted, Target: true, Write: query.Insert}, Pos: base.Pos, Owner: owner,
		Column: col, Levels: []tenancy.Level{p.own.Levels[level], p.own.Levels[owner.Level]}}
}

// recomputed refuses to change rows whose column of another level is computed from others.
func (p *prover) recomputed(s *query.Set, base *query.Base) {
	t, m := base.Table, p.own.Native()
	deepest := m.Of(t).Level
	if m != p.own {
		deepest++
	}
	for level := range deepest {
		if col := m.Holder(t, level); col >= 0 && t.Columns[col].Generated {
			p.fails = append(p.fails, p.set(MovedByLevel, s, base, col))
		}
	}
}

// bound reports whether a foreign key makes PostgreSQL refuse a row of t whose column of
// an outer level is not that of its tenant. A key by which rows refer to each other in a
// circle proves nothing: one statement can insert all of them.
func (p *prover) bound(t *catalog.Table, level int) bool {
	return slices.ContainsFunc(p.boundTo(t, level), func(to *catalog.Table) bool { return !p.leads(to, t, level, nil) })
}

// leads reports whether t or what it is bound to is the table end.
func (p *prover) leads(t, end *catalog.Table, level int, seen []*catalog.Table) bool {
	if t == end {
		return true
	}
	if slices.Contains(seen, t) {
		return false
	}
	seen = append(seen, t)
	return slices.ContainsFunc(p.boundTo(t, level), func(to *catalog.Table) bool { return p.leads(to, end, level, seen) })
}

// boundTo lists the tables to which new rows of t refer by keys that are always checked, be those of old rows or not, and
// include both their tenant and that of the outer level.
func (p *prover) boundTo(t *catalog.Table, level int) []*catalog.Table {
	var out []*catalog.Table
	m := p.own.Native()
	for _, fk := range t.Foreign {
		to := p.db.Table(fk.RefTable)
		if to == nil || t.Unsure != "" || to.Unsure != "" || fk.SwitchedOff || fk.Deferrable || fk.Class || len(fk.Columns) != len(fk.RefColumns) || m.Of(to).Level != m.Of(t).Level || m.Of(to).Kind == tenancy.Global {
			continue
		}
		if !loose(fk, t) && pairs(m, fk, t, to, level) && (pairs(m, fk, t, to, m.Of(t).Level) || linkedBy(m, t, to, fk) && identicalLink(m, t, to)) {
			out = append(out, to)
		}
	}
	return out
}

// loose reports whether a null in one of its columns switches fk off.
func loose(fk *catalog.ForeignKey, t *catalog.Table) bool {
	return slices.ContainsFunc(fk.Columns, func(c string) bool { col := t.Column(c); return col == nil || !col.NotNull })
}

// pairs reports whether fk equates the tenants of a level, so that they are the same.
func pairs(m *tenancy.Map, fk *catalog.ForeignKey, from, to *catalog.Table, level int) bool {
	x, y := m.Holder(from, level), m.Holder(to, level)
	if x < 0 || y < 0 || !oneFamily(from.Columns[x], to.Columns[y]) {
		return false
	}
	for i, c := range fk.Columns {
		if c == from.Columns[x].Name && fk.RefColumns[i] == to.Columns[y].Name {
			return true
		}
	}
	return false
}

// outer writes down why an inserted row lies in the right tenant of an outer level.
func (c *certifier) outer(l like) {
	h := c.p.own.Holder(l.row.table, l.level)
	t, behind := c.column(l.row, h)
	chain := c.between(l.graph, l.value, t)
	if behind != nil {
		chain = append(chain, certificate.Step{A: t, B: behind[0].A, Kind: certificate.Behind})
	}
	c.cert.Outer = append(c.cert.Outer, certificate.Outer{Base: l.base, Action: l.action, Col: l.value.Number(), Chain: chain, Like: l.row.rel,
		Same: c.between(l.graph, ownerTerm(l.id), ownerTerm(l.row.rel))})
}
