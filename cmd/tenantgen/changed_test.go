package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// git runs git in the project, which it makes a repository of with everything committed.
func git(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// Whatever changes a verdict has it judged: a hook passes the files of a commit, but not
// the deleted ones.
func TestLintChanged(t *testing.T) {
	const fine, leaks = "db/queries/notes.sql", "db/queries/leak.sql"
	cases := map[string]struct {
		change func(t *testing.T)
		files  []string
		all    bool
	}{
		"a query file":                {nil, []string{fine}, false},
		"the file with the leak":      {nil, []string{leaks}, true},
		"a query file and others":     {nil, []string{fine, "go.mod", "seed.sql"}, false},
		"nothing that an entry reads": {nil, []string{"go.mod"}, true},
		"nothing":                     {nil, nil, true},
		"the schema":                  {nil, []string{fine, "db/migrations/00001_schema.sql"}, true},
		"the configuration":           {nil, []string{"sqlc.yaml"}, true},
		"a missing file":              {nil, []string{fine, "db/migrations/00009_gone.sql"}, true},
		"a deleted file":              {func(t *testing.T) { git(t, "rm", "-q", "seed.sql") }, []string{fine}, true},
		"a renamed file":              {func(t *testing.T) { git(t, "mv", "seed.sql", "seeds.sql") }, []string{fine, "seeds.sql"}, true},
		"a file deleted between two commits": {func(t *testing.T) {
			git(t, "rm", "-q", "seed.sql")
			git(t, "commit", "-qm", "later")
			t.Setenv("PRE_COMMIT_FROM_REF", "HEAD~1")
			t.Setenv("PRE_COMMIT_TO_REF", "HEAD")
		}, []string{fine}, true},
		"no repository": {func(t *testing.T) {
			if err := os.RemoveAll(".git"); err != nil {
				t.Fatal(err)
			}
			t.Setenv("GIT_CEILING_DIRECTORIES", "/")
		}, []string{fine}, true},
	}
	for what, c := range cases {
		t.Run(what, func(t *testing.T) {
			project(t, "uuid")
			put(t, leaks, leak)
			put(t, "seed.sql", "SELECT 1;")
			git(t, "init", "-q")
			git(t, "add", ".")
			git(t, "commit", "-qm", "first")
			if c.change != nil {
				c.change(t)
			}
			code, out, errOut := cli(append([]string{"lint", "--changed"}, c.files...)...)
			if found := strings.Contains(out, "unscoped-table"); found != c.all || (code == exitFindings) != c.all {
				t.Errorf("the leak is found: %v, code %d\n%s%s", found, code, out, errOut)
			}
		})
	}
}
