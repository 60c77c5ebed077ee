package checker

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/config"
)

// TestFixed: which columns a trigger must leave alone, of rows that are there and of new ones.
func TestFixed(t *testing.T) {
	const two = "CREATE TABLE notes (org_id int NOT NULL, id int UNIQUE NOT NULL, body text); "
	for name, c := range map[string]struct {
		schema, table  string
		declared       []config.Table
		there, arrives string
	}{
		"tenant column":  {two, "notes", nil, "org_id", "org_id"},
		"global":         {two + "CREATE TABLE plans (id int, name text)", "plans", []config.Table{global("plans")}, "", ""},
		"link":           {two + "CREATE TABLE lines (note_id int REFERENCES notes (id), n int)", "lines", []config.Table{child("lines", of("notes", "note_id=id"))}, "note_id", "note_id"},
		"key of a link":  {two + "CREATE TABLE lines (note_id int, n int)", "notes", []config.Table{child("lines", of("notes", "note_id=id"))}, "id org_id", "org_id"},
		"discriminator":  {two + "CREATE TABLE lines (note_id int, kind text)", "lines", []config.Table{child("lines", config.Parent{Table: "notes", NoForeignKey: "test", On: []config.Pair{{Child: "note_id", Parent: "id"}}, When: []config.Match{{Column: "kind", Value: "a"}}})}, "kind note_id", "kind note_id"},
		"test of a link": {"CREATE TABLE notes (org_id int NOT NULL, id int, gone int); CREATE UNIQUE INDEX ON notes (id) WHERE gone IS NULL; CREATE TABLE lines (note_id int, n int)", "notes", []config.Table{child("lines", config.Parent{Table: "notes", NoForeignKey: "test", On: []config.Pair{{Child: "note_id", Parent: "id"}}, Where: "gone IS NULL"})}, "gone id org_id", "gone org_id"},
		"foreign key":    {two + "CREATE TABLE lines (org_id int NOT NULL, note_id int REFERENCES notes (id), n int)", "lines", nil, "note_id org_id", "note_id org_id"},
		"referred to":    {two + "CREATE TABLE lines (org_id int NOT NULL, note_id int REFERENCES notes (id), n int)", "notes", nil, "id org_id", "org_id"},
		"referred to through the parent of a partition": {"CREATE TABLE notes (org_id int NOT NULL, id int, half int, PRIMARY KEY (id, half)) PARTITION BY LIST (half); CREATE TABLE firsts PARTITION OF notes DEFAULT; CREATE TABLE lines (org_id int NOT NULL, note_id int, half int, FOREIGN KEY (note_id, half) REFERENCES notes)", "firsts", nil, "half id org_id", "half org_id"},
		"partition key":          {"CREATE TABLE notes (org_id int NOT NULL, half int, n int) PARTITION BY LIST (half)", "notes", nil, "half org_id", "half org_id"},
		"computed partition key": {"CREATE TABLE notes (org_id int NOT NULL, half int, n int) PARTITION BY LIST ((half + n))", "notes", nil, "half n org_id", "half n org_id"},
		"generated":              {"CREATE TABLE notes (source int, other int, org_id int NOT NULL GENERATED ALWAYS AS (source) STORED)", "notes", nil, "org_id source", "org_id source"},
		"who may see":            {"CREATE TABLE notes (org_id int NOT NULL, open bool, n int)", "notes", []config.Table{{Name: "notes", ReadAlso: "open"}}, "open org_id", "open org_id"},
		"who may write":          {"CREATE TABLE notes (org_id int NOT NULL, Gone bool, n int)", "notes", []config.Table{{Name: "notes", Restrict: "GONE IS NULL"}}, "gone org_id", "gone org_id"},
		"heir":                   {"CREATE TABLE notes (org_id int NOT NULL, id int); CREATE TABLE more (n int) INHERITS (notes)", "more", nil, "org_id", "org_id"},
	} {
		k := world(t, c.schema, c.declared...)
		for isNew, want := range map[bool]string{false: c.there, true: c.arrives} {
			fixed := k.fixed(k.table(c.table), isNew)
			delete(fixed, "")
			if got := strings.Join(slices.Sorted(maps.Keys(fixed)), " "); got != want {
				t.Errorf("%s, new %v: %q, want %q", name, isNew, got, want)
			}
		}
	}
	k := worldOf(t, "CREATE TABLE notes (org_id int NOT NULL, project_id int NOT NULL, n int)", config.Tenant{Levels: []config.Level{{Name: "org", Column: "org_id"}, {Name: "project", Column: "project_id"}}})
	if got := strings.Join(slices.Sorted(maps.Keys(k.fixed(k.table("notes"), true))), " "); strings.TrimSpace(got) != "org_id project_id" {
		t.Errorf("levels: %q", got)
	}
}

