package tenant_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// verifyRoles are of each test's own names, because roles belong to the whole server.
const verifyRoles = `
create role verify_app login password 'tenant_test';
create role verify_other login password 'tenant_test' bypassrls;
create role verify_owner nologin;
create role verify_member login password 'tenant_test' in role verify_owner, verify_other`

const verifySchema = `
create table "odd Notes" (org_id uuid not null);
alter table "odd Notes" enable row level security;
alter table "odd Notes" force row level security;
create table events (org_id uuid not null, day integer not null) partition by list (day);
create table events_1 partition of events for values in (1);
create table events_2 partition of events for values in (2);
alter table events enable row level security;
alter table events force row level security;
grant select, insert, update, delete on "odd Notes", events to verify_app, verify_member, verify_other;`

func TestVerify(t *testing.T) {
	databaseURL := newDatabase(t)
	owner, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, sql string) {
		t.Helper()
		if _, err := owner.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		run(t, "drop owned by verify_app, verify_other, verify_member, verify_owner cascade; drop role verify_app, verify_other, verify_member, verify_owner")
		owner.Close(context.Background())
	})
	run(t, verifyRoles)
	run(t, verifySchema)
	for _, c := range []struct {
		name, role, do, undo string
		want                 []string // a part of each problem, in order
	}{
		{name: "all is well", role: "verify_app"},
		{name: "no superuser", role: "verify_app", do: "alter role verify_app superuser", undo: "alter role verify_app nosuperuser",
			want: []string{"role verify_app: has SUPERUSER", `REVOKE TRUNCATE ON public."odd Notes"`, "REVOKE TRUNCATE ON public.events ", "table public.events_1: has row-level security disabled", "REVOKE TRUNCATE ON public.events_1", "events_2: has", "TRUNCATE ON public.events_2"}},
		{name: "no BYPASSRLS", role: "verify_other",
			want: []string{`ALTER ROLE "verify_other" NOBYPASSRLS`}},
		{name: "cannot become another", role: "verify_member", do: `alter table "odd Notes" owner to verify_owner`, undo: `alter table "odd Notes" owner to current_user`,
			want: []string{`REVOKE "verify_other" FROM "verify_member"`, `table public."odd Notes": belongs to verify_owner`}},
		{name: "who logged in counts", role: "verify_member", do: "alter role verify_member set role = verify_app; grant verify_app to verify_member", undo: "revoke verify_app from verify_member; alter role verify_member reset role",
			want: []string{"role verify_member: can become verify_other"}},
		{name: "enabled", role: "verify_app", do: `alter table "odd Notes" disable row level security`, undo: `alter table "odd Notes" enable row level security`,
			want: []string{`ALTER TABLE public."odd Notes" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`}},
		{name: "forced", role: "verify_app", do: "alter table events no force row level security", undo: "alter table events force row level security",
			want: []string{"ALTER TABLE public.events FORCE ROW LEVEL SECURITY"}},
		{name: "a partition", role: "verify_app", do: "grant select (day) on events_1 to verify_app", undo: "revoke select (day) on events_1 from verify_app",
			want: []string{"table public.events_1: has row-level security disabled"}},
		{name: "a partition's rows deleted", role: "verify_app", do: "grant delete on events_2 to public", undo: "revoke delete on events_2 from public",
			want: []string{"table public.events_2: has row-level security disabled"}},
		{name: "no TRUNCATE", role: "verify_app", do: "grant truncate on events, events_1 to verify_app", undo: "revoke truncate on events, events_1 from verify_app",
			want: []string{`REVOKE TRUNCATE ON public.events FROM "verify_app"`, "REVOKE TRUNCATE ON public.events_1"}},
		{name: "no tenant from the start", role: "verify_app", do: "alter role verify_app set app.org_id = 'x'", undo: "alter role verify_app reset app.org_id",
			want: []string{"setting app.org_id: has a value"}},
		{name: "all tables exist", role: "verify_app", do: "alter table events rename to gone", undo: "alter table gone rename to events",
			want: []string{"table public.events: does not exist"}},
		{name: "all problems", role: "verify_app", do: "alter role verify_app bypassrls; alter table events no force row level security; grant truncate on events to public", undo: "alter role verify_app nobypassrls; alter table events force row level security; revoke truncate on events from public",
			want: []string{"has BYPASSRLS", "does not force", "may be truncated"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			run(t, c.do)
			t.Cleanup(func() { run(t, c.undo) })
			db := tenant.New(newPool(t, databaseURL, c.role), gen.WithSetting(setting), gen.WithTables(`public."odd Notes"`, "public.events"))
			expectProblems(t, gen.Verify(t.Context(), db), c.want)
		})
	}
}

