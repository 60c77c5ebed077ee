package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// modelsFile prints models.go: aliases, so that callers never import sqlc's
// package and yet hold its very types.
func modelsFile(m Model) *jen.File {
	f := newFile(m)
	aliases(f, m, "Models of the schema's tables.", m.Models)
	aliases(f, m, "Rows of queries that return neither a table's rows nor a single value.", m.Rows)
	aliases(f, m, "Results of batches. Each is read once, by a callback for every element, and then closed.", m.Batches)
	if len(m.Batches) > 0 {
		comment(f, errBatchClosed+" is what callbacks are told about the results of a batch that was closed before.")
		f.Var().Id(errBatchClosed).Op("=").Qual(m.SQLC, errBatchClosed)
		f.Line()
	}
	for _, e := range m.Enums {
		enum(f, m, e)
	}
	return f
}

// errBatchClosed is a variable of every package of sqlc's with a batch.
const errBatchClosed = "ErrBatchAlreadyClosed"

func aliases(f *jen.File, m Model, doc string, names []string) {
	if len(names) == 0 {
		return
	}
	comment(f, doc)
	f.Type().DefsFunc(func(g *jen.Group) {
		for _, name := range names {
			g.Id(name).Op("=").Qual(m.SQLC, name)
		}
	})
	f.Line()
}

func enum(f *jen.File, m Model, e sqlc.Enum) {
	comment(f, e.Name+" is an enumeration of the schema.")
	f.Type().Id(e.Name).Op("=").Qual(m.SQLC, e.Name)
	f.Line()
	if len(e.Consts) > 0 {
		comment(f, "Values of "+e.Name+".")
		f.Const().DefsFunc(func(g *jen.Group) {
			for _, name := range e.Consts {
				g.Id(name).Op("=").Qual(m.SQLC, name)
			}
		})
		f.Line()
	}
	if e.Null != "" {
		comment(f, e.Null+" is a nullable "+e.Name+".")
		f.Type().Id(e.Null).Op("=").Qual(m.SQLC, e.Null)
		f.Line()
	}
	if e.All != "" {
		comment(f, e.All+" lists the values of "+e.Name+".")
		f.Func().Id(e.All).Params().Index().Id(e.Name).Block(jen.Return(jen.Qual(m.SQLC, e.All).Call()))
		f.Line()
	}
}
