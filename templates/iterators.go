package templates

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// seq ends the names of methods that iterate, as in the standard library.
const seq = "Seq"

// iterators adds to a query of many rows a method that iterates over them. One that
// writes has none: whoever breaks off a loop would not learn how the write ended.
func (b *builder) iterators(q sqlc.Query, m Method) (Method, bool) {
	if !b.opts.Iterators || q.Cmd != sqlc.Many || m.Write {
		return Method{}, false
	}
	if q.Loop == nil {
		b.errorf("%s: query %s: sqlc's method has a form that tenantgen makes no iterator of; switch emit_iterators off", b.facts[q.Name].File, q.Name)
		return Method{}, false
	}
	it := Method{Name: m.Name + seq, Query: m.Query, Verdict: m.Verdict, IDs: m.IDs, Params: m.Params, Element: &q.Loop.Element, Args: m.Args, Command: m.Command, Category: m.Category}
	it.Doc = []string{
		it.Name + " is " + m.Name + " for many rows: they are read while the loop runs, which holds a connection",
		"until then. After an error there is no other row.",
	}
	if slices.ContainsFunc(b.queries, func(other sqlc.Query) bool { return other.Name == it.Name }) {
		b.errorf("%s: query %s: its iterator would be called %s, as another query is; rename one of them", b.facts[q.Name].File, q.Name, it.Name)
	}
	b.model.Iterators = append(b.model.Iterators, q)
	return it, true
}

// Iterators prints the methods of sqlc's Queries that iterate, as a file of sqlc's
// package: its statements are constants that no other package sees. There is no
// file when the model has none.
func Iterators(m Model) (map[string][]byte, error) {
	if len(m.Iterators) == 0 {
		return nil, nil
	}
	f := newFileOf(m, m.SQLCPackage)
	f.PackageComment("// Methods that iterate over rows, each by the statement of the method of sqlc's that it is called after.")
	for _, q := range m.Iterators {
		f.Line()
		iterator(f, q)
	}
	return rendered(map[string]*jen.File{"iterators.go": f})
}

// iterator prints one of them: sqlc's loop, with yield in the place of append.
func iterator(f *jen.File, q sqlc.Query) {
	l := q.Loop
	taken := map[string]bool{l.Var: true}
	for _, p := range q.Params {
		taken[p.Name] = true
	}
	yield, none := jen.Id(freeName("yield", taken)), jen.Id(freeName("none", taken))
	element := typeCode(f, l.Element)
	failed := func(next ...jen.Code) jen.Code {
		err := jen.Err()
		if l.Wrap != "" {
			err = jen.Qual("fmt", "Errorf").Call(jen.Lit(l.Wrap), jen.Err())
		}
		return jen.Block(append([]jen.Code{jen.Add(yield).Call(none, err)}, next...)...)
	}
	comment(f, q.Name+seq+" is "+q.Name+", row by row.")
	f.Func().Params(jen.Id(l.Receiver).Op("*").Id("Queries")).Id(q.Name+seq).ParamsFunc(func(g *jen.Group) {
		g.Id("ctx").Qual("context", "Context")
		if l.DB != "" {
			g.Id(l.DB).Id("DBTX")
		}
		for _, p := range q.Params {
			g.Id(p.Name).Add(typeCode(f, p.Type))
		}
	}).Qual("iter", "Seq2").Types(element, jen.Error()).Block(
		jen.Return(jen.Func().Params(jen.Add(yield).Func().Params(element, jen.Error()).Bool()).Block(
			jen.Var().Add(none).Add(element),
			jen.List(jen.Id("rows"), jen.Err()).Op(":=").Id(l.Query),
			jen.If(jen.Err().Op("!=").Nil()).Add(failed(jen.Return())),
			jen.Defer().Id("rows").Dot("Close").Call(),
			jen.For(jen.Id("rows").Dot("Next").Call()).Block(
				jen.Var().Id(l.Var).Add(typeCode(f, l.Type)),
				jen.If(jen.Err().Op(":=").Id(l.Scan), jen.Err().Op("!=").Nil()).Add(failed(jen.Return())),
				jen.If(jen.Op("!").Add(yield).Call(jen.Id(l.Value), jen.Nil())).Block(jen.Return()),
			),
			jen.If(jen.Err().Op(":=").Id("rows").Dot("Err").Call(), jen.Err().Op("!=").Nil()).Add(failed()),
		)),
	)
}
