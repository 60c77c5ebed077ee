package vet_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/vet"
)

var update = flag.Bool("update", false, "rewrite the rules in docs/vet.md")

const (
	docsFile = "../docs/vet.md"
	marker   = "<!-- Generated from vet.Rules by go test ./vet -update. DO NOT EDIT below. -->\n"
)

// The end of docs/vet.md is what vet.Rules says.
func TestDocsAreFresh(t *testing.T) {
	got, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(got), marker)
	var b strings.Builder
	b.WriteString(before + marker + "\n## Rules\n\nBeside the rules of the proof, which are [lint's](rules.md), there are\n\n| rule | severity | what is wrong |\n|---|---|---|\n")
	for _, r := range vet.Rules {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.Name, r.Name, r.Severity, r.Title)
	}
	for _, r := range vet.Rules {
		fmt.Fprintf(&b, "\n### %s\n\n%s.\n\n%s\n", r.Name, strings.ToUpper(r.Title[:1])+r.Title[1:], r.Text)
		for _, e := range r.Examples() {
			language := "go"
			if strings.HasPrefix(e.SQL, "vet:") {
				language = "yaml"
			}
			fmt.Fprintf(&b, "\n%s:\n\n```%s\n%s\n```\n", strings.ToUpper(e.Head[:1])+e.Head[1:], language, e.SQL)
		}
	}
	if *update {
		if err := os.WriteFile(docsFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if b.String() != string(got) {
		t.Error("docs/vet.md is stale; run go test ./vet -update")
	}
}

// A rule of vet is no rule of lint: a name means one thing.
func TestRuleNames(t *testing.T) {
	for _, r := range vet.Rules {
		if rules.Lookup(r.Name) != nil || vet.Lookup(r.Name) != r || r.Kind != rules.Go || r.Bad == "" || r.Good == "" {
			t.Errorf("%+v", r)
		}
	}
}
