package guards

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Instrument rewrites the packages in dirs, below the root of the module named module,
// into the directory out, and returns the path of the overlay for go build.
func Instrument(root, module, out string, dirs []string) (string, error) {
	w := &writer{root: root, out: out, replace: map[string]string{}}
	self := module + "/analyzer/internal/guards"
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			return "", err
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			if err := w.file(file, self); err != nil {
				return "", err
			}
		}
	}
	var b strings.Builder
	b.WriteString("package guards\n\nvar table = []Guard{\n")
	for _, g := range w.guards {
		fmt.Fprintf(&b, "%s,\n", strings.Replace(fmt.Sprintf("%#v", g), "guards.Guard", "", 1))
	}
	b.WriteString("}\n")
	if err := w.write(filepath.Join(root, "analyzer/internal/guards/table.go"), b.String()); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": w.replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(out, "overlay.json")
	return path, os.WriteFile(path, overlay, 0o644)
}

// writer rewrites files.
type writer struct {
	root, out string
	replace   map[string]string
	guards    []Guard
}

func (w *writer) write(of, text string) error {
	path := filepath.Join(w.out, fmt.Sprintf("%d_%s", len(w.replace), filepath.Base(of)))
	w.replace[of] = path
	return os.WriteFile(path, []byte(text), 0o644)
}

func (w *writer) file(path, self string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	first := len(w.guards)
	rewritten, err := w.rewrite(path, string(text), self)
	if err != nil || first == len(w.guards) {
		return err
	}
	return w.write(path, rewritten)
}

// rewrite returns the text of a file with its guards, which keep their lines.
func (w *writer) rewrite(path, text, self string) (string, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, text, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	r := &rewriter{w: w, fset: fset, text: text, pkg: f.Name.Name, file: filepath.Base(path), seen: map[string]int{}}
	r.insert(int(f.Name.End())-1, "; import guards "+fmt.Sprintf("%q", self), 0)
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			r.fn, r.results = funcName(d), d.Type.Results
			r.block(d.Body)
		case *ast.GenDecl:
			r.fn = "var"
			r.variables(d)
		}
	}
	return r.apply(), nil
}

func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name + "." + d.Name.Name
	}
	return d.Name.Name
}

// insertion is text to put in front of a byte. Of those at one place, closing ones come
// first, inner before outer, and then opening ones, outer before inner.
type insertion struct {
	at, order int
	text      string
}

func (r *rewriter) insert(at int, text string, order int) {
	r.insertions = append(r.insertions, insertion{at, order, text})
}

func (r *rewriter) around(n ast.Node, before, after string) {
	start, end := r.offset(n.Pos()), r.offset(n.End())
	size := end - start
	r.insert(start, before, 1<<30-size)
	r.insert(end, after, -1<<30+size)
}

func (r *rewriter) offset(p token.Pos) int { return r.fset.Position(p).Offset }

func (r *rewriter) apply() string {
	slices.SortStableFunc(r.insertions, func(a, b insertion) int {
		if a.at != b.at {
			return a.at - b.at
		}
		return a.order - b.order
	})
	var b strings.Builder
	last := 0
	for _, in := range r.insertions {
		b.WriteString(r.text[last:in.at])
		b.WriteString(in.text)
		last = in.at
	}
	b.WriteString(r.text[last:])
	return b.String()
}
