package tenantgen_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
)

var named = regexp.MustCompile("`([a-z_]*(?:/[a-z_]+)*)\\.((?:Test|Fuzz)[A-Za-z0-9_]*)`")

// TestProof holds docs/proof.md to the code: every kind of step and of premise that a certificate can have is a heading
// there, none else is, each with tests, and every test that the page names exists.
func TestProof(t *testing.T) {
	text, err := os.ReadFile("docs/proof.md")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, k := range certificate.Kinds() {
		kinds = append(kinds, k.String())
	}
	holdHeadings(t, string(text), "Steps", kinds)
	holdHeadings(t, string(text), "Premises", premiseKinds(t))
	tests := map[string]map[string]bool{}
	for _, m := range named.FindAllStringSubmatch(string(text), -1) {
		if tests[m[1]] == nil {
			tests[m[1]] = testsOf(t, "./"+m[1])
		}
		if !tests[m[1]][m[2]] {
			t.Errorf("there is no %s in %s", m[2], m[1])
		}
	}
	if len(tests) < 4 {
		t.Errorf("tests of %d packages are named, so they are not found any more", len(tests))
	}
}

// holdHeadings compares the headings below a chapter with what has to stand there, and wants
// a test in each.
func holdHeadings(t *testing.T, text, chapter string, want []string) {
	t.Helper()
	_, rest, ok := strings.Cut(text, "\n## "+chapter+"\n")
	if !ok {
		t.Fatalf("there is no chapter %s", chapter)
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	missing := map[string]bool{}
	for _, w := range want {
		missing[w] = true
	}
	for _, section := range strings.Split(rest, "\n### ")[1:] {
		name, said, _ := strings.Cut(section, "\n")
		if !missing[name] {
			t.Errorf("%s: there is no %q, or it stands there twice", chapter, name)
		}
		delete(missing, name)
		if !named.MatchString(said) {
			t.Errorf("%s: no test is named for %q", chapter, name)
		}
	}
	for name := range missing {
		t.Errorf("%s: nothing is said of %q", chapter, name)
	}
}

// premiseKinds reads the constants of certificate.PremiseKind from its source.
func premiseKinds(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "analyzer/certificate/premise.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); !ok || of.Name != "PremiseKind" {
			return true
		}
		for _, v := range spec.Values {
			kind, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, kind)
		}
		return true
	})
	if len(kinds) < 4 {
		t.Fatalf("only %d kinds of premises are found", len(kinds))
	}
	return kinds
}
