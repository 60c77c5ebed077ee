package advice_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/advice"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/applied"
	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/migrate"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// settings are those of every test; tables that a schema does not have are left out.
var settings = config.Tenant{
	Columns: []string{"org_id"},
	Tables: []config.Table{
		{Name: "orgs", TenantColumn: "id"},
		{Name: "plans", Global: true},
		{Name: "Plans", Global: true},
		{Name: "regions", Global: true},
		{Name: "more", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}},
		{Name: "comments", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}},
	},
}

// files are migrations by name.
type files = fstest.MapFS

func schema(text string) files {
	return files{"00001_schema.sql": {Data: []byte("-- +goose Up\n" + text + "\n-- +goose Down\n")}}
}

func sorted(fs files) []string {
	var names []string
	for name := range fs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// loaded loads the migrations as tenantgen does, without their way back.
func loaded(t *testing.T, fs files) (*catalog.Database, *tenancy.Map) {
	t.Helper()
	var list []analyzer.SchemaFile
	for _, f := range texts(fs) {
		list = append(list, analyzer.SchemaFile{Path: f.Path, Text: f.Text, InTransaction: true})
	}
	db, ds := analyzer.LoadSchema(list)
	if len(ds) > 0 {
		t.Fatalf("schema: %+v", ds)
	}
	for _, u := range db.Unknown {
		if u.Tables != nil || u.Rights != "" || !strings.Contains(u.Pos.File, "_backfill.") { // ours changes rows alone
			t.Errorf("not followed: %+v", u)
		}
	}
	cfg := settings
	cfg.Tables = slices.DeleteFunc(slices.Clone(cfg.Tables), func(d config.Table) bool { return db.LookupTable("", d.Name, []string{"public"}) == nil })
	own, problems := tenancy.Classify(db, cfg)
	if len(problems) > 0 {
		t.Fatalf("tenancy: %+v", problems)
	}
	return db, own
}

func texts(fs files) []rules.File {
	var list []rules.File
	for _, name := range sorted(fs) {
		text, _, _ := strings.Cut(string(fs[name].Data), "-- +goose Down")
		list = append(list, rules.File{Path: name, Text: text})
	}
	return list
}

func findings(t *testing.T, fs files) (*catalog.Database, []rules.Finding) {
	t.Helper()
	db, own := loaded(t, fs)
	return db, rules.Check(db, own, texts(fs))
}

func plan(t *testing.T, fs files) *advice.Advice {
	t.Helper()
	a, err := advice.Plan(findings(t, fs))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// follow adds the migrations of a plan and returns how many files they are.
func follow(t *testing.T, fs files, a *advice.Advice) int {
	t.Helper()
	before := len(fs)
	for _, m := range a.Migrations {
		list, err := migrate.Render(m.Steps, migrate.Goose, sorted(fs), migrate.Options{Name: m.Name, Alone: m.Alone})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			fs[f.Name] = &fstest.MapFile{Data: f.Text}
		}
	}
	return len(fs) - before
}

// advised lists the findings that a migration could follow, and those off by default too.
func advised(t *testing.T, fs files) []string {
	t.Helper()
	var list []string
	_, found := findings(t, fs)
	for _, f := range found {
		if f.Fix != nil {
			list = append(list, f.Rule.Name+": "+f.Message)
		}
	}
	return list
}

// world is a database with what migrates it.
type world struct {
	*testing.T
	url  string
	conn *pgx.Conn
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, url: pgserver.DatabaseForTest(t)}
	w.conn = dblab.Connect(t, w.url, "")
	w.exec("SET statement_timeout = '60s'")
	return w
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) exec(sql string) {
	w.Helper()
	dblab.Exec(w, w.conn, sql)
}

// fails wants a statement to fail with a message.
func (w *world) fails(sql, message string) {
	w.Helper()
	if _, err := w.conn.Exec(w.Context(), sql); err == nil || !strings.Contains(err.Error(), message) {
		w.Errorf("%s: got %v, want %q", sql, err, message)
	}
}

// migrations hands migrations, in a session of their own, to what is to be done with them.
func (w *world) migrations(fs files, run func(*applied.Directory) error) {
	w.Helper()
	dblab.Migrations(w, w.url, "", fs, run)
}

func (w *world) up(fs files) {
	w.Helper()
	dblab.Up(w, w.url, "", fs)
}

// state describes everything that advice can change, as the server tells it.
func (w *world) state() string {
	w.Helper()
	rows, err := w.conn.Query(w.Context(), `
		select format('%s.%s %s', attrelid::regclass, attname, attnotnull) from pg_attribute join pg_class c on c.oid = attrelid
			where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and attnum > 0 and not attisdropped and relname not like 'goose%'
		union all select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(k.oid)) from pg_constraint k
			where connamespace = 'public'::regnamespace and conrelid::regclass::text not like 'goose%'
		union all select format('%s valid=%s', pg_get_indexdef(indexrelid), indisvalid) from pg_index join pg_class c on c.oid = indrelid
			where relnamespace = 'public'::regnamespace and relname not like 'goose%'
		union all select pg_get_triggerdef(g.oid) from pg_trigger g where not tgisinternal
		union all select format('%s %s', oid::regclass, reloptions) from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace
		union all select format('%s %s', oid::regprocedure, prosrc) from pg_proc where pronamespace = 'public'::regnamespace
		order by 1`)
	w.check(err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	w.check(err)
	return strings.Join(lines, "\n")
}

// diff lists the lines in which two texts differ.
func diff(a, b string) string {
	in := func(list []string, x string) bool { return slices.Contains(list, x) }
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	var out []string
	for _, l := range as {
		if !in(bs, l) {
			out = append(out, "- "+l)
		}
	}
	for _, l := range bs {
		if !in(as, l) {
			out = append(out, "+ "+l)
		}
	}
	return fmt.Sprint(strings.Join(out, "\n"))
}

// down takes the newest migration back.
func down(t *testing.T) func(*applied.Directory) error {
	return func(d *applied.Directory) error { return d.Down(t.Context()) }
}
