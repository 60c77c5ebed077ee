package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// refreshed has a table's row stand within a materialized view.
func (x *hand) refreshed(alias string) { x.st.Refreshed = map[query.RelID]int{x.base(alias).ID: 1} }

// TestReadWith holds the times of rows apart: behind the rows of a relation that is itself within a materialized view a
// row of that time stands, and in no arm one of another.
func TestReadWith(t *testing.T) {
	k := &checker{st: &query.Statement{Refreshed: map[query.RelID]int{1: 1, 2: 1, 3: 2}}, cert: &certificate.Certificate{Rows: map[query.RelID]certificate.Row{7: {ID: 7, In: 2}, 8: {ID: 8, In: 7}, 9: {ID: 9, In: 9}}}}
	for id, want := range map[query.RelID]int{0: 0, 1: 1, 2: 1, 3: 2, 7: 1, 8: 1, 9: 0} {
		if got := k.refresh(id); got != want {
			t.Errorf("relation %d is of the time %d, not of %d", id, got, want)
		}
	}
	of := func(id query.RelID) *certificate.RowClaim { return &certificate.RowClaim{Row: id} }
	both := func(a, b query.RelID) *certificate.RowClaim {
		return &certificate.RowClaim{Arms: []*certificate.RowClaim{of(a), of(b)}}
	}
	for _, c := range []struct {
		claim *certificate.RowClaim
		time  int
		want  bool
	}{{of(0), 0, true}, {of(1), 0, false}, {of(1), 1, true}, {of(3), 1, false}, {of(8), 1, true}, {both(1, 2), 1, true}, {both(0, 1), 0, false}, {both(1, 0), 1, false}} {
		if k.readWith(c.claim, c.time) != c.want {
			t.Errorf("%v at %d: not %v", c.claim, c.time, c.want)
		}
	}
}
