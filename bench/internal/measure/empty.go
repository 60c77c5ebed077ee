package measure

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/migrate"
)

// NewSchema has the tables of a schema, and both roles, which may use them; no policies.
func NewSchema(b testing.TB, schema string) Database {
	b.Helper()
	d := Database{pgserver.DatabaseForTest(b)}
	d.Run(b, "do $$ begin create role bench_app nologin; exception when duplicate_object then null; end $$;", roles, schema,
		"grant usage on schema public to bench_app", "grant select, insert, update, delete on all tables in schema public to bench_app")
	return d
}

// Protect puts the policies on tables that tenantgen's migrations lead to, or those of the
// first form, which repeat the whole chain of parents.
func (d Database) Protect(b testing.TB, first bool, targets []migrate.Target) {
	b.Helper()
	db := &catalog.Database{}
	for _, t := range targets {
		db.Tables = append(db.Tables, t.Table)
	}
	promise, err := migrate.Promised(db, migrate.Wanted{Source: migrate.Source{Setting: "app.org_id"}, Targets: targets})
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range promise.Protected {
		policies := p.Policies
		if first && p.First != nil {
			policies = p.First
		}
		for _, pol := range policies {
			d.Run(b, migrate.PolicySQL(p.Table.Name, pol)...)
		}
		d.Run(b, "alter table "+migrate.QuoteName(p.Table.Name)+" enable row level security, force row level security")
	}
}

// Table is a table as policies need it, whose columns are names and types in turn.
func Table(name string, columns ...string) *catalog.Table {
	t := &catalog.Table{Name: catalog.Name{Schema: "public", Name: name}}
	for c := range slices.Chunk(columns, 2) {
		typ := catalog.Name{Schema: "pg_catalog", Name: c[1]}
		t.Columns = append(t.Columns, &catalog.Column{Name: c[0], Type: catalog.TypeRef{Name: typ}, Value: catalog.Value{Type: typ}, NotNull: true})
	}
	return t
}

// One returns the first column of a query's first row, asked by the owner.
func (d Database) One(b testing.TB, sql string) (n int64) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), d.url)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	if err := conn.QueryRow(b.Context(), sql).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}