func expectProblems(t *testing.T, err error, want []string) {
	t.Helper()
	var found *tenant.VerifyError
	if err != nil && !errors.As(err, &found) {
		t.Fatal(err)
	}
	var lines []string
	if err != nil {
		lines = strings.Split(err.Error(), "\n")[1:]
	}
	if !slices.EqualFunc(lines, want, strings.Contains) || found != nil && len(found.Problems) != len(want) {
		t.Errorf("got %q, want %q", lines, want)
	}
}

func TestVerifyTwoPools(t *testing.T) {
	databaseURL := newDatabase(t)
	app := newPool(t, databaseURL, "tenant_test_app")
	tables := gen.WithTables("public.notes", "public.tasks")
	err := gen.Verify(t.Context(), tenant.New(app, tables, tenant.WithCrossTenantPool(newPool(t, databaseURL, "tenant_test_app"))))
	expectProblems(t, err, []string{"role tenant_test_app: is the role of the cross-tenant pool"})
	err = gen.Verify(t.Context(), tenant.New(app, tables, tenant.WithCrossTenantPool(newPool(t, databaseURL, "tenant_test_admin"))))
	expectProblems(t, err, nil)
}

// BYPASSRLS counts for the role that the pool's sessions run as, however they come to be it.
func TestVerifyRoleOfCrossTenantPool(t *testing.T) {
	databaseURL := newDatabase(t)
	owner, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	run := func(sql string) {
		if _, err := owner.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		run("drop role cross_member, cross_stranger, cross_tenant")
		owner.Close(context.Background())
	})
	run("create role cross_tenant nologin bypassrls; create role cross_member login password 'tenant_test' in role cross_tenant; create role cross_stranger login password 'tenant_test'")
	app := newPool(t, databaseURL, "tenant_test_app")
	as := func(role string, options ...func(*pgxpool.Config)) error {
		cross := newPool(t, databaseURL, role, options...)
		return gen.Verify(t.Context(), tenant.New(app, gen.WithTables("public.notes"), tenant.WithCrossTenantPool(cross)))
	}
	expectProblems(t, as("cross_stranger"), []string{`lacks BYPASSRLS, so that its queries silently see no row (ALTER ROLE "cross_stranger" BYPASSRLS)`})
	expectProblems(t, as("cross_member"), []string{`its membership of cross_tenant does not pass that on (ALTER ROLE "cross_member" SET role = "cross_tenant", or options=-c%20role=cross_tenant in`})
	expectProblems(t, as("cross_member", func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["role"] = "cross_tenant" }), nil)
	for do, undo := range map[string]string{"set role = cross_tenant": "reset role", "bypassrls": "nobypassrls", "superuser": "nosuperuser"} {
		run("alter role cross_member " + do)
		expectProblems(t, as("cross_member"), nil)
		run("alter role cross_member " + undo)
	}
}

// What could not be looked at is not well.
func TestVerifyFailsClosed(t *testing.T) {
	databaseURL := newDatabase(t)
	app := newPool(t, databaseURL, "tenant_test_app")
	var found *tenant.VerifyError
	if err := gen.Verify(t.Context(), tenant.New(app)); err == nil || errors.As(err, &found) {
		t.Errorf("without tables: got %v", err)
	}
	tables := gen.WithTables("public.notes")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := gen.Verify(ctx, tenant.New(app, tables)); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: got %v", err)
	}
	gone := newPool(t, databaseURL, "tenant_test_app", func(c *pgxpool.Config) { c.ConnConfig.Password, c.ConnConfig.Database = "", "no_such_database" })
	if err := gen.Verify(t.Context(), tenant.New(gone, tables)); err == nil {
		t.Error("no database: no error")
	}
	if err := gen.Verify(t.Context(), tenant.New(app, tables, tenant.WithCrossTenantPool(gone))); err == nil {
		t.Error("no cross-tenant database: no error")
	}
	if err := gen.Verify(t.Context(), tenant.New(app, gen.WithTables("public.notes; drop"))); err == nil {
		t.Error("a name that is none: no error")
	}
}
