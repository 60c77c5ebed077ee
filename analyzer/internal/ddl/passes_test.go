package ddl

import "testing"

// The actions of one ALTER TABLE are executed by their kind.
func TestPasses(t *testing.T) {
	const table = "CREATE TABLE t (a int, b int); "
	for _, c := range []struct {
		ddl         string
		keys        int
		set, notNul bool
	}{
		{table + "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a), DROP CONSTRAINT IF EXISTS k", 1, false, false},
		{table + "ALTER TABLE t ADD UNIQUE (c), ADD COLUMN c int", 1, false, false},
		{table + "ALTER TABLE t ADD COLUMN b int, DROP COLUMN b", 0, false, false},
		{table + "ALTER TABLE t ALTER a SET NOT NULL, ALTER a DROP NOT NULL", 0, false, true},
		{table + "ALTER TABLE t ALTER a SET DEFAULT 1, ALTER a DROP DEFAULT", 0, true, false},
		{table + "ALTER TABLE t ALTER a DROP DEFAULT, ALTER a SET DEFAULT 1, ADD PRIMARY KEY (a)", 1, true, true},
	} {
		db := load(t, c.ddl)
		table := db.Tables[0]
		if a := table.Column("a"); len(table.Keys) != c.keys || a.HasDefault != c.set || a.NotNull != c.notNul {
			t.Errorf("%s: %d keys, %+v", c.ddl, len(table.Keys), a)
		}
	}
}
