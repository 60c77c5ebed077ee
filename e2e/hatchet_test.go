package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/internal/corpora"
	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/migrate"
	"github.com/tenantgen/tenantgen/verify"
)

// hatchetsSchema is the schema of hatchet, a large application, in the order in which it is applied.
var hatchetsSchema = []string{
	"sql__schema__v0.sql", "sql__schema__v1-core.sql", "sql__schema__v1-olap.sql", "pkg__repository__sqlcv1__concurrency-additional-tables.sql",
}

// The migrations for a schema of over a hundred tables, with partitions, children of children and mixed-case names, hold on a
// server: applied, they leave nothing to plan, and every table that has a tenant is closed.
func TestHatchetsMigrations(t *testing.T) {
	a := newHatchet(t)
	up, down := a.next()
	h := a.database()
	h.exec(up)
	h.expectClosed()
	h.expectIsolated()
	h.exec(down)
	h.expect("none", "select coalesce(min(relname), 'none') from pg_class where relrowsecurity")
	h.exec(up)
	h.expectClosed()
}

// application is hatchet's schema in a directory of its own, with a fitting configuration and no
// queries, so that its role gets all verbs.
type application struct {
	t   *testing.T
	dir string
}

func newHatchet(t *testing.T) *application {
	t.Helper()
	pgserver.Long(t)
	corpus := os.DirFS(corpora.Dir(t, corpora.Hatchet+"/schema"))
	a := &application{t, t.TempDir()}
	config, err := os.ReadFile("testdata/hatchet/sqlc.yaml")
	a.check(err)
	a.write("sqlc.yaml", string(config))
	a.write("queries.sql", "-- none\n")
	for i, name := range hatchetsSchema {
		text, err := fs.ReadFile(corpus, name)
		a.check(err)
		a.write(schemaFile(i), string(text))
	}
	a.write("migrations/00001_empty.sql", "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 1;\n")
	return a
}

func schemaFile(i int) string { return "schema/" + string(rune('a'+i)) + ".sql" }

