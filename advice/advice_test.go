package advice_test

import (
	"context"
	"crypto/rand"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tenantgen/tenantgen/internal/applied"

	"github.com/tenantgen/tenantgen/advice"
	"github.com/tenantgen/tenantgen/migrate"
)

// weak has every weakness that a migration can put right, in places that make it hard.
const weak = `
CREATE TABLE plans (id text PRIMARY KEY);
CREATE TABLE orgs (id uuid PRIMARY KEY, plan text REFERENCES plans);
CREATE TABLE notes (
    id uuid PRIMARY KEY, org_id uuid REFERENCES orgs ON DELETE CASCADE, title text UNIQUE, slug text,
    parent uuid REFERENCES notes (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX notes_slug ON notes (slug) NULLS NOT DISTINCT;
CREATE TABLE comments (id uuid PRIMARY KEY, note_id uuid NOT NULL REFERENCES notes ON DELETE CASCADE, no int, label text UNIQUE);
CREATE TABLE numbered (id bigint PRIMARY KEY, "Org" int, org_id uuid NOT NULL);
CREATE TABLE tags (
    org_id uuid NOT NULL, note_id uuid NOT NULL REFERENCES notes (id) ON DELETE CASCADE, number bigint REFERENCES numbered DEFERRABLE,
    CONSTRAINT "Tag key" PRIMARY KEY (note_id, org_id)
);
CREATE TABLE bare (org_id uuid, name text);
CREATE TABLE events (org_id uuid NOT NULL, id uuid NOT NULL, note_id uuid REFERENCES notes (id), at date NOT NULL) PARTITION BY HASH (org_id);
CREATE TABLE events_0 PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER 0) PARTITION BY LIST (at);
CREATE TABLE events_0_0 PARTITION OF events_0 DEFAULT;
CREATE TABLE events_1 PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE VIEW titles AS SELECT org_id, title FROM notes;`

// rows satisfy the schema before and after.
const rows = `
INSERT INTO plans VALUES ('free');
INSERT INTO orgs SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'free' FROM generate_series(1, 3) n;
INSERT INTO notes SELECT gen_random_uuid(), o.id, o.id || '/' || n, 's' || o.id || n FROM orgs o, generate_series(1, 50) n;
UPDATE notes n SET parent = (SELECT m.id FROM notes m WHERE m.org_id = n.org_id ORDER BY m.title LIMIT 1);
INSERT INTO comments SELECT gen_random_uuid(), id, 1, title FROM notes;
INSERT INTO numbered SELECT row_number() OVER (), 1, id FROM orgs;
INSERT INTO tags SELECT n.org_id, n.id, m.id FROM notes n JOIN numbered m USING (org_id);
INSERT INTO bare SELECT id, 'x' FROM orgs, generate_series(1, 20);
INSERT INTO events SELECT org_id, id, parent, now() FROM notes;`

// Following the advice makes the rules silent and leaves no advice; up, down and up
// again on a server with rows in it, every step of the way.
func TestAdviceIsFollowed(t *testing.T) {
	fs := schema(weak)
	w := newWorld(t)
	w.up(fs)
	w.exec(rows)
	before := w.state()

	a := plan(t, fs)
	follow(t, fs, a)
	if left := advised(t, fs); len(left) > 0 {
		t.Errorf("the rules are not silent:\n%s", strings.Join(left, "\n"))
	}
	if again := plan(t, fs); len(again.Migrations) > 0 {
		t.Errorf("there is advice left: %+v", again.Migrations)
	}
	w.up(fs)
	after := w.state()
	if strings.Contains(after, "valid=f") || strings.Contains(after, "NOT VALID") {
		t.Errorf("something is not valid:\n%s", after)
	}
	w.refusals()
	for range len(a.Migrations) { // one at a time, so that each way back stands alone
		w.migrations(fs, down(t))
	}
	if d := diff(before, w.state()); d != "" {
		t.Errorf("down does not lead back:\n%s", d)
	}
	w.up(fs)
	if d := diff(after, w.state()); d != "" {
		t.Errorf("up again leads elsewhere:\n%s", d)
	}
}

