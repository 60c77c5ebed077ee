package migrate_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// The policies that users applied before their second form become those of today by one
// migration, up, down and up again; in every state a tenant reads the same rows.
func TestFromTheFirstForm(t *testing.T) {
	w := emptyWorld(t, wants(bySetting, with(column("documents", "org_id"), "public", ""), child("pages", "documents", "document_id=id"),
		child("files", "documents", "document_id=id", "pages", "page_id=id"), column("events", "org_id")))
	w.write("00001_schema.sql", `-- +goose Up
		CREATE TABLE documents (id text PRIMARY KEY, org_id uuid NOT NULL, public bool NOT NULL);
		CREATE TABLE pages (id text PRIMARY KEY, document_id text NOT NULL REFERENCES documents);
		CREATE TABLE files (id text PRIMARY KEY, document_id text REFERENCES documents, page_id text REFERENCES pages);
		CREATE TABLE events (id text, org_id uuid NOT NULL, year int NOT NULL) PARTITION BY LIST (year);
		CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
		INSERT INTO documents VALUES ('a', '`+orgA+`', false), ('b', '`+orgB+`', false), ('bp', '`+orgB+`', true);
		INSERT INTO pages VALUES ('a', 'a'), ('b', 'b'), ('bp', 'bp');
		INSERT INTO files VALUES ('a', 'a', NULL), ('a2', NULL, 'a'), ('bp', 'bp', NULL), ('b', NULL, 'b');
		INSERT INTO events VALUES ('a', '`+orgA+`', 1), ('b', '`+orgB+`', 1);
`+"-- +goose Down\n")
	first, err := os.ReadFile("testdata/first_form.sql")
	w.check(err)
	text := strings.ReplaceAll(string(first), "'app_role'", migrate.QuoteLiteral(w.app))
	w.write("00002_tenant_isolation.sql", strings.ReplaceAll(text, "app_role", migrate.QuoteIdent(w.app)))
	w.up()
	same := func() string {
		w.t.Helper()
		app := w.as(w.connect(w.app), orgA)
		w.rows(app, "SELECT id FROM documents ORDER BY id", "a", "bp")
		w.rows(app, "SELECT id FROM pages", "a")
		w.rows(app, "SELECT id FROM files ORDER BY id", "a", "a2")
		w.rows(app, "SELECT id FROM events", "a")
		w.refused(app, "INSERT INTO pages VALUES ('x', 'bp')", violates)
		return w.protection()
	}
	db := w.catalog()
	want := w.want(db)
	promise, err := migrate.Promised(db, want)
	w.check(err)
	for _, p := range promise.Protected {
		if len(p.First) != len(p.Table.Policies) {
			t.Errorf("%s had %d policies, and is remembered to have had %d", p.Table.Name, len(p.Table.Policies), len(p.First))
		}
		for _, first := range p.First {
			i := slices.IndexFunc(p.Table.Policies, func(had *catalog.Policy) bool { return had.Name == first.Name })
			if i < 0 || p.Table.Policies[i].Using != first.Using || p.Table.Policies[i].Check != first.Check || p.Table.Policies[i].Command != first.Command {
				t.Errorf("%s: %+v is not how it was", p.Table.Name, first)
			}
		}
	}
	before := same()
	second := w.generate()
	w.up()
	after := same()
	if steps := w.plan(); len(steps) > 0 || before == after {
		t.Errorf("left to do: %+v; after:\n%s", steps, after)
	}
	for _, table := range []string{"documents", "pages", "files", "events", "events_1"} {
		if !strings.Contains(second, "CREATE POLICY tenant_isolation ON public."+table+"\n") {
			t.Errorf("%s is left as it was:\n%s", table, second)
		}
	}
	w.down()
	if down := same(); down != before {
		t.Errorf("the way back leads elsewhere:\n%s\nfrom\n%s", down, before)
	}
	w.up()
	if again := same(); again != after {
		t.Errorf("the second time differs:\n%s\nfrom\n%s", again, after)
	}
}
