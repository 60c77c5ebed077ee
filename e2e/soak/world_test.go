package soak_test

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
	"github.com/tenantgen/tenantgen/tenant/tenantjobs"
)

const (
	setting    = "app.org_id"
	tenants    = 20
	clients    = 64
	appRole    = "soak_app"
	workerRole = "soak_worker"
)

// mark is the id of a tenant, and in everything that it writes: whatever has another one is not its own.
func mark(i int) string { return fmt.Sprintf("mark-%d-", i) }

var marks = regexp.MustCompile(`mark-\d+-`)

// foreign returns a mark of another tenant in a text.
func foreign(own, text string) string {
	for _, m := range marks.FindAllString(text, -1) {
		if m != own {
			return m
		}
	}
	return ""
}

// parse is what an application does with ParseOrgID.
func parse(id string) (tenant.Tenant, error) {
	for i := range tenants {
		if id == mark(i) {
			return tenant.Tenant{Scope: gen.NewScope(setting, id), Status: tenant.StatusActive}, nil
		}
	}
	return tenant.Tenant{}, tenant.ErrUnknown
}

// memberOf reads a token, "c7@mark-3-".
func memberOf(_ context.Context, token string) (tenant.Tenant, tenant.Member, error) {
	name, id, _ := strings.Cut(token, "@")
	t, err := parse(id)
	if err != nil {
		return tenant.Tenant{}, tenant.Member{}, tenant.ErrUnauthenticated
	}
	return t, tenant.Member{ID: name}, nil
}

func findMember(ctx context.Context, p tenanthttp.Person, t tenant.Tenant) (tenant.Member, error) {
	of, m, err := memberOf(ctx, p.ID)
	if err != nil || of.ID() != t.ID() {
		return tenant.Member{}, tenant.ErrNotMember
	}
	return m, nil
}

// A note has the next number of its tenant's: whoever is told of the notes sees whether one is missing. A request stands for a job that
// was asked for, in the transaction that inserted it, and a run for an attempt of it, in the transaction of the tenant that it ran for.
const schema = `
create table counters (org_id text primary key, last bigint not null);
create table notes (org_id text not null, seq bigint not null, text text not null, primary key (org_id, seq));
create table requests (org_id text not null, id text not null, primary key (org_id, id));
create table runs (org_id text not null, request text not null, mark text not null, attempt int not null);
create role soak_app login;
create role soak_worker login;
grant select, insert, update on counters, notes, requests, runs to soak_app;
do $$ declare name text; begin
	foreach name in array array['counters', 'notes', 'requests', 'runs'] loop
		execute format('alter table %I enable row level security', name);
		execute format('create policy tenant on %I using (org_id = NULLIF((SELECT pg_catalog.current_setting(''app.org_id'', true)), ''''))', name);
	end loop;
end $$;`

// found makes the database's tables and the tenants.
func found(ctx context.Context, owner string) error {
	pool, err := pgxpool.New(ctx, owner)
	if err != nil {
		return err
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	policies, err := tenantjobs.Policies(tenantjobs.Rights{Setting: setting, AppRole: appRole, WorkerRole: workerRole})
	if err != nil {
		return err
	}
	for _, sql := range []string{schema, policies} {
		if _, err := pool.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
	}
	for i := range tenants {
		if _, err := pool.Exec(ctx, "insert into counters values ($1, 0)", mark(i)); err != nil {
			return err
		}
	}
	return nil
}

// shared is a file that every tenant has, with lines of its own.
const shared = "shared-40.txt"

// fileOf is the text of a file, as many lines as its name says, which begin with its tenant's mark.
func fileOf(own, name string) string {
	var b strings.Builder
	for i := range linesOf(name) {
		fmt.Fprintf(&b, "%s%s-%d\n", own, name, i)
	}
	return b.String()
}

// linesOf reads 40 from shared-40.txt.
func linesOf(name string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(name[strings.LastIndex(name, "-")+1:], ".txt"))
	if err != nil {
		panic(err)
	}
	return n
}

// checkFile reads a file that fileOf wrote, and returns a violation when there is anything else in it.
func checkFile(own, name string, from io.Reader) error {
	text, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	if want := fileOf(own, name); want != string(text) {
		at := 0
		for at < min(len(want), len(text)) && want[at] == text[at] {
			at++
		}
		return violation(fmt.Sprintf("%s of %s has %d bytes, want %d, and differs from %d on: %.100q", name, own, len(text), len(want), at, text[at:]))
	}
	return nil
}

// violation is what this test is looking for.
type violation string

func (v violation) Error() string { return string(v) }