// refusals tries what the advice is to prevent.
func (w *world) refusals() {
	w.Helper()
	const one, two = "'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-000000000002'"
	foreign := "(SELECT id FROM notes WHERE org_id = " + two + " LIMIT 1)"
	w.fails("INSERT INTO notes (id, org_id) VALUES (gen_random_uuid(), NULL)", "null value")
	w.fails("INSERT INTO bare (org_id) VALUES (NULL)", "null value")
	w.fails("UPDATE notes SET parent = "+foreign+" WHERE org_id = "+one, "notes_org_id_parent_fkey")
	w.fails("INSERT INTO tags VALUES ("+one+", "+foreign+", NULL)", "tags_org_id_note_id_fkey")
	w.fails("UPDATE tags SET number = (SELECT id FROM numbered WHERE org_id = "+two+") WHERE org_id = "+one, "tags_org_id_number_fkey")
	w.fails("INSERT INTO events VALUES ("+one+", gen_random_uuid(), "+foreign+", now())", "events_org_id_note_id_fkey")
	w.exec("DELETE FROM events")
	w.exec("INSERT INTO events SELECT org_id, id, NULL, now() FROM notes")
	for _, table := range []string{"bare", "events", "events_0_0"} {
		w.fails("UPDATE "+table+" SET org_id = gen_random_uuid() WHERE org_id IS NOT NULL", "keeps its tenant")
	}
	w.exec("INSERT INTO orgs VALUES (gen_random_uuid())")
	w.fails("UPDATE orgs SET id = gen_random_uuid() WHERE plan IS NULL", "keeps its tenant")
	w.exec("UPDATE notes SET org_id = org_id, title = title || '!'")
	// A value that another tenant has is free, one's own is not.
	w.exec("INSERT INTO notes (id, org_id, title) SELECT gen_random_uuid(), " + one + ", min(title) FROM notes WHERE org_id = " + two)
	w.fails("INSERT INTO notes (id, org_id, title) SELECT gen_random_uuid(), "+one+", min(title) FROM notes WHERE org_id = "+one, "notes_org_id_title_key")
	w.exec("DELETE FROM notes WHERE title IN (SELECT title FROM notes GROUP BY title HAVING count(*) > 1) AND org_id = " + one)
	// SET NULL leaves the tenant in place.
	w.exec("DELETE FROM notes WHERE parent = id")
	w.exec("DO $$ BEGIN ASSERT (SELECT count(*) FROM notes WHERE parent IS NULL) > 100; END $$")
}

// A foreign key is checked by a query, from which FORCE ROW LEVEL SECURITY hides the
// rows of an owner that is subject to policies: VALIDATE would pass, whatever they
// refer to. Ours fails instead, and passes as a role that sees all rows.
func TestValidationSeesEveryRow(t *testing.T) {
	fs := schema(`CREATE TABLE notes (org_id int NOT NULL, id int UNIQUE, PRIMARY KEY (org_id, id));
CREATE TABLE tags (org_id int NOT NULL, note_id int REFERENCES notes (id), PRIMARY KEY (org_id, note_id));`)
	w := newWorld(t)
	owner := "owner_" + strings.ToLower(rand.Text()[:10])
	w.exec("CREATE ROLE " + owner + "; GRANT ALL ON SCHEMA public TO " + owner)
	t.Cleanup(func() {
		w.conn.Exec(context.Background(), "RESET ROLE; DROP OWNED BY "+owner+"; DROP ROLE "+owner)
	})
	up := func(fs files) (err error) {
		w.migrations(fs, func(d *applied.Directory) error { err = d.Up(t.Context()); return nil })
		return err
	}
	w.url += "&options=-crole%3D" + owner
	w.check(up(fs))
	w.exec("INSERT INTO notes VALUES (1, 1); INSERT INTO tags VALUES (2, 1)")
	fs["00002_force.sql"] = &fstest.MapFile{Data: []byte(`-- +goose Up
ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE tags ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- +goose Down
`)}
	w.check(up(fs))
	follow(t, fs, plan(t, fs))
	if err := up(fs); err == nil || !strings.Contains(err.Error(), "row-level security policy for table") {
		t.Fatalf("got %v", err)
	}
	w.exec(`DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM pg_index WHERE indexrelid::regclass::text LIKE '%org_id%key'), 'an index was built before anybody was told';
		ASSERT NOT EXISTS (SELECT FROM pg_constraint WHERE NOT convalidated); END $$`)
	w.exec("ALTER ROLE " + owner + " BYPASSRLS")
	if err := up(fs); err == nil || !strings.Contains(err.Error(), `violates foreign key constraint "tags_org_id_note_id_fkey"`) {
		t.Errorf("a reference to another tenant's row: got %v", err)
	}
	w.exec("DELETE FROM tags; INSERT INTO tags VALUES (1, 1)")
	if err := up(fs); err != nil {
		t.Errorf("after it is put right: %v", err)
	}
}

