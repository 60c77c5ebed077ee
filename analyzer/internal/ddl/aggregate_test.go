package ddl

import "testing"

// An aggregate does what its functions do, also once they are replaced or renamed: one of functions that
// compute leaves the statements behind it alone, and any other does not.
func TestAggregatesInDoubt(t *testing.T) {
	const all = "anything"
	const of, reads = "CREATE AGGREGATE ag (int) (STYPE = int, SFUNC = ", "; CLUSTER a;"
	const adds = "CREATE FUNCTION adds(int, int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1 + $2; END';"
	const drops = "LANGUAGE plpgsql AS 'BEGIN ALTER TABLE a DROP CONSTRAINT a_key; RETURN 1; END';"
	for _, c := range []struct{ ddl, key, unsure string }{
		{of + "int4pl)" + reads, "", ""},
		{of + "pg_catalog.int4pl)" + reads, "", ""},
		{adds + of + "adds)" + reads, "", ""},
		{adds + of + "adds, FINALFUNC = abs)" + reads, "", ""},
		{adds + of + "adds, FINALFUNC = nowhere)" + reads, "", all},
		{adds + of + "adds, FINALFUNC = nowhere)" + reads, "nowhere", ""},
		{of + "other.int4pl)" + reads, "", all},
		{"CREATE FUNCTION d(int, int) RETURNS int " + drops + of + "d)" + reads, "", "a"},
		{"CREATE FUNCTION d(int, int) RETURNS int " + drops + of + "d)" + reads, "d", ""},
		{"CREATE FUNCTION d(int, int) RETURNS int " + drops + of + "int4pl, COMBINEFUNC = d)" + reads, "", "a"},
		{"CREATE FUNCTION d(int) RETURNS int " + drops + of + "int4pl, FINALFUNC = d)" + reads, "", "a"},
		{adds + of + "adds); CREATE OR REPLACE FUNCTION adds(int, int) RETURNS int " + drops + reads, "", "a"},
		{"CREATE FUNCTION d(int, int) RETURNS int " + drops + of + "d); ALTER FUNCTION d(int, int) RENAME TO e" + reads, "", "a"},
		{"CREATE FUNCTION d(int, int) RETURNS int " + drops + of + "d); SELECT ag(id) FROM b;", "", "a"},
		{"CREATE FUNCTION d(int, int) RETURNS int " + drops + of + "d); DO $$ BEGIN PERFORM ag(id) FROM b; END $$;", "", "a"},
		{adds + of + "adds); DO $$ BEGIN PERFORM ag(id) FROM b; END $$;", "", ""},
		{"CREATE AGGREGATE ag (BASETYPE = int, SFUNC1 = nowhere, STYPE1 = int)" + reads, "", all},
	} {
		if got := unsureTables(t, c.ddl, Declaration{Key: c.key}); got != c.unsure {
			t.Errorf("%s\n\tleaves %q in doubt, want %q", c.ddl, got, c.unsure)
		}
	}
}

// What an aggregate's functions do to rights is what calling it does.
func TestAggregatesThatChangeRights(t *testing.T) {
	const grants = "CREATE FUNCTION g(int, int) RETURNS int LANGUAGE plpgsql AS 'BEGIN GRANT ALL ON a TO PUBLIC; RETURN 1; END'; CREATE AGGREGATE ag (int) (STYPE = int, SFUNC = g);"
	for sql, want := range map[string]int{"": 0, "SELECT ag(id) FROM b;": 1, "DO $$ BEGIN PERFORM ag(id) FROM b; END $$;": 1} {
		db, errs := Load([]SchemaFile{{Path: "s.sql", Text: unfollowedSchema + grants + sql}})
		if len(errs) > 0 || len(db.UnknownRights) != want {
			t.Errorf("%q: %v, %d statements that may change rights, want %d", sql, errs, len(db.UnknownRights), want)
		}
	}
}
