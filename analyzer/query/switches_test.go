package query

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every switch over the kinds of nodes, in whatever package, fails in its default for a kind
// that it does not name, or hands the node on to something that does: a node that is new
// must not be passed over by those who were written before.
func TestSwitchesOverNodesFail(t *testing.T) {
	count := 0
	for _, f := range goFiles(t, "..") {
		for _, why := range lenient(f, kinds(t), &count) {
			t.Error(why)
		}
	}
	if count < 50 {
		t.Errorf("%d switches over nodes were found, there used to be more", count)
	}
}

// What the test above must not let pass.
func TestLenientSwitches(t *testing.T) {
	for body, want := range map[string]int{
		`switch e := e.(type) { case *query.Or: g(e); default: panic(query.Unexpected(e)) }`:     0,
		`switch e := e.(type) { case *query.Or: g(e); default: g(e) }`:                           0,
		`switch of := c.Of.(type) { case *query.Or: g(of); default: g(c.Of) }`:                   0,
		`switch e.(type) { case *query.Or: return; default: k.fail("what is %T", e) }`:           0,
		`switch e := e.(type) { case *query.Or: return 1 }; panic(query.Unexpected(e))`:          0,
		`switch e := e.(type) { case *catalog.Table: g(e) }`:                                     0,
		`switch e := e.(type) { case *query.Or: g(e) }`:                                          1,
		`switch e := e.(type) { case *query.Or: g(e) }; return false`:                            1,
		`switch e := e.(type) { case *query.Or: g(e); default: }`:                                1,
		`switch e := e.(type) { case *query.Or: g(e); default: return false }`:                   1,
		`switch e := e.(type) { case *query.Or: g(e); default: g(x) }`:                           1,
		`for { switch r := r.(type) { case *query.Or: switch r.(type) { case *query.Join: } } }`: 2,
	} {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "p/p.go", "package p\nfunc f() {\n"+body+"\n}", 0)
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		if got := lenient(goFile{fset, f}, kinds(t), &count); len(got) != want {
			t.Errorf("%s\ngot %q", body, got)
		}
	}
}

type goFile struct {
	fset *token.FileSet
	file *ast.File
}

func goFiles(t *testing.T, dir string) []goFile {
	t.Helper()
	var all []goFile
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, nil, 0)
		all = append(all, goFile{fset, f})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// kinds are the types of this package that are nodes.
func kinds(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, f := range goFiles(t, ".") {
		for _, d := range f.file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "node" && fn.Recv != nil {
				all = append(all, fn.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name)
			}
		}
	}
	if !slices.Contains(all, "Opaque") || !slices.Contains(all, "CTE") {
		t.Fatalf("the nodes are %q", all)
	}
	return all
}

// lenient says of the switches over nodes in a file which of them pass over what they do not name.
func lenient(f goFile, kinds []string, count *int) []string {
	var all []string
	ast.Inspect(f.file, func(n ast.Node) bool {
		block, ok := n.(*ast.BlockStmt)
		if !ok {
			if c, ok := n.(*ast.CaseClause); ok {
				block = &ast.BlockStmt{List: c.Body}
			} else {
				return true
			}
		}
		for i, s := range block.List {
			sw, ok := s.(*ast.TypeSwitchStmt)
			if !ok || !overNodes(sw, f.file.Name.Name, kinds) {
				continue
			}
			*count++
			falls := i+1 < len(block.List) && fails(block.List[i+1:i+2], nil)
			if !falls && !fails(defaultOf(sw), switched(f.fset, sw)) {
				all = append(all, fmt.Sprintf("%s: the switch neither fails for other nodes nor hands them on", f.fset.Position(sw.Pos())))
			}
		}
		return true
	})
	return all
}

// overNodes reports whether a case of sw is a node.
func overNodes(sw *ast.TypeSwitchStmt, pkg string, kinds []string) bool {
	for _, s := range sw.Body.List {
		for _, e := range s.(*ast.CaseClause).List {
			star, ok := e.(*ast.StarExpr)
			if !ok {
				continue
			}
			switch x := star.X.(type) {
			case *ast.Ident:
				if pkg == "query" && slices.Contains(kinds, x.Name) {
					return true
				}
			case *ast.SelectorExpr:
				if id, ok := x.X.(*ast.Ident); ok && id.Name == "query" && slices.Contains(kinds, x.Sel.Name) {
					return true
				}
			}
		}
	}
	return false
}

func defaultOf(sw *ast.TypeSwitchStmt) []ast.Stmt {
	for _, s := range sw.Body.List {
		if c := s.(*ast.CaseClause); c.List == nil {
			return c.Body
		}
	}
	return nil
}

// switched are the names that a switch has for its node.
func switched(fset *token.FileSet, sw *ast.TypeSwitchStmt) []string {
	switch a := sw.Assign.(type) {
	case *ast.AssignStmt:
		return []string{printed(fset, a.Lhs[0]), printed(fset, a.Rhs[0].(*ast.TypeAssertExpr).X)}
	case *ast.ExprStmt:
		return []string{printed(fset, a.X.(*ast.TypeAssertExpr).X)}
	}
	return nil
}

func printed(fset *token.FileSet, n ast.Node) string {
	var b bytes.Buffer
	_ = printer.Fprint(&b, fset, n)
	return b.String()
}

// fails reports whether statements panic, fail, or call something with one of the names.
func fails(stmts []ast.Stmt, names []string) bool {
	found := false
	for _, s := range stmts {
		ast.Inspect(s, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch f := call.Fun.(type) {
			case *ast.Ident:
				found = found || f.Name == "panic"
			case *ast.SelectorExpr:
				found = found || f.Sel.Name == "fail"
			}
			for _, arg := range call.Args {
				found = found || slices.Contains(names, printed(token.NewFileSet(), arg))
			}
			return true
		})
	}
	return found
}
