package tenantgen

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/migrate"
)

const rightsSchema = `-- +goose Up
CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE notes (org_id uuid NOT NULL, id serial, body text, PRIMARY KEY (org_id, id));
CREATE TABLE plans (id int PRIMARY KEY);
CREATE VIEW mine WITH (security_invoker) AS SELECT org_id, id, body FROM notes;
`

const rightsSettings = `    migrations: {dir: m, format: goose}
    cross_tenant_role: app_cross
    tables: {orgs: {tenant_column: id}, plans: {global: true}}
`

const readMine = "-- name: Mine :many\nSELECT id FROM mine WHERE org_id = @org_id;\n"

// contains checks what the one migration that comes next holds, and that none comes after it.
func (a *application) contains(want ...string) {
	a.t.Helper()
	files, err := a.next()
	if err != nil || len(files) != 1 {
		a.t.Fatalf("wrote %v, %v", files, err)
	}
	for _, w := range want {
		if !strings.Contains(string(files[0].Text), w) {
			a.t.Errorf("%q is not in\n%s", w, files[0].Text)
		}
	}
	if again, err := a.next(); err != nil || len(again) > 0 {
		a.t.Fatalf("generated again: %v, %v", again, err)
	}
}

// reported lists the errors of lint that the schema has, each as its rule.
func (a *application) reported() []string {
	a.t.Helper()
	p, err := Load("sqlc.yaml")
	if err != nil {
		a.t.Fatal(err)
	}
	var names []string
	for _, d := range p.Check().Diagnostics {
		if d.Severity == "error" {
			names = append(names, d.Rule)
		}
	}
	return names
}

// A view that lost security_invoker keeps what was granted while it had it: lint reports
// the loss, and the next migration takes the right back.
func TestViewThatLosesSecurityInvoker(t *testing.T) {
	for _, lose := range []string{"ALTER VIEW mine SET (security_invoker = false);", "ALTER VIEW mine RESET (security_invoker);",
		"CREATE OR REPLACE VIEW mine AS SELECT org_id, id, body FROM notes;"} {
		a := newApplication(t)
		a.write("m/00001_schema.sql", rightsSchema)
		a.configure(rightsSettings, "m: "+readMine)
		a.contains("GRANT SELECT ON public.mine TO app;")
		a.write("m/00003_lose.sql", "-- +goose Up\n"+lose+"\n")
		if got := strings.Join(a.reported(), " "); got != "undone-protection app-role-privileges" && got != "app-role-privileges undone-protection" {
			t.Errorf("%s: lint reports %q", lose, got)
		}
		p, err := Load("sqlc.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if steps, err := func() ([]migrate.Step, error) { return p.plan(p.Check().units) }(); err != nil || len(steps) != 2 || steps[0].SQL[0] != "REVOKE SELECT ON public.notes FROM app;" || steps[1].SQL[0] != "REVOKE SELECT ON public.mine FROM app;" {
			t.Errorf("%s: planned %v, %v", lose, steps, err)
		}
		a.write("m/00003_lose.sql", "-- +goose Up\n-- tenantgen:rights the owner is bound by the policies\n"+lose+"\n")
		if got := a.reported(); len(got) > 0 {
			t.Errorf("%s: answered for, lint reports %q", lose, got)
		}
		// What the view reads it reads with its owner's rights now.
		if files, err := a.next(); err != nil || len(files) != 1 || strings.Contains(string(files[0].Text), "mine") || !strings.Contains(string(files[0].Text), "REVOKE SELECT ON public.notes FROM app;") {
			t.Errorf("%s: answered for, and taken back: %v, %v", lose, files, err)
		}
	}
}

