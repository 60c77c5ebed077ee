package tenantroute_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
	"github.com/tenantgen/tenantgen/tenant/tenantroute"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const setting = "app.org_id"

func org(id string) tenant.Scope { return gen.NewScope(setting, id) }

// hosting are databases by name, and the places of tenants.
type hosting struct {
	t      *testing.T
	urls   map[string]string
	mu     sync.Mutex
	places map[string]tenantroute.Place
	asked  atomic.Int64
	opened atomic.Int64
	pools  []*pgxpool.Pool
}

// newHosting makes databases that have notes in public, under a policy, and in the schemas named, without one.
func newHosting(t *testing.T, databases map[string][]string) *hosting {
	t.Helper()
	h := &hosting{t: t, urls: map[string]string{}, places: map[string]tenantroute.Place{}}
	for name, schemas := range databases {
		h.urls[name] = pgtest.DatabaseForTest(t)
		h.exec(name, `do $$ begin create role tenant_test_app login password 'tenant_test' nosuperuser nobypassrls;
			exception when duplicate_object or unique_violation then null; end $$;
			create table notes (org_id text not null, title text not null);
			alter table notes enable row level security, force row level security;
			create policy p on notes using (org_id = (select nullif(current_setting('app.org_id', true), '')));
			grant select, insert, delete on notes to tenant_test_app`)
		for _, schema := range schemas {
			h.exec(name, fmt.Sprintf("create schema %[1]s; create table %[1]s.notes (org_id text not null, title text not null); grant usage on schema %[1]s to tenant_test_app; grant select, insert, delete on %[1]s.notes to tenant_test_app", schema))
		}
	}
	return h
}

func (h *hosting) exec(database, sql string) {
	h.t.Helper()
	conn, err := pgx.Connect(context.Background(), h.urls[database])
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		h.t.Fatal(err)
	}
}

// rows are those of a table that the superuser sees.
func (h *hosting) rows(database, table string) string {
	h.t.Helper()
	conn, err := pgx.Connect(context.Background(), h.urls[database])
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, _ := conn.Query(context.Background(), "select org_id || ':' || title from "+table+" order by 1")
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.Join(list, " ")
}

func (h *hosting) put(id string, place tenantroute.Place) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.places[id] = place
}

func (h *hosting) place(_ context.Context, scope tenant.Scope) (tenantroute.Place, error) {
	h.asked.Add(1)
	h.mu.Lock()
	defer h.mu.Unlock()
	place, ok := h.places[scope.ID()]
	if !ok {
		return tenantroute.Place{}, tenant.ErrUnknown
	}
	return place, nil
}

func (h *hosting) open(ctx context.Context, database string) (*pgxpool.Pool, error) {
	h.opened.Add(1)
	url, ok := h.urls[database]
	if !ok {
		return nil, fmt.Errorf("no database %s", database)
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.ConnConfig.User, config.ConnConfig.Password, config.MaxConns = "tenant_test_app", "tenant_test", 4
	pool, err := pgxpool.NewWithConfig(ctx, config)
	h.mu.Lock()
	h.pools = append(h.pools, pool)
	h.mu.Unlock()
	return pool, err
}

// router is a Router on the hosting. When the test ends no pool is in use, and all can be closed.
func (h *hosting) router(change ...func(*tenantroute.Config)) (*tenantroute.Router, *tenant.DB) {
	h.t.Helper()
	c := tenantroute.Config{Place: h.place, Open: h.open}
	for _, f := range change {
		f(&c)
	}
	r, err := tenantroute.New(c)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		for name, users := range r.Opened() {
			if users != 0 {
				h.t.Errorf("%d calls still have %s", users, name)
			}
		}
		r.Close()
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, p := range h.pools {
			p.Close() // waits for what was not released
		}
	})
	return r, tenant.New(nil, gen.WithSetting(setting), tenant.WithRoutes(r))
}

func add(ctx context.Context, db *tenant.DB, id, title string) error {
	_, err := gen.Scoped(db, org(id), write).Exec(ctx, "insert into notes (org_id, title) values ($1, $2)", id, title)
	return err
}

func list(t *testing.T, db *tenant.DB, id string) string {
	t.Helper()
	rows, err := gen.Scoped(db, org(id), read).Query(t.Context(), "select title from notes order by 1")
	if err != nil {
		t.Fatal(err)
	}
	titles, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(titles, " ")
}
