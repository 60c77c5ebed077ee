package ddl

import "testing"

// What the names in a CHECK mean is settled when it is made.
func TestOneOf(t *testing.T) {
	const table = "CREATE TABLE t (a int, b int, CHECK (num_nonnulls(a, b) = 1)); "
	for ddl, want := range map[string]int{
		table: 1,
		table + "CREATE FUNCTION num_nonnulls(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1'":                                     1,
		"CREATE FUNCTION num_nonnulls(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1'; " + table:                                   0,
		"CREATE OPERATOR = (LEFTARG = int, RIGHTARG = int, FUNCTION = int4ne); " + table:                                            0,
		"CREATE OPERATOR = (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq); " + table:                                          1,
		"CREATE DOMAIN n AS int; CREATE OPERATOR = (LEFTARG = n, RIGHTARG = n, FUNCTION = int4ne); " + table:                        0,
		"CREATE OPERATOR <= (LEFTARG = int, RIGHTARG = int, FUNCTION = int4ne); " + table:                                           0,
		table + "DO $$ BEGIN ALTER TABLE t DROP CONSTRAINT t_check; END $$":                                                         0,
		"CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'; " + table + "DROP FUNCTION one CASCADE":                      1,
		"CREATE TABLE t (a int, b int, CHECK (num_nonnulls(a, b) <= 1)); ALTER TABLE t DROP COLUMN b, ADD COLUMN b int":             0,
		"CREATE TABLE t (a int, b int); ALTER TABLE t ADD CONSTRAINT c CHECK (num_nonnulls(a, b) = 1), DROP CONSTRAINT IF EXISTS c": 1,
	} {
		if db := load(t, ddl); len(db.Tables[0].OneOf) != want {
			t.Errorf("%s: %v", ddl, db.Tables[0].OneOf)
		}
	}
}
