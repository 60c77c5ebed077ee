package migrate_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// A claim within another, as Supabase has app_metadata: what the way does not lead to is no
// rows, and what it leads to and is no id is an error that says so. A claim of the same name
// elsewhere is another one.
func TestClaimWithin(t *testing.T) {
	way := []string{"app_metadata", "org's id"}
	for _, c := range []struct{ typ, a, b string }{{"uuid", orgA, orgB}, {"bigint", "1", "2"}, {"text", "it's a", `quote " b`}} {
		w := newWorld(t, "CREATE TABLE notes (id text, org_id "+c.typ+" NOT NULL); INSERT INTO notes VALUES ('a1', "+migrate.QuoteLiteral(c.a)+"), ('b1', "+migrate.QuoteLiteral(c.b)+")",
			wants(migrate.Source{JWTClaim: way}, column("notes", "org_id")))
		app := w.connect(w.app)
		w.rows(app, "SELECT id FROM notes")
		for _, none := range []string{
			"", "{}", "null", "5", `"app_metadata"`, `{"app_metadata": null}`, `{"app_metadata": "org's id"}`, `{"app_metadata": {}}`, `{"app_metadata": {"org's id": null}}`, `{"app_metadata": {"org's id": ""}}`,
			`{"org's id": "` + c.a + `"}`, `{"app_metadata": [{"org's id": "` + c.a + `"}]}`, `[{"app_metadata": {"org's id": "` + c.a + `"}}]`, `{"app_metadata.org's id": "` + c.a + `"}`,
			`{"user_metadata": {"org's id": "` + c.a + `"}}`, `{"app_metadata": {"app_metadata": {"org's id": "` + c.a + `"}}}`,
		} {
			if !strings.Contains(none, `quote " b`) {
				w.rows(w.set(app, "request.jwt.claims", none), "SELECT id FROM notes")
			}
		}
		w.rows(w.set(app, "request.jwt.claims", `{"org's id": "`+c.typ+`", "app_metadata": {"x": [1], "org's id": "`+c.a+`"}}`), "SELECT id FROM notes", "a1")
		w.refused(app, "INSERT INTO notes VALUES ('b2', "+migrate.QuoteLiteral(c.b)+")", violates)
		w.affects(app, "UPDATE notes SET id = 'x'", 1)
	}
	w := newWorld(t, notes, wants(migrate.Source{JWTClaim: way}, column("notes", "org_id")))
	for claims, message := range map[string]string{
		"no json": "invalid input syntax for type json", `{"app_metadata": {"org's id": ["` + orgA + `"]}}`: "type uuid", `{"app_metadata": {"org's id": {"id": 1}}}`: "type uuid", `{"app_metadata": {"org's id": true}}`: "type uuid",
	} {
		_, err := w.set(w.connect(w.app), "request.jwt.claims", claims).Exec(t.Context(), "SELECT id FROM notes")
		if err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: %v", claims, err)
		}
	}
}

// Another way to the tenant makes the policies anew, up and down.
func TestAnotherClaim(t *testing.T) {
	source := migrate.Source{JWTClaim: []string{"org_id"}}
	w := newWorld(t, "CREATE TABLE notes (id text, org_id uuid NOT NULL); INSERT INTO notes VALUES ('a1', '"+orgA+"'), ('b1', '"+orgB+"')",
		func(db *catalog.Database) migrate.Wanted { return wants(source, column("notes", "org_id"))(db) })
	top, within := `{"org_id": "`+orgA+`"}`, `{"app_metadata": {"org_id": "`+orgB+`"}}`
	app := w.connect(w.app)
	w.rows(w.set(app, "request.jwt.claims", top), "SELECT id FROM notes", "a1")
	source.JWTClaim = []string{"app_metadata", "org_id"}
	w.generate()
	w.up()
	if steps := w.plan(); len(steps) != 0 {
		t.Errorf("the applied plan is not recognised: %+v", steps)
	}
	w.rows(app, "SELECT id FROM notes")
	w.rows(w.set(app, "request.jwt.claims", within), "SELECT id FROM notes", "b1")
	w.down()
	w.rows(app, "SELECT id FROM notes")
	w.rows(w.set(app, "request.jwt.claims", top), "SELECT id FROM notes", "a1")
}
