package templates

import (
	"slices"

	"github.com/dave/jennifer/jen"
)

// With interfaces, what calls repositories can be tested without a database: Repositories and Tx hold interfaces then, and
// NewFake puts a test's own in their place, also in transactions.
const (
	transactor = "Transactor"
	newFake    = "NewFake"
)

// fakesField is what Repositories and Tx have of a test.
func fakesField(m Model) []jen.Code {
	if !m.Interfaces {
		return nil
	}
	return []jen.Code{jen.Id("fakes").Op("*").Id("Tx").Comment("of a test, nil otherwise")}
}

// transactorInterface prints the interface of what begins transactions.
func transactorInterface(f *jen.File, m Model) {
	comment(f,
		transactor+" begins transactions: Repositories do, and a Tx makes savepoints. What takes one, and calls the methods of",
		"the Tx that its function is given, can be tested with "+newFake+".")
	f.Type().Id(transactor).InterfaceFunc(func(g *jen.Group) {
		for level, id := range m.IDs {
			g.Id(txName("In", id)).ParamsFunc(func(g *jen.Group) {
				txParams(g, m, level)
				g.Add(fnParam("Tx"))
			}).Error()
		}
	})
	f.Line()
	f.Var().Defs(
		jen.Id("_").Id(transactor).Op("=").Parens(jen.Op("*").Id("Repositories")).Call(jen.Nil()),
		jen.Id("_").Id(transactor).Op("=").Parens(jen.Op("*").Id("Tx")).Call(jen.Nil()),
	)
	f.Line()
}

// fake prints how a test puts its own in the place of repositories.
func fake(f *jen.File, m Model) {
	comment(f,
		newFake+" returns repositories over db of which those in fakes are replaced, within transactions, too. It is for tests:",
		"over tenanttest.NewDB() there is no database, InTx still calls its function and refuses what it would refuse over one,",
		"and what fakes leaves out returns tenant.ErrNoDatabase.")
	f.Func().Id(newFake).Params(jen.Id("db").Op("*").Qual(Runtime, "DB"), jen.Id("fakes").Id("Tx")).Op("*").Id("Repositories").Block(
		slices.Concat(
			[]jen.Code{jen.Id("r").Op(":=").Id("New").Call(jen.Id("db")), jen.Id("r").Dot("fakes").Op("=").Op("&").Id("fakes")},
			replaced(m, "r"),
			[]jen.Code{jen.Return(jen.Id("r"))},
		)...,
	)
	f.Line()
	comment(f, "with puts fakes, if any, in the place of repositories.")
	f.Func().Params(jen.Id("tx").Op("*").Id("Tx")).Id("with").Params(jen.Id("fakes").Op("*").Id("Tx")).Op("*").Id("Tx").Block(
		slices.Concat(
			[]jen.Code{
				jen.If(jen.Id("fakes").Op("==").Nil()).Block(jen.Return(jen.Id("tx"))),
				jen.Id("tx").Dot("fakes").Op("=").Id("fakes"),
			},
			replaced(m, "tx"),
			[]jen.Code{jen.Return(jen.Id("tx"))},
		)...,
	)
}

func replaced(m Model, receiver string) []jen.Code {
	var list []jen.Code
	for _, r := range m.Repositories {
		list = append(list, jen.If(jen.Id("fakes").Dot(r.Field).Op("!=").Nil()).Block(
			jen.Id(receiver).Dot(r.Field).Op("=").Id("fakes").Dot(r.Field),
		))
	}
	return list
}
