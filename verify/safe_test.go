package verify_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/verify"
)

// mutRows are rows of two tenants. Those of B have its id, or 1001, in them.
const mutRows = `
INSERT INTO orgs VALUES ('aaaaaaaa-0000-4000-8000-000000000001', 'A'), ('bbbbbbbb-0000-4000-8000-000000000002', 'B');
INSERT INTO plans VALUES (1, 'free'), (2, 'paid');
INSERT INTO hasid VALUES (1);
INSERT INTO notes (org_id, id, title) VALUES ('aaaaaaaa-0000-4000-8000-000000000001', 1, 'a'), ('bbbbbbbb-0000-4000-8000-000000000002', 1001, 'b');
INSERT INTO comments VALUES (1, 1, 'a'), (1001, 1001, 'b');
INSERT INTO files VALUES (1, 1, NULL), (1001, 1001, NULL), (2, NULL, 1);
INSERT INTO ev VALUES ('aaaaaaaa-0000-4000-8000-000000000001', 1, 1), ('bbbbbbbb-0000-4000-8000-000000000002', 1001, 2);
INSERT INTO tags VALUES ('aaaaaaaa-0000-4000-8000-000000000001', 1, 1, 'a'), ('bbbbbbbb-0000-4000-8000-000000000002', 1001, 1001, 'b');
`

// measures counts, of every relation, the rows that there are, and those of B that the application's
// role sees: with A for its tenant, and with none.
const measures = `DO $measures$
DECLARE rel record; tenant text; n bigint; found jsonb := '{}';
BEGIN
	FOR rel IN SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' LOOP
		IF rel.relkind = 'r' THEN
			EXECUTE 'SELECT count(*) FROM ONLY ' || rel.name INTO n;
			found := found || jsonb_build_object('rows ' || rel.name, n);
		END IF;
		FOREACH tenant IN ARRAY ARRAY['', 'aaaaaaaa-0000-4000-8000-000000000001'] LOOP
			BEGIN
				PERFORM set_config('role', 'mut_app', true), set_config('app.org_id', tenant, true);
				EXECUTE 'SELECT count(*) FROM ' || rel.name || ' x WHERE to_jsonb(x)::text ~ ''bbbbbbbb-|\m1001\M''' INTO n;
			EXCEPTION WHEN OTHERS THEN n := 0;
			END;
			PERFORM set_config('role', 'none', true);
			found := found || jsonb_build_object('seen ' || rel.name || ' for "' || tenant || '"', n);
		END LOOP;
	END LOOP;
	PERFORM set_config('measures.found', found::text, true);
END $measures$`

// measured runs measures, and leaves nothing behind.
func measured(t *testing.T, tx pgx.Tx) map[string]int {
	t.Helper()
	inner, err := tx.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Rollback(t.Context())
	if _, err := inner.Exec(t.Context(), measures); err != nil {
		t.Fatal(err)
	}
	var text string
	if err := inner.QueryRow(t.Context(), "SELECT current_setting('measures.found')").Scan(&text); err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// safe runs the statements of each finding alone: wherever they stop, no row is lost, and nobody
// sees more rows of another tenant than before.
func safe(t *testing.T, tx pgx.Tx, found []verify.Finding) {
	t.Helper()
	var before map[string]int
	for _, f := range found {
		if !slices.ContainsFunc(f.SQL, func(s string) bool { return !narrows.MatchString(s) }) {
			continue
		}
		if before == nil {
			before = measured(t, tx)
		}
		runAlone(t, tx, f, before)
	}
}

// narrows are statements that take rights away, or turn policies on, and do nothing else.
var narrows = regexp.MustCompile(`^(REVOKE [^;]*|ALTER DEFAULT PRIVILEGES [^;]* REVOKE [^;]*|ALTER ROLE \S+( NO[A-Z]+)+|ALTER TABLE \S+ (ENABLE|FORCE) ROW LEVEL SECURITY(, FORCE ROW LEVEL SECURITY)?);$`)

func runAlone(t *testing.T, tx pgx.Tx, f verify.Finding, before map[string]int) {
	inner, err := tx.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Rollback(t.Context())
	for _, s := range f.SQL {
		if _, err := inner.Exec(t.Context(), s); err != nil {
			return // which the test of repairs judges
		}
		after := measured(t, inner)
		for what, n := range before {
			now, there := after[what]
			switch kind, _, _ := strings.Cut(what, " "); {
			case kind == "rows" && (!there || now < n):
				t.Errorf("%s\n\tof %s loses rows: %s %d, was %d", s, brief(f), what, now, n)
			case kind == "seen" && now > n:
				t.Errorf("%s\n\tof %s shows more: %s %d, was %d", s, brief(f), what, now, n)
			}
		}
	}
}
