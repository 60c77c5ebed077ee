package tenanthttp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

const schema = `
do $$ begin
  create role tenanthttp_app login password 'tenanthttp' nosuperuser nobypassrls;
exception when duplicate_object or unique_violation then null; end $$;
create table orgs (id text primary key, slug text not null unique, status text not null);
create table members (org_id text not null, person text not null, role text not null, primary key (org_id, person));
create table notes (org_id text not null, title text not null);
alter table members enable row level security; alter table members force row level security;
alter table notes enable row level security; alter table notes force row level security;
create policy tenant on members using (org_id = (select nullif(pg_catalog.current_setting('app.org_id', true), '')));
create policy tenant on notes using (org_id = (select nullif(pg_catalog.current_setting('app.org_id', true), '')));
grant select, insert, update, delete on members, notes to tenanthttp_app;
grant update on orgs to tenanthttp_app;
grant select on orgs to tenanthttp_app;
insert into orgs select 'org-' || slug, slug, 'active' from unnest('{acme,globex}'::text[]) slug;
insert into members values ('org-acme', 'alice', 'admin'), ('org-globex', 'bob', 'viewer'), ('org-globex', 'both', 'viewer'), ('org-acme', 'both', 'viewer');
insert into notes values ('org-acme', 'anvil'), ('org-globex', 'hammock')`

// database is an application's: pools of its role, and of an owner who sees all tenants.
type database struct {
	db    *tenant.DB
	owner *pgxpool.Pool
}

func newDatabase(t *testing.T, opts ...tenant.Option) database {
	t.Helper()
	url := pgtest.DatabaseForTest(t)
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	pool := func() *pgxpool.Pool {
		p, err := pgxpool.NewWithConfig(t.Context(), config.Copy())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		return p
	}
	owner := pool()
	if _, err := owner.Exec(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.User, config.ConnConfig.Password = "tenanthttp_app", "tenanthttp"
	return database{tenant.New(pool(), append(opts, gen.WithSetting("app.org_id"))...), owner}
}

func (d database) lookup(ctx context.Context, key tenanthttp.Key) (tenanthttp.Entry, error) {
	var id, slug, status string
	err := d.owner.QueryRow(ctx, "select id, slug, status from orgs where case $1 when 'slug' then slug when 'id' then id end = $2", string(key.Kind), key.Value).Scan(&id, &slug, &status)
	if errors.Is(err, pgx.ErrNoRows) {
		err = tenant.ErrUnknown
	}
	return tenanthttp.Entry{Tenant: tenant.Tenant{Scope: gen.NewScope("app.org_id", id), Slug: slug, Status: tenant.Status(status)}}, err
}

func (d database) member(ctx context.Context, p tenanthttp.Person, t tenant.Tenant) (tenant.Member, error) {
	m := tenant.Member{ID: p.ID, Permissions: []string{"notes:read"}}
	op := tenant.Operation{Repository: "MembersRepository", Name: "GetMember", Command: tenant.CommandOne}
	err := gen.Scoped(d.db, t.Scope, op).QueryRow(ctx, "select role from members where org_id = $1 and person = $2", t.ID(), p.ID).Scan(&m.Role)
	if errors.Is(err, pgx.ErrNoRows) {
		err = tenant.ErrNotMember
	}
	if m.Role == "admin" {
		m.Permissions = append(m.Permissions, "notes:write")
	}
	return m, err
}

// notes lists or adds notes, on a DB whose guard asks for permissions.
func notes(db *tenant.DB) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t, err := tenant.Current(r.Context())
		if err != nil {
			tenanthttp.Error(w, r, err)
			return
		}
		op := tenant.Operation{Repository: "NotesRepository", Name: "ListNotes", Command: tenant.CommandOne}
		sql := "select coalesce(string_agg(title, ' '), '') from notes where org_id = $1"
		if r.Method == http.MethodPost {
			op = tenant.Operation{Repository: "NotesRepository", Name: "AddNote", Command: tenant.CommandOne, Write: true}
			sql = "insert into notes values ($1, 'more') returning title"
		}
		var titles string
		if err := gen.Scoped(db, t.Scope, op).QueryRow(r.Context(), sql, t.ID()).Scan(&titles); err != nil {
			tenanthttp.Error(w, r, err)
			return
		}
		fmt.Fprint(w, titles)
	})
}

