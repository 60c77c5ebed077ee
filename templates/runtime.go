package templates

import (
	"github.com/dave/jennifer/jen"
)

// idScope prints the method that turns the id into what the runtime executes under.
func idScope(f *jen.File, id ID) {
	text := jen.Id("id").Dot("String").Call()
	scope := jen.Qual(Gen, "NewScope").Call(jen.Lit(id.Setting), text)
	switch len(id.Claim) {
	case 0:
	case 1:
		scope = jen.Qual(Gen, "Claim").Call(jen.Lit(id.Claim[0]), text)
	default:
		scope = jen.Qual(Gen, "ClaimWithin").CallFunc(func(g *jen.Group) {
			g.Add(text)
			for _, name := range id.Claim {
				g.Lit(name)
			}
		})
	}
	comment(f, "Scope is what package tenant takes, to notify and listen for instance.")
	idMethod(f, id).Id("Scope").Params().Qual(Runtime, "Scope").Block(jen.Return(scope))
}

// scope is the scope of the ids of the given levels.
func scope(m Model, levels []int) *jen.Statement {
	var code *jen.Statement
	for _, level := range levels {
		one := jen.Id(m.IDs[level].Arg).Dot("Scope").Call()
		if code == nil {
			code = one
		} else {
			code.Dot("And").Call(one)
		}
	}
	return code
}

// connection prints the call that gives a method of the given repository its connection.
func connection(m Model, repository string, method Method) jen.Code {
	operation := jen.Qual(Runtime, "Operation").ValuesFunc(func(g *jen.Group) {
		g.Id("Repository").Op(":").Lit(repository)
		g.Id("Name").Op(":").Lit(method.Query)
		g.Id("Command").Op(":").Lit(method.Command)
		if method.Write {
			g.Id("Write").Op(":").True()
		}
		if method.Verdict == Unproved || method.Verdict == OfTenants {
			g.Id("Reason").Op(":").Id("r").Dot("reason")
		}
		if method.Category != "" {
			g.Id("Category").Op(":").Lit(method.Category)
		}
	})
	db := jen.Id("r").Dot("db")
	switch method.Verdict {
	case Scoped:
		return jen.Qual(Gen, "Scoped").Call(db, scope(m, method.IDs), operation)
	case Unproved:
		return jen.Qual(Gen, "Unproved").Call(db, jen.Id("r").Dot("scope"), operation)
	case OfTenants:
		return jen.Qual(Gen, "OfTenants").Call(db, jen.Id("r").Dot("scope"), operation)
	case Global:
		return jen.Qual(Gen, "Global").Call(db, operation)
	}
	return jen.Qual(Gen, "Across").Call(db, operation)
}
