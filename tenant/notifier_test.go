package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// counting counts the connections that a pool makes.
func counting(dials *atomic.Int64) func(*pgxpool.Config) {
	return func(c *pgxpool.Config) {
		c.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			dials.Add(1)
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
	}
}

// listeningBackends are the sessions whose last statement was of a notifier.
const listeningBackends = `from pg_stat_activity where datname = current_database() and query ~ '^(un)?listen '`

func expectBackends(t *testing.T, conn *pgx.Conn, want int) {
	t.Helper()
	n := -1
	for deadline := time.Now().Add(20 * time.Second); n != want && time.Now().Before(deadline); {
		if err := conn.QueryRow(t.Context(), "select count(*) "+listeningBackends).Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
	if n != want {
		t.Errorf("%d connections listen, want %d", n, want)
	}
}

// Fifty listeners, of as many tenants, wait on one connection, and each is told what is its tenant's. When the connection is
// lost, all of them learn it, and wait on one again.
func TestListenersShareAConnection(t *testing.T) {
	databaseURL := newDatabase(t)
	var dials atomic.Int64
	db := tenant.New(newPool(t, databaseURL, "tenant_test_app", counting(&dials)), gen.WithSetting(setting))
	sender := tenant.New(newPool(t, databaseURL, "tenant_test_app"))
	super := connect(t, databaseURL)
	var all []*listening
	for n := range 50 {
		d := db
		if n%2 == 0 {
			d = db.With(tenant.WithGuard(func(context.Context, tenant.Scope, tenant.Operation) error { return nil }))
		}
		all = append(all, listen(t, d, soakScope(n), "notes"))
	}
	for range 3 {
		expectBackends(t, super, 1)
		forged := fmt.Sprintf(`{"tenant": {"app.org_id": %q}, "topic": "notes", "payload": "forged"}`, soakID(1))
		if _, err := super.Exec(t.Context(), "select pg_notify($1, $2)", tenant.Channel(soakScope(2), "notes"), forged); err != nil {
			t.Fatal(err)
		}
		for n, l := range all {
			notify(t, sender, soakScope(n), "notes", soakID(n))
			l.expect(t, sent(soakID(n)))
		}
		for n, l := range all {
			if len(l.got) > 0 {
				t.Errorf("listener %d was also told %+v", n, <-l.got)
			}
		}
		if _, err := super.Exec(t.Context(), "select pg_terminate_backend(pid) "+listeningBackends); err != nil {
			t.Fatal(err)
		}
		for _, l := range all {
			l.expect(t, tenant.Notification{Listening: true})
		}
	}
	if n := dials.Load(); n != 4 {
		t.Errorf("%d connections were made, want one, and one after each loss", n)
	}
	for _, l := range all[1:] {
		l.cancel()
	}
	for _, l := range all[1:] {
		l.end(t)
	}
	notify(t, sender, soakScope(0), "notes", "last")
	all[0].expect(t, sent("last"))
	expectBackends(t, super, 1)
	all[0].cancel()
	expectBackends(t, super, 0)
}

// A channel is listened to as long as anybody wants it, and again when somebody comes back.
func TestListenersOfOneChannel(t *testing.T) {
	databaseURL := newDatabase(t)
	db := tenant.New(newPool(t, databaseURL, "tenant_test_app"))
	keep := listen(t, db, globex, "notes") // keeps the connection
	one, two := listen(t, db, acme, "notes"), listen(t, db, acme, "notes")
	notify(t, db, acme, "notes", "1")
	one.expect(t, sent("1"))
	two.expect(t, sent("1"))
	one.cancel()
	one.end(t)
	notify(t, db, acme, "notes", "2")
	two.expect(t, sent("2"))
	two.cancel()
	two.end(t)
	super := connect(t, databaseURL)
	for gone, deadline := false, time.Now().Add(20*time.Second); !gone && time.Now().Before(deadline); {
		if err := super.QueryRow(t.Context(), "select exists (select "+listeningBackends+" and query like 'unlisten %')").Scan(&gone); err != nil {
			t.Fatal(err)
		}
	}
	again := listen(t, db, acme, "notes")
	notify(t, db, acme, "notes", "3")
	again.expect(t, sent("3"))
	expectBackends(t, super, 1)
	if len(keep.got)+len(one.got) > 0 {
		t.Error("more was told")
	}
}

// A slow handler delays nobody else. Of what it is too slow for it is told that there was something.
func TestSlowListener(t *testing.T) {
	pool := newPool(t, newDatabase(t), "tenant_test_app")
	db := tenant.New(pool)
	entered, release := make(chan bool), make(chan bool)
	got := make(chan tenant.Notification, 3*tenant.MaxQueued)
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		first := true
		done <- db.Listen(ctx, acme, "notes", func(_ context.Context, n tenant.Notification) error {
			if got <- n; !n.Listening && first {
				first = false
				entered <- true
				<-release
			}
			return nil
		})
	}()
	if n := <-got; !n.Listening {
		t.Fatalf("first came %+v", n)
	}
	fast, other := listen(t, db, acme, "notes"), listen(t, db, globex, "notes")
	notify(t, db, acme, "notes", "0")
	fast.expect(t, sent("0"))
	<-entered
	const many = 2*tenant.MaxQueued + 100
	// The fast one keeps up with us, however busy the machine is: who is not read from for too long is a slow one, too.
	for n := range many {
		notify(t, db, acme, "notes", fmt.Sprint(n+1))
		fast.expect(t, sent(fmt.Sprint(n+1)))
	}
	notify(t, db, globex, "notes", "theirs")
	other.expect(t, sent("theirs"))
	close(release)
	for n := range tenant.MaxQueued + 1 {
		if told := <-got; told.Payload != fmt.Sprint(n) {
			t.Fatalf("the slow listener was told %+v instead of %d", told, n)
		}
	}
	if told := <-got; !told.Listening {
		t.Fatalf("the slow listener was told %+v, and not that it missed something", told)
	}
	notify(t, db, acme, "notes", "after")
	if told := <-got; told != sent("after") {
		t.Errorf("then came %+v", told)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Listen does not wait for a connection longer than its context lasts, nor leave the attempt behind.
func TestListenGivesUp(t *testing.T) {
	pool := newPool(t, newDatabase(t), "tenant_test_app", one)
	held, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = tenant.New(pool).Listen(ctx, acme, "notes", func(context.Context, tenant.Notification) error { return errDenied })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	held.Release()
	l := listen(t, tenant.New(pool), acme, "notes")
	l.cancel()
}

// Whoever begins to listen while the shared connection is being lost had no part in that, and is not told of it.
func TestListenWhileConnectionsAreLost(t *testing.T) {
	databaseURL := newDatabase(t)
	db := tenant.New(newPool(t, databaseURL, "tenant_test_app"))
	l := listen(t, db, globex, "notes") // keeps the connection
	super := connect(t, databaseURL)
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Second)
	defer stop()
	var workers sync.WaitGroup
	var begun atomic.Int64
	for n := range 8 {
		workers.Go(func() {
			for ctx.Err() == nil {
				err := db.Listen(t.Context(), soakScope(n), "notes", func(context.Context, tenant.Notification) error { return errDenied })
				if !errors.Is(err, errDenied) {
					t.Errorf("Listen: got %v", err)
					return
				}
				begun.Add(1)
			}
		})
	}
	kills := 0
	for ctx.Err() == nil {
		tag, err := super.Exec(t.Context(), "select pg_terminate_backend(pid) "+listeningBackends)
		if err != nil {
			t.Fatal(err)
		}
		kills += int(tag.RowsAffected())
		time.Sleep(5 * time.Millisecond)
	}
	workers.Wait()
	if kills == 0 || begun.Load() == 0 {
		t.Errorf("%d connections were lost while %d listeners began: this test looks at nothing", kills, begun.Load())
	}
	l.cancel()
}
