package sqlc

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Read reads the generated files of one package, by base name. It reports
// everything it refuses at once.
func Read(files map[string][]byte) (*Package, error) {
	r := &reader{
		fset:    token.NewFileSet(),
		sources: map[string][]byte{},
		structs: map[string]*declared{},
		decls:   map[string]string{},
		consts:  map[string]*constant{},
		known:   map[*ast.FuncDecl]bool{},
		pkg:     &Package{},
	}
	names := make([]string, 0, len(files))
	for name := range files {
		if strings.HasSuffix(name, ".go") {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("sqlc generated no Go files")
	}
	sort.Strings(names)
	for _, name := range names {
		if err := r.parse(name, files[name]); err != nil {
			return nil, err
		}
	}
	r.declarations()
	r.meanings()
	r.queries()
	if len(r.errs) == 0 { // what is refused says more
		r.functions()
	}
	r.models()
	r.incomplete()
	if err := errors.Join(r.errs...); err != nil {
		return nil, err
	}
	return r.pkg, nil
}

// reader collects what one package declares.
type reader struct {
	fset    *token.FileSet
	sources map[string][]byte // by the names of files
	files   []*file
	structs map[string]*declared
	decls   map[string]string // top-level identifier → file
	consts  map[string]*constant
	known   map[*ast.FuncDecl]bool // functions in a form that is known
	pkg     *Package
	errs    []error
}

// file is one parsed file.
type file struct {
	name    string
	source  string // of its "// source:" header, "" for db.go, models.go and querier.go
	tags    string // of its //go:build line
	syntax  *ast.File
	imports imports
}

// declared is a struct with where it was declared.
type declared struct {
	Struct
	file *file
	row  bool // it is a query's parameters or row, no model
}

// constant is a statement: a constant whose text is "-- name: X :cmd\n…".
type constant struct {
	ident, query, cmd, sql string
	file                   *file
	used                   bool
}

func (r *reader) errorf(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("sqlc output: "+format, args...))
}

// parse parses one file and checks that it belongs to the package.
func (r *reader) parse(name string, data []byte) error {
	r.sources[name] = data
	syntax, err := parser.ParseFile(r.fset, name, data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("sqlc output: %w", err)
	}
	f := &file{name: name, syntax: syntax, imports: readImports(syntax)}
	r.opening(f, data)
	if len(r.files) == 0 {
		r.pkg.Name, r.pkg.BuildTags = syntax.Name.Name, f.tags
	}
	if r.pkg.Name != syntax.Name.Name {
		return fmt.Errorf("sqlc output: package %s in %s, but package %s in %s",
			r.pkg.Name, r.files[0].name, syntax.Name.Name, name)
	}
	if r.pkg.BuildTags != f.tags {
		return fmt.Errorf("sqlc output: //go:build %s in %s, but %q in %s", r.pkg.BuildTags, r.files[0].name, f.tags, name)
	}
	r.files = append(r.files, f)
	return nil
}

// declarations registers structs, enums and statements, and refuses names that
// are declared twice: such a package does not compile.
func (r *reader) declarations() {
	for _, f := range r.files {
		for _, decl := range f.syntax.Decls {
			switch d := decl.(type) {
			case *ast.GenDecl:
				r.genDecl(f, d)
			case *ast.FuncDecl:
				if d.Recv == nil {
					r.declare(f, d.Name.Name)
				} else if len(d.Recv.List) == 1 {
					r.receives(f, r.text(d.Recv.List[0].Type), d.Name.Name)
				}
			}
		}
	}
}

func (r *reader) declare(f *file, name string) {
	if other, ok := r.decls[name]; ok {
		r.errorf("%s is declared in %s and in %s; use \"rename\" in sqlc.yaml for one of them", name, other, f.name)
		return
	}
	r.decls[name] = f.name
}

// receives refuses what is declared twice of a type: sqlc calls methods of its own WithTx and Close.
func (r *reader) receives(f *file, receiver, name string) {
	key := strings.TrimPrefix(receiver, "*") + "." + name
	if other, ok := r.decls[key]; ok {
		r.errorf("the method %s is declared in %s and in %s; rename the query", key, other, f.name)
		return
	}
	r.decls[key] = f.name
}

