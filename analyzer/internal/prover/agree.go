package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// agree notes that whose the rows of t are rests on their columns of several levels saying
// one thing, where no foreign key makes them: a document of a project names the project's
// own organization.
func (p *prover) agree(t *catalog.Table) {
	m := p.own.Native()
	for level := range m.Of(t).Level {
		if col := m.Holder(t, level); col >= 0 && !p.agrees(t, level, nil) {
			p.assumed = append(p.assumed, certificate.LevelsAgree(m, t, level))
		}
	}
}

// agrees reports whether the column of an outer level is, in all rows of t, that of the
// tenant of the next deeper level: t is the table of these tenants, or refers by a key over
// both to a table where they agree.
func (p *prover) agrees(t *catalog.Table, level int, seen []*catalog.Table) bool {
	m := p.own.Native()
	next := deeper(m, t, level)
	if m.Root(next) == t && next == m.Of(t).Level {
		return true
	}
	heirs := len(t.Children) > 0 && t.PartitionBy == ""
	if t.Unsure != "" || heirs || slices.Contains(seen, t) {
		return false
	}
	return slices.ContainsFunc(t.Foreign, func(fk *catalog.ForeignKey) bool {
		to := p.db.Table(fk.RefTable)
		if to == nil || to.Unsure != "" || fk.NotValid || fk.Unseen || fk.Deferrable || fk.Class || len(fk.Columns) != len(fk.RefColumns) || loose(fk, t) {
			return false
		}
		of := pairs(m, fk, t, to, next) || m.Of(t).Level == next && m.Of(to).Level == next && linkedBy(m, t, to, fk) && identicalLink(m, t, to)
		return of && pairs(m, fk, t, to, level) && p.agreesDown(to, level, next, append(slices.Clip(seen), t))
	})
}

// agreesDown reports whether the columns of t agree from one level down to another.
func (p *prover) agreesDown(t *catalog.Table, level, to int, seen []*catalog.Table) bool {
	for ; level < to; level = deeper(p.own.Native(), t, level) {
		if p.own.Native().Holder(t, level) < 0 || !p.agrees(t, level, seen) {
			return false
		}
	}
	return true
}

// deeper is the next level inside of the given one whose tenant rows of t tell.
func deeper(m *tenancy.Map, t *catalog.Table, level int) int {
	for level++; level < m.Of(t).Level && m.Holder(t, level) < 0; level++ {
	}
	return level
}
