package verify_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/verify"
)

// mutation is a change of a live database, and the verdict on it: the rules that report
// it, one of them as an error, or why it is harmless.
type mutation struct {
	name, do string
	want     string // rules, sorted
	harmless string // why; what is reported then are warnings
	since    int    // the major version of PostgreSQL that has it
	contrib  bool   // it takes an extension that may not be installed
	fails    bool   // PostgreSQL itself refuses it
}

const mutTenant = "NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid"

const mutSettings = `
    tenant_column: org_id
    app_role: mut_app
    cross_tenant_role: mut_cross
    tenant_source: {setting: app.org_id}
    tables:
      orgs: {tenant_column: id}
      plans: {global: true}
      hasid: {global: true}
      comments: {parent: notes, on: {note_id: id}}
      files: {parent: [{table: notes, on: {note_id: id}}, {table: comments, on: {comment_id: id}}]}
    functions:
      keep_tenant: {safe: "raises an error, or does nothing"}
`

const mutSchema = `
CREATE DOMAIN short AS varchar(40);
CREATE TABLE orgs (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE plans (id int PRIMARY KEY, name text);
CREATE RULE nothing AS ON DELETE TO plans DO INSTEAD NOTHING;
CREATE TABLE hasid (id int NOT NULL);
CREATE TABLE notes (
    org_id uuid NOT NULL REFERENCES orgs, id int NOT NULL, title text NOT NULL, body text NOT NULL DEFAULT 'none', code short, size int GENERATED ALWAYS AS (length(body)) STORED,
    PRIMARY KEY (id), UNIQUE (org_id, id), UNIQUE (org_id, title)
);
CREATE TABLE comments (id int PRIMARY KEY, note_id int NOT NULL REFERENCES notes, txt text);
CREATE TABLE files (id int PRIMARY KEY, note_id int REFERENCES notes, comment_id int REFERENCES comments, CHECK (num_nonnulls(note_id, comment_id) = 1));
CREATE TABLE ev (org_id uuid NOT NULL, id int NOT NULL, day int NOT NULL, PRIMARY KEY (org_id, day, id)) PARTITION BY RANGE (day);
CREATE TABLE ev1 PARTITION OF ev FOR VALUES FROM (0) TO (100);
CREATE TABLE tags (org_id uuid NOT NULL, id int NOT NULL, note_id int, name varchar(40), PRIMARY KEY (org_id, id), FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id));
CREATE VIEW my_notes WITH (security_invoker) AS SELECT org_id, id, title, body FROM notes;
CREATE FUNCTION keep_tenant() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF OLD.org_id <> NEW.org_id THEN RAISE EXCEPTION ''a row keeps its tenant''; END IF; RETURN NEW; END';
CREATE TRIGGER keep BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION keep_tenant();
CREATE TRIGGER keep BEFORE UPDATE ON ev FOR EACH ROW EXECUTE FUNCTION keep_tenant();
CREATE TRIGGER moved BEFORE UPDATE ON tags FOR EACH ROW WHEN (OLD.org_id IS DISTINCT FROM NEW.org_id) EXECUTE FUNCTION keep_tenant();
CREATE FUNCTION note_count(org uuid) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM notes WHERE org_id = org';
`

const mutQueries = `
-- name: GetNote :one
SELECT id, title, body, size FROM notes WHERE org_id = @org_id AND id = @id;
-- name: AddNote :exec
INSERT INTO notes (org_id, id, title, code) VALUES (@org_id, @id, @title, @code);
-- name: SetTitle :exec
UPDATE notes SET title = @title WHERE org_id = @org_id AND id = @id;
-- name: DropNote :exec
DELETE FROM notes WHERE org_id = @org_id AND id = @id;
-- name: CountNotes :one
SELECT note_count(@org_id)::bigint AS n;
-- name: ListComments :many
SELECT c.id, c.txt FROM comments c JOIN notes n ON n.id = c.note_id WHERE n.org_id = @org_id;
-- name: AddTag :exec
INSERT INTO tags (org_id, id, name) VALUES (@org_id, @id, @name) ON CONFLICT DO NOTHING;
-- name: FindTag :many
SELECT id FROM tags WHERE org_id = @org_id AND lower(name) = lower(@name);
-- name: NoteOfTag :many
SELECT n.title FROM tags t JOIN notes n ON n.org_id = t.org_id AND n.id = t.note_id WHERE t.org_id = @org_id;
-- name: ListEvents :many
SELECT id, day FROM ev WHERE org_id = @org_id;
-- name: AddEvent :exec
INSERT INTO ev (org_id, id, day) VALUES (@org_id, @id, @day);
-- name: ListPlans :many
SELECT id, name FROM plans;
-- name: ListIds :many
SELECT id FROM hasid;
-- name: AllOrgs :many
-- tenantgen:cross-tenant admin the operators list them
SELECT id, name FROM orgs;
`

const mutViewQueries = `
-- name: MyNotes :many
SELECT id, title FROM my_notes WHERE org_id = @org_id;
-- name: AddMine :exec
INSERT INTO my_notes (org_id, id, title) VALUES (@org_id, @id, @title);
`

