package sqlcmodel

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write functions.txt from sqlc's source")

// functions.txt is what sqlc's source says of PostgreSQL's functions and of those of the
// extensions that it knows: with another version of sqlc it is another list.
func TestFunctionsAreSQLCs(t *testing.T) {
	dir := sqlcSource(t)
	var b strings.Builder
	b.WriteString("# extension (- for pg_catalog), name, arguments, of which with a default, variadic, return type, names of arguments\n")
	write(t, &b, "-", filepath.Join(dir, "internal/engine/postgresql/pg_catalog.go"))
	names, err := filepath.Glob(filepath.Join(dir, "internal/engine/postgresql/contrib/*.go"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	for _, name := range names {
		write(t, &b, strings.TrimSuffix(filepath.Base(name), ".go"), name)
	}
	if *update {
		if err := os.WriteFile("functions.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if b.String() != functionText {
		t.Error("functions.txt is not what sqlc's source says: run go test ./analyzer/internal/sqlcmodel -update")
	}
}

// sqlcSource is where the source of the pinned sqlc is.
func sqlcSource(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("go", "list", "-m", "-modfile=../../../tools/sqlc/go.mod", "-f", "{{.Dir}}", "github.com/sqlc-dev/sqlc")
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	dir := strings.TrimSpace(string(out))
	if err != nil || dir == "" {
		t.Skipf("the source of sqlc is not here: %v %s", err, out)
	}
	return dir
}

// write adds the functions of one file. Of two that a call cannot tell apart sqlc takes the first.
func write(t *testing.T, b *strings.Builder, ext, name string) {
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		list, ok := n.(*ast.CompositeLit)
		if !ok || !isSliceOf(list, "Function") {
			return true
		}
		for _, e := range list.Elts {
			line := functionLine(e.(*ast.CompositeLit))
			key := strings.Join(append(strings.Fields(line)[:4], strings.Fields(line)[5:]...), " ")
			if !seen[key] {
				seen[key] = true
				fmt.Fprintf(b, "%s %s\n", ext, line)
			}
		}
		return false
	})
}

func isSliceOf(l *ast.CompositeLit, name string) bool {
	a, ok := l.Type.(*ast.ArrayType)
	if !ok {
		return false
	}
	s, ok := a.Elt.(*ast.StarExpr)
	if !ok {
		return false
	}
	sel, ok := s.X.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == name
}

func functionLine(l *ast.CompositeLit) string {
	var names []string
	defaults, variadic, in := 0, "-", 0
	for _, a := range field(l, "Args").(*ast.CompositeLit).Elts {
		arg := a.(*ast.CompositeLit)
		in++
		if field(arg, "HasDefault") != nil {
			defaults++
		}
		if mode, ok := field(arg, "Mode").(*ast.SelectorExpr); ok {
			if mode.Sel.Name != "FuncParamVariadic" {
				panic(mode.Sel.Name)
			}
			variadic = "v"
		}
		if n := field(arg, "Name"); n != nil {
			names = append(names, text(n))
		}
	}
	returns := "-"
	if r := field(l, "ReturnType"); r != nil {
		c := r.(*ast.UnaryExpr).X.(*ast.CompositeLit)
		returns = text(field(c, "Name"))
		if s := field(c, "Schema"); s != nil {
			returns = text(s) + "." + returns
		}
	}
	if field(l, "ReturnTypeNullable") != nil {
		returns += "?"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %d %d %s %s %s", text(field(l, "Name")), in, defaults, variadic, strings.ReplaceAll(returns, " ", "_"), strings.Join(names, " ")))
}

func field(l *ast.CompositeLit, name string) ast.Expr {
	for _, e := range l.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok && kv.Key.(*ast.Ident).Name == name {
			return kv.Value
		}
	}
	return nil
}

func text(e ast.Expr) string {
	s, err := strconv.Unquote(e.(*ast.BasicLit).Value)
	if err != nil {
		panic(err)
	}
	return s
}
