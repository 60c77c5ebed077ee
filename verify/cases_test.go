package verify_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/verify"
)

const tenantOf = "NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid"

// damage is something that somebody does to the example's database, and a part of
// each finding, in order, that verify has to report: no more and no less.
type damage struct {
	name, do string
	want     []string
	keep     bool // its findings' statements do not put everything right
}

var structureDamage = []damage{
	{"a table became a view", "DROP TABLE usage_counters; CREATE VIEW usage_counters AS SELECT 1",
		[]string{"table usage_counters: missing-table: is no table"}, true},
	{"the tenant column may be NULL", "ALTER TABLE usage_counters DROP CONSTRAINT usage_counters_pkey; ALTER TABLE usage_counters ALTER org_id DROP NOT NULL", []string{
		"usage_counters: altered-column: tenant column org_id may be NULL", "usage_counters: missing-key: primary key (org_id, metric, month)", "usage_counters: no-tenant-index", "usage_counters: nullable-tenant-column"}, false},
	{"another type of the same name", "CREATE SCHEMA other; CREATE TYPE other.note_status AS ENUM ('draft'); ALTER TABLE notes ALTER status DROP DEFAULT, ALTER status TYPE other.note_status USING 'draft'::other.note_status",
		[]string{"notes: altered-column: column status has another type"}, true},
	{"an array", "ALTER TABLE tags ALTER color DROP DEFAULT, ALTER color TYPE text[] USING ARRAY[color]", []string{"tags: altered-column: column color"}, true},
	{"a tenant table nobody knows", "CREATE TABLE exports (org_id uuid PRIMARY KEY)", []string{"exports: stray-table: has the tenant column org_id"}, true},
	{"a table within reach by a column", "CREATE TABLE exports (id int); GRANT INSERT (id) ON exports TO PUBLIC", []string{"exports: stray-table: can be used"}, false},
	{"a table out of reach", "CREATE TABLE exports (id int); GRANT ALL ON exports TO tenantgen_verify_reader", nil, false},
	{"a tenant column where none should be", "ALTER TABLE plans ADD org_id uuid", []string{"plans: stray-column: has a tenant column org_id that no schema file adds, so that no policy uses it (error)"}, true},
	{"a tenant column of a child", "ALTER TABLE note_comments ADD org_id uuid", []string{"note_comments: stray-column: has a tenant column org_id that no schema file adds, so that no policy uses it (error)"}, true},
	{"a key at the end of the transaction", "ALTER TABLE tags DROP CONSTRAINT tags_org_id_name_key; ALTER TABLE tags ADD UNIQUE (org_id, name) DEFERRABLE", []string{"tags: missing-key: unique key (org_id, name)"}, false},
	{"a key of another name", "ALTER TABLE tags RENAME CONSTRAINT tags_org_id_name_key TO other", nil, false},
	{"a key for a part", "ALTER TABLE tags DROP CONSTRAINT tags_org_id_name_key; CREATE UNIQUE INDEX ON tags (org_id, name) WHERE color = 'red'", []string{"tags: missing-key"}, false},
	{"a key across tenants", "ALTER TABLE tags ADD UNIQUE (name)", []string{"tags: key-without-tenant: unique key (name)"}, true},
	{"a foreign key not validated", "ALTER TABLE note_tags DROP CONSTRAINT note_tags_org_id_tag_id_fkey; ALTER TABLE note_tags ADD FOREIGN KEY (org_id, tag_id) REFERENCES tags (org_id, id) ON DELETE CASCADE NOT VALID",
		[]string{"note_tags: missing-foreign-key: foreign key (org_id, tag_id) to tags"}, false},
	{"foreign keys switched off", "ALTER TABLE note_comments DISABLE TRIGGER ALL", []string{"note_comments: missing-foreign-key: foreign key (author_id)", "note_comments: missing-foreign-key: foreign key (note_id)"}, false},
	{"another ON DELETE", "ALTER TABLE note_tags DROP CONSTRAINT note_tags_org_id_tag_id_fkey; ALTER TABLE note_tags ADD FOREIGN KEY (org_id, tag_id) REFERENCES tags (org_id, id)", []string{"note_tags: missing-foreign-key"}, false},
	{"a foreign key across tenants", "ALTER TABLE tags ADD note uuid REFERENCES notes (id) ON DELETE CASCADE",
		[]string{"tags: foreign-key-without-tenant: foreign key (note) of tags omits the tenant, so a row can refer to another tenant's row of notes, and ON DELETE CASCADE works across tenants", "tags: stray-column", "tags: stray-foreign-key"}, true},
	{"no index for the tenant", "ALTER TABLE organization_domains DROP CONSTRAINT organization_domains_pkey", []string{"organization_domains: missing-key", "organization_domains: no-tenant-index"}, false},
	{"a trigger on a global table", "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER t AFTER INSERT ON plans EXECUTE FUNCTION f()", []string{"plans: stray-trigger: trigger t"}, false},
	{"indexes that are lost", "CREATE INDEX settings ON organizations USING gin (settings); CREATE INDEX words ON notes USING gin (to_tsvector('simple', body)); CREATE UNIQUE INDEX by_status ON notes (status, org_id, id)", []string{
		"notes: non-leakproof-index: index by_status cannot look up status under row-level security: a condition on it reads every row", "notes: non-leakproof-index: index words cannot look up to_tsvector('simple'::regconfig, body)",
		"organizations: non-leakproof-index: index settings cannot look up settings"}, true},
	{"an index that works", "CREATE INDEX ON notes (org_id, created_at, title, author_id); CREATE INDEX ON notes USING hash (title); CREATE INDEX ON plans (price_cents); CREATE INDEX ON plans ((price_cents::numeric))", nil, false},
}