// The role of cross-tenant queries keeps no right that none of them needs any more.
func TestCrossTenantRoleLosesRights(t *testing.T) {
	a := newApplication(t)
	a.write("m/00001_schema.sql", rightsSchema)
	cross := "-- name: Purge :exec\n-- tenantgen:cross-tenant admin old rows go\nDELETE FROM notes;\n" +
		"-- name: Add :exec\n-- tenantgen:cross-tenant admin for everybody\nINSERT INTO notes (org_id, body) SELECT id, @b FROM orgs;\n"
	a.configure(rightsSettings, "m: "+readMine+cross)
	a.contains("GRANT SELECT, INSERT, DELETE ON public.notes TO app_cross;", "GRANT USAGE ON SCHEMA public TO app_cross;")
	a.configure(rightsSettings, "m: "+readMine+"-- name: Purge :exec\n-- tenantgen:cross-tenant admin old rows go\nDELETE FROM notes;\n")
	a.contains("INSERT ON public.notes FROM app_cross;", "REVOKE SELECT ON public.orgs FROM app_cross;", "REVOKE USAGE ON SEQUENCE")
	a.configure(rightsSettings, "m: "+readMine)
	a.contains("DELETE ON public.notes FROM app_cross;", "REVOKE USAGE ON SCHEMA public FROM app_cross;")
	a.configure(rightsSettings, "m: "+readMine+cross)
	a.contains("GRANT SELECT, INSERT, DELETE ON public.notes TO app_cross;", "GRANT USAGE ON SCHEMA public TO app_cross;")
}

// What app_role has too much of a table is an error of lint that generate puts right, also
// when default privileges gave it.
func TestExcessOfAppRoleIsTakenBack(t *testing.T) {
	for grant, revoke := range map[string]string{
		"GRANT ALL ON notes TO app;":                                      "REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON public.notes FROM app;",
		"GRANT MAINTAIN ON notes TO app; GRANT TRUNCATE ON plans TO app;": "REVOKE MAINTAIN ON public.notes FROM app;",
		"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app; CREATE TABLE late (org_id uuid NOT NULL, id int, PRIMARY KEY (org_id, id)); " +
			"ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM app;": "REVOKE SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON public.late FROM app;",
	} {
		a := newApplication(t)
		a.write("m/00001_schema.sql", rightsSchema+grant+"\n")
		a.configure(rightsSettings, "m: "+readMine)
		if got := a.reported(); len(got) == 0 || got[0] != "app-role-privileges" {
			t.Errorf("%s: lint reports %q", grant, got)
		}
		a.contains(revoke)
		if got := a.reported(); len(got) > 0 {
			t.Errorf("%s: afterwards lint reports %q", grant, got)
		}
	}
}

// What app_role may write of a shared table is an error while no query writes it, or
// somebody answers for it.
func TestSharedWrites(t *testing.T) {
	for sql, want := range map[string]string{
		"GRANT INSERT ON plans TO app;": "app-role-privileges", "GRANT UPDATE (id) ON plans TO app;": "app-role-privileges",
		"GRANT SELECT ON plans TO app; GRANT DELETE ON plans TO other;": "", "GRANT INSERT ON notes TO app;": "",
		"-- tenantgen:rights a job of the tenant's\nGRANT INSERT ON plans TO app;": "",
	} {
		a := newApplication(t)
		a.write("m/00001_schema.sql", rightsSchema+sql+"\n")
		a.configure(rightsSettings, "m: "+readMine)
		if got := strings.Join(a.reported(), " "); got != want {
			t.Errorf("%s: lint reports %q, want %q", sql, got, want)
		}
		a.configure(rightsSettings, "m: "+readMine+"-- name: AddPlan :exec\nINSERT INTO plans (id) VALUES (@id);\n-- name: Drop :exec\nDELETE FROM plans;\n")
		if got := strings.Join(a.reported(), " "); got != strings.Replace(want, "app-role-privileges", "", 1) {
			t.Errorf("%s: with a query that writes, lint reports %q", sql, got)
		}
	}
}

// What somebody answers for, generate does not take back.
func TestAnsweredGrantsStay(t *testing.T) {
	a := newApplication(t)
	a.write("m/00001_schema.sql", rightsSchema)
	a.configure(rightsSettings, "m: "+readMine)
	a.contains("GRANT SELECT")
	const why = "-- tenantgen:rights a job of the operator's\n"
	a.write("m/00003_own.sql", "-- +goose Up\n"+why+"GRANT TRUNCATE ON notes TO app;\n"+why+"GRANT INSERT ON plans TO app;\n"+why+"GRANT SELECT ON notes TO app_cross;\n")
	if got := a.reported(); len(got) > 0 {
		t.Errorf("lint reports %q", got)
	}
	p, err := Load("sqlc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if steps, err := p.plan(p.Check().units); err != nil || len(steps) > 0 {
		t.Errorf("planned %v, %v", steps, err)
	}
}

