package rules_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/rules"
)

// notRules are words of the analyzer's code that look like names of rules.
var notRules = map[string]string{
	"cross-tenant": "the verb of a directive",
	"tenant-root":  "a category", "token-lookup": "a category",
	"uuid-ossp":       "an extension",
	"unchecked-proof": "a fault of tenantgen itself, which no query is known to show",
}

// Every rule that the code reports is registered, and every rule that is
// registered and has no Run of its own is reported by the code.
func TestEmittedRulesAreRegistered(t *testing.T) {
	emitted := map[string]token.Position{}
	for _, dir := range []string{"..", "../internal/refusal", "../routing", "../internal/sqltext", "../internal/pgtype", "../internal/lower", "../internal/ddl"} {
		collect(t, filepath.Join(dir, "*.go"), emitted, true)
	}
	collect(t, "../../*.go", emitted, false)
	for name, at := range emitted {
		if rules.Lookup(name) == nil {
			t.Errorf("%s: rule %q is not in rules.All; document it, or list it in notRules with a reason", at, name)
		}
	}
	for _, r := range rules.All {
		if _, ok := emitted[r.Name]; !ok && r.Run == nil {
			t.Errorf("nothing reports rule %s", r.Name)
		}
	}
	if len(emitted) < 20 {
		t.Errorf("only %d rules found in the code", len(emitted))
	}
}

// collect finds the names: what stands in the field or argument of a rule, and,
// with words, every literal that looks like a name.
func collect(t *testing.T, pattern string, emitted map[string]token.Position, words bool) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatal("no files", pattern, err)
	}
	fset := token.NewFileSet()
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			for _, lit := range ruleLiterals(n, words) {
				if name, err := strconv.Unquote(lit.Value); err == nil && notRules[name] == "" {
					emitted[name] = fset.Position(lit.Pos())
				}
			}
			return true
		})
	}
}

var dashed = regexp.MustCompile(`^"[a-z]+(-[a-z]+)+"$`)

// ruleLiterals returns the literals that name rules directly below n.
func ruleLiterals(n ast.Node, words bool) []*ast.BasicLit {
	var found []*ast.BasicLit
	keep := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			found = append(found, lit)
		}
	}
	switch n := n.(type) {
	case *ast.BasicLit:
		if words && dashed.MatchString(n.Value) {
			keep(n)
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && strings.EqualFold(key.Name, "rule") {
			keep(n.Value)
		}
	case *ast.CallExpr:
		if s, ok := n.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "refuse" && len(n.Args) > 1 {
			keep(n.Args[1])
		}
	case *ast.AssignStmt:
		for i, to := range n.Lhs {
			s, ok := to.(*ast.SelectorExpr)
			if ok && strings.EqualFold(s.Sel.Name, "rule") && len(n.Rhs) == len(n.Lhs) {
				keep(n.Rhs[i])
			}
		}
	}
	return found
}