var policyDamage = []damage{
	{"a floor for one role", "ALTER POLICY tenant_isolation_floor ON notes TO app_tenant", []string{"notes: altered-policy: policy tenant_isolation_floor differs in its roles"}, false},
	{"a floor that is none", "DROP POLICY tenant_isolation_floor ON notes; CREATE POLICY tenant_isolation_floor ON notes USING (org_id = " + tenantOf + ")", []string{"notes: altered-policy: policy tenant_isolation_floor differs in being restrictive"}, false},
	{"a floor for reads", "DROP POLICY tenant_isolation_floor ON notes; CREATE POLICY tenant_isolation_floor ON notes AS RESTRICTIVE FOR SELECT USING (org_id = " + tenantOf + ")", []string{"notes: altered-policy: policy tenant_isolation_floor differs in its command and WITH CHECK"}, false},
	{"writes not checked", "ALTER POLICY tenant_isolation_floor ON notes WITH CHECK (true)", []string{"notes: altered-policy: policy tenant_isolation_floor differs in WITH CHECK"}, false},
	{"another setting", "ALTER POLICY tenant_isolation ON notes USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.other', true)), '')::uuid)", []string{"notes: altered-policy: policy tenant_isolation differs in USING"}, false},
	{"another parent", "ALTER POLICY tenant_isolation ON note_comments USING (EXISTS (SELECT 1 FROM notes parent WHERE parent.id = note_comments.id AND parent.org_id = " + tenantOf + "))", []string{"note_comments: altered-policy"}, false},
	{"the same in other words", "ALTER POLICY tenant_isolation ON notes USING ((org_id) = NULLIF((SELECT current_setting('app.org_id'::text, true) AS tenant), ''::text)::uuid) WITH CHECK (org_id = " + tenantOf + ")", nil, false},
	{"a policy above no floor", "DROP POLICY tenant_isolation_floor ON notes; CREATE POLICY more ON notes USING (true)", []string{
		"notes: extra-policy: policy more is not ours, and no floor keeps it from letting other tenants' rows through (error)", "notes: missing-policy: policy tenant_isolation_floor"}, false},
	{"a policy that hides more", "CREATE POLICY less ON notes AS RESTRICTIVE USING (status <> 'archived')", []string{"notes: extra-policy: policy less is not ours; it hides"}, true},
	{"an operator of somebody's", "CREATE FUNCTION same(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR public.= (FUNCTION = same, LEFTARG = uuid, RIGHTARG = uuid); ALTER POLICY tenant_isolation_floor ON notes USING (org_id OPERATOR(public.=) " + tenantOf + ")",
		[]string{"operator =: stray-function", "notes: altered-policy: policy tenant_isolation_floor differs in USING"}, true},
	{"both switches", "ALTER TABLE notes DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY", []string{"notes: rls-disabled"}, false},
	{"an heir within reach", "CREATE TABLE heir () INHERITS (invitations); GRANT SELECT ON heir TO app_tenant", []string{"heir: unprotected-partition: is part of invitations and lacks its protection (error)"}, false},
	{"an heir of a child table", "CREATE TABLE heir () INHERITS (note_comments)", []string{"heir: unprotected-partition: is part of note_comments"}, false},
	{"an heir of an heir", "CREATE TABLE heir () INHERITS (invitations); ALTER TABLE heir ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY tenant_isolation ON heir USING (org_id = " + tenantOf + "); CREATE POLICY tenant_isolation_floor ON heir AS RESTRICTIVE USING (org_id = " + tenantOf +
		"); CREATE TABLE younger () INHERITS (heir)", []string{"younger: unprotected-partition: is part of invitations"}, false},
	{"an heir that is not forced", "CREATE TABLE heir () INHERITS (invitations); ALTER TABLE heir ENABLE ROW LEVEL SECURITY; CREATE POLICY tenant_isolation ON heir USING (org_id = " + tenantOf + "); CREATE POLICY tenant_isolation_floor ON heir AS RESTRICTIVE USING (org_id = " + tenantOf + ")",
		[]string{"heir: unprotected-partition"}, false},
	{"an heir that may be truncated", "CREATE TABLE heir () INHERITS (invitations); GRANT TRUNCATE ON heir TO PUBLIC", []string{"heir: excess-grant", "heir: unprotected-partition: is part of invitations and lacks its protection (error)"}, false},
	{"an heir with a weaker floor", "CREATE TABLE heir () INHERITS (invitations); ALTER TABLE heir ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY tenant_isolation ON heir USING (org_id = " + tenantOf + "); CREATE POLICY tenant_isolation_floor ON heir AS RESTRICTIVE USING (org_id IS NOT NULL)",
		[]string{"heir: unprotected-partition"}, false},
}

