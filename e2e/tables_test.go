package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/migrate"
	"github.com/tenantgen/tenantgen/migrate/tables"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenantaudit"
	"github.com/tenantgen/tenantgen/tenant/tenantquota"
	"github.com/tenantgen/tenantgen/tenant/tenantusage"
)

// tablesOf is an application with tenants of a type.
type tablesOf struct {
	column, sqlType string
	acme, globex    string
}

var tablesOfKinds = []tablesOf{
	{"org_id", "uuid", "a0000000-0000-0000-0000-000000000001", "b0000000-0000-0000-0000-000000000002"},
	{"account_id", "bigint", "1", "2"},
	{"tenantId", "text", "acme", "globex"},
}

// TestTables has tenantgen tables write the tables of the runtime's packages in every format, for tenants of every type;
// applies what it wrote; proves the statements that the packages send as queries of the application; and has the packages
// run as the application's role, for two tenants, while everything that reaches the server is one of those statements.
func TestTables(t *testing.T) {
	pgserver.Long(t)
	for i, format := range migrate.Formats() {
		kind := tablesOfKinds[i%len(tablesOfKinds)]
		t.Run(string(format)+" "+kind.sqlType, func(t *testing.T) {
			t.Chdir(t.TempDir())
			kind.write(t, format)
			commitTables(t, "quota", "usage", "audit")
			proved := kind.proved(t)
			if _, err := load(t).Tables("usage"); err == nil || !strings.Contains(err.Error(), "there is a table tenant_usage already") {
				t.Errorf("the second time: %v", err)
			}
			database := pgserver.DatabaseForTest(t)
			applyTables(t, database, format)
			kind.run(t, database, proved)
		})
	}
}

