package tenantgen

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/migrate"
)

// application is a project in a directory of its own: sqlc.yaml is made of its
// entries, each a list of schema paths and a query, and of its settings.
type application struct {
	widening bool
	t        *testing.T
	dir      string
	now      time.Time
}

func newApplication(t *testing.T) *application {
	t.Helper()
	a := &application{t: t, dir: t.TempDir(), now: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)}
	t.Chdir(a.dir)
	return a
}

func (a *application) write(name, text string) {
	a.t.Helper()
	write(a.t, filepath.Join(a.dir, name), []byte(text))
}

func (a *application) read(name string) string {
	a.t.Helper()
	text, err := os.ReadFile(filepath.Join(a.dir, name))
	if err != nil {
		a.t.Fatal(err)
	}
	return string(text)
}

// configure writes sqlc.yaml; an entry is "schema paths: query".
func (a *application) configure(settings string, entries ...string) {
	a.t.Helper()
	text := "version: \"2\"\nsql:\n"
	for i, e := range entries {
		schema, query, _ := strings.Cut(e, ": ")
		dir := "queries" + string(rune('a'+i))
		a.write(dir+"/q.sql", query+"\n")
		text += "  - {engine: postgresql, schema: " + schema + ", queries: " + dir + "}\n"
	}
	a.write("sqlc.yaml", text+"options:\n  tenantgen:\n    tenant_column: org_id\n    app_role: app\n    tenant_source: {setting: app.org_id}\n"+settings)
}

// next returns what generate writes for the migrations, and writes it.
func (a *application) next() ([]File, error) {
	a.t.Helper()
	p, err := Load("sqlc.yaml")
	if err != nil {
		a.t.Fatal(err)
	}
	p.now, p.AllowWidening = func() time.Time { return a.now }, a.widening
	r := p.Check()
	if r.Blocks() {
		a.t.Fatal(diagnostics(r))
	}
	out := &Output{}
	if err := p.migration(out, r); err != nil {
		return nil, err
	}
	changes, err := out.Changes()
	if err != nil {
		return nil, err
	}
	return changes.Write, Commit(changes)
}

// writes checks the names of the files that come next, and that nothing comes after them.
func (a *application) writes(want ...string) []File {
	a.t.Helper()
	files, err := a.next()
	if err != nil {
		a.t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Path)
	}
	if !slices.Equal(names, want) {
		a.t.Fatalf("wrote %q, want %q", names, want)
	}
	if again, err := a.next(); err != nil || len(again) > 0 {
		a.t.Fatalf("generated again: %v, %v", again, err)
	}
	return files
}

func (a *application) refuses(want string) {
	a.t.Helper()
	before, _ := filepath.Glob(filepath.Join(a.dir, "*", "*"))
	files, err := a.next()
	if err == nil || !strings.Contains(err.Error(), want) {
		a.t.Errorf("got %v, %v, want %q", files, err, want)
	}
	if after, _ := filepath.Glob(filepath.Join(a.dir, "*", "*")); !slices.Equal(before, after) {
		a.t.Errorf("files were written: %q", after)
	}
}

const (
	gooseInM = "    migrations: {dir: m, format: goose}\n    tables: {plans: {global: true}}\n"
	getNote  = "-- name: GetNote :one\nSELECT * FROM notes WHERE id = $1 AND org_id = @org_id;"
	addPlan  = "-- name: AddPlan :exec\nINSERT INTO plans (id) VALUES ($1);"
	schema1  = "-- +goose Up\nCREATE TABLE notes (id int PRIMARY KEY, org_id uuid NOT NULL);\nCREATE TABLE plans (id int);\n-- +goose Down\nDROP TABLE notes;\n"
)

// Entries with one migrations directory share the database: each step comes once,
// and what one of them writes must not be taken back for the other.
func TestEntriesShareMigrations(t *testing.T) {
	a := newApplication(t)
	a.write("m/00001_schema.sql", schema1)
	a.configure(gooseInM, "m: "+getNote, "m: "+addPlan, "[m]: "+getNote)
	text := string(a.writes("m/00002_tenant_isolation.sql")[0].Text)
	for _, once := range []string{"CREATE ROLE", "CREATE POLICY tenant_isolation ON public.notes", "ALTER TABLE public.notes ENABLE", "GRANT SELECT ON public.notes TO", "ON public.plans TO"} {
		if strings.Count(text, once) != 1 {
			t.Errorf("%d times %s:\n%s", strings.Count(text, once), once, text)
		}
	}
	if !strings.Contains(text, "GRANT INSERT ON public.plans TO app;") {
		t.Errorf("plans cannot be written:\n%s", text)
	}
	a.configure(gooseInM, "m: "+getNote)
	text = string(a.writes("m/00003_tenant_isolation.sql")[0].Text)
	if !strings.Contains(text, "REVOKE INSERT ON public.plans FROM app;") || strings.Contains(text, "notes") {
		t.Errorf("nothing writes plans any more:\n%s", text)
	}
}