// Every mutation has the verdict that the table gives.
func TestMutations(t *testing.T) {
	all := mutations()
	probe := connection(t, pgserver.DatabaseForTest(t))
	version := serverVersion(t, probe) / 10000
	schema, queries := mutSchema, mutQueries+mutViewQueries
	if version < 15 { // where no view has the rights of its reader
		queries = mutQueries
		schema = strings.Replace(schema, "CREATE VIEW my_notes WITH (security_invoker) AS SELECT org_id, id, title, body FROM notes;\n", "", 1)
	}
	conn, o := newWorldOf(t, mutSettings, schema, queries)
	if _, err := conn.Exec(t.Context(), mutRows); err != nil {
		t.Fatal(err)
	}
	if found := inspectAll(t, conn, o).Findings; slices.ContainsFunc(found, func(f verify.Finding) bool { return f.Severity == rules.Error }) {
		t.Fatalf("before any mutation:\n%s", briefs(found))
	}
	before := map[string]bool{}
	for _, f := range inspectAll(t, conn, o).Findings {
		before[brief(f)] = true
	}
	for _, m := range all {
		if m.since > version {
			continue
		}
		t.Run(m.name, func(t *testing.T) { m.try(t, conn, o, before) })
	}
}

// notInstalled reports whether a server lacks the files of an extension, as those that tests
// download do: undefined_file in PostgreSQL 14, feature_not_supported later.
func notInstalled(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "58P01" || pg.Code == "0A000")
}

func (m mutation) try(t *testing.T, conn *pgx.Conn, o verify.Options, before map[string]bool) {
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	_, err = tx.Conn().Exec(t.Context(), strings.ReplaceAll(m.do, "DBNAME", `"`+conn.Config().Database+`"`))
	switch {
	case m.fails && err == nil:
		t.Error("PostgreSQL accepts it")
		return
	case m.fails:
		return
	case m.contrib && notInstalled(err):
		t.Skipf("this server has no contrib modules (Debian's postgresql has them): %v", err)
	case err != nil:
		t.Fatal(err)
	}
	var is []string
	var found []verify.Finding
	errors := 0
	for _, f := range inspectAll(t, tx, o).Findings {
		if before[brief(f)] {
			continue
		}
		found = append(found, f)
		is = append(is, f.Rule.Name)
		if f.Severity == rules.Error {
			errors++
		}
	}
	slices.Sort(is)
	if got := strings.Join(slices.Compact(is), " "); got != m.want || (errors == 0) != (m.harmless != "") {
		t.Errorf("%s\nreported as %q with %d errors, want %q (harmless: %q)\n%s", m.do, got, errors, m.want, m.harmless, briefs(found))
	}
	safe(t, tx, found)
	m.repair(t, tx, o, found)
}

// repair runs the statements of the findings: they put right what they are about and
// damage nothing else.
func (m mutation) repair(t *testing.T, tx pgx.Tx, o verify.Options, found []verify.Finding) {
	all, offered, known := true, false, map[string]bool{}
	for _, f := range found {
		known[f.Rule.Name] = true
		all, offered = all && len(f.SQL) > 0, offered || len(f.SQL) > 0
		for _, s := range f.SQL {
			if _, err := tx.Conn().Exec(t.Context(), s); err != nil {
				t.Errorf("%s: %v", s, err)
				return
			}
		}
	}
	if !offered {
		return
	}
	for _, f := range inspectAll(t, tx, o).Findings {
		if f.Severity == rules.Error && (all || !known[f.Rule.Name]) && f.Rule.Name != "unproved-query" {
			t.Errorf("after the statements of the findings: %s", brief(f))
		}
	}
}

func mutations() []mutation { return slices.Concat(rightsMutations, tableMutations, codeMutations) }

// Each mutation has one name and one verdict, and there are enough of them.
func TestMutationsAreJudged(t *testing.T) {
	names := map[string]bool{}
	for _, m := range mutations() {
		if names[m.name] || m.want == "" && m.harmless == "" && !m.fails {
			t.Errorf("%q: named twice, or without a verdict", m.name)
		}
		names[m.name] = true
	}
	if len(names) < 200 {
		t.Errorf("%d mutations", len(names))
	}
}

const mutationsFile = "../docs/verify-mutations.md"

// docs/verify-mutations.md is what the tables say.
func TestMutationDocsAreFresh(t *testing.T) {
	var b strings.Builder
	introduction, err := os.ReadFile("testdata/mutations.md")
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString("<!-- Generated from verify by go test ./verify -update. DO NOT EDIT. -->\n\n")
	b.WriteString(strings.Replace(string(introduction), "{{count}}", fmt.Sprint(len(mutations())), 1))
	for _, part := range []struct {
		title string
		list  []mutation
	}{{"Who may do what", rightsMutations}, {"Tables, keys and policies", tableMutations}, {"Views, triggers, functions and settings", codeMutations}} {
		fmt.Fprintf(&b, "\n## %s\n\n| what | done by | verdict |\n|---|---|---|\n", part.title)
		for _, m := range part.list {
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", m.name, strings.ReplaceAll(strings.ReplaceAll(m.do, "|", `\|`), "`", ""), m.verdict())
		}
	}
	if *update {
		if err := os.WriteFile(mutationsFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(mutationsFile); err != nil || string(got) != b.String() {
		t.Errorf("docs/verify-mutations.md is stale (%v); run go test ./verify -update", err)
	}
}

func (m mutation) verdict() string {
	var list []string
	if m.fails {
		list = append(list, "PostgreSQL refuses it")
	}
	for r := range strings.FieldsSeq(m.want) {
		page := "verify.md"
		if verify.Lookup(r) == nil {
			page = "rules.md"
		}
		list = append(list, fmt.Sprintf("[%s](%s#%s)", r, page, r))
	}
	text := strings.Join(list, ", ")
	if m.harmless != "" {
		text = strings.TrimSuffix("harmless: "+m.harmless+"; "+text, "; ")
	}
	if m.since > 14 {
		text += fmt.Sprintf(" (PostgreSQL %d)", m.since)
	}
	return text
}
