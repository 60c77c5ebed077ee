// Package e2e tests what needs more than one module: the runtime against the policies that
// migrate plans.
package e2e

import (
	"os"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/applied"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/migrate"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// What the runtime sets for a claim is what the policies read, for every type of a tenant
// column and names that need quotes.
func TestClaim(t *testing.T) {
	const a, b = "a0000000-0000-0000-0000-000000000001", "b0000000-0000-0000-0000-000000000002"
	for _, c := range []struct {
		typ, a, b string
		way       []string
	}{{"uuid", a, b, []string{"org id'"}}, {"bigint", "1", "2", []string{"app_metadata", "org.id"}}, {"text", "it's a", `quote " b`, []string{`a"b`, "0", "org id'"}}} {
		pool := claims(t, c.way, "CREATE TABLE notes (id text, org_id "+c.typ+" NOT NULL);\n"+
			"INSERT INTO notes VALUES ('a1', "+migrate.QuoteLiteral(c.a)+"), ('b1', "+migrate.QuoteLiteral(c.b)+");\n")
		for tenantID, id := range map[string]string{c.a: "a1", c.b: "b1"} {
			scope := gen.ClaimWithin(tenantID, c.way...)
			rows, err := gen.Scoped(tenant.New(pool), scope, tenant.Operation{Name: "Test"}).Query(t.Context(), "SELECT id FROM notes")
			if err != nil {
				t.Fatal(err)
			}
			if got, err := pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || !slices.Equal(got, []string{id}) {
				t.Errorf("the runtime's claim %s shows %q, %v", tenantID, got, err)
			}
		}
	}
}

// claims applies a schema with notes, and the migration that is planned for it, and connects
// as the application's role.
func claims(t *testing.T, way []string, schema string) *pgxpool.Pool {
	t.Helper()
	const role = "e2e_app"
	db, problems := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: schema}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	dir := t.TempDir()
	steps, err := migrate.Plan(db, migrate.Wanted{Source: migrate.Source{JWTClaim: way}, AppRole: role,
		Targets: []migrate.Target{{Table: db.Tables[0], Column: "org_id"}}})
	if err != nil {
		t.Fatal(err)
	}
	files, err := migrate.Render(steps, migrate.Goose, []string{"00001_schema.sql"}, migrate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{"00001_schema.sql": "-- +goose Up\n" + schema}
	for _, f := range files {
		texts[f.Name] = string(f.Text)
	}
	for name, text := range texts {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	databaseURL := pgserver.DatabaseForTest(t)
	if err := applied.Migrate(t.Context(), databaseURL, dir); err != nil {
		t.Fatal(err)
	}
	config, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.RuntimeParams["role"] = role
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}
