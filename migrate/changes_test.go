package migrate_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// change is one later migration of the application's, what it changes in the
// declarations, and what the next migration of ours has to do about it.
type change struct {
	name  string
	sql   string
	want  func(*catalog.Database) migrate.Wanted // afterwards; as before when nil
	steps []string                               // how each of our statements starts, in order
	// edit tells that the change is undone: what was in force before has to be again.
	edit bool
}

// The application that the changes start from.
const before = `CREATE SCHEMA archive;
	CREATE TABLE notes (id text PRIMARY KEY, org_id uuid NOT NULL, body text);
	CREATE TABLE comments (id text PRIMARY KEY, note_id text REFERENCES notes, task_id text);
	CREATE TABLE tasks (id text PRIMARY KEY, org_id uuid NOT NULL);
	CREATE TABLE plans (id text PRIMARY KEY);
	CREATE TABLE events (id text, org_id uuid NOT NULL, year int NOT NULL) PARTITION BY LIST (year);
	CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
	INSERT INTO notes VALUES ('a1', '` + orgA + `'), ('b1', '` + orgB + `');
	INSERT INTO comments VALUES ('a', 'a1', 'a1'), ('b', 'b1', 'b1');
	INSERT INTO tasks VALUES ('a1', '` + orgA + `'), ('b1', '` + orgB + `');`

// the is what is wanted of the application, with some tables left out.
func the(source migrate.Source, globals string, targets ...func(*catalog.Database) migrate.Target) func(*catalog.Database) migrate.Wanted {
	return func(db *catalog.Database) migrate.Wanted {
		w := wants(source, targets...)(db)
		for _, g := range strings.Fields(globals) {
			w.Globals = append(w.Globals, migrate.Global{Table: find(db, g)})
		}
		return w
	}
}

var (
	notesTarget    = column("notes", "org_id")
	commentsTarget = child("comments", "notes", "note_id=id")
	tasksTarget    = column("tasks", "org_id")
	eventsTarget   = column("events", "org_id")
	atFirst        = the(bySetting, "plans", notesTarget, commentsTarget, tasksTarget, eventsTarget)
)

func protectsAnew(table string) []string {
	return []string{"DROP POLICY IF EXISTS tenant_isolation ON " + table, "CREATE POLICY tenant_isolation ON " + table,
		"DROP POLICY IF EXISTS tenant_isolation_floor ON " + table, "CREATE POLICY tenant_isolation_floor ON " + table}
}

func protects(table string) []string {
	return append(protectsAnew(table), "ALTER TABLE "+table+" ENABLE")
}

