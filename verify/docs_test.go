package verify_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/verify"
)

var update = flag.Bool("update", false, "rewrite docs/verify.md")

const docsFile = "../docs/verify.md"

// docs/verify.md is what docs.md and verify.All say.
func TestDocsAreFresh(t *testing.T) {
	want := page(t)
	if *update {
		if err := os.WriteFile(docsFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(docsFile)
	if err != nil || string(got) != want {
		t.Errorf("docs/verify.md is stale (%v); run go test ./verify -update", err)
	}
}

func page(t *testing.T) string {
	introduction, err := os.ReadFile("testdata/introduction.md")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("<!-- Generated from verify by go test ./verify -update. DO NOT EDIT. -->\n\n")
	output, err := os.ReadFile("testdata/output.txt") // a test of the command writes it
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString(strings.Replace(string(introduction), "{{output}}", string(output), 1))
	b.WriteString("\n| rule | severity | what is wrong |\n|---|---|---|\n")
	for _, r := range verify.Rules() {
		page := ""
		if verify.Lookup(r.Name) == nil {
			page = "rules.md"
		}
		fmt.Fprintf(&b, "| [%s](%s#%s) | %s | %s |\n", r.Name, page, r.Name, r.Severity, r.Title)
	}
	for _, r := range verify.All {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n%s\n", r.Name, strings.ToUpper(r.Title[:1])+r.Title[1:], r.Text)
		for _, e := range r.Examples() {
			fmt.Fprintf(&b, "\n%s:\n\n```sql\n%s\n```\n", strings.ToUpper(e.Head[:1])+e.Head[1:], e.SQL)
		}
	}
	return b.String()
}
