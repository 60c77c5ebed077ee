package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// certified has, for a kind of step, a certificate that rests on such a step and is good, and
// ways to forge it.
type certified struct {
	kind   certificate.Kind
	query  string
	good   func(x *hand) *hand
	forged map[string]func(x *hand)
}

const (
	plainRead = "SELECT n.id FROM notes n WHERE n.org_id = $1"
	ofSet     = "SELECT n.id FROM notes n WHERE n.org_id = ANY ($1::int[]) AND n.id = $2"
	ofChild   = "SELECT c.id FROM comments c JOIN notes n ON n.id = c.note_id WHERE n.org_id = $1"
	ofInner   = "SELECT c.id FROM comments c JOIN (SELECT n.id, n.org_id FROM notes n WHERE n.org_id = $1) x ON x.id = c.note_id"
)

var byHand = []certified{
	{certificate.Condition, plainRead, func(x *hand) *hand { return x.plainly("n") }, map[string]func(x *hand){
		"by nothing":               func(x *hand) { x.last(1).Node = nil },
		"by a condition elsewhere": func(x *hand) { e := *x.eq("n.org_id = $1", 0); x.last(1).Node = &e },
		"of another parameter":     func(x *hand) { x.c.Tenants[0], x.last(1).B = 2, certificate.Param(2) },
		"between other values": func(x *hand) {
			x.last(1).A = certificate.Owner(x.base("n").ID)
			x.c.Pins[0].Chain = x.c.Pins[0].Chain[1:]
		},
		"that no step comes before":  func(x *hand) { x.c.Pins[0].Chain = x.c.Pins[0].Chain[1:] },
		"without a kind":             func(x *hand) { x.last(1).Kind = 0 },
		"that does not stand in AND": func(x *hand) { x.st.Root.(*query.Select).Where = &query.Not{Arg: x.eq("n.org_id = $1", 0)} },
	}},
	{certificate.Tenant, plainRead, func(x *hand) *hand { return x.plainly("n") }, map[string]func(x *hand){
		"in another column": func(x *hand) { x.last(0).B = x.col("n", 1) },
		"of another row":    func(x *hand) { x.last(0).A = certificate.Owner(7) },
		"of a child":        func(x *hand) { x.base("n").Table = x.table("comments") },
	}},
	{certificate.Member, "SELECT t.id FROM tasks t WHERE t.org_id IN (SELECT n.org_id FROM notes n WHERE n.org_id = $1)", func(x *hand) *hand {
		member := x.step(certificate.Member, any1[*query.Sub](x), x.col("t", 0), x.col("n", 0))
		return x.plainly("n").pins("t", owned(x.base("t").ID), member, x.by("n.org_id = $1", 0))
	}, map[string]func(x *hand){
		"of nothing":        func(x *hand) { x.last(1).Node = nil },
		"in another column": func(x *hand) { x.last(1).Index = 1 },
		"by NOT IN":         func(x *hand) { any1[*query.Sub](x).Kind = query.Other },
		"of another value":  func(x *hand) { x.last(1).B, x.last(2).A = x.col("n", 1), x.col("n", 1) },
	}},
	{certificate.EveryArm, "SELECT n.id FROM notes n WHERE n.org_id = $1 AND n.id = 1 OR n.org_id = $1 AND n.id = 2", func(x *hand) *hand {
		arms := x.step(certificate.EveryArm, any1[*query.Or](x), x.col("n", 0), certificate.Param(1))
		arms.Premises = []certificate.Chain{{x.by("n.org_id = $1", 0)}, {x.by("n.org_id = $1", 1)}}
		return x.pins("n", owned(x.base("n").ID), arms)
	}, map[string]func(x *hand){
		"but one":            func(x *hand) { x.last(1).Premises = x.last(1).Premises[:1] },
		"by one arm's proof": func(x *hand) { x.last(1).Premises[1] = x.last(1).Premises[0] },
		"by nothing":         func(x *hand) { x.last(1).Premises[0] = nil },
		"of another OR":      func(x *hand) { or := *any1[*query.Or](x); x.last(1).Node = &or },
		"of no arms":         func(x *hand) { any1[*query.Or](x).Args, x.last(1).Premises = nil, nil },
	}},
	{certificate.Output, "SELECT x.id FROM (SELECT n.org_id, n.id FROM notes n) x WHERE x.org_id = $1", func(x *hand) *hand {
		return x.pins("n", owned(x.base("n").ID), x.step(certificate.Output, x.inner(), x.col("n", 0), x.out(0)), x.by("x.org_id = $1", 0))
	}, map[string]func(x *hand){
		"of nothing":        func(x *hand) { x.last(1).Node = nil },
		"of another query":  func(x *hand) { x.last(1).Node = x.st.Root },
		"another column":    func(x *hand) { x.last(1).Index = 1 },
		"as a given value":  func(x *hand) { x.last(1).Kind = certificate.Given },
		"past LIMIT":        func(x *hand) { x.inner().Limited = true },
		"that is converted": func(x *hand) { x.inner().Out[0].Expr = &query.Op{Args: []query.Expr{x.inner().Out[0].Expr}} },
	}},
	{certificate.Demanded, "WITH a AS (SELECT n.org_id, n.id FROM notes n) SELECT a.id FROM a WHERE a.org_id = $1", func(x *hand) *hand {
		cte, ref := any1[*query.CTE](x), any1[*query.CTERef](x)
		column := certificate.Column(bodyRows, 0)
		x.c.Demands = []*certificate.Demand{{CTE: cte, Body: bodyRows, Col: 0, Param: 1, By: map[query.RelID]certificate.Chain{ref.ID: {x.by("a.org_id = $1", 0)}}}}
		return x.pins("n", owned(x.base("n").ID), x.step(certificate.Output, cte.Query, x.col("n", 0), column), x.step(certificate.Demanded, cte, column, certificate.Param(1)))
	}, map[string]func(x *hand){
		"by no reference":       func(x *hand) { x.c.Demands[0].By = nil },
		"of nothing":            func(x *hand) { x.last(2).Node = nil },
		"of the query in it":    func(x *hand) { x.last(2).Node = any1[*query.CTE](x).Query },
		"but needed by nobody":  func(x *hand) { x.c.Demands = nil },
		"of a recursive query":  func(x *hand) { any1[*query.CTE](x).Recursive = true },
		"of rows that are real": func(x *hand) { x.c.Demands[0].Body = x.base("n").ID },
		"and never checked":     func(x *hand) { x.st.Root.(*query.Select).With = nil },
	}},
	{certificate.Given, "INSERT INTO notes (org_id, id) VALUES ($1, $2)", (*hand).inserts, map[string]func(x *hand){
		"by nothing":            func(x *hand) { x.last(1).Node = nil },
		"into another column":   func(x *hand) { x.last(0).B, x.last(1).A = certificate.Column(newRow, 1), certificate.Column(newRow, 1) },
		"and cast on the way":   func(x *hand) { x.st.Root.(*query.Write).Keeps[0] = false },
		"as a conflict target":  func(x *hand) { x.last(1).Kind = certificate.Arbiter },
		"to a row that is real": func(x *hand) { x.c.Pins[0].Row = x.base("notes").ID },
	}},
	{certificate.ByDefault, "INSERT INTO bills (id) VALUES ($1)", (*hand).byDefault, map[string]func(x *hand){
		"by nothing":                   func(x *hand) { x.last(1).Node = nil },
		"of another column":            func(x *hand) { x.last(0).B, x.last(1).A = certificate.Column(newRow, 1), certificate.Column(newRow, 1) },
		"as a parameter":               func(x *hand) { x.c.Tenants[0], x.last(1).B = 1, certificate.Param(1) },
		"as a given value":             func(x *hand) { x.last(1).Kind = certificate.Given },
		"that no call sets":            func(x *hand) { x.own.SetByCalls = "" },
		"that neither is there":        func(x *hand) { x.own.SetByCalls, x.table("bills").Columns[0].DefaultSetting = "", "" },
		"of another setting":           func(x *hand) { x.own.SetByCalls = "app.other" },
		"of one of two levels":         func(x *hand) { x.own.Levels = append(x.own.Levels, tenancy.Level{Columns: []string{"x"}}) },
		"with a value":                 func(x *hand) { x.root().Columns = []int{0} },
		"by the default of a view":     func(x *hand) { x.root().ViewDefaults = []int{0} },
		"that a trigger replaces":      func(x *hand) { x.root().Reassigned = []int{0} },
		"of a column that is computed": func(x *hand) { x.table("bills").Columns[0].Generated = true },
		"of an identity":               func(x *hand) { x.table("bills").Columns[0].Identity = true },
		"that is dropped":              func(x *hand) { x.table("bills").Columns[0].HasDefault = false },
		"of a domain":                  func(x *hand) { x.table("bills").Columns[0].Type.Name.Name = "mine" },
		"of a type that changes it":    func(x *hand) { x.table("bills").Columns[0].Value.Modified = true },
		"under a setting of a function": func(x *hand) {
			x.root().Target.Via, x.st.Calls = "function f", []*catalog.Function{{Settings: []string{"app.org_id=2"}}}
		},
		"that may have been altered": func(x *hand) { x.table("bills").Unsure = "DO" },
	}},
	{certificate.ByDefault, "INSERT INTO bills (org_id, id) VALUES (DEFAULT, $1), (DEFAULT, $2)", (*hand).byDefault, map[string]func(x *hand){
		"and a value in one row": func(x *hand) { x.root().Source.(*query.Values).Rows[1][0] = &query.Param{Number: 1} },
		"and another operation":  func(x *hand) { x.root().Source.(*query.Values).Rows[0][0].(*query.Op).Default = false },
		"and a row without it":   func(x *hand) { x.root().Source.(*query.Values).Rows[1] = nil },
		"of no rows":             func(x *hand) { x.root().Source.(*query.Values).Rows = nil },
		"and rows of a SELECT": func(x *hand) {
			x.root().Source = &query.Select{Out: []query.Output{{Expr: &query.Const{}}, {Expr: &query.Const{}}}}
		},
	}},
	{certificate.Arbiter, "INSERT INTO notes (org_id, id, title) VALUES ($1, $2, $3) ON CONFLICT (org_id, id) DO UPDATE SET title = excluded.title", func(x *hand) *hand {
		w := x.inserts().st.Root.(*query.Write)
		there, proposed := certificate.Column(w.Target.ID, 0), certificate.Column(w.Conflict.Excluded, 0)
		x.c.Pins = append(x.c.Pins, certificate.Pin{Base: w.Target, Role: certificate.Existing, Row: w.Target.ID,
			Chain: append(certificate.Chain{owned(w.Target.ID), x.step(certificate.Arbiter, w.Conflict, there, proposed)}, x.given(w, w.Conflict.Excluded)...)})
		return x
	}, map[string]func(x *hand){
		"of nothing":             func(x *hand) { x.last(1).Node = nil },
		"of the statement":       func(x *hand) { x.last(1).Node = x.st.Root },
		"without the tenant":     func(x *hand) { x.st.Root.(*query.Write).Conflict.Columns = []int{1} },
		"as a given value":       func(x *hand) { x.last(1).Kind = certificate.Given },
		"of the new row as such": func(x *hand) { x.last(1).B, x.last(2).A = certificate.Column(newRow, 0), certificate.Column(newRow, 0) },
	}},
	{certificate.Assigned, "WITH u AS (UPDATE plans p SET org = $1 WHERE p.id = $2 RETURNING p.org) SELECT n.id FROM notes n JOIN u ON n.org_id = u.org", func(x *hand) *hand {
		cte, w := any1[*query.CTE](x), any1[*query.Write](x)
		of := func(of any) *certificate.Claim { return &certificate.Claim{Of: of, Col: 0, Is: certificate.Param(1)} }
		told, all := of(w), of(cte)
		told.Proof = []certificate.Chain{{x.step(certificate.Assigned, &w.Sets[0], x.col("p", 1), certificate.Param(1))}}
		all.Arms = []*certificate.Claim{told}
		row := certificate.Column(any1[*query.CTERef](x).ID, 0)
		return x.pins("n", owned(x.base("n").ID), x.by("n.org_id = u.org", 0), certificate.Step{A: row, B: certificate.Param(1), Kind: certificate.Guaranteed, Claim: all})
	}, map[string]func(x *hand){
		"by nothing":       func(x *hand) { x.assigned().Node = nil },
		"by another SET":   func(x *hand) { set := any1[*query.Write](x).Sets[0]; x.assigned().Node = &set },
		"by the statement": func(x *hand) { x.assigned().Node = any1[*query.Write](x) },
		"a computed value": func(x *hand) { any1[*query.Write](x).Sets[0].Value = &query.Op{} },
		"another value":    func(x *hand) { any1[*query.Write](x).Sets[0].Value = &query.Param{Number: 2} },
		"another column":   func(x *hand) { any1[*query.Write](x).Sets[0].Column = 0 },
	}},
	{certificate.Assigned, "WITH u AS (UPDATE plans p SET org = p.id WHERE p.id = $1 RETURNING p.org) SELECT n.id FROM notes n JOIN u ON n.org_id = u.org", func(x *hand) *hand {
		cte, w := any1[*query.CTE](x), any1[*query.Write](x)
		told := &certificate.Claim{Of: w, Col: 0, Is: certificate.Param(1), Proof: []certificate.Chain{{
			x.step(certificate.Assigned, &w.Sets[0], x.col("p", 1), x.col("p", 0)), x.by("p.id = $1", 0)}}}
		all := &certificate.Claim{Of: cte, Col: 0, Is: certificate.Param(1), Arms: []*certificate.Claim{told}}
		row := certificate.Column(any1[*query.CTERef](x).ID, 0)
		return x.pins("n", owned(x.base("n").ID), x.by("n.org_id = u.org", 0), certificate.Step{A: row, B: certificate.Param(1), Kind: certificate.Guaranteed, Claim: all})
	}, map[string]func(x *hand){
		"from what the column was before": func(x *hand) { // org has the id that was there, not the new one
			w := any1[*query.Write](x)
			w.Sets = append(w.Sets, query.Set{Column: 0, Value: &query.Param{Number: 1}})
			proof := x.last(2).Claim.Arms[0].Proof[0]
			proof[0].Node = &w.Sets[0]
			proof[1] = x.step(certificate.Assigned, &w.Sets[1], x.col("p", 0), certificate.Param(1))
		},
		"and a condition of before": func(x *hand) {
			w := any1[*query.Write](x)
			w.Sets = append(w.Sets, query.Set{Column: 0, Value: &query.Param{Number: 2}})
			x.last(2).Claim.Arms[0].Proof[0][0].Node = &w.Sets[0]
		},
	}},
	{certificate.Guaranteed, "SELECT t.id FROM tasks t JOIN (SELECT n.org_id FROM notes n WHERE n.org_id = $1) x ON x.org_id = t.org_id", func(x *hand) *hand {
		claim := &certificate.Claim{Of: x.inner(), Col: 0, Is: certificate.Param(1), Proof: []certificate.Chain{{x.by("n.org_id = $1", 0)}}}
		same := x.by("x.org_id = t.org_id", 0)
		same.A, same.B = same.B, same.A
		return x.plainly("n").pins("t", owned(x.base("t").ID), same, certificate.Step{A: x.out(0), B: certificate.Param(1), Kind: certificate.Guaranteed, Claim: claim})
	}, map[string]func(x *hand){
		"by nobody":          func(x *hand) { x.last(2).Claim = nil },
		"without a proof":    func(x *hand) { x.last(2).Claim.Proof = nil },
		"of another column":  func(x *hand) { x.last(2).Claim.Col = 1 },
		"by another query":   func(x *hand) { x.last(2).Claim.Of = x.st.Root },
		"by a false proof":   func(x *hand) { x.last(2).Claim.Proof[0][0].Node = x.eq("x.org_id = t.org_id", 0) },
		"by an aggregate":    func(x *hand) { x.inner().Aggregate = true },
		"of another tenant":  func(x *hand) { x.last(2).Claim.Is = certificate.Param(2) },
		"of a table instead": func(x *hand) { x.last(2).A, x.last(1).B = x.col("n", 0), x.col("n", 0) },
	}},
	{certificate.SameRow, "SELECT m.id FROM notes n JOIN notes m ON m.id = n.id WHERE n.org_id = $1", func(x *hand) *hand {
		same := relatedBy(certificate.SameRow, x.base("m").ID, x.base("n").ID, certificate.Chain{x.by("m.id = n.id", 0)})
		same.Key = x.table("notes").PrimaryKey()
		return x.plainly("n").pins("m", append(certificate.Chain{same}, x.c.Pins[0].Chain...)...)
	}, map[string]func(x *hand){
		"by no key":              func(x *hand) { x.last(0).Key = nil },
		"by another key":         func(x *hand) { x.last(0).Key = x.table("notes").Keys[1] },
		"by a partial key":       func(x *hand) { x.last(0).Key.Partial = true },
		"without premises":       func(x *hand) { x.last(0).Premises = nil },
		"by a false equal":       func(x *hand) { x.last(0).Premises[0] = certificate.Chain{x.by("n.org_id = $1", 0)} },
		"of another table":       func(x *hand) { x.base("m").Table = x.table("tasks") },
		"to a missing row":       func(x *hand) { x.last(0).B = certificate.Owner(behindRow) },
		"of columns, not owners": func(x *hand) { x.last(0).A = x.col("m", 0) },
		"of the last REFRESH":    func(x *hand) { x.refreshed("n") },
	}},
	{certificate.ParentRow, ofChild, func(x *hand) *hand {
		link := x.by("n.id = c.note_id", 0)
		link.A, link.B = link.B, link.A
		up := relatedBy(certificate.ParentRow, x.base("c").ID, x.base("n").ID, certificate.Chain{link})
		up.Parent = x.parent("comments")
		return x.plainly("n").pins("c", append(certificate.Chain{up}, x.c.Pins[0].Chain...)...)
	}, map[string]func(x *hand){
		"of no parent":     func(x *hand) { x.last(0).Parent = nil },
		"without premises": func(x *hand) { x.last(0).Premises = nil },
		"by another column": func(x *hand) {
			p := *x.parent("comments")
			p.On = []tenancy.Pair{{Child: 0, Parent: 1}}
			x.last(0).Parent = &p
		},
		"of another table": func(x *hand) { p := *x.parent("comments"); p.Table = x.table("tasks"); x.last(0).Parent = &p },
		"by a false link":  func(x *hand) { x.last(0).Premises[0] = certificate.Chain{x.by("n.org_id = $1", 0)} },
		"of another time":  func(x *hand) { x.refreshed("c") },
	}},
	{certificate.ForeignKey, "SELECT n.id FROM tasks t JOIN notes n ON n.id = t.note_id WHERE t.org_id = $1", func(x *hand) *hand {
		link := x.by("n.id = t.note_id", 0)
		link.A, link.B = link.B, link.A
		key := relatedBy(certificate.ForeignKey, x.base("n").ID, x.base("t").ID, certificate.Chain{link})
		key.Foreign = x.foreign("tasks")
		return x.plainly("t").pins("n", append(certificate.Chain{key}, x.c.Pins[0].Chain...)...)
	}, map[string]func(x *hand){
		"by no key":         func(x *hand) { x.last(0).Foreign = nil },
		"by a copy of one":  func(x *hand) { fk := *x.foreign("tasks"); x.last(0).Foreign = &fk },
		"that is not valid": func(x *hand) { x.foreign("tasks").NotValid = true },
		"without premises":  func(x *hand) { x.last(0).Premises = nil },
		"of another time":   func(x *hand) { x.refreshed("t") },
		"without the tenant": func(x *hand) {
			fk := x.foreign("tasks")
			fk.Columns, fk.RefColumns = fk.Columns[1:], fk.RefColumns[1:]
		},
	}},
	{certificate.Behind, ofInner, func(x *hand) *hand {
		n := x.base("n")
		claim := &certificate.RowClaim{Of: x.inner(), Table: n.Table, Cols: map[int]int{1: 0}, Owner: 1, Row: n.ID, ColsProof: map[int]certificate.Chain{}, OwnProof: certificate.Chain{owned(n.ID), x.by("n.org_id = $1", 0)}}
		x.c.Rows = map[query.RelID]certificate.Row{behindRow: {ID: behindRow, In: any1[*query.Derived](x).ID, Claim: claim}}
		link := x.by("x.id = c.note_id", 0)
		link.A, link.B = link.B, link.A
		up := relatedBy(certificate.ParentRow, x.base("c").ID, behindRow, certificate.Chain{link, x.step(certificate.Behind, nil, x.out(0), certificate.Column(behindRow, 1))})
		up.Parent = x.parent("comments")
		return x.plainly("n").pins("c", up, x.step(certificate.Behind, nil, certificate.Owner(behindRow), certificate.Param(1)))
	}, map[string]func(x *hand){
		"nothing":                func(x *hand) { x.c.Rows = nil },
		"another relation":       func(x *hand) { r := x.c.Rows[behindRow]; r.In = x.base("c").ID; x.c.Rows[behindRow] = r },
		"of whom nobody says":    func(x *hand) { x.c.Rows[behindRow].Claim.OwnProof = nil },
		"in another column":      func(x *hand) { x.c.Rows[behindRow].Claim.Cols = map[int]int{1: 1} },
		"of another tenant":      func(x *hand) { x.c.Tenants[0], x.last(1).B = 2, certificate.Param(2) },
		"of another table":       func(x *hand) { x.c.Rows[behindRow].Claim.Table = x.table("tasks") },
		"a row of another time":  func(x *hand) { x.refreshed("n") },
		"a row that is not read": func(x *hand) { x.c.Rows[behindRow].Claim.Row = 77 },
	}},
	{certificate.Tested, "SELECT c.body FROM cards c JOIN projects p ON p.slug = c.slug WHERE p.org_id = $1 AND p.deleted_at IS NULL", func(x *hand) *hand {
		link := x.by("p.slug = c.slug", 0)
		link.A, link.B = link.B, link.A
		null := part(x, 0, func(o *query.Op) bool { return o.Negation != nil })
		test := x.step(certificate.Tested, null, x.col("p", 2), certificate.Null())
		up := relatedBy(certificate.ParentRow, x.base("c").ID, x.base("p").ID, certificate.Chain{link}, certificate.Chain{test})
		up.Parent = x.parent("cards")
		x.c.Assume(certificate.Link(x.table("cards"), *up.Parent))
		return x.plainly("p").pins("c", append(certificate.Chain{up}, x.c.Pins[0].Chain...)...)
	}, map[string]func(x *hand){
		"by nothing":         func(x *hand) { x.last(0).Premises[1][0].Node = nil },
		"for something else": func(x *hand) { x.last(0).Premises[1][0].B = certificate.NotNull() },
		"of another column":  func(x *hand) { x.last(0).Premises[1][0].A = x.col("p", 1) },
		"by another test": func(x *hand) {
			x.last(0).Premises[1][0].Node = &query.IsNotNull{Arg: &query.Col{Rel: x.base("p").ID, Index: 2}}
		},
		"and left out":        func(x *hand) { x.last(0).Premises[1] = nil },
		"without its premise": func(x *hand) { x.c.Assumes = nil },
	}},
	{certificate.Among, ofSet, (*hand).among, map[string]func(x *hand){
		"by nothing":                   func(x *hand) { x.last(1).Node = nil },
		"by a condition elsewhere":     func(x *hand) { o := *x.any("n"); x.last(1).Node = &o },
		"that nobody says":             func(x *hand) { x.any("n").Among = nil },
		"without what is compared":     func(x *hand) { x.any("n").Args = nil },
		"of a value that is computed":  func(x *hand) { x.any("n").Args[0] = &query.Op{Args: slices.Clone(x.any("n").Args[:1])} },
		"of another column":            func(x *hand) { x.last(0).B, x.last(1).A = x.col("n", 1), x.col("n", 1) },
		"of another array":             func(x *hand) { x.c.Tenants[0], x.last(1).B = 2, certificate.Element(2) },
		"of one tenant":                func(x *hand) { x.c.Set = false },
		"that is one tenant":           func(x *hand) { x.c.Set, x.last(1).B = false, certificate.Param(1) },
		"ending at the array":          func(x *hand) { x.last(1).B = certificate.Param(1) },
		"that no step comes before":    func(x *hand) { x.c.Pins[0].Chain = x.c.Pins[0].Chain[1:] },
		"that does not stand in AND":   func(x *hand) { x.st.Root.(*query.Select).Where = &query.Not{Arg: x.any("n")} },
		"of no tenants":                func(x *hand) { x.c.Tenants = nil },
		"of two levels":                func(x *hand) { x.own.Levels = append(x.own.Levels, tenancy.Level{Columns: []string{"x"}}) },
		"of two levels that are told":  func(x *hand) { x.c.Tenants = append(x.c.Tenants, 0) },
		"of an outer level":            func(x *hand) { x.c.Levels = 1 },
		"that may be left out":         func(x *hand) { x.st.Params[0].Nullable = true },
		"that is a slice of sqlc's":    func(x *hand) { x.st.Params[0].Slice = true },
		"that is used elsewhere":       func(x *hand) { x.st.Params[0].Elements = append(x.st.Params[0].Elements, catalog.Name{}) },
		"that is of no type":           func(x *hand) { x.st.Params[0].Elements = []catalog.Name{{}} },
		"of another family":            func(x *hand) { x.st.Params[0].Elements[0].Name = "text" },
		"of a type that loses digits":  func(x *hand) { x.st.Params[0].Elements[0].Name = "float8" },
		"that is not told of":          func(x *hand) { x.st.Params = nil },
		"and locks":                    func(x *hand) { x.st.Locks = true },
		"and says that it writes":      func(x *hand) { x.st.Targets = append(x.st.Targets, x.table("notes")) },
		"and fires a trigger":          func(x *hand) { x.st.Fired = append(x.st.Fired, &query.Fired{}) },
		"and draws a number":           func(x *hand) { x.st.Draws = append(x.st.Draws, query.Draw{}) },
		"and is about what SET gives":  func(x *hand) { x.c.Sets = map[*query.Set]certificate.Chain{{}: nil} },
		"and is about an outer tenant": func(x *hand) { x.c.Outer = append(x.c.Outer, certificate.Outer{}) },
		"and writes": func(x *hand) {
			x.st.Root.(*query.Select).With = []*query.CTE{{Name: "w", Query: &query.Write{Kind: query.Delete, Target: &query.Base{ID: 77, Table: x.table("plans")}}}}
		},
	}},
	{certificate.Among, "SELECT n.id FROM notes n JOIN tasks t ON t.org_id = n.org_id WHERE n.org_id = ANY ($1::int[])", func(x *hand) *hand {
		return x.among().pins("t", owned(x.base("t").ID), x.by("t.org_id = n.org_id", 0), x.c.Pins[0].Chain[1])
	}, map[string]func(x *hand){
		"that its equality is left out of": func(x *hand) { x.c.Pins[1].Chain = slices.Delete(x.c.Pins[1].Chain, 1, 2) },
	}},
	{certificate.Among, "SELECT n.id FROM notes n, tasks t WHERE n.org_id = ANY ($1::int[]) AND t.org_id = ANY ($1::int[])", func(x *hand) *hand {
		is := x.step(certificate.Among, x.any("t"), x.col("t", 0), certificate.Element(1))
		return x.among().pins("t", owned(x.base("t").ID), is)
	}, map[string]func(x *hand){
		"by another element of the array": func(x *hand) { x.last(1).Node = x.any("n") },
		"by way of an element": func(x *hand) { // t.org_id and n.org_id are elements, and need not be one
			there := x.c.Pins[0].Chain[1]
			back := there
			back.A, back.B = back.B, back.A
			x.c.Pins[1].Chain = append(x.c.Pins[1].Chain, back, there)
		},
		"and the key of one tenant": func(x *hand) { // of two rows that agree in it only where they are of one tenant
			n, tk := x.base("n"), x.base("t")
			is := x.c.Pins[0].Chain[1]
			back := is
			back.A, back.B = back.B, back.A
			same := relatedBy(certificate.ForeignKey, tk.ID, n.ID, certificate.Chain{x.c.Pins[1].Chain[1], back}, nil)
			same.Foreign = x.table("tasks").Foreign[0]
			x.c.Pins[1].Chain = append(certificate.Chain{same}, x.c.Pins[0].Chain...)
		},
	}},
	{certificate.Among, "SELECT n.id FROM notes n WHERE n.org_id = ANY ($1::int[]) OR n.public", func(x *hand) *hand {
		x.st.Root.(*query.Select).Where = any1[*query.Or](x).Args[0] // without what read_also lets through
		return x.among()
	}, map[string]func(x *hand){
		"or what read_also lets through": func(x *hand) {
			or := &query.Or{Args: []query.Expr{x.any("n"), &query.Col{Rel: x.base("n").ID, Index: 4}}}
			x.st.Root.(*query.Select).Where = or
			x.c.Pins[0].Chain = certificate.Chain{x.step(certificate.MayRead, or, certificate.Owner(x.base("n").ID), certificate.Element(1))}
			x.c.Pins[0].Chain[0].Premises = []certificate.Chain{{owned(x.base("n").ID), x.step(certificate.Among, x.any("n"), x.col("n", 0), certificate.Element(1))}, nil}
		},
	}},
	{certificate.MayRead, "SELECT n.id FROM notes n WHERE n.org_id = $1 OR n.public", func(x *hand) *hand {
		for _, e := range any1[*query.Or](x).Args { // as package lower spells it
			if f, ok := x.st.Forms[e]; ok && len(f.Params) == 0 {
				x.own.Allow(x.table("notes"), [][]string{{f.Text}})
			}
		}
		b := x.base("n")
		may := x.step(certificate.MayRead, any1[*query.Or](x), certificate.Owner(b.ID), certificate.Param(1))
		may.Premises = []certificate.Chain{{owned(b.ID), x.by("n.org_id = $1", 0)}, nil}
		return x.pins("n", may)
	}, map[string]func(x *hand){
		"by nothing":          func(x *hand) { x.last(0).Node = nil },
		"of another OR":       func(x *hand) { or := *any1[*query.Or](x); x.last(0).Node = &or },
		"by no arm":           func(x *hand) { x.last(0).Premises = nil },
		"the tenant's arm":    func(x *hand) { x.last(0).Premises[0] = nil },
		"by no read_also":     func(x *hand) { x.own.Allow(x.table("notes"), nil) },
		"and locked":          func(x *hand) { x.st.Locks = true },
		"by another form":     func(x *hand) { x.own.Allow(x.table("notes"), [][]string{{"secret"}}) },
		"by a false equality": func(x *hand) { x.last(0).Premises[0][1].Node = any1[*query.Or](x).Args[1] },
	}},
}
