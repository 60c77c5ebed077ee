package tenantstream_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// socket is a WebSocket client.
type socket struct {
	t    *testing.T
	conn *websocket.Conn
}

func dial(t *testing.T, server *httptest.Server, header http.Header) *socket {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), server.URL+"/socket", &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	return &socket{t, conn}
}

func authenticated(t *testing.T, server *httptest.Server, token string) *socket {
	t.Helper()
	s := dial(t, server, nil)
	_, slug, _ := strings.Cut(token, "@")
	s.send(tenantstream.Request{Type: "auth", Token: token, Tenant: slug})
	if r := s.next(); r.Type != "authenticated" {
		t.Fatalf("got %+v", r)
	}
	return s
}

func (s *socket) send(message any) {
	s.t.Helper()
	if err := wsjson.Write(s.t.Context(), s.conn, message); err != nil {
		s.t.Fatal(err)
	}
}

func (s *socket) next() tenantstream.Reply {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), long)
	defer cancel()
	var r tenantstream.Reply
	if err := wsjson.Read(ctx, s.conn, &r); err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (s *socket) want(id, kind, data string) string {
	s.t.Helper()
	r := s.next()
	if r.Type != "event" || r.ID != id || r.Event == nil || r.Event.Type != kind || string(r.Event.Data) != data {
		s.t.Fatalf("got %+v %+v, want %s %s %s", r, r.Event, id, kind, data)
	}
	return r.Event.ID
}

// closed waits for the end, before which nothing comes.
func (s *socket) closed(code websocket.StatusCode, reason string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), long)
	defer cancel()
	_, text, err := s.conn.Read(ctx)
	var closing websocket.CloseError
	if !errors.As(err, &closing) || closing.Code != code || closing.Reason != reason {
		s.t.Fatalf("got %q, %v, want %d %s", text, err, code, reason)
	}
}

// A socket has the events of the tenant that its token is for, by its subscriptions.
func TestSockets(t *testing.T) {
	db := newDB(t, pgtest.DatabaseForTest(t))
	server := serve(t, newHub(t, db))
	a, g := authenticated(t, server, "alice@acme"), authenticated(t, server, "gina@globex")
	a.send(tenantstream.Request{Type: "subscribe", ID: "all"})
	a.want("all", tenantstream.Ready, "")
	a.send(tenantstream.Request{Type: "subscribe", ID: "red", Types: []string{"run"}, Labels: map[string]string{"team": "red"}})
	a.want("red", tenantstream.Ready, "")
	g.send(tenantstream.Request{Type: "subscribe", ID: "all"})
	g.want("all", tenantstream.Ready, "")
	publish(t, db, acme, "run", `1`, "team", "red")
	got := map[string]bool{a.next().ID: true, a.next().ID: true}
	if !got["all"] || !got["red"] {
		t.Fatalf("got %v", got)
	}
	publish(t, db, acme, "run", `2`, "team", "blue")
	last := a.want("all", "run", `2`)
	a.send(tenantstream.Request{Type: "unsubscribe", ID: "all"})
	a.send(tenantstream.Request{Type: "subscribe", ID: "done"}) // answered after it
	a.want("done", tenantstream.Ready, "")
	a.send(tenantstream.Request{Type: "unsubscribe", ID: "done"})
	publish(t, db, acme, "run", `3`, "team", "blue")
	publish(t, db, acme, "run", `4`, "team", "red")
	a.want("red", "run", `4`)
	a.send(tenantstream.Request{Type: "subscribe", ID: "again", Labels: map[string]string{"team": "blue"}, Last: last})
	a.want("again", tenantstream.Ready, "")
	a.want("again", "run", `3`)
	publish(t, db, globex, "run", `5`)
	g.want("all", "run", `5`)
}

// What is wrong with a request is told, and the socket goes on.
func TestRequestsOfSockets(t *testing.T) {
	server := serve(t, newHub(t, newDB(t, pgtest.DatabaseForTest(t))))
	s := authenticated(t, server, "alice@acme")
	s.send(tenantstream.Request{Type: "subscribe", ID: "1"})
	s.want("1", tenantstream.Ready, "")
	for _, r := range []tenantstream.Request{{Type: "subscribe"}, {Type: "subscribe", ID: "1"}, {Type: "auth", Token: "gina@globex", Tenant: "globex"}, {}} {
		s.send(r)
		if got := s.next(); got.Type != "error" || got.ID != r.ID || got.Error == "" {
			t.Errorf("%+v: got %+v", r, got)
		}
	}
	for i := range 31 {
		id := string(rune('A' + i))
		s.send(tenantstream.Request{Type: "subscribe", ID: id})
		s.want(id, tenantstream.Ready, "")
	}
	s.send(tenantstream.Request{Type: "subscribe", ID: "33"})
	if got := s.next(); got.Type != "error" || got.ID != "33" {
		t.Errorf("got %+v", got)
	}
	s.send(tenantstream.Request{Type: "unsubscribe", ID: "nobody's"})
	large := authenticated(t, server, "alice@acme")
	large.send(tenantstream.Request{Type: "subscribe", ID: strings.Repeat("x", 20<<10)})
	large.ends()
}

// ends waits for the end, whatever it is called.
func (s *socket) ends() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), long)
	defer cancel()
	for {
		if _, text, err := s.conn.Read(ctx); err != nil {
			return
		} else if strings.Contains(string(text), "event") {
			s.t.Errorf("got %s", text)
		}
	}
}

