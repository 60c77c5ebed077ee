package tenantgen_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// implied are methods that packages errors and fmt call, and nobody else.
var implied = map[string]bool{"Error": true, "Is": true, "String": true}

// TestExamples: a package that others may call shows on its page how.
func TestExamples(t *testing.T) {
	for _, dir := range public {
		if len(examplesOf(t, dir)) == 0 {
			t.Errorf("package %s has no Example function", dir)
		}
	}
}

// TestExamplesOfTheRuntime: every function and method of package tenant, which is what an application calls, is in an example.
func TestExamplesOfTheRuntime(t *testing.T) {
	names := map[string]bool{}
	for _, e := range examplesOf(t, "tenant") {
		ast.Inspect(e.Code, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				names[sel.Sel.Name] = true
			}
			return true
		})
	}
	functions := exported(t, "tenant")
	for _, want := range functions {
		if name := want[strings.LastIndex(want, ".")+1:]; !names[name] && !implied[name] {
			t.Errorf("no example calls %s of package tenant", want)
		}
	}
	if len(functions) < 10 {
		t.Errorf("package tenant has the functions %v: this test looks at nothing", functions)
	}
}

func examplesOf(t *testing.T, dir string) []*doc.Example {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var parsed []*ast.File
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	return doc.Examples(parsed...)
}

// exported are the functions and methods of a package: New, DB.Listen.
func exported(t *testing.T, dir string) []string {
	t.Helper()
	fset := token.NewFileSet()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			f, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
	}
	p, err := doc.NewFromFiles(fset, files, module+"/"+dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	add := func(of string, funcs []*doc.Func) {
		for _, f := range funcs {
			list = append(list, of+f.Name)
		}
	}
	add("", p.Funcs)
	for _, typ := range p.Types {
		add("", typ.Funcs)
		add(typ.Name+".", typ.Methods)
	}
	return list
}
