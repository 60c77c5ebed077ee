package exampledb

import (
	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
)

// Repositories are for one organization at a time.
func (d *Database) Repositories() *repo.Repositories {
	return repo.New(d.Tenants())
}

// CrossTenant runs the queries that are declared to look across organizations,
// for the given reason, on the database that organizations share: see also Elsewhere.
func (d *Database) CrossTenant(reason string) *repo.CrossTenant {
	return d.Repositories().CrossTenant(reason)
}

// Tenants returns the database as the generated code takes it.
func (d *Database) Tenants() *tenant.DB {
	options := []tenant.Option{tenant.WithCrossTenantPool(d.Directory)}
	if d.router != nil {
		options = append(options, tenant.WithRoutes(d.router))
	}
	return tenant.New(d.App, options...)
}
