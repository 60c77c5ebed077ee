package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"go.yaml.in/yaml/v3"
)

const leak = "-- name: Leak :many\nSELECT id,\n\tn.title FROM notes n\nWHERE n.id = @id;\n"

// The formats of CI servers have each finding once, and text of files does nothing in them.
func TestLintForCI(t *testing.T) {
	project(t, "uuid")
	put(t, "db/queries/a|b <i>.sql", strings.Replace(leak, "Leak", "Leak_of_1", 1)+strings.Replace(leak, "Leak", "Second", 1))
	_, out, _ := cli("lint", "--format", "gitlab")
	var issues []codeQuality
	if err := json.Unmarshal([]byte(out), &issues); err != nil || len(issues) != 2 || issues[0].Fingerprint == issues[1].Fingerprint {
		t.Fatalf("%v\n%s", err, out)
	}
	if i := issues[0]; i.Location.Path != "db/queries/a|b <i>.sql" || i.Location.Lines.Begin != 3 || i.Severity != "critical" || !strings.Contains(i.Description, "hint: ") {
		t.Errorf("%+v", i)
	}
	moved := issues[0].Fingerprint
	put(t, "db/queries/a|b <i>.sql", "\n\n"+strings.Replace(leak, "Leak", "Leak_of_1", 1))
	_, out, _ = cli("lint", "--format", "gitlab")
	if err := json.Unmarshal([]byte(out), &issues); err != nil || len(issues) != 1 || issues[0].Fingerprint != moved {
		t.Errorf("%v\n%s", err, out)
	}
	_, out, _ = cli("lint", "--format", "junit")
	var suites junitSuites
	if err := xml.Unmarshal([]byte(out), &suites); err != nil || suites.Tests != 10 || suites.Failures != 1 {
		t.Errorf("%v\n%s", err, out)
	}
	if want := `<testcase name="Leak_of_1" classname="db/queries/a|b &lt;i&gt;.sql" file="db/queries/a|b &lt;i&gt;.sql" line="3">`; !strings.Contains(out, want) {
		t.Errorf("no %s in\n%s", want, out)
	}
	_, out, _ = cli("lint", "--format", "markdown")
	if want := `| db/queries/a\|b &lt;i>.sql:5 | Leak\_of\_1 | [unscoped-table](`; !strings.Contains(out, want) || !strings.Contains(out, "| 10 | 7 | 1 | 1 | 1 | 0 | 0 |") {
		t.Errorf("no %s in\n%s", want, out)
	}
	put(t, "db/queries/a|b <i>.sql", "")
	if code, out, _ := cli("lint", "--format", "markdown"); code != exitClean || !strings.HasPrefix(out, "### tenantgen: every query is confined to one tenant, or declared\n") {
		t.Errorf("code %d\n%s", code, out)
	}
	if code, out, _ := cli("lint", "--format", "gitlab"); code != exitClean || strings.TrimSpace(out) != "[]" {
		t.Errorf("code %d\n%s", code, out)
	}
}

