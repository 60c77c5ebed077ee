package checker

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// What a scope knows does not depend on whether it asks each join of the scopes above or those alone that wait for a
// relation: random trees of joins, conditions in scopes below one another, some of them true EXISTS.
func TestAwaitingIsEnough(t *testing.T) {
	differ, settled := 0, 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := query.RelID(0)
		var tree func(depth int) query.Rel
		tree = func(depth int) query.Rel {
			if depth == 0 || r.IntN(5) == 0 {
				n++
				return &query.Base{ID: n}
			}
			kinds := []query.JoinKind{query.Inner, query.Left, query.Right, query.Full}
			j := &query.Join{Kind: kinds[r.IntN(4)], Left: tree(depth - 1), Right: tree(depth - 1)}
			j.On = asked(1 + query.RelID(r.IntN(int(n))))
			return j
		}
		from := tree(4)
		elsewhere := &query.Join{Kind: query.Full, Left: tree(2), Right: tree(2)}
		var conditions []query.Expr
		for range 4 {
			at := 1 + query.RelID(r.IntN(int(n)))
			conditions = append(conditions, asked(at))
			if r.IntN(3) == 0 {
				conditions = append(conditions, &query.Sub{Kind: query.Exists, Query: &query.Select{From: []query.Rel{&query.Join{Left: &query.Base{ID: 100}, Right: &query.Base{ID: 101}, On: asked(1 + query.RelID(r.IntN(int(n))))}}}})
			}
		}
		turns := r.IntN(1 << len(conditions))
		known := func(all *around) (rows []query.RelID, truths []query.Expr) {
			s := &scope{seen: map[query.Expr]relations{}, joins: all}
			s.present(from)
			s.below(elsewhere)
			before := len(s.rows)
			for i, e := range conditions {
				if turns&(1<<i) != 0 && len(s.members) == 0 {
					s = s.child()
				}
				s.assume(e)
			}
			for at := s; at != nil; at = at.up {
				for _, r := range at.rows {
					rows = append(rows, r.id)
				}
				truths = append(truths, at.truths...)
			}
			if len(rows) > before && s.up != nil {
				settled++
			}
			slices.Sort(rows)
			return slices.Compact(rows), truths
		}
		rows, truths := known(nil)
		indexed, held := known(&around{})
		if !slices.Equal(rows, indexed) || slices.ContainsFunc(truths, func(e query.Expr) bool { return !slices.Contains(held, e) }) ||
			slices.ContainsFunc(held, func(e query.Expr) bool { return !slices.Contains(truths, e) }) {
			differ++
			t.Errorf("seed %d: rows %v and %d truths by all joins, %v and %d by those that wait", seed, rows, len(truths), indexed, len(held))
		}
		if differ > 3 {
			break
		}
	}
	if settled < 1000 {
		t.Errorf("only %d scopes made an outer join another kind", settled)
	}
}
