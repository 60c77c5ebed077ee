package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRealPreCommit lets pre-commit itself install this repository, as it is committed, and run
// its hooks on a project: with nothing to find, and with a leak. Go builds the program anew for it,
// which takes minutes, so it runs on request: .ci/nightly precommit.
func TestRealPreCommit(t *testing.T) {
	if os.Getenv("TENANTGEN_PRECOMMIT") == "" {
		t.Skip("set TENANTGEN_PRECOMMIT=1")
	}
	program, err := exec.LookPath("pre-commit")
	if err != nil {
		t.Fatal("there is no pre-commit: apt-get install pre-commit")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"schema.sql":  "CREATE TABLE notes (org_id uuid NOT NULL, id uuid PRIMARY KEY, title text NOT NULL);\n",
		"queries.sql": "-- name: List :many\nSELECT id, title FROM notes WHERE org_id = @org_id;\n",
		"sqlc.yaml":   "version: \"2\"\nsql:\n  - {engine: postgresql, schema: schema.sql, queries: queries.sql}\noptions:\n  tenantgen: {tenant_column: org_id}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	modules, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, error) {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PRE_COMMIT_HOME="+filepath.Join(t.TempDir(), "home"), "GOMODCACHE="+strings.TrimSpace(string(modules)))
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run("git", "init", "-q", "."); err != nil {
		t.Fatal(out)
	}
	for _, hook := range []string{"tenantgen-lint", "tenantgen-lint-changed"} {
		for query, want := range map[string]string{" AND title = @title": "Passed", " OR title = @title": "unscoped-table: reads rows of every tenant in notes"} {
			text := "-- name: List :many\nSELECT id, title FROM notes WHERE org_id = @org_id" + query + ";\n"
			if err := os.WriteFile(filepath.Join(dir, "queries.sql"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			if out, err := run("git", "add", "-A"); err != nil {
				t.Fatal(out)
			}
			out, err := run(program, "try-repo", root, hook, "--files", "queries.sql")
			if (err == nil) != (want == "Passed") || !strings.Contains(out, want) {
				t.Errorf("%s,%s: %v\n%s", hook, query, err, out)
			}
		}
	}
}
