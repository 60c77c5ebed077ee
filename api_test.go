package tenantgen_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing"
)

// public are the packages that other modules may call.
var public = []string{".", "advice", "config", "analyzer", "analyzer/catalog", "analyzer/certificate", "analyzer/checker", "analyzer/parameters", "analyzer/query", "analyzer/rules",
	"analyzer/tenancy", "migrate", "verify", "prove", "vet", "vet/golangci", "analyzer/routing", "tenant", "tenant/gen", "tenant/gen/gentest", "tenant/tenantblob", "tenant/tenanthttp", "tenant/tenantjobs", "tenant/tenantjwt", "tenant/tenantotel", "tenant/tenantstream", "tenant/tenanttemporal", "tenant/tenanttest"}

// TestPublicSignatures: nobody outside can name a type of an internal package, so that a
// function which takes one cannot be called.
func TestPublicSignatures(t *testing.T) {
	for _, dir := range public {
		fset := token.NewFileSet()
		pkgs, err := parser.ParseDir(fset, dir, func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, pkg := range pkgs {
			for _, f := range pkg.Files {
				s := signatures{internal: internalImports(f), report: func(at ast.Node, format string, args ...any) {
					t.Errorf("%s: %s", fset.Position(at.Pos()), fmt.Sprintf(format, args...))
				}}
				for _, d := range f.Decls {
					s.decl(d)
				}
			}
		}
	}
}

// internalImports are the internal packages that a file imports, by the names that it has
// for them.
func internalImports(f *ast.File) map[string]string {
	found := map[string]string{}
	for _, spec := range f.Imports {
		imp, _ := strconv.Unquote(spec.Path.Value)
		name := path.Base(imp)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if strings.HasPrefix(imp, module) && strings.Contains(imp, "/internal/") {
			found[name] = imp
		}
	}
	return found
}

// signatures looks at the exported declarations of a file.
type signatures struct {
	internal map[string]string
	report   func(at ast.Node, format string, args ...any)
}

func (s signatures) decl(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || receiver(d.Recv.List[0].Type)) {
			s.names(d.Type, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() {
					s.names(spec.Type, spec.Name.Name)
				}
			case *ast.ValueSpec:
				if spec.Type != nil && spec.Names[0].IsExported() {
					s.names(spec.Type, spec.Names[0].Name)
				}
			}
		}
	}
}

// receiver reports whether a method is one of an exported type.
func receiver(e ast.Expr) bool {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	id, ok := e.(*ast.Ident)
	return ok && id.IsExported()
}

// names reports the types of internal packages in a type, but for those of fields that
// nobody outside sees.
func (s signatures) names(e ast.Node, of string) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			return len(n.Names) == 0 || n.Names[0].IsExported() || !isField(e, n)
		case *ast.SelectorExpr:
			if id, ok := n.X.(*ast.Ident); ok && s.internal[id.Name] != "" {
				s.report(n, "%s names %s.%s of %s", of, id.Name, n.Sel.Name, s.internal[id.Name])
			}
		}
		return true
	})
}

// isField reports whether f is a field of the struct that e is, and not a parameter.
func isField(e ast.Node, f *ast.Field) bool {
	st, ok := e.(*ast.StructType)
	if !ok {
		return false
	}
	for _, other := range st.Fields.List {
		if other == f {
			return true
		}
	}
	return false
}
