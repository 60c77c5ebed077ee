package checker

import (
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Which rows ON CONFLICT can meet, by the arbiter and by the keys of the table and of its
// partitions.
func TestQuiet(t *testing.T) {
	const schema = `
CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL, slug text, CONSTRAINT by_org UNIQUE (org_id, id)) PARTITION BY LIST (org_id);
CREATE TABLE part PARTITION OF notes DEFAULT;
`
	columns := func(c ...int) *query.Conflict { return &query.Conflict{Columns: c} }
	named := func(name string) *query.Conflict { return &query.Conflict{Constraint: name} }
	anything := func() *query.Conflict { return &query.Conflict{Any: true} }
	equals := func(columns ...string) *catalog.Exclusion {
		x := &catalog.Exclusion{Name: "apart"}
		for _, c := range columns {
			x.Elements = append(x.Elements, catalog.ExclusionElement{Column: c, Operator: "="})
		}
		return x
	}
	none := func(notes, part *catalog.Table) {}
	for name, c := range map[string]struct {
		conflict *query.Conflict
		spoil    func(notes, part *catalog.Table)
		want     bool
	}{
		"the tenant's columns":     {columns(0, 1), none, true},
		"other columns":            {columns(1), none, false},
		"the constraint":           {named("by_org"), none, true},
		"a constraint not known":   {named("nothing"), none, false},
		"anything":                 {anything(), none, true},
		"unsure, by columns":       {columns(0, 1), func(_, part *catalog.Table) { part.Unsure = "DO" }, true},
		"unsure, by constraint":    {named("by_org"), func(_, part *catalog.Table) { part.Unsure = "DO" }, false},
		"unsure, anything":         {anything(), func(_, part *catalog.Table) { part.Unsure = "DO" }, false},
		"a key of the table":       {anything(), func(notes, _ *catalog.Table) { notes.Keys = append(notes.Keys, &catalog.Key{Columns: []string{"id"}}) }, false},
		"a key of a partition":     {anything(), func(_, part *catalog.Table) { part.Keys = append(part.Keys, &catalog.Key{Columns: []string{"id"}}) }, false},
		"a coarse key":             {anything(), func(notes, _ *catalog.Table) { notes.Keys[0].Coarse = true }, false},
		"a key by class":           {anything(), func(notes, _ *catalog.Table) { notes.Keys[0].Class = true }, false},
		"the constraint is coarse": {columns(0, 1), func(notes, _ *catalog.Table) { notes.Keys[0].Coarse = true }, false},
		"an exclusion":             {anything(), func(notes, _ *catalog.Table) { notes.Exclusions = append(notes.Exclusions, equals("id")) }, false},
		"one of the tenant's":      {anything(), func(notes, _ *catalog.Table) { notes.Exclusions = append(notes.Exclusions, equals("org_id", "id")) }, true},
		"one of a partition":       {anything(), func(_, part *catalog.Table) { part.Exclusions = append(part.Exclusions, equals("id")) }, false},
		"that is named":            {named("apart"), func(notes, _ *catalog.Table) { notes.Exclusions = append(notes.Exclusions, equals("org_id", "id")) }, true},
		"that is named, without":   {named("apart"), func(notes, _ *catalog.Table) { notes.Exclusions = append(notes.Exclusions, equals("id")) }, false},
		"that overlaps": {named("apart"), func(notes, _ *catalog.Table) {
			notes.Exclusions = append(notes.Exclusions, overlapping(equals("org_id")))
		}, false},
		"that is special":   {named("apart"), func(notes, _ *catalog.Table) { notes.Exclusions = append(notes.Exclusions, special(equals("org_id"))) }, false},
		"by its name alone": {named("apart"), func(notes, _ *catalog.Table) { notes.Exclusions = append(notes.Exclusions, renamed(equals("org_id"))) }, false},
	} {
		k := world(t, schema)
		notes := k.table("notes")
		c.spoil(notes, k.table("part"))
		w := &query.Write{Target: k.base(0, "notes"), Conflict: c.conflict}
		if k.quiet(w, k.own.Of(notes)) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}

func overlapping(x *catalog.Exclusion) *catalog.Exclusion { x.Elements[0].Operator = "&&"; return x }
func special(x *catalog.Exclusion) *catalog.Exclusion     { x.Elements[0].Special = true; return x }
func renamed(x *catalog.Exclusion) *catalog.Exclusion     { x.Name = "other"; return x }

// Nulls that are one for a key tell nothing of a row with several parents.
func TestQuietWithNulls(t *testing.T) {
	for _, c := range []struct {
		nulls, any, want bool
	}{{false, false, true}, {true, false, false}, {false, true, true}, {true, true, false}} {
		k := pins(t)
		table := k.table("pins")
		table.Keys = []*catalog.Key{{Columns: []string{"note_id"}, NullsNotDistinct: c.nulls}}
		conflict := &query.Conflict{Columns: []int{1}}
		if c.any {
			conflict = &query.Conflict{Any: true}
		}
		if k.quiet(&query.Write{Target: k.base(0, "pins"), Conflict: conflict}, k.own.Of(table)) != c.want {
			t.Errorf("%+v", c)
		}
	}
}

// Which columns tell the tenant of a row, for each kind of owner.
func TestTells(t *testing.T) {
	table := &catalog.Table{Columns: []*catalog.Column{{Name: "a"}, {Name: "b"}, {Name: "kind"}, {Name: "sure", NotNull: true}}}
	link := func(on ...int) tenancy.Parent {
		p := tenancy.Parent{}
		for _, c := range on {
			p.On = append(p.On, tenancy.Pair{Child: c})
		}
		return p
	}
	when := func(p tenancy.Parent) tenancy.Parent { p.When = []tenancy.Match{{Column: 2}}; return p }
	child := func(ps ...tenancy.Parent) tenancy.Owner { return tenancy.Owner{Kind: tenancy.Child, Parents: ps} }
	for _, c := range []struct {
		name  string
		owner tenancy.Owner
		names []string
		nulls bool
		want  bool
	}{
		{"the tenant column", tenancy.Owner{Kind: tenancy.Column, Column: 1}, []string{"b"}, true, true},
		{"another", tenancy.Owner{Kind: tenancy.Column, Column: 1}, []string{"a"}, false, false},
		{"none", tenancy.Owner{Kind: tenancy.Column, Column: -1}, []string{"a"}, false, false},
		{"the link", child(link(0)), []string{"a", "b"}, false, true},
		{"the link, nulls", child(link(0)), []string{"a"}, true, true},
		{"half of the link", child(link(0, 1)), []string{"a"}, false, false},
		{"the other half", child(link(0, 1)), []string{"b"}, false, false},
		{"no link", child(link()), []string{"a"}, false, false},
		{"one of two", child(link(0), link(1)), []string{"b"}, false, true},
		{"one of two, nulls", child(link(0), link(1)), []string{"b"}, true, false},
		{"one of two, never null", child(link(0), link(3)), []string{"sure"}, true, true},
		{"by kind, one link", child(when(link(0)), when(link(1))), []string{"a", "kind"}, false, false},
		{"by kind, all", child(when(link(0)), when(link(1))), []string{"a", "b", "kind"}, false, true},
		{"by kind, all, nulls", child(when(link(0)), when(link(1))), []string{"a", "b", "kind"}, true, false},
		{"by kind, no kind", child(when(link(0)), link(1)), []string{"a", "b"}, false, false},
		{"no owner", tenancy.Owner{Kind: tenancy.Global}, []string{"a"}, false, false},
	} {
		if (&checker{}).tells(table, c.owner, c.names, c.nulls) != c.want {
			t.Errorf("%s: %v", c.name, !c.want)
		}
	}
}

// Rows go to partitions of partitions, not to tables that inherit.
func TestReceivers(t *testing.T) {
	k := world(t, `
CREATE TABLE notes (org_id int NOT NULL) PARTITION BY LIST (org_id);
CREATE TABLE part PARTITION OF notes DEFAULT PARTITION BY LIST (org_id);
CREATE TABLE deep PARTITION OF part DEFAULT;
CREATE TABLE logs (org_id int NOT NULL);
CREATE TABLE old () INHERITS (logs);
`)
	k.table("notes").Children = append(k.table("notes").Children, catalog.Name{Name: "nowhere"})
	if got := k.receivers(k.table("notes")); !slices.Equal(got, []*catalog.Table{k.table("notes"), k.table("part"), k.table("deep")}) {
		t.Error(got)
	}
	if got := k.receivers(k.table("logs")); len(got) != 1 {
		t.Error(got)
	}
}

// What ON CONFLICT DO NOTHING meets rests on parents that agree, unless it has all of them.
func TestMeetsSiblings(t *testing.T) {
	k := world(t, `CREATE TABLE a (id int PRIMARY KEY, org_id int NOT NULL); CREATE TABLE b (id int PRIMARY KEY, org_id int NOT NULL);
CREATE TABLE ab (a int NOT NULL REFERENCES a, b int NOT NULL REFERENCES b, n int, CONSTRAINT k UNIQUE (a, b), CONSTRAINT a1 UNIQUE (a, n));
CREATE TABLE once (a int NOT NULL REFERENCES a, b int NOT NULL REFERENCES b, UNIQUE (b, a));
CREATE TABLE held (a int NOT NULL REFERENCES a, b int NOT NULL REFERENCES b, UNIQUE (a, b), EXCLUDE USING btree (a WITH =));`,
		child("ab", of("a", "a=id"), of("b", "b=id")), child("once", of("a", "a=id"), of("b", "b=id")), child("held", of("a", "a=id"), of("b", "b=id")))
	for sql, want := range map[string]bool{
		"ab (a, b) VALUES (1, 2) ON CONFLICT (a, b)":           true,
		"ab (a, b, n) VALUES (1, 2, 3) ON CONFLICT (a, n)":     false,
		"ab (a, b) VALUES (1, 2) ON CONFLICT ON CONSTRAINT k":  true,
		"ab (a, b) VALUES (1, 2) ON CONFLICT ON CONSTRAINT a1": false,
		"ab (a, b) VALUES (1, 2) ON CONFLICT":                  false,
		"once (a, b) VALUES (1, 2) ON CONFLICT":                true,
		"held (a, b) VALUES (1, 2) ON CONFLICT":                false,
	} {
		w := k.lower(t, "INSERT INTO "+sql+" DO NOTHING").Root.(*query.Write)
		if got := k.meetsSiblings(w, k.own.Of(w.Target.Table)); got != want {
			t.Errorf("%s: %v", sql, got)
		}
		expectRefusal(t, sql, refused(func() { k.conflict(w) }), map[bool]string{false: "parents-agree"}[want])
	}
}
