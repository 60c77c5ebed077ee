package advice_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/advice"
	"github.com/tenantgen/tenantgen/migrate"
)

// citus makes scale: citus the setting of a test.
func citus(t *testing.T) {
	t.Helper()
	settings.Scale = "citus"
	t.Cleanup(func() { settings.Scale = "" })
}

// scaled is a schema that a Citus cluster accepts once the advice is followed: keys
// are weak, tables refer to tables that are created later, two of them in a circle.
const scaled = `
CREATE TABLE notes (org_id uuid NOT NULL, id uuid PRIMARY KEY, latest uuid, title text UNIQUE);
CREATE TABLE regions (id text PRIMARY KEY);
CREATE TABLE "Plans" (id text PRIMARY KEY, region text NOT NULL REFERENCES regions);
CREATE TABLE orgs (id uuid PRIMARY KEY, plan text REFERENCES "Plans");
ALTER TABLE notes ADD FOREIGN KEY (org_id) REFERENCES orgs;
CREATE TABLE revisions (org_id uuid NOT NULL, id uuid, note_id uuid REFERENCES notes ON DELETE CASCADE, PRIMARY KEY (org_id, id));
ALTER TABLE notes ADD FOREIGN KEY (org_id, latest) REFERENCES revisions (org_id, id);
CREATE TABLE events (org_id uuid NOT NULL REFERENCES orgs, at date) PARTITION BY RANGE (at);
CREATE TABLE events_rest PARTITION OF events DEFAULT;`

