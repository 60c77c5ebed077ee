package templates

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"
)

// repoFile prints repo.go: the set of repositories, outside of transactions.
func repoFile(m Model) *jen.File {
	f := newFile(m)
	f.PackageComment("// Package " + m.Package + " provides typed repositories over the queries that sqlc generated.")
	f.PackageComment("//")
	f.PackageComment("// Every method of a repository is proved to touch the rows of one tenant only,")
	f.PackageComment("// the one whose " + idTypes(m.IDs) + " it takes, or tables that all tenants share.")
	comment(f, "Repositories hold one repository for each file of queries.")
	f.Type().Id("Repositories").Struct(slices.Concat([]jen.Code{jen.Id("db").Op("*").Qual(Runtime, "DB")}, fakesField(m), []jen.Code{jen.Line()}, fields(m))...)
	f.Line()
	comment(f,
		"New returns repositories over db. Each call of a method is a transaction of its own.",
		"Queries on tables that all tenants share run with "+settings(m.IDs)+" empty.")
	f.Func().Id("New").Params(jen.Id("db").Op("*").Qual(Runtime, "DB")).Op("*").Id("Repositories").Block(
		jen.Id("db").Op("=").Id("db").Dot("With").Call(runtimeOptions(m)...),
		jen.Return(jen.Op("&").Id("Repositories").Add(multi(append([]jen.Code{jen.Id("db").Op(":").Id("db")}, bound(m, "db")...)))),
	)
	f.Line()
	verify(f, m)
	return f
}

// runtimeOptions are what the runtime is told of the project.
func runtimeOptions(m Model) []jen.Code {
	list := []jen.Code{
		jen.Qual(Gen, "WithSetting").CallFunc(func(g *jen.Group) {
			for _, id := range m.IDs {
				g.Lit(id.Setting)
			}
			if len(m.OfTenants) > 0 {
				g.Lit(m.IDs[0].Set)
			}
		}),
		jen.Qual(Gen, "WithTables").Call(jen.Id("tables").Op("...")),
	}
	if len(m.Parts) > 0 {
		list = append(list, jen.Qual(Gen, "WithParts").CallFunc(func(g *jen.Group) {
			for _, p := range m.Parts {
				g.Qual(Gen, "Part").Values(jen.Id("Inner").Op(":").Lit(p.Inner), jen.Id("Outer").Op(":").Lit(p.Outer), jen.Id("SQL").Op(":").Lit(p.SQL))
			}
		}))
	}
	if len(m.Types) > 0 {
		list = append(list, jen.Qual(Gen, "WithTypes").CallFunc(func(g *jen.Group) {
			for _, name := range m.Types {
				g.Lit(name)
			}
		}))
	}
	if m.Citus {
		list = append(list, jen.Qual(Gen, "WithCitus").Call())
	}
	return list
}

// idTypes names them in a sentence.
func idTypes(ids []ID) string {
	var names []string
	for _, id := range ids {
		names = append(names, id.Type)
	}
	return strings.Join(names, " or ")
}

func settings(ids []ID) string {
	var names []string
	for _, id := range ids {
		names = append(names, id.Setting)
	}
	return strings.Join(names, " and ")
}

// fields are the repositories as fields of a struct.
func fields(m Model) []jen.Code {
	var list []jen.Code
	for _, r := range m.Repositories {
		typ := jen.Op("*").Id(r.Type)
		if m.Interfaces {
			typ = jen.Id(interfaceName(r.Type))
		}
		list = append(list, jen.Comment(commentLine(r.Field+" runs the queries of "+r.Source+".")), jen.Id(r.Field).Add(typ))
	}
	return list
}

// bound are the repositories, bound to db, as values of those fields.
func bound(m Model, db string) []jen.Code {
	var list []jen.Code
	for _, r := range m.Repositories {
		list = append(list, jen.Id(r.Field).Op(":").Op("&").Id(r.Type).Values(jen.Id("db").Op(":").Id(db)))
	}
	return list
}

// multi prints a composite literal's values on a line each.
func multi(values []jen.Code) *jen.Statement {
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, values...)
}

// verify prints the start-up check, and the tables that it is about.
func verify(f *jen.File, m Model) {
	comment(f,
		"Verify checks, best at start-up, that row-level security holds for the database's role",
		"on every table of a tenant, in every database. The error, a *tenant.VerifyError, lists all that is wrong.")
	f.Func().Params(jen.Id("r").Op("*").Id("Repositories")).Id("Verify").Params(jen.Id("ctx").Qual("context", "Context")).Error().Block(
		jen.Return(jen.Qual(Gen, "Verify").Call(jen.Id("ctx"), jen.Id("r").Dot("db"))),
	)
	f.Line()
	names := make([]jen.Code, len(m.Tables))
	for i, name := range m.Tables {
		names[i] = jen.Lit(name)
	}
	comment(f, "tables are those that belong to a tenant.")
	f.Var().Id("tables").Op("=").Index().String().Add(multi(names))
}