func TestStructureDamage(t *testing.T) { testDamage(t, structureDamage) }
func TestPolicyDamage(t *testing.T)    { testDamage(t, policyDamage) }

func testDamage(t *testing.T, cases []damage) {
	conn := connection(t, newExample(t))
	version := serverVersion(t, conn)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if strings.Contains(c.do, "security_invoker") && version < 150000 {
				t.Skip("PostgreSQL 14 has no such views")
			}
			damaged(t, conn, c.do, func(tx pgx.Tx) {
				found := inspect(t, tx, options(t))
				expect(t, found, c.want)
				var fix []string
				for _, f := range found {
					fix = append(fix, f.SQL...)
				}
				if !c.keep && len(found) > 0 {
					repaired(t, tx, fix)
				}
			})
		})
	}
}

func serverVersion(t *testing.T, conn *pgx.Conn) (version int) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), "SELECT current_setting('server_version_num')::int4").Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

func expect(t *testing.T, found []verify.Finding, want []string) {
	t.Helper()
	ok := len(found) == len(want)
	for i := 0; ok && i < len(want); i++ {
		text := brief(found[i])
		ok = strings.Contains(text, want[i]) && strings.HasSuffix(text, "(error)") == strings.HasSuffix(want[i], "(error)")
	}
	if !ok {
		t.Errorf("found:\n%s\nwant:\n%s", briefs(found), strings.Join(want, "\n"))
	}
}
