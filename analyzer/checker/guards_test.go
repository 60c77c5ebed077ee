package checker

import (
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// A fault of the checker itself is not taken for a refusal.
func TestCheckPassesOnItsOwnFaults(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL);")
	st := k.lower(t, "SELECT org_id FROM notes")
	defer func() {
		if r := recover(); r == nil {
			t.Error("no panic")
		}
	}()
	err := Check(k.db, st, nil, &certificate.Certificate{Tenants: []int{0}})
	t.Errorf("no panic, but %v", err)
}

// A subquery in the output of a level that makes rows from none does not see the conditions on its rows.
func TestLevelOfGroupingSets(t *testing.T) {
	for _, sets := range []bool{false, true} {
		k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL);")
		st := k.lower(t, "SELECT (SELECT count(*) FROM notes m WHERE m.org_id = n.org_id) FROM notes n WHERE n.org_id = @org_id GROUP BY n.org_id")
		sel := st.Root.(*query.Select)
		in := sel.Out[0].Expr.(*query.Sub).Query.(*query.Select)
		n, m := sel.From[0].(*query.Base), in.From[0].(*query.Base)
		own := func(b *query.Base) certificate.Step {
			return certificate.Step{A: certificate.Owner(b.ID), B: certificate.Column(b.ID, 0), Kind: certificate.Tenant}
		}
		mine := certificate.Step{A: certificate.Column(n.ID, 0), B: certificate.Param(1), Kind: certificate.Condition, Node: sel.Where}
		joined := certificate.Step{A: certificate.Column(m.ID, 0), B: certificate.Column(n.ID, 0), Kind: certificate.Condition, Node: in.Where}
		sel.Group.Sets = sets
		err := Check(k.db, st, k.own, &certificate.Certificate{Tenants: []int{1}, Pins: []certificate.Pin{
			{Base: n, Role: certificate.Read, Row: n.ID, Chain: certificate.Chain{own(n), mine}},
			{Base: m, Role: certificate.Read, Row: m.ID, Chain: certificate.Chain{own(m), joined, mine}}}})
		said := ""
		if err != nil {
			said = err.Error()
		}
		expectRefusal(t, "grouping sets", said, map[bool]string{true: "does not hold at its place"}[sets])
	}
}

// A parameter is the same in every group, so that it is known outside of one.
func TestPassedParameter(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL);")
	sel := k.lower(t, "SELECT @org_id::int, org_id, id FROM notes GROUP BY id, notes.org_id").Root.(*query.Select)
	sel.Group.By = sel.Group.By[:1]
	sel.Out[0].Expr = &query.Param{Number: 1}
	var columns []int
	for _, c := range k.passed(sel, link{rel: 9}) {
		columns = append(columns, c.index)
	}
	if !slices.Equal(columns, []int{0, 2}) {
		t.Errorf("columns %v are passed, want the parameter and the one that groups", columns)
	}
}

// Which arms must keep a claim; of INTERSECT the right one may alone.
func TestArmsOf(t *testing.T) {
	left, right := &query.Select{}, &query.Select{Limited: true}
	for _, c := range []struct {
		kind  query.SetOpKind
		n     int
		first any
		want  []any
	}{
		{query.Union, 2, left, []any{left, right}}, {query.Except, 1, right, []any{left}},
		{query.Intersect, 1, right, []any{right}}, {query.Intersect, 1, left, []any{left}}, {query.Intersect, 2, right, []any{left}},
	} {
		if got := arms(&query.SetOp{Kind: c.kind, Left: left, Right: right}, c.n, c.first); !slices.Equal(got, c.want) {
			t.Errorf("%v by %d: %v", c.kind, c.n, got)
		}
	}
}

// A row stands behind INTERSECT when it does behind its right arm.
func TestRowClaimOfTheRightArm(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL);")
	right := &query.Select{From: []query.Rel{k.base(1, "notes")}, Out: []query.Output{{Expr: &query.Col{Rel: 1, Index: 1}, Type: "int"}}}
	op := &query.SetOp{Kind: query.Intersect, Left: &query.Values{}, Right: right, Out: []query.Output{{Type: "int"}}}
	arm := &certificate.RowClaim{Of: right, Table: k.table("notes"), Row: 1, Cols: map[int]int{1: 0}, ColsProof: map[int]certificate.Chain{1: nil}}
	whole := &certificate.RowClaim{Of: op, Table: k.table("notes"), Cols: map[int]int{1: 0}, Arms: []*certificate.RowClaim{arm}}
	expectRefusal(t, "the right arm", refused(func() { k.rowClaim(whole) }), "")
}