// TestScanned: what the words of a body say, whatever the statement tells of.
func TestScanned(t *testing.T) {
	for body, want := range map[string]string{
		"BEGIN RETURN NEW; END":                                                     "",
		"BEGIN NEW.a := 1; new . b = 2; RETURN NEW; END":                            "a b",
		`BEGIN "new"."C" := 1; RETURN NEW; END`:                                     "C",
		"BEGIN IF NEW.a = 1 THEN NEW.b := 1; ELSE NEW.c := 2; END IF; END":          "b c",
		"BEGIN LOOP NEW.a[1] := 1; NEW.b.x[f(1)].y = 2; END LOOP; END":              "a b",
		"BEGIN <<x>> NEW.a := 1; END":                                               "a",
		"BEGIN SELECT 1, 2 INTO NEW.a, x, NEW.b FROM c; END":                        "a b",
		"BEGIN SELECT 1 INTO STRICT NEW.a; END":                                     "a",
		"BEGIN FOREACH NEW.a IN ARRAY x LOOP NULL; END LOOP; END":                   "a",
		"BEGIN FOR NEW.a IN SELECT 1 LOOP NULL; END LOOP; END":                      "a",
		"BEGIN FOR x, NEW.a, NEW.b IN SELECT NEW.c LOOP NULL; END LOOP; END":        "a b",
		"BEGIN FOR x IN SELECT NEW.c, NEW.d LOOP NULL; END LOOP; END":               "",
		"BEGIN r := NEW; r.a := 1; RETURN r; END":                                   "a",
		"BEGIN RAISE 'NEW.a := 1; x', NEW.b; /* NEW.c := 1; */ -- NEW.d := 1\n END": "",
		"BEGIN x := E'\\'; NEW.a := 1; ' || $q$ ; NEW.b := 1; $q$; END":             "",
		"BEGIN x := NEW.a = 1; y := (NEW.b); END":                                   "",
		"BEGIN open := 1; NEW.update := 1; END":                                     "update",
	} {
		k := world(t, "")
		f := &query.Fired{Function: &catalog.Function{Language: "plpgsql", Body: body}, Trigger: &catalog.Trigger{}}
		var got []string
		if said := refused(func() { got = k.scanned(f) }); said != "" || strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q, refused with %q", body, got, want, said)
		}
	}
	for _, body := range []string{
		"BEGIN NEW := OLD; END", "BEGIN new = f(); END", `BEGIN "new" := OLD; END`,
		"BEGIN INSERT INTO x VALUES (1); END", "BEGIN UPDATE x SET a = 1; END", "BEGIN DELETE FROM x; END", "BEGIN MERGE INTO x; END", "BEGIN TRUNCATE x; END",
		"BEGIN x := (WITH d AS (DELETE FROM y) SELECT 1); END",
		"BEGIN EXECUTE 'x'; END", "BEGIN IF a THEN EXECUTE 'x'; END IF; END", "BEGIN CALL x(); END", "BEGIN DO 'x'; END", "BEGIN COPY x TO 'y'; END", "BEGIN LOCK x; END",
		"BEGIN OPEN c; END", "BEGIN FETCH c INTO x; END", "BEGIN CLOSE c; END", "BEGIN COMMIT; END", "BEGIN ROLLBACK; END", "BEGIN SET x = 1; END", "BEGIN RESET x; END",
		"BEGIN CREATE TABLE x (); END", "BEGIN WITH x AS (SELECT 1) SELECT 1 INTO y FROM x; END", "BEGIN NOTIFY x; END", "BEGIN GET DIAGNOSTICS x = ROW_COUNT; END",
		"BEGIN RETURN QUERY SELECT 1; END", "BEGIN RETURN NEXT x; END", "BEGIN x := 1; EXCEPTION WHEN others THEN END", "DECLARE x ALIAS FOR NEW; BEGIN END",
		`BEGIN U&"\006eew".a := 1; END`, "BEGIN x := 'open", "BEGIN x := $q$open", "BEGIN /* open", `BEGIN "open`,
	} {
		f := &query.Fired{Function: &catalog.Function{Language: "plpgsql", Body: body}, Trigger: &catalog.Trigger{}}
		if said := refused(func() { world(t, "").scanned(f) }); said == "" {
			t.Errorf("%s passes", body)
		}
	}
}