func (a *application) check(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

func (a *application) write(name, text string) {
	a.t.Helper()
	name = filepath.Join(a.dir, name)
	a.check(os.MkdirAll(filepath.Dir(name), 0o755))
	a.check(os.WriteFile(name, []byte(text), 0o644))
}

func (a *application) read(name string) string {
	a.t.Helper()
	text, err := os.ReadFile(filepath.Join(a.dir, name))
	a.check(err)
	return string(text)
}

func (a *application) load() *tenantgen.Project {
	a.t.Helper()
	p, err := tenantgen.Load(filepath.Join(a.dir, "sqlc.yaml"))
	a.check(err)
	return p
}

func (a *application) promises() verify.Options {
	a.t.Helper()
	o, err := a.load().Promises()
	a.check(err)
	return o
}

// database is a database with the schema.
func (a *application) database() *hatchet {
	a.t.Helper()
	h := &hatchet{t: a.t, url: pgserver.DatabaseForTest(a.t)}
	h.super = h.connect()
	for i := range hatchetsSchema {
		// In one transaction, and so without this.
		h.exec(strings.ReplaceAll(a.read(schemaFile(i)), " CONCURRENTLY ", " "))
	}
	return h
}

// next writes the next migration, the only one, and returns it.
func (a *application) next() (up, down string) {
	a.t.Helper()
	files := a.plan()
	if len(files) != 1 {
		a.t.Fatalf("%d migrations, want one", len(files))
	}
	a.write("migrations/"+files[0].Name, string(files[0].Text))
	if again := a.plan(); len(again) != 0 {
		a.t.Errorf("after it comes another: %s", again[0].Text)
	}
	up, down, _ = strings.Cut(string(files[0].Text), "-- +goose Down")
	return up, down
}

// plan renders the migrations that are to come.
func (a *application) plan() []migrate.File {
	a.t.Helper()
	o := a.promises()
	steps, err := migrate.Plan(o.Promises[0].Schema, o.Promises[0].Wanted)
	a.check(err)
	var names []string
	for _, name := range []string{"00001_empty.sql", "00002_tenant_isolation.sql"} {
		if _, err := os.Stat(filepath.Join(a.dir, "migrations", name)); err == nil {
			names = append(names, name)
		}
	}
	files, err := migrate.Render(steps, migrate.Goose, names, migrate.Options{})
	a.check(err)
	return files
}

// hatchet is its database.
type hatchet struct {
	t     *testing.T
	url   string
	super *pgx.Conn
}

func (h *hatchet) connect() *pgx.Conn {
	h.t.Helper()
	return dblab.Connect(h.t, h.url, "")
}

func (h *hatchet) exec(sql string) {
	h.t.Helper()
	dblab.Exec(h.t, h.super, sql)
}

func (h *hatchet) expect(want, sql string, args ...any) {
	h.t.Helper()
	var got string
	if err := h.super.QueryRow(h.t.Context(), sql, args...).Scan(&got); err != nil || got != want {
		h.t.Errorf("%s: got %q, %v, want %q", sql, got, err, want)
	}
}

// expectClosed asks the server: every table with the tenant's column, and every partition of one, has forced policies.
func (h *hatchet) expectClosed() {
	h.t.Helper()
	var tables int
	var open []string
	if err := h.super.QueryRow(h.t.Context(), `
		with recursive tree as (
			select attrelid as oid from pg_attribute join pg_class on oid = attrelid
			where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and attname in ('tenantId', 'tenant_id')
			union select inhrelid from pg_inherits join tree on inhparent = tree.oid)
		select count(*), coalesce(array_agg(relname::text order by relname) filter (where not relrowsecurity or not relforcerowsecurity
			or 2 <> (select count(*) from pg_policy where polrelid = c.oid)
			or has_table_privilege('hatchet_app', c.oid, 'TRUNCATE')), '{}')
		from tree join pg_class c using (oid)`).Scan(&tables, &open); err != nil {
		h.t.Fatal(err)
	}
	h.t.Logf("%d tables have a tenant", tables)
	if tables < 80 || len(open) > 0 {
		h.t.Errorf("of %d tables with a tenant, these are open: %v", tables, open)
	}
}

const (
	hatchetA = "00000000-0000-0000-0000-00000000000a"
	hatchetB = "00000000-0000-0000-0000-00000000000b"
)

// expectIsolated fills a few tables for two tenants and reads them as one.
func (h *hatchet) expectIsolated() {
	h.t.Helper()
	for _, id := range []string{hatchetA, hatchetB} {
		h.exec(strings.ReplaceAll(`set session_replication_role = replica;
			insert into "Tenant" (id, "updatedAt", name, slug) values ('$T', now(), '$T', '$T');
			insert into "Workflow" (id, "updatedAt", "tenantId", name) values ('$T', now(), '$T', '$T');
			insert into "WorkflowVersion" (id, "updatedAt", version, "workflowId", checksum, "scheduleTimeout") values ('$T', now(), '1', '$T', '$T', '5m');
			insert into "WorkflowConcurrency" (id, "updatedAt", "workflowVersionId") values ('$T', now(), '$T');
			insert into v1_queue (tenant_id, name, last_active) values ('$T', '$T', now());
			set session_replication_role = origin`, "$T", id))
	}
	app := h.connect()
	if _, err := app.PgConn().Exec(h.t.Context(), "set role hatchet_app; set app.tenant_id = '"+hatchetA+"'").ReadAll(); err != nil {
		h.t.Fatal(err)
	}
	for _, c := range []struct{ table, id string }{
		{`"Tenant"`, "id"}, {`"Workflow"`, "id"}, {`"WorkflowVersion"`, "id"}, {`"WorkflowConcurrency"`, "id"}, {"v1_queue", "tenant_id"},
	} {
		rows, err := app.Query(h.t.Context(), "select "+c.id+"::text from "+c.table)
		if err != nil {
			h.t.Fatal(err)
		}
		got, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || !slices.Equal(got, []string{hatchetA}) {
			h.t.Errorf("%s: tenant A sees %q, %v", c.table, got, err)
		}
		for _, sql := range []string{"delete from " + c.table + " where " + c.id + " = $1", "update " + c.table + " set " + c.id + " = " + c.id + " where " + c.id + " = $1"} {
			tag, err := app.Exec(h.t.Context(), sql, hatchetB)
			if err != nil || tag.RowsAffected() != 0 {
				h.t.Errorf("%s of tenant B: %s, %v", sql, tag, err)
			}
		}
	}
	for _, sql := range []string{
		`insert into "Workflow" (id, "updatedAt", "tenantId", name) values (gen_random_uuid(), now(), '` + hatchetB + `', 'planted')`,
		`insert into "WorkflowConcurrency" (id, "updatedAt", "workflowVersionId") values (gen_random_uuid(), now(), '` + hatchetB + `')`,
		`insert into v1_queue (tenant_id, name, last_active) values ('` + hatchetB + `', 'planted', now())`,
	} {
		if _, err := app.Exec(h.t.Context(), sql); err == nil || !strings.Contains(err.Error(), "row-level security") {
			h.t.Errorf("%s: got %v", sql, err)
		}
	}
}

// hatchetFile is the configuration of a project with hatchet's schema and queries.
func hatchetFile(t *testing.T) string {
	t.Helper()
	corpora.Dir(t, corpora.Hatchet)
	file, err := corpora.HatchetProject(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func hatchetProject(t *testing.T) *tenantgen.Project {
	t.Helper()
	p, err := tenantgen.Load(hatchetFile(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}
