package tenantgen

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tenantgen/tenantgen/templates"
)

// ownKinds says of the Go types that overrides name, by import path and name, what they are
// declared to be, as far as their source is there: in this module, or in one that it requires. What is no
// id's kind, such as a struct, is "".
func (p *Project) ownKinds(u *Unit) map[string]templates.Kind {
	kinds := map[string]templates.Kind{}
	for _, o := range u.Entry.Go.Overrides {
		path, name := o.GoType.ImportPath(), o.GoType.Type
		if o.GoType.Spec != "" {
			name = o.GoType.Spec[strings.LastIndex(o.GoType.Spec, ".")+1:]
		}
		name = strings.TrimLeft(name, "*[]")
		if uuids[path] || strings.HasPrefix(path, "github.com/jackc/pgx/") {
			continue // which package templates knows
		}
		if kind, known := p.declared(u, path, name, followed); known {
			kinds[path+"."+name] = kind
		}
	}
	return kinds
}

// followed is how many names of types are followed.
const followed = 8

// declared reads the declaration of a type, following at most so many names.
func (p *Project) declared(u *Unit, path, name string, most int) (kind templates.Kind, known bool) {
	root, module, err := moduleOf(p.Config.Join(u.Entry.Go.Out))
	if err != nil || path == "" || most == 0 {
		return "", false
	}
	dir := ""
	if below, inside := strings.CutPrefix(path+"/", module+"/"); inside {
		dir = filepath.Join(root, filepath.FromSlash(below))
		p.beyond = p.beyond || most < followed
	} else {
		dir = packageDir(root, path)
		p.beyond = p.beyond || dir == "" || !unchanging(dir)
		if dir == "" {
			return "", false
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil || strings.HasSuffix(file, "_test.go") {
			continue
		}
		if spec := typeSpec(f, name); spec != nil {
			return p.kindOf(u, path, f, spec, most)
		}
	}
	return "", false
}

// unchanging reports whether the source in a directory is that of a version in go.mod, or of Go's own: nobody edits what
// the go command keeps there (Go Modules Reference, Module cache).
func unchanging(dir string) bool {
	var places []string
	if name := onPath("go"); name != "" {
		if real, err := filepath.EvalSymlinks(name); err == nil {
			places = append(places, filepath.Join(filepath.Dir(filepath.Dir(real)), "src"))
		}
	}
	home, err := os.UserHomeDir()
	path := filepath.SplitList(os.Getenv("GOPATH"))
	switch {
	case os.Getenv("GOMODCACHE") != "":
		places = append(places, os.Getenv("GOMODCACHE"))
	case len(path) > 0:
		places = append(places, filepath.Join(path[0], "pkg", "mod"))
	case err == nil:
		places = append(places, filepath.Join(home, "go", "pkg", "mod"))
	}
	return slices.ContainsFunc(places, func(p string) bool { return strings.HasPrefix(dir, p+string(filepath.Separator)) })
}

// packageDir is where the source of a package of another module is, "" when the go command does not know
// or there is none. It downloads nothing.
func packageDir(root, path string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	list := exec.CommandContext(ctx, "go", "list", "-find", "-f", "{{.Dir}}", "--", path)
	list.Dir, list.Env = root, append(os.Environ(), "GOPROXY=off", "GOTOOLCHAIN=local")
	out, err := list.Output()
	if dir := strings.TrimSpace(string(out)); err == nil && filepath.IsAbs(dir) {
		return dir
	}
	return ""
}

func typeSpec(f *ast.File, name string) *ast.TypeSpec {
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
			for _, s := range g.Specs {
				if spec := s.(*ast.TypeSpec); spec.Name.Name == name && spec.TypeParams == nil {
					return spec
				}
			}
		}
	}
	return nil
}

// uuids are packages whose UUID is an array of 16 bytes.
var uuids = map[string]bool{"github.com/google/uuid": true, "github.com/gofrs/uuid": true, "github.com/gofrs/uuid/v5": true}

// kindOf tells what a type is declared to be.
func (p *Project) kindOf(u *Unit, path string, f *ast.File, spec *ast.TypeSpec, most int) (templates.Kind, bool) {
	switch t := spec.Type.(type) {
	case *ast.Ident:
		switch kind := templates.Kind(t.Name); kind {
		case templates.Int64, templates.Int32, templates.Int16, templates.Text:
			return kind, true
		}
		return p.declared(u, path, t.Name, most-1)
	case *ast.ArrayType:
		length, _ := t.Len.(*ast.BasicLit)
		element, _ := t.Elt.(*ast.Ident)
		if length != nil && length.Value == "16" && element != nil && (element.Name == "byte" || element.Name == "uint8") {
			return templates.UUID, true
		}
	case *ast.SelectorExpr:
		imported := importOf(f, t)
		if uuids[imported] && t.Sel.Name == "UUID" {
			return templates.UUID, true
		}
		return p.declared(u, imported, t.Sel.Name, most-1)
	}
	return "", true
}

// importOf is the path of the package that a selector names.
func importOf(f *ast.File, s *ast.SelectorExpr) string {
	pkg, ok := s.X.(*ast.Ident)
	if !ok {
		return ""
	}
	for _, i := range f.Imports {
		path := strings.Trim(i.Path.Value, "\"`")
		if i.Name != nil && i.Name.Name == pkg.Name || i.Name == nil && (strings.HasSuffix("/"+path, "/"+pkg.Name) || strings.Contains(path, "/"+pkg.Name+"/v")) {
			return path
		}
	}
	return ""
}
