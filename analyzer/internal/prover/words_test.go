package prover

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The prover hands on data: whoever reads it, package refusal above all, has the words. A
// panic speaks to us.
func TestProverHasNoSentences(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, lit := range sentences(f) {
			t.Errorf("%s: %s is for package refusal to say", fset.Position(lit.Pos()), lit.Value)
		}
	}
}

var words = regexp.MustCompile(`\pL+,? +\pL`)

// sentences are the literals of a file that have more than one word, but for those of panics.
func sentences(f *ast.File) []*ast.BasicLit {
	var all []*ast.BasicLit
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			id, ok := n.Fun.(*ast.Ident)
			return !ok || id.Name != "panic"
		case *ast.BasicLit:
			if n.Kind == token.STRING && words.MatchString(n.Value) {
				all = append(all, n)
			}
		}
		return true
	})
	return all
}

func TestSentences(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "p.go", `package p
import "a/b c"
var x, y = "no tenant", "function "
func f() { g("reads rows of " + x, "%p %v"); panic("prover: it is over") }`, 0)
	if err != nil {
		t.Fatal(err)
	}
	if all := sentences(f); len(all) != 3 {
		t.Errorf("found %d", len(all))
	}
}
