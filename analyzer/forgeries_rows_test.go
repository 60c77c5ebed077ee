package analyzer_test

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

const (
	sameRow   = "SELECT m.title FROM notes n JOIN notes m ON m.id = n.id WHERE n.org_id = $1"
	parentRow = "SELECT c.body FROM comments c JOIN notes n ON n.id = c.note_id WHERE n.org_id = $1"
	foreign   = "SELECT n.title FROM tasks t JOIN notes n ON n.id = t.note_id WHERE t.org_id = $1"
	rowBehind = "SELECT c.body FROM (SELECT n.id, n.author_id FROM notes n WHERE n.org_id = $1) x JOIN comments c ON c.note_id = x.id"
	armsOf    = "SELECT t.id FROM (SELECT n.org_id FROM notes n WHERE n.org_id = $1 UNION ALL SELECT m.org_id FROM notes m WHERE m.org_id = $1) x JOIN tasks t ON t.org_id = x.org_id"
	rowArms   = "SELECT c.body FROM (SELECT n.id FROM notes n WHERE n.org_id = $1 UNION ALL SELECT m.id FROM notes m WHERE m.org_id = $1) x JOIN comments c ON c.note_id = x.id"
	recursion = "WITH RECURSIVE r AS (SELECT n.org_id, n.id FROM notes n WHERE n.org_id = $1 UNION ALL SELECT r.org_id, m.id FROM r JOIN notes m ON m.org_id = r.org_id AND m.parent_id = r.id) SELECT t.id FROM r JOIN tasks t ON t.org_id = r.org_id"
	listed    = "SELECT t.id FROM (VALUES ($1::int), ($1::int)) v (org_id) JOIN tasks t ON t.org_id = v.org_id"
	upsert    = "INSERT INTO notes (org_id, id) VALUES ($1, $2) ON CONFLICT (org_id, id) DO UPDATE SET title = 'x'"
	moved     = "UPDATE notes SET id = $2 WHERE org_id = $1 RETURNING (SELECT m.title FROM notes m WHERE m.id = notes.id)"
)

