package refusal

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/internal/ddl"
	"github.com/tenantgen/tenantgen/analyzer/internal/lower"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// Every kind of failure and of near miss has words: a new one is not refused with a panic.
func TestEveryKindHasWords(t *testing.T) {
	for _, kind := range prover.FailureKinds() {
		if texts[kind] == nil {
			t.Errorf("nobody says what failure %d is", kind)
		}
	}
	for _, kind := range prover.NearKinds() {
		if nears[kind] == nil {
			t.Errorf("nobody says what near miss %d is", kind)
		}
	}
	if len(texts) != len(prover.FailureKinds()) || len(nears) != len(prover.NearKinds()) {
		t.Errorf("%d and %d words for %d failures and %d near misses", len(texts), len(nears), len(prover.FailureKinds()), len(prover.NearKinds()))
	}
}

const schema = `
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, title text, UNIQUE (org_id, id));
CREATE TABLE comments (id int PRIMARY KEY, note_id int NOT NULL REFERENCES notes (id), body text);
CREATE TABLE loose (id int);
`

// What is not proved is data: which occurrence, what nearly confines it, what would and where.
func TestFailuresAreData(t *testing.T) {
	for _, c := range []struct {
		query string
		kind  prover.FailureKind
		near  prover.NearKind
		place prover.PlaceKind
		rule  string
	}{
		{"SELECT id FROM notes", prover.UnconfinedRows, 0, prover.InNewWhere, "unscoped-table"},
		{"SELECT id FROM notes WHERE id = $1", prover.UnconfinedRows, 0, prover.InWhere, "unscoped-table"},
		{"SELECT id FROM notes WHERE org_id = $1 OR id = 1", prover.UnconfinedRows, prover.UnderOr, prover.InWhere, "unscoped-table"},
		{"SELECT id FROM notes WHERE org_id = 1", prover.UnconfinedRows, prover.OneTenant, prover.InWhere, "unscoped-table"},
		{"SELECT id FROM notes WHERE NOT (org_id = $1)", prover.UnconfinedRows, prover.Negated, prover.InWhere, "unscoped-table"},
		{"SELECT id FROM notes WHERE org_id = coalesce($1, org_id)", prover.UnconfinedRows, prover.Chosen, prover.InWhere, "unscoped-table"},
		{"SELECT id FROM notes WHERE org_id = CASE WHEN $1 THEN org_id ELSE 1 END", prover.UnconfinedRows, prover.Chosen, prover.InWhere, "unscoped-table"},
		{"SELECT id FROM notes WHERE current_setting('app.org_id')::int = org_id", prover.UnconfinedRows, prover.FromSession, prover.InWhere, "unscoped-table"},
		{"SELECT id FROM notes WHERE org_id = (SELECT nullif(current_setting('app.org_id'), '')::int)", prover.UnconfinedRows, prover.FromSession, prover.InWhere, "unscoped-table"},
		{"SELECT id FROM notes WHERE org_id > current_setting('app.org_id')::int", prover.UnconfinedRows, prover.NoEquality, prover.InWhere, "unscoped-table"},
		{"SELECT id FROM notes WHERE title = '' OR org_id = coalesce($1, org_id)", prover.UnconfinedRows, prover.UnderOr, prover.InWhere, "unscoped-table"},
		{"SELECT id FROM notes WHERE org_id > $1", prover.UnconfinedRows, prover.NoEquality, prover.InWhere, "unscoped-table"},
		{"SELECT n.id FROM notes n LEFT JOIN comments c ON c.note_id = n.id AND n.org_id = $1", prover.UnconfinedRows, prover.OnPreserves, prover.InNewWhere, "unscoped-table"},
		{"SELECT count(*) FROM notes HAVING min(org_id) = $1", prover.UnconfinedRows, prover.InHaving, prover.InNewWhere, "unscoped-table"},
		{"SELECT id FROM comments", prover.UnconfinedRows, 0, prover.InNewWhere, "unscoped-table"},
		{"DELETE FROM notes WHERE id = $1", prover.UnconfinedRows, 0, prover.InWhere, "unscoped-write"},
		{"INSERT INTO notes (id) VALUES ($1)", prover.UnconfinedInsert, 0, 0, "unscoped-insert"},
		{"INSERT INTO notes (org_id, id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", prover.ForeignConflict, 0, 0, "unscoped-conflict"},
		{"INSERT INTO notes (org_id, id) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET title = ''", prover.UnconfinedExisting, 0, prover.InNewWhere, "unscoped-conflict"},
		{"UPDATE notes SET org_id = id WHERE org_id = $1", prover.Moved, 0, 0, "tenant-change"},
		{"UPDATE comments SET note_id = 1 WHERE EXISTS (SELECT 1 FROM notes n WHERE n.id = comments.note_id AND n.org_id = $1)", prover.MovedToParent, 0, 0, "tenant-change"},
		{"SELECT n.id FROM notes n, notes m WHERE n.org_id = $1 AND m.org_id = $2", prover.MixedTenants, 0, 0, "mixed-tenants"},
		{"SELECT id FROM loose", prover.UndeclaredTable, 0, 0, "undeclared-table"},
	} {
		st, failures := fail(t, c.query)
		if len(failures) == 0 {
			t.Errorf("%s: nothing fails", c.query)
			continue
		}
		f := failures[0]
		near := prover.NearKind(0)
		if f.Near != nil {
			near = f.Near.Why
		}
		if f.Kind != c.kind || near != c.near || f.Place.Kind != c.place || f.At.Base == nil {
			t.Errorf("%s: failure %d, near miss %d, place %d, at %v", c.query, f.Kind, near, f.Place.Kind, f.At.Base)
		}
		if said := Of(st, failures)[0]; said.Rule != c.rule || said.Message == "" || said.Hint == "" || said.Base != f.At.Base {
			t.Errorf("%s: %+v", c.query, said)
		}
	}
}

// The condition that is missing of a child is asked of its parent row.
func TestMissingConditionOfAChild(t *testing.T) {
	st, failures := fail(t, "SELECT c.id FROM comments c WHERE c.id = @id")
	missing := failures[0].Missing
	if missing.Parent == nil || missing.Column != -1 || missing.Of.Column != 0 || missing.Of.Param != (prover.Param{Name: "org_id"}) {
		t.Errorf("%+v", missing)
	}
	want := "EXISTS (SELECT 1 FROM notes WHERE notes.id = c.note_id AND notes.org_id = @org_id)"
	if got := (said{st, failures[0]}).condition(missing); got != want {
		t.Errorf("got %s", got)
	}
	if hint := Of(st, failures)[0].Hint; !strings.Contains(hint, want) {
		t.Errorf("the hint is %s", hint)
	}
	if got := (said{st, failures[0]}).condition(&prover.Condition{Column: -1}); got != "its parent is the tenant's" {
		t.Errorf("of nobody: %s", got)
	}
}

// fail lowers a query and returns what cannot be proved of it.
func fail(t *testing.T, sql string) (*query.Statement, []prover.Failure) {
	t.Helper()
	db, errs := ddl.Load([]ddl.SchemaFile{{Path: "schema.sql", Text: schema}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	own, _ := tenancy.Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{{Name: "comments", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}}}})
	st := (&lower.Lowerer{DB: db}).Lower(sqltext.Split(sql)[0], sql)
	for _, o := range st.Opaque {
		t.Fatalf("%s: %s", sql, o.Reason)
	}
	return st, prover.Prove(db, own, st).Failures
}
