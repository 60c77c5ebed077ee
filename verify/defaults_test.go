package verify_test

import "testing"

// A query that is the tenant's by a default is so as long as the database has that default.
func TestDefaultThatIsTheTenant(t *testing.T) {
	conn, o := newWorldOf(t, "    tenant_column: org_id\n    out: repo\n    app_role: tenantgen_odd_app\n",
		"CREATE TABLE bills (org_id uuid NOT NULL DEFAULT current_setting('app.org_id')::uuid, id int PRIMARY KEY, total int);\n",
		"-- name: Add :exec\nINSERT INTO bills (id, total) VALUES (@id, @total);\n")
	if errs := errorsOf(inspectAll(t, conn, o)); len(errs) > 0 {
		t.Errorf("found:\n%s", briefs(errs))
	}
	for _, c := range []damage{
		{"another tenant", "ALTER TABLE bills ALTER COLUMN org_id SET DEFAULT '00000000-0000-0000-0000-00000000000b'", []string{"table bills: altered-column: column org_id"}, false},
		{"another setting", "ALTER TABLE bills ALTER COLUMN org_id SET DEFAULT current_setting('app.org')::uuid", []string{"table bills: altered-column: column org_id"}, false},
		{"none", "ALTER TABLE bills ALTER COLUMN org_id DROP DEFAULT", []string{"query Add: unproved-query"}, true},
		{"as PostgreSQL shows it", "ALTER TABLE bills ALTER COLUMN org_id SET DEFAULT pg_catalog.current_setting('app.org_id'::text)::uuid", nil, false},
	} {
		testNew(t, conn, o, c)
	}
}
