package migrate_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/internal/applied"
	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/migrate"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// The tenants of the tests.
const (
	orgA = "00000000-0000-0000-0000-00000000000a"
	orgB = "00000000-0000-0000-0000-00000000000b"
)

// world is a database, the migrations that made it, and the roles that use it.
type world struct {
	t          *testing.T
	url        string
	owner, app string
	files      fstest.MapFS
	want       func(*catalog.Database) migrate.Wanted
}

// newWorld applies a schema and the migration that tenantgen plans for it, by
// goose, as a role that is no superuser.
func newWorld(t *testing.T, schema string, want func(*catalog.Database) migrate.Wanted) *world {
	t.Helper()
	w := emptyWorld(t, want)
	w.write("00001_schema.sql", "-- +goose Up\n-- +goose StatementBegin\n"+schema+"\n-- +goose StatementEnd\n-- +goose Down\n")
	w.generate()
	w.up()
	if steps := w.plan(); len(steps) != 0 {
		t.Fatalf("the applied plan is not recognised: %+v", steps)
	}
	return w
}

func emptyWorld(t *testing.T, want func(*catalog.Database) migrate.Wanted) *world {
	t.Helper()
	id := strings.ToLower(rand.Text()[:10])
	w := &world{t: t, owner: "owner_" + id, app: "App " + id, files: fstest.MapFS{}, want: want}
	admin := pgserver.ForTest(t).URL("postgres")
	t.Cleanup(func() { // runs after the database is dropped
		dblab.Once(t, admin, "DROP ROLE IF EXISTS "+migrate.QuoteIdent(w.app), "DROP ROLE IF EXISTS "+w.owner)
	})
	w.url = pgserver.DatabaseForTest(t)
	db := w.connect("")
	w.exec(db, "CREATE ROLE "+w.owner+" CREATEROLE")
	var name string
	if err := db.QueryRow(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	w.exec(db, "ALTER DATABASE "+migrate.QuoteIdent(name)+" OWNER TO "+w.owner)
	w.exec(db, "ALTER SCHEMA public OWNER TO "+w.owner)
	return w
}

func (w *world) write(name, text string) { w.files[name] = &fstest.MapFile{Data: []byte(text)} }

// catalog loads the migrations as tenantgen does: without their way back.
func (w *world) catalog() *catalog.Database {
	w.t.Helper()
	var files []analyzer.SchemaFile
	for _, name := range w.names() {
		text, _, _ := strings.Cut(string(w.files[name].Data), "-- +goose Down")
		files = append(files, analyzer.SchemaFile{Path: name, Text: text})
	}
	db, ds := analyzer.LoadSchema(files)
	ds = slices.DeleteFunc(ds, unprintable)
	if len(ds) > 0 {
		w.t.Fatalf("schema: %+v", ds)
	}
	return db
}

// unprintable is a name that sqlc does not print right. Migrations quote any.
func unprintable(d analyzer.Diagnostic) bool { return d.Rule == "unprintable-name" }

func (w *world) names() []string {
	var names []string
	for name := range w.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (w *world) plan() []migrate.Step {
	w.t.Helper()
	db := w.catalog()
	want := w.want(db)
	want.AppRole = w.app
	steps, err := migrate.Plan(db, want)
	if err != nil {
		w.t.Fatal(err)
	}
	return steps
}

// generate adds the next migration and returns its text.
func (w *world) generate() string {
	w.t.Helper()
	files, err := migrate.Render(w.plan(), migrate.Goose, w.names(), migrate.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	if len(files) != 1 {
		w.t.Fatalf("got %d files", len(files))
	}
	w.write(files[0].Name, string(files[0].Text))
	return string(files[0].Text)
}

// migrations hands the migrations, in a session of the owner's, to what is to be done with them.
func (w *world) migrations(run func(*applied.Directory) error) {
	w.t.Helper()
	dblab.Migrations(w.t, w.url, w.owner, w.files, run)
}

func (w *world) up() {
	w.t.Helper()
	w.migrations(func(d *applied.Directory) error { return d.Up(w.t.Context()) })
}

// tryUp is up for migrations that may fail.
func (w *world) tryUp() (err error) {
	w.migrations(func(d *applied.Directory) error { err = d.Up(w.t.Context()); return nil })
	return err
}

func (w *world) down() {
	w.t.Helper()
	w.migrations(func(d *applied.Directory) error { return d.Down(w.t.Context()) })
}

// connect returns a session of a role; of the superuser for "".
func (w *world) connect(role string) *pgx.Conn {
	w.t.Helper()
	return dblab.Connect(w.t, w.url, role)
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) exec(c *pgx.Conn, statements ...string) {
	w.t.Helper()
	dblab.Exec(w.t, c, statements...)
}

// as returns the session with a tenant set, in the setting of the tests.
func (w *world) as(c *pgx.Conn, tenant string) *pgx.Conn {
	w.t.Helper()
	return w.set(c, "app.org_id", tenant)
}

func (w *world) set(c *pgx.Conn, setting, value string) *pgx.Conn {
	w.t.Helper()
	if _, err := c.Exec(w.t.Context(), "SELECT set_config($1, $2, false)", setting, value); err != nil {
		w.t.Fatal(err)
	}
	return c
}

// rows checks what a query of one text column returns.
func (w *world) rows(c *pgx.Conn, query string, want ...string) {
	w.t.Helper()
	r, err := c.Query(w.t.Context(), query)
	w.check(err)
	got, err := pgx.CollectRows(r, pgx.RowTo[string])
	if err != nil {
		w.t.Errorf("%s: %v", query, err)
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("%s: got %q, want %q", query, got, want)
	}
}

// refused checks that a statement fails for want of permission: by a policy, or by a missing grant.
func (w *world) refused(c *pgx.Conn, statement, message string) {
	w.t.Helper()
	tag, err := c.Exec(w.t.Context(), statement)
	var pg *pgconn.PgError
	switch {
	case err == nil:
		w.t.Errorf("%s: succeeded with %s", statement, tag)
	case !errors.As(err, &pg) || pg.Code != "42501" || !strings.Contains(pg.Message, message):
		w.t.Errorf("%s: got %v, want %q", statement, err, message)
	}
}

// affects checks how many rows a statement changes.
func (w *world) affects(c *pgx.Conn, statement string, want int64) {
	w.t.Helper()
	tag, err := c.Exec(w.t.Context(), statement)
	w.check(err)
	if tag.RowsAffected() != want {
		w.t.Errorf("%s: got %d rows, want %d", statement, tag.RowsAffected(), want)
	}
}

// The messages of PostgreSQL that tell the two kinds of refusal apart.
const (
	violates = "violates row-level security policy"
	denied   = "permission denied"
)

// wants returns what declares its targets by table name; a column target is "table.column".
func wants(source migrate.Source, targets ...func(*catalog.Database) migrate.Target) func(*catalog.Database) migrate.Wanted {
	return func(db *catalog.Database) migrate.Wanted {
		w := migrate.Wanted{Source: source}
		for _, t := range targets {
			w.Targets = append(w.Targets, t(db))
		}
		return w
	}
}

var bySetting = migrate.Source{Setting: "app.org_id"}

func column(table, col string) func(*catalog.Database) migrate.Target {
	return func(db *catalog.Database) migrate.Target {
		return migrate.Target{Table: find(db, table), Column: col, Why: path.Base(table) + " has the tenant column " + col}
	}
}

// child takes "parent" and "child column=parent column" alternately.
func child(table string, parents ...string) func(*catalog.Database) migrate.Target {
	return func(db *catalog.Database) migrate.Target {
		t := migrate.Target{Table: find(db, table), Kind: migrate.Child, Why: "declared"}
		for pair := range slices.Chunk(parents, 2) {
			c, p, _ := strings.Cut(pair[1], "=")
			t.Parents = append(t.Parents, migrate.Parent{Table: find(db, pair[0]), On: []migrate.Pair{{Child: c, Parent: p}}})
		}
		return t
	}
}

func find(db *catalog.Database, name string) *catalog.Table {
	n := catalog.ParseName(name)
	return db.LookupTable(n.Schema, n.Name, []string{"public"})
}