// What a claim says of two output columns is followed from one to the other.
func TestClaimOfTwoColumns(t *testing.T) {
	for spoiled, want := range map[bool]string{false: "", true: "a chain ends at"} {
		eq := &query.Eq{L: &query.Col{Rel: 1}, R: &query.Col{Rel: 2}}
		k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL);")
		sel := &query.Select{From: []query.Rel{k.base(1, "notes"), k.base(2, "notes")}, Where: eq, Out: []query.Output{{Expr: eq.L}, {Expr: eq.R}, {Expr: &query.Col{Rel: 2, Index: 1}}}}
		is := certificate.Out(1)
		if spoiled {
			is = certificate.Out(2)
		}
		c := &certificate.Claim{Of: sel, Col: 0, Is: is, Proof: []certificate.Chain{{{A: certificate.Column(1, 0), B: certificate.Column(2, 0), Kind: certificate.Condition, Node: eq}}}}
		expectRefusal(t, "two columns", refused(func() { k.claim(c) }), want)
	}
}

// A subquery is found wherever an expression evaluates one.
func TestHasSub(t *testing.T) {
	sub, col := &query.Sub{}, &query.Col{}
	for _, e := range []query.Expr{sub, &query.Not{Arg: sub}, &query.IsNotNull{Arg: sub}, &query.Eq{L: sub, R: col}, &query.Eq{L: col, R: sub},
		&query.And{Args: []query.Expr{col, sub}}, &query.Or{Args: []query.Expr{col, sub}}, &query.Op{Args: []query.Expr{col, sub}}} {
		if !hasSub(e) {
			t.Errorf("%T", e)
		}
	}
	for _, e := range []query.Expr{nil, col, &query.Not{Arg: col}, &query.Eq{L: col, R: col}, &query.Op{Args: []query.Expr{col}}, &query.Param{}} {
		if hasSub(e) {
			t.Errorf("%T", e)
		}
	}
}

// While a new row is proved by one parent, it is not by another, nor any other row.
func TestClosedTo(t *testing.T) {
	p, q := tenancy.Parent{Table: &catalog.Table{}, On: []tenancy.Pair{{Child: 1}}}, tenancy.Parent{Table: &catalog.Table{}, On: []tenancy.Pair{{Child: 2}}}
	k, r := &checker{}, &row{id: 1}
	if k.closedTo(r, p) {
		t.Error("nothing is closed by itself")
	}
	k.goes(way{row: 1, parent: &p}, func() {
		if k.closedTo(r, p) || !k.closedTo(r, q) || k.closedTo(&row{id: 2}, q) {
			t.Error("by its parent alone")
		}
	})
	k.goes(way{row: 1}, func() {
		if !k.closedTo(r, p) {
			t.Error("by its own column alone")
		}
	})
}

// A set of relations tells whether it got more.
func TestRelationsAdd(t *testing.T) {
	var r relations
	for i, c := range []struct {
		other relations
		more  bool
	}{{set(1), true}, {set(1), false}, {set(70), true}, {nil, false}, {set(1, 70), false}, {set(1, 2), true}} {
		if r.add(c.other) != c.more {
			t.Errorf("%d: %t", i, !c.more)
		}
	}
}

// A deletion that a foreign key carries on changes no column of what it deletes, a computed one neither.
func TestDeletionChangesNoColumn(t *testing.T) {
	k := world(t, `CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL, PRIMARY KEY (org_id, id));
CREATE TABLE tags (org_id int NOT NULL, note_id int NOT NULL, twice int GENERATED ALWAYS AS (note_id * 2) STORED, FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE CASCADE);`)
	if got := changes(k.started(effect{table: k.table("notes"), deleted: true, changed: map[string]bool{}}, 0)); got != "tags deleted" {
		t.Error(got)
	}
}

// A foreign key is a link where its table is a child of what it refers to; one with a column of its own is not.
func TestIsLinkOfAChild(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY);\nCREATE TABLE tags (note_id int NOT NULL REFERENCES notes);", child("tags", of("notes", "note_id=id")))
	if !k.isLink(k.table("notes"), k.table("tags"), k.foreign("tags")) {
		t.Error("a child's key is a link")
	}
	outward := sites(t, "", true) // there loose belongs by its own column, and names its project besides
	if outward.isLink(outward.table("projects"), outward.table("loose"), outward.foreign("loose")) {
		t.Error("a row of loose is its organization's by its own column")
	}
}

