package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen"
)

// objects is what the refused queries of TestBaselineRestsOnTheSchema touch, in a
// migration before ours.
const objects = `-- +goose Up
CREATE DOMAIN short AS text CHECK (length(VALUE) < 80);
CREATE FUNCTION is_open(state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT state = ''open''';
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE tickets (id uuid PRIMARY KEY, org_id uuid NOT NULL, state text NOT NULL, title short, parent uuid REFERENCES tickets);
CREATE TABLE lines (id uuid PRIMARY KEY, org_id uuid NOT NULL, ticket uuid);
CREATE VIEW open_tickets WITH (security_invoker) AS SELECT id, title FROM tickets WHERE is_open(state);
CREATE VIEW "Open ones" WITH (security_invoker) AS SELECT id FROM open_tickets;
`

const openOnes = "-- name: OpenOnes :many\nSELECT id FROM \"Open ones\";\n-- name: Retitle :exec\nUPDATE tickets SET title = $1;\n"

// An entry rests on what the schema says of what its query touches, however far away,
// and on nothing else.
func TestBaselineRestsOnTheSchema(t *testing.T) {
	cases := map[string]struct {
		sql   string
		stale string // the queries whose entries are
	}{
		"another condition of the view":   {"CREATE OR REPLACE VIEW open_tickets WITH (security_invoker) AS SELECT id, title FROM tickets;", "OpenOnes"},
		"the view's function":             {"CREATE OR REPLACE FUNCTION is_open(state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';", "OpenOnes"},
		"owner's rights":                  {"ALTER VIEW \"Open ones\" RESET (security_invoker);", "OpenOnes"},
		"a trigger":                       {"CREATE TRIGGER stamp BEFORE UPDATE ON tickets FOR EACH ROW EXECUTE FUNCTION stamp();", "OpenOnes Retitle"},
		"a foreign key that acts":         {"ALTER TABLE lines ADD FOREIGN KEY (ticket) REFERENCES tickets ON DELETE CASCADE;", "OpenOnes Retitle"},
		"a type":                          {"ALTER DOMAIN short ADD CHECK (is_open(VALUE));", "OpenOnes Retitle"},
		"a column that is named":          {"ALTER TABLE tickets ALTER title TYPE varchar(9);", "OpenOnes Retitle"},
		"a column that nobody names":      {"ALTER TABLE tickets ADD COLUMN urgency int;", ""},
		"an index":                        {"CREATE INDEX ON tickets (org_id, state);", ""},
		"a policy":                        {"ALTER TABLE tickets ENABLE ROW LEVEL SECURITY; CREATE POLICY tenant ON tickets USING (true);", ""},
		"a foreign key that does not act": {"ALTER TABLE lines ADD FOREIGN KEY (ticket) REFERENCES tickets;", ""},
		"another table":                   {"CREATE TABLE others (id uuid, org_id uuid NOT NULL);", ""},
	}
	for what, c := range cases {
		t.Run(what, func(t *testing.T) {
			project(t, "uuid")
			put(t, "db/migrations/00002_tickets.sql", objects)
			put(t, "db/queries/open.sql", openOnes)
			if code, out, errOut := cli("lint", "--write-baseline"); !strings.Contains(out, "excuses 2 queries") || code == exitFailed {
				t.Fatalf("code %d\n%s%s", code, out, errOut)
			}
			put(t, "db/migrations/00003_later.sql", "-- +goose Up\n"+c.sql+"\n")
			_, out, errOut := cli("lint")
			for _, q := range []string{"OpenOnes", "Retitle"} {
				stale := strings.Contains(out, "stale-baseline: the baseline excuses query "+q+" ")
				if stale != strings.Contains(c.stale, q) || stale != strings.Contains(out, "unscoped-") && c.stale != "OpenOnes" {
					t.Errorf("%s is stale: %v\n%s%s", q, stale, out, errOut)
				}
			}
		})
	}
}

