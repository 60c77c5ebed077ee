package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// tenant finds the one parameter that pins every occurrence of a level.
func (p *prover) tenant(st *query.Statement, level int) (int, []Failure) {
	var fails []Failure
	var candidates map[int]int
	total := 0
	for _, at := range p.pins {
		if at.level != level || at.moved {
			continue
		}
		total++
		usable := 0
		for _, n := range at.params {
			if info := st.Param(n); n == query.BySetting || info != nil && !info.Nullable && !info.Slice {
				if candidates == nil {
					candidates = map[int]int{}
				}
				candidates[n]++
				usable++
			}
		}
		if usable == 0 {
			fails = append(fails, p.unpinned(st, at))
		}
	}
	if total == 0 || len(fails) > 0 {
		return 0, fails
	}
	best := 0
	for n, count := range candidates {
		if count == total && (best == 0 || p.prefer(st, level, n, best)) {
			best = n
		}
	}
	switch {
	case best == 0 && p.closeAll(level):
		return p.tenant(st, level)
	case best == 0 && candidates[query.BySetting] > 0:
		return 0, p.undefaulted(st, level)
	case best == 0:
		return 0, []Failure{p.mixed(level, candidates)}
	}
	for _, m := range p.moves {
		if m.level == level && m.keeps == (term{}) && !slices.Contains(m.graph.params(m.value), best) {
			fails = append(fails, p.set(Moved, m.set, m.base, m.set.Column))
		}
	}
	return best, append(fails, p.unnamed(st, level, best)...)
}

// undefaulted reports the rows that are the tenant's by a default, in a statement that has a
// parameter for the tenant elsewhere: nothing says that the two are one.
func (p *prover) undefaulted(st *query.Statement, level int) []Failure {
	var fails []Failure
	for _, at := range p.pins {
		if at.level == level && !at.moved && len(at.params) == 1 && at.params[0] == query.BySetting {
			fails = append(fails, p.unpinned(st, at))
		}
	}
	return fails
}

// distinct refuses one parameter for two levels: an organization is no project.
func (p *prover) distinct(tenants []int) []Failure {
	for inner, n := range tenants {
		outer := slices.Index(tenants[:inner], n)
		if n == 0 || outer < 0 {
			continue
		}
		at := p.pins[slices.IndexFunc(p.pins, func(at pin) bool { return at.level == inner })]
		return []Failure{{Kind: OneForTwoLevels, At: at.occurrence(), Pos: at.base.Pos, Params: []int{n}, Levels: []tenancy.Level{p.own.Levels[outer], p.own.Levels[inner]}}}
	}
	return nil
}

// closeAll looks for more parameters where one condition was enough, and reports
// whether there was such a place.
func (p *prover) closeAll(level int) bool {
	more := false
	for i := range p.pins {
		if at := &p.pins[i]; at.level == level && at.direct != nil {
			at.close(p, ownerTerm(at.row))
			more = true
		}
	}
	return more
}

// prefer chooses between two parameters that both pin everything: the one named
// after the tenant column, else the first.
func (p *prover) prefer(st *query.Statement, level, n, best int) bool {
	if n == query.BySetting || best == query.BySetting {
		return best == query.BySetting
	}
	named := func(n int) bool { return slices.Contains(p.own.Levels[level].Columns, st.Param(n).Name) }
	if named(n) != named(best) {
		return named(n)
	}
	return n < best
}
