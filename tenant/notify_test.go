package tenant_test

import (
	"context"
	"errors"
	"net"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// listening is a Listen in the background.
type listening struct {
	got    chan tenant.Notification
	done   chan error
	cancel context.CancelFunc
}

// listen returns when notifications arrive.
func listen(t *testing.T, db *tenant.DB, scope tenant.Scope, topic string) *listening {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &listening{make(chan tenant.Notification, 100), make(chan error, 1), cancel}
	go func() {
		l.done <- db.Listen(ctx, scope, topic, func(_ context.Context, n tenant.Notification) error {
			l.got <- n
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := l.end(t); !errors.Is(err, context.Canceled) {
			t.Errorf("Listen ended with %v", err)
		}
	})
	l.expect(t, tenant.Notification{Listening: true})
	return l
}

func (l *listening) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-l.done:
		l.done <- err
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("Listen does not end")
		return nil
	}
}

func (l *listening) expect(t *testing.T, want ...tenant.Notification) {
	t.Helper()
	for _, want := range want {
		select {
		case got := <-l.got:
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("no notification, want %+v", want)
		}
	}
}

func notify(t *testing.T, q tenant.Executor, scope tenant.Scope, topic, payload string) {
	t.Helper()
	if err := tenant.Notify(t.Context(), q, scope, topic, payload); err != nil {
		t.Fatal(err)
	}
}

func sent(payload string) tenant.Notification { return tenant.Notification{Payload: payload} }

func TestListen(t *testing.T) {
	pool := newPool(t, newDatabase(t), "tenant_test_app")
	db := tenant.New(pool)
	a, other, g := listen(t, db, acme, "notes"), listen(t, db, acme, "tasks"), listen(t, db, globex, "notes")
	p := listen(t, db, acme.And(gen.NewScope("app.project_id", "1")), "notes")
	notify(t, db, acme, "notes", "1")
	notify(t, db, globex, "notes", "2")
	notify(t, db, acme, "tasks", "3")
	notify(t, db, acme.And(gen.NewScope("app.project_id", "1")), "notes", "4")
	odd := "quote ' \" \\ ü\n"
	for _, l := range []*listening{a, other, g, p} {
		defer func() {
			if len(l.got) > 0 {
				t.Errorf("also got %+v", <-l.got)
			}
		}()
	}
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		notify(t, tx, acme, "notes", "undone")
		return errDenied
	})
	if err != errDenied {
		t.Error(err)
	}
	err = gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		if err := tenant.Notify(t.Context(), tx, globex, "notes", "smuggled"); !errors.Is(err, tenant.ErrTenantMismatch) {
			t.Errorf("for another tenant: got %v", err)
		}
		notify(t, tx, acme, "notes", odd)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	a.expect(t, sent("1"), sent(odd))
	g.expect(t, sent("2"))
	other.expect(t, sent("3"))
	p.expect(t, sent("4"))
}

// Anybody who can log in can send anything to any channel.
func TestListenDropsWhatIsNotTheTenants(t *testing.T) {
	pool := newPool(t, newDatabase(t), "tenant_test_app")
	l := listen(t, tenant.New(pool), acme, "notes")
	channel := tenant.Channel(acme, "notes")
	for _, forged := range []string{
		``, `not JSON`, `{}`, `null`, `{"payload": "forged"}`,
		`{"tenant": {"app.org_id": "` + globexID + `"}, "topic": "notes", "payload": "forged"}`,
		`{"tenant": {"app.org_id": "` + acmeID + `"}, "topic": "tasks", "payload": "forged"}`,
		`{"tenant": {"app.org_id": "` + acmeID + `", "app.project_id": "1"}, "topic": "notes", "payload": "forged"}`,
		`{"tenant": {"app.other": "` + acmeID + `"}, "topic": "notes", "payload": "forged"}`,
		`{"tenant": {"app.org_id": "` + acmeID + `"}, "topic": "notes", "payload": "the true one"}`,
	} {
		if _, err := pool.Exec(t.Context(), "select pg_notify($1, $2)", channel, forged); err != nil {
			t.Fatal(err)
		}
	}
	l.expect(t, sent("the true one"))
}

// The doc comment of Channel tells how to write such a trigger.
func TestNotifyFromATrigger(t *testing.T) {
	databaseURL := newDatabase(t)
	owner, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(context.Background())
	_, err = owner.Exec(t.Context(), `create function told() returns trigger language plpgsql as $$ begin
		perform pg_notify(
		  'tenant_' || left(encode(sha256(convert_to(E'app.org_id\n' || new.org_id || E'\nnotes', 'UTF8')), 'hex'), 40),
		  json_build_object('tenant', json_build_object('app.org_id', new.org_id), 'topic', 'notes', 'payload', new.title::text)::text);
		return null; end $$;
		create trigger told after insert on notes for each row execute function told()`)
	if err != nil {
		t.Fatal(err)
	}
	db := tenant.New(newPool(t, databaseURL, "tenant_test_app"))
	l := listen(t, db, acme, "notes")
	exec(t, gen.Scoped(db, globex, write), addNote, globexID, "theirs")
	exec(t, gen.Scoped(db, acme, write), addNote, acmeID, "ours")
	l.expect(t, sent("ours"))
}