// A trigger that runs before ours cannot smuggle another tenant past it.
func TestKeptBehindOtherTriggers(t *testing.T) {
	fs := schema("CREATE TABLE notes (org_id int NOT NULL, id int, PRIMARY KEY (org_id, id)); INSERT INTO notes VALUES (1, 1);")
	follow(t, fs, plan(t, fs))
	w := newWorld(t)
	w.up(fs)
	w.exec(`CREATE FUNCTION smuggle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.org_id := 2; RETURN NEW; END';
		CREATE TRIGGER zz BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION smuggle()`)
	w.fails("UPDATE notes SET id = 2", "keeps its tenant")
}

// What cannot be done by a migration is declined, and says why.
func TestDeclined(t *testing.T) {
	a := plan(t, schema(`
CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE notes (org_id uuid NOT NULL, id bigint PRIMARY KEY, code text UNIQUE, tenant text);
CREATE INDEX ON notes (org_id);
CREATE TABLE plans (id text PRIMARY KEY, code text REFERENCES notes (code));
CREATE TABLE comments (id uuid PRIMARY KEY, note_id bigint REFERENCES notes);
CREATE TABLE other (org_id text PRIMARY KEY, note bigint REFERENCES notes, partner uuid REFERENCES orgs (id));
CREATE TABLE events (org_id uuid NOT NULL, day date, no int, PRIMARY KEY (day, no)) PARTITION BY LIST (day);`))
	var got []string
	for _, d := range a.Declined {
		got = append(got, d.Rule.Name+" "+d.Table+": "+d.Why)
	}
	want := []string{
		"foreign-key-without-tenant other: the tenant columns have different types",
		"key-without-tenant notes: foreign key plans_code_fkey of plans refers to it",
		"key-without-tenant events: a key of a partitioned table cannot be replaced without stopping writes",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// No statement of the advice may hold a lock that stops the application while it
// looks at rows, except where PostgreSQL has no other way, and then it says so.
func TestOnline(t *testing.T) {
	index := regexp.MustCompile(`^CREATE (UNIQUE )?INDEX`)
	for _, m := range plan(t, schema(weak)).Migrations {
		locks, reads := false, false
		for _, s := range m.Steps {
			for _, sql := range s.SQL {
				quick := strings.Contains(sql, " ON ONLY ") || strings.Contains(sql, "NOT VALID") || strings.Contains(sql, "USING INDEX")
				switch {
				case index.MatchString(sql):
					if m.Alone != strings.Contains(sql, "CONCURRENTLY") || !m.Alone && !quick {
						t.Errorf("%s: %s", m.Name, sql)
					}
				case strings.Contains(sql, "VALIDATE CONSTRAINT"):
					reads = true
				case strings.Contains(sql, "FOREIGN KEY") && !quick:
					reads = true
					if !strings.Contains(s.Comment, "Writes wait") {
						t.Errorf("%s does not say that writes wait: %s", m.Name, sql)
					}
				case strings.HasPrefix(sql, "ALTER"), strings.HasPrefix(sql, "CREATE TRIGGER"):
					locks = true
				}
			}
		}
		if locks && reads {
			t.Errorf("%s keeps a lock while it reads rows", m.Name)
		}
		if first := m.Steps[0].SQL[0]; m.Alone == strings.Contains(first, "lock_timeout") {
			t.Errorf("%s starts with %s", m.Name, first)
		}
	}
}

// Names are as PostgreSQL would choose them, free, and no longer than it keeps.
func TestNames(t *testing.T) {
	long := strings.Repeat("n", 60)
	a := plan(t, schema(`CREATE TABLE notes (org_id uuid NOT NULL); CREATE TABLE notes_org_id_idx (org_id uuid PRIMARY KEY); CREATE TABLE `+long+` (org_id uuid NOT NULL);
CREATE TABLE "Größe" (org_id uuid NOT NULL);`))
	var got []string
	for _, m := range a.Migrations {
		if m.Alone {
			got = append(got, m.Name, m.Steps[0].SQL[0])
		}
	}
	want := []string{
		"tenant_advice_notes_org_id_idx1", "CREATE INDEX CONCURRENTLY notes_org_id_idx1 ON public.notes (org_id);",
		"tenant_advice_" + long[:59] + "_idx", "CREATE INDEX CONCURRENTLY " + long[:59] + "_idx ON public." + long + " (org_id);",
		"tenant_advice__r__e_org_id_idx", `CREATE INDEX CONCURRENTLY "Größe_org_id_idx" ON public."Größe" (org_id);`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestNoAdvice(t *testing.T) {
	a, err := advice.Plan(findings(t, schema("CREATE TABLE plans (id text PRIMARY KEY);")))
	if err != nil || len(a.Migrations)+len(a.Declined) > 0 {
		t.Errorf("got %+v, %v", a, err)
	}
}

// Every tool sends a file in one piece, and those that know no statement
// boundaries in one message: that must do, up and down.
func TestEveryFormat(t *testing.T) {
	w, fs := newWorld(t), schema(weak)
	a := plan(t, fs)
	w.up(fs)
	w.exec(rows)
	before, after := w.state(), ""
	for _, format := range migrate.Formats() {
		var ups, downs []string
		var existing []string
		for _, m := range a.Migrations {
			list, err := migrate.Render(m.Steps, format, existing, migrate.Options{Name: m.Name, Alone: m.Alone, Numbering: migrate.Sequential})
			w.check(err)
			for _, f := range list {
				existing = append(existing, f.Name)
			}
			up, down := directions(format, list)
			ups, downs = append(ups, up), append(downs, down)
		}
		for _, sql := range ups {
			w.exec(sql)
		}
		if after == "" {
			after = w.state()
		}
		if d := diff(after, w.state()); d != "" {
			t.Errorf("%s leads elsewhere:\n%s", format, d)
		}
		for _, sql := range slices.Backward(downs) {
			w.exec(sql)
		}
		if d := diff(before, w.state()); d != "" {
			t.Errorf("%s leads back to:\n%s", format, d)
		}
	}
}

// directions takes the files of a migration apart as its tool does.
func directions(format migrate.Format, list []migrate.File) (up, down string) {
	text := string(list[0].Text)
	switch format {
	case migrate.GolangMigrate:
		return text, string(list[1].Text)
	case migrate.Plain, migrate.Atlas:
		up, down, _ = strings.Cut(text, "-- To undo this migration:\n")
		return up, strings.ReplaceAll("\n"+down, "\n-- ", "\n")
	case migrate.Goose:
		up, down, _ = strings.Cut(text, "-- +goose Down")
	case migrate.Dbmate:
		up, down, _ = strings.Cut(text, "-- migrate:down")
		down = "--" + down
	case migrate.Tern:
		up, down, _ = strings.Cut(text, "---- create above / drop below ----")
	}
	return up, down
}

// What the catalog does not know in full cannot be put back, and some actions empty
// the tenant column too: no fix is made of those.
func TestNothingIsGuessed(t *testing.T) {
	_, found := findings(t, schema(`
CREATE TABLE notes (org_id int NOT NULL, id int, no int, code text, PRIMARY KEY (org_id, id), UNIQUE (id));
CREATE TABLE keys (org_id int NOT NULL, a text, b text, PRIMARY KEY (org_id, a), CONSTRAINT k1 UNIQUE (a) INCLUDE (b), CONSTRAINT k2 UNIQUE (a, b) DEFERRABLE);
CREATE UNIQUE INDEX k3 ON keys (a DESC);
CREATE UNIQUE INDEX k4 ON keys (a text_pattern_ops);
CREATE UNIQUE INDEX k5 ON keys (a COLLATE "C");
CREATE UNIQUE INDEX k6 ON keys (a) WHERE b IS NULL;
CREATE UNIQUE INDEX k7 ON keys (lower(a));
CREATE UNIQUE INDEX k8 ON keys (a NULLS FIRST);
CREATE TABLE refs (org_id int NOT NULL, id int, a int, PRIMARY KEY (org_id, id),
    CONSTRAINT f1 FOREIGN KEY (a) REFERENCES notes (id) MATCH FULL,
    CONSTRAINT f2 FOREIGN KEY (a) REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT f3 FOREIGN KEY (a) REFERENCES notes (id) ON UPDATE SET NULL,
    CONSTRAINT f4 FOREIGN KEY (a) REFERENCES notes (id) ON DELETE SET NULL (a),
    CONSTRAINT f5 FOREIGN KEY (a, org_id) REFERENCES notes (org_id, id));`))
	reported := 0
	for _, f := range found {
		if f.Rule.Name == "key-without-tenant" && f.Table == "keys" || f.Rule.Name == "foreign-key-without-tenant" {
			reported++
			if f.Fix != nil {
				t.Errorf("%d: %s has a fix: %+v", f.Pos.Line, f.Message, f.Fix)
			}
		}
	}
	if reported != 13 {
		t.Errorf("%d of 13 are reported", reported)
	}
}
