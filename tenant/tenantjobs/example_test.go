package tenantjobs_test

import (
	"context"
	"fmt"

	"github.com/riverqueue/river"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenantjobs"
)

// ImportArgs are those of an import.
type ImportArgs struct {
	File string `json:"file"`
}

func (ImportArgs) Kind() string { return "import" }

// ImportWorker imports for whichever tenant the job is of.
type ImportWorker struct{}

func (ImportWorker) Work(ctx context.Context, job *tenantjobs.Work[ImportArgs, Labels]) error {
	// orgID, err := repo.OrgIDFrom(ctx), and then repositories as in a request
	return job.Report(ctx, 1, 1)
}

func ExampleNew() {
	jobs, err := tenantjobs.New[Labels](tenantjobs.Config{
		// With generated code: id, err := repo.ParseOrgID(ids["app.org_id"]); return id.Scope(), err
		Scope: func(ids map[string]string) (tenant.Scope, error) {
			return gen.NewScope("app.org_id", ids["app.org_id"]), nil
		},
		PerTenant: 4, // so that one tenant cannot take all workers
		Share:     100,
	})
	workers := river.NewWorkers()
	tenantjobs.AddWorker(jobs, workers, ImportWorker{})
	// client, err := river.NewClient(riverpgxv5.New(workerPool), &river.Config{Workers: workers, …}); jobs.Use(client)
	fmt.Println(err)
	// Output: <nil>
}

func ExamplePolicies() {
	sql, err := tenantjobs.Policies(tenantjobs.Rights{Setting: "app.org_id", AppRole: "app", WorkerRole: "app_worker"})
	fmt.Println(sql[:48], err)
	// Output: ALTER TABLE "river_job" ENABLE ROW LEVEL SECURIT <nil>
}
