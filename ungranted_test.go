package tenantgen

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/rules"
)

// lacking lists what lint says of missing privileges with a severity. An error refuses its
// query, anything else does not.
func lacking(t *testing.T, severity analyzer.Severity) (messages []string) {
	t.Helper()
	p, err := Load("sqlc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r := p.Check()
	for _, d := range r.Diagnostics {
		if d.Rule != "missing-privilege" {
			continue
		}
		messages = append(messages, d.Message)
		q := r.Queries[slices.IndexFunc(r.Queries, func(q *analyzer.Result) bool { return q.Name == d.Query })]
		if d.Severity != severity || d.Line < q.Line || (q.Verdict == analyzer.Rejected) != (severity == analyzer.Error) {
			t.Errorf("%s is %s for %+v", d.Query, q.Verdict, d)
		}
	}
	return messages
}

// The rule's examples are what they say, and its severity can be configured.
func TestMissingPrivilege(t *testing.T) {
	rule := rules.Lookup("missing-privilege")
	const query = "m: -- name: Example :many\n"
	a := newApplication(t)
	a.write("m/00001_schema.sql", "-- +goose Up\nCREATE TABLE orgs (id uuid PRIMARY KEY);\nCREATE TABLE plans (id int PRIMARY KEY);\n"+rule.Schema)
	a.configure(rightsSettings, query+rule.Good)
	if got := lacking(t, analyzer.Error); len(got) > 0 {
		t.Errorf("the good example is reported: %q", got)
	}
	for _, severity := range []string{"", "error", "warning", "off"} {
		settings := rightsSettings
		if severity != "" {
			settings += "    rules: {missing-privilege: {severity: " + severity + ", reason: granted elsewhere}}\n"
		}
		a.configure(settings, query+rule.Bad)
		want := 1
		if severity == "off" {
			want = 0
		}
		if got := lacking(t, cmp.Or(analyzer.Severity(severity), analyzer.Error)); len(got) != want {
			t.Errorf("%q: the bad example is reported as %q", severity, got)
		}
	}
}

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
		if text := strings.Join(lacking(t, analyzer.Error), "\n"); (c.want == "") != (text == "") || !strings.Contains(text, c.want) {
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
		got := lacking(t, analyzer.Error)
		if (len(got) > 0) != refused || refused && !strings.Contains(got[0], "nobody lets it run function short") {
			t.Errorf("%q: refused %v, want %v", grant, got, refused)
		}
	}
}