func TestLintSARIF(t *testing.T) {
	project(t, "uuid")
	put(t, "db/queries/leak 100%.sql", leak)
	code, out, errOut := cli("lint", "--format", "sarif")
	if code != exitFindings || errOut != "" {
		t.Fatalf("code %d, stderr %q", code, errOut)
	}
	log, err := sarif.FromBytes([]byte(out))
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Validate(); err != nil { // against the schema of SARIF 2.1.0
		t.Fatal(err)
	}
	if len(log.Runs) != 1 || len(log.Runs[0].Results) != 1 {
		t.Fatalf("%d runs: %s", len(log.Runs), out)
	}
	r := log.Runs[0].Results[0]
	at := r.Locations[0].PhysicalLocation
	rule := log.Runs[0].Tool.Driver.Rules[r.RuleIndex]
	if *r.RuleID != "unscoped-table" || *rule.ID != *r.RuleID || r.Level != "error" || *at.ArtifactLocation.URI != "db/queries/leak%20100%25.sql" || *at.Region.StartLine != 3 ||
		*at.Region.StartColumn != 15 || *at.Region.EndColumn != 20 || !strings.Contains(*r.Message.Text, "add AND n.org_id = @org_id to its WHERE") {
		t.Errorf("result %s", out[strings.Index(out, `"results"`):])
	}
	if rule.Help == nil || !strings.Contains(*rule.Help.Markdown, "```sql") || !strings.HasSuffix(*rule.HelpURI, "docs/rules.md#unscoped-table") {
		t.Errorf("the rule has no help: %+v", rule)
	}
	// The same finding keeps its fingerprint when it moves.
	put(t, "db/queries/leak 100%.sql", "-- a comment\n\n"+leak)
	_, moved, _ := cli("lint", "--format", "sarif")
	again, err := sarif.FromBytes([]byte(moved))
	if err != nil || again.Runs[0].Results[0].PartialFingerprints["tenantgen/v1"] != r.PartialFingerprints["tenantgen/v1"] || *again.Runs[0].Results[0].Locations[0].PhysicalLocation.Region.StartLine != 5 {
		t.Errorf("fingerprint %v became %v (%v)", r.PartialFingerprints, again.Runs[0].Results[0].PartialFingerprints, err)
	}
}

func TestLintSARIFClean(t *testing.T) {
	project(t, "uuid")
	code, out, _ := cli("lint", "--format=sarif")
	log, err := sarif.FromBytes([]byte(out))
	if err != nil || code != exitClean {
		t.Fatal(code, err)
	}
	if err := log.Validate(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out, `"results": []`) { // GitHub closes alerts that are gone only when there are results
		t.Error("no list of results")
	}
}

func TestLintGitHub(t *testing.T) {
	project(t, "uuid")
	put(t, "db/queries/a,b:c.sql", leak)
	code, out, _ := cli("lint", "--format", "github")
	want := "::error file=db/queries/a%2Cb%3Ac.sql,line=3,endLine=3,col=15,endColumn=20,title=tenantgen%3A unscoped-table::reads rows of every tenant in notes n%0Ahint: add AND n.org_id = @org_id to its WHERE\n" +
		"10 queries: 7 scoped, 1 global, 1 cross-tenant, 1 rejected\n"
	if code != exitFindings || out != want {
		t.Errorf("code %d\n%s\nwant\n%s", code, out, want)
	}
}

// Only the named files are judged, from any working directory, while the schema is read whole.
func TestLintFiles(t *testing.T) {
	project(t, "uuid")
	put(t, "db/queries/leak.sql", leak)
	root, _ := os.Getwd()
	if code, out, _ := cli("lint", "db/queries/notes.sql"); code != exitClean || !strings.Contains(out, "queries: ") || strings.Contains(out, "10 queries") {
		t.Errorf("another file: code %d\n%s", code, out)
	}
	if code, out, _ := cli("lint", "./db/queries/leak.sql", "--format", "text"); code != exitFindings || !strings.Contains(out, "1 queries: 0 scoped") {
		t.Errorf("the file: code %d\n%s", code, out)
	}
	if code, out, _ := cli("lint", filepath.Join(root, "db/queries/leak.sql")); code != exitFindings || !strings.Contains(out, "1 queries") {
		t.Errorf("an absolute path: code %d\n%s", code, out)
	}
	for _, name := range []string{"sqlc.yaml", "db/migrations/00001_init.sql"} {
		if _, err := os.Stat(name); err != nil {
			t.Fatal(err)
		}
		if _, out, _ := cli("lint", name); !strings.Contains(out, "10 queries") {
			t.Errorf("%s does not judge everything:\n%s", name, out)
		}
	}
	if code, _, errOut := cli("lint", "README.md"); code != exitFailed || !strings.Contains(errOut, "no entry reads README.md") {
		t.Errorf("a file that nobody reads: code %d\n%s", code, errOut)
	}
	// A schema file beside it judges everything that is read; it is still not read.
	put(t, "other/new.sql", leak)
	for _, with := range []string{"sqlc.yaml", "db/migrations/00001_init.sql"} {
		if code, _, errOut := cli("lint", with, "other/new.sql"); code != exitFailed || !strings.Contains(errOut, "no entry reads other/new.sql") {
			t.Errorf("beside %s: code %d\n%s", with, code, errOut)
		}
	}
	t.Chdir("db")
	if code, out, errOut := cli("-f", "../sqlc.yaml", "lint", "queries/leak.sql"); code != exitFindings || !strings.HasPrefix(out, "queries/leak.sql:3:15: ") {
		t.Errorf("from a folder: code %d\n%s%s", code, out, errOut)
	}
}