// Only the DO blocks that tenantgen writes itself pass as its own.
func TestOwnStatements(t *testing.T) {
	a := newApplication(t)
	a.write("m/00001_schema.sql", rightsSchema)
	cross := "-- name: Add :exec\n-- tenantgen:cross-tenant admin for everybody\nINSERT INTO notes (org_id, body) SELECT id, @b FROM orgs;\n"
	a.configure(rightsSettings, "m: "+readMine+cross)
	a.contains("CREATE ROLE app_cross")
	if got := a.reported(); len(got) > 0 {
		t.Fatalf("lint reports our own migration: %q", got)
	}
	own := a.read("m/00002_tenant_isolation.sql")
	for what, forged := range map[string]string{
		"another role":      strings.Replace(own, "CREATE ROLE app NOLOGIN NOSUPERUSER NOBYPASSRLS", "CREATE ROLE app NOLOGIN NOSUPERUSER BYPASSRLS", 1),
		"another statement": strings.Replace(own, "END\n$tenantgen$;", "GRANT app_cross TO app; END\n$tenantgen$;", 1),
		"the app's role":    strings.ReplaceAll(own, "app_cross", "app"),
	} {
		a.write("m/00002_tenant_isolation.sql", forged)
		if got := strings.Join(a.reported(), " "); !strings.Contains(got, "unmodelled-rights") {
			t.Errorf("%s: lint reports %q", what, got)
		}
	}
}

// A global table that gets the tenant column is an error until somebody says why.
func TestGlobalTableWithTenant(t *testing.T) {
	a := newApplication(t)
	a.write("m/00001_schema.sql", rightsSchema+"ALTER TABLE plans ADD COLUMN org_id uuid;\n")
	a.configure(rightsSettings, "m: "+readMine)
	if got := strings.Join(a.reported(), " "); got != "global-with-tenant" {
		t.Errorf("lint reports %q", got)
	}
	a.configure(strings.Replace(rightsSettings, "global: true", "global: true, no_tenant: who made it", 1), "m: "+readMine)
	if got := a.reported(); len(got) > 0 {
		t.Errorf("with a reason, lint reports %q", got)
	}
}

// A plain migration is one transaction: psql -f runs each statement by itself, and wherever
// it stops, what was there before holds.
func TestPlainMigrationLeavesNothingHalfWay(t *testing.T) {
	a := newApplication(t)
	const tables = "    tables: {orgs: {tenant_column: id}, plans: {global: true}}\n    migrations: {dir: m, format: plain}\n"
	a.write("m/0001_schema.sql", strings.TrimPrefix(rightsSchema, "-- +goose Up\n"))
	a.configure(tables, "m: "+readMine)
	first := a.writes("m/0002_tenant_isolation.sql")
	a.configure(tables, "m: "+readMine)
	config := strings.Replace(a.read("sqlc.yaml"), "app.org_id", "app.tenant", 1)
	a.write("sqlc.yaml", config)
	second := a.writes("m/0003_tenant_isolation.sql")

	url := pgserver.DatabaseForTest(t)
	run := func(statements []string) *pgx.Conn {
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range statements {
			if _, err := conn.Exec(t.Context(), s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
		return conn
	}
	statements := func(text string) (list []string) {
		for _, s := range analyzer.SchemaStatements(text) {
			list = append(list, text[s.Start:s.End])
		}
		return list
	}
	whole := run(append(statements(strings.TrimPrefix(rightsSchema, "-- +goose Up\n")), statements(string(first[0].Text))...))
	defer whole.Close(t.Context())
	count := func(setting string) (n int) {
		const policies = "SELECT count(*) FROM pg_policies WHERE qual LIKE '%' || $1 || '%' AND with_check LIKE '%' || $1 || '%'"
		if err := whole.QueryRow(t.Context(), policies, setting).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	all := count("app.org_id")
	steps := statements(string(second[0].Text))
	for n := range steps {
		if n == len(steps)-1 {
			n = len(steps)
		}
		run(steps[:n]).Close(t.Context())
		old, now := count("app.org_id"), count("app.tenant")
		if done := n == len(steps); !done && (old != all || now != 0) || done && (old != 0 || now != all) {
			t.Errorf("after %d of %d statements: %d policies as before, %d as afterwards, of %d", n, len(steps), old, now, all)
		}
	}
}