func TestListenSurvivesItsConnection(t *testing.T) {
	databaseURL := newDatabase(t)
	pool := newPool(t, databaseURL, "tenant_test_app")
	db := tenant.New(pool)
	var refused atomic.Int64 // connections still to be refused
	l := listen(t, tenant.New(newPool(t, databaseURL, "tenant_test_app", func(c *pgxpool.Config) {
		c.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			if refused.Add(-1) >= 0 {
				return nil, errors.New("down")
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
	})), acme, "notes")
	for _, down := range []int64{0, 2, 0} {
		refused.Store(down)
		var killed int
		row := pool.QueryRow(t.Context(), `select count(pg_terminate_backend(pid)) from pg_stat_activity
			where datname = current_database() and query like 'listen %'`)
		if err := row.Scan(&killed); err != nil || killed != 1 {
			t.Fatalf("killed %d, %v", killed, err)
		}
		l.expect(t, tenant.Notification{Listening: true})
		notify(t, db, acme, "notes", "after")
		l.expect(t, sent("after"))
	}
}

// deaf is a connection whose server no longer hears us, and so never answers.
type deaf struct {
	net.Conn
	lost *atomic.Bool
}

func (d deaf) Write(p []byte) (int, error) {
	if d.lost.Load() {
		return len(p), nil
	}
	return d.Conn.Write(p)
}

// A connection that is lost without a sign, as behind a firewall that forgets it, is found out by asking.
func TestListenNoticesSilence(t *testing.T) {
	t.Cleanup(tenant.SetQuiet(100 * time.Millisecond))
	dialed := make(chan *atomic.Bool, 10)
	databaseURL := newDatabase(t)
	pool := newPool(t, databaseURL, "tenant_test_app", func(c *pgxpool.Config) {
		c.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			lost := &atomic.Bool{}
			dialed <- lost
			return deaf{conn, lost}, err
		}
	})
	l := listen(t, tenant.New(pool), acme, "notes")
	time.Sleep(300 * time.Millisecond) // is answered, several times
	if len(l.got) > 0 {
		t.Fatalf("a living connection was given up: %+v", <-l.got)
	}
	(<-dialed).Store(true)
	l.expect(t, tenant.Notification{Listening: true})
	notify(t, tenant.New(newPool(t, databaseURL, "tenant_test_app")), acme, "notes", "after")
	l.expect(t, sent("after"))
}

func TestListenLeavesNothingInThePool(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the collector closes what was forgotten
	pool := newPool(t, newDatabase(t), "tenant_test_app", one)
	db := tenant.New(pool)
	l := listen(t, db, acme, "notes")
	l.cancel()
	l.end(t)
	_ = db.Listen(t.Context(), acme, "notes", func(context.Context, tenant.Notification) error { return errDenied })
	var channels []string
	if err := pool.QueryRow(t.Context(), "select array(select pg_listening_channels())").Scan(&channels); err != nil || len(channels) != 0 {
		t.Errorf("the pool's connection listens to %v, %v", channels, err)
	}
	expectNothingLeft(t, pool)
	deadline := time.Now().Add(10 * time.Second)
	for n := 2; n != 1; {
		row := pool.QueryRow(t.Context(), "select count(*) from pg_stat_activity where datname = current_database() and usename = current_user")
		if err := row.Scan(&n); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d connections", n)
		}
	}
}

func TestListenEnds(t *testing.T) {
	pool := newPool(t, newDatabase(t), "tenant_test_app")
	mine := errors.New("mine")
	for _, at := range []string{"", "stop"} {
		err := tenant.New(pool).Listen(t.Context(), acme, "notes", func(ctx context.Context, n tenant.Notification) error {
			if n.Payload == at {
				return mine
			}
			return tenant.Notify(ctx, tenant.New(pool), acme, "notes", "stop")
		})
		if err != mine {
			t.Errorf("got %v", err)
		}
	}
	nobody := func(context.Context, tenant.Notification) error {
		t.Error("the handler was called")
		return nil
	}
	if err := tenant.New(unreachable(t)).Listen(t.Context(), tenant.Scope{}, "notes", nobody); !errors.Is(err, tenant.ErrNoTenant) {
		t.Errorf("no tenant: got %v", err)
	}
	if err := refusing(t).Listen(t.Context(), acme, "notes", nobody); !errors.Is(err, errDenied) {
		t.Errorf("a guard's veto: got %v", err)
	}
	down := newPool(t, "postgres://nobody@127.0.0.1:1/nowhere?sslmode=disable", "nobody", func(c *pgxpool.Config) { c.ConnConfig.ConnectTimeout = time.Second })
	if err := tenant.New(down).Listen(t.Context(), acme, "notes", nobody); err == nil {
		t.Error("no server: no error")
	}
}

func TestNotifyThatIsTooLong(t *testing.T) {
	db, pool := newDB(t)
	if err := tenant.Notify(t.Context(), db, acme, "notes", strings.Repeat("x", 8000)); !hasCode(err, "22023") {
		t.Errorf("got %v", err)
	}
	expectNothingLeft(t, pool)
	if err := tenant.Notify(t.Context(), refusing(t), acme, "notes", "x"); !errors.Is(err, errDenied) {
		t.Errorf("a guard's veto: got %v", err)
	}
}

func TestChannels(t *testing.T) {
	var all []string
	for _, scope := range []tenant.Scope{acme, globex, acme.And(gen.NewScope("app.p", "1")), gen.Claim("org_id", acmeID), gen.NewScope(setting, strings.Repeat("long", 100))} {
		for _, topic := range []string{"notes", "", `"; drop table notes; --`} {
			all = append(all, tenant.Channel(scope, topic))
		}
	}
	for _, name := range all {
		if len(name) > 63 {
			t.Errorf("%s has %d bytes", name, len(name))
		}
	}
	slices.Sort(all)
	if n := len(slices.Compact(slices.Clone(all))); n != len(all) {
		t.Errorf("%d channels for %d topics", n, len(all))
	}
}
