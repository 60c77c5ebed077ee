package checker

import (
	"reflect"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Wherever an aggregate stands, its SELECT must say that it makes one row of many. Each
// statement has aggregates in one place; said to be none, they are found.
func TestFoldedEverywhere(t *testing.T) {
	const schema = "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, n bigint); CREATE TABLE plans (id int PRIMARY KEY);"
	const one = "(SELECT count(*) FROM plans)"
	for place, sql := range map[string]string{
		"output":                   "SELECT count(*) FROM notes",
		"output of a sub-select":   "SELECT " + one + " FROM notes",
		"WHERE":                    "SELECT id FROM notes WHERE n = " + one,
		"HAVING":                   "SELECT id FROM notes GROUP BY id HAVING " + one + " > 0",
		"GROUP BY":                 "SELECT 1 FROM notes GROUP BY " + one,
		"DISTINCT ON":              "SELECT DISTINCT ON (" + one + " + id) id FROM notes",
		"ORDER BY":                 "SELECT id FROM notes ORDER BY " + one,
		"FROM":                     "SELECT x.c FROM (SELECT count(*) AS c FROM plans) x",
		"a function in FROM":       "SELECT x.g FROM generate_series(1, " + one + ") x(g)",
		"the left of a join":       "SELECT n.id FROM (SELECT count(*) AS c FROM plans) x JOIN notes n ON n.n = x.c",
		"the right of a join":      "SELECT n.id FROM notes n JOIN (SELECT count(*) AS c FROM plans) x ON n.n = x.c",
		"ON":                       "SELECT n.id FROM notes n JOIN plans p ON n.n = " + one,
		"WITH":                     "WITH x AS (SELECT count(*) AS c FROM plans) SELECT c FROM x",
		"the left of UNION":        "SELECT count(*) FROM plans UNION SELECT n FROM notes",
		"the right of UNION":       "SELECT n FROM notes UNION SELECT count(*) FROM plans",
		"WITH of UNION":            "WITH x AS (SELECT count(*) AS c FROM plans) SELECT n FROM notes UNION SELECT c FROM x",
		"LIMIT of UNION":           "SELECT n FROM notes UNION SELECT n FROM notes LIMIT " + one,
		"VALUES":                   "VALUES (1), (" + one + ")",
		"WITH of VALUES":           "WITH x AS (SELECT count(*) AS c FROM plans) VALUES ((SELECT c FROM x))",
		"LIMIT of VALUES":          "VALUES (1), (2) LIMIT " + one,
		"a window":                 "SELECT row_number() OVER (PARTITION BY " + one + ") FROM notes",
		"ORDER BY of a window":     "SELECT row_number() OVER (ORDER BY " + one + ") FROM notes",
		"the left of IN":           "SELECT id FROM notes WHERE " + one + " IN (SELECT id FROM plans)",
		"the source of INSERT":     "INSERT INTO plans SELECT count(*) FROM plans",
		"WITH of INSERT":           "WITH x AS (SELECT count(*) AS c FROM plans) INSERT INTO plans VALUES (1)",
		"RETURNING":                "INSERT INTO plans VALUES (1) RETURNING " + one,
		"FROM of UPDATE":           "UPDATE notes SET n = 1 FROM (SELECT count(*) AS c FROM plans) x WHERE n = x.c",
		"WHERE of UPDATE":          "UPDATE notes SET n = 1 WHERE n = " + one,
		"SET":                      "UPDATE notes SET n = " + one,
		"WHERE of ON CONFLICT":     "INSERT INTO plans VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2 WHERE plans.id = " + one,
		"SET of ON CONFLICT":       "INSERT INTO plans VALUES (1) ON CONFLICT (id) DO UPDATE SET id = " + one,
		"USING of MERGE":           "MERGE INTO plans p USING (SELECT count(*) AS c FROM plans) x ON p.id = x.c WHEN MATCHED THEN DELETE",
		"ON of MERGE":              "MERGE INTO plans p USING notes n ON p.id = " + one + " WHEN MATCHED THEN DELETE",
		"AND of MERGE":             "MERGE INTO plans p USING notes n ON p.id = n.id WHEN MATCHED AND p.id = " + one + " THEN DELETE",
		"SET of MERGE":             "MERGE INTO plans p USING notes n ON p.id = n.id WHEN MATCHED THEN UPDATE SET id = " + one,
		"VALUES of MERGE":          "MERGE INTO plans p USING notes n ON p.id = n.id WHEN NOT MATCHED THEN INSERT VALUES (" + one + ")",
		"a condition in arguments": "SELECT id FROM notes WHERE NOT (id = 1 OR (id + " + one + ") IS NOT NULL AND id = 2)",
	} {
		k := world(t, schema, global("plans"))
		st := k.lower(t, sql)
		expectRefusal(t, place, refused(func() { k.folded(st.Root, nil) }), "")
		for _, sel := range parts[*query.Select](st.Root) {
			sel.Aggregate = false
		}
		expectRefusal(t, place, refused(func() { k.folded(st.Root, nil) }), "makes one row of many, and its SELECT does not say so")
	}
}

// parts lists what of a statement is a T.
func parts[T any](root query.Query) []T {
	var all []T
	seen := map[any]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if v.IsNil() || seen[v.Interface()] {
				return
			}
			seen[v.Interface()] = true
			if p, ok := v.Interface().(T); ok {
				all = append(all, p)
			}
			if b, ok := v.Interface().(*query.Base); ok && b != nil {
				return
			}
			walk(v.Elem())
		case reflect.Interface:
			walk(v.Elem())
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		}
	}
	walk(reflect.ValueOf(root))
	return all
}