// All refusals look the same.
func TestRefusedSockets(t *testing.T) {
	db := newDB(t, pgtest.DatabaseForTest(t))
	server := serve(t, newHub(t, db, tenantstream.WithConnections(1), tenantstream.WithOrigins("app.example.com")))
	const refused = "not authenticated for this tenant"
	for name, c := range map[string]struct {
		header http.Header
		first  any
	}{
		"no token":                   {nil, tenantstream.Request{Type: "auth", Tenant: "acme"}},
		"no tenant":                  {nil, tenantstream.Request{Type: "auth", Token: "alice@acme"}},
		"an unknown token":           {nil, tenantstream.Request{Type: "auth", Token: "alice@initech", Tenant: "initech"}},
		"another tenant":             {nil, tenantstream.Request{Type: "auth", Token: "alice@acme", Tenant: "globex"}},
		"nobody":                     {nil, tenantstream.Request{Type: "auth", Token: "@acme", Tenant: "acme"}},
		"a tenant that does not pay": {nil, tenantstream.Request{Type: "auth", Token: "late@acme", Tenant: "acme"}},
		"something else first":       {nil, tenantstream.Request{Type: "subscribe", ID: "1", Token: "alice@acme", Tenant: "acme"}},
		"no request":                 {nil, []int{1}},
		"the cookie's tenant":        {http.Header{"Authorization": {"gina@globex"}}, tenantstream.Request{Type: "auth", Token: "alice@acme", Tenant: "acme"}},
	} {
		s := dial(t, server, c.header)
		s.send(c.first)
		ctx, cancel := context.WithTimeout(t.Context(), long)
		_, text, err := s.conn.Read(ctx)
		cancel()
		var closing websocket.CloseError
		if !errors.As(err, &closing) || closing.Code != websocket.StatusPolicyViolation || closing.Reason != refused {
			t.Errorf("%s: got %q, %v", name, text, err)
		}
	}
	for origin, want := range map[string]int{"https://evil.example.com": http.StatusForbidden, "https://app.example.com": http.StatusSwitchingProtocols, server.URL: http.StatusSwitchingProtocols} {
		conn, response, _ := websocket.Dial(t.Context(), server.URL+"/socket", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
		if response.StatusCode != want {
			t.Errorf("from %s: got %s", origin, response.Status)
		}
		if conn != nil {
			conn.CloseNow()
		}
	}
	authenticated(t, server, "alice@acme")
	second := dial(t, server, nil)
	second.send(tenantstream.Request{Type: "auth", Token: "adam@acme", Tenant: "acme"})
	second.closed(websocket.StatusTryAgainLater, tenantstream.ErrTooMany.Error())
	authenticated(t, server, "gina@globex")
}

// Sockets end with the reason that their client needs.
func TestEndsOfSockets(t *testing.T) {
	db := newDB(t, pgtest.DatabaseForTest(t))
	hub := tenantstream.New(db, tenantstream.WithHeartbeat(20*time.Millisecond, long))
	server := serve(t, hub)
	revoked, stays := authenticated(t, server, "adam@acme"), authenticated(t, server, "alice@acme")
	if err := tenantstream.Disconnect(t.Context(), db, acme, "adam"); err != nil {
		t.Fatal(err)
	}
	revoked.closed(websocket.StatusPolicyViolation, tenantstream.ErrRevoked.Error())
	stays.send(tenantstream.Request{Type: "subscribe", ID: "1"})
	stays.want("1", tenantstream.Ready, "")
	if got := hub.Connections(acme); len(got) != 1 || got[0].Kind != "websocket" || got[0].Member.ID != "alice" {
		t.Errorf("connections %+v", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	down := make(chan error, 1)
	go func() { down <- hub.Shutdown(ctx) }()
	stays.closed(websocket.StatusServiceRestart, "connect again")
	if err := <-down; err != nil {
		t.Error(err)
	}
	late := dial(t, server, nil)
	late.send(tenantstream.Request{Type: "auth", Token: "alice@acme", Tenant: "acme"})
	late.closed(websocket.StatusGoingAway, tenantstream.ErrClosed.Error())
}

// Nobody is connected before the process hears of a Disconnect.
func TestConnectedOnceItListens(t *testing.T) {
	config, err := pgxpool.ParseConfig(pgtest.DatabaseForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	gate, asked := make(chan struct{}), make(chan struct{}, 100)
	config.BeforeConnect = func(ctx context.Context, _ *pgx.ConnConfig) error {
		asked <- struct{}{}
		select {
		case <-gate:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	hub := newHub(t, tenant.New(pool, gen.WithSetting(setting)))
	s := dial(t, serve(t, hub), nil)
	s.send(tenantstream.Request{Type: "auth", Token: "alice@acme", Tenant: "acme"})
	<-asked
	time.Sleep(50 * time.Millisecond) // it would be listed by then
	if got := hub.Connections(acme); len(got) > 0 {
		t.Errorf("connections %+v", got)
	}
	close(gate)
	if r := s.next(); r.Type != "authenticated" || len(hub.Connections(acme)) != 1 {
		t.Errorf("got %+v, %v", r, hub.Connections(acme))
	}
}

// A client that does not read loses its socket, and delays nobody.
func TestSlowSocket(t *testing.T) {
	db := newDB(t, pgtest.DatabaseForTest(t))
	server := serve(t, newHub(t, db, tenantstream.WithQueue(4)))
	slow, fast := authenticated(t, server, "adam@acme"), open(t, server, "alice@acme", "type=end", "")
	fast.want(tenantstream.Ready, "")
	for i := range 32 {
		slow.send(tenantstream.Request{Type: "subscribe", ID: string(rune('A' + i))})
	}
	if r := slow.next(); r.Event == nil || r.Event.Type != tenantstream.Ready { // the rest waits in the connection's buffers, as far as they go
		t.Fatalf("got %+v", r)
	}
	big := `"` + strings.Repeat("x", 7000) + `"`
	for range 60 {
		publish(t, db, acme, "n", big)
	}
	publish(t, db, acme, "end", `1`)
	fast.want("end", `1`)
}
