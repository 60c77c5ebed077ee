package migrate_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/migrate"
)

// crossing is a world with cross-tenant queries that read orgs and notes and add notes.
func crossing(t *testing.T) (*world, string) {
	w := emptyWorld(t, nil)
	role := "Cross " + w.owner
	w.want = func(db *catalog.Database) migrate.Wanted {
		want := wants(bySetting, column("notes", "org_id"), column("orgs", "id"), child("comments", "notes", "note_id=id"))(db)
		want.CrossTenantRole = role
		want.CrossTenant = []migrate.Access{{Table: find(db, "notes"), Privileges: []string{"select", "insert"}}, {Table: find(db, "orgs"), Privileges: []string{"select"}}}
		return want
	}
	w.write("00001_schema.sql", "-- +goose Up\n-- +goose StatementBegin\n"+notes+`
		CREATE TABLE orgs (id uuid PRIMARY KEY); INSERT INTO orgs VALUES ('`+orgA+`'), ('`+orgB+`');
		CREATE TABLE comments (id bigserial, note_id text);`+"\n-- +goose StatementEnd\n-- +goose Down\n")
	w.generate()
	t.Cleanup(func() {
		dblab.Once(t, w.url, "DROP OWNED BY "+migrate.QuoteIdent(role), "DROP ROLE "+migrate.QuoteIdent(role))
	})
	return w, role
}

func TestCrossTenantRole(t *testing.T) {
	w, role := crossing(t)
	w.exec(w.connect(""), "CREATE ROLE "+migrate.QuoteIdent(role)+" BYPASSRLS")
	w.up()
	if steps := w.plan(); len(steps) != 0 {
		t.Fatalf("the applied plan is not recognised: %+v", steps)
	}
	cross := w.connect(role)
	w.rows(cross, "SELECT id FROM notes ORDER BY id", "a1", "a2", "b1")
	w.rows(cross, "SELECT count(*)::text FROM orgs", "2")
	w.affects(cross, "INSERT INTO notes VALUES ('b2', '"+orgB+"')", 1)
	for _, more := range []string{"UPDATE notes SET body = 'x'", "DELETE FROM notes", "TRUNCATE notes", "INSERT INTO orgs VALUES ('" + orgA + "')", "SELECT * FROM comments"} {
		w.refused(cross, more, denied)
	}
	// Everybody else is bound as before, the owner too, and nobody becomes the role.
	for _, other := range []string{w.app, w.owner} {
		c := w.as(w.connect(other), orgA)
		w.rows(c, "SELECT id FROM notes ORDER BY id", "a1", "a2")
		w.rows(c, "SELECT pg_has_role("+migrate.QuoteLiteral(role)+", 'MEMBER')::text", "false")
	}
	w.down()
	w.refused(w.connect(role), "SELECT * FROM notes", denied)
	w.up()
	w.rows(w.connect(role), "SELECT count(*)::text FROM notes", "4")
}

// The migration refuses what would make the role useless or the application boundless.
func TestCrossTenantRoleThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct{ before, message string }{
		"missing":           {"", "has to be created by a superuser"},
		"bound by policies": {"CREATE ROLE %r", "needs BYPASSRLS"},
		"superuser":         {"CREATE ROLE %r SUPERUSER BYPASSRLS", "must not be a superuser"},
		"of the app":        {"CREATE ROLE %r BYPASSRLS; CREATE ROLE %a; GRANT %r TO %a", "can become"},
	} {
		t.Run(name, func(t *testing.T) {
			w, role := crossing(t)
			if c.before == "" {
				t.Cleanup(func() { dblab.Once(t, w.url, "CREATE ROLE "+migrate.QuoteIdent(role)) }) // for the other cleanup
			} else {
				w.exec(w.connect(""), strings.NewReplacer("%r", migrate.QuoteIdent(role), "%a", migrate.QuoteIdent(w.app)).Replace(c.before))
			}
			if err := w.tryUp(); err == nil || !strings.Contains(err.Error(), c.message) {
				t.Errorf("got %v, want %q", err, c.message)
			}
		})
	}
}

func TestCrossTenantRoleOfTheMigrations(t *testing.T) {
	for sql, message := range map[string]string{
		"CREATE ROLE crossing;":                     "without BYPASSRLS",
		"CREATE ROLE crossing SUPERUSER BYPASSRLS;": "superuser",
		"CREATE ROLE crossing BYPASSRLS; CREATE ROLE application; GRANT crossing TO application;": "is a member of",
	} {
		w := emptyWorld(t, nil)
		w.write("00001_schema.sql", notes+sql)
		db := w.catalog()
		want := wants(bySetting, column("notes", "org_id"))(db)
		want.AppRole, want.CrossTenantRole = "application", "crossing"
		if _, err := migrate.Plan(db, want); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: %v, want %q", sql, err, message)
		}
	}
	db := &catalog.Database{}
	for _, want := range []migrate.Wanted{
		{AppRole: "a", CrossTenantRole: "a"}, {CrossTenantRole: "public"},
		{CrossTenantRole: "a", CrossTenant: []migrate.Access{{}}},
		{CrossTenantRole: "a", CrossTenant: []migrate.Access{{Table: &catalog.Table{Name: catalog.Name{Schema: "public", Name: "t"}}, Privileges: []string{"truncate"}}}},
	} {
		if _, err := migrate.Plan(db, want); err == nil {
			t.Errorf("%+v is planned", want)
		}
	}
}
