package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Prove looks for a proof that tells all levels apart. What is not confined to one tenant of
// each level may be so to one of an outer level alone.
func Prove(db *catalog.Database, own *tenancy.Map, st *query.Statement) *Proof {
	proof := Search(db, own, st)
	for level := len(own.Levels) - 2; level >= 0 && len(proof.Failures) > 0; level-- {
		if outward := Search(db, own.Outward(level), st); len(outward.Failures) == 0 || unpinned(proof.Failures) && !unpinned(outward.Failures) {
			proof = outward
		}
	}
	return proof
}

// unpinned reports whether some occurrence is not pinned at all: then the statement is
// meant for a tenant of another level.
func unpinned(fails []Failure) bool {
	return slices.ContainsFunc(fails, func(f Failure) bool {
		return f.Kind == UnconfinedRows || f.Kind == ReachesOthers || f.Kind == ReachesStrays
	})
}

// Search looks for a proof that a statement is confined to one tenant of each level that
// own tells apart, and for the parameters that are these tenants.
func Search(db *catalog.Database, own *tenancy.Map, st *query.Statement) *Proof {
	p := newProver(db, own, st)
	tenants := make([]int, len(own.Levels))
	if fails := p.fired(st); len(fails) > 0 { // what follows from these helps nobody
		return &Proof{Failures: fails, Tenants: tenants, p: p}
	}
	p.demandQuery(st.Root, env{}, noLink)
	fails := p.fails
	for level := range own.Levels {
		n, more := p.tenant(st, level)
		tenants[level] = n
		fails = append(fails, more...)
	}
	if len(fails) == 0 {
		fails = p.distinct(tenants)
	}
	return &Proof{Failures: fails, Tenants: tenants, p: p}
}

// apart is how many levels the proof tells apart, 0 for all.
func (p *prover) apart() int {
	for level := range p.own.Levels {
		if p.own != p.own.Native() && p.own.Native().Outward(level) == p.own {
			return level + 1
		}
	}
	return 0
}

// within asks of a row that is inserted for a tenant of an outer level that all of it is
// that tenant's: by its own column and by each tenant of a deeper level that it names, as a
// document of the organization must not be put into another organization's project.
func (p *prover) within(at pin, owner tenancy.Owner) {
	t := at.base.Table
	for _, in := range p.own.Inner(t) {
		if in.Link == nil && !in.Root && !p.held(t, in.Level) {
			p.fails = append(p.fails, p.misplaced(at.base, in.Level, in.Column))
		}
	}
	if owner.Kind != tenancy.Column || len(owner.Parents) == 0 {
		return
	}
	own := at
	own.env = at.env.restrict(at.row, nil)
	own.close(p, ownerTerm(at.row))
	p.pins = append(p.pins, own)
	for i := range owner.Parents {
		if p.ties(t, &owner.Parents[i]) {
			continue
		}
		each := at
		each.parent, each.env = i+1, at.env.restrict(at.row, &owner.Parents[i])
		each.close(p, ownerTerm(at.row))
		p.pins = append(p.pins, each)
	}
}

// ties reports whether a foreign key keeps new rows of t from naming, by this link, a
// tenant of a deeper level that is another's than their own column says.
func (p *prover) ties(t *catalog.Table, link *tenancy.Parent) bool {
	i := slices.IndexFunc(p.own.Inner(t), func(in tenancy.Inner) bool { return in.Link != nil && in.Link.Same(*link) })
	return i >= 0 && p.held(t, p.own.Inner(t)[i].Level)
}

// held reports whether new rows of t name, on a deeper level, a tenant that lies in the one
// that their own column names.
func (p *prover) held(t *catalog.Table, level int) bool {
	outer, native := p.own.Of(t), p.own.Native().Of(t).Level
	return outer.Kind == tenancy.Column && p.bound(t, outer.Level) && (level == native || p.bound(t, level))
}