// An entry may read more files than the migrations.
func TestEntriesWithSchemasOfTheirOwn(t *testing.T) {
	a := newApplication(t)
	a.write("m/00001_schema.sql", schema1)
	a.write("other.sql", "CREATE TABLE tasks (id int PRIMARY KEY, org_id uuid NOT NULL);\n")
	getTask := "-- name: GetTask :one\nSELECT * FROM tasks WHERE id = $1 AND org_id = @org_id;"
	a.configure(gooseInM, "m: "+getNote, "[other.sql, m/*.sql]: "+getTask, "m: "+addPlan)
	a.refuses(`m/00002_tenant_isolation.sql does not apply to the schema: relation "tasks" does not exist`)
	a.configure(gooseInM, "[other.sql, m/*.sql]: "+getNote, "[other.sql, m/*.sql]: "+getTask)
	text := string(a.writes("m/00002_tenant_isolation.sql")[0].Text)
	for _, once := range []string{"CREATE POLICY tenant_isolation ON public.notes", "CREATE POLICY tenant_isolation ON public.tasks"} {
		if strings.Count(text, once) != 1 {
			t.Errorf("%d times %s:\n%s", strings.Count(text, once), once, text)
		}
	}
}

// What the migrations establish must be seen, or it would be written again and again.
func TestSchemaWithoutTheMigrations(t *testing.T) {
	a := newApplication(t)
	a.write("schema.sql", "CREATE TABLE notes (id int PRIMARY KEY, org_id uuid NOT NULL);\nCREATE TABLE plans (id int);\n")
	a.write("m/.keep", "")
	a.configure(gooseInM, "schema.sql: "+getNote)
	a.refuses("schema does not read the migrations of m, so what they establish for table notes could not be seen")
	a.configure(strings.Replace(gooseInM, "goose", "golang-migrate", 1), "[schema.sql, m/*.down.sq[l]]: "+getNote)
	a.write("m/1_a.down.sql", "")
	a.write("m/1_a.up.sql", "")
	p, err := Load("sqlc.yaml")
	if err == nil {
		t.Fatalf("sqlc reads no file that goes down: %+v", p.Config.SQL[0].SchemaFiles)
	}
}

// A file that the schema reads after the migrations makes tables that these cannot protect.
func TestMigrationReadTooEarly(t *testing.T) {
	a := newApplication(t)
	a.write("m/00001_schema.sql", schema1)
	a.write("other.sql", "CREATE TABLE tasks (id int PRIMARY KEY, org_id uuid NOT NULL);\n")
	a.configure(gooseInM, "[m, other.sql]: "+getNote)
	a.refuses("m/00002_tenant_isolation.sql does not apply to the schema")
}

// What a file that is read later takes back would be planned at every run.
func TestMigrationTakenBack(t *testing.T) {
	a := newApplication(t)
	a.write("m/00001_schema.sql", schema1)
	a.write("later.sql", "ALTER TABLE notes NO FORCE ROW LEVEL SECURITY;\n")
	a.configure(gooseInM, "[m, later.sql]: "+getNote)
	a.refuses("00002_tenant_isolation.sql would be written again and again: after it there is still to do: notes: policies apply")
}

func TestMigrationsOfAtlas(t *testing.T) {
	a := newApplication(t)
	a.write("schema.sql", "CREATE TABLE notes (id int PRIMARY KEY, org_id uuid NOT NULL);\nCREATE TABLE plans (id int);\n")
	a.write("m/20260101000000_schema.sql", a.read("schema.sql"))
	a.configure(strings.Replace(gooseInM, "goose", "atlas", 1), "m: "+getNote)
	sum, _, err := migrate.Sum(os.DirFS("none"), migrate.Atlas, []migrate.File{{Name: "20260101000000_schema.sql", Text: []byte(a.read("schema.sql"))}})
	if err != nil {
		t.Fatal(err)
	}
	a.write("m/atlas.sum", string(sum.Text))
	a.writes("m/20260203040506_tenant_isolation.sql", "m/atlas.sum")
	a.write("m/20260204000000_more.sql", "CREATE TABLE tasks (id int PRIMARY KEY, org_id uuid NOT NULL);\n")
	a.refuses("atlas.sum does not fit the migrations: 20260204000000_more.sql is not in it")
}

// Between planning and writing, somebody else signed the directory.
func TestChecksumsThatChanged(t *testing.T) {
	a := newApplication(t)
	a.write("m/atlas.sum", "h1:new\n")
	o := &Output{migrations: "m", signed: map[string][]byte{"m/atlas.sum": []byte("h1:old\n")}, Files: []File{{Path: "m/atlas.sum", Text: []byte("h1:ours\n")}}}
	if c, err := o.Changes(); err == nil || len(c.Write) > 0 {
		t.Errorf("checksums of somebody else's would be overwritten: %+v", c)
	}
}

// Two migrations within one second, and an existing file that is never touched.
func TestTimestamps(t *testing.T) {
	a := newApplication(t)
	a.write("m/20260203040506_schema.sql", schema1)
	a.configure(gooseInM, "m: "+getNote)
	a.writes("m/20260203040507_tenant_isolation.sql")
	first := a.read("m/20260203040507_tenant_isolation.sql")
	a.write("m/20260203040508_more.sql", "-- +goose Up\nCREATE TABLE tasks (id int PRIMARY KEY, org_id uuid NOT NULL);\n-- +goose Down\n")
	a.writes("m/20260203040509_tenant_isolation.sql")
	if a.read("m/20260203040507_tenant_isolation.sql") != first {
		t.Error("an existing migration was changed")
	}
}
