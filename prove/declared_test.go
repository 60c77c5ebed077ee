package prove_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/prove"
)

// TestDeclaredConditions proves with rows that every tenant may read, and with rows that
// nobody is to see: they are no leak, and what goes beyond them is one.
func TestDeclaredConditions(t *testing.T) {
	const schema = `
CREATE TABLE documents (org_id uuid NOT NULL, id int PRIMARY KEY, visibility text NOT NULL CHECK (visibility IN ('public', 'private')), shared_with uuid[], deleted_at date, title text);
CREATE TABLE notes (org_id uuid NOT NULL, id int PRIMARY KEY, state text NOT NULL CHECK (state IN ('@org_id', 'live', 'gone')));`
	files := []analyzer.SchemaFile{{Path: "schema.sql", Text: schema}}
	db, _ := analyzer.LoadSchema(files)
	cfg := config.Tenant{Columns: []string{"org_id"}, Source: config.Source{Setting: "app.org_id"}, Tables: []config.Table{
		{Name: "documents", ReadAlso: "visibility = 'public' OR @org_id = ANY (shared_with)", Restrict: "deleted_at IS NULL"},
		{Name: "notes", Restrict: "state <> 'gone' AND state <> '@org_id'"}}}
	own, problems := analyzer.Classify(db, cfg)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	in := prove.Input{Schema: db, Tenancy: own, Files: files, AppRole: "prove_app", Policies: []string{
		"DROP ROLE IF EXISTS prove_app", "CREATE ROLE prove_app", "GRANT ALL ON documents, notes TO prove_app",
		"ALTER TABLE documents ENABLE ROW LEVEL SECURITY", "ALTER TABLE notes ENABLE ROW LEVEL SECURITY",
		"CREATE POLICY p ON documents USING ((org_id = nullif(current_setting('app.org_id', true), '')::uuid OR visibility = 'public' OR nullif(current_setting('app.org_id', true), '')::uuid = ANY (shared_with)) AND deleted_at IS NULL)",
		"CREATE POLICY p ON notes USING (org_id = nullif(current_setting('app.org_id', true), '')::uuid AND state <> 'gone' AND state <> '@org_id')"}}
	a := analyzer.New(db, own, nil)
	for _, r := range a.File("q.sql", `
-- name: Readable :many
SELECT * FROM documents WHERE org_id = @org_id OR visibility = 'public' OR @org_id = ANY (shared_with);
-- name: Mine :many
SELECT * FROM documents WHERE org_id = @org_id;
-- name: Notes :many
SELECT * FROM notes WHERE org_id = @org_id;
-- name: Everything :many
SELECT * FROM documents WHERE org_id = @org_id OR visibility <> '';
-- name: AllNotes :many
SELECT * FROM notes WHERE org_id = @org_id OR state <> '';
`) {
		sent, err := a.Prepared(r)
		if err != nil {
			t.Fatal(err)
		}
		in.Queries = append(in.Queries, &prove.Query{Name: r.Name, Verdict: analyzer.Scoped, SQL: sent.SQL, Params: sent.Params, Tenants: []int{1}})
	}
	r := run(t, in, prove.Options{})
	if got := statuses(r); got != "Readable held, Mine held, Notes held, Everything leaks, AllNotes leaks" {
		t.Error(got)
	}
	for _, table := range r.Tables {
		if table.Rows < 10 || strings.Contains(table.Problem, "zero") {
			t.Errorf("%+v", table)
		}
	}
}
