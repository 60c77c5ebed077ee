package ddl

import "testing"

// FETCH runs the functions of a cursor as they are by then: what has changed them since it was declared is not followed.
func TestCursorsThatWait(t *testing.T) {
	const harmless = "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';"
	const drops = "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN ALTER TABLE a DROP CONSTRAINT a_key; RETURN 1; END';"
	const declare = "DECLARE c CURSOR FOR SELECT f(); "
	for sql, want := range map[string]string{
		harmless + "BEGIN; " + declare + "FETCH c; MOVE c; CLOSE c; COMMIT;":                                         "",
		harmless + "BEGIN; " + declare + drops + "FETCH c; COMMIT;" + harmless:                                       "anything",
		harmless + "BEGIN; " + declare + drops + "MOVE c; COMMIT;" + harmless:                                        "anything",
		harmless + "BEGIN; " + declare + drops + "DECLARE d CURSOR FOR SELECT 1; FETCH c; COMMIT;" + harmless:        "anything",
		harmless + "BEGIN; " + declare + "BEGIN; " + drops + "FETCH c; COMMIT;" + harmless:                           "anything",
		harmless + "BEGIN; " + declare + drops + "\n-- tenantgen:ddl it has been tried\nFETCH c; COMMIT;" + harmless: "",
		harmless + "BEGIN; " + declare + "COMMIT; " + harmless + "BEGIN; " + declare + "FETCH c; COMMIT;":            "",
	} {
		if got := unsureTables(t, sql, Declaration{}); got != want {
			t.Errorf("%s\n\tleaves %q in doubt, want %q", sql, got, want)
		}
	}
}

// EXPLAIN without ANALYZE makes no table, so that a later IF NOT EXISTS does.
func TestExplainMakesNothing(t *testing.T) {
	for sql, want := range map[string]string{
		"EXPLAIN SELECT 1::int AS one INTO x;":                "two",
		"EXPLAIN CREATE TABLE x AS SELECT 1::int AS one;":     "two",
		"EXPLAIN (ANALYZE) SELECT 1::int AS one INTO x;":      "one",
		"EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1 AS one;":  "one",
		"EXPLAIN (ANALYZE off) SELECT 1::int AS one INTO x;":  "two",
		"EXPLAIN (ANALYZE 'on') SELECT 1::int AS one INTO x;": "one",
	} {
		db, errs := Load([]SchemaFile{{Path: "s.sql", Text: sql + "CREATE TABLE IF NOT EXISTS x (two int);"}})
		if len(errs) > 0 || len(db.Tables) != 1 || db.Tables[0].Columns[0].Name != want {
			t.Errorf("%s: %v, %v", sql, errs, db.Tables)
		}
	}
}
