package tenanttemporal_test

import (
	"fmt"

	"go.temporal.io/sdk/client"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenanttemporal"
)

// With generated code Scope is id, err := repo.ParseOrgID(ids["app.org_id"]); return id.Scope(), err.
func ExampleNew() {
	tenants, err := tenanttemporal.New(tenanttemporal.Config{Scope: func(ids map[string]string) (tenant.Scope, error) {
		return gen.NewScope("app.org_id", ids["app.org_id"]), nil
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	opts, err := tenants.Options(gen.NewScope("app.org_id", "acme"), client.StartWorkflowOptions{ID: "import-7", TaskQueue: "imports"})
	fmt.Println(opts.ID, opts.TaskQueue, err)
	// Output: app.org_id=acme/import-7 imports@app.org_id=acme <nil>
}