// What MERGE puts into a column that changes it is not known of the new row.
func TestMergeInsertKnowsWhatIsStored(t *testing.T) {
	for modified, want := range map[bool]string{false: "", true: "does not hold"} {
		k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL);")
		st := k.lower(t, "MERGE INTO notes n USING (SELECT 1 AS id) s ON n.org_id = @org_id AND n.id = s.id WHEN NOT MATCHED THEN INSERT (org_id, id) VALUES (@org_id, s.id)")
		w := st.Root.(*query.Write)
		w.Target.Table.Columns[0].Value.Modified = modified
		const id = query.RelID(40)
		k.cert.Pins = []certificate.Pin{{Base: w.Target, Role: certificate.Inserted, Row: id, Chain: certificate.Chain{
			{A: certificate.Owner(id), B: certificate.Column(id, 0), Kind: certificate.Tenant}, {A: certificate.Column(id, 0), B: certificate.Param(1), Kind: certificate.Given, Node: &w.Actions[0]}}}}
		k.writes[w.Target] = w
		expectRefusal(t, "a new row", refused(func() { k.mergeInsert(w, 0, k.root()) }), want)
	}
}

// What an action of MERGE asks is true where it acts.
func TestMergeActsWhereItsWhenHolds(t *testing.T) {
	for spoiled, want := range map[string]string{"": "", "no condition": "does not hold at its place", "a trigger": "trigger touch of notes is not accounted for"} {
		k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL);")
		st := k.lower(t, "MERGE INTO notes n USING (SELECT 1 AS org) s ON n.org_id = @org_id AND n.id = 1 WHEN NOT MATCHED AND s.org = @org_id THEN INSERT (org_id, id) VALUES (s.org, 1)")
		w := st.Root.(*query.Write)
		const id = query.RelID(40)
		from := w.From[0].(*query.Derived).ID
		when, mine := w.Actions[0].When, w.Where.(*query.And).Args[0]
		k.cert.Pins = []certificate.Pin{
			{Base: w.Target, Role: certificate.Read, Row: w.Target.ID, Chain: certificate.Chain{{A: certificate.Owner(w.Target.ID), B: certificate.Column(w.Target.ID, 0), Kind: certificate.Tenant},
				{A: certificate.Column(w.Target.ID, 0), B: certificate.Param(1), Kind: certificate.Condition, Node: mine}}},
			{Base: w.Target, Role: certificate.Inserted, Row: id, Chain: certificate.Chain{{A: certificate.Owner(id), B: certificate.Column(id, 0), Kind: certificate.Tenant},
				{A: certificate.Column(id, 0), B: certificate.Column(from, 0), Kind: certificate.Given, Node: &w.Actions[0]}, {A: certificate.Column(from, 0), B: certificate.Param(1), Kind: certificate.Condition, Node: when}}}}
		switch spoiled {
		case "no condition":
			w.Actions[0].When = nil
		case "a trigger":
			w.Target.Table.Triggers = []*catalog.Trigger{{Name: "touch", Events: []string{"insert"}, Timing: "before", Row: true}}
		}
		k.target[w.Target], k.writes[w.Target] = true, w
		expectRefusal(t, "a new row, "+spoiled, refused(func() { k.merge(w, k.root()) }), want)
	}
}

// Within a subquery, what it says of itself does not prove it.
func TestWithinASubquery(t *testing.T) {
	sub, e := &query.Sub{}, &query.IsNotNull{}
	s := &scope{members: []member{{sub, &scope{truths: []query.Expr{e}, rows: []row{{id: 3}}}}}, truths: []query.Expr{sub}}
	in := s.within(sub)
	if !s.holds(e) || !s.holds(sub) || s.row(3) == nil {
		t.Error("a true EXISTS has a row")
	}
	if in.holds(e) || in.holds(sub) || in.row(3) != nil {
		t.Error("within the subquery that is not known")
	}
	if in := s.within(&query.Sub{}); !in.holds(e) || in.row(3) == nil || in.row(4) != nil {
		t.Error("within another it is")
	}
}

