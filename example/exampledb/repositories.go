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
// for the given reason.
func (d *Database) CrossTenant(reason string) *repo.CrossTenant {
	return d.Repositories().CrossTenant(reason)
}

// Tenants returns the database as the generated code takes it.
func (d *Database) Tenants() *tenant.DB {
	return tenant.New(d.App, tenant.WithCrossTenantPool(d.Directory))
}