// newService serves the notes of a database, and watches for changes in it.
func newService(t *testing.T, d database) *site {
	t.Helper()
	directory := tenanthttp.NewDirectory(d.lookup, tenanthttp.Limits{Lifetime: time.Hour})
	watching, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- directory.Watch(watching, d.db) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Watch ended with %v", err)
		}
	})
	m, err := tenanthttp.New(tenanthttp.Config{
		Authenticate: authenticate, Resolve: tenanthttp.Header("X-Tenant", tenanthttp.BySlug), Directory: directory, Member: d.member,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{Server: httptest.NewServer(m.Wrap(notes(d.db.With(tenant.WithGuard(tenant.Permissions{}.Guard)))))}
	t.Cleanup(s.Close)
	return s
}

func TestOnPostgreSQL(t *testing.T) {
	d := newDatabase(t)
	s := newService(t, d)
	for _, c := range []struct {
		as, method, tenant string
		status             int
		body               string
	}{
		{"alice", "GET", "acme", 200, "anvil"},
		{"bob", "GET", "globex", 200, "hammock"},
		{"both", "GET", "acme", 200, "anvil"},
		{"both", "GET", "globex", 200, "hammock"},
		{"alice", "GET", "globex", 404, ""},
		{"bob", "GET", "acme", 404, ""},
		{"alice", "GET", "nobody", 404, ""},
		{"bob", "POST", "globex", 403, ""}, // the guard: notes:write
		{"alice", "POST", "acme", 200, "more"},
		{"alice", "GET", "acme", 200, "anvil more"},
		{"bob", "GET", "globex", 200, "hammock"},
	} {
		status, _, body := s.ask(t, c.as, c.method, "/", "X-Tenant", c.tenant)
		if status != c.status || c.body != "" && body != c.body {
			t.Errorf("%+v: got %d %s", c, status, body)
		}
	}
	// Who is removed is out at once.
	if _, err := d.owner.Exec(t.Context(), "delete from members where person = 'both' and org_id = 'org-acme'"); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := s.ask(t, "both", "GET", "/", "X-Tenant", "acme"); status != 404 {
		t.Errorf("a former member: got %d", status)
	}
}

// What is kept for an hour is forgotten when a change is announced: the tenant that is suspended, and that a name is nobody's.
func TestAnnouncedChanges(t *testing.T) {
	d := newDatabase(t)
	s := newService(t, d)
	until := func(as, slug string, want int) {
		t.Helper()
		status := 0
		for range 200 {
			if status, _, _ = s.ask(t, as, "GET", "/", "X-Tenant", slug); status == want {
				return
			}
			time.Sleep(25 * time.Millisecond)
		}
		t.Errorf("%s: got %d, want %d", slug, status, want)
	}
	until("alice", "acme", 200)
	until("bob", "globex", 200)
	until("alice", "newcorp", 404)
	change := func(scope tenant.Scope, sql string, args ...any) {
		t.Helper()
		if _, err := d.owner.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
		if err := tenant.Announce(t.Context(), d.db, scope, tenanthttp.Topic); err != nil {
			t.Fatal(err)
		}
	}
	acme := gen.NewScope("app.org_id", "org-acme")
	time.Sleep(200 * time.Millisecond) // the watch has begun, and has forgotten for the first time
	until("alice", "acme", 200)
	change(acme, "update orgs set status = 'suspended' where slug = 'acme'")
	until("alice", "acme", 403)
	until("bob", "globex", 200)
	change(gen.NewScope("app.org_id", "org-new"), "with o as (insert into orgs values ('org-new', 'newcorp', 'active')) insert into members values ('org-new', 'alice', 'admin')")
	until("alice", "newcorp", 200)
	// Within a transaction it comes with the commit.
	err := gen.InTx(t.Context(), d.db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		op := tenant.Operation{Repository: "OrgsRepository", Name: "Resume", Command: tenant.CommandExec, Write: true}
		if _, err := gen.Scoped(tx, acme, op).Exec(ctx, "update orgs set status = 'active' where id = $1", "org-acme"); err != nil {
			return err
		}
		return tenant.Announce(ctx, tx, acme, tenanthttp.Topic)
	})
	if err != nil {
		t.Fatal(err)
	}
	until("alice", "acme", 200)
}

// Requests of many tenants at once, on one database: none has a row of another's.
func TestConcurrentTenantsOnPostgreSQL(t *testing.T) {
	d := newDatabase(t)
	_, err := d.owner.Exec(t.Context(), `insert into orgs select 'org-t' || i, 't' || i, 'active' from generate_series(0, 19) i;
		insert into members select 'org-t' || i, 'p' || i, 'viewer' from generate_series(0, 19) i;
		insert into notes select 'org-t' || i, 'of-' || i from generate_series(0, 19) i`)
	if err != nil {
		t.Fatal(err)
	}
	s := newService(t, d)
	var all sync.WaitGroup
	for g := range 16 {
		all.Go(func() {
			for i := range 30 {
				n := (g*3 + i) % 20
				status, _, body := s.ask(t, fmt.Sprint("p", n), "GET", "/", "X-Tenant", fmt.Sprint("t", n))
				if status != 200 || body != fmt.Sprint("of-", n) {
					t.Errorf("%d: got %d %s", n, status, body)
				}
				if status, _, _ := s.ask(t, fmt.Sprint("p", n), "GET", "/", "X-Tenant", fmt.Sprint("t", (n+g%19+1)%20)); status != 404 {
					t.Errorf("another tenant: got %d", status)
				}
			}
		})
	}
	all.Wait()
}
