package tenant_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// A transaction of one organization is none of another's project, whichever way it begins; nothing has been done for it.
func TestParts(t *testing.T) {
	eachMode(t, func(t *testing.T, plain *tenant.DB, pool *pgxpool.Pool) {
		db := plain.With(gen.WithSetting(setting, "app.project_id"),
			gen.WithParts(gen.Part{Inner: "app.project_id", Outer: setting, SQL: "SELECT org_id = $2 FROM public.projects WHERE id = $1"}))
		of := func(org tenant.Scope, project string) tenant.Scope {
			return org.And(gen.NewScope("app.project_id", project))
		}
		ways := map[string]func(scope tenant.Scope, fn func(context.Context, *tenant.Tx) error) error{
			"InTx": func(scope tenant.Scope, fn func(context.Context, *tenant.Tx) error) error {
				return gen.InTx(t.Context(), db, scope, fn)
			},
			"JoinTx": func(scope tenant.Scope, fn func(context.Context, *tenant.Tx) error) error {
				return pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error { return gen.JoinTx(t.Context(), db, tx, scope, fn) })
			},
		}
		for name, way := range ways {
			for _, c := range []struct {
				org     tenant.Scope
				project string
				refused bool
			}{{acme, "1", false}, {acme, "2", true}, {globex, "1", true}, {globex, "2", false}, {acme, "3", false}} {
				called := false
				err := way(of(c.org, c.project), func(ctx context.Context, tx *tenant.Tx) error {
					called = true
					if got := counted(t, gen.Scoped(tx, of(c.org, c.project), read), "select count(*) from projects"); got != 1 && c.project != "3" {
						t.Errorf("%s %s: %d projects", name, c.project, got)
					}
					return nil
				})
				var part *tenant.PartError
				switch {
				case called == c.refused:
					t.Errorf("%s of %s: called %v", name, c.project, called)
				case c.refused && (!errors.As(err, &part) || part.Scope != of(c.org, c.project) || !errors.Is(err, tenant.ErrNotPart) || !errors.Is(err, tenant.ErrTenantMismatch) || errors.Is(err, tenant.ErrNoTenant)):
					t.Errorf("%s of %s: %v", name, c.project, err)
				case !c.refused && err != nil:
					t.Errorf("%s of %s: %v", name, c.project, err)
				}
			}
			// Of one level there is nothing to ask.
			if err := way(acme, func(context.Context, *tenant.Tx) error { return nil }); err != nil {
				t.Error(name, err)
			}
		}
	})
}

func counted(t *testing.T, c gen.DBTX, sql string) (n int) {
	t.Helper()
	if err := c.QueryRow(context.Background(), sql).Scan(&n); err != nil {
		t.Error(err)
	}
	return n
}
