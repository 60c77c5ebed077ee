package vet_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/vet"
)

// found are the findings of packages, one a line.
func found(t *testing.T, patterns ...string) string {
	t.Helper()
	t.Setenv("GOWORK", "off")
	report, err := suite(t).Run(vet.Options{Dir: app}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range report.Findings {
		fmt.Fprintf(&b, "%s:%d:%d-%d:%d %s %s: %s\n", filepath.Base(f.File), f.Line, f.Column, f.EndLine, f.EndColumn, f.Func, f.Rule, f.Message)
	}
	return b.String()
}

// What the proof says of a statement stands where the text is written, in literals of every kind.
func TestPlaces(t *testing.T) {
	const want = `lines.go:10:3-10:7 raw unknown-column: column nope does not exist in the schema files
lines.go:15:4-15:9 raw unscoped-write: updates rows of every tenant in notes
lines.go:17:35-17:45 raw unscoped-write: deletes rows of every tenant in notes
lines.go:18:28-18:33 raw unknown-column: column wrong does not exist in the schema files
lines.go:20:67-20:68 raw unknown-column: column x does not exist in the schema files
`
	if got := found(t, "./lines"); got != want {
		t.Errorf("got:\n%s", got)
	}
}

// A package is judged with what is known of those that it imports, whether they are asked for or not.
func TestOneAlone(t *testing.T) {
	got := found(t, "./user")
	for _, want := range []string{"user.go:15:26-15:31 calls unscoped-write", "calls untyped-tenant: nobody sees what $1"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "store.go") {
		t.Errorf("another package is reported:\n%s", got)
	}
}

// What does not compile is not passed over.
func TestBroken(t *testing.T) {
	t.Setenv("GOWORK", "off")
	dir, err := filepath.Abs(app)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"syntax": "package ids\n\nfunc {", "types": "package ids\n\nvar x int = \"\"\n", "import": "package ids\n\nimport _ \"example.com/app/nowhere\"\n"} {
		o := vet.Options{Dir: app, Overlay: map[string][]byte{filepath.Join(dir, "ids", "ids.go"): []byte(text)}}
		if _, err := suite(t).Run(o, "./ids"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for _, pattern := range []string{"./nowhere", "example.com/nowhere", "fmt"} {
		if _, err := suite(t).Run(vet.Options{Dir: app}, pattern); err == nil {
			t.Errorf("%s: no error", pattern)
		}
	}
}
