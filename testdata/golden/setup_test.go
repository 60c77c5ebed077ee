// Package app_test calls the generated code of a golden. It is copied into the golden's module, next to its run_test.go.
package app_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
)

// connect returns the application's database, as its role, and a superuser's connections to fill and inspect it with.
// The latter are the cross-tenant pool as well.
func connect(t *testing.T) (*tenant.DB, *pgxpool.Pool) {
	t.Helper()
	admin, app := pool(t, ""), pool(t, os.Getenv("GOLDEN_ROLE"))
	return tenant.New(app, tenant.WithCrossTenantPool(admin)), admin
}

func pool(t *testing.T, role string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(os.Getenv("GOLDEN_DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	if role != "" {
		config.ConnConfig.RuntimeParams["role"] = role
	}
	config.ConnConfig.RuntimeParams["statement_timeout"] = "10s"
	p, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// exec runs statements as the superuser.
func exec(t *testing.T, admin *pgxpool.Pool, sql string) {
	t.Helper()
	if _, err := admin.Exec(context.Background(), sql); err != nil {
		t.Fatal(err)
	}
}

// must returns the value of a call that may not fail.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