// TestScannedBuiltin: of functions that no schema file makes two are known.
func TestScannedBuiltin(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want string
	}{{"moddatetime", []string{"a"}, ""}, {"tsvector_update_trigger", []string{"a", "b"}, ""}, {"moddatetime", nil, "nothing is known"}, {"other", []string{"a"}, "nothing is known"}} {
		f := &query.Fired{Trigger: &catalog.Trigger{Function: catalog.Name{Name: c.name}, Args: c.args}}
		var got []string
		expectRefusal(t, c.name, refused(func() { got = world(t, "").scanned(f) }), c.want)
		if c.want == "" && !slices.Equal(got, []string{"a"}) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
	f := &query.Fired{Function: &catalog.Function{Language: "c"}, Trigger: &catalog.Trigger{}}
	expectRefusal(t, "another language", refused(func() { world(t, "").scanned(f) }), "is not read")
}

// TestLeaves: a change that must happen is not dropped.
func TestLeaves(t *testing.T) {
	plain, part, whole := &catalog.Table{}, &catalog.Table{IsPartition: true}, &catalog.Table{PartitionBy: "list"}
	for name, c := range map[string]struct {
		f    query.Fired
		want string
	}{
		"a statement's own":    {query.Fired{Table: plain, Kind: query.Update, Rows: []string{"null", "old"}}, ""},
		"carried, kept":        {query.Fired{Table: plain, Kind: query.Update, Carried: true, Rows: []string{"new"}}, ""},
		"carried, left":        {query.Fired{Table: plain, Kind: query.Update, Carried: true, Rows: []string{"new", "old"}}, "must happen"},
		"carried, dropped":     {query.Fired{Table: plain, Kind: query.Update, Carried: true, Rows: []string{"null"}}, "must happen"},
		"deleted":              {query.Fired{Table: plain, Kind: query.Delete, Carried: true, Rows: []string{"old"}}, ""},
		"deleted, new is none": {query.Fired{Table: plain, Kind: query.Delete, Carried: true, Rows: []string{"new"}}, "must happen"},
		"of a partition":       {query.Fired{Table: part, Kind: query.Insert, Rows: []string{"null"}}, "must happen"},
		"of a partitioned":     {query.Fired{Table: whole, Kind: query.Insert, Rows: []string{"old"}}, "must happen"},
	} {
		c.f.Trigger = &catalog.Trigger{}
		expectRefusal(t, name, refused(func() { world(t, "").leaves(&c.f) }), c.want)
	}
}

// TestTriggersAreAccountedFor: the statement has to name what it fires.
func TestTriggersAreAccountedFor(t *testing.T) {
	const schema = `CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL, n int, m int, PRIMARY KEY (org_id, id));
		CREATE TABLE lines (org_id int NOT NULL, note_id int, FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE CASCADE);
		CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := 1; RETURN NEW; END';
		CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
		CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF m ON notes FOR EACH ROW EXECUTE FUNCTION touch();
		CREATE TRIGGER gone BEFORE DELETE ON notes FOR EACH ROW EXECUTE FUNCTION gone();
		CREATE TRIGGER gone BEFORE DELETE ON lines FOR EACH ROW EXECUTE FUNCTION gone();
		CREATE TABLE tags (org_id int NOT NULL, n int);
		CREATE TRIGGER touch BEFORE UPDATE ON tags FOR EACH ROW EXECUTE FUNCTION touch();`
	for sql, want := range map[string]string{
		"INSERT INTO notes (org_id, id) VALUES ($1, $2);": "trigger touch of notes",
		"UPDATE notes SET m = 1 WHERE org_id = $1;":       "trigger touch of notes",
		"UPDATE notes SET n = 1 WHERE org_id = $1;":       "",
		"DELETE FROM notes WHERE org_id = $1;":            "trigger gone of",
		"DELETE FROM lines WHERE org_id = $1;":            "trigger gone of lines",
		"UPDATE tags SET n = 1 WHERE org_id = $1;":        "trigger touch of tags",
		"INSERT INTO lines (org_id) VALUES ($1);":         "",
		"MERGE INTO notes n USING (SELECT 1 AS id) s ON n.org_id = $1 AND n.id = s.id WHEN NOT MATCHED THEN INSERT (org_id, id) VALUES ($1, s.id);": "trigger touch of notes",
	} {
		k := world(t, schema)
		st := k.lower(t, "-- name: Q :exec\n"+sql)
		k.triggers()
		fired := st.Fired
		fires := func() string {
			w := st.Root.(*query.Write)
			return refused(func() {
				switch {
				case w.Kind == query.Insert || w.Kind == query.Merge:
					k.fires(w.Target.Table, query.Insert, nil)
				default:
					k.actions(w.Target.Table, w.Kind == query.Delete, w.Sets)
				}
			})
		}
		expectRefusal(t, sql, fires(), "")
		st.Fired = nil
		expectRefusal(t, sql+" that tells nothing", fires(), want)
		for _, f := range fired { // for another change
			dup := *f
			dup.Kind = query.Merge
			st.Fired = append(st.Fired, &dup)
		}
		expectRefusal(t, sql+" that tells of another change", fires(), want)
		st.Fired = nil
		for _, f := range fired { // of another trigger
			dup := *f
			dup.Trigger = &catalog.Trigger{Name: f.Trigger.Name}
			st.Fired = append(st.Fired, &dup)
		}
		expectRefusal(t, sql+" that tells of another trigger", fires(), want)
	}
}

