package tenant_test

import (
	"context"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// What follows stands for generated code in the examples: ids, and repositories with a cross-tenant query.

type orgID struct{ value string }

func (id orgID) Scope() tenant.Scope { return gen.NewScope("app.org_id", id.value) }

type projectID struct{ value string }

func (id projectID) Scope() tenant.Scope { return gen.NewScope("app.project_id", id.value) }

type repositories struct{ db *tenant.DB }

func newRepositories(db *tenant.DB) *repositories {
	return &repositories{db.With(gen.WithSetting("app.org_id"), gen.WithTables("public.notes"))}
}

func (r *repositories) Verify(ctx context.Context) error { return gen.Verify(ctx, r.db) }

type repoTx struct{ db *tenant.Tx }

func (r *repositories) InTx(ctx context.Context, id orgID, fn func(ctx context.Context, tx *repoTx) error) error {
	return gen.InTx(ctx, r.db, id.Scope(), func(ctx context.Context, db *tenant.Tx) error { return fn(ctx, &repoTx{db}) })
}

func (tx *repoTx) Executor() tenant.Executor { return tx.db }

func (tx *repoTx) AfterCommit(fn func(context.Context)) error { return gen.AfterCommit(tx.db, fn) }

func (tx *repoTx) RenameNote(ctx context.Context, id orgID, title string) error {
	_, err := gen.Scoped(tx.db, id.Scope(), tenant.Operation{Name: "RenameNote", Repository: "NotesRepository", Command: tenant.CommandExec, Write: true}).
		Exec(ctx, "UPDATE notes SET title = $1 WHERE org_id = $2", title, id.value)
	return err
}

type crossTenantRepository struct{ x *tenant.CrossTenant }

func (r *repositories) CrossTenant(reason string) *crossTenantRepository {
	return &crossTenantRepository{gen.CrossTenant(r.db, reason)}
}

// Err is what each call would report.
func (r *crossTenantRepository) Err() error { return gen.CrossTenantErr(r.x) }

func (r *crossTenantRepository) CloseMonth(ctx context.Context) error {
	_, err := gen.Across(r.x, tenant.Operation{Name: "CloseMonth", Repository: "CrossTenant", Command: tenant.CommandExec, Write: true, Category: tenant.Billing}).
		Exec(ctx, "UPDATE invoices SET closed = true")
	return err
}