func distribute(t *testing.T, fs files) *advice.Advice {
	t.Helper()
	db, own := loaded(t, fs)
	a, err := advice.Distribute(db, own)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The advice for a cluster is followed: first what it refuses goes, then every table
// is distributed, in an order that foreign keys allow; up, down and up again against a
// stand-in that refuses what Citus documents that it refuses.
func TestCitusAdviceIsFollowed(t *testing.T) {
	citus(t)
	fs := schema(scaled)
	w := newWorld(t)
	standIn, err := os.ReadFile("testdata/citus.sql")
	w.check(err)
	w.exec(string(standIn))
	w.up(fs)
	w.exec(`INSERT INTO regions VALUES ('eu'); INSERT INTO "Plans" VALUES ('free', 'eu');
		INSERT INTO orgs SELECT gen_random_uuid(), 'free' FROM generate_series(1, 3);
		INSERT INTO notes SELECT id, gen_random_uuid(), NULL, id::text FROM orgs; INSERT INTO revisions SELECT org_id, gen_random_uuid(), id FROM notes;
		UPDATE notes n SET latest = (SELECT id FROM revisions r WHERE r.note_id = n.id)`)
	follow(t, fs, plan(t, fs))
	if left := advised(t, fs); len(left) > 0 {
		t.Errorf("there is advice left:\n%s", strings.Join(left, "\n"))
	}
	fixed := len(fs)
	follow(t, fs, distribute(t, fs))
	if again := distribute(t, fs); len(fs) != fixed+1 || len(again.Migrations) > 0 {
		t.Errorf("distributed by %d files, and again by %+v", len(fs)-fixed, again.Migrations)
	}
	w.up(fs)
	const all = "regions - -, \"Plans\" - -, orgs id orgs, notes org_id orgs, revisions org_id orgs, events org_id orgs"
	w.placed(all)
	before := w.state()
	w.migrations(fs, down(t))
	w.placed("")
	w.up(fs)
	w.placed(all)
	if d := diff(before, w.state()); d != "" {
		t.Errorf("up again leads elsewhere:\n%s", d)
	}
}

// placed compares where the tables are.
func (w *world) placed(want string) {
	w.Helper()
	rows, err := w.conn.Query(w.Context(), "SELECT concat_ws(' ', logicalrelid, coalesce(partkey, '-'), coalesce(colocation::text, '-')) FROM pg_dist_partition")
	w.check(err)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	w.check(err)
	wanted := strings.Split(want, ", ")
	if want == "" {
		wanted = nil
	}
	slices.Sort(list)
	slices.Sort(wanted)
	if !slices.Equal(list, wanted) {
		w.Errorf("placed are %q, want %q", list, wanted)
	}
}

// Reference tables come first, then each table behind those that it refers to.
func TestCitusText(t *testing.T) {
	citus(t)
	fs := schema(`CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE TABLE orgs (id uuid PRIMARY KEY, plan text);
CREATE TABLE plans (id text PRIMARY KEY);
ALTER TABLE notes ADD FOREIGN KEY (org_id) REFERENCES orgs;
ALTER TABLE orgs ADD FOREIGN KEY (plan) REFERENCES plans;
CREATE SCHEMA "My"; CREATE TABLE "My"."It's" (org_id uuid PRIMARY KEY);`)
	var got []string
	for _, s := range distribute(t, fs).Migrations[0].Steps {
		got = append(got, s.SQL...)
	}
	want := []string{
		"SET LOCAL citus.multi_shard_modify_mode = 'sequential';",
		"SET LOCAL citus.enable_local_reference_table_foreign_keys = off;",
		"SET LOCAL row_security = off;",
		"SELECT create_reference_table('public.plans');",
		"SELECT create_distributed_table('public.orgs', 'id');",
		"SELECT create_distributed_table('public.notes', 'org_id', colocate_with => 'public.orgs');",
		`SELECT create_distributed_table('"My"."It''s"', 'org_id', colocate_with => 'public.orgs');`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	follow(t, fs, distribute(t, fs))
	fs["99999_more.sql"] = schema(`CREATE TABLE tags (org_id uuid PRIMARY KEY); ALTER TABLE notes RENAME TO pages;`)["00001_schema.sql"]
	a := distribute(t, fs)
	if len(a.Migrations) != 1 || !slices.Equal(a.Migrations[0].Steps[1].SQL, []string{"SELECT create_distributed_table('public.tags', 'org_id', colocate_with => 'public.pages');"}) {
		t.Errorf("a new table: got %+v", a.Migrations)
	}
}

// A circle with a foreign key that could not be put back as it was is refused.
func TestCitusCircle(t *testing.T) {
	citus(t)
	db, own := loaded(t, schema(`CREATE TABLE a (org_id uuid, id int, PRIMARY KEY (org_id, id)); CREATE TABLE b (org_id uuid, id int, PRIMARY KEY (org_id, id));
ALTER TABLE a ADD FOREIGN KEY (org_id, id) REFERENCES b INITIALLY DEFERRED; ALTER TABLE b ADD FOREIGN KEY (org_id, id) REFERENCES a INITIALLY DEFERRED;`))
	if _, err := advice.Distribute(db, own); err == nil || !strings.Contains(err.Error(), "closes a circle") {
		t.Errorf("got %v", err)
	}
}

// The policies of a distributed table have no sub-select, and hold all the same.
func TestCitusPolicies(t *testing.T) {
	citus(t)
	fs := schema("CREATE TABLE notes (org_id uuid NOT NULL, id int, PRIMARY KEY (org_id, id));")
	db, _ := loaded(t, fs)
	steps, err := migrate.Plan(db, migrate.Wanted{Targets: []migrate.Target{{Table: db.Tables[0], Column: "org_id"}}, Source: migrate.Source{Setting: "app.org_id"}, Citus: true})
	if err != nil {
		t.Fatal(err)
	}
	list, err := migrate.Render(steps, migrate.Goose, sorted(fs), migrate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text := string(list[0].Text)
	if strings.Contains(text, "SELECT") || !strings.Contains(text, "USING (org_id = NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid)") {
		t.Errorf("got\n%s", text)
	}
}

// What the stand-in refuses, not-distributable reports, and the other way round.
func TestCitusStandIn(t *testing.T) {
	citus(t)
	standIn, err := os.ReadFile("testdata/citus.sql")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	const notes = "CREATE TABLE notes (org_id uuid, id int, n int, PRIMARY KEY (org_id, id)"
	for name, c := range map[string]struct{ ddl, refused string }{
		"good":              {notes + ");", ""},
		"expression":        {notes + "); CREATE UNIQUE INDEX ON notes (lower(n::text), org_id);", ""},
		"unique":            {notes + ", UNIQUE (n));", "non-partition columns"},
		"unique index":      {notes + "); CREATE UNIQUE INDEX ON notes (n) WHERE n > 1;", "non-partition columns"},
		"identity":          {"CREATE TABLE notes (org_id uuid PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY);", "identity"},
		"bigint identity":   {"CREATE TABLE notes (org_id uuid PRIMARY KEY, n bigint GENERATED ALWAYS AS IDENTITY);", ""},
		"generated":         {"CREATE TABLE notes (a uuid, org_id uuid NOT NULL GENERATED ALWAYS AS (a) STORED);", "GENERATED"},
		"to reference":      {"CREATE TABLE plans (id int PRIMARY KEY);" + notes + ", FOREIGN KEY (n) REFERENCES plans ON DELETE SET NULL ON UPDATE CASCADE);", ""},
		"from reference":    {notes + ", UNIQUE (org_id, n)); CREATE TABLE plans (id int PRIMARY KEY, o uuid, FOREIGN KEY (o, id) REFERENCES notes);", "eference table"},
		"set null":          {notes + ", FOREIGN KEY (org_id, n) REFERENCES notes ON DELETE SET NULL);", "not supported"},
		"set null (n)":      {notes + ", FOREIGN KEY (org_id, n) REFERENCES notes ON DELETE SET NULL (n));", "not supported"},
		"set default":       {notes + ", FOREIGN KEY (org_id, n) REFERENCES notes ON DELETE SET DEFAULT);", "not supported"},
		"on update cascade": {notes + ", FOREIGN KEY (org_id, n) REFERENCES notes ON UPDATE CASCADE);", "not supported"},
		"cascade":           {notes + ", FOREIGN KEY (org_id, n) REFERENCES notes ON DELETE CASCADE ON UPDATE RESTRICT);", ""},
		"trigger":           {notes + "); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER t BEFORE INSERT ON notes EXECUTE FUNCTION f();", "triggers"},
		"nested partitions": {"CREATE TABLE notes (org_id uuid NOT NULL, d date) PARTITION BY LIST (d); CREATE TABLE notes_1 PARTITION OF notes DEFAULT PARTITION BY LIST (d);", "multi-level"},
		"types":             {"CREATE TABLE orgs (id int PRIMARY KEY);" + notes + ");", "colocate"},
	} {
		w.exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
		w.exec(string(standIn))
		w.exec(c.ddl)
		fs := schema(c.ddl)
		_, found := findings(t, fs)
		reported := false
		for _, f := range found {
			reported = reported || f.Rule.Name == "not-distributable"
		}
		var problem error
		for _, m := range distribute(t, fs).Migrations {
			for _, s := range m.Steps {
				for _, sql := range s.SQL {
					if _, err := w.conn.Exec(t.Context(), sql); err != nil && problem == nil {
						problem = err
					}
				}
			}
		}
		if c.refused == "" && (problem != nil || reported) || c.refused != "" && (problem == nil || !strings.Contains(problem.Error(), c.refused) || !reported) {
			t.Errorf("%s: got %v, reported %v; want %q", name, problem, reported, c.refused)
		}
	}
}