func all(lists ...[]string) []string {
	var out []string
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

func grantsAll(table string) []string {
	return []string{"GRANT SELECT, INSERT, UPDATE, DELETE ON " + table}
}

var changes = []change{
	{name: "nothing", sql: "SELECT 1"},
	{name: "new tenant table", sql: "CREATE TABLE files (id text, org_id uuid NOT NULL)",
		want:  the(bySetting, "plans", notesTarget, commentsTarget, tasksTarget, eventsTarget, column("files", "org_id")),
		steps: all(protects("public.files"), grantsAll("public.files"))},
	{name: "new column that needs nothing", sql: "ALTER TABLE notes ADD COLUMN title text"},
	{name: "the tenant column is added to a global table", sql: "ALTER TABLE plans ADD COLUMN org_id uuid",
		want:  the(bySetting, "", notesTarget, commentsTarget, tasksTarget, eventsTarget, column("plans", "org_id")),
		steps: all(protects("public.plans"), []string{"GRANT INSERT, UPDATE, DELETE ON public.plans"})},
	{name: "the tenant column is added to a child", sql: "ALTER TABLE comments ADD COLUMN org_id uuid",
		want:  the(bySetting, "plans", notesTarget, column("comments", "org_id"), tasksTarget, eventsTarget),
		steps: protectsAnew("public.comments")},
	{name: "renamed table", sql: "ALTER TABLE notes RENAME TO pages",
		want: the(bySetting, "plans", column("pages", "org_id"), child("comments", "pages", "note_id=id"), tasksTarget, eventsTarget)},
	{name: "renamed child", sql: `ALTER TABLE comments RENAME TO "Order"`,
		want: the(bySetting, "plans", notesTarget, child("Order", "notes", "note_id=id"), tasksTarget, eventsTarget)},
	{name: "renamed tenant column", sql: `ALTER TABLE notes RENAME COLUMN org_id TO "tenant Id"; ALTER TABLE events RENAME org_id TO tenant_id`,
		want: the(bySetting, "plans", column("notes", "tenant Id"), commentsTarget, tasksTarget, column("events", "tenant_id"))},
	{name: "renamed key of a child", sql: `ALTER TABLE comments RENAME COLUMN note_id TO of; ALTER TABLE notes RENAME COLUMN id TO key`,
		want: the(bySetting, "plans", notesTarget, child("comments", "notes", "of=key"), tasksTarget, eventsTarget)},
	{name: "dropped table", sql: "DROP TABLE tasks",
		want: the(bySetting, "plans", notesTarget, commentsTarget, eventsTarget)},
	{name: "dropped parent", sql: "DROP TABLE notes CASCADE",
		want:  the(bySetting, "plans", child("comments", "tasks", "task_id=id"), tasksTarget, eventsTarget),
		steps: protectsAnew("public.comments")},
	{name: "dropped parent, made again", sql: "DROP TABLE notes CASCADE; CREATE TABLE notes (id text PRIMARY KEY, org_id uuid NOT NULL)",
		steps: all(protects("public.notes"), protectsAnew("public.comments"), grantsAll("public.notes"))},
	{name: "dropped tenant column", sql: "ALTER TABLE tasks DROP COLUMN org_id CASCADE",
		want:  the(bySetting, "plans", notesTarget, commentsTarget, child("tasks", "notes", "id=id"), eventsTarget),
		steps: protectsAnew("public.tasks")},
	{name: "dropped tenant column of what is global now", sql: "ALTER TABLE tasks DROP COLUMN org_id CASCADE",
		want:  the(bySetting, "plans tasks", notesTarget, commentsTarget, eventsTarget),
		steps: []string{"ALTER TABLE public.tasks NO FORCE ROW LEVEL SECURITY, DISABLE", "REVOKE INSERT, UPDATE, DELETE ON public.tasks"}},
	{name: "changed parent", sql: "SELECT 1",
		want:  the(bySetting, "plans", notesTarget, child("comments", "tasks", "task_id=id"), tasksTarget, eventsTarget),
		steps: protectsAnew("public.comments")},
	{name: "another parent", sql: "SELECT 1",
		want:  the(bySetting, "plans", notesTarget, child("comments", "notes", "note_id=id", "tasks", "task_id=id"), tasksTarget, eventsTarget),
		steps: protectsAnew("public.comments")},
	{name: "made global", sql: "SELECT 1",
		want: the(bySetting, "plans tasks", notesTarget, commentsTarget, eventsTarget),
		steps: []string{"DROP POLICY IF EXISTS tenant_isolation ON public.tasks", "DROP POLICY IF EXISTS tenant_isolation_floor ON public.tasks",
			"ALTER TABLE public.tasks NO FORCE ROW LEVEL SECURITY, DISABLE", "REVOKE INSERT, UPDATE, DELETE ON public.tasks"}},
	{name: "partitioned table made global", sql: "SELECT 1",
		want: the(bySetting, "plans events", notesTarget, commentsTarget, tasksTarget),
		steps: []string{"DROP POLICY IF EXISTS tenant_isolation ON public.events", "DROP POLICY IF EXISTS tenant_isolation_floor ON public.events",
			"ALTER TABLE public.events NO FORCE", "DROP POLICY IF EXISTS tenant_isolation ON public.events_1",
			"DROP POLICY IF EXISTS tenant_isolation_floor ON public.events_1", "ALTER TABLE public.events_1 NO FORCE", "REVOKE INSERT, UPDATE, DELETE ON public.events"}},
	{name: "moved to another schema", sql: "ALTER TABLE notes SET SCHEMA archive",
		want:  the(bySetting, "plans", column("archive.notes", "org_id"), child("comments", "archive.notes", "note_id=id"), tasksTarget, eventsTarget),
		steps: []string{"GRANT USAGE ON SCHEMA archive"}},
	{name: "renamed schema", sql: "ALTER SCHEMA archive RENAME TO attic; ALTER TABLE tasks SET SCHEMA attic",
		want:  the(bySetting, "plans", notesTarget, commentsTarget, column("attic.tasks", "org_id"), eventsTarget),
		steps: []string{"GRANT USAGE ON SCHEMA attic"}},
	{name: "new partition", sql: "CREATE TABLE events_2 PARTITION OF events FOR VALUES IN (2)",
		steps: protects("public.events_2")},
	{name: "attached partition", sql: "CREATE TABLE events_2 (year int NOT NULL, org_id uuid NOT NULL, id text); ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES IN (2)",
		steps: protects("public.events_2")},
	{name: "detached partition", sql: "ALTER TABLE events DETACH PARTITION events_1",
		want:  the(bySetting, "plans", notesTarget, commentsTarget, tasksTarget, eventsTarget, column("events_1", "org_id")),
		steps: grantsAll("public.events_1")},
	{name: "changed setting", sql: "SELECT 1",
		want:  the(migrate.Source{Setting: "my.org"}, "plans", notesTarget, commentsTarget, tasksTarget, eventsTarget),
		steps: all(protectsAnew("public.events"), protectsAnew("public.events_1"), protectsAnew("public.notes"), protectsAnew("public.tasks"))},
	{name: "changed type of the tenant", sql: `DROP POLICY tenant_isolation ON tasks; DROP POLICY tenant_isolation_floor ON tasks;
			ALTER TABLE tasks ALTER org_id TYPE text`,
		steps: protectsAnew("public.tasks")},
	{name: "altered policy", sql: "ALTER POLICY tenant_isolation ON notes USING (true)", edit: true, steps: protectsAnew("public.notes")[:2]},
	{name: "altered roles of a policy", sql: "ALTER POLICY tenant_isolation ON notes TO CURRENT_USER", edit: true, steps: protectsAnew("public.notes")[:2]},
	{name: "dropped policy", sql: "DROP POLICY tenant_isolation_floor ON notes", edit: true, steps: protectsAnew("public.notes")[2:]},
	{name: "renamed policy", sql: "ALTER POLICY tenant_isolation_floor ON notes RENAME TO mine", edit: true,
		steps: append([]string{"DROP POLICY IF EXISTS mine ON public.notes"}, protectsAnew("public.notes")[2:]...)},
	{name: "switched off", sql: "ALTER TABLE notes DISABLE ROW LEVEL SECURITY", edit: true, steps: []string{"ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;"}},
	{name: "not forced", sql: "ALTER TABLE notes NO FORCE ROW LEVEL SECURITY", edit: true, steps: []string{"ALTER TABLE public.notes FORCE ROW LEVEL SECURITY;"}},
	{name: "revoked", sql: "REVOKE ALL ON notes FROM APP", edit: true, steps: grantsAll("public.notes")},
	{name: "granted too much", sql: "GRANT TRUNCATE, REFERENCES, TRIGGER ON notes TO APP; GRANT UPDATE ON plans TO APP", edit: true,
		steps: []string{"REVOKE TRUNCATE, REFERENCES, TRIGGER ON public.notes", "REVOKE UPDATE ON public.plans"}},
}

// Of every change only the difference comes out; it leads to where a plan for the
// changed schema alone would lead, and back to where it started from.
func TestChanges(t *testing.T) {
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, before, atFirst)
			sound := w.protection()
			w.change(c)
			changed := w.protection()
			if got := w.starts(); !startWith(got, c.steps) {
				t.Errorf("got the statements\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(c.steps, "\n  "))
			}
			if len(c.steps) == 0 {
				return
			}
			w.generate()
			if n := len(w.plan()); n != 0 {
				t.Errorf("applied, it is not recognised: %d steps are left", n)
			}
			w.up()
			after := w.protection()
			if c.edit && after != sound {
				t.Errorf("it leads to\n%s\nnot back to\n%s", after, sound)
			}
			if !c.edit {
				if fresh := freshly(t, c, w); after != fresh {
					t.Errorf("it leads to\n%s\nand a plan for the changed schema to\n%s", after, fresh)
				}
			}
			w.down()
			if got := w.protection(); got != changed {
				t.Errorf("the way back leads to\n%s\nnot to\n%s", got, changed)
			}
			w.up()
			if got := w.protection(); got != after {
				t.Errorf("the second time leads to\n%s\nnot to\n%s", got, after)
			}
		})
	}
}