// TestTriggersMoveNothing: what is assigned, as the statement tells it or as the body says.
func TestTriggersMoveNothing(t *testing.T) {
	const schema = `CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL, n int, PRIMARY KEY (org_id, id));
		CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := 1; RETURN NEW; END';
		CREATE TRIGGER touch BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION touch();`
	for name, c := range map[string]struct {
		change func(*query.Fired)
		want   string
	}{
		"as it is":       {func(*query.Fired) {}, ""},
		"told":           {func(f *query.Fired) { f.Assigns = append(f.Assigns, query.Assigned{Column: "org_id"}) }, "assigns org_id"},
		"in the body":    {func(f *query.Fired) { f.Function.Body = "BEGIN NEW.org_id := 2; RETURN NEW; END" }, "assigns org_id"},
		"vouched for":    {func(f *query.Fired) { f.Read, f.Assigns = false, []query.Assigned{{Column: "org_id"}} }, ""},
		"afterwards":     {func(f *query.Fired) { f.Trigger.Timing, f.Assigns = "after", []query.Assigned{{Column: "org_id"}} }, ""},
		"for no row":     {func(f *query.Fired) { f.Trigger.Row, f.Assigns = false, []query.Assigned{{Column: "org_id"}} }, ""},
		"instead":        {func(f *query.Fired) { f.Trigger.Timing, f.Assigns = "instead of", []query.Assigned{{Column: "org_id"}} }, "assigns org_id"},
		"other function": {func(f *query.Fired) { f.Function = &catalog.Function{Language: "plpgsql", Body: f.Function.Body} }, "was not read"},
		"owner's rights": {func(f *query.Fired) { f.Function.SecurityDefiner = true }, "was not read"},
		"more than that": {func(f *query.Fired) { f.Function.Body = "BEGIN DELETE FROM notes; RETURN NEW; END" }, "the word delete"},
		"dropped":        {func(f *query.Fired) { f.Carried, f.Rows = true, []string{"null"} }, "must happen"},
	} {
		k := world(t, schema)
		st := k.lower(t, "-- name: Q :exec\nUPDATE notes SET n = 2 WHERE org_id = $1;")
		c.change(st.Fired[0])
		expectRefusal(t, name, refused(k.triggers), c.want)
	}
}

// TestReplaced: a column that a trigger may change proves nothing of the row that is written.
func TestReplaced(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL, n int, UNIQUE (org_id, n))")
	for _, c := range []struct{ sql string }{
		{"INSERT INTO notes (org_id, n) VALUES ($1, $1) RETURNING n;"},
		{"UPDATE notes SET n = $1 WHERE org_id = $1 RETURNING n;"},
		{"UPDATE notes SET id = 1 WHERE org_id = $1 AND n = $1 RETURNING n;"},
		{"INSERT INTO notes (org_id, n) VALUES ($1, $1) ON CONFLICT (org_id, n) DO UPDATE SET id = 1 RETURNING n;"},
	} {
		w := k.lower(t, "-- name: Q :many\n"+c.sql).Root.(*query.Write)
		known := func() bool {
			s := k.returned(w, k.root().child())
			r := k.find(w.Target.ID, s)
			told := slices.ContainsFunc(s.made, func(c construction) bool { return c.a == certificate.Column(w.Target.ID, 2) })
			return told || w.Kind == query.Update && s.stale != nil && !s.stale(2) || r != nil && w.Kind == query.Insert && r.has != nil && r.has(2)
		}
		if !known() {
			t.Errorf("%s: nothing is known of n", c.sql)
		}
		w.Reassigned = []int{2}
		if known() {
			t.Errorf("%s: something is known of n", c.sql)
		}
	}
}
