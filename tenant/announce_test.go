package tenant_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenanttest"
)

// watch returns when announcements of so many databases arrive.
func watch(t *testing.T, db *tenant.DB, topic string, databases int) *listening {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &listening{make(chan tenant.Notification, 100), make(chan error, 1), cancel}
	go func() {
		l.done <- db.Watch(ctx, topic, func(_ context.Context, n tenant.Notification) error {
			l.got <- n
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := l.end(t); !errors.Is(err, context.Canceled) {
			t.Errorf("Watch ended with %v", err)
		}
	})
	for range databases {
		l.expect(t, tenant.Notification{Listening: true})
	}
	return l
}

func announce(t *testing.T, q tenant.Executor, scope tenant.Scope, topic string) {
	t.Helper()
	if err := tenant.Announce(t.Context(), q, scope, topic); err != nil {
		t.Fatal(err)
	}
}

func TestAnnounce(t *testing.T) {
	databaseURL := newDatabase(t)
	pool := newPool(t, databaseURL, "tenant_test_app")
	db := tenant.New(pool)
	l := watch(t, db, "directory", 1)
	announce(t, db, globex, "another topic")
	announce(t, db, acme, "directory")
	l.expect(t, tenant.Notification{Payload: acmeID})

	// In a transaction it comes with the commit, or not at all.
	undone := errors.New("undone")
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		announce(t, tx, acme, "directory")
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	err = gen.InTx(t.Context(), db, globex, func(ctx context.Context, tx *tenant.Tx) error {
		announce(t, tx, globex, "directory")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l.expect(t, tenant.Notification{Payload: globexID})

	// As a trigger sends it, after what nobody can read and what is of another topic.
	for _, payload := range []string{"no json", `{"topic": "other", "payload": "x"}`} {
		if _, err := pool.Exec(t.Context(), "select pg_notify($1, $2)", tenant.Announcements("directory"), payload); err != nil {
			t.Fatal(err)
		}
	}
	_, err = pool.Exec(t.Context(), `select pg_notify('tenants_' || left(encode(sha256(convert_to('directory', 'UTF8')), 'hex'), 40),
		json_build_object('topic', 'directory', 'payload', $1::text)::text)`, acmeID)
	if err != nil {
		t.Fatal(err)
	}
	l.expect(t, tenant.Notification{Payload: acmeID})
}

// A connection that is lost is made anew, and the handler is told.
func TestWatchAgain(t *testing.T) {
	databaseURL := newDatabase(t)
	db := tenant.New(newPool(t, databaseURL, "tenant_test_app"))
	l := watch(t, db, "directory", 1)
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()"); err != nil {
		t.Fatal(err)
	}
	l.expect(t, tenant.Notification{Listening: true})
	announce(t, db, acme, "directory")
	l.expect(t, tenant.Notification{Payload: acmeID})
}

// Announcements are sent in the tenant's database, and heard from each.
func TestWatchAllPools(t *testing.T) {
	s := newSilos(t)
	db := tenant.New(nil, tenant.WithPools(s))
	l := watch(t, db, "directory", 2)
	for _, scope := range []tenant.Scope{acme, globex} {
		announce(t, db, scope, "directory")
		l.expect(t, tenant.Notification{Payload: scope.ID()})
	}
}

func TestWatchRefused(t *testing.T) {
	refused := errors.New("refused")
	nothing := func(context.Context, tenant.Notification) error { return nil }
	guard := func(_ context.Context, scope tenant.Scope, op tenant.Operation) error {
		if scope.IsZero() && op.Name == "Watch" && op.Command == tenant.CommandListen {
			return refused
		}
		return nil
	}
	pool := newPool(t, newDatabase(t), "tenant_test_app")
	if err := tenant.New(pool, tenant.WithGuard(guard)).Watch(t.Context(), "directory", nothing); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	if err := tenant.New(nil).Watch(t.Context(), "directory", nothing); !errors.Is(err, tenant.ErrNoPool) {
		t.Errorf("got %v", err)
	}
	if err := tenanttest.NewDB().Watch(t.Context(), "directory", nothing); !errors.Is(err, tenant.ErrNoDatabase) {
		t.Errorf("got %v", err)
	}
	if err := tenant.Announce(t.Context(), tenanttest.NewDB(), acme, "directory"); err != nil {
		t.Errorf("got %v", err)
	}
	if err := tenant.Announce(t.Context(), tenant.New(pool), tenant.Scope{}, "directory"); !errors.Is(err, tenant.ErrNoTenant) {
		t.Errorf("got %v", err)
	}
	// What the handler returns ends it, in all databases.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s := newSilos(t)
	err := tenant.New(nil, tenant.WithPools(s)).Watch(ctx, "directory", func(context.Context, tenant.Notification) error { return refused })
	if !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
}

// An announcement tells the id and nothing else.
func TestAnnouncementIsSmall(t *testing.T) {
	databaseURL := newDatabase(t)
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "listen "+tenant.Announcements("directory")); err != nil {
		t.Fatal(err)
	}
	announce(t, tenant.New(newPool(t, databaseURL, "tenant_test_app")), acme, "directory")
	n, err := conn.WaitForNotification(t.Context())
	var sent map[string]any
	if err != nil || json.Unmarshal([]byte(n.Payload), &sent) != nil || sent["payload"] != acmeID || sent["topic"] != "directory" || sent["tenant"] != nil {
		t.Errorf("got %v, %v", sent, err)
	}
}
