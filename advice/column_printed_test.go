package advice_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/migrate"
)

// Each step says which lock it takes, and the one that looks at every row is no transaction
// of many statements.
func TestColumnSaysItsLocks(t *testing.T) {
	lock := regexp.MustCompile(`(ACCESS|SHARE|ROW) (ROW |UPDATE )?(EXCLUSIVE|SHARE)`)
	a := columnPlan(t, schema(withComments))
	var alone []string
	for _, m := range a.Migrations {
		if m.Alone {
			alone = append(alone, m.Name)
			continue
		}
		for _, s := range m.Steps[1:] {
			if !lock.MatchString(s.Comment) && !strings.Contains(strings.Join(s.SQL, ""), "USING INDEX") {
				t.Errorf("%s does not say its lock: %s", m.Name, s.Comment)
			}
		}
	}
	want := []string{"tenant_advice_notes_org_id_id_key", "tenant_advice_comments_backfill", "tenant_advice_comments_org_id_note_id_idx"}
	if !slices.Equal(alone, want) {
		t.Errorf("outside of transactions: %q", alone)
	}
}

// Every tool sends a file in one piece: the backfill's transactions, too.
func TestColumnInEveryFormat(t *testing.T) {
	w, fs := newWorld(t), schema(withComments)
	a := columnPlan(t, fs)
	w.up(fs)
	w.exec(commentRows)
	before := w.state()
	for _, format := range migrate.Formats() {
		var downs, existing []string
		for _, m := range a.Migrations {
			list, err := migrate.Render(m.Steps, format, existing, migrate.Options{Name: m.Name, Alone: m.Alone, Numbering: migrate.Sequential})
			w.check(err)
			for _, f := range list {
				existing = append(existing, f.Name)
			}
			up, down := directions(format, list)
			downs = append(downs, down)
			w.exec(up)
		}
		if w.one("SELECT count(*) FROM comments c JOIN notes n ON n.id = c.note_id WHERE c.org_id = n.org_id") != "25000" {
			t.Errorf("%s: not every comment has its tenant", format)
		}
		for _, sql := range slices.Backward(downs) {
			w.exec(sql)
		}
		if d := diff(before, w.state()); d != "" {
			t.Errorf("%s leads back to:\n%s", format, d)
		}
	}
}

// What keeps a child from getting the column is said.
func TestColumnDeclined(t *testing.T) {
	const notes = "CREATE TABLE notes (id bigint PRIMARY KEY, org_id uuid NOT NULL, UNIQUE (org_id, id));"
	for ddl, why := range map[string]string{
		notes + "CREATE TABLE comments (id bigint, note_id bigint REFERENCES notes);":                                                                                           "NULL belongs to nobody",
		notes + "CREATE TABLE comments (id bigint, note_id bigint NOT NULL);":                                                                                                   "no foreign key",
		notes + "CREATE TABLE comments (id bigint, note_id bigint NOT NULL REFERENCES notes MATCH FULL);":                                                                       "a match of its own",
		notes + "CREATE TABLE comments (id bigint, note_id bigint NOT NULL REFERENCES notes ON UPDATE SET NULL);":                                                               "has an action",
		notes + "CREATE TABLE comments (id bigint, note_id bigint NOT NULL REFERENCES notes ON UPDATE SET DEFAULT);":                                                            "has an action",
		notes + "CREATE TABLE comments (id bigint, note_id bigint NOT NULL REFERENCES notes) PARTITION BY HASH (id);":                                                           "partitioned",
		notes + "CREATE TABLE comments (id bigint, note_id bigint NOT NULL REFERENCES notes); CREATE TABLE more (FOREIGN KEY (note_id) REFERENCES notes) INHERITS (comments);":  "inherits",
		"CREATE TABLE notes (id bigint PRIMARY KEY, org_id uuid); CREATE TABLE comments (id bigint, note_id bigint NOT NULL REFERENCES notes);":                                 "notes.org_id may be NULL",
		"CREATE TABLE notes (id bigint PRIMARY KEY, org_id uuid NOT NULL) PARTITION BY HASH (id); CREATE TABLE comments (id bigint, note_id bigint NOT NULL REFERENCES notes);": "partitioned",
	} {
		a := columnPlan(t, schema(ddl))
		if len(a.Declined) != 1 || !strings.Contains(a.Declined[0].Why, why) || len(a.Migrations) > 0 {
			t.Errorf("%s\ngot %+v, want %q", ddl, a, why)
		}
	}
	if a := columnPlan(t, schema(notes+"CREATE TABLE comments (id bigint, note_id bigint NOT NULL REFERENCES notes, org_id uuid);")); len(a.Migrations)+len(a.Declined) > 0 {
		t.Errorf("it has the column: %+v", a)
	}
}
