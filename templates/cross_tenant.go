package templates

import (
	"github.com/dave/jennifer/jen"
)

// crossTenant is the type that has the cross-tenant queries.
const crossTenant = "CrossTenant"

// crossTenantFile prints cross_tenant.go.
func crossTenantFile(m Model) *jen.File {
	f := newFile(m)
	comment(f,
		"CrossTenant runs the queries that are declared to reach across tenants. They are",
		"no methods of Repositories, so that none is called by accident.")
	f.Type().Id("CrossTenant").Struct(jen.Id("db").Op("*").Qual(Runtime, "CrossTenant"))
	f.Line()
	comment(f, "NewCrossTenant returns the queries over a handle from tenant.DB's CrossTenant.")
	f.Func().Id("NewCrossTenant").Params(jen.Id("db").Op("*").Qual(Runtime, "CrossTenant")).Op("*").Id("CrossTenant").Block(
		jen.Return(jen.Op("&").Id("CrossTenant").Values(jen.Id("db").Op(":").Id("db"))),
	)
	for _, method := range m.CrossTenant {
		paramsStruct(f, m, method)
		f.Line()
		printMethod(f, m, crossTenant, method)
	}
	return f
}