// write makes the application.
func (k tablesOf) write(t *testing.T, format migrate.Format) {
	t.Helper()
	column := pgx.Identifier{k.column}.Sanitize()
	schema := fmt.Sprintf("CREATE TABLE orgs (id %s PRIMARY KEY);\nCREATE TABLE notes (%s %[1]s NOT NULL REFERENCES orgs (id), id int, PRIMARY KEY (%[2]s, id));\n", k.sqlType, column)
	name := map[migrate.Format]string{migrate.GolangMigrate: "000001_app.up.sql", migrate.Dbmate: "20260101000000_app.sql", migrate.Atlas: "20260101000000_app.sql"}[format]
	switch format {
	case migrate.Goose:
		schema = "-- +goose Up\n" + schema
	case migrate.Dbmate:
		schema = "-- migrate:up\n" + schema + "-- migrate:down\n"
	}
	if name == "" {
		name = "001_app.sql"
	}
	files := map[string]string{
		"m/" + name: schema,
		"q/notes.sql": fmt.Sprintf("-- name: GetNote :one\nSELECT id FROM notes WHERE %s = $1 AND id = $2;\n"+
			"-- tenantgen:cross-tenant billing each is counted\n-- name: CountAll :one\nSELECT count(*) FROM notes;\n", column),
		"sqlc.yaml": fmt.Sprintf("version: \"2\"\nsql: [{engine: postgresql, schema: m, queries: q, gen: {go: {package: db, out: repo/internal/db, sql_package: pgx/v5}}}]\noptions:\n  tenantgen:\n"+
			"    tenant_column: %s\n    out: repo\n    migrations: {dir: m, format: %s}\n    app_role: app_tenant\n    cross_tenant_role: app_across\n    tenant_source: {setting: app.org}\n    tables:\n      orgs: {tenant_column: id}\n", k.column, format),
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func load(t *testing.T) *tenantgen.Project {
	t.Helper()
	p, err := tenantgen.Load("sqlc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// commitTables does what the command does.
func commitTables(t *testing.T, names ...string) {
	t.Helper()
	out, err := load(t).Tables(names...)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := out.Changes()
	if err == nil {
		err = tenantgen.Commit(changes)
	}
	if err != nil || out.Declare != "" || out.Ungranted != "" {
		t.Fatalf("%v; left to do: %q %q", err, out.Declare, out.Ungranted)
	}
}

// proved makes the statements of the packages queries of the application, which lints without a finding, and returns them.
func (k tablesOf) proved(t *testing.T) string {
	t.Helper()
	var all string
	for name, text := range map[string]string{"quota": tenantquota.Queries(k.column), "usage": tenantusage.Queries(k.column), "audit": tenantaudit.Queries(k.column)} {
		if err := os.WriteFile("q/tenant_"+name+".sql", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		all += text
	}
	r := load(t).Check()
	for _, d := range r.Diagnostics {
		t.Errorf("%s:%d: %s: %s", d.File, d.Line, d.Rule, d.Message)
	}
	global := []string{"KeepCrossing", "Crossings"}
	seen := 0
	for _, q := range r.Queries {
		want := analyzer.Scoped
		if slices.Contains(global, q.Name) {
			want = analyzer.Global
		}
		if q.Name == "CountAll" {
			want = analyzer.CrossTenant
		}
		if q.Verdict != want {
			t.Errorf("%s is %s", q.Name, q.Verdict)
		}
		seen++
	}
	if want := 2 + strings.Count(all, "-- name:"); seen != want || want < 18 {
		t.Errorf("%d queries were judged, of %d", seen, want)
	}
	return all
}

// applyTables runs the migrations as their tool would.
func applyTables(t *testing.T, database string, format migrate.Format) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	names, err := filepath.Glob("m/*.sql")
	if err != nil || len(names) < 2 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".down.sql") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		up := string(text)
		for _, end := range []string{"-- +goose Down", "-- migrate:down", "---- create above / drop below ----"} {
			up, _, _ = strings.Cut(up, end)
		}
		if _, err := conn.Exec(t.Context(), up); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// sentSQL collects what reaches the server.
type sentSQL struct {
	mu   sync.Mutex
	list []string
}

func (s *sentSQL) add(sql string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, sql)
}

func (s *sentSQL) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.add(data.SQL)
	return ctx
}
func (s *sentSQL) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
func (s *sentSQL) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, q := range data.Batch.QueuedQueries {
		s.add(q.SQL)
	}
	return ctx
}
func (s *sentSQL) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (s *sentSQL) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

func (s *sentSQL) pool(t *testing.T, database, role string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.RuntimeParams["role"] = role
	config.ConnConfig.Tracer = s
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

type tablesTx struct{ on tenant.Executor }

func (tx tablesTx) Executor() tenant.Executor { return tx.on }

// run has every statement of the packages run for two tenants.
func (k tablesOf) run(t *testing.T, database, proved string) {
	t.Helper()
	quotas, err := tenantquota.New(tenantquota.Config{TenantColumn: k.column, Kinds: map[string]tenantquota.Period{"notes": tenantquota.Ever},
		Plans: map[string]map[string]int64{"free": {"notes": 5}}})
	if err != nil {
		t.Fatal(err)
	}
	meter, err := tenantusage.New(tenantusage.Config{TenantColumn: k.column})
	if err != nil {
		t.Fatal(err)
	}
	auditor, err := tenantaudit.New(tenantaudit.Config{TenantColumn: k.column, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	sent := &sentSQL{}
	seed, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer seed.Close(t.Context())
	if _, err := seed.Exec(t.Context(), "insert into orgs values ('"+k.acme+"'), ('"+k.globex+"')"); err != nil {
		t.Fatal(err)
	}
	db := tenant.New(sent.pool(t, database, "app_tenant"), gen.WithSetting("app.org"), tenant.WithCrossTenantPool(sent.pool(t, database, "app_across")),
		tenant.WithTracer(meter), tenant.WithTracer(auditor))
	for _, id := range []string{k.acme, k.globex} {
		scope := gen.NewScope("app.org", id)
		ctx, err := tenant.NewContext(t.Context(), tenant.Tenant{Scope: scope, Plan: "free"}, tenant.Member{ID: "vera"})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(meter.Add(scope, "mails", 3), meter.Active(scope, "vera")); err != nil {
			t.Fatal(err)
		}
		auditor.Refused(ctx, scope, "a test", tenant.ErrPermission)
		auditor.Refused(ctx, tenant.Scope{}, "a test", tenant.ErrUnknown)
		if err := errors.Join(meter.Flush(ctx, db), auditor.Flush(ctx, db)); err != nil {
			t.Fatal(err)
		}
		err = gen.InTx(ctx, db, scope, func(ctx context.Context, tx *tenant.Tx) error {
			return useTables(ctx, tablesTx{tx}, quotas, meter, auditor)
		})
		if err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if list, err := auditor.Crossings(t.Context(), db, "a test", time.Unix(0, 0), time.Now().Add(time.Hour), 10); err != nil || len(list) != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	sent.expect(t, proved)
}

// useTables calls everything once, of a tenant that nothing has called for before.
func useTables(ctx context.Context, tx tablesTx, quotas *tenantquota.Quotas, meter *tenantusage.Meter, auditor *tenantaudit.Auditor) error {
	err := errors.Join(
		quotas.Reserve(ctx, tx, "notes", 3), quotas.Release(ctx, tx, "notes", 1), quotas.Check(ctx, tx, map[string]int64{"notes": 3}),
		quotas.SetOverride(ctx, tx, tenantquota.Override{Kind: "notes", Limit: 1, Reason: "a test"}), quotas.DropOverride(ctx, tx, "notes"),
		quotas.SetAddon(ctx, tx, tenantquota.Addon{Kind: "notes", Name: "pack", Amount: 1}), quotas.DropAddon(ctx, tx, "notes", "pack"),
		quotas.Recount(ctx, tx, "notes", 4), quotas.Reserve(ctx, tx, "notes", 1))
	if exceeded := quotas.Reserve(ctx, tx, "notes", 1); !errors.Is(exceeded, tenant.ErrQuotaExceeded) {
		err = errors.Join(err, fmt.Errorf("one more: %w", exceeded))
	}
	overrides, err1 := quotas.Overrides(ctx, tx)
	addons, err2 := quotas.Addons(ctx, tx)
	used, err3 := meter.Of(ctx, tx, time.Now())
	events, err4 := auditor.Events(ctx, tx, time.Unix(0, 0), time.Now().Add(time.Hour), 10)
	if len(overrides)+len(addons) > 0 || used["mails"] != 3 || used["active-users"] != 1 || len(events) != 1 {
		err = errors.Join(err, fmt.Errorf("there is %v, %v, %v, %v", overrides, addons, used, events))
	}
	return errors.Join(err, err1, err2, err3, err4)
}

// expect wants all of the proved statements, and nothing else but what the runtime itself sends.
func (s *sentSQL) expect(t *testing.T, proved string) {
	t.Helper()
	names := map[string]bool{}
	for _, sql := range s.list {
		first, _, _ := strings.Cut(sql, "\n")
		switch {
		case strings.HasPrefix(sql, "-- name: ") && strings.Contains(proved, sql+";"):
			names[first] = true
		case strings.HasPrefix(sql, "select pg_catalog.set_config("), slices.Contains([]string{"begin", "commit"}, sql):
		default:
			t.Errorf("sent, and not proved: %s", sql)
		}
	}
	if want := strings.Count(proved, "-- name:"); len(names) != want {
		t.Errorf("%d of %d statements were sent: %v", len(names), want, names)
	}
}

// What tables cannot do it refuses, and writes nothing.
func TestTablesRefused(t *testing.T) {
	kind := tablesOfKinds[0]
	for want, change := range map[string][2]string{
		"migrations is missing":   {"    migrations: {dir: m, format: goose}\n", ""},
		"there are findings":      {"tenant_column: org_id", "tenant_column: company_id"},
		"no table has the tenant": {"      orgs: {tenant_column: id}", "      orgs: {global: true}\n      notes: {global: true}"},
		"schema does not read":    {"schema: m", "schema: m/001_app.sql"},
	} {
		t.Run(want, func(t *testing.T) {
			t.Chdir(t.TempDir())
			kind.write(t, migrate.Goose)
			text, err := os.ReadFile("sqlc.yaml")
			if err == nil {
				err = os.WriteFile("sqlc.yaml", []byte(strings.Replace(string(text), change[0], change[1], 1)), 0o644)
			}
			if strings.Contains(want, "no table") {
				err = errors.Join(err, os.WriteFile("q/notes.sql", []byte("-- name: GetNote :one\nSELECT id FROM notes WHERE id = $1;\n"), 0o644),
					os.WriteFile("m/001_app.sql", []byte("-- +goose Up\nCREATE TABLE orgs (id uuid PRIMARY KEY);\nCREATE TABLE notes (id int PRIMARY KEY);\n"), 0o644))
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := load(t).Tables("quota"); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Chdir(t.TempDir())
	kind.write(t, migrate.Goose)
	for _, names := range [][]string{nil, {"quotas"}, {"quota", "quota"}, {"../quota"}, {""}} {
		if _, err := load(t).Tables(names...); err == nil || !strings.Contains(err.Error(), strings.Join(tables.Names(), ", ")) {
			t.Errorf("%q: got %v", names, err)
		}
	}
}