// A row of one table names, on a deeper level, no tenant that PostgreSQL would not refuse.
func TestKeptIn(t *testing.T) {
	k := sites(t, "", true)
	for _, c := range []struct {
		table string
		level int
		want  bool
	}{{"tied", 1, true}, {"loose", 1, false}, {"tied", -1, false}, {"kids", 1, false}, {"settings", 1, false}, {"bare", 1, false}} {
		if k.keptIn(k.table(c.table), c.level) != c.want {
			t.Errorf("%s on level %d: %t", c.table, c.level, !c.want)
		}
	}
}

// Whose a deeper tenant is that a new row names has to be known, however else the row is proved.
func TestNewRowsNameNoUnknownTenant(t *testing.T) {
	levels := append(orgsAndProjects[:2:2], config.Level{Name: "team", Column: "team_id"}, config.Level{Name: "squad", Column: "squad_id"})
	roots := []config.Table{{Name: "projects", TenantColumn: "id", Level: "project"}, {Name: "teams", TenantColumn: "id", Level: "team"}}
	three, four := config.Tenant{Levels: levels[:3], Tables: roots[:1]}, config.Tenant{Levels: levels, Tables: roots}
	for table, tenant := range map[string]config.Tenant{"tasks": {Levels: orgsAndProjects}, "works": three, "deeds": four} {
		k := worldOf(t, `CREATE TABLE projects (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE tasks (org_id int NOT NULL, project_id int NOT NULL, id int NOT NULL);
CREATE TABLE works (org_id int NOT NULL, project_id int NOT NULL REFERENCES projects, team_id int NOT NULL);
`+map[string]string{"deeds": `CREATE TABLE teams (org_id int NOT NULL, project_id int NOT NULL REFERENCES projects, id int PRIMARY KEY);
CREATE TABLE deeds (project_id int NOT NULL REFERENCES projects, team_id int NOT NULL REFERENCES teams, squad_id int NOT NULL);`}[table], tenant)
		k.own, k.cert.Tenants = k.own.Outward(0), []int{1, 0, 0, 0}
		k.st.Params = []*query.ParamInfo{{Number: 1}}
		expectRefusal(t, table, refused(func() { k.pinnedBy(k.base(1, table), certificate.Inserted, 0, k.root()) }), "nothing tells whose the ")
	}
}

// The innermost row of an id counts.
func TestInnermostRow(t *testing.T) {
	a, b := &catalog.Table{}, &catalog.Table{}
	s := &scope{rows: []row{{id: 1, table: a}}, up: &scope{rows: []row{{id: 1, table: b}, {id: 2, table: b}}}}
	if s.row(1).table != a || s.row(2).table != b || s.row(3) != nil {
		t.Error("not the innermost row")
	}
}

// A true EXISTS or IN has a row that satisfies its WHERE; a scalar subquery that is true need have none.
func TestMembersOfConditions(t *testing.T) {
	for kind, want := range map[query.SubKind]bool{query.Exists: true, query.In: true, query.Scalar: false, query.Other: false} {
		where := &query.IsNotNull{Arg: &query.Col{Rel: 1}}
		s := &scope{seen: map[query.Expr]relations{}}
		s.assume(&query.Sub{Kind: kind, Query: &query.Select{From: []query.Rel{&query.Base{ID: 1}}, Where: where}})
		if s.holds(where) != want {
			t.Errorf("%v: %t", kind, !want)
		}
	}
}

// IN a set operation says that its value is the column of the relation that stands for it, from either end.
func TestMemberOfASetOperation(t *testing.T) {
	sub := &query.Sub{Kind: query.In, Query: &query.SetOp{}, Test: []query.Expr{&query.Col{Rel: 1}}}
	k := &checker{cert: &certificate.Certificate{Subs: map[query.RelID]*query.Sub{5: sub}}}
	s := &scope{truths: []query.Expr{sub}}
	value, out := certificate.Column(1, 0), certificate.Column(5, 0)
	for _, c := range []struct {
		a, b certificate.Term
		want bool
	}{{value, out, true}, {out, value, true}, {value, value, false}, {out, out, false}, {value, certificate.Column(5, 1), false}, {certificate.Column(6, 0), value, false}} {
		if k.isMember(&certificate.Step{A: c.a, B: c.b, Kind: certificate.Member, Node: sub}, s) != c.want {
			t.Errorf("%v = %v: %t", c.a, c.b, !c.want)
		}
	}
}

