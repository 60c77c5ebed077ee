package analyzer_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Where the schema declares casts, the checker by itself asks that a parameter is never
// converted.
func TestCheckerAsksForOneType(t *testing.T) {
	for _, c := range []struct {
		name              string
		equals, elsewhere []query.Type
		casts, refused    bool
	}{
		{"text elsewhere, no casts", []query.Type{"int"}, []query.Type{"text"}, false, false},
		{"text elsewhere", []query.Type{"int"}, []query.Type{"text"}, true, true},
		{"the same elsewhere", []query.Type{"int"}, []query.Type{"int"}, true, false},
		{"two types elsewhere", nil, []query.Type{"int", "text"}, true, true},
		{"nowhere else", []query.Type{"int"}, nil, true, false},
	} {
		tc := whereCase(t)
		a := tc.analysis()
		st, cert := a.Certify(t, "-- name: Q :many\nSELECT id FROM notes WHERE org_id = $1;\n")
		if c.casts {
			tc.db.Unknown = append(tc.db.Unknown, &catalog.Unknown{What: "CREATE CAST"})
		}
		st.Params[0].Equals, st.Params[0].Elsewhere = c.equals, c.elsewhere
		if err := a.Check(st, cert); (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), "need not be the same") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
