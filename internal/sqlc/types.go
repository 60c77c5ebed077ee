package sqlc

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/printer"
	"go/token"
	"path"
	"sort"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/internal/lazyre"
)

const pgxPath = "github.com/jackc/pgx/v5"

// imports maps the qualifiers a file uses to import paths.
type imports map[string]string

// driver returns the qualifier of pgx v5, or "".
func (m imports) driver() string {
	for name, p := range m {
		if p == pgxPath {
			return name
		}
	}
	return ""
}

var majorVersion = lazyre.New(`^v[0-9]+$`)

// readImports pairs imports and qualifiers. An import without a name has the
// name of its package, which is not in the file; it nearly always follows from
// the path, and otherwise from being the only one left.
func readImports(f *ast.File) imports {
	used := qualifiers(f)
	m := imports{}
	var unmatched []string
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		if spec.Name != nil {
			m[spec.Name.Name] = p
		} else if name := firstUsed(packageNames(p), used); name != "" {
			m[name] = p
		} else {
			unmatched = append(unmatched, p)
		}
	}
	var left []string
	for name := range used {
		if _, ok := m[name]; !ok {
			left = append(left, name)
		}
	}
	if len(left) == 1 && len(unmatched) == 1 {
		m[left[0]] = unmatched[0]
	}
	return m
}

// packageNames lists the names a package at path p may have, likeliest first.
func packageNames(p string) []string {
	base := path.Base(p)
	names := []string{base}
	if majorVersion().MatchString(base) {
		base = path.Base(path.Dir(p))
		names = append(names, base)
	}
	if i := strings.LastIndex(base, ".v"); i > 0 {
		names = append(names, base[:i])
	}
	trimmed := strings.TrimSuffix(strings.TrimPrefix(base, "go-"), "-go")
	return append(names, trimmed, strings.ReplaceAll(trimmed, "-", "_"), strings.ReplaceAll(trimmed, "-", ""))
}

func firstUsed(names []string, used map[string]bool) string {
	for _, name := range names {
		if used[name] {
			return name
		}
	}
	return ""
}

// qualifiers lists the package names in the types of declarations.
func qualifiers(f *ast.File) map[string]bool {
	used := map[string]bool{}
	visit := func(n ast.Node) bool {
		if name, ok := qualifier(n); ok {
			used[name] = true
		}
		return true
	}
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			ast.Inspect(d.Type, visit)
		case *ast.GenDecl:
			ast.Inspect(d, visit)
		}
	}
	return used
}

// qualifier returns x of x.Name.
func qualifier(n ast.Node) (string, bool) {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	x, ok := sel.X.(*ast.Ident)
	if !ok {
		return "", false
	}
	return x.Name, true
}

// typeOf reads a type expression of the file.
func (f *file) typeOf(e ast.Expr) (Type, error) {
	var buf bytes.Buffer
	if err := printer.Fprint(&buf, token.NewFileSet(), e); err != nil {
		return Type{}, err
	}
	t := Type{Expr: buf.String()}
	seen := map[string]bool{}
	missing := ""
	ast.Inspect(e, func(n ast.Node) bool {
		name, ok := qualifier(n)
		if !ok || seen[name] {
			return true
		}
		seen[name] = true
		if p, ok := f.imports[name]; ok {
			t.Imports = append(t.Imports, Import{Name: name, Path: p})
		} else {
			missing = name
		}
		return true
	})
	if missing != "" {
		return Type{}, fmt.Errorf("type %s: cannot tell which import is %q; give the override in sqlc.yaml a \"package\"", t.Expr, missing)
	}
	sort.Slice(t.Imports, func(i, j int) bool { return t.Imports[i].Name < t.Imports[j].Name })
	return t, nil
}

// fields reads the fields of a struct.
func (f *file) fields(s *ast.StructType) ([]Field, error) {
	var fields []Field
	for _, decl := range s.Fields.List {
		typ, err := f.typeOf(decl.Type)
		if err != nil {
			return nil, err
		}
		tag := ""
		if decl.Tag != nil {
			if tag, err = strconv.Unquote(decl.Tag.Value); err != nil {
				return nil, err
			}
		}
		for _, name := range decl.Names {
			fields = append(fields, Field{Name: name.Name, Type: typ, Tag: tag})
		}
	}
	return fields, nil
}

// twice refuses two fields of one name, as sqlc makes of the columns "a" and "A".
func twice(fields []Field) error {
	seen := map[string]bool{}
	for _, f := range fields {
		if seen[f.Name] {
			return fmt.Errorf("two fields are called %s; use \"rename\" in sqlc.yaml for the name of one column", f.Name)
		}
		seen[f.Name] = true
	}
	return nil
}
