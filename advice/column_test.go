package advice_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/tenantgen/tenantgen/advice"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/applied"
	"github.com/tenantgen/tenantgen/migrate"
)

const (
	orgA = "00000000-0000-0000-0000-000000000001"
	orgB = "00000000-0000-0000-0000-000000000002"
)

// withComments has a child of several batches.
const withComments = `
CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE notes (id bigint PRIMARY KEY, org_id uuid NOT NULL REFERENCES orgs);
CREATE TABLE comments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note_id bigint NOT NULL REFERENCES notes ON DELETE CASCADE, body text NOT NULL);
CREATE INDEX ON comments (note_id);`

const commentRows = `
INSERT INTO orgs VALUES ('` + orgA + `'), ('` + orgB + `');
INSERT INTO notes SELECT i, CASE i % 2 WHEN 1 THEN uuid '` + orgA + `' ELSE '` + orgB + `' END FROM generate_series(1, 200) i;
INSERT INTO comments (note_id, body) SELECT 1 + i % 190, repeat('x', 40) FROM generate_series(1, 25000) i;`

// columnPlan plans the tenant column for the children of a schema.
func columnPlan(t *testing.T, fs files) *advice.Advice {
	t.Helper()
	db, found := findings(t, fs)
	found = slices.DeleteFunc(found, func(f rules.Finding) bool { return f.Offer == nil })
	for i := range found {
		found[i].Fix = found[i].Offer
	}
	a, err := advice.Plan(db, found)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// policies adds the migration that lets an application's role see one tenant's rows; it
// returns the statements.
func policies(t *testing.T, fs files, comments migrate.Target) string {
	t.Helper()
	db, _ := loaded(t, fs)
	table := func(name string) *catalog.Table { return db.LookupTable("", name, []string{"public"}) }
	comments.Table = table("comments")
	for i := range comments.Parents {
		comments.Parents[i].Table = table("notes")
	}
	steps, err := migrate.Plan(db, migrate.Wanted{Source: migrate.Source{Setting: "app.org_id"}, Targets: []migrate.Target{
		{Table: table("orgs"), Column: "id"}, {Table: table("notes"), Column: "org_id"}, comments,
	}})
	if err != nil {
		t.Fatal(err)
	}
	list, err := migrate.Render(steps, migrate.Goose, sorted(fs), migrate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var all string
	for _, f := range list {
		fs[f.Name] = &fstest.MapFile{Data: f.Text}
		all += string(f.Text)
	}
	return all
}

var (
	asChild  = migrate.Target{Kind: migrate.Child, Parents: []migrate.Parent{{On: []migrate.Pair{{Child: "note_id", Parent: "id"}}}}}
	asTenant = migrate.Target{Column: "org_id"}
)

// appRole names a role of the application's, and drops it afterwards.
func (w *world) appRole() string {
	w.Helper()
	app := "app_" + strings.ToLower(rand.Text()[:10])
	w.Cleanup(func() {
		w.conn.Exec(context.Background(), "RESET ROLE; DROP OWNED BY "+app+"; DROP ROLE "+app)
	})
	return app
}

// as connects as the application does, for a tenant. On a busy machine a migration may be
// slow between two locks, and the time that [advice.LockTimeout] leaves is a second of
// PostgreSQL's: here it is ten.
func (w *world) as(app, org string) *world {
	w.Helper()
	conn, err := pgx.Connect(w.Context(), w.url)
	w.check(err)
	w.Cleanup(func() { conn.Close(context.Background()) })
	other := &world{T: w.T, url: w.url, conn: conn}
	other.exec("SET deadlock_timeout = '10s'; SET app.org_id = '" + org + "'; SET ROLE " + app)
	return other
}

func (w *world) one(sql string) (s string) {
	w.Helper()
	w.check(w.conn.QueryRow(w.Context(), "SELECT ("+sql+")::text").Scan(&s))
	return s
}

// A child gets the tenant column while the application writes to it with statements that
// do not know the column; then it becomes a tenant table, whose policies ask for it.
func TestChildGetsColumn(t *testing.T) {
	fs, w := schema(withComments), newWorld(t)
	app := w.appRole()
	policies(t, fs, asChild)
	w.up(fs)
	w.exec("CREATE ROLE " + app + "; GRANT USAGE ON SCHEMA public TO " + app + "; GRANT ALL ON notes, comments TO " + app)
	w.exec(commentRows)
	before := w.state()
	a := columnPlan(t, fs)
	follow(t, fs, a)

	stop := make(chan struct{})
	var writers sync.WaitGroup
	written := make([]int, 2)
	for i, org := range []string{orgA, orgB} {
		c := w.as(app, org)
		writers.Go(func() { written[i] = c.write(org, stop) })
	}
	time.Sleep(50 * time.Millisecond)
	w.patiently(fs)
	time.Sleep(50 * time.Millisecond)
	close(stop)
	writers.Wait()
	if got, want := w.one("SELECT count(*) FROM comments WHERE body <> 'gone'"), fmt.Sprint(25000+written[0]+written[1]); got != want || written[0] == 0 || written[1] == 0 {
		t.Errorf("%s comments are there, want %s", got, want)
	}
	const astray = "SELECT count(*) FROM comments c JOIN notes n ON n.id = c.note_id WHERE c.org_id IS DISTINCT FROM n.org_id"
	if n := w.one(astray); n != "0" {
		t.Errorf("%s comments are not of their note's tenant", n)
	}
	w.inStep(astray)
	if left := columnPlan(t, fs); len(left.Migrations)+len(left.Declined) > 0 {
		t.Errorf("there is advice left: %+v", left)
	}
	w.reversible(fs, len(a.Migrations), before)
	w.switched(fs, app)
}

// patiently applies the migrations, again where one gave up waiting for a lock.
func (w *world) patiently(fs files) {
	w.Helper()
	for tries := 0; ; tries++ {
		var err error
		w.migrations(fs, func(d *applied.Directory) error { err = d.Up(w.Context()); return nil })
		if err == nil {
			return
		}
		if tries == 100 || !strings.Contains(err.Error(), "lock timeout") {
			w.Fatal(err)
		}
	}
}

// write writes comments as old methods do until it is told to stop: new ones, changed ones,
// and some that go again. It returns how many are there for it.
func (w *world) write(org string, stop chan struct{}) (written int) {
	for {
		select {
		case <-stop:
			return written
		default:
		}
		for _, sql := range []string{
			"INSERT INTO comments (note_id, body) SELECT n.id, 'new' FROM notes n WHERE n.org_id = '" + org + "' AND n.id < 191 ORDER BY random() LIMIT 3",
			"UPDATE comments c SET body = 'changed' FROM notes n WHERE n.id = c.note_id AND n.org_id = '" + org + "' AND c.id % 1000 = (random() * 1000)::int",
			"WITH one AS (INSERT INTO comments (note_id, body) SELECT max(n.id), 'brief' FROM notes n WHERE n.org_id = '" + org + "' RETURNING id) SELECT id FROM one",
			"DELETE FROM comments WHERE body = 'brief'",
		} {
			if _, err := w.conn.Exec(context.Background(), sql); err != nil {
				w.Errorf("an old method fails: %s: %v", sql, err)
				return written
			}
		}
		written += 3
	}
}

// inStep tries what the trigger and the foreign key keep.
func (w *world) inStep(astray string) {
	w.Helper()
	w.exec("INSERT INTO comments (note_id, body) VALUES (200, 'gone')")
	w.exec("UPDATE comments SET note_id = 199 WHERE body = 'gone'") // to the other tenant's
	if got := w.one("SELECT org_id FROM comments WHERE body = 'gone'"); got != orgA || w.one(astray) != "0" {
		w.Errorf("the comment that moved is %s's", got)
	}
	w.exec("UPDATE comments SET org_id = NULL WHERE body = 'gone'")
	if w.one(astray) != "0" {
		w.Error("a tenant can be taken away")
	}
	const violates = `violates foreign key constraint "comments_org_id_note_id_fkey"`
	w.fails("INSERT INTO comments (note_id, body, org_id) VALUES (200, 'gone', '"+orgA+"')", violates)
	w.fails("UPDATE comments SET org_id = '"+orgB+"' WHERE body = 'gone'", violates)
	w.fails("UPDATE notes SET org_id = '"+orgA+"' WHERE id = 2", violates)
	w.exec("DELETE FROM comments WHERE body = 'gone'")
}

// reversible goes down step by step, which leads back, and up again.
func (w *world) reversible(fs files, migrations int, before string) {
	w.Helper()
	after := w.state()
	for range migrations {
		w.migrations(fs, down(w.T))
	}
	if d := diff(before, w.state()); d != "" {
		w.Errorf("down does not lead back:\n%s", d)
	}
	w.up(fs)
	if d := diff(after, w.state()); d != "" {
		w.Errorf("up again leads elsewhere:\n%s", d)
	}
}

// switched makes comments a tenant table: the rules have no error, the next migration
// replaces the policies, and the trigger goes.
func (w *world) switched(fs files, app string) {
	w.Helper()
	declared := settings.Tables
	settings.Tables = slices.DeleteFunc(slices.Clone(declared), func(d config.Table) bool { return d.Name == "comments" })
	defer func() { settings.Tables = declared }()
	next := policies(w.T, fs, asTenant)
	if !strings.Contains(next, "DROP POLICY IF EXISTS tenant_isolation ON public.comments") || !strings.Contains(next, "USING (org_id = NULLIF(") {
		w.Errorf("the policies are not replaced:\n%s", next)
	}
	db, found := findings(w.T, fs)
	for _, f := range found {
		if f.Rule.Severity == rules.Error || f.Table == "comments" && f.Rule.Severity == rules.Warning && f.Rule.Name != "key-without-tenant" {
			w.Errorf("%s: %s", f.Rule.Name, f.Message)
		}
	}
	found = slices.DeleteFunc(found, func(f rules.Finding) bool { return f.Rule.Name != "leftover-tenant-trigger" })
	a, err := advice.Plan(db, found)
	w.check(err)
	if follow(w.T, fs, a) != 1 {
		w.Errorf("what fills the column does not go: %+v", a)
	}
	with := w.state()
	w.up(fs)
	if strings.Contains(w.state(), catalog.FollowTrigger) {
		w.Error("the trigger is there")
	}
	w.migrations(fs, down(w.T))
	if d := diff(with, w.state()); d != "" {
		w.Errorf("down does not bring the trigger back:\n%s", d)
	}
	w.up(fs)
	w.confined(app)
}

// confined tries SQL that does not say whose rows it wants.
func (w *world) confined(app string) {
	w.Helper()
	c := w.as(app, orgA)
	if got, want := c.one("SELECT count(*) FROM comments"), w.one("SELECT count(*) FROM comments WHERE org_id = '"+orgA+"'"); got != want {
		w.Errorf("%s comments of %s are seen", got, want)
	}
	c.exec("INSERT INTO comments (org_id, note_id, body) VALUES ('" + orgA + "', 1, 'own')")
	c.fails("INSERT INTO comments (org_id, note_id, body) VALUES ('"+orgB+"', 2, 'theirs')", "violates row-level security policy")
	c.fails("INSERT INTO comments (org_id, note_id, body) VALUES ('"+orgA+"', 2, 'theirs')", "violates foreign key constraint")
	c.fails("INSERT INTO comments (note_id, body) VALUES (1, 'nobody')", "violates row-level security policy")
	rows, err := c.conn.Query(c.Context(), "EXPLAIN SELECT count(*) FROM comments")
	w.check(err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	w.check(err)
	if plan := strings.Join(lines, "\n"); strings.Contains(plan, "SubPlan") {
		w.Errorf("the parent is still asked:\n%s", plan)
	}
}

// Under FORCE ROW LEVEL SECURITY an owner sees no rows: the backfill says so instead of
// touching none. What has stopped goes on.
func TestBackfillIsLoudAndResumes(t *testing.T) {
	fs, w := schema(withComments), newWorld(t)
	owner := w.appRole()
	w.exec("CREATE ROLE " + owner + "; GRANT ALL ON SCHEMA public TO " + owner)
	conn := w.url
	w.url += "&options=-crole%3D" + owner
	w.up(fs)
	w.exec(commentRows + "ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
	follow(t, fs, columnPlan(t, fs))
	brief := strings.NewReplacer("'"+advice.LockTimeout+"'", "'5ms'", "turns > 100 ", "turns > 5 ")
	for _, name := range sorted(fs) {
		fs[name].Data = []byte(brief.Replace(string(fs[name].Data)))
	}
	up := func() (err error) {
		w.migrations(fs, func(d *applied.Directory) error { err = d.Up(t.Context()); return nil })
		return err
	}
	filled := func(want bool) {
		t.Helper()
		if got := w.one("SELECT count(org_id) > 0 AND count(org_id) < count(*) FROM comments"); got != fmt.Sprint(want) {
			t.Errorf("filled in part: %s", got)
		}
	}
	for _, table := range []string{"notes", "comments"} {
		w.exec("ALTER TABLE notes NO FORCE ROW LEVEL SECURITY; ALTER TABLE comments NO FORCE ROW LEVEL SECURITY; ALTER TABLE " + table + " ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
		if err := up(); err == nil || !strings.Contains(err.Error(), "policies hide rows of public.comments or public.notes from role "+owner) {
			t.Fatalf("%s: got %v", table, err)
		}
		filled(false)
	}
	w.exec("ALTER ROLE " + owner + " BYPASSRLS")
	blocker, err := pgx.Connect(t.Context(), conn)
	w.check(err)
	defer blocker.Close(context.Background())
	_, err = blocker.Exec(t.Context(), "BEGIN; UPDATE comments SET body = 'held' WHERE id = 24999")
	w.check(err)
	if err := up(); err == nil || !strings.Contains(err.Error(), "other sessions hold rows of public.comments") {
		t.Fatalf("beside a row that is held: got %v", err)
	}
	filled(true)
	_, err = blocker.Exec(t.Context(), "ROLLBACK")
	w.check(err)
	w.check(up())
	if w.one("SELECT count(*) FROM comments c JOIN notes n ON n.id = c.note_id WHERE c.org_id = n.org_id") != "25000" {
		t.Error("not every comment has its tenant")
	}
}