func (r *reader) genDecl(f *file, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.ImportSpec:
			r.importSpec(f, s)
		case *ast.TypeSpec:
			r.declare(f, s.Name.Name)
			r.form(f, s)
			r.typeSpec(f, s)
		case *ast.ValueSpec:
			r.valueSpec(f, d, s)
			for _, name := range s.Names {
				if name.Name != "_" {
					r.declare(f, name.Name)
				}
			}
			if d.Tok == token.CONST && len(s.Names) == 1 && len(s.Values) == 1 {
				r.constSpec(f, s)
			}
		}
	}
}

func (r *reader) typeSpec(f *file, s *ast.TypeSpec) {
	switch t := s.Type.(type) {
	case *ast.StructType:
		if f.imports.driver() == "" && s.Name.Name == "Queries" && r.decls["Queries"] == f.name {
			r.errorf("%s does not import %s; set sql_package: pgx/v5 in sqlc.yaml", f.name, pgxPath)
		}
		fields, err := f.fields(t)
		if err == nil {
			err = twice(fields)
		}
		if err != nil {
			r.errorf("%s: type %s: %v", f.name, s.Name.Name, err)
		}
		r.structs[s.Name.Name] = &declared{Struct: Struct{Name: s.Name.Name, Fields: fields}, file: f}
	case *ast.Ident:
		if t.Name == "string" && f.source == "" {
			r.pkg.Enums = append(r.pkg.Enums, Enum{Name: s.Name.Name})
		}
	}
}

// constSpec registers an enum's value or a statement. The values of an enum
// follow its type in the same file.
func (r *reader) constSpec(f *file, s *ast.ValueSpec) {
	text, ok := stringValue(s.Values[0])
	if !ok {
		return // reported
	}
	if s.Type != nil {
		typ := dotted(s.Type)
		i := slices.IndexFunc(r.pkg.Enums, func(e Enum) bool { return e.Name == typ })
		if lit, plain := s.Values[0].(*ast.BasicLit); i < 0 || f.source != "" || !plain || !strings.HasPrefix(lit.Value, `"`) {
			r.errorf("%s: constant %s is no label of an enumeration", f.name, s.Names[0].Name)
			return
		}
		e := &r.pkg.Enums[i]
		e.Consts, e.Labels = append(e.Consts, s.Names[0].Name), append(e.Labels, text)
		return
	}
	header, sql, _ := strings.Cut(text, "\n")
	words := strings.Fields(strings.TrimPrefix(header, "-- name:"))
	if !strings.HasPrefix(header, "-- name:") || len(words) != 2 {
		r.errorf("%s: constant %s does not begin with \"-- name: Query :command\"", f.name, s.Names[0].Name)
		return
	}
	r.consts[s.Names[0].Name] = &constant{
		ident: s.Names[0].Name, query: words[0], cmd: words[1], sql: strings.TrimSuffix(sql, "\n"), file: f,
	}
}

// stringValue evaluates a string literal, or the sum of several: sqlc writes a
// backquote inside a statement as `…` + "`" + `…`.
func stringValue(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		left, okLeft := stringValue(e.X)
		right, okRight := stringValue(e.Y)
		return left + right, e.Op == token.ADD && okLeft && okRight
	}
	return "", false
}

// models files what the queries left: the structs of tables, and enums.
func (r *reader) models() {
	for i := range r.pkg.Enums {
		e := &r.pkg.Enums[i]
		if s, ok := r.structs["Null"+e.Name]; ok && s.file.source == "" {
			e.Null, s.row = s.Name, true
		}
		if all := "All" + e.Name + "Values"; r.decls[all] != "" {
			e.All = all
		}
	}
	for _, s := range r.structs {
		if s.file.source == "" && !s.row && s.Name != "Queries" {
			r.pkg.Models = append(r.pkg.Models, s.Struct)
		}
	}
	sort.Slice(r.pkg.Models, func(i, j int) bool { return r.pkg.Models[i].Name < r.pkg.Models[j].Name })
	sort.Slice(r.pkg.Enums, func(i, j int) bool { return r.pkg.Enums[i].Name < r.pkg.Enums[j].Name })
}