// constraints do not say that two rows have one tenant.
var constraints = []forgery{
	{"a key of another table", "SELECT t.id FROM notes n JOIN tasks t ON t.id = n.id WHERE n.org_id = $1", func(x *forger) {
		x.related("t", certificate.Step{Kind: certificate.SameRow, Key: x.table("notes").PrimaryKey()}, "n",
			certificate.Chain{x.by("t.id = n.id", x.at("n", 1), x.at("t", 1))})
	}, holdsNot},
	{"a key that the table has not", "SELECT m.id FROM notes n JOIN notes m ON m.author_id = n.author_id WHERE n.org_id = $1", func(x *forger) {
		x.related("m", certificate.Step{Kind: certificate.SameRow, Key: &catalog.Key{Columns: []string{"author_id"}}}, "n",
			certificate.Chain{x.by("m.author_id = n.author_id", x.at("m", 3), x.at("n", 3))})
	}, holdsNot},
	{"a key that identifies nothing", sameRow, func(x *forger) { x.step("m", certificate.SameRow).Key.Deferrable = true }, holdsNot},
	{"a key of which a column does not agree", "SELECT m.id FROM notes n JOIN notes m ON m.id = n.id WHERE n.org_id = $1", func(x *forger) {
		s := x.step("m", certificate.SameRow)
		s.Key = &catalog.Key{Columns: []string{"id", "author_id"}}
		x.table("notes").Keys = append(x.table("notes").Keys, s.Key)
	}, holdsNot},
	{"a key of columns that are not there", "SELECT m.id FROM notes n JOIN notes m ON m.org_id = n.org_id WHERE n.org_id = $1", func(x *forger) {
		key := &catalog.Key{Columns: []string{"nothing"}}
		x.table("notes").Keys = append(x.table("notes").Keys, key)
		same := append(x.proof("m", x.by("m.org_id = n.org_id", x.at("m", 0), x.at("n", 0))),
			certificate.Step{A: x.at("n", 0), B: certificate.Owner(x.base("n").ID), Kind: certificate.Tenant})
		x.related("m", certificate.Step{Kind: certificate.SameRow, Key: key}, "n", same)
	}, holdsNot},
	{"a key of the row that a write has made", moved, func(x *forger) {
		x.related("m", certificate.Step{Kind: certificate.SameRow, Key: x.table("notes").PrimaryKey()}, "notes",
			certificate.Chain{x.by("m.id = notes.id", x.at("m", 1), x.at("notes", 1))})
		x.pin("m").Chain[2] = x.by("notes.org_id = $1", x.at("notes", 0), param(1))
	}, holdsNot},
	{"a key from the row that a write has made", moved, func(x *forger) {
		x.related("m", certificate.Step{Kind: certificate.SameRow, Key: x.table("notes").PrimaryKey()}, "notes",
			certificate.Chain{x.by("m.id = notes.id", x.at("notes", 1), x.at("m", 1))})
		x.pin("m").Chain[2] = x.by("notes.org_id = $1", x.at("notes", 0), param(1))
	}, holdsNot},
	{"a key between columns instead of owners", "SELECT n.id FROM tasks t JOIN notes n ON n.id = t.note_id WHERE t.org_id = $1", func(x *forger) {
		s := x.step("n", certificate.ForeignKey)
		s.A = columnInstead(s.A)
		x.pin("n").Chain = append(certificate.Chain{{A: certificate.Owner(x.base("n").ID), B: x.at("n", 1), Kind: certificate.Tenant}}, *s)
	}, holdsNot},
	{"a key to a column instead of an owner", foreign, func(x *forger) {
		s := x.step("n", certificate.ForeignKey)
		s.B = columnInstead(s.B)
	}, holdsNot},
	{"a key to a row that is not here", sameRow, func(x *forger) { x.step("m", certificate.SameRow).B = certificate.Owner(700) }, holdsNot},
	{"a parent by another link", "SELECT c.body FROM comments c JOIN notes n ON n.author_id = c.note_id WHERE n.org_id = $1", func(x *forger) {
		x.related("c", certificate.Step{Kind: certificate.ParentRow, Parent: &tenancy.Parent{Table: x.table("notes"), On: []tenancy.Pair{{Child: 1, Parent: 3}}}}, "n",
			certificate.Chain{x.by("n.author_id = c.note_id", x.at("c", 1), x.at("n", 3))})
	}, holdsNot},
	{"a parent of another table", "SELECT c.body FROM comments c JOIN tasks t ON t.id = c.note_id WHERE t.org_id = $1", func(x *forger) {
		x.related("c", certificate.Step{Kind: certificate.ParentRow, Parent: &tenancy.Parent{Table: x.table("notes"), On: []tenancy.Pair{{Child: 1, Parent: 1}}}}, "t",
			certificate.Chain{x.by("t.id = c.note_id", x.at("c", 1), x.at("t", 1))})
	}, holdsNot},
	{"a parent without a link", parentRow, func(x *forger) {
		s := x.step("c", certificate.ParentRow)
		s.Parent, s.Premises = &tenancy.Parent{Table: x.table("notes")}, nil
	}, holdsNot},
	{"a parent that does not agree", parentRow, func(x *forger) { x.step("c", certificate.ParentRow).Premises[0] = nil }, holdsNot},
	{"a parent that a write has just made", "UPDATE notes SET id = $2 WHERE org_id = $1 RETURNING (SELECT c.body FROM comments c WHERE c.note_id = notes.id)", func(x *forger) {
		x.related("c", certificate.Step{Kind: certificate.ParentRow, Parent: &tenancy.Parent{Table: x.table("notes"), On: []tenancy.Pair{{Child: 1, Parent: 1}}}}, "notes",
			certificate.Chain{x.by("c.note_id = notes.id", x.at("c", 1), x.at("notes", 1))})
	}, holdsNot},
	{"a foreign key that the table has not", foreign, func(x *forger) {
		other := *x.step("n", certificate.ForeignKey).Foreign
		x.step("n", certificate.ForeignKey).Foreign = &other
	}, holdsNot},
	{"a foreign key that is not checked", foreign, func(x *forger) { x.step("n", certificate.ForeignKey).Foreign.NotValid = true }, holdsNot},
	{"a foreign key to a row that a write has made", "UPDATE notes SET id = $2 WHERE org_id = $1 RETURNING (SELECT t.id FROM tasks t WHERE t.note_id = notes.id)", func(x *forger) {
		x.related("t", certificate.Step{Kind: certificate.ForeignKey, Foreign: x.table("tasks").Foreign[0]}, "notes",
			certificate.Chain{x.by("t.note_id = notes.id", x.at("t", 2), x.at("notes", 1))})
	}, holdsNot},
	{"a foreign key of a row that a write has made", "UPDATE tasks SET id = $2 WHERE org_id = $1 RETURNING (SELECT n.id FROM notes n WHERE n.id = tasks.note_id)", func(x *forger) {
		x.related("n", certificate.Step{Kind: certificate.ForeignKey, Foreign: x.table("tasks").Foreign[0]}, "tasks",
			certificate.Chain{x.by("n.id = tasks.note_id", x.at("tasks", 2), x.at("n", 1))})
	}, holdsNot},
}

