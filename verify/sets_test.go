package verify_test

import (
	"strings"
	"testing"
)

const setSchema = `
CREATE TABLE notes (id int PRIMARY KEY, org_id uuid NOT NULL, body text NOT NULL);
CREATE INDEX ON notes (org_id);
CREATE TABLE marks (id int PRIMARY KEY, note_id int NOT NULL REFERENCES notes ON DELETE CASCADE);
CREATE INDEX ON marks (note_id);
CREATE TABLE codes (id int PRIMARY KEY, org_id uuid NOT NULL, at int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE codes_1 PARTITION OF codes FOR VALUES FROM (0) TO (10);
CREATE INDEX ON codes (org_id);
`

const setTables = `
    tenant_column: org_id
    app_role: tenantgen_set_app
    rules:
      key-without-tenant: {severity: off, reason: not under test}
    tables:
      marks: {parent: notes, on: {note_id: id}}
      codes: {restrict: at > 0}
`

const setQueries = `-- name: Marks :many
-- tenantgen:tenants
SELECT m.id FROM marks m JOIN notes n ON n.id = m.note_id WHERE n.org_id = ANY (@org_ids::uuid[]);
-- name: Codes :many
-- tenantgen:tenants
SELECT id FROM codes WHERE org_id = ANY (@org_ids::uuid[]);
`

// The policies by which sets of tenants read are what they have to be, and no other.
func TestSetPolicies(t *testing.T) {
	conn, o := newWorldOf(t, setTables, setSchema, setQueries)
	for _, f := range inspectAll(t, conn, o).Findings {
		if strings.Contains(f.Rule.Name, "policy") || strings.Contains(f.Rule.Name, "row-level") {
			t.Errorf("as generated: %s", brief(f))
		}
	}
	const everyone = "(org_id = ANY ((SELECT current_setting('app.org_ids', true)::uuid[])::uuid[]))"
	for _, c := range []damage{
		{"a set counts beside a tenant", "ALTER POLICY tenant_isolation_set ON notes USING " + everyone, []string{"notes: altered-policy: policy tenant_isolation_set differs in USING"}, false},
		{"a floor lets every row be read", "ALTER POLICY tenant_isolation_floor_select ON notes USING (true)", []string{"notes: altered-policy: policy tenant_isolation_floor_select differs in USING"}, false},
		{"a set may change rows", "DROP POLICY tenant_isolation_set ON codes; CREATE POLICY tenant_isolation_set ON codes FOR ALL USING (at > 0)", []string{"codes: altered-policy: policy tenant_isolation_set"}, false},
		{"a floor for one command is gone", "DROP POLICY tenant_isolation_floor_update ON codes", []string{"codes: missing-policy: policy tenant_isolation_floor_update"}, false},
		{"a set reads a partition by its own name", "CREATE POLICY tenant_isolation_set ON codes_1 FOR SELECT USING " + everyone, []string{"codes_1: "}, false},
		{"a set reads no children", "DROP POLICY tenant_isolation_set ON marks", []string{"marks: missing-policy: policy tenant_isolation_set"}, false},
		{"connections come with a set", `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.org_ids = ''{}''', current_database()); END $$`, []string{"app.org_ids"}, true},
	} {
		testNew(t, conn, o, c)
	}
}
