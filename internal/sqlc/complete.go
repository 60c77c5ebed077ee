package sqlc

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/types"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// incomplete reports what sqlc's package lacks, and would not compile without.
func (r *reader) incomplete() {
	for _, f := range r.files {
		if !Built(f.name) {
			r.errorf("%s: Go leaves a file of this name out of some builds; rename %s", f.name, f.origin())
		}
	}
	for _, name := range []string{"DBTX", "New", "Queries"} {
		if r.decls[name] == "" {
			r.errorf("%s is not declared in the package; give each of its files a name of its own, directly in out (output_db_file_name, …)", name)
		}
	}
	r.undeclared()
}

// origin tells what gave a file its name.
func (f *file) origin() string {
	if strings.HasPrefix(f.name, f.source) && f.source != "" {
		return f.source + ", or change output_files_suffix"
	}
	return "it in sqlc.yaml (output_…_file_name)"
}

// Built reports whether every build has a file, as far as its name goes. What
// the go command knows of names is tried out for two systems that share nothing.
func Built(name string) bool {
	if strings.HasSuffix(name, "_test.go") {
		return false
	}
	for _, system := range [][2]string{{"linux", "amd64"}, {"windows", "arm64"}} {
		c := build.Context{GOOS: system[0], GOARCH: system[1], Compiler: "gc",
			OpenFile: func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("package p\n")), nil }}
		if ok, err := c.MatchFile(".", path.Base(name)); !ok || err != nil {
			return false
		}
	}
	return true
}

// undeclared reports types that the package uses and does not have: with
// omit_unused_structs sqlc forgets the enumeration of an array parameter.
func (r *reader) undeclared() {
	missing := map[string]string{}
	check := func(where string, t Type) {
		for _, name := range r.foreign(t.Expr) {
			missing[name] = where
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.structs)) {
		for _, f := range r.structs[name].Fields {
			check("the struct "+name, f.Type)
		}
	}
	for _, q := range r.pkg.Queries {
		for _, p := range q.Params {
			check("query "+q.Name, p.Type)
		}
		if q.Result != nil {
			check("query "+q.Name, *q.Result)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		r.errorf("%s uses the type %s, which the package does not declare; switch omit_unused_structs off, and give each of sqlc's files a name of its own",
			missing[name], name)
	}
}

// foreign lists the names in a type that neither Go nor the package declares.
func (r *reader) foreign(expr string) (names []string) {
	e, err := parser.ParseExpr(expr)
	if err != nil {
		return []string{fmt.Sprintf("%q", expr)}
	}
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			return false // of another package
		case *ast.Ident:
			if types.Universe.Lookup(n.Name) == nil && r.decls[n.Name] == "" {
				names = append(names, n.Name)
			}
		}
		return true
	})
	return names
}