// claims are about what queries yield.
var claims = []forgery{
	{"a row behind another relation", "SELECT c.body FROM (SELECT n.id FROM notes n WHERE n.org_id = $1) x, (SELECT 5 AS id) y JOIN comments c ON c.note_id = y.id WHERE x.id = c.id", func(x *forger) {
		x.place(x.note(x.derived("x").Query, x.base("n").ID, "n"), x.derived("y").ID)
		x.child("c.note_id = y.id", x.outer("y", 0))
	}, holdsNot},
	{"a row behind another column", "SELECT c.body FROM (SELECT n.id, n.author_id FROM notes n WHERE n.org_id = $1) x JOIN comments c ON c.note_id = x.author_id", func(x *forger) {
		x.place(x.note(x.derived("x").Query, x.base("n").ID, "n"), x.derived("x").ID)
		x.child("c.note_id = x.author_id", x.outer("x", 1))
	}, holdsNot},
	{"a row of another tenant", "SELECT c.body FROM (SELECT n.id FROM notes n WHERE n.org_id = $1 AND n.org_id = $2) x JOIN comments c ON c.note_id = x.id", func(x *forger) {
		claim := x.note(x.derived("x").Query, x.base("n").ID, "n")
		claim.Owner, claim.OwnProof = 2, x.proof("n", x.by("n.org_id = $2", x.at("n", 0), param(2)))
		x.place(claim, x.derived("x").ID)
		x.child("c.note_id = x.id", x.outer("x", 0))
	}, holdsNot},
	{"a row of which nobody says whose it is", rowBehind, func(x *forger) { x.behind().Owner = 0 }, holdsNot},
	{"a row of which the column is not there", rowBehind, func(x *forger) { delete(x.behind().Cols, 1) }, holdsNot},
	{"a row without a proof whose it is", rowBehind, func(x *forger) { x.behind().OwnProof = nil }, "a chain ends at"},
	{"a row without a proof of its column", rowBehind, func(x *forger) { x.behind().Cols[3] = 0 }, "a chain ends at"},
	{"a row of another table", rowBehind, func(x *forger) { x.behind().Table = x.table("tasks") }, ""},
	{"a row behind an aggregate", rowBehind, func(x *forger) { x.inner("x").Aggregate = true }, "an aggregate yields a row from none"},
	{"a row that was written and is said not to be", "WITH u AS (UPDATE notes SET id = $2 WHERE org_id = $1 RETURNING id) SELECT c.body FROM u JOIN comments c ON c.note_id = u.id", func(x *forger) {
		cte := find(x, "WITH query", func(*query.CTE) bool { return true })
		ref := find(x, "reference", func(*query.CTERef) bool { return true })
		inner := x.note(cte.Query, cte.Query.(*query.Write).Target.ID, "notes")
		claim := &certificate.RowClaim{Of: cte, Table: x.table("notes"), Cols: map[int]int{1: 0}, Owner: 1, Arms: []*certificate.RowClaim{inner}}
		x.place(claim, ref.ID)
		x.child("c.note_id = u.id", certificate.Column(ref.ID, 0))
	}, "there is no row of notes behind the output"},
	{"a claim without one arm", armsOf, func(x *forger) { x.claim().Arms = x.claim().Arms[:1] }, "a claim has 1 arms, not 2"},
	{"a claim of which an arm is another query's", armsOf, func(x *forger) { x.claim().Arms[1] = x.claim().Arms[0] }, "arm 2 of a claim claims something else"},
	{"a claim of which an arm is about another column", armsOf, func(x *forger) { x.claim().Arms[1].Col = 1 }, "arm 2 of a claim claims something else"},
	{"a claim of which an arm is about another value", armsOf, func(x *forger) { x.claim().Arms[1].Is = param(2) }, "arm 2 of a claim claims something else"},
	{"a claim of one arm of EXCEPT, the wrong one", armsOf, func(x *forger) {
		x.derived("x").Query.(*query.SetOp).Kind = query.Except
		x.claim().Arms = x.claim().Arms[1:]
	}, "arm 1 of a claim claims something else"},
	{"a claim of one arm of UNION as if of INTERSECT", armsOf, func(x *forger) { x.claim().Arms = x.claim().Arms[1:] }, "a claim has 1 arms, not 2"},
	{"a claim about a column that is converted", armsOf, func(x *forger) { x.derived("x").Query.(*query.SetOp).Out[0].Type = query.Unknown }, "column 1 of a set operation has no known type"},
	{"a claim about a column that is not there", armsOf, func(x *forger) { x.derived("x").Query.(*query.SetOp).Out = nil }, "column 1 of a set operation has no known type"},
	{"a row without one arm", rowArms, func(x *forger) { x.behind().Arms = x.behind().Arms[:1] }, "a row has 1 arms, not 2"},
	{"a row without arms", rowArms, func(x *forger) { x.behind().Arms = nil }, "a row has 0 arms, not 2"},
	{"a row of which an arm is another query's", rowArms, func(x *forger) { x.behind().Arms[1] = x.behind().Arms[0] }, "arm 2 has another row"},
	{"a row of which an arm is of another table", rowArms, func(x *forger) { x.behind().Arms[1].Table = x.table("tasks") }, "arm 2 has another row"},
	{"a row of which an arm was written", rowArms, func(x *forger) { x.behind().Arms[1].Written = true }, "arm 2 has another row"},
	{"a row of which an arm is another's", rowArms, func(x *forger) { x.behind().Arms[1].Owner = 2 }, "arm 2 has another row"},
	{"a row of which an arm has another column", rowArms, func(x *forger) { x.behind().Arms[1].Cols[1] = 3 }, "arm 2 does not know column 2 of its row"},
	{"a row of which an arm lacks the column", rowArms, func(x *forger) { delete(x.behind().Arms[1].Cols, 1) }, "arm 2 does not know column 2 of its row"},
	{"a row through a column that is converted", rowArms, func(x *forger) { x.derived("x").Query.(*query.SetOp).Out[0].Type = query.Unknown }, "column 1 of a set operation has no known type"},
	{"induction over something else than UNION", recursion, func(x *forger) {
		find(x, "WITH query", func(*query.CTE) bool { return true }).Query.(*query.SetOp).Kind = query.Except
	}, "WITH query r is no UNION"},
	{"induction over one query", recursion, func(x *forger) {
		cte := find(x, "WITH query", func(*query.CTE) bool { return true })
		cte.Query = cte.Query.(*query.SetOp).Left
	}, "WITH query r is no UNION"},
	{"VALUES without a proof for a row", listed, func(x *forger) { x.claim().Proof = x.claim().Proof[:1] }, "a claim about VALUES has no proof for each row"},
	{"VALUES without rows", listed, func(x *forger) {
		x.derived("v").Query.(*query.Values).Rows, x.claim().Proof = nil, nil
	}, "a claim about VALUES has no proof for each row"},
	{"VALUES of a column that is converted", listed, func(x *forger) { x.derived("v").Query.(*query.Values).Out[0].Type = query.Unknown }, "a claim about VALUES has no proof for each row"},
	{"VALUES of a column that is not there", listed, func(x *forger) { x.derived("v").Query.(*query.Values).Out = nil }, "a claim about VALUES has no proof for each row"},
	{"VALUES of a shorter row", listed, func(x *forger) { x.derived("v").Query.(*query.Values).Rows[1] = nil }, "row 2 of VALUES has no such column"},
	{"VALUES with a computed value", listed, func(x *forger) { x.derived("v").Query.(*query.Values).Rows[1][0] = &query.Op{} }, "row 2 of VALUES has a computed value"},
	{"VALUES with another value", listed, func(x *forger) { x.derived("v").Query.(*query.Values).Rows[1][0] = &query.Param{Number: 9} }, "a chain ends at"},
}

