// Package tenanttest is for unit tests of code that calls generated repositories.
package tenanttest

import (
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/internal/bridge"
)

// NewDB returns a DB without a database, for unit tests of code that calls generated repositories: NewFake, which
// emit_interface adds to them, takes it with the fakes that the test gives.
//
// Transactions behave as over a database: InTx calls its function, refuses a missing tenant (tenant.ErrNoTenant), and another
// tenant's id in a savepoint (tenant.ErrTenantMismatch); the context that the function is given admits no second transaction
// (tenant.ErrOutsideTx); AfterCommit's functions are called unless the function fails; guards and tracers of opts see
// what there is to see. Nothing is rolled back: what a fake has kept it keeps. Calls of repositories that are not replaced,
// and Listen, return tenant.ErrNoDatabase, Notify sends to nobody, and Verify finds nothing wrong.
func NewDB(opts ...tenant.Option) *tenant.DB {
	return bridge.Runtime.(interface {
		WithoutDatabase(opts ...tenant.Option) *tenant.DB
	}).WithoutDatabase(opts...)
}
