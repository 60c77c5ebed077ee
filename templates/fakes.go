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
	fakes      = "Fakes"
)

// fakesField is what handles have of a test.
func fakesField(m Model) []jen.Code {
	if !m.Interfaces {
		return nil
	}
	return []jen.Code{jen.Id("fakes").Op("*").Id(fakes).Comment("of a test, nil otherwise")}
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

// receiver is the type that has the methods of a repository. What CrossTenant, OfTenants and Unproved are made of is a type
// below them where a test can have another.
func (m Model) receiver(repository string) string {
	if m.Interfaces && (repository == crossTenant || repository == ofTenants || repository == unproved) {
		return unexported(words(repository)) + "Queries"
	}
	return repository
}

// fakesType prints what a test can replace.
func fakesType(f *jen.File, m Model) {
	comment(f, fakes+" are what a test has in the place of repositories. What is nil is not replaced.")
	f.Type().Id(fakes).StructFunc(func(g *jen.Group) {
		for _, r := range m.Repositories {
			g.Id(r.Field).Id(interfaceName(r.Type))
		}
		if len(m.CrossTenant) > 0 {
			g.Comment(commentLine(crossTenant + " takes the calls for which a reason is given."))
			g.Id(crossTenant).Id(interfaceName(crossTenant))
		}
		if len(m.OfTenants) > 0 {
			g.Comment(commentLine(ofTenants + " returns what takes the calls for a set of tenants, when a reason is given."))
			g.Id(ofTenants).Func().Params(jen.Op("...").Id(m.IDs[0].Type)).Id(interfaceName(ofTenants))
		}
		if len(m.Unproved) > 0 {
			g.Comment(commentLine(unproved + " returns what takes a tenant's calls, when a reason is given."))
			g.Id(unproved).Func().Params(jen.Id(m.IDs[0].Type)).Id(interfaceName(unproved))
		}
	})
	f.Line()
}

// fake prints how a test puts its own in the place of repositories.
func fake(f *jen.File, m Model) {
	fakesType(f, m)
	comment(f,
		newFake+" returns repositories over db of which those in fakes are replaced, within transactions, too. It is for tests:",
		"over tenanttest.NewDB() there is no database, InTx still calls its function and refuses what it would refuse over one,",
		"and what fakes leaves out returns tenant.ErrNoDatabase.")
	f.Func().Id(newFake).Params(jen.Id("db").Op("*").Qual(Runtime, "DB"), jen.Id("fakes").Id(fakes)).Op("*").Id("Repositories").Block(
		slices.Concat(
			[]jen.Code{jen.Id("r").Op(":=").Id("New").Call(jen.Id("db")), jen.Id("r").Dot("fakes").Op("=").Op("&").Id("fakes")},
			replaced(m, "r"),
			[]jen.Code{jen.Return(jen.Id("r"))},
		)...,
	)
	f.Line()
	comment(f, "with puts fakes, if any, in the place of repositories.")
	f.Func().Params(jen.Id("tx").Op("*").Id("Tx")).Id("with").Params(jen.Id("fakes").Op("*").Id(fakes)).Op("*").Id("Tx").Block(
		slices.Concat(
			[]jen.Code{
				jen.If(jen.Id("fakes").Op("==").Nil()).Block(jen.Return(jen.Id("tx"))),
				jen.Id("tx").Dot("fakes").Op("=").Id("fakes"),
			},
			replaced(m, "tx"),
			[]jen.Code{jen.Return(jen.Id("tx"))},
		)...,
	)
	if len(m.CrossTenant) > 0 {
		f.Line()
		fakeCrossTenant(f, m)
	}
	if len(m.OfTenants) > 0 {
		f.Line()
		fakeOfTenants(f, m)
	}
	if len(m.Unproved) > 0 {
		f.Line()
		fakeUnproved(f, m)
	}
}

// fakeCrossTenant prints who runs the queries across tenants.
func fakeCrossTenant(f *jen.File, m Model) {
	comment(f, "crossTenant is a CrossTenant on db. Without a reason it fails as without fakes.")
	handle := jen.Op("&").Id(crossTenant).Values(
		jen.Id(interfaceName(crossTenant)).Op(":").Op("&").Id("crossTenantQueries").Values(jen.Id("db").Op(":").Id("db")),
		jen.Id("db").Op(":").Id("db"), jen.Id("fakes").Op(":").Id("f"))
	f.Func().Params(jen.Id("f").Op("*").Id(fakes)).Id("crossTenant").Params(jen.Id("db").Op("*").Qual(Runtime, "CrossTenant")).Op("*").Id(crossTenant).Block(
		jen.Id("r").Op(":=").Add(handle),
		jen.If(given(crossTenant).Op("&&").Op("!").Qual("errors", "Is").Call(jen.Id("r").Dot("Err").Call(), jen.Qual(Runtime, "ErrNoReason"))).Block(
			jen.Id("r").Dot(interfaceName(crossTenant)).Op("=").Id("f").Dot(crossTenant)),
		jen.Return(jen.Id("r")),
	)
}

// fakeOfTenants prints who runs the queries for a set of tenants.
func fakeOfTenants(f *jen.File, m Model) {
	of := func(queries jen.Code) jen.Code {
		return jen.Return(jen.Op("&").Id(ofTenants).Values(jen.Id(interfaceName(ofTenants)).Op(":").Add(queries)))
	}
	comment(f, "ofTenants is an OfTenants of a set of tenants. Without a reason it fails as without fakes.")
	f.Func().Params(jen.Id("f").Op("*").Id(fakes)).Id("ofTenants").Params(jen.Id("queries").Op("*").Id(m.receiver(ofTenants))).Op("*").Id(ofTenants).Block(
		jen.If(given(ofTenants).Op("&&").Qual("strings", "TrimSpace").Call(jen.Id("queries").Dot("reason")).Op("!=").Lit("")).Block(
			of(jen.Id("f").Dot(ofTenants).Call(jen.Id("queries").Dot("ids").Op("...")))),
		of(jen.Id("queries")),
	)
}

// fakeUnproved prints who runs the queries of the baseline.
func fakeUnproved(f *jen.File, m Model) {
	id, of := m.IDs[0], func(queries jen.Code) jen.Code {
		return jen.Return(jen.Op("&").Id(unproved).Values(jen.Id(interfaceName(unproved)).Op(":").Add(queries)))
	}
	comment(f, "unproved is an Unproved of a tenant's. Without a reason it fails as without fakes.")
	f.Func().Params(jen.Id("f").Op("*").Id(fakes)).Id("unproved").Params(jen.Id(id.Arg).Id(id.Type), jen.Id("queries").Op("*").Id(m.receiver(unproved))).Op("*").Id(unproved).Block(
		jen.If(given(unproved).Op("&&").Qual("strings", "TrimSpace").Call(jen.Id("queries").Dot("reason")).Op("!=").Lit("")).Block(
			of(jen.Id("f").Dot(unproved).Call(jen.Id(id.Arg)))),
		of(jen.Id("queries")),
	)
}

// given asks whether a test has its own; outside of tests f is nil.
func given(field string) *jen.Statement {
	return jen.Id("f").Op("!=").Nil().Op("&&").Id("f").Dot(field).Op("!=").Nil()
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
