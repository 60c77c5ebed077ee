package templates

import (
	"github.com/dave/jennifer/jen"
)

// unproved is the type that has the queries of the baseline.
const unproved = "Unproved"

// unprovedFile prints unproved.go. The outermost level's id alone is taken: its rows are
// those of all its parts.
func unprovedFile(m Model) *jen.File {
	f, id := newFile(m), m.IDs[0]
	comment(f,
		"Unproved runs the queries of the baseline for one tenant. Nothing proves that they are confined to it:",
		"the policies of row-level security do that alone, for the application's role. They are no methods of a",
		"repository, so that none is called by accident; make them scoped, and they move there.")
	if m.Interfaces {
		f.Type().Id(unproved).Struct(jen.Id(interfaceName(unproved)))
		f.Line()
		comment(f, m.receiver(unproved)+" are the queries of an "+unproved+", for its tenant.")
	}
	f.Type().Id(m.receiver(unproved)).Struct(jen.Id("db").Qual(Runtime, "Executor"), jen.Id("scope").Qual(Runtime, "Scope"), jen.Id("reason").String())
	f.Line()
	for _, on := range []struct{ receiver, typ string }{{"r", "Repositories"}, {"tx", "Tx"}} {
		comment(f,
			"Unproved returns the queries of the baseline, for one tenant. The reason is for people who read the code, and",
			"for guards and tracers; without one every call fails with tenant.ErrUnprovedReason.")
		txHead(f, on.receiver, on.typ, unproved).Params(jen.Id(id.Arg).Id(id.Type), jen.Id("reason").String()).Op("*").Id(unproved).Block(
			jen.Return(newUnproved(m, on.receiver)),
		)
		f.Line()
	}
	for _, method := range m.Unproved {
		paramsStruct(f, m, method)
		f.Line()
		printMethod(f, m, unproved, method)
	}
	return f
}

// newUnproved is an Unproved of the given receiver's database.
func newUnproved(m Model, on string) jen.Code {
	id := m.IDs[0].Arg
	queries := jen.Op("&").Id(m.receiver(unproved)).Values(
		jen.Id("db").Op(":").Id(on).Dot("db"), jen.Id("scope").Op(":").Id(id).Dot("Scope").Call(), jen.Id("reason").Op(":").Id("reason"))
	if m.Interfaces {
		return jen.Id(on).Dot("fakes").Dot("unproved").Call(jen.Id(id), queries)
	}
	return queries
}
