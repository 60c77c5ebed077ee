package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/rules"
)

// What a schema file does with rows after their policies hold for the owner finds none.
func TestHiddenRows(t *testing.T) {
	const schema = `CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE notes (org_id uuid NOT NULL, id int NOT NULL, body text, PRIMARY KEY (org_id, id));
CREATE TABLE open (org_id uuid NOT NULL, id int NOT NULL, PRIMARY KEY (org_id, id));
UPDATE notes SET body = '';
ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE open ENABLE ROW LEVEL SECURITY;
`
	for sql, found := range map[string]bool{
		"UPDATE notes SET body = ''":                                              true,
		"DELETE FROM public.notes":                                                true,
		"INSERT INTO notes (org_id, id) SELECT id, 1 FROM orgs":                   true,
		"INSERT INTO open (org_id, id) SELECT org_id, id FROM notes":              true,
		"UPDATE open SET id = 1 FROM notes n WHERE n.id = open.id":                true,
		"MERGE INTO open o USING notes n ON n.id = o.id WHEN MATCHED THEN DELETE": true,
		"WITH n AS (DELETE FROM notes RETURNING id) DELETE FROM open":             true,
		"CREATE TABLE copied AS SELECT org_id, id FROM notes":                     true,
		"SELECT org_id, id INTO copied FROM notes":                                true,
		"SELECT count(*) FROM notes":                                              true,
		"DELETE FROM open WHERE id IN (SELECT id FROM notes)":                     true,
		"SET app.org_id = 'x'; RESET app.org_id; DELETE FROM notes":               true,
		"BEGIN; SET LOCAL app.org_id = 'x'; COMMIT; DELETE FROM notes":            true,
		"SET LOCAL row_security = off; DELETE FROM notes":                         true,
		"SET row_security = off; DISCARD ALL; DELETE FROM notes":                  true,
		"SET search_path = public; DELETE FROM notes":                             true,
		"SELECT set_config('work_mem', '1MB', true); DELETE FROM notes":           true,

		"DELETE FROM open": false,
		"WITH notes AS (SELECT 1 AS id) SELECT id FROM notes":                                                             false,
		"CREATE VIEW seen WITH (security_invoker) AS SELECT org_id, id FROM notes":                                        false,
		"ALTER TABLE notes NO FORCE ROW LEVEL SECURITY; DELETE FROM notes; ALTER TABLE notes FORCE ROW LEVEL SECURITY":    false,
		"BEGIN; SET LOCAL row_security = off; DELETE FROM notes; COMMIT":                                                  false,
		"SET LOCAL app.org_id = '00000000-0000-0000-0000-000000000001'; DELETE FROM notes":                                false,
		"SELECT set_config('app.org_id', '00000000-0000-0000-0000-000000000001', true); UPDATE notes SET body = 'theirs'": false,
	} {
		got := findings(t, rules.Lookup("hidden-rows"), schema+sql+";")
		if found != slices.ContainsFunc(got, func(m string) bool { return strings.Contains(m, " finds no row of notes: ") }) || len(got) > 1 {
			t.Errorf("%s: %q", sql, got)
		}
	}
}
