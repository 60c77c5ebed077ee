// Package tabletest lends tests a database with the tables that packages of this module keep rows in, as tenantgen tables
// writes them, for tenants of any type. It is for tests only.
package tabletest

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
)

// Setting is what the policies read.
const Setting = "app.org_id"

// Kind is a kind of tenants: the name and the type of their column, and three of them.
type Kind struct {
	Column, Type         string
	Acme, Globex, Hooli  tenant.Scope
	acme, globex, hoolis string
}

// Kinds are those that applications have.
func Kinds() []Kind {
	list := []Kind{
		{Column: "org_id", Type: "uuid", acme: "a0000000-0000-0000-0000-000000000001", globex: "b0000000-0000-0000-0000-000000000002", hoolis: "c0000000-0000-0000-0000-000000000003"},
		{Column: "account_id", Type: "bigint", acme: "1", globex: "2", hoolis: "9007199254740993"},
		{Column: "tenantId", Type: "text", acme: "acme", globex: "globex", hoolis: "it's; --"},
	}
	for i := range list {
		k := &list[i]
		k.Acme, k.Globex, k.Hooli = gen.NewScope(Setting, k.acme), gen.NewScope(Setting, k.globex), gen.NewScope(Setting, k.hoolis)
	}
	return list
}

// Lab is a database.
type Lab struct {
	Kind
	URL string // of the superuser
}

const roles = `
do $$ begin
  create role tenant_test_app login password 'tenant_test' nosuperuser nobypassrls;
exception when duplicate_object or unique_violation then null; end $$;
do $$ begin
  create role tenant_test_admin login password 'tenant_test' nosuperuser bypassrls;
exception when duplicate_object or unique_violation then null; end $$`

// New makes a database with the tables of some packages, "quota" for those of tenantquota.
func New(t testing.TB, kind Kind, packages ...string) *Lab {
	t.Helper()
	lab := &Lab{kind, pgtest.DatabaseForTest(t)}
	column := pgx.Identifier{kind.Column}.Sanitize()
	lab.Exec(t, roles)
	lab.Exec(t, "create table tenants (id "+kind.Type+" primary key); insert into tenants values ('"+kind.acme+"'), ('"+kind.globex+"'), ('"+strings.ReplaceAll(kind.hoolis, "'", "''")+"')")
	for _, name := range packages {
		lab.Exec(t, strings.NewReplacer("{{tenant}}", column+" "+kind.Type+" not null references tenants (id) on delete cascade",
			"{{tenant alone}}", column+" "+kind.Type+" not null", "{{column}}", column).Replace(schema(t, name)))
	}
	for _, table := range created.FindAllStringSubmatch(schema(t, packages...), -1) {
		if table[1] == "tenant_audit_crossings" {
			lab.Exec(t, "grant select, insert on "+table[1]+" to tenant_test_admin")
			continue
		}
		is := "(" + column + " = nullif((select pg_catalog.current_setting('" + Setting + "', true)), '')::" + kind.Type + ")"
		lab.Exec(t, "alter table "+table[1]+" enable row level security, force row level security;"+
			"create policy tenant_isolation on "+table[1]+" using "+is+" with check "+is+";"+
			"grant select, insert, update, delete on "+table[1]+" to tenant_test_app, tenant_test_admin")
	}
	return lab
}

var created = regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`)

// schema is the text that tenantgen tables fills in.
func schema(t testing.TB, packages ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "migrate", "tables")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	var all []string
	for _, name := range packages {
		text, err := os.ReadFile(filepath.Join(dir, "migrate", "tables", name+".sql"))
		if err != nil {
			t.Fatal("these tests run in a checkout of tenantgen: ", err)
		}
		all = append(all, string(text))
	}
	return strings.Join(all, "\n")
}

// Exec runs statements as the superuser.
func (l *Lab) Exec(t testing.TB, sql string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), l.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%v: %s", err, sql)
	}
}

// Rows returns what the superuser sees, as text.
func (l *Lab) Rows(t testing.TB, sql string, args ...any) []string {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), l.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(context.Background(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Pool connects as the application ("app") or as who works across tenants ("admin").
func (l *Lab) Pool(t testing.TB, role string, change ...func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(l.URL)
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.User, config.ConnConfig.Password = "tenant_test_"+role, "tenant_test"
	for _, f := range change {
		f(config)
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for wait := 0; wait < 100 && pool.Stat().AcquiredConns() != 0; wait++ {
			time.Sleep(50 * time.Millisecond)
		}
		if n := pool.Stat().AcquiredConns(); n != 0 {
			t.Errorf("%d connections were not released", n)
			return
		}
		pool.Close()
	})
	return pool
}

// Tx is the transaction of generated repositories.
type Tx struct{ tx *tenant.Tx }

// Executor is what the packages run on.
func (tx Tx) Executor() tenant.Executor { return tx.tx }

// InTx is that of generated repositories.
func InTx(ctx context.Context, db *tenant.DB, scope tenant.Scope, fn func(context.Context, Tx) error) error {
	return gen.InTx(ctx, db, scope, func(ctx context.Context, tx *tenant.Tx) error { return fn(ctx, Tx{tx}) })
}

// For is a context for a tenant with a plan.
func For(t testing.TB, ctx context.Context, scope tenant.Scope, plan string) context.Context {
	t.Helper()
	ctx, err := tenant.NewContext(ctx, tenant.Tenant{Scope: scope, Plan: plan, Status: tenant.StatusActive}, tenant.Member{ID: "vera"})
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}
