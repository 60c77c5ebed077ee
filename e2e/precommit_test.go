package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRealPreCommit lets pre-commit itself install this repository, as it is committed, as a user's configuration
// names it, and stand in the way of git commit: with nothing to find, and with a leak, for both hooks. Go builds the
// program anew for it, which takes minutes, so it runs on request: .ci/nightly precommit. -v shows the transcript.
func TestRealPreCommit(t *testing.T) {
	if os.Getenv("TENANTGEN_PRECOMMIT") == "" {
		t.Skip("set TENANTGEN_PRECOMMIT=1")
	}
	if _, err := exec.LookPath("pre-commit"); err != nil {
		t.Fatal("there is no pre-commit: apt-get install pre-commit")
	}
	p := newPreCommit(t)
	p.wants("Passed", "git add -A", "git commit -q -m begin")
	for _, hook := range []string{"tenantgen-lint", "tenantgen-lint-changed"} {
		p.queries(" OR title = @title")
		p.refuses("unscoped-table: reads rows of every tenant in notes", "pre-commit run "+hook, "git commit -q -m "+hook)
		p.queries(" AND title = @title -- " + hook)
		p.wants("Passed", "pre-commit run "+hook, "git commit -q -m "+hook)
	}
}

// preCommit is a repository with our hooks.
type preCommit struct {
	*testing.T
	dir string
	env []string
}

func newPreCommit(t *testing.T) *preCommit {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	modules, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	p := &preCommit{T: t, dir: t.TempDir()}
	p.env = append(os.Environ(), "PRE_COMMIT_HOME="+filepath.Join(t.TempDir(), "home"), "GOMODCACHE="+strings.TrimSpace(string(modules)), "PRE_COMMIT_COLOR=never",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	rev, err := exec.Command("git", "-C", root, "rev-parse", "HEAD").Output()
	if err != nil {
		t.Fatal(err)
	}
	p.write("schema.sql", "CREATE TABLE notes (org_id uuid NOT NULL, id uuid PRIMARY KEY, title text NOT NULL);\n")
	p.write("sqlc.yaml", "version: \"2\"\nsql:\n  - {engine: postgresql, schema: schema.sql, queries: queries.sql}\noptions:\n  tenantgen: {tenant_column: org_id}\n")
	p.write(".pre-commit-config.yaml", "repos:\n- repo: "+root+"\n  rev: "+strings.TrimSpace(string(rev))+"\n  hooks: [{id: tenantgen-lint}, {id: tenantgen-lint-changed}]\n")
	p.write("queries.sql", "-- name: List :many\nSELECT id, title FROM notes WHERE org_id = @org_id;\n")
	p.wants("", "git init -q .", "pre-commit install")
	return p
}

func (p *preCommit) write(name, text string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		p.Fatal(err)
	}
}

// queries writes a query with more in its WHERE, and stages it.
func (p *preCommit) queries(more string) {
	p.Helper()
	p.write("queries.sql", "-- name: List :many\nSELECT id, title FROM notes WHERE org_id = @org_id"+more+"\n;\n")
	p.wants("", "git add -A")
}

// wants runs commands, each of which has to succeed, the last one with a text.
func (p *preCommit) wants(text string, commands ...string) {
	p.Helper()
	out := ""
	for _, c := range commands {
		var err error
		if out, err = p.run(c); err != nil {
			p.Fatalf("%s: %v\n%s", c, err, out)
		}
	}
	if !strings.Contains(out, text) {
		p.Errorf("%s does not say %q:\n%s", commands[len(commands)-1], text, out)
	}
}

// refuses runs commands, each of which has to fail with a text.
func (p *preCommit) refuses(text string, commands ...string) {
	p.Helper()
	for _, c := range commands {
		if out, err := p.run(c); err == nil || !strings.Contains(out, text) {
			p.Errorf("%s: %v\n%s", c, err, out)
		}
	}
}

func (p *preCommit) run(command string) (string, error) {
	cmd := exec.Command("bash", "-c", command)
	cmd.Dir, cmd.Env = p.dir, p.env
	out, err := cmd.CombinedOutput()
	p.Logf("$ %s\n%s", command, out)
	return string(out), err
}
