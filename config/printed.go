package config

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tenantgen/tenantgen/internal/inert"
)

// sqlc prints most settings into Go as they are. What is none of the words that a setting
// stands for would be code there, or a directive, so it is refused here, with its place.

// longText are the settings that may have several lines: people read them, or PostgreSQL's
// parser. The last two are sqlc's, which nobody prints.
var longText = map[string]bool{"reason": true, "safe": true, "no_foreign_key": true, "read_also": true, "restrict": true, "where": true,
	"rule": true, "message": true}

// visible refuses text with characters that are not seen as what they are.
func (v value) visible(s string) bool {
	keep := ""
	if longText[v.path[strings.LastIndex(v.path, ".")+1:]] {
		keep = "\n\t"
	}
	return v.plain(v.n.Line, v.n.Column, s, keep)
}

func (v value) plain(line, column int, s, keep string) bool {
	r, found := inert.Hidden(s, keep)
	if found {
		v.r.add(line, column, "leave it out", "%scontains a control character or one that cannot be seen, %U", v.prefix(), r)
	}
	return !found
}

// checkPrinted looks at the options of gen.go whose text sqlc prints.
func (g *Go) checkPrinted(v value) {
	check := func(key string, ok bool, hint string) {
		if p, given := v.get(key); given && !ok {
			p.errorf(hint, "%q is not what sqlc may print into Go", p.n.Value)
		}
	}
	if p, given := v.get("package"); given && !isPackageName(g.Package) {
		p.errorf("", "%q cannot be the name of a Go package", g.Package)
	} else if out, ok := v.get("out"); ok && !given && g.Out != "" && !isPackageName(g.Package) {
		out.errorf("add package: <name>", "%q cannot be the name of a Go package", g.Package)
	}
	_, err := constraint.Parse("//go:build " + g.BuildTags)
	check("build_tags", err == nil, "write a build constraint, e.g. integration && !race")
	switch g.JSONTagsCaseStyle {
	case "", "none", "camel", "pascal", "snake":
	default:
		check("json_tags_case_style", false, "use none, camel, pascal or snake")
	}
	const named = "use letters, digits, dots, dashes and underscores, beginning with a letter"
	for key, name := range map[string]string{
		"output_batch_file_name": g.OutputBatchFileName, "output_db_file_name": g.OutputDBFileName, "output_models_file_name": g.OutputModelsFileName,
		"output_querier_file_name": g.OutputQuerierFileName, "output_copyfrom_file_name": g.OutputCopyfromFileName,
	} {
		if !strings.ContainsAny(name, `/\`) { // reported
			check(key, name == "" || fileName.MatchString(name), named)
		}
	}
	check("output_files_suffix", fileSuffix.MatchString(g.OutputFilesSuffix), named)
}

var (
	fileName   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]*$`)
	fileSuffix = regexp.MustCompile(`^[A-Za-z0-9_.-]*$`)
)

// identifiers reads a mapping from any word to a Go identifier.
func identifiers(dst *map[string]string) setting {
	return setting{takes: namesToTexts, read: func(v value) {
		*dst = v.words()
		if v.n.Kind != yaml.MappingNode {
			return
		}
		for _, p := range v.pairs() {
			if s := (*dst)[p.key.Value]; s != "" && !token.IsIdentifier(s) {
				p.val.errorf("write a name such as "+`Invoice`, "%q is no Go identifier", s)
			}
		}
	}}
}

// check looks at what an override says that sqlc prints.
func (o *Override) check(v value) {
	if p, given := v.get("go_type"); given {
		o.GoType.check(p)
	}
	if tag, given := v.get("go_struct_tag"); given && !structTag.MatchString(o.GoStructTag) {
		tag.errorf("write key:\"value\" pairs without backquotes, e.g. 'validate:\"required\"'", "%q is no struct tag", o.GoStructTag)
	}
}

// structTag is what sqlc's parser of tags takes, without what would end a raw string.
var structTag = regexp.MustCompile("^\\s*(?:[^\\x00-\\x20\":`\\x7f]+:\"(?:[^\"\\\\`\n]|\\\\[^`\n])*\"\\s*)*$")

// check refuses a type that is no type, and an import path that is none.
func (t *GoType) check(v value) {
	const hint = `write a basic type, "github.com/google/uuid.UUID", or {import: github.com/google/uuid, package: uuid, type: UUID}`
	if t.Spec != "" {
		name := strings.TrimPrefix(t.Spec, "*")
		if i := strings.LastIndex(name, "."); i >= 0 || strings.Contains(name, "/") {
			if i < 0 || !importPath(name[:i]) || !typeExpr(name[strings.LastIndex(name, "/")+1:]) && !token.IsIdentifier(name[i+1:]) {
				v.errorf(hint, "%q names no type of a package", t.Spec)
			}
		} else if !typeExpr(name) {
			v.errorf(hint, "%q is no type", t.Spec)
		}
		return
	}
	if t.Import != "" && !importPath(t.Import) {
		v.errorf(hint, "%q is no import path", t.Import)
	}
	if t.Package != "" && !isPackageName(t.Package) {
		v.errorf(hint, "%q cannot be the name of a Go package", t.Package)
	}
	if t.Type != "" && !typeExpr(t.Type) {
		v.errorf(hint, "%q is no type", t.Type)
	}
}

// ImportPath returns the path of the package that a type is of, "" for a type of Go's own.
func (t GoType) ImportPath() string {
	if t.Spec == "" {
		return t.Import
	}
	name := strings.TrimPrefix(t.Spec, "*")
	return name[:max(0, strings.LastIndex(name, "."))]
}

// pathElement is an element of an import path as the go command takes it (Go Modules
// Reference, "Module paths and versions"). None begins with a dot, so none leads elsewhere.
var pathElement = regexp.MustCompile(`^[A-Za-z0-9_~+-][A-Za-z0-9_.~+-]*$`)

// importPath refuses what cannot be imported, and the packages that mean more than their names.
func importPath(s string) bool {
	if s == "C" || s == "unsafe" || s == "embed" {
		return false
	}
	for _, element := range strings.Split(s, "/") {
		if !pathElement.MatchString(element) {
			return false
		}
	}
	return true
}

// typeExpr reports whether s is a Go type that is made of names alone.
func typeExpr(s string) bool {
	e, err := parser.ParseExpr(s)
	if err != nil || strings.ContainsAny(s, "\r\n`\"/") {
		return false
	}
	ok := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case nil, *ast.Ident, *ast.SelectorExpr, *ast.StarExpr, *ast.ArrayType, *ast.MapType, *ast.IndexExpr, *ast.IndexListExpr:
		case *ast.InterfaceType:
			ok = ok && len(n.Methods.List) == 0
		case *ast.FieldList:
		case *ast.BasicLit:
			_, err := strconv.ParseUint(n.Value, 10, 31)
			ok = ok && err == nil
		default:
			ok = false
		}
		return ok
	})
	return ok
}

// role reads the name of a role. Migrations are schema files too, which hold no name with
// quotes (rule unprintable-name).
func role(dst *string) setting {
	s := str(dst).then(func(v value) {
		if strings.ContainsAny(*dst, "\"`") {
			v.errorf("name it otherwise", "%q has a quote", *dst)
		}
	})
	s.takes = func(bool) *Schema { return &Schema{Type: types{"string"}, Pattern: "^[^\"`]*[^\\s\"`][^\"`]*$"} }
	return s
}
