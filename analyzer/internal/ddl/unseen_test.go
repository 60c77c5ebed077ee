package ddl

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

const twoTables = `CREATE TABLE notes (org_id int, id int, PRIMARY KEY (org_id, id));
CREATE TABLE tags (org_id int, note_id int) PARTITION BY LIST (org_id);
CREATE TABLE tags_1 PARTITION OF tags DEFAULT;
`

// A check of rows counts only where they are seen by it.
func TestUnseen(t *testing.T) {
	const (
		hide   = "ALTER TABLE tags ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
		part   = "ALTER TABLE tags_1 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
		key    = "ALTER TABLE tags ADD CONSTRAINT k FOREIGN KEY (org_id, note_id) REFERENCES notes;"
		off    = "SET row_security = off;"
		reader = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1 FROM set_config(''row_security'', ''on'', false)';"
	)
	for _, c := range []struct {
		sql  string
		want bool
	}{
		{key, false},
		{hide + key, true},
		{part + key, true},
		{off + hide + key, false},
		{"BEGIN; SET LOCAL row_security = off;" + hide + key + "COMMIT", false},
		{"SET LOCAL row_security = off;" + hide + key, true},
		{"BEGIN;" + off + "COMMIT;" + hide + key, true},
		{off + hide + "DISCARD ALL;" + key, true},
		{off + hide + "DISCARD PLANS;" + key, true}, // it might as well be told apart
		{off + hide + "SELECT set_config('row_security', 'on', false);" + key, true},
		{off + hide + "SELECT set_config('app.x', 'on', false);" + key, false},
		{off + hide + "DO $$ BEGIN PERFORM set_config('row_security', 'on', false); END $$;" + key, true},
		{reader + off + hide + "SELECT f();" + key, true},
		{off + hide + "SELECT 1;" + key, false},
		{hide + "ALTER TABLE tags NO FORCE ROW LEVEL SECURITY, ADD FOREIGN KEY (org_id, note_id) REFERENCES notes", false},
		{"ALTER TABLE tags ADD FOREIGN KEY (org_id, note_id) REFERENCES notes, FORCE ROW LEVEL SECURITY, ENABLE ROW LEVEL SECURITY", true},
		{part + "ALTER TABLE tags ADD CONSTRAINT k FOREIGN KEY (org_id, note_id) REFERENCES notes NOT VALID; ALTER TABLE tags VALIDATE CONSTRAINT k", true},
		{"ALTER TABLE tags ADD CONSTRAINT k FOREIGN KEY (org_id, note_id) REFERENCES notes NOT VALID; ALTER TABLE tags VALIDATE CONSTRAINT k", false},
	} {
		db := load(t, twoTables+c.sql)
		for _, name := range []string{"tags", "tags_1"} {
			f := db.Table(catalog.Name{Schema: "public", Name: name}).Foreign[0]
			if f.Unseen != c.want && (name == "tags" || !c.want) || f.NotValid {
				t.Errorf("%s: %s: unseen %v, not valid %v", c.sql, name, f.Unseen, f.NotValid)
			}
		}
	}
}

// A file that its tool sends as one text is a transaction of its own.
func TestUnseenInOneText(t *testing.T) {
	const sql = "ALTER TABLE tags ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; SET LOCAL row_security = off; ALTER TABLE tags ADD FOREIGN KEY (org_id, note_id) REFERENCES notes;"
	for _, f := range []SchemaFile{{Text: twoTables + sql}, {Text: twoTables + sql, Together: true}, {Text: twoTables + sql, InTransaction: true}} {
		db, errs := Load([]SchemaFile{f})
		if unseen := db.Table(catalog.Name{Schema: "public", Name: "tags"}).Foreign[0].Unseen; len(errs) > 0 || unseen != (!f.Together && !f.InTransaction) {
			t.Errorf("together %v, in a transaction %v: unseen %v, %v", f.Together, f.InTransaction, unseen, errs)
		}
	}
}