// A WITH query that was checked is referred to no more, but for a recursive one from within itself.
func TestReferenceAfterTheCheck(t *testing.T) {
	for _, c := range []struct {
		recursive, done, open bool
		want                  string
	}{
		{false, false, false, ""}, {true, true, true, ""},
		{false, true, true, "after it was checked"}, {false, true, false, "after it was checked"}, {true, true, false, "after it was checked"},
	} {
		cte := &query.CTE{Name: "w", Recursive: c.recursive}
		k := &checker{cert: &certificate.Certificate{}, done: map[*query.CTE]bool{cte: c.done}}
		if c.open {
			k.open = append(k.open, cte)
		}
		expectRefusal(t, "a reference", refused(func() { k.reference(&query.CTERef{CTE: cte}, &scope{}) }), c.want)
	}
}

// An INSERT accounts for the triggers that it fires.
func TestInsertFires(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL);")
	w := k.lower(t, "INSERT INTO notes (org_id, id) VALUES (@org_id, 1)").Root.(*query.Write)
	w.Target.Table.Triggers = []*catalog.Trigger{{Name: "touch", Events: []string{"insert"}, Timing: "before", Row: true}}
	expectRefusal(t, "a trigger", refused(func() { k.insert(w, k.root()) }), "trigger touch of notes is not accounted for")
}

// No row is found for an id that the certificate does not place, and nothing is claimed of what is no column of a row.
func TestNoRow(t *testing.T) {
	sel := &query.Select{}
	k := &checker{cert: &certificate.Certificate{}, claims: map[*certificate.Claim]bool{}}
	s := &scope{rows: []row{{id: 0, of: sel}}}
	if r := k.find(9, s); r != nil {
		t.Errorf("%+v", r)
	}
	claim := &certificate.Claim{Of: sel, Col: 0, Is: certificate.Param(1)}
	k.claims[claim] = true // as if it were proved
	for _, c := range []struct {
		a    certificate.Term
		want bool
	}{{certificate.Column(0, 0), true}, {certificate.Out(0), false}, {certificate.Column(1, 0), false}} {
		if got := k.guaranteed(&certificate.Step{A: c.a, B: certificate.Param(1), Claim: claim, Kind: certificate.Guaranteed}, s); got != c.want {
			t.Errorf("%v: %t", c.a, got)
		}
	}
}

// Only columns and owners of rows are of a row: the certificate places no parameter.
func TestPlacedRowsOnly(t *testing.T) {
	k := &checker{cert: &certificate.Certificate{Rows: map[query.RelID]certificate.Row{0: {}}}}
	for term, want := range map[certificate.Term]bool{certificate.Owner(0): true, certificate.Column(0, 1): true, certificate.Param(1): false, certificate.Out(0): false, certificate.Literal(1): false} {
		if _, ok := k.placed(term); ok != want {
			t.Errorf("%v: %t", term, ok)
		}
	}
}

// Check looks at the triggers that the statement tells of, whatever else is proved.
func TestCheckLooksAtTriggers(t *testing.T) {
	c := byHand[0]
	x := c.good(write(t, c.query))
	x.st.Fired = []*query.Fired{{Read: true, Function: &catalog.Function{}, Trigger: &catalog.Trigger{Name: "touch", Function: catalog.Name{Name: "touch"}}}}
	if err := Check(x.db, x.st, x.own, x.c); err == nil || err.Error() != "the body of trigger touch was not read" {
		t.Error(err)
	}
}

// A default is the tenant only in a column that says so: not in the first one of a child, or of a global table.
func TestDefaultsOfOthers(t *testing.T) {
	k := world(t, `CREATE TABLE notes (org_id int NOT NULL DEFAULT current_setting('app.org_id')::int, id int NOT NULL UNIQUE);
CREATE TABLE comments (note_id int NOT NULL DEFAULT current_setting('app.org_id')::int REFERENCES notes (id), id int);
CREATE TABLE plans (id int NOT NULL DEFAULT current_setting('app.org_id')::int, name int);`, child("comments", of("notes", "note_id=id")), global("plans"))
	k.own.SetByCalls = "app.org_id"
	for _, table := range []string{"notes", "comments", "plans"} {
		w := &query.Write{Target: k.base(0, table), Columns: []int{1}}
		if column, ok := k.fromSetting(w); ok != (table == "notes") || column != 0 {
			t.Errorf("%s: column %d, %t", table, column, ok)
		}
	}
}
