package ddl

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

const keyed = `CREATE TABLE notes (org_id int, id int, PRIMARY KEY (org_id, id));
CREATE TABLE tags (org_id int, note_id int, name text, CONSTRAINT k FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE SET NULL (note_id) ON UPDATE CASCADE);
CREATE TABLE marks (org_id int, note_id int, name text, CONSTRAINT k FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE CASCADE);
`

// A body is taken for one that lets a change be only if all its words say so.
func TestPassesOn(t *testing.T) {
	for _, c := range []struct {
		event, body string
		want        bool
	}{
		{"update", "BEGIN RETURN NEW; END", true},
		{"update", "BEGIN NEW.name := 'x'; RETURN NEW; END", true},
		{"update", "BEGIN NEW.name := to_jsonb(NEW)->>'name'; RETURN NEW; END", true},
		{"update", "BEGIN IF NEW IS DISTINCT FROM OLD OR OLD IS DISTINCT FROM NEW THEN RAISE 'x'; END IF; RETURN NEW; END", true},
		{"update", "BEGIN RETURN /* NULL */ NEW; -- RETURN NULL\n END", true},
		{"update", "BEGIN RETURN OLD; END", false},
		{"update", "BEGIN RETURN NULL; END", false},
		{"update", "BEGIN RETURN NEW IS NULL; END", false},
		{"update", "BEGIN NEW.note_id := 1; RETURN NEW; END", false},
		{"update", `BEGIN "new"."note_id" := 1; RETURN NEW; END`, false},
		{"update", "BEGIN SELECT 1 INTO NEW.note_id; RETURN NEW; END", false},
		{"update", "BEGIN NEW := OLD; RETURN NEW; END", false},
		{"update", "BEGIN SELECT 1, 2, 'x' INTO NEW; RETURN NEW; END", false},
		{"update", "DECLARE n ALIAS FOR NEW; BEGIN n.note_id := 1; RETURN NEW; END", false},
		{"update", `BEGIN U&"n\0065w".note_id := 1; RETURN NEW; END`, false},
		{"update", "BEGIN EXECUTE 'x' USING NEW; RETURN NEW; END", false},
		{"delete", "BEGIN RETURN OLD; END", true},
		{"delete", "BEGIN RAISE EXCEPTION 'x'; END", true},
		{"delete", "BEGIN RETURN NEW; END", false},
		{"update", "BEGIN CALL back(NEW); RETURN NEW; END", false},
		{"delete", "BEGIN OLD := NULL; RETURN OLD; END", false},
		{"delete", "BEGIN SELECT * INTO OLD FROM tags; RETURN OLD; END", false},
		{"delete", "BEGIN CALL back(OLD); RETURN OLD; END", false},
		{"delete", "BEGIN OLD.note_id := 1; IF OLD IS DISTINCT FROM NULL THEN PERFORM f(OLD, 1); END IF; RETURN OLD; END", true},
		{"delete", "BEGIN RETURN NULL; END", false},
	} {
		if got := passesOn(c.body, c.event, []string{"org_id", "note_id"}); got != c.want {
			t.Errorf("%s: %s: %v", c.event, c.body, got)
		}
	}
}

// What undoes an action of a key, or did so once, leaves it unkept.
func TestUnkept(t *testing.T) {
	const trigger = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER g BEFORE "
	const on = " FOR EACH ROW EXECUTE FUNCTION f();"
	for _, c := range []struct {
		sql         string
		tags, marks bool
	}{
		{"", false, false},
		{trigger + "DELETE ON marks" + on, false, true},
		{trigger + "UPDATE ON marks" + on, false, false},
		{trigger + "DELETE ON tags" + on, false, false},
		{trigger + "UPDATE ON tags" + on, true, false},
		{trigger + "UPDATE OF name ON tags" + on, false, false},
		{trigger + "UPDATE OF name, note_id ON tags" + on, true, false},
		{trigger + "UPDATE ON tags" + on + "DROP TRIGGER g ON tags", true, false},
		{trigger + "UPDATE ON tags" + on + "DROP FUNCTION f CASCADE", true, false},
		{trigger + "UPDATE ON tags" + on + "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'", true, false},
		{trigger + "UPDATE ON tags" + on + "CREATE FUNCTION h() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE OR REPLACE TRIGGER g BEFORE UPDATE ON tags FOR EACH ROW EXECUTE FUNCTION h()", true, false},
		{trigger + "DELETE ON marks" + on + "DROP TRIGGER g ON marks; ALTER TABLE marks DROP CONSTRAINT k, ADD CONSTRAINT k FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE CASCADE", false, false},
		{"CREATE TRIGGER g BEFORE UPDATE ON tags FOR EACH ROW EXECUTE FUNCTION moddatetime('name')", true, false},
		{"CREATE EXTENSION moddatetime; CREATE TRIGGER g BEFORE UPDATE ON tags FOR EACH ROW EXECUTE FUNCTION moddatetime('name')", false, false},
		{"CREATE TRIGGER g BEFORE UPDATE ON tags FOR EACH ROW EXECUTE FUNCTION elsewhere()", true, false},
		{"CREATE RULE r AS ON DELETE TO marks DO INSTEAD NOTHING", false, true},
		{"CREATE RULE r AS ON DELETE TO marks DO INSTEAD NOTHING; DROP RULE r ON marks", false, true},
		{"CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", true, true},
		{"ALTER TABLE notes SET UNLOGGED", false, false}, // PostgreSQL refuses it
	} {
		db := load(t, keyed+c.sql)
		for name, want := range map[string]bool{"tags": c.tags, "marks": c.marks} {
			if f := db.Table(catalog.Name{Schema: "public", Name: name}).Foreign[0]; (f.Unkept != "") != want || f.NotValid != want {
				t.Errorf("%s: %s: %q, not valid %v", c.sql, name, f.Unkept, f.NotValid)
			}
		}
	}
}
