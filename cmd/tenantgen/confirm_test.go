package main

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// lint --confirm has a server read what lint proved, and says how much that was.
func TestConfirm(t *testing.T) {
	pgserver.Long(t)
	project(t, "uuid")
	code, out, errOut := cli("lint", "--confirm")
	if code != exitClean || errOut != "" || !strings.Contains(out, "reads the schema and 9 queries: 0 differences\n") {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
	code, out, errOut = cli("lint", "--confirm", "--format", "json")
	if code != exitClean || errOut != "" || !strings.HasPrefix(out, "{") {
		t.Errorf("code %d\n%s%s", code, out, errOut)
	}
}

// A function that no schema file declares is none that the server can read.
func TestConfirmUnread(t *testing.T) {
	pgserver.Long(t)
	project(t, "uuid")
	put(t, "sqlc.yaml", strings.Replace(read(t, "sqlc.yaml"), "tenant_column:", "functions: {slug: {safe: computes, kind: function}}\n    tenant_column:", 1))
	put(t, "db/queries/slugs.sql", "-- name: Slug :many\nSELECT slug(title)::text AS slug FROM notes WHERE org_id = @org_id;\n")
	code, out, errOut := cli("lint", "--confirm")
	if want := "db/queries/slugs.sql:1:1: read-differently: PostgreSQL cannot read the query, so that nothing confirms its proof: function slug(text) does not exist (warning)"; code != exitClean || !strings.Contains(out, "and 9 queries: 0 differences") || !strings.Contains(out, want) {
		t.Errorf("code %d, want %s\n%s%s", code, want, out, errOut)
	}
}
