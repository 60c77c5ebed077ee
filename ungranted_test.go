package tenantgen

import (
	"strings"
	"testing"
)

// A query of a view with its owner's rights, to which its role gets no right, is refused when
// it is generated; where somebody answers for the right, or it is another role's, it is not.
func TestViewsOfOwners(t *testing.T) {
	const owners, why = "CREATE VIEW counted AS SELECT org_id, id, body FROM notes;\n", "-- tenantgen:rights the owner is bound by the policies\n"
	const stored = "CREATE MATERIALIZED VIEW stored AS SELECT org_id, id FROM notes;\n"
	const read, write = "-- name: Counted :many\nSELECT id FROM counted WHERE org_id = @org_id;\n", "-- name: Put :exec\nINSERT INTO counted (org_id, body) VALUES (@org_id, @b);\n"
	const none = "query Counted would fail for app: view counted reads tenant tables with the rights of its owner"
	for name, c := range map[string]struct{ schema, settings, queries, want string }{
		"a view":                 {owners, "", read, none},
		"answered":               {why + owners, "", read, ""},
		"invoker":                {strings.Replace(owners, " AS", " WITH (security_invoker) AS", 1), "", read, ""},
		"granted":                {owners + why + "GRANT SELECT ON counted TO app;\n", "", read, ""},
		"granted to everybody":   {owners + why + "GRANT SELECT ON counted TO PUBLIC;\n", "", read, ""},
		"granted to another":     {owners + why + "GRANT SELECT ON counted TO other;\n", "", read, none},
		"another is granted":     {owners + why + "GRANT SELECT ON mine TO app;\n", "", read, none},
		"granted in part":        {owners + why + "GRANT SELECT ON counted TO app;\n", "", read + write, "query Put would fail for app: view counted reads"},
		"not used":               {owners, "", readMine, ""},
		"materialized":           {stored, "", "-- name: Stored :many\nSELECT id FROM stored WHERE org_id = @org_id;\n", "query Stored would fail for app: view stored is materialized"},
		"of cross-tenant ones":   {owners, "", readMine + "-- name: All :many\n-- tenantgen:cross-tenant admin for support\nSELECT id FROM counted;\n", ""},
		"without a role of ours": {owners, "no role", read, ""},
	} {
		a := newApplication(t)
		a.write("m/00001_schema.sql", rightsSchema+c.schema)
		a.configure(rightsSettings, "m: "+c.queries)
		if c.settings != "" {
			a.write("sqlc.yaml", strings.Replace(strings.Replace(a.read("sqlc.yaml"), "    app_role: app\n", "", 1), "    cross_tenant_role: app_cross\n", "", 1))
		}
		p, err := Load("sqlc.yaml")
		if err != nil {
			t.Fatal(err)
		}
		results := p.Check()
		var got []string
		for _, u := range p.Units {
			for _, err := range p.ungranted(u, results.Queries) {
				got = append(got, err.Error())
			}
		}
		if text := strings.Join(got, "\n"); (c.want == "") != (text == "") || !strings.Contains(text, c.want) {
			t.Errorf("%s: refused %q, want %q", name, text, c.want)
		}
	}
}

// A function that nobody may run unless it is granted is refused until a schema file grants it
// to the role, by itself or with all of its schema.
func TestFunctionsThatNobodyRuns(t *testing.T) {
	const private = "CREATE FUNCTION short(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT left($1, 3)';\nREVOKE EXECUTE ON FUNCTION short(text) FROM PUBLIC;\n"
	for grant, refused := range map[string]bool{
		"": true, "GRANT EXECUTE ON FUNCTION short(text) TO app;\n": false, "GRANT EXECUTE ON FUNCTION short(text) TO other;\n": true,
		"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO app;\n": false, "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO other;\n": true,
	} {
		a := newApplication(t)
		a.write("m/00001_schema.sql", rightsSchema+private+grant)
		a.configure(rightsSettings, "m: -- name: Short :many\nSELECT short(body)::text AS short FROM notes WHERE org_id = @org_id;\n")
		p, err := Load("sqlc.yaml")
		if err != nil {
			t.Fatal(err)
		}
		results := p.Check()
		var got []error
		for _, u := range p.Units {
			got = append(got, p.ungranted(u, results.Queries)...)
		}
		if (len(got) > 0) != refused || refused && !strings.Contains(got[0].Error(), "nobody lets it run function short") {
			t.Errorf("%q: refused %v, want %v", grant, got, refused)
		}
	}
}
