package exampledb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/tenantgen/tenantgen/example/db"
	"github.com/tenantgen/tenantgen/tenant/tenantjobs"
)

// Workers fetch jobs from each database.
func (d *Database) Workers() []*riverpgxv5.Driver {
	var all []*riverpgxv5.Driver
	for _, pool := range d.workers {
		all = append(all, riverpgxv5.New(pool))
	}
	return all
}

// migrateJobs runs River's migrations, and gives the application the jobs of its transaction's organization, and the worker all of
// them: see docs/jobs.md. The policies are made anew each time, in one transaction.
func migrateJobs(ctx context.Context, owner *pgx.ConnConfig) error {
	policies, err := tenantjobs.Policies(tenantjobs.Rights{Setting: "app.org_id", AppRole: appRole, WorkerRole: workerRole, Schema: db.JobSchema})
	if err != nil {
		return err
	}
	if err := run(ctx, owner, "CREATE SCHEMA IF NOT EXISTS "+db.JobSchema); err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, owner.ConnString())
	if err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: db.JobSchema})
	if err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	return run(ctx, owner, "DROP POLICY IF EXISTS tenant ON river.river_job;\nDROP POLICY IF EXISTS workers ON river.river_job;\n"+
		"GRANT USAGE ON SCHEMA river TO "+appRole+", "+workerRole+";\n"+policies)
}
