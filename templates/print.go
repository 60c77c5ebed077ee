package templates

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"regexp"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tenantgen/tenantgen/internal/inert"
	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// Repositories prints the model: file names, relative to the package's
// directory, and their contents.
func Repositories(m Model) (map[string][]byte, error) {
	files := map[string]*jen.File{
		"repo.go": repoFile(m),
		"tx.go":   txFile(m),
		"ids.go":  idsFile(m),
	}
	if len(m.Models)+len(m.Rows)+len(m.Batches)+len(m.Enums) > 0 {
		files["models.go"] = modelsFile(m)
	}
	if len(m.CrossTenant) > 0 {
		files["cross_tenant.go"] = crossTenantFile(m)
	}
	if len(m.OfTenants) > 0 {
		files["of_tenants.go"] = ofTenantsFile(m)
	}
	if len(m.Unproved) > 0 {
		files["unproved.go"] = unprovedFile(m)
	}
	for _, r := range m.Repositories {
		if files[r.File] != nil {
			return nil, fmt.Errorf("%s: its repository would be written to %s, as another is", r.Source, r.File)
		}
		files[r.File] = repositoryFile(m, r)
	}
	if m.Interfaces {
		files["querier.go"] = interfacesFile(m)
	}
	if m.Isolation != nil {
		files["isolation_test.go"] = isolationFile(m)
	}
	return rendered(files)
}

// rendered prints files, with their imports as goimports has them.
func rendered(files map[string]*jen.File) (map[string][]byte, error) {
	contents := make(map[string][]byte, len(files))
	for name, f := range files {
		var buf bytes.Buffer
		if err := f.Render(&buf); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		contents[name] = groupImports(buf.Bytes()) // formatted it is by jennifer
	}
	return contents, nil
}

var importBlock = regexp.MustCompile(`(?s)\nimport \((.*?)\n\)\n`)

// groupImports puts the standard library's packages first, as goimports does;
// jennifer prints all imports in one group.
func groupImports(src []byte) []byte {
	place := importBlock.FindSubmatchIndex(src)
	if place == nil {
		return src
	}
	var std, others []string
	for line := range strings.Lines(string(src[place[2]:place[3]])) {
		_, quoted, _ := strings.Cut(line, `"`)
		if first, _, _ := strings.Cut(quoted, "/"); strings.Contains(first, ".") {
			others = append(others, strings.TrimRight(line, "\n")+"\n")
		} else {
			std = append(std, strings.TrimRight(line, "\n")+"\n")
		}
	}
	if strings.TrimSpace(strings.Join(std, "")) == "" || len(others) == 0 { // one group is as it was
		return src
	}
	block := strings.Join(std, "") + "\n" + strings.TrimSuffix(strings.Join(others, ""), "\n")
	return slices.Concat(src[:place[2]], []byte(block), src[place[3]:])
}

// newFile starts a file of the package.
func newFile(m Model) *jen.File { return newFileOf(m, m.Package) }

// newFileOf starts a file of another package.
func newFileOf(m Model, pkg string) *jen.File {
	f := jen.NewFile(pkg)
	if m.BuildTags != "" {
		f.HeaderComment("//go:build " + m.BuildTags + "\n")
	}
	f.HeaderComment(HeaderOf(m.Config))
	f.ImportAlias(m.SQLC, sqlcgen)
	f.ImportName(Runtime, "tenant")
	f.ImportName(Gen, "gen")
	f.ImportName(pgtype, "pgtype")
	return f
}

// comment prints lines as a comment. Every line gets its "//" here: jennifer
// would take a line that begins with "/*" as a comment already, and close it
// where the author did.
func comment(f *jen.File, lines ...string) {
	for _, line := range lines {
		f.Comment(commentLine(line))
	}
}

// commentLine is a line of a comment. What would end it, or cannot be seen, is replaced.
func commentLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if _, found := inert.Hidden(string(r), "\t\u200c\u200d"); found {
			return '\ufffd'
		}
		return r
	}, text)
	return strings.TrimRight("// "+text, " ")
}

// typeCode prints a type of sqlc's. Its own types are known here by their aliases.
func typeCode(f *jen.File, t sqlc.Type) jen.Code {
	for _, i := range t.Imports {
		f.ImportName(i.Path, i.Name)
		if !strings.HasSuffix(i.Path, "/"+i.Name) && i.Path != i.Name {
			f.ImportAlias(i.Path, i.Name)
		}
	}
	expr, err := parser.ParseExpr(t.Expr)
	if err != nil {
		return jen.Id(t.Expr) // Render reports it
	}
	return exprCode(expr, t)
}

func exprCode(e ast.Expr, t sqlc.Type) *jen.Statement {
	switch e := e.(type) {
	case *ast.StarExpr:
		return jen.Op("*").Add(exprCode(e.X, t))
	case *ast.ArrayType:
		if n, ok := e.Len.(*ast.BasicLit); ok {
			return jen.Index(jen.Id(n.Value)).Add(exprCode(e.Elt, t))
		}
		return jen.Index().Add(exprCode(e.Elt, t))
	case *ast.MapType:
		return jen.Map(exprCode(e.Key, t)).Add(exprCode(e.Value, t))
	case *ast.IndexExpr: // pgtype.Range[pgtype.Date]
		return exprCode(e.X, t).Index(exprCode(e.Index, t))
	case *ast.InterfaceType:
		return jen.Interface()
	case *ast.SelectorExpr:
		return jen.Qual(pathOf(e.X, t), e.Sel.Name)
	case *ast.Ident:
		return jen.Id(e.Name)
	}
	return jen.Id(t.Expr)
}

// pathOf returns the import path of a qualifier in t.
func pathOf(e ast.Expr, t sqlc.Type) string {
	if id, ok := e.(*ast.Ident); ok {
		for _, i := range t.Imports {
			if i.Name == id.Name {
				return i.Path
			}
		}
	}
	return ""
}
