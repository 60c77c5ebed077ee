package migrate

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// A condition implies another when the words tell so, and no other way.
func TestImplies(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"a = 1", "(a = 1)", true},
		{"a = 1", "a = 2", false},
		{"a = 1 AND b", "b", true},
		{"(a = 1) AND (b)", "a = 1", true},
		{"b", "a = 1 AND b", false},
		{"a", "a OR b", true},
		{"a OR b", "a", false},
		{"a OR b", "b OR a OR c", true},
		{"a AND (b OR c)", "(c OR b)", true},
		{"a AND b OR c", "a", false},
		{"a AND b OR a AND c", "a", true},
		{"a AND b", "b AND a", true},
		{"a AND b", "a AND b AND c", false},
		{"x BETWEEN 1 AND 2", "x BETWEEN 1", false},
		{"CASE WHEN a OR b THEN c END", "CASE WHEN a OR b THEN c END OR d", false},
		{"f(a OR b)", "b)", false},
		{"ARRAY[a OR b] = c", "b] = c", false},
		{"true", "a", false},
	} {
		if got := implies(tokens(c.a), tokens(c.b)); got != c.want {
			t.Errorf("%s implies %s: %v", c.a, c.b, got)
		}
	}
}

// What lets through the same rows or fewer is narrower, for each command by itself.
func TestNarrower(t *testing.T) {
	permissive := func(command, using, check string) *catalog.Policy {
		return &catalog.Policy{Command: command, Using: using, Check: check}
	}
	floor := func(command, using, check string) *catalog.Policy {
		return &catalog.Policy{Command: command, Using: using, Check: check, Restrictive: true}
	}
	plain := []*catalog.Policy{permissive("all", "own", "own"), floor("all", "own", "own")}
	read := []*catalog.Policy{permissive("all", "own", "own"), permissive("select", "shown", ""), floor("select", "own OR shown", ""),
		floor("insert", "", "own"), floor("update", "own", "own"), floor("delete", "own", "")}
	less := []*catalog.Policy{permissive("all", "(own) AND (live)", "(own) AND (live)"), floor("all", "(own) AND (live)", "(own) AND (live)")}
	bare := []*catalog.Policy{permissive("all", "own", "own")}
	for _, c := range []struct {
		name       string
		want, have []*catalog.Policy
		command    string
		checks     bool
		narrower   bool
	}{
		{"the same", plain, plain, "select", false, true},
		{"read_also", read, plain, "select", false, false},
		{"read_also does not write", read, plain, "update", false, true},
		{"read_also does not insert", read, plain, "insert", true, true},
		{"read_also does not delete", read, plain, "delete", false, true},
		{"without read_also", plain, read, "select", false, true},
		{"restrict", less, plain, "select", false, true},
		{"without restrict", plain, less, "delete", false, false},
		{"without a restrict of new rows", []*catalog.Policy{permissive("all", "own", "own"), floor("all", "own", "own")}, []*catalog.Policy{permissive("all", "own", "own"), floor("all", "own", "own AND live")}, "insert", true, false},
		{"a floor is gone", bare, []*catalog.Policy{permissive("all", "own", "own"), floor("all", "live", "live")}, "select", false, false},
		{"a floor comes", plain, bare, "select", false, true},
		{"a permissive one comes", []*catalog.Policy{permissive("all", "own", "own"), permissive("all", "x", "x")}, bare, "select", false, false},
		{"nothing is let through", nil, plain, "select", false, true},
		{"something is let through", plain, nil, "select", false, false},
		{"another setting", []*catalog.Policy{permissive("all", "a = current_setting('b', true)", "")}, []*catalog.Policy{permissive("all", "a = current_setting('c', true)", "")}, "select", false, true},
		{"checked by using", []*catalog.Policy{permissive("all", "own", "")}, plain, "update", true, true},
	} {
		if got := narrower(c.want, c.have, c.command, c.checks); got != c.narrower {
			t.Errorf("%s: narrower %v", c.name, got)
		}
	}
}

// The first form let the same rows through, but for those of an inner level's parts.
func TestWideningOfFirstForm(t *testing.T) {
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: `
		CREATE TABLE firms (id int PRIMARY KEY);
		CREATE TABLE plants (id int PRIMARY KEY, firm_id int NOT NULL REFERENCES firms);`}})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	table := func(name string) *catalog.Table { return db.Table(catalog.Name{Schema: "public", Name: name}) }
	for name, outer := range map[string][]Outer{"firms": nil, "plants": {{Setting: "app.firm_id", Column: "firm_id"}}} {
		target := Target{Table: table(name), Column: "id", Setting: "app.id", Outer: outer}
		p := newPlanner(db, Wanted{Source: Source{Setting: "app.id"}, Targets: []Target{target}})
		former := *p.conditions
		former.first = true
		had, err := former.policiesFor(&target)
		if err != nil || len(had) == 0 {
			t.Fatal(had, err)
		}
		target.Table.RLS = true
		for _, pol := range had {
			target.Table.Policies = append(target.Table.Policies, pol.catalog())
		}
		wanted, err := p.policiesFor(&target)
		if err != nil {
			t.Fatal(err)
		}
		if !p.ofFirstForm(&target, target.Table.Policies) {
			t.Errorf("%s: not taken for the first form", name)
		}
		if got := p.widening(&target, wanted); (got != nil) != (outer != nil) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
