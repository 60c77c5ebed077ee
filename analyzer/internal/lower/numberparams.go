package lower

import (
	"cmp"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// paramUse is one occurrence of a parameter.
type paramUse struct {
	node     *query.Param
	name     string
	nullable bool
	slice    bool
	clause   string
	at       int32
	// equals and elsewhere are the types that the place gives it, known says that it gives no
	// other, and output that it is a whole column of a result: see paramtype.go.
	equals, elsewhere []query.Type
	known, output     bool
	element           catalog.Name // of the array, where an Op asks what is Among it
}

// Ranks of clauses in the order in which sqlc visits them to number named
// parameters (sqlc's internal/sql/astutils).
const (
	rankTargets byte = iota + 1
	rankFrom
	rankWhere
	rankGroup
	rankHaving
	rankWindow
	rankValues
	rankSort
	rankOffset
	rankLimit
	rankWith
	rankLarg
	rankRarg
	rankConflict
	rankReturning
)

// numberParams numbers named parameters as sqlc does: in its order of visiting
// the statement, skipping the numbers that $n uses already.
func (l *lowerer) numberParams() []*query.ParamInfo {
	taken := make(map[int]bool, len(l.params))
	for _, p := range l.params {
		if p.name == "" {
			taken[p.node.Number] = true
		}
	}
	uses := slices.Clone(l.params)
	slices.SortStableFunc(uses, func(a, b *paramUse) int {
		return cmp.Or(cmp.Compare(a.clause, b.clause), cmp.Compare(a.at, b.at))
	})
	byName, byNumber, next := map[string]int{}, make(map[int]*query.ParamInfo, len(l.params)), 1
	for _, p := range uses {
		if p.name != "" {
			if byName[p.name] == 0 {
				for taken[next] {
					next++
				}
				byName[p.name], taken[next] = next, true
			}
			p.node.Number = byName[p.name]
		}
		info := byNumber[p.node.Number]
		if info == nil {
			info = &query.ParamInfo{Number: p.node.Number, Name: p.name}
			byNumber[p.node.Number] = info
		}
		info.Nullable = info.Nullable || p.nullable
		info.Slice = info.Slice || p.slice
		info.Uses = append(info.Uses, p.node.Pos)
		info.Equals = appendNew(info.Equals, p.equals)
		info.Elsewhere = appendNew(info.Elsewhere, p.places())
		info.Elements = appendNew(info.Elements, []catalog.Name{p.element})
	}
	for _, p := range uses {
		info := byNumber[p.node.Number]
		p.node.Mixed = !info.OneValue() || l.db.OwnCasts() && !info.OneType()
	}
	infos := make([]*query.ParamInfo, 0, len(byNumber))
	for _, info := range byNumber {
		infos = append(infos, info)
	}
	slices.SortFunc(infos, func(a, b *query.ParamInfo) int { return cmp.Compare(a.Number, b.Number) })
	return infos
}

// appendNew appends what list lacks.
func appendNew[T comparable](list, more []T) []T {
	for _, t := range more {
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}
