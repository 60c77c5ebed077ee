package verify_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/verify"
)

// The statements of findings, each as little as puts it right: "" where none would be safe.
var printedFixes = []struct {
	do, rule, sql string
	since         int
}{
	{"ALTER TABLE tags DROP CONSTRAINT tags_org_id_note_id_fkey; ALTER TABLE tags ADD CONSTRAINT k FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) NOT VALID", "missing-foreign-key",
		"ALTER TABLE public.tags VALIDATE CONSTRAINT k;", 0},
	{"ALTER TABLE tags ALTER CONSTRAINT tags_org_id_note_id_fkey NOT ENFORCED", "missing-foreign-key", "ALTER TABLE public.tags ALTER CONSTRAINT tags_org_id_note_id_fkey ENFORCED;", 18},
	{"ALTER TABLE tags ALTER CONSTRAINT tags_org_id_note_id_fkey DEFERRABLE", "missing-foreign-key", "ALTER TABLE public.tags ALTER CONSTRAINT tags_org_id_note_id_fkey NOT DEFERRABLE;", 0},
	{"ALTER TABLE tags DISABLE TRIGGER ALL", "missing-foreign-key",
		"ALTER TABLE public.tags DROP CONSTRAINT tags_org_id_note_id_fkey, ADD CONSTRAINT tags_org_id_note_id_fkey FOREIGN KEY (org_id, note_id) REFERENCES public.notes (org_id, id);", 0},
	{"ALTER TABLE tags DROP CONSTRAINT tags_org_id_note_id_fkey; ALTER TABLE tags ADD CONSTRAINT k FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) ON DELETE CASCADE", "missing-foreign-key",
		"ALTER TABLE public.tags DROP CONSTRAINT k, ADD CONSTRAINT k FOREIGN KEY (org_id, note_id) REFERENCES public.notes (org_id, id);", 0},
	{"CREATE TABLE archive (org_id uuid, id int, UNIQUE (org_id, id)); ALTER TABLE tags DROP CONSTRAINT tags_org_id_note_id_fkey; UPDATE tags SET note_id = NULL; ALTER TABLE tags ADD FOREIGN KEY (org_id, note_id) REFERENCES archive (org_id, id)", "missing-foreign-key",
		"ALTER TABLE public.tags ADD FOREIGN KEY (org_id, note_id) REFERENCES public.notes (org_id, id);", 0},
	{"CREATE POLICY less ON notes AS RESTRICTIVE USING (title <> 'x')", "extra-policy", "", 0},
	{"CREATE POLICY more ON notes USING (true)", "extra-policy", "DROP POLICY more ON public.notes;", 0},
	{"REVOKE SELECT ON notes FROM mut_app", "missing-grant", "GRANT SELECT ON public.notes TO mut_app;", 0},
	{"REVOKE SELECT ON notes FROM mut_app; ALTER TABLE notes DISABLE ROW LEVEL SECURITY", "missing-grant", "", 0},
	{"REVOKE SELECT ON notes FROM mut_app; DROP POLICY tenant_isolation_floor ON notes", "missing-grant", "", 0},
	{"REVOKE SELECT ON notes FROM mut_app; ALTER TABLE tags DISABLE ROW LEVEL SECURITY", "missing-grant", "GRANT SELECT ON public.notes TO mut_app;", 0},
	{"REVOKE SELECT ON notes FROM mut_app; ALTER ROLE mut_app BYPASSRLS", "missing-grant", "", 0},
	{"ALTER ROLE mut_cross NOBYPASSRLS", "cross-tenant-role", "ALTER ROLE mut_cross BYPASSRLS;", 0},
	{"ALTER ROLE mut_cross NOBYPASSRLS; GRANT mut_cross TO mut_app", "cross-tenant-role", "", 0},
	{"CREATE ROLE mut_l LOGIN IN ROLE mut_cross", "cross-tenant-login", "ALTER ROLE mut_l IN DATABASE DBNAME SET role = 'mut_cross';", 0},
	{"CREATE ROLE mut_l LOGIN IN ROLE mut_cross, mut_app", "cross-tenant-login", "", 0},
	{"CREATE VIEW v AS SELECT id FROM plans; CREATE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER put INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION put(); GRANT INSERT ON v TO mut_app", "stray-trigger",
		"REVOKE INSERT, UPDATE, DELETE ON public.v FROM mut_app;", 0},
	{"CREATE FUNCTION peep(text, int[]) RETURNS boolean LANGUAGE plpgsql LEAKPROOF AS 'BEGIN RETURN true; END'", "stray-function", "ALTER FUNCTION public.peep(pg_catalog.text, pg_catalog.int4[]) NOT LEAKPROOF;", 0},
	{"ALTER FUNCTION note_count(uuid) LEAKPROOF", "altered-function", "ALTER FUNCTION public.note_count(pg_catalog.uuid) NOT LEAKPROOF;", 0},
}

func TestPrintedFixes(t *testing.T) {
	schema := strings.Replace(mutSchema, "CREATE VIEW my_notes WITH (security_invoker) AS SELECT org_id, id, title, body FROM notes;\n", "", 1)
	conn, o := newWorldOf(t, mutSettings, schema, mutQueries)
	version := serverVersion(t, connection(t, pgserver.DatabaseForTest(t))) / 10000
	if _, err := conn.Exec(t.Context(), mutRows); err != nil {
		t.Fatal(err)
	}
	for _, c := range printedFixes {
		if c.since > version {
			continue
		}
		damaged(t, conn, c.do, func(tx pgx.Tx) {
			found := inspectAll(t, tx, o).Findings
			i := slices.IndexFunc(found, func(f verify.Finding) bool { return f.Rule.Name == c.rule })
			if i < 0 {
				t.Errorf("%s: no %s in\n%s", c.do, c.rule, briefs(found))
				return
			}
			want := strings.ReplaceAll(c.sql, "DBNAME", `"`+conn.Config().Database+`"`)
			got := strings.ReplaceAll(strings.Join(found[i].SQL, " "), "DATABASE "+conn.Config().Database+" ", `DATABASE "`+conn.Config().Database+`" `)
			if got != want || want == "" && found[i].Hint == "" {
				t.Errorf("%s\n\tprints %q (%s), want %q", c.do, got, found[i].Hint, want)
			}
		})
	}
}
