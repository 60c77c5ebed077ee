package tenantstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// Each gets its own tenant's events alone, in the order of the commits, from whichever process they are published.
func TestStreamsApart(t *testing.T) {
	databaseURL := pgtest.DatabaseForTest(t)
	here, there := newDB(t, databaseURL), newDB(t, databaseURL)
	first, second := serve(t, newHub(t, here)), serve(t, newHub(t, there))
	a, g := open(t, first, "alice@acme", "", ""), open(t, first, "gina@globex", "", "")
	a2 := open(t, second, "adam@acme", "", "")
	for _, s := range []*stream{a, g, a2} {
		s.want(tenantstream.Ready, "")
	}
	errUndone := errors.New("undone")
	err := gen.InTx(t.Context(), here, acme, func(_ context.Context, tx *tenant.Tx) error {
		publish(t, tx, acme, "note.undone", `1`)
		return errUndone
	})
	if !errors.Is(err, errUndone) {
		t.Fatal(err)
	}
	err = gen.InTx(t.Context(), here, acme, func(_ context.Context, tx *tenant.Tx) error {
		publish(t, tx, acme, "note.created", `{"id":1}`)
		publish(t, there, acme, "note.before", `0`) // commits first
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	publish(t, there, globex, "note.created", `{"id":2}`)
	for _, s := range []*stream{a, a2} {
		s.want("note.before", `0`)
		s.want("note.created", `{"id":1}`)
	}
	g.want("note.created", `{"id":2}`)
	publish(t, here, acme, "end", `true`)
	a.want("end", `true`)
	a2.want("end", `true`)
	publish(t, here, globex, "end", `false`)
	g.want("end", `false`)
}

func TestFiltersOfStreams(t *testing.T) {
	db := newDB(t, pgtest.DatabaseForTest(t))
	server := serve(t, newHub(t, db, tenantstream.WithListScope(func(ctx context.Context) (tenantstream.Filter, error) {
		m, err := tenant.CurrentMember(ctx)
		if m.ID == "viewer" {
			return tenantstream.Filter{Labels: map[string]string{"team": "red"}}, err
		}
		return tenantstream.Filter{}, err
	})))
	all := open(t, server, "alice@acme", "", "")
	both := open(t, server, "alice@acme", "label.run=7&label.team=red", "")
	kind := open(t, server, "alice@acme", "type=run.done&type=run.failed", "")
	viewer := open(t, server, "viewer@acme", "", "")
	sly := open(t, server, "viewer@acme", "label.team=blue", "")
	streams := []*stream{all, both, kind, viewer, sly}
	for _, s := range streams {
		s.want(tenantstream.Ready, "")
	}
	publish(t, db, acme, "run.started", `1`, "run", "7", "team", "blue")
	publish(t, db, acme, "run.done", `2`, "run", "7", "team", "red")
	publish(t, db, acme, "run.failed", `3`, "run", "8", "team", "red")
	publish(t, db, acme, "run.other", `4`)
	for _, n := range []struct{ kind, data string }{{"run.started", "1"}, {"run.done", "2"}, {"run.failed", "3"}, {"run.other", "4"}} {
		all.want(n.kind, n.data)
	}
	both.want("run.done", `2`)
	kind.want("run.done", `2`)
	kind.want("run.failed", `3`)
	viewer.want("run.done", `2`)
	viewer.want("run.failed", `3`)
	for _, s := range streams {
		s.stop()
		for e := range s.events {
			t.Errorf("too much: %+v", e)
		}
	}
}

// Who comes back gets what was missed, or is told that nobody knows.
func TestResume(t *testing.T) {
	databaseURL := pgtest.DatabaseForTest(t)
	db := newDB(t, databaseURL)
	hub := newHub(t, db, tenantstream.WithHistory(3, time.Hour))
	server := serve(t, hub)
	s := open(t, server, "alice@acme", "", "")
	s.want(tenantstream.Ready, "")
	publish(t, db, acme, "n", `1`)
	last := s.want("n", `1`)
	s.stop()
	publish(t, db, acme, "n", `2`)
	publish(t, db, acme, "other", `3`)
	back := open(t, server, "alice@acme", "type=n", last)
	back.want(tenantstream.Ready, "")
	back.want("n", `2`)
	byQuery := open(t, server, "alice@acme", "last="+url.QueryEscape(last), "")
	byQuery.want(tenantstream.Ready, "")
	byQuery.want("n", `2`)
	byQuery.want("other", `3`)
	publish(t, db, acme, "n", `4`)
	byQuery.want("n", `4`)
	open(t, server, "alice@acme", "", last).want(tenantstream.Reset, "") // three events later
	open(t, server, "gina@globex", "", last).want(tenantstream.Reset, "")
	open(t, serve(t, newHub(t, db)), "alice@acme", "", last).want(tenantstream.Reset, "") // another process
}

// When the connection to the server was lost, nobody knows what was missed: everybody connects anew, and is told so.
func TestLostConnection(t *testing.T) {
	databaseURL := pgtest.DatabaseForTest(t)
	db := newDB(t, databaseURL)
	server := serve(t, newHub(t, db))
	s := open(t, server, "alice@acme", "", "")
	s.want(tenantstream.Ready, "")
	publish(t, db, acme, "n", `1`)
	last := s.want("n", `1`)
	admin, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	tag, err := admin.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database() and query ilike 'listen%'`)
	if err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("%v, %v", tag, err)
	}
	for e := range s.events { // Reset may still arrive, and then the end
		if e.Type != tenantstream.Reset {
			t.Errorf("got %+v", e)
		}
	}
	back := open(t, server, "alice@acme", "", last)
	back.want(tenantstream.Reset, "")
	publish(t, db, acme, "n", `2`)
	back.want("n", `2`)
}

func TestRefusedStreams(t *testing.T) {
	db := newDB(t, pgtest.DatabaseForTest(t))
	server := serve(t, newHub(t, db, tenantstream.WithConnections(1), tenantstream.WithGuard(tenant.Permissions{Operations: map[string]string{"Events.Subscribe": "events:read"}}.Guard),
		tenantstream.WithGuard(func(ctx context.Context, scope tenant.Scope, op tenant.Operation) error {
			if m, _ := tenant.CurrentMember(ctx); m.ID == "mallory" {
				return &tenant.PermissionError{Permission: "events:read"}
			}
			return nil
		})))
	s := open(t, server, "alice@acme", "", "")
	s.want(tenantstream.Ready, "")
	for _, c := range []struct {
		token, query string
		status       int
	}{
		{"", "", http.StatusNotFound},
		{"mallory@globex", "", http.StatusForbidden},
		{"late@globex", "", http.StatusPaymentRequired},
		{"adam@acme", "", http.StatusTooManyRequests},
		{"gina@globex", "lable.run=7", http.StatusBadRequest},
		{"gina@globex", "label.=7", http.StatusBadRequest},
		{"gina@globex", "label.run=7&label.run=8", http.StatusBadRequest},
		{"gina@globex", "tenant=acme", http.StatusBadRequest},
	} {
		response := request(t, t.Context(), server, c.token, c.query, "")
		response.Body.Close()
		if response.StatusCode != c.status || response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: got %s, want %d", c.token, c.query, response.Status, c.status)
		}
	}
	s.stop()
	for range s.events {
	}
	open(t, server, "gina@globex", "", "").want(tenantstream.Ready, "") // a refused one does not count
}

// An event that cannot be sent is refused, in whatever place.
func TestRefusedEvents(t *testing.T) {
	db := newDB(t, pgtest.DatabaseForTest(t))
	for name, e := range map[string]tenantstream.Event{
		"no type":       {},
		"own type":      {Type: tenantstream.Reset},
		"two lines":     {Type: "a\nb"},
		"an id's lines": {Type: "a", ID: "1\r"},
		"no JSON":       {Type: "a", Data: json.RawMessage(`{`)},
		"no label":      {Type: "a", Labels: map[string]string{"": "x"}},
		"too large":     {Type: "a", Data: json.RawMessage(`"` + strings.Repeat("x", 8000) + `"`)},
		"large quoted":  {Type: "a", Data: json.RawMessage(`"` + strings.Repeat(`\"`, 2600) + `"`)},
	} {
		if err := tenantstream.Publish(t.Context(), db, acme, e); !errors.Is(err, tenantstream.ErrEvent) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	largest := tenantstream.Event{Type: "a", Data: json.RawMessage(`"` + strings.Repeat("x", 7300) + `"`)}
	if err := tenantstream.Publish(t.Context(), db, gen.NewScope(setting, strings.Repeat("a", 64)), largest); err != nil {
		t.Errorf("the largest: %v", err)
	}
	if err := tenantstream.Publish(t.Context(), db, tenant.Scope{}, tenantstream.Event{Type: "a"}); !errors.Is(err, tenant.ErrNoTenant) {
		t.Errorf("no tenant: %v", err)
	}
	if err := tenantstream.Disconnect(t.Context(), db, acme, ""); !errors.Is(err, tenantstream.ErrEvent) {
		t.Errorf("nobody: %v", err)
	}
	err := gen.InTx(t.Context(), db, acme, func(ctx context.Context, tx *tenant.Tx) error {
		return tenantstream.Publish(ctx, tx, globex, tenantstream.Event{Type: "a"})
	})
	if !errors.Is(err, tenant.ErrTenantMismatch) {
		t.Errorf("another tenant's transaction: %v", err)
	}
	ctx, err := tenant.NewContext(t.Context(), tenant.Tenant{Scope: acme, Status: tenant.StatusActive}, tenant.Member{ID: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	if err := tenantstream.Publish(ctx, db, globex, tenantstream.Event{Type: "a"}); !errors.Is(err, tenant.ErrTenantMismatch) {
		t.Errorf("another tenant's context: %v", err)
	}
	if _, err := newHub(t, db).Subscribe(ctx, globex, tenantstream.Filter{}, ""); !errors.Is(err, tenant.ErrTenantMismatch) {
		t.Errorf("a subscription in another tenant's context: %v", err)
	}
	unasked := tenantstream.WithGuard(func(_ context.Context, scope tenant.Scope, _ tenant.Operation) error {
		t.Errorf("a guard was asked about %v", scope)
		return nil
	})
	if _, err := newHub(t, db, unasked).Subscribe(t.Context(), tenant.Scope{}, tenantstream.Filter{}, ""); !errors.Is(err, tenant.ErrNoTenant) {
		t.Errorf("a subscription to no tenant: %v", err)
	}
}

// What does not come from Publish is nobody's event.
func TestForgedNotifications(t *testing.T) {
	db := newDB(t, pgtest.DatabaseForTest(t))
	s := open(t, serve(t, newHub(t, db)), "alice@acme", "", "")
	s.want(tenantstream.Ready, "")
	for _, payload := range []string{"", "{}", `{"type":"a"}`, `{"id":"1"}`, `{"id":"1","type":"a\nb"}`, `{"id":"1","type":"tenantstream.reset"}`, "[]"} {
		if err := tenant.Notify(t.Context(), db, acme, tenantstream.DefaultTopic, payload); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, db, acme, "real", `1`)
	s.want("real", `1`)
}

// A slow reader loses its subscription, and nobody else waits for it.
func TestSlowReader(t *testing.T) {
	db := newDB(t, pgtest.DatabaseForTest(t))
	hub := newHub(t, db, tenantstream.WithQueue(3))
	slow, err := hub.Subscribe(t.Context(), acme, tenantstream.Filter{}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	fast, err := hub.Subscribe(t.Context(), acme, tenantstream.Filter{}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer fast.Close()
	next := func(s *tenantstream.Subscription) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), long)
		defer cancel()
		e, err := s.Next(ctx)
		return e.Type, err
	}
	if got, err := next(fast); got != tenantstream.Ready || err != nil {
		t.Fatal(got, err)
	}
	for _, kind := range []string{"a", "b", "c", "d"} {
		publish(t, db, acme, kind, "")
		if got, err := next(fast); got != kind || err != nil {
			t.Fatal(got, err)
		}
	}
	var got []string
	for err == nil {
		var kind string
		if kind, err = next(slow); err == nil {
			got = append(got, kind)
		}
	}
	if !errors.Is(err, tenantstream.ErrSlow) || strings.Join(got, " ") != tenantstream.Ready+" a b" {
		t.Errorf("got %q, %v", got, err)
	}
}

// A silence is broken, an old connection ends, and so does a member's who was removed.
func TestLifeOfAStream(t *testing.T) {
	db := newDB(t, pgtest.DatabaseForTest(t))
	hub := newHub(t, db, tenantstream.WithHeartbeat(10*time.Millisecond, long))
	server := serve(t, hub)
	response := request(t, t.Context(), server, "alice@acme", "", "")
	defer response.Body.Close()
	text := ""
	for buf := make([]byte, 512); !strings.Contains(text, ": still here"); {
		n, err := response.Body.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		text += string(buf[:n])
	}
	if h := response.Header; h.Get("Content-Type") != "text/event-stream" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("header %v", h)
	}
	old := open(t, serve(t, newHub(t, db, tenantstream.WithMaxAge(100*time.Millisecond))), "alice@acme", "", "")
	for range old.events {
	}
	gone, stays, other := open(t, server, "adam@acme", "", ""), open(t, server, "ada@acme", "", ""), open(t, server, "adam@globex", "", "")
	for _, s := range []*stream{gone, stays, other} {
		s.want(tenantstream.Ready, "")
	}
	if err := tenantstream.Disconnect(t.Context(), db, acme, "adam"); err != nil {
		t.Fatal(err)
	}
	gone.ended()
	publish(t, db, acme, "end", `1`)
	stays.want("end", `1`)
	publish(t, db, globex, "end", `2`)
	other.want("end", `2`)
	var ids []string
	for _, c := range hub.Connections(acme) {
		ids = append(ids, c.Kind+" "+c.Member.ID)
	}
	if strings.Join(ids, ", ") != "sse alice, sse ada" {
		t.Errorf("connections %q", ids)
	}
	if got := hub.Connections(globex); len(got) != 1 || got[0].Member.ID != "adam" || got[0].ID == "" || got[0].Remote == "" {
		t.Errorf("connections of globex: %+v", got)
	}
}

func TestShutdown(t *testing.T) {
	db := newDB(t, pgtest.DatabaseForTest(t))
	hub := tenantstream.New(db)
	server := serve(t, hub)
	s := open(t, server, "alice@acme", "", "")
	s.want(tenantstream.Ready, "")
	sub, err := hub.Subscribe(t.Context(), acme, tenantstream.Filter{}, "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	if err := hub.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	s.ended()
	if response := request(t, t.Context(), server, "alice@acme", "", ""); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("got %s", response.Status)
	}
	for err = nil; err == nil; {
		_, err = sub.Next(ctx)
	}
	if !errors.Is(err, tenantstream.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if got := hub.Connections(acme); len(got) > 0 {
		t.Errorf("connections %+v", got)
	}
}
