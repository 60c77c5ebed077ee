package analyzer_test

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// TestUserInPathOfFunction: whose schema "$user" is in a function's search_path is known when it runs.
func TestUserInPathOfFunction(t *testing.T) {
	const schema = `CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL);
CREATE SCHEMA app; CREATE SCHEMA other; CREATE ROLE app;
CREATE TABLE app.plans (org_id int NOT NULL, id int); CREATE TABLE plans (id int); CREATE TABLE codes (id int); CREATE TABLE other.codes (id int); CREATE TABLE app.mine (org_id int NOT NULL);
CREATE FUNCTION app.peek() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM public.notes); END';
CREATE FUNCTION public.peek() RETURNS int LANGUAGE sql AS 'SELECT 1';
`
	for _, c := range []struct {
		set, body string
		refused   bool
	}{
		{`SET search_path = public`, "SELECT count(*) FROM plans", false},
		{`SET search_path = "$user", public`, "SELECT count(*) FROM plans", true},
		{`SET search_path = '$user', public`, "SELECT count(*) FROM plans", true},
		{`SET search_path = public, "$user"`, "SELECT count(*) FROM plans", false},
		{`SET search_path = public, "$user"`, "SELECT count(*) FROM mine", true},
		{`SET search_path = "$user", public`, "SELECT count(*) FROM public.plans", false},
		{`SET search_path = "$user", public`, "SELECT count(*) FROM codes", false}, // no role has that schema
		{`SET search_path = "$user", public`, "SELECT peek()", true},
		{`SET search_path = "$user", public SET search_path = public`, "SELECT count(*) FROM plans", false},
	} {
		db, diags := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "s.sql", Text: schema + "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql STABLE " + c.set + " AS '" + c.body + "';"}})
		own, errs := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{
			{Name: "plans", Global: true}, {Name: "codes", Global: true}, {Name: "other.codes", Global: true}}})
		if len(diags) > 0 || len(errs) > 0 {
			t.Fatal(diags, errs)
		}
		r := analyzer.New(db, own, nil).File("q.sql", "-- name: Q :one\nSELECT f();")[0]
		if refused := r.Verdict == analyzer.Rejected; refused != c.refused {
			t.Errorf("%s %s: %v, %v", c.set, c.body, r.Verdict, r.Diagnostics)
		}
	}
}
