package templates

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// ofTenants is the type that has the queries for a set of tenants.
const ofTenants = "OfTenants"

// checkSet returns why a query for a set of tenants cannot be emitted.
func (b *builder) checkSet(q sqlc.Query, f QueryFacts) error {
	switch {
	case len(b.opts.Levels) != 1 || b.opts.Levels[0].Set == "" || b.opts.Citus:
		return errors.New("there is no setting for a set of tenants")
	case f.Write || q.Slice || q.BatchResults != "":
		return errors.New("a query for a set of tenants is one that reads, alone: no :batch and no :copyfrom")
	case len(f.TenantParams) != 1 || f.TenantParams[0] < 1 || f.TenantParams[0] > len(q.Args):
		return fmt.Errorf("the tenants are the parameters %v, but the statement has %d", f.TenantParams, len(q.Args))
	case !strings.HasPrefix(q.Args[f.TenantParams[0]-1].Type.Expr, "[]"):
		return fmt.Errorf("the tenants have the Go type %s, which is no slice", q.Args[f.TenantParams[0]-1].Type.Expr)
	}
	return nil
}

// ofTenantsFile prints of_tenants.go.
func ofTenantsFile(m Model) *jen.File {
	f, id := newFile(m), m.IDs[0]
	comment(f,
		"OfTenants runs the queries for a set of tenants, those of one person for instance. They only read, and are proved to",
		"yield the same whatever rows any other tenant has. They are no methods of a repository, so that none is called by accident.")
	if m.Interfaces {
		f.Type().Id(ofTenants).Struct(jen.Id(interfaceName(ofTenants)))
		f.Line()
		comment(f, m.receiver(ofTenants)+" are the queries of an "+ofTenants+", for its tenants.")
	}
	f.Type().Id(m.receiver(ofTenants)).Struct(jen.Id("db").Op("*").Qual(Runtime, "DB"), jen.Id("ids").Index().Id(id.Type), jen.Id("scope").Qual(Runtime, "Scope"), jen.Id("reason").String())
	f.Line()
	comment(f,
		"OfTenants returns the queries for a set of tenants. Whoever calls it answers for it that the caller may read the rows of",
		"each. The reason is for people who read the code, and for guards and tracers; without one, or without an id, every call fails.")
	txHead(f, "r", "Repositories", ofTenants).Params(jen.Id("reason").String(), jen.Id("ids").Op("...").Id(id.Type)).Op("*").Id(ofTenants).Block(
		jen.Id("ids").Op("=").Append(jen.Index().Id(id.Type).Call(jen.Nil()), jen.Id("ids").Op("...")),
		jen.Return(newOfTenants(m)),
	)
	f.Line()
	for _, method := range m.OfTenants {
		paramsStruct(f, m, method)
		f.Line()
		printMethod(f, m, ofTenants, method)
	}
	return f
}

// newOfTenants is an OfTenants of the database of Repositories.
func newOfTenants(m Model) jen.Code {
	id := m.IDs[0]
	queries := jen.Op("&").Id(m.receiver(ofTenants)).Values(
		jen.Id("db").Op(":").Id("r").Dot("db"), jen.Id("ids").Op(":").Id("ids"),
		jen.Id("scope").Op(":").Qual(Gen, "NewSet").Call(jen.Lit(id.Set), jen.Qual(Gen, "Each").Call(jen.Id("ids"), jen.Id(id.Type).Dot("String"))),
		jen.Id("reason").Op(":").Id("reason"))
	if m.Interfaces {
		return jen.Id("r").Dot("fakes").Dot("ofTenants").Call(queries)
	}
	return queries
}