// hook is an entry of .pre-commit-hooks.yaml (https://pre-commit.com, Creating new hooks).
type hook struct {
	ID            string `yaml:"id"`
	Name          string `yaml:"name"`
	Description   string `yaml:"description"`
	Entry         string `yaml:"entry"`
	Language      string `yaml:"language"`
	Files         string `yaml:"files"`
	PassFilenames *bool  `yaml:"pass_filenames"`
	RequireSerial bool   `yaml:"require_serial"`
	AlwaysRun     bool   `yaml:"always_run"`
}

// Each hook's command runs, and gives the exit status that pre-commit needs.
func TestPreCommitHooks(t *testing.T) {
	text, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var hooks []hook
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&hooks); err != nil || len(hooks) != 5 {
		t.Fatal(len(hooks), err)
	}
	for _, h := range hooks {
		t.Run(h.ID, func(t *testing.T) {
			root := builds(t)
			project(t, "uuid")
			root()
			if code, _, errOut := cli("generate"); code != exitClean {
				t.Fatal(errOut)
			}
			args := strings.Fields(h.Entry)[1:]
			changed := []string{"db/queries/notes.sql", "sqlc.yaml"}
			if h.Files != "" || !h.AlwaysRun {
				t.Errorf("%+v does not run whatever changes", h)
			}
			if h.Language != "golang" || strings.Fields(h.Entry)[0] != "tenantgen" {
				t.Errorf("%+v does not run the command", h)
			}
			if h.PassFilenames == nil || *h.PassFilenames {
				args = append(args, append(changed, "go.mod", "README.md")...)
				put(t, "README.md", "no entry reads this")
			}
			if code, out, errOut := cli(args...); code != exitClean {
				t.Errorf("clean: code %d\n%s%s", code, out, errOut)
			}
			put(t, "db/queries/notes.sql", leak)
			if h.ID == "tenantgen-vet" {
				put(t, "leak.go", "package app\n\nimport \"database/sql\"\n\nfunc leak(db *sql.DB) { db.Exec(\"DELETE FROM notes\") }\n")
			}
			if code, _, _ := cli(args...); code != exitFindings {
				t.Errorf("a leak: code %d", code)
			}
		})
	}
}

// builds returns what makes the module of a golden one that builds, with the runtime of this repository.
func builds(t *testing.T) func() {
	t.Helper()
	runtime, err := filepath.Abs("../../tenant")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOWORK", "off")
	return func() {
		for _, name := range []string{"go.mod", "go.sum"} {
			text, err := os.ReadFile(filepath.Join(runtime, name))
			if err != nil {
				t.Fatal(err)
			}
			own := strings.Replace(string(text), "module "+runtimePath, "module example.com/app", 1)
			if name == "go.mod" {
				own += "\nrequire " + runtimePath + " v0.0.0\n\nreplace " + runtimePath + " => " + runtime + "\n"
			}
			put(t, name, own)
		}
		if err := os.Remove("run_test.go"); err != nil {
			t.Fatal(err)
		}
	}
}

const runtimePath = "github.com/tenantgen/tenantgen/tenant"