// writing is about rows that a write proposes, meets or leaves behind.
var writing = []forgery{
	{"an owner that is computed", "UPDATE notes SET org_id = org_id + 0 WHERE org_id = $1", func(x *forger) { x.c.Tenants[0] = 1 }, "SET computes the owner of notes"},
	{"an owner that is somebody else", "UPDATE notes SET org_id = $2 WHERE org_id = $1", func(x *forger) { x.c.Tenants[0] = 1 }, "a chain ends at"},
	{"a parent that is somebody else's", "UPDATE comments SET note_id = $2 FROM notes n WHERE n.id = comments.note_id AND n.org_id = $1", func(x *forger) { x.c.Tenants[0] = 1 }, "a chain ends at"},
	{"an inserted row of somebody else", "INSERT INTO notes (org_id, id) VALUES ($1, $2)", func(x *forger) { x.c.Tenants[0] = 2 }, "a chain ends at"},
	{"an inserted row whose owner is converted", "INSERT INTO notes (org_id, id) VALUES ($1, $2)", func(x *forger) { x.write().Keeps[0] = false }, holdsNot},
	{"an inserted row of which less is known than it has columns", "INSERT INTO notes (org_id, id) VALUES ($1, $2)", func(x *forger) { x.write().Keeps = nil }, holdsNot},
	{"an inserted row with the id of a table", "INSERT INTO notes (org_id, id) VALUES ($1, $2)", func(x *forger) { x.c.Pins[0].Row = 0 }, "id 0 is taken"},
	{"an inserted row without a pin", "INSERT INTO notes (org_id, id) VALUES ($1, $2)", func(x *forger) { x.c.Pins = nil }, "nothing pins table notes"},
	{"a row that is there and is somebody else's", upsert, func(x *forger) { x.write().Conflict.Columns = x.write().Conflict.Columns[1:] }, ""},
	{"a row that is there without a pin", upsert, func(x *forger) { x.c.Pins = x.c.Pins[:1] }, "nothing pins table notes"},
	{"a proof for the row that is there about the proposed one", upsert, func(x *forger) {
		for i := range x.c.Pins {
			if x.c.Pins[i].Role == certificate.Existing {
				x.c.Pins[i].Row = x.write().Conflict.Excluded
			}
		}
	}, "the proof of table notes is about another row"},
	{"DO NOTHING by a key without the owner", "INSERT INTO notes (org_id, id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", func(*forger) {}, "depends on a key of notes that omits the owner"},
	{"DO NOTHING by any key", "INSERT INTO notes (org_id, id) VALUES ($1, $2) ON CONFLICT DO NOTHING", func(*forger) {}, "depends on a key of notes that omits the owner"},
	{"what WHERE said of a column that SET changes", "UPDATE notes SET author_id = $2 WHERE org_id = $1 AND author_id = $1 RETURNING (SELECT m.id FROM notes m WHERE m.org_id = notes.author_id)", func(x *forger) {
		x.proves("notes", 1, x.by("notes.org_id = $1", x.at("notes", 0), param(1)))
		x.proves("m", 1, x.by("m.org_id = notes.author_id", x.at("m", 0), x.at("notes", 3)), x.by("notes.author_id = $1", x.at("notes", 3), param(1)))
	}, holdsNot},
	{"what WHERE said of a generated column", "UPDATE notes SET title = 'x' WHERE org_id = $1 AND author_id = $1 RETURNING (SELECT m.id FROM notes m WHERE m.org_id = notes.author_id)", func(x *forger) {
		x.table("notes").Columns[3].Generated = true
	}, holdsNot},
	{"a target of MERGE that ON does not confine", "MERGE INTO notes USING plans p ON notes.id = p.id AND notes.org_id = $1 WHEN MATCHED THEN DELETE", func(x *forger) { x.pin("notes").Chain = x.pin("notes").Chain[:1] }, "a chain ends at"},
	{"a source of MERGE that ON confines, though an action inserts", "MERGE INTO plans USING notes n ON plans.id = n.id AND n.org_id = $1 WHEN NOT MATCHED THEN INSERT (id) VALUES (n.id)", func(x *forger) {
		x.proves("n", 1, x.by("n.org_id = $1", x.at("n", 0), param(1)))
	}, holdsNot},
	{"a row that MERGE inserts for somebody else", "MERGE INTO notes USING plans p ON notes.id = p.id AND notes.org_id = $1 WHEN NOT MATCHED THEN INSERT (org_id, id) VALUES ($1, p.id)", func(x *forger) {
		x.write().Actions[0].Values[0] = &query.Param{Number: 9}
	}, holdsNot},
	{"a row that MERGE inserts with a computed owner", "MERGE INTO notes USING plans p ON notes.id = p.id AND notes.org_id = $1 WHEN NOT MATCHED THEN INSERT (org_id, id) VALUES ($1, p.id)", func(x *forger) {
		x.write().Actions[0].Values[0] = &query.Op{}
	}, holdsNot},
	{"a row that MERGE inserts without an owner", "MERGE INTO notes USING plans p ON notes.id = p.id AND notes.org_id = $1 WHEN NOT MATCHED THEN INSERT (org_id, id) VALUES ($1, p.id)", func(x *forger) {
		x.write().Actions[0].Columns, x.write().Actions[0].Values = x.write().Actions[0].Columns[1:], x.write().Actions[0].Values[1:]
	}, holdsNot},
}