// In the second version hashes are of texts: they go on to excuse what has not changed at all.
func TestBaselineOfTheSecondVersion(t *testing.T) {
	adopt(t)
	text, _ := os.ReadFile(tenantgen.BaselineName)
	_, rest, _ := strings.Cut(leak, "\n")
	hash := fmt.Sprintf(`"sha256:%x"`, sha256.Sum256([]byte(strings.TrimSuffix(strings.TrimSpace(rest), ";"))))
	old := regexp.MustCompile(`"tokens:[0-9a-f]+"`).ReplaceAllString(string(text), hash)
	put(t, tenantgen.BaselineName, strings.Replace(old, `"version": 3`, `"version": 2`, 1))
	if code, out, errOut := cli("lint"); code != exitClean {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
	edit(t, "db/queries/leak.sql", "SELECT id,\n", "SELECT id, \n")
	if code, out, _ := cli("lint"); code != exitFindings || !strings.Contains(out, "stale-baseline") {
		t.Errorf("of another text: code %d\n%s", code, out)
	}
	if code, _, _ := cli("lint", "--write-baseline"); code != exitClean {
		t.Error(code)
	}
	if text, _ := os.ReadFile(tenantgen.BaselineName); !strings.Contains(string(text), `"version": 3`) {
		t.Errorf("%s", text)
	}
}

// options.tenantgen.baseline names another file.
func TestBaselineElsewhere(t *testing.T) {
	adopt(t)
	text, _ := os.ReadFile(tenantgen.BaselineName)
	edit(t, "sqlc.yaml", "    tenant_column:", "    baseline: db/excused.json\n    tenant_column:")
	if code, _, _ := cli("lint"); code != exitFindings {
		t.Errorf("without it: code %d", code)
	}
	put(t, "db/excused.json", string(text))
	if code, out, errOut := cli("lint"); code != exitClean {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
	if code, out, _ := cli("lint", "--write-baseline"); code != exitClean || !strings.Contains(out, "db/excused.json excuses 1 queries") {
		t.Errorf("code %d\n%s", code, out)
	}
}

// A baseline of the first version does not say what it rests on, and so excuses nothing
// until somebody has looked at it; reasons are kept.
func TestBaselineOfTheFirstVersion(t *testing.T) {
	adopt(t)
	edit(t, tenantgen.BaselineName, `"version": 3`, `"version": 1`)
	edit(t, tenantgen.BaselineName, `"hash"`, `"reason": "known", "hash"`)
	if code, out, _ := cli("lint"); code != exitFindings || !strings.Contains(out, "stale-baseline: the baseline excuses nothing") || !strings.Contains(out, "unscoped-table") {
		t.Errorf("code %d\n%s", code, out)
	}
	if code, _, errOut := cli("lint", "--write-baseline"); code != exitClean {
		t.Fatal(errOut)
	}
	if code, out, _ := cli("audit"); code != exitClean || !strings.Contains(out, "reason: known") {
		t.Errorf("code %d\n%s", code, out)
	}
}

// One entry excuses one query: where two entries of sqlc.yaml read a file, each needs its own.
func TestBaselineEntryExcusesOneQuery(t *testing.T) {
	adopt(t)
	edit(t, "sqlc.yaml", "options:", "  - {engine: postgresql, schema: db/migrations, queries: db/queries, gen: {go: {package: two, out: repo/internal/two, sql_package: pgx/v5}}}\noptions:")
	code, out, errOut := cli("lint")
	if code != exitFindings || strings.Count(out, "unscoped-table") != 1 || !strings.Contains(out, "2 rejected (1 of them in the baseline)") {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
	cli("lint", "--write-baseline")
	if code, out, errOut := cli("lint"); code != exitClean {
		t.Errorf("each has its entry, code %d\n%s%s", code, out, errOut)
	}
}

// A baseline says the same wherever tenantgen is called, and after the project has moved.
func TestBaselineOfAnotherFolder(t *testing.T) {
	project(t, "uuid")
	put(t, "db/migrations/00002_tickets.sql", objects)
	put(t, "db/queries/open.sql", openOnes)
	if code, out, errOut := cli("lint", "--write-baseline"); !strings.Contains(out, "excuses 2 queries") || code == exitFailed {
		t.Fatalf("code %d\n%s%s", code, out, errOut)
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	moved := t.TempDir()
	if err := os.CopyFS(moved, os.DirFS(wd)); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{filepath.Dir(wd), filepath.Join(wd, "db"), moved} {
		for _, file := range []string{wd, moved} {
			t.Chdir(from)
			if code, out, errOut := cli("-f", filepath.Join(file, "sqlc.yaml"), "lint"); code != exitClean || !strings.Contains(out, "2 of them in the baseline") {
				t.Errorf("from %s: code %d\n%s%s", from, code, out, errOut)
			}
		}
	}
}
