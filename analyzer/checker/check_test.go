package checker

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// One parameter is the tenant of one level, and what an aggregate folds is looked at in
// every statement.
func TestCheckAsksFirst(t *testing.T) {
	k := levels(t)
	st := k.lower(t, "SELECT count(*) FROM plans")
	st.Params = []*query.ParamInfo{{Number: 1}, {Number: 2}}
	for _, c := range []struct {
		tenants   []int
		aggregate bool
		want      string
	}{
		{[]int{1, 2}, true, ""},
		{[]int{1, 1}, true, "parameter 1 is the tenant of two levels"},
		{[]int{0, 0}, true, ""},
		{[]int{1, 2}, false, "makes one row of many"},
	} {
		st.Root.(*query.Select).Aggregate = c.aggregate
		said := ""
		if err := Check(k.db, st, k.own, &certificate.Certificate{Tenants: c.tenants}); err != nil {
			said = err.Error()
		}
		expectRefusal(t, strings.Trim(c.want, " "), said, c.want)
	}
}

// Outside of a query that stands for no relation, its columns are those of none: two such
// queries would else be one.
func TestPassedByNoRelation(t *testing.T) {
	k := levels(t)
	st := k.lower(t, "SELECT org_id FROM steps")
	if pairs := k.passed(st.Root.(*query.Select), link{rel: certificate.NoRel}); pairs != nil {
		t.Error(pairs)
	}
	if pairs := k.passed(st.Root.(*query.Select), link{rel: 9}); len(pairs) != 1 {
		t.Error(pairs)
	}
}
