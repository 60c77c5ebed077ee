package templates

import (
	"slices"

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
	crossTenantType(f, m)
	f.Line()
	comment(f,
		"CrossTenant returns the queries that are declared to reach across tenants, which run on the pool of",
		"tenant.WithCrossTenantPool. The reason is for people who read the code, and for guards and tracers.")
	txHead(f, "r", "Repositories", crossTenant).Params(jen.Id("reason").String()).Op("*").Id(crossTenant).Block(
		jen.Return(newCrossTenant(m, jen.Qual(Gen, crossTenant).Call(jen.Id("r").Dot("db"), jen.Id("reason")))),
	)
	f.Line()
	crossTenantTx(f, m)
	for _, method := range m.CrossTenant {
		paramsStruct(f, m, method)
		f.Line()
		printMethod(f, m, crossTenant, method)
	}
	return f
}

// crossTenantType prints the handle. With interfaces its queries are another type's, so that a test can have its own.
func crossTenantType(f *jen.File, m Model) {
	db := jen.Id("db").Op("*").Qual(Runtime, "CrossTenant")
	if m.Interfaces {
		f.Type().Id(crossTenant).Struct(slices.Concat([]jen.Code{jen.Id(interfaceName(crossTenant)), jen.Line(), db}, fakesField(m))...)
		f.Line()
		comment(f, m.receiver(crossTenant)+" are the queries of a "+crossTenant+", on its handle.")
	}
	f.Type().Id(m.receiver(crossTenant)).Struct(db)
}

// newCrossTenant is a CrossTenant on a handle of the runtime's.
func newCrossTenant(m Model, db jen.Code) jen.Code {
	if m.Interfaces {
		return jen.Id("r").Dot("fakes").Dot("crossTenant").Call(db)
	}
	return jen.Op("&").Id(crossTenant).Values(jen.Id("db").Op(":").Add(db))
}

// crossTenantTx prints what there is about transactions and the handle itself.
func crossTenantTx(f *jen.File, m Model) {
	ctx := func() *jen.Statement { return jen.Id("ctx").Qual("context", "Context") }
	comment(f, "Err is the error that every call would report, or nil: no reason, or no pool.")
	txHead(f, "r", crossTenant, "Err").Params().Error().Block(jen.Return(jen.Qual(Gen, "CrossTenantErr").Call(jen.Id("r").Dot("db"))))
	f.Line()
	comment(f,
		"InTx calls fn in a transaction across tenants, which is committed when fn returns nil and rolled",
		"back otherwise. On a handle that is in one already it is a savepoint.")
	txHead(f, "r", crossTenant, "InTx").Params(ctx(), fnParam(crossTenant)).Error().Block(
		jen.Return(jen.Qual(Gen, "InCrossTenantTx").Call(jen.Id("ctx"), jen.Id("r").Dot("db"),
			jen.Func().Params(ctx(), jen.Id("db").Op("*").Qual(Runtime, crossTenant)).Error().Block(
				jen.Return(jen.Id("fn").Call(jen.Id("ctx"), newCrossTenant(m, jen.Id("db")))),
			))),
	)
	f.Line()
	afterCommit(f, "r", crossTenant, "AfterCrossTenantCommit")
}
