package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// action is action.yml, whose steps are run as GitHub runs them, with the program on PATH.
type action struct {
	*testing.T
	Inputs map[string]struct{ Default string }
	Runs   struct {
		Using string
		Steps []struct {
			Name, If, Shell, Run string
			Env                  map[string]string
		}
	}
	bin string
}

func readAction(t *testing.T) *action {
	t.Helper()
	pgserver.Long(t)
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	a := &action{T: t, bin: t.TempDir()}
	if err := yaml.Unmarshal(text, a); err != nil || a.Runs.Using != "composite" {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, filepath.Join(a.bin, "tenantgen")) // which TestMain knows by its name
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var (
	inputValue = regexp.MustCompile(`^\$\{\{ inputs\.([\w-]+) \}\}$`)
	condition  = regexp.MustCompile(`^inputs\.([\w-]+) (==|!=) '(\w+)'$`)
)

// run runs a step with inputs, the others as they are by default, unless its condition leaves it out: then it says "left out".
func (a *action) run(step string, inputs map[string]string) (code int, said string) {
	a.Helper()
	value := func(name string) string {
		in, known := a.Inputs[name]
		if !known {
			a.Errorf("there is no input %s", name)
		}
		if v, set := inputs[name]; set {
			return v
		}
		return in.Default
	}
	for _, s := range a.Runs.Steps {
		if s.Name != step {
			continue
		}
		if s.If != "" {
			m := condition.FindStringSubmatch(s.If)
			if m == nil {
				a.Fatalf("%s: %s", step, s.If)
			}
			if (value(m[1]) == m[3]) != (m[2] == "==") {
				return 0, "left out"
			}
		}
		cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.Run)
		cmd.Env = append(os.Environ(), "PATH="+a.bin+":"+os.Getenv("PATH"), "GITHUB_STEP_SUMMARY=summary.md")
		for name, v := range s.Env {
			m := inputValue.FindStringSubmatch(v)
			if m == nil {
				a.Fatalf("%s: %s", name, v)
			}
			cmd.Env = append(cmd.Env, name+"="+value(m[1]))
		}
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			a.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), string(out)
	}
	a.Fatalf("action.yml has no step %s", step)
	return 0, ""
}

func TestAction(t *testing.T) {
	a := readAction(t)
	project(t, "uuid")
	put(t, "db/queries/leak.sql", leak)
	put(t, "db/queries/ein 'Leck' $x 100%.sql", leak)
	put(t, "db/queries/another.sql", leak)
	code, out := a.run("tenantgen lint", map[string]string{"version": "v1.0.0", "sarif": "out.sarif", "files": "db/queries/leak.sql\ndb/queries/ein 'Leck' $x 100%.sql\n"})
	if code != exitFindings || !strings.Contains(out, "::error file=db/queries/leak.sql,line=3") {
		t.Errorf("%d\n%s", code, out)
	}
	if n := strings.Count(out, "::error "); n != 2 || !strings.Contains(out, "file=db/queries/ein 'Leck' $x 100%25.sql,") {
		t.Errorf("%d of 2 files are judged:\n%s", n, out)
	}
	if summary, err := os.ReadFile("summary.md"); err != nil || !strings.HasPrefix(string(summary), "### tenantgen: 2 errors\n") {
		t.Errorf("%v\n%s", err, summary)
	}
	sarifText, err := os.ReadFile("out.sarif")
	if err != nil || !json.Valid(sarifText) || !bytes.Contains(sarifText, []byte("unscoped-table")) {
		t.Errorf("%v\n%s", err, sarifText)
	}
}

// What is generated is compared, and Go code is judged, where the inputs say so.
func TestActionOfCode(t *testing.T) {
	a := readAction(t)
	t.Chdir(t.TempDir())
	put(t, "go.mod", "module example.com/app\n\ngo 1.26\n")
	put(t, "db/schema.sql", "CREATE TABLE notes (id bigint PRIMARY KEY, org_id bigint NOT NULL, title text NOT NULL);\n")
	put(t, "db/sqlc.yaml", `version: "2"
sql: [{engine: postgresql, schema: schema.sql}]
options:
  tenantgen:
    tenant_column: org_id
    vet: {plain_ids: they are numbers, packages: ./store, bypass: {store: it has the database}}
`)
	put(t, "db/store/store.go", "package store\n\nimport \"database/sql\"\n\nfunc All(db *sql.DB) { db.Query(\"SELECT title FROM notes\") }\n")
	for _, step := range []string{"tenantgen vet", "tenantgen generate --check"} {
		if code, out := a.run(step, nil); out != "left out" {
			t.Errorf("%s: %d\n%s", step, code, out)
		}
	}
	inputs := map[string]string{"version": "v1.0.0", "config": "db/sqlc.yaml", "vet": "true", "check-generated": "true"}
	if code, out := a.run("tenantgen vet", inputs); code != exitFindings || !strings.Contains(out, "::error file=db/store/store.go,line=5,endLine=5,col=52,endColumn=57,title=tenantgen%3A unscoped-table::") {
		t.Errorf("%d\n%s", code, out)
	}
	put(t, "db/store/store.go", "package store\n\nimport \"database/sql\"\n\nfunc Ping(db *sql.DB) { db.Exec(\"SELECT 1\") }\n")
	if code, out := a.run("tenantgen vet", inputs); code != 0 || !strings.Contains(out, "1 packages, 0 findings") {
		t.Errorf("%d\n%s", code, out)
	}
	if code, out := a.run("tenantgen generate --check", inputs); code != exitFailed || !strings.Contains(out, "out") {
		t.Errorf("%d\n%s", code, out)
	}
}
