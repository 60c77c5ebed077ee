package analyzer_test

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/config"
)

const sameSchema = `
CREATE TABLE notes (org_id text NOT NULL, id text NOT NULL, code text NOT NULL UNIQUE, title text, PRIMARY KEY (org_id, id));
CREATE TABLE tasks (org_id text NOT NULL, id text NOT NULL, note_code text NOT NULL REFERENCES notes (code), PRIMARY KEY (org_id, id));
ALTER TABLE tasks ADD FOREIGN KEY (org_id, note_code) REFERENCES notes (org_id, code);
ALTER TABLE notes ADD UNIQUE (org_id, code);
CREATE TABLE items (id int PRIMARY KEY, note_code text NOT NULL);
`

// sameProofs are accepted, and rest on what damage then takes from the schema or the
// statement: the checker must see it, whatever the prover said before.
var sameProofs = []struct {
	what, sql string
	damage    func(*catalog.Database, *query.Statement)
}{
	{"a null key", "SELECT x.code FROM (SELECT code FROM notes WHERE org_id = $1 INTERSECT SELECT code FROM notes) x", nullable("notes", "code")},
	{"a null parent", "SELECT x.code FROM (SELECT code FROM notes WHERE org_id = $1 INTERSECT SELECT note_code FROM items) x", func(db *catalog.Database, _ *query.Statement) {
		columnOf(db, "notes", "code").NotNull, columnOf(db, "items", "note_code").NotNull = false, false
	}},
	{"a null reference", "SELECT x.code FROM (SELECT code FROM notes WHERE org_id = $1 INTERSECT SELECT note_code FROM tasks) x", func(db *catalog.Database, _ *query.Statement) {
		columnOf(db, "notes", "code").NotNull, columnOf(db, "tasks", "note_code").NotNull = false, false
	}},
	{"a collation", "SELECT id FROM notes WHERE org_id = $1", value("org_id", func(v *catalog.Value) { v.Nondeterministic = true })},
	{"an array", "SELECT id FROM notes WHERE org_id = $1", value("org_id", func(v *catalog.Value) { v.Array = true })},
	{"a composite type", "SELECT id FROM notes WHERE org_id = $1", value("org_id", func(v *catalog.Value) { v.Kind = "composite" })},
	{"blanks", "DELETE FROM notes WHERE org_id = $1", value("org_id", func(v *catalog.Value) { v.Type.Name = "bpchar" })},
	{"a type of the user", "DELETE FROM notes WHERE org_id = $1", value("org_id", func(v *catalog.Value) { v.Type.Schema = "public" })},
	{"another family", "SELECT t.id FROM notes n JOIN tasks t ON t.org_id = n.org_id WHERE n.org_id = $1", value("org_id", func(v *catalog.Value) { v.Type.Name = "uuid" })},
	{"a member", "SELECT t.id FROM tasks t WHERE t.org_id IN (SELECT org_id FROM notes WHERE org_id = $1)", value("org_id", func(v *catalog.Value) { v.Type.Name = "name" })},
	{"every arm", "SELECT id FROM notes WHERE org_id = $1 AND title = 'a' OR org_id = $1 AND title = 'b'", value("org_id", func(v *catalog.Value) { v.Type.Name = "name" })},
	{"INSERT", "INSERT INTO notes (org_id, id, code) VALUES ($1, $2, $3)", value("org_id", func(v *catalog.Value) { v.Modified = true })},
	{"SET", "UPDATE notes SET org_id = $1 WHERE org_id = $1", value("org_id", func(v *catalog.Value) { v.Modified = true })},
	{"MERGE", "MERGE INTO notes n USING (SELECT 1) x ON n.org_id = $1 AND n.id = $2 WHEN NOT MATCHED THEN INSERT (org_id, id, code) VALUES ($1, $2, $3)", value("org_id", func(v *catalog.Value) { v.Modified = true })},
	{"an arbiter's collation", "INSERT INTO notes (org_id, id, code) VALUES ($1, $2, $3) ON CONFLICT (org_id, id) DO UPDATE SET title = 'x'", key("notes_pkey", func(k *catalog.Key) { k.Coarse = true })},
	{"an arbiter's operators", "INSERT INTO notes (org_id, id, code) VALUES ($1, $2, $3) ON CONFLICT (org_id, id) DO NOTHING", key("notes_pkey", func(k *catalog.Key) { k.Class = true })},
	{"any arbiter's collation", "INSERT INTO tasks (org_id, id, note_code) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", key("tasks_pkey", func(k *catalog.Key) { k.Coarse = true })},
	{"a key's operators", "SELECT b.id FROM notes a JOIN notes b ON a.code = b.code WHERE a.org_id = $1", key("notes_code_key", func(k *catalog.Key) { k.Class = true })},
	{"a reference's family", "SELECT t.id FROM notes n JOIN tasks t ON t.note_code = n.code WHERE n.org_id = $1", func(db *catalog.Database, _ *query.Statement) {
		columnOf(db, "tasks", "org_id").Value.Type.Name = "numeric"
	}},
	{"two families", "SELECT id FROM notes WHERE org_id = $1", func(_ *catalog.Database, st *query.Statement) {
		st.Params[0].Equals = append(st.Params[0].Equals, "uuid")
	}},
	{"the other family", "SELECT id FROM notes WHERE org_id = $1", func(_ *catalog.Database, st *query.Statement) { st.Params[0].Equals[0] = "int" }},
	{"a type elsewhere", "SELECT id FROM notes WHERE org_id = $1", func(_ *catalog.Database, st *query.Statement) {
		st.Params[0].Elsewhere = append(st.Params[0].Elsewhere, query.Unknown)
	}},
	{"another type elsewhere", "SELECT id FROM notes WHERE org_id = $1", func(_ *catalog.Database, st *query.Statement) {
		st.Params[0].Elsewhere = append(st.Params[0].Elsewhere, "float8")
	}},
	{"a parameter of which nothing is known", "SELECT id FROM notes WHERE org_id = $1", func(_ *catalog.Database, st *query.Statement) {
		st.Params[0].Equals, st.Params[0].Elsewhere = nil, nil
	}},
	{"a parameter without a record", "SELECT id FROM notes WHERE org_id = $1", func(_ *catalog.Database, st *query.Statement) { st.Params = nil }},
}

