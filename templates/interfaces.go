package templates

import (
	"strings"

	"github.com/dave/jennifer/jen"
)

// querier ends the names of interfaces, as sqlc's emit_interface calls its own.
const querier = "Querier"

// interfaceName is NotesQuerier for NotesRepository.
func interfaceName(receiver string) string {
	return strings.TrimSuffix(receiver, "Repository") + querier
}

// interfacesFile prints querier.go: an interface for each repository, so that code
// which takes one can be tested with a fake.
func interfacesFile(m Model) *jen.File {
	f := newFile(m)
	for _, r := range m.Repositories {
		printInterface(f, m, r.Type, r.Methods)
	}
	if len(m.CrossTenant) > 0 {
		printInterface(f, m, crossTenant, m.CrossTenant)
	}
	if len(m.OfTenants) > 0 {
		printInterface(f, m, ofTenants, m.OfTenants)
	}
	if len(m.Unproved) > 0 {
		printInterface(f, m, unproved, m.Unproved)
	}
	transactorInterface(f, m)
	fake(f, m)
	return f
}

func printInterface(f *jen.File, m Model, receiver string, methods []Method) {
	name := interfaceName(receiver)
	comment(f, name+" has the methods of "+receiver+".")
	f.Type().Id(name).InterfaceFunc(func(g *jen.Group) {
		for _, method := range methods {
			for _, line := range method.Doc {
				g.Comment(commentLine(line))
			}
			g.Id(method.Name).Add(signature(f, m, method))
		}
	})
	f.Line()
	f.Var().Id("_").Id(name).Op("=").Parens(jen.Op("*").Id(receiver)).Call(jen.Nil())
	f.Line()
}