// An aggregate belongs to the innermost level that has a column of its arguments, without
// one to its own.
func TestBelongs(t *testing.T) {
	col := func(r query.RelID) query.Expr { return &query.Col{Rel: r} }
	folded := func() *query.Select { return &query.Select{Aggregate: true} }
	grouped := func(sets bool, by ...query.Expr) *query.Select {
		return &query.Select{Group: &query.Group{By: by, Sets: sets}}
	}
	plain := func() *query.Select { return &query.Select{} }
	within := &query.Sub{Query: &query.Select{From: []query.Rel{&query.Derived{ID: 7, Query: &query.Select{Out: []query.Output{{Expr: col(1)}}}}}}}
	const notSaid, outerLevel = "its SELECT does not say so", "is an aggregate of an outer level"
	for _, c := range []struct {
		name         string
		outer, inner *query.Select
		args         []query.Expr
		aggregate    bool
		refused      string
	}{
		{"its own level", plain(), folded(), []query.Expr{col(2)}, true, ""},
		{"its own level, which does not say so", folded(), plain(), []query.Expr{col(2)}, true, notSaid},
		{"no column", folded(), plain(), nil, true, notSaid},
		{"no column of either", folded(), plain(), []query.Expr{col(5)}, true, notSaid},
		{"the outer level", folded(), plain(), []query.Expr{col(1)}, false, ""},
		{"the outer level, which does not say so", plain(), folded(), []query.Expr{col(1)}, false, notSaid},
		{"both levels", plain(), folded(), []query.Expr{col(1), col(2)}, false, ""},
		{"the outer level, counted as its own", folded(), folded(), []query.Expr{col(1)}, true, outerLevel},
		{"groups", plain(), grouped(false, col(2)), []query.Expr{col(2)}, true, ""},
		{"grouping sets", plain(), grouped(true, col(2)), []query.Expr{col(2)}, true, notSaid},
		{"GROUP BY ()", plain(), grouped(false), []query.Expr{col(2)}, true, notSaid},
		{"a column in a sub-select", plain(), folded(), []query.Expr{within}, false, notSaid},
		{"no SELECT", plain(), nil, nil, false, ""},
	} {
		k := &checker{}
		in := []level{{c.outer, []query.RelID{1}}, {c.inner, []query.RelID{2}}}
		op := &query.Op{Text: "f", Args: c.args, Aggregate: c.aggregate, Folds: !c.aggregate}
		expectRefusal(t, c.name, refused(func() { k.foldedBy(op, in) }), c.refused)
	}
	k := &checker{}
	expectRefusal(t, "no aggregate", refused(func() { k.foldedBy(&query.Op{}, []level{{plain(), nil}}) }), "")
}

// Columns are looked for in every clause of a sub-select among the arguments.
func TestColumnsOfArguments(t *testing.T) {
	const schema = "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, n bigint); CREATE TABLE plans (id int PRIMARY KEY);"
	for place, sub := range map[string]string{
		"output":             "SELECT n.id FROM plans p",
		"WHERE":              "SELECT 1 FROM plans p WHERE p.id = n.id",
		"HAVING":             "SELECT 1 FROM plans p GROUP BY p.id HAVING p.id = n.id",
		"GROUP BY":           "SELECT 1 FROM plans p GROUP BY p.id + n.id",
		"ORDER BY":           "SELECT 1 FROM plans p ORDER BY n.id",
		"DISTINCT ON":        "SELECT DISTINCT ON (n.id) 1 FROM plans p",
		"FROM":               "SELECT 1 FROM plans p, LATERAL (SELECT n.id) x",
		"a function in FROM": "SELECT 1 FROM generate_series(1, n.id) g",
		"a join":             "SELECT 1 FROM plans q JOIN LATERAL (SELECT n.id) x ON true",
		"ON":                 "SELECT 1 FROM plans p JOIN plans q ON q.id = n.id",
		"WITH":               "WITH x AS (SELECT n.id) SELECT 1 FROM x",
		"UNION":              "SELECT 1 UNION SELECT n.id",
		"EXCEPT":             "SELECT n.id EXCEPT SELECT 1",
		"WITH of UNION":      "WITH x AS (SELECT n.id) SELECT id FROM x UNION SELECT 1",
		"VALUES":             "VALUES (n.id)",
		"WITH of VALUES":     "WITH x AS (SELECT n.id) VALUES ((SELECT x.id FROM x))",
		"LIMIT of VALUES":    "VALUES (1) LIMIT n.id",
		"LIMIT of UNION":     "SELECT 1 UNION SELECT 2 LIMIT n.id",
		"a window":           "SELECT row_number() OVER (PARTITION BY n.id) FROM plans p",
		"the left of IN":     "SELECT 1 FROM plans p WHERE n.id IN (SELECT 1)",
	} {
		k := world(t, schema, global("plans"))
		st := k.lower(t, "SELECT ("+sub+") FROM notes n")
		sel := st.Root.(*query.Select)
		rels := k.columnsOf([]query.Expr{sel.Out[0].Expr}, nil)
		found := false
		for _, r := range rels {
			found = found || r == sel.From[0].(*query.Base).ID
		}
		if !found {
			t.Errorf("%s: %v has no column of notes", place, rels)
		}
	}
}
