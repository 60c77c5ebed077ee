package templates

import (
	"github.com/dave/jennifer/jen"
)

// repositoryFile prints the repository of one file of queries.
func repositoryFile(m Model, r Repository) *jen.File {
	f := newFile(m)
	comment(f, r.Type+" runs the queries of "+r.Source+".")
	f.Type().Id(r.Type).Struct(jen.Id("db").Qual(Runtime, "Executor"))
	for _, method := range r.Methods {
		paramsStruct(f, m, method)
		f.Line()
		printMethod(f, m, r.Type, method)
	}
	return f
}

// paramsStruct prints the struct of a method's parameters, if it has one.
func paramsStruct(f *jen.File, m Model, method Method) {
	s := method.Struct
	if s == nil {
		return
	}
	f.Line()
	if s.Alias {
		comment(f, s.Name+" are the parameters of "+method.Name+".")
		f.Type().Id(s.Name).Op("=").Qual(m.SQLC, s.Name)
		return
	}
	comment(f, s.Name+" are the parameters of "+method.Name+" besides the tenant.")
	f.Type().Id(s.Name).StructFunc(func(g *jen.Group) {
		for _, field := range s.Fields {
			code := g.Id(field.Name).Add(typeCode(f, field.Type))
			if field.Tag != "" {
				code.Op("`" + field.Tag + "`")
			}
		}
	})
}

// printMethod prints a method of the given repository.
func printMethod(f *jen.File, m Model, repository string, method Method) {
	comment(f, method.Doc...)
	f.Func().Params(jen.Id("r").Op("*").Id(m.receiver(repository))).Id(method.Name).Add(signature(f, m, method)).BlockFunc(func(g *jen.Group) {
		if method.Each != nil {
			each(g, m, *method.Each)
		}
		g.Id("conn").Op(":=").Add(connection(m, repository, method))
		g.Return(call(m, method))
	})
}

// signature prints the parameters and results of a method.
func signature(f *jen.File, m Model, method Method) jen.Code {
	return jen.ParamsFunc(func(g *jen.Group) {
		g.Id("ctx").Qual("context", "Context")
		for _, level := range method.IDs {
			g.Id(m.IDs[level].Arg).Id(m.IDs[level].Type)
		}
		for _, p := range method.Params {
			g.Id(p.Name).Add(typeCode(f, p.Type))
		}
	}).Add(results(f, method))
}

// each prints how sqlc's elements are made.
func each(g *jen.Group, m Model, e Each) {
	typ := jen.Qual(m.SQLC, e.Struct)
	if e.Pointer {
		typ = jen.Op("*").Add(typ)
	}
	g.Id("params").Op(":=").Make(jen.Index().Add(typ), jen.Len(jen.Id(e.Param)))
	loop := jen.Id("i")
	if e.Var != "" {
		loop = jen.List(loop, jen.Id(e.Var))
	}
	g.For(loop.Op(":=").Range().Id(e.Param)).Block(jen.Id("params").Index(jen.Id("i")).Op("=").Add(argument(m, e.Value)))
}

func results(f *jen.File, method Method) jen.Code {
	if method.Element != nil {
		return jen.Qual("iter", "Seq2").Types(typeCode(f, *method.Element), jen.Error())
	}
	if method.Result == nil {
		return jen.Error()
	}
	if method.Infallible {
		return typeCode(f, *method.Result)
	}
	return jen.Params(typeCode(f, *method.Result), jen.Error())
}

// call prints the call of sqlc's method.
func call(m Model, method Method) *jen.Statement {
	queries := jen.Qual(m.SQLC, "New").Call(jen.Id("conn"))
	if m.TakesDB {
		queries = jen.Qual(m.SQLC, "New").Call()
	}
	return queries.Dot(method.Name).CallFunc(func(g *jen.Group) {
		g.Id("ctx")
		if m.TakesDB {
			g.Id("conn")
		}
		for _, arg := range method.Args {
			g.Add(argument(m, arg))
		}
	})
}

func argument(m Model, arg Arg) jen.Code {
	if arg.Struct == "" {
		return jen.Id(arg.Expr)
	}
	values := make([]jen.Code, len(arg.Fields))
	for i, field := range arg.Fields {
		values[i] = jen.Id(field.Name).Op(":").Id(field.Expr)
	}
	literal := jen.Qual(m.SQLC, arg.Struct).Add(multi(values))
	if arg.Pointer {
		return jen.Op("&").Add(literal)
	}
	return literal
}
