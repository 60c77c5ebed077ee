package prove_test

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/prove"
)

// TestPremises runs deletes that a foreign key without the tenant carries on. What only
// data show that break a premise of the query is covered by it; a premise about another
// key covers nothing, nor does one that a leak does not need.
func TestPremises(t *testing.T) {
	const schema = `
CREATE TABLE shelves (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE books (org_id int NOT NULL, id int PRIMARY KEY, shelf int CONSTRAINT on_shelf REFERENCES shelves (id) ON DELETE CASCADE,
  beside int CONSTRAINT beside_shelf REFERENCES shelves (id) ON DELETE SET NULL);`
	const queries = `
-- name: Drop :exec
DELETE FROM shelves WHERE org_id = @org_id AND id = @id;
-- name: Any :exec
DELETE FROM shelves WHERE id = @id AND @org_id::int > 0;
`
	premise := func(constraint string, columns ...string) *prove.Premise {
		return &prove.Premise{Kind: analyzer.ForeignKeyPremise, Table: catalog.Name{Schema: "public", Name: "books"}, Constraint: constraint, Columns: columns, Text: "books stand on shelves of their own tenant"}
	}
	both := []*prove.Premise{premise("on_shelf", "shelf"), premise("beside_shelf", "beside")}
	for _, c := range []struct {
		name    string
		assumes []*prove.Premise
		want    string
		covered int
	}{
		{"none", nil, "Drop leaks, Any leaks", 0},
		{"both", both, "Drop held, Any leaks", 2},
		{"by columns", []*prove.Premise{premise("", "shelf"), premise("", "beside")}, "Drop held, Any leaks", 2},
		{"one of two", both[:1], "Drop leaks, Any leaks", 0},
		{"the other", both[1:], "Drop leaks, Any leaks", 0},
		{"of another table", []*prove.Premise{{Kind: analyzer.ForeignKeyPremise, Table: catalog.Name{Schema: "public", Name: "shelves"}, Constraint: "on_shelf"}}, "Drop leaks, Any leaks", 0},
	} {
		in := input(t, schema, queries)
		for _, q := range in.Queries {
			q.Verdict, q.Assumes = analyzer.Scoped, c.assumes
			q.Tenants = []int{1}
			if q.Name == "Any" {
				q.Tenants = []int{2}
			}
		}
		in.AppRole = ""
		r := run(t, in, prove.Options{})
		if got := statuses(r); got != c.want || r.Outcomes[0].Leak == nil && len(r.Outcomes[0].Covered) != c.covered {
			t.Errorf("%s: %s, covered by %d", c.name, got, len(r.Outcomes[0].Covered))
		}
	}
}

// TestLinkPremise opens a file whose id slips of a file that is gone still name: covered
// by the premise that there are none.
func TestLinkPremise(t *testing.T) {
	premise := func(kind analyzer.PremiseKind) []*prove.Premise {
		return []*prove.Premise{{Kind: kind, Table: catalog.Name{Schema: "public", Name: "slips"}, Columns: []string{"file"}, Text: "no slip outlives its file"}}
	}
	for kind, want := range map[analyzer.PremiseKind]string{
		"none":                     "Open leaks",
		analyzer.ForeignKeyPremise: "Open leaks",
		analyzer.AgreementPremise:  "Open leaks",
		analyzer.LinkPremise:       "Open held",
	} {
		assumes := premise(kind)
		in := input(t, `
CREATE TABLE files (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE slips (id int PRIMARY KEY, file int NOT NULL);`, "-- name: Open :exec\nINSERT INTO files (org_id, id) VALUES (@org_id, @id);\n",
			config.Table{Name: "slips", Parents: []config.Parent{{Table: "files", On: []config.Pair{{Child: "file", Parent: "id"}}}}})
		in.Queries[0].Verdict, in.Queries[0].Assumes, in.Queries[0].Tenants, in.AppRole = analyzer.Scoped, assumes, []int{1}, ""
		if got := statuses(run(t, in, prove.Options{})); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
