package tenantgen

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/internal/corpora"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// hatchetsSchema is the schema of hatchet, a large application, in the order in which it is applied.
var hatchetsSchema = []string{
	"sql__schema__v0.sql", "sql__schema__v1-core.sql", "sql__schema__v1-olap.sql", "pkg__repository__sqlcv1__concurrency-additional-tables.sql",
}

// The migrations for a schema of over a hundred tables, with partitions, children of children and mixed-case names, hold on a
// server: applied, they leave nothing to plan, and every table that has a tenant is closed.
func TestHatchetsMigrations(t *testing.T) {
	a := hatchetsApplication(t)
	files := a.hatchetsNext()
	if len(files) != 1 {
		t.Fatalf("%d migrations, want one", len(files))
	}
	if again := a.hatchetsNext(); len(again) != 0 {
		t.Errorf("after it comes another: %s", again[0].Text)
	}
	h := a.hatchetsDatabase()
	up, down, _ := strings.Cut(string(files[0].Text), "-- +goose Down")
	h.exec(up)
	h.expectClosed()
	h.expectIsolated()
	h.exec(down)
	h.expect("none", "select coalesce(min(relname), 'none') from pg_class where relrowsecurity")
	h.exec(up)
	h.expectClosed()
}

// hatchetsApplication is hatchet's schema with a fitting configuration and no queries, so that its role gets all verbs.
func hatchetsApplication(t *testing.T) *application {
	t.Helper()
	corpus := corpora.Dir(t, corpora.Hatchet+"/schema")
	config, err := os.ReadFile("testdata/hatchet/sqlc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a := newApplication(t)
	a.write("sqlc.yaml", string(config))
	a.write("queries.sql", "-- none\n")
	for i, name := range hatchetsSchema {
		text, err := fs.ReadFile(os.DirFS(corpus), name)
		if err != nil {
			t.Fatal(err)
		}
		a.write(hatchetsFile(i), string(text))
	}
	a.write("migrations/00001_empty.sql", "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 1;\n")
	return a
}

func hatchetsFile(i int) string { return "schema/" + string(rune('a'+i)) + ".sql" }

// hatchetsDatabase is a database with the schema.
func (a *application) hatchetsDatabase() *hatchet {
	a.t.Helper()
	h := &hatchet{t: a.t, url: pgserver.DatabaseForTest(a.t)}
	h.super = h.connect()
	for i := range hatchetsSchema {
		// In one transaction, and so without this.
		h.exec(strings.ReplaceAll(a.read(hatchetsFile(i)), " CONCURRENTLY ", " "))
	}
	return h
}

// hatchetsNext writes and returns the next migrations, without a look at hatchet's queries.
func (a *application) hatchetsNext() []File {
	a.t.Helper()
	p, err := Load("sqlc.yaml")
	if err != nil {
		a.t.Fatal(err)
	}
	p.now = func() time.Time { return a.now }
	p.Check()
	out := &Output{}
	if err := p.migration(out); err != nil {
		a.t.Fatal(err)
	}
	changes, err := out.Changes()
	if err != nil {
		a.t.Fatal(err)
	}
	if err := Commit(changes); err != nil {
		a.t.Fatal(err)
	}
	return changes.Write
}

// hatchet is its database.
type hatchet struct {
	t     *testing.T
	url   string
	super *pgx.Conn
}

func (h *hatchet) connect() *pgx.Conn {
	h.t.Helper()
	conn, err := pgx.Connect(h.t.Context(), h.url)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { conn.Close(h.t.Context()) })
	return conn
}

func (h *hatchet) exec(sql string) {
	h.t.Helper()
	if _, err := h.super.PgConn().Exec(h.t.Context(), sql).ReadAll(); err != nil {
		h.t.Fatal(err)
	}
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