func columnOf(db *catalog.Database, table, column string) *catalog.Column {
	return db.Table(catalog.Name{Schema: "public", Name: table}).Column(column)
}

func nullable(table, column string) func(*catalog.Database, *query.Statement) {
	return func(db *catalog.Database, _ *query.Statement) { columnOf(db, table, column).NotNull = false }
}

// value damages a column of notes.
func value(column string, f func(*catalog.Value)) func(*catalog.Database, *query.Statement) {
	return func(db *catalog.Database, _ *query.Statement) { f(&columnOf(db, "notes", column).Value) }
}

func key(name string, f func(*catalog.Key)) func(*catalog.Database, *query.Statement) {
	return func(db *catalog.Database, _ *query.Statement) {
		for _, t := range db.Tables {
			for _, k := range t.Keys {
				if k.Name == name {
					f(k)
				}
			}
		}
	}
}

// TestCheckerJudgesSameness: the checker draws its own conclusions from the catalog's facts
// about types, collations, keys and nulls.
func TestCheckerJudgesSameness(t *testing.T) {
	for _, p := range sameProofs {
		t.Run(p.what, func(t *testing.T) {
			db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: sameSchema}})
			own, problems := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{
				{Name: "items", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_code", Parent: "code"}}}}}}})
			if len(ds)+len(problems) > 0 {
				t.Fatal(ds, problems)
			}
			a := analyzer.New(db, own, nil)
			if r := a.File("queries.sql", p.sql)[0]; r.Verdict != analyzer.Scoped {
				t.Fatalf("%s: %v", r.Verdict, r.Diagnostics)
			}
			st, cert := a.Certify(t, p.sql)
			if err := a.Check(st, cert); err != nil {
				t.Fatal(err)
			}
			p.damage(db, st)
			if a.Check(st, cert) == nil {
				t.Error("the checker accepts the proof without it")
			}
		})
	}
}