// change applies a change and takes over what is wanted afterwards.
func (w *world) change(c change) {
	w.t.Helper()
	sql := strings.ReplaceAll(c.sql, "APP", migrate.QuoteIdent(w.app))
	w.write("00003_change.sql", "-- +goose Up\n-- +goose StatementBegin\n"+sql+";\n-- +goose StatementEnd\n-- +goose Down\n")
	if c.want != nil {
		w.want = c.want
	}
	w.up()
}

// starts returns the statements of the next migration, each without line ends.
func (w *world) starts() []string {
	var list []string
	for _, s := range w.plan() {
		for _, sql := range s.SQL {
			list = append(list, strings.Join(strings.Fields(sql), " "))
		}
	}
	return list
}

func startWith(got, want []string) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if !strings.HasPrefix(got[i], want[i]) {
			return false
		}
	}
	return true
}

// freshly returns what a single plan for the changed schema establishes.
func freshly(t *testing.T, c change, like *world) string {
	t.Helper()
	want := like.want
	sql := strings.ReplaceAll(strings.ReplaceAll(c.sql, "DROP POLICY", "DROP POLICY IF EXISTS"), "APP", "PUBLIC")
	w := newWorld(t, before+sql+";", want)
	return strings.NewReplacer(w.app, like.app, w.owner, like.owner).Replace(w.protection())
}
