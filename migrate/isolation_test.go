package migrate_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/migrate"
)

const notes = `CREATE TABLE notes (
		id text PRIMARY KEY,
		org_id uuid NOT NULL,
		body text
	);
	INSERT INTO notes VALUES ('a1', '` + orgA + `'), ('a2', '` + orgA + `'), ('b1', '` + orgB + `');`

func TestTenantTypes(t *testing.T) {
	for _, c := range []struct{ typ, a, b string }{
		{"uuid", orgA, orgB},
		{"bigint", "1", "2"},
		{"smallint", "1", "2"},
		{"text", "it's a", `b\`},
		{"varchar(20)", "a", "b"},
		{"char(20)", "a", "b"},
		{"tenant", orgA, orgB},
	} {
		t.Run(c.typ, func(t *testing.T) {
			lit := migrate.QuoteLiteral
			w := newWorld(t, `CREATE DOMAIN tenant AS uuid; CREATE TABLE notes (id text PRIMARY KEY, org_id `+c.typ+` NOT NULL);
				INSERT INTO notes VALUES ('a1', `+lit(c.a)+`), ('b1', `+lit(c.b)+`);`, wants(bySetting, column("notes", "org_id")))
			app := w.as(w.connect(w.app), c.a)
			w.rows(app, "SELECT id FROM notes", "a1")
			w.affects(app, "INSERT INTO notes VALUES ('a2', "+lit(c.a)+")", 1)
			w.refused(app, "INSERT INTO notes VALUES ('b2', "+lit(c.b)+")", violates)
			w.rows(w.as(app, c.b), "SELECT id FROM notes", "b1")
		})
	}
}

func TestReadsAndWrites(t *testing.T) {
	w := newWorld(t, notes, wants(bySetting, column("notes", "org_id")))
	app := w.as(w.connect(w.app), orgA)
	w.rows(app, "SELECT id FROM notes ORDER BY id", "a1", "a2")
	w.rows(app, "SELECT count(*)::text FROM notes", "2")

	w.refused(app, "INSERT INTO notes VALUES ('b2', '"+orgB+"')", violates)
	w.refused(app, "UPDATE notes SET org_id = '"+orgB+"'", violates)
	w.affects(app, "UPDATE notes SET body = 'mine'", 2)
	w.affects(app, "UPDATE notes SET body = 'mine' WHERE id = 'b1'", 0)
	w.affects(app, "DELETE FROM notes WHERE id = 'b1'", 0)

	w.affects(app, "INSERT INTO notes VALUES ('a1', '"+orgA+"') ON CONFLICT (id) DO UPDATE SET body = 'again'", 1)
	w.refused(app, "INSERT INTO notes VALUES ('b1', '"+orgA+"') ON CONFLICT (id) DO UPDATE SET body = 'stolen'", violates)
	w.rows(w.connect(""), "SELECT coalesce(body, '-') FROM notes ORDER BY id", "again", "mine", "-")
}

func TestWhatPoliciesDoNotStop(t *testing.T) {
	w := newWorld(t, notes, wants(bySetting, column("notes", "org_id")))
	app := w.as(w.connect(w.app), orgA)
	w.refused(app, "TRUNCATE notes", denied)
	w.refused(app, "CREATE TABLE mine (id text REFERENCES notes)", denied)
	w.refused(app, "ALTER TABLE notes DISABLE ROW LEVEL SECURITY", "must be owner")
	w.refused(app, "DROP POLICY tenant_isolation_floor ON notes", "must be owner")
}

// A setting that was used in an earlier transaction of the session is ” and not NULL, and ”::uuid is an error.
func TestUnsetTenant(t *testing.T) {
	w := newWorld(t, notes, wants(bySetting, column("notes", "org_id")))
	for _, c := range []struct {
		state string
		reach func(*pgx.Conn)
	}{
		{"never set", func(*pgx.Conn) {}},
		{"used before", func(app *pgx.Conn) {
			w.exec(app, "BEGIN", "SELECT set_config('app.org_id', '"+orgA+"', true)", "SELECT * FROM notes", "COMMIT")
			w.rows(app, "SELECT current_setting('app.org_id', true)", "")
		}},
		{"reset", func(app *pgx.Conn) { w.exec(w.as(app, orgA), "RESET app.org_id") }},
	} {
		t.Run(c.state, func(t *testing.T) {
			app := w.connect(w.app)
			c.reach(app)
			w.rows(app, "SELECT id FROM notes")
			w.refused(app, "INSERT INTO notes VALUES ('a3', '"+orgA+"')", violates)
			w.affects(app, "UPDATE notes SET body = 'x'", 0)
			w.affects(app, "DELETE FROM notes", 0)
		})
	}
}

func TestOwnerIsSubject(t *testing.T) {
	w := newWorld(t, notes, wants(bySetting, column("notes", "org_id")))
	owner := w.connect(w.owner)
	w.rows(owner, "SELECT id FROM notes")
	w.rows(w.as(owner, orgB), "SELECT id FROM notes", "b1")
	w.refused(owner, "INSERT INTO notes VALUES ('a3', '"+orgA+"')", violates)
}

// PostgreSQL joins permissive policies by OR: without the floor, the next one
// that somebody adds opens the table.
func TestLaterPolicyCannotWiden(t *testing.T) {
	w := newWorld(t, notes, wants(bySetting, column("notes", "org_id")))
	w.exec(w.connect(w.owner), "CREATE POLICY everything ON notes USING (true) WITH CHECK (true)",
		"CREATE POLICY more ON notes TO "+migrate.QuoteIdent(w.app)+" USING (true)",
		"CREATE ROLE late_"+w.owner, "GRANT late_"+w.owner+" TO "+w.owner, "GRANT ALL ON notes TO late_"+w.owner)
	t.Cleanup(func() { dblab.Once(t, w.url, "DROP OWNED BY late_"+w.owner, "DROP ROLE late_"+w.owner) })
	for _, role := range []string{w.app, w.owner, "late_" + w.owner} {
		c := w.as(w.connect(role), orgA)
		w.rows(c, "SELECT id FROM notes ORDER BY id", "a1", "a2")
		w.refused(c, "INSERT INTO notes VALUES ('b2', '"+orgB+"')", violates)
		w.refused(c, "UPDATE notes SET org_id = '"+orgB+"'", violates)
		w.affects(c, "DELETE FROM notes WHERE org_id = '"+orgB+"'", 0)
	}
}

// The floor repeats the condition; PostgreSQL folds equal conditions into one.
func TestFloorIsFreeForReads(t *testing.T) {
	w := newWorld(t, notes, wants(bySetting, column("notes", "org_id")))
	r, err := w.as(w.connect(w.app), orgA).Query(t.Context(), "EXPLAIN SELECT * FROM notes")
	w.check(err)
	lines, err := pgx.CollectRows(r, pgx.RowTo[string])
	w.check(err)
	if text := strings.Join(lines, "\n"); !strings.Contains(text, "InitPlan 1") || strings.Contains(text, "InitPlan 2") || strings.Count(text, "org_id =") != 1 {
		t.Errorf("the condition is evaluated more than once:\n%s", text)
	}
}

func TestJWTClaim(t *testing.T) {
	for _, c := range []struct{ typ, a, b, claims string }{
		{"uuid", orgA, orgB, `{"org id'": "` + orgA + `"}`},
		{"bigint", "1", "2", `{"org id'": 1}`},
		{"text", "it's a", `quote " b`, `{"org id'": "it's a"}`},
	} {
		w := newWorld(t, "CREATE TABLE notes (id text, org_id "+c.typ+" NOT NULL); INSERT INTO notes VALUES ('a1', "+migrate.QuoteLiteral(c.a)+"), ('b1', "+migrate.QuoteLiteral(c.b)+")",
			wants(migrate.Source{JWTClaim: []string{"org id'"}}, column("notes", "org_id")))
		app := w.connect(w.app)
		for _, none := range []string{"", "{}", `{"org id'": ""}`, `{"org id'": null}`, `{"other": "` + c.a + `"}`} {
			w.rows(w.set(app, "request.jwt.claims", none), "SELECT id FROM notes")
		}
		w.rows(w.connect(w.app), "SELECT id FROM notes")
		w.rows(w.set(app, "request.jwt.claims", c.claims), "SELECT id FROM notes", "a1")
		w.refused(app, "INSERT INTO notes VALUES ('b2', "+migrate.QuoteLiteral(c.b)+")", violates)
	}
}

const threads = notes + `
	CREATE TABLE comments (id text PRIMARY KEY, note_id text REFERENCES notes);
	CREATE TABLE reactions (id text PRIMARY KEY, comment_id text NOT NULL REFERENCES comments);
	INSERT INTO comments VALUES ('ca', 'a1'), ('cb', 'b1'), ('cn', NULL);
	INSERT INTO reactions VALUES ('ra', 'ca'), ('rb', 'cb'), ('rn', 'cn');`

func TestChildren(t *testing.T) {
	w := newWorld(t, threads, wants(bySetting, column("notes", "org_id"),
		child("comments", "notes", "note_id=id"), child("reactions", "comments", "comment_id=id")))
	app := w.as(w.connect(w.app), orgA)
	w.rows(app, "SELECT id FROM comments", "ca")
	w.rows(app, "SELECT id FROM reactions", "ra")
	w.affects(app, "INSERT INTO comments VALUES ('ca2', 'a2')", 1)
	w.affects(app, "INSERT INTO reactions VALUES ('ra2', 'ca2')", 1)
	w.refused(app, "INSERT INTO comments VALUES ('x', 'b1')", violates)
	w.refused(app, "INSERT INTO comments VALUES ('x', NULL)", violates)
	w.refused(app, "INSERT INTO reactions VALUES ('x', 'cb')", violates)
	w.refused(app, "UPDATE comments SET note_id = 'b1'", violates)
	w.refused(app, "UPDATE reactions SET comment_id = 'cb'", violates)
	w.affects(app, "DELETE FROM reactions WHERE id = 'rb'", 0)
	none := w.connect(w.app)
	w.rows(none, "SELECT id FROM comments")
	w.rows(none, "SELECT id FROM reactions")
}

func TestSeveralParents(t *testing.T) {
	w := newWorld(t, notes+`
		CREATE TABLE tasks (id text PRIMARY KEY, org_id uuid NOT NULL);
		INSERT INTO tasks VALUES ('ta', '`+orgA+`'), ('tb', '`+orgB+`');
		CREATE TABLE files (id text PRIMARY KEY, note_id text, task_id text);
		INSERT INTO files VALUES ('fan', 'a1', NULL), ('fat', NULL, 'ta'), ('fbn', 'b1', NULL), ('fbt', NULL, 'tb');
		CREATE TABLE pages (id text, file_id text);
		INSERT INTO pages VALUES ('pa', 'fat'), ('pb', 'fbt');`,
		wants(bySetting, column("notes", "org_id"), column("tasks", "org_id"),
			child("files", "notes", "note_id=id", "tasks", "task_id=id"), child("pages", "files", "file_id=id")))
	app := w.as(w.connect(w.app), orgA)
	w.rows(app, "SELECT id FROM files ORDER BY id", "fan", "fat")
	w.rows(app, "SELECT id FROM pages", "pa")
	w.affects(app, "INSERT INTO files VALUES ('1', 'a1', 'ta'), ('2', 'a1', NULL), ('3', NULL, 'ta')", 3)
	w.refused(app, "INSERT INTO files VALUES ('4', NULL, NULL)", violates)
	w.refused(app, "INSERT INTO files VALUES ('4', 'b1', NULL)", violates)
	// One parent of one's own must not carry a row into another tenant's sight.
	w.refused(app, "INSERT INTO files VALUES ('4', 'a1', 'tb')", violates)
	w.refused(app, "UPDATE files SET task_id = 'tb' WHERE id = 'fan'", violates)
	w.refused(app, "INSERT INTO pages VALUES ('x', 'fbn')", violates)
}

func TestSharedParentKey(t *testing.T) {
	schema := func(typ string) string {
		return `CREATE TABLE notes (id ` + typ + ` PRIMARY KEY, org_id uuid NOT NULL); CREATE TABLE tasks (id ` + typ + ` PRIMARY KEY, org_id uuid NOT NULL);
			CREATE TABLE files (id text, subject ` + typ + `);`
	}
	want := wants(bySetting, column("notes", "org_id"), column("tasks", "org_id"),
		child("files", "notes", "subject=id", "tasks", "subject=id"))
	w := newWorld(t, schema("uuid")+"INSERT INTO tasks VALUES ('"+orgA+"', '"+orgA+"'), ('"+orgB+"', '"+orgB+"');", want)
	app := w.as(w.connect(w.app), orgA)
	w.affects(app, "INSERT INTO files VALUES ('1', '"+orgA+"')", 1)
	w.refused(app, "INSERT INTO files VALUES ('2', '"+orgB+"')", violates)

	w = emptyWorld(t, want)
	w.write("00001_schema.sql", schema("bigint"))
	db := w.catalog()
	if _, err := migrate.Plan(db, want(db)); err == nil || !strings.Contains(err.Error(), "two tenants") {
		t.Errorf("numbers that repeat in both parents are accepted: %v", err)
	}
}

func TestPartitions(t *testing.T) {
	w := newWorld(t, `CREATE TABLE events (id text, org_id uuid NOT NULL, year int NOT NULL) PARTITION BY LIST (year);
		CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
		CREATE TABLE events_2 PARTITION OF events FOR VALUES IN (2) PARTITION BY HASH (id);
		CREATE TABLE events_2_all PARTITION OF events_2 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
		INSERT INTO events VALUES ('a1', '`+orgA+`', 1), ('b1', '`+orgB+`', 1), ('a2', '`+orgA+`', 2), ('b2', '`+orgB+`', 2);
		CREATE TABLE base (id text, org_id uuid NOT NULL); CREATE TABLE heir () INHERITS (base);
		INSERT INTO heir VALUES ('a1', '`+orgA+`'), ('b1', '`+orgB+`');`,
		wants(bySetting, column("events", "org_id"), column("base", "org_id")))
	app := w.as(w.connect(w.app), orgA)
	w.rows(app, "SELECT id FROM events ORDER BY id", "a1", "a2")
	w.rows(app, "SELECT id FROM base", "a1")
	w.refused(app, "SELECT id FROM events_1", denied)
	owner := w.as(w.connect(w.owner), orgA)
	w.rows(owner, "SELECT id FROM events_1", "a1")
	w.rows(owner, "SELECT id FROM events_2", "a2")
	w.rows(owner, "SELECT id FROM events_2_all", "a2")
	w.rows(owner, "SELECT id FROM heir", "a1")
	w.refused(owner, "INSERT INTO events_2_all VALUES ('x', '"+orgB+"', 2)", violates)
}

func TestNamesThatNeedQuotes(t *testing.T) {
	schema := `CREATE SCHEMA "Weird Schema"; CREATE TYPE "Weird Schema"."Level" AS ENUM ('it''s', 'B');
		CREATE TABLE "Weird Schema"."Order" ("select" text PRIMARY KEY, "tenant""Id; --" uuid NOT NULL, serial bigserial);
		CREATE TABLE "parent" (id text, "größe $$" text);
		CREATE TABLE "Weird Schema".levels (id text, "user" "Weird Schema"."Level" NOT NULL);
		INSERT INTO "Weird Schema"."Order" VALUES ('a1', '` + orgA + `'), ('b1', '` + orgB + `');
		INSERT INTO "parent" VALUES ('a1', 'a1'), ('b1', 'b1');
		INSERT INTO "Weird Schema".levels VALUES ('1', 'it''s'), ('2', 'B');`
	level := func(db *catalog.Database) migrate.Target {
		return migrate.Target{Table: find(db, "Weird Schema.levels"), Column: "user", Setting: "App.Level", Why: "a +goose Down\n-- +goose Down"}
	}
	w := newWorld(t, schema, wants(bySetting, column("Weird Schema.Order", `tenant"Id; --`), level,
		child("parent", "Weird Schema.Order", "größe $$=select")))
	app := w.as(w.connect(w.app), orgA)
	w.rows(app, `SELECT "select" FROM "Weird Schema"."Order"`, "a1")
	w.rows(app, `SELECT id FROM parent`, "a1")
	w.affects(app, `INSERT INTO "Weird Schema"."Order" VALUES ('a2', '`+orgA+`')`, 1)
	w.rows(w.set(app, "App.Level", "it's"), `SELECT id FROM "Weird Schema".levels`, "1")
	w.refused(app, `INSERT INTO parent VALUES ('x', 'b1')`, violates)
	w.down()
	w.up()
}

// Each level has its setting. A table with the columns of several levels belongs to the
// innermost one, and asks for no other; a child asks for what its parent does.
func TestLevels(t *testing.T) {
	project := func(db *catalog.Database) migrate.Target {
		return migrate.Target{Table: find(db, "tasks"), Column: "project_id", Setting: "app.project_id", Names: []string{"project_id"},
			ReadAlso: "@project_id = ANY (shared_with)"}
	}
	w := newWorld(t, notes+`CREATE TABLE tasks (id text PRIMARY KEY, project_id int NOT NULL, org_id uuid NOT NULL, shared_with int[]);
		CREATE TABLE steps (id text, task_id text NOT NULL);
		INSERT INTO tasks VALUES ('1', 1, '`+orgA+`', NULL), ('2', 2, '`+orgA+`', NULL), ('3', 3, '`+orgB+`', '{2}');
		INSERT INTO steps VALUES ('1', '1'), ('2', '2'), ('3', '3')`,
		wants(bySetting, column("notes", "org_id"), project, child("steps", "tasks", "task_id=id")))
	app := w.as(w.connect(w.app), orgA)
	w.rows(app, "SELECT id FROM tasks")
	w.rows(app, "SELECT id FROM steps")
	w.rows(w.set(app, "app.project_id", "2"), "SELECT id FROM tasks ORDER BY id", "2", "3")
	w.rows(app, "SELECT id FROM steps", "2")
	w.affects(app, "DELETE FROM tasks WHERE id = '3'", 0)
	w.refused(app, "INSERT INTO steps VALUES ('x', '1')", violates)
	w.rows(app, "SELECT id FROM notes ORDER BY id", "a1", "a2")
	other := w.set(w.connect(w.app), "app.project_id", "2")
	w.rows(other, "SELECT id FROM notes")
	w.rows(other, "SELECT id FROM tasks ORDER BY id", "2", "3")
}
