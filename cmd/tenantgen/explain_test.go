package main

import (
	"os"
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	t.Chdir(t.TempDir()) // no sqlc.yaml is needed
	for _, r := range everyRule {
		code, out, errOut := cli("explain", r.Name)
		if code != exitClean || errOut != "" || !strings.HasPrefix(out, r.Name+" (") || !strings.Contains(out, r.Text) {
			t.Errorf("explain %s: code %d\n%s%s", r.Name, code, out, errOut)
		}
		if strings.Contains(out, "in sqlc.yaml") != r.Advisory() {
			t.Errorf("explain %s: says it can be configured: %v", r.Name, !r.Advisory())
		}
	}
	if code, out, _ := cli("explain"); code != exitClean || strings.Count(out, "\n") != len(everyRule) {
		t.Errorf("explain: code %d\n%s", code, out)
	}
}

// leakySchema adds a table with several faults to a project that has none.
func leakySchema(t *testing.T, settings string) {
	t.Helper()
	project(t, "uuid")
	put(t, "db/migrations/00009_tags.sql", "-- +goose Up\nCREATE TABLE tags (\n  org_id uuid NOT NULL,\n  größe int, name text UNIQUE, -- of all\n  PRIMARY KEY (name, org_id)\n);\n")
	if settings != "" {
		data, err := os.ReadFile("sqlc.yaml")
		if err != nil {
			t.Fatal(err)
		}
		put(t, "sqlc.yaml", strings.TrimRight(string(data), "\n")+"\n    rules:\n"+settings)
	}
}

// A warning about the schema is printed with its place, and lint stays clean.
func TestSchemaWarnings(t *testing.T) {
	leakySchema(t, "")
	code, out, errOut := cli("lint")
	want := `db/migrations/00009_tags.sql:2:14: no-tenant-index: no index of tags is led by org_id, so every query of one tenant reads the rows of all (warning)
  2 | CREATE TABLE tags (
    |              ^^^^
  hint: CREATE INDEX ON tags (org_id); tenantgen advise writes the migration
db/migrations/00009_tags.sql:4:24: key-without-tenant: unique key (name) of tags omits the tenant, so a tenant can find out what others have (warning)
  4 |   größe int, name text UNIQUE, -- of all
    |                        ^^^^^^
  hint: add org_id to the key; tenantgen advise writes the migration
9 queries: 7 scoped, 1 global, 1 cross-tenant, 0 rejected
`
	if code != exitClean || out != want || errOut != "" {
		t.Errorf("code %d\n%s\nwant\n%s\nstderr %q", code, out, want, errOut)
	}
}

func TestRuleSettings(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		code           int
		says, not      string
	}{
		{"error", "      no-tenant-index: {severity: error}\n", exitFindings, "reads the rows of all\n", "reads the rows of all (warning)"},
		{"the other stays", "      no-tenant-index: {severity: error}\n", exitFindings, "what others have (warning)", "\x00"},
		{"warning", "      no-tenant-index: {severity: warning}\n", exitClean, "reads the rows of all (warning)", "\x00"},
		{"off", "      no-tenant-index: {severity: off, reason: tables are small}\n", exitClean, "key-without-tenant", "no-tenant-index"},
		{"off without a reason", "      no-tenant-index: {severity: off}\n", exitFailed, "say why nobody needs this rule here", "queries:"},
		{"unknown", "      no-tenant-indx: {severity: error}\n", exitFailed, "there is no rule no-tenant-indx\n  hint: did you mean \"no-tenant-index\"?", "queries:"},
		{"a query rule off", "      unscoped-table: {severity: off, reason: in a hurry}\n", exitFailed, "unscoped-table refuses queries, so it is always an error\n  hint: declare the query instead", "queries:"},
		{"a query rule as a warning", "      unscoped-table: {severity: warning}\n", exitFailed, "unscoped-table refuses queries", "queries:"},
		{"a query rule as it is", "      unscoped-table: {severity: error}\n", exitClean, "0 rejected", "\x00"},
		{"what proofs rest on", "      schema: {severity: off, reason: in a hurry}\n", exitFailed, "every proof rests on schema", "queries:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			leakySchema(t, c.settings)
			code, out, errOut := cli("lint")
			if code != c.code || !strings.Contains(out+errOut, c.says) || strings.Contains(out, c.not) {
				t.Errorf("code %d, want %d, %q and not %q:\n%s%s", code, c.code, c.says, c.not, out, errOut)
			}
			if c.code == exitFailed && !strings.Contains(errOut, "sqlc.yaml:") {
				t.Errorf("no position: %s", errOut)
			}
		})
	}
}

// Every problem of the settings is reported at once.
func TestRuleSettingsAllProblems(t *testing.T) {
	leakySchema(t, "      nope: {severity: error}\n      syntax: {severity: warning}\n")
	if _, _, errOut := cli("lint"); strings.Count(errOut, "tenantgen: sqlc.yaml:") != 2 {
		t.Errorf("want two errors:\n%s", errOut)
	}
}
