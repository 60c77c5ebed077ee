package templates

import (
	"github.com/dave/jennifer/jen"
)

// scope prints the method that turns the id into what the runtime executes under.
func scope(f *jen.File, m Model) {
	scope := jen.Qual(Runtime, "Scope").Values(
		jen.Id("Setting").Op(":").Lit(m.Setting),
		jen.Id("ID").Op(":").Id("id").Dot("String").Call(),
	)
	if m.Claim != "" {
		scope = jen.Qual(Runtime, "Claim").Call(jen.Lit(m.Claim), jen.Id("id").Dot("String").Call())
	}
	idMethod(f, m.ID).Id("scope").Params().Qual(Runtime, "Scope").Block(jen.Return(scope))
}

// connection prints the call that gives a method of the given type its connection.
func connection(m Model, receiver string, method Method) jen.Code {
	operation := jen.Qual(Runtime, "Operation").ValuesFunc(func(g *jen.Group) {
		g.Id("Repository").Op(":").Lit(receiver)
		g.Id("Name").Op(":").Lit(method.Name)
		g.Id("Command").Op(":").Lit(method.Command)
		if method.Write {
			g.Id("Write").Op(":").True()
		}
	})
	switch method.Verdict {
	case Scoped:
		return jen.Dot("Scoped").Call(jen.Id(m.ID.Arg).Dot("scope").Call(), operation)
	case Global:
		return jen.Dot("Global").Call(operation)
	}
	return jen.Dot("Conn").Call(operation)
}
