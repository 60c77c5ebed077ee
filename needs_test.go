package tenantgen

import (
	"strings"
	"testing"
)

// What own policies ask for, and what functions read that a view calls, is used with the rights of
// who runs the query, whoever owns the view.
func TestNeedsBesideQueries(t *testing.T) {
	a := newApplication(t)
	a.write("m/00001_schema.sql", `-- +goose Up
CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE notes (org_id uuid NOT NULL, id int, plan int, PRIMARY KEY (org_id, id));
CREATE TABLE plans (id int PRIMARY KEY);
CREATE TABLE kinds (id int PRIMARY KEY);
CREATE TABLE rates (id int PRIMARY KEY);
CREATE FUNCTION rate() RETURNS int LANGUAGE sql STABLE AS 'SELECT max(id) FROM rates';
CREATE POLICY mine ON notes AS RESTRICTIVE USING (plan IN (SELECT id FROM plans));
CREATE VIEW rated AS SELECT id, rate() AS rate FROM kinds;
`)
	a.configure(`    migrations: {dir: m, format: goose}
    tables: {orgs: {tenant_column: id}, plans: {global: true}, kinds: {global: true}, rates: {global: true}}
`, "m: -- name: List :many\nSELECT id FROM notes WHERE org_id = @org_id;\n-- name: Rated :many\nSELECT id, rate::int AS rate FROM rated;\n")
	a.contains("GRANT SELECT ON public.notes TO app;", "GRANT SELECT ON public.plans TO app;", "GRANT SELECT ON public.rated TO app;", "GRANT SELECT ON public.rates TO app;")
	if text := a.read("m/00002_tenant_isolation.sql"); strings.Contains(text, "ON public.kinds TO") || strings.Contains(text, "ON public.orgs TO") {
		t.Errorf("the owner of the view reads its table, and nobody reads orgs:\n%s", text)
	}
}
