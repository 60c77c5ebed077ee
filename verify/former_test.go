package verify_test

import "testing"

// The policies of the first form keep tenants apart until the migration that replaces them
// is applied; half of them, or an altered one, is neither form.
func TestFormerPolicies(t *testing.T) {
	const (
		first = "USING (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid)) WITH CHECK (org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid))"
		both  = "ALTER POLICY tenant_isolation ON notes " + first + "; ALTER POLICY tenant_isolation_floor ON notes " + first
		child = "(EXISTS (SELECT 1 FROM notes parent WHERE parent.id = note_comments.note_id AND parent.org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid)))"
	)
	conn, o := connection(t, newExample(t)), options(t)
	for _, c := range []damage{
		{"the first form", both, []string{"notes: former-policies: has policies of the form before"}, false},
		{"of a child", "ALTER POLICY tenant_isolation ON note_comments USING " + child + " WITH CHECK " + child + "; ALTER POLICY tenant_isolation_floor ON note_comments USING " + child + " WITH CHECK " + child,
			[]string{"note_comments: former-policies"}, false},
		{"with another policy", both + "; CREATE POLICY more ON notes USING (true)", []string{"notes: extra-policy: policy more is not ours; the restrictive floor", "notes: former-policies"}, false},
		{"half of it", "ALTER POLICY tenant_isolation ON notes " + first, []string{"notes: altered-policy: policy tenant_isolation differs in USING and WITH CHECK"}, false},
		{"altered", both + "; ALTER POLICY tenant_isolation_floor ON notes USING (true)", []string{"notes: altered-policy", "notes: altered-policy"}, false},
		{"without the floor", both + "; DROP POLICY tenant_isolation_floor ON notes", []string{"notes: altered-policy", "notes: missing-policy"}, false},
	} {
		testNew(t, conn, o, c)
	}
}
