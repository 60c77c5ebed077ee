package tenantstream_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/tmaxmax/go-sse"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const setting = "app.org_id"

var (
	acme   = gen.NewScope(setting, "acme")
	globex = gen.NewScope(setting, "globex")
	scopes = map[string]tenant.Scope{"acme": acme, "globex": globex}
)

// long is how long a test waits for what has to come.
const long = 60 * time.Second

// newDB is one process's.
func newDB(t *testing.T, databaseURL string) *tenant.DB {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return tenant.New(pool, gen.WithSetting(setting))
}

func newHub(t *testing.T, db *tenant.DB, opts ...tenantstream.Option) *tenantstream.Hub {
	t.Helper()
	h := tenantstream.New(db, opts...)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), long)
		defer cancel()
		if err := h.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return h
}

// whoIs is a token's tenant and member: "alice@acme".
func whoIs(_ context.Context, token string) (tenant.Tenant, tenant.Member, error) {
	name, slug, _ := strings.Cut(token, "@")
	scope, ok := scopes[slug]
	if !ok {
		return tenant.Tenant{}, tenant.Member{}, tenant.ErrUnauthenticated
	}
	status := tenant.StatusActive
	if name == "late" {
		status = tenant.StatusUnpaid
	}
	return tenant.Tenant{Scope: scope, Slug: slug, Status: status}, tenant.Member{ID: name, Permissions: []string{"events:read"}}, nil
}

// behind is middleware that knows a cookie's tenant and member.
func behind(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if token := r.Header.Get("Authorization"); token != "" {
			t, m, err := whoIs(ctx, token)
			if err == nil {
				ctx, err = tenant.NewContext(ctx, t, m)
			}
			if err != nil {
				http.Error(w, "no", http.StatusUnauthorized)
				return
			}
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func serve(t *testing.T, h *tenantstream.Hub) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("GET /events", behind(h.SSE()))
	mux.Handle("GET /socket", behind(h.WebSocket(whoIs)))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// stream is an SSE client.
type stream struct {
	t      *testing.T
	events chan sse.Event
	stop   context.CancelFunc
}

func open(t *testing.T, server *httptest.Server, token, query, last string) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	response := request(t, ctx, server, token, query, last)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", token, query, response.Status)
	}
	s := &stream{t, make(chan sse.Event, 10_000), cancel}
	go func() {
		defer response.Body.Close()
		defer close(s.events)
		for e, err := range sse.Read(response.Body, nil) {
			if err != nil {
				return
			}
			s.events <- e
		}
	}()
	return s
}

func request(t *testing.T, ctx context.Context, server *httptest.Server, token, query, last string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/events?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", token)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// want reads the next event, whose type and data have to be these; it returns the event's ID.
func (s *stream) want(kind, data string) string {
	s.t.Helper()
	select {
	case e, ok := <-s.events:
		if !ok {
			s.t.Fatalf("the stream ended, want %s %s", kind, data)
		}
		var got tenantstream.Event
		if err := json.Unmarshal([]byte(e.Data), &got); err != nil || got.Type != kind || e.Type != kind || string(got.Data) != data || got.ID != "" && got.ID != e.LastEventID {
			s.t.Fatalf("got %+v (%v), want %s %s", e, err, kind, data)
		}
		return got.ID
	case <-time.After(long):
		s.t.Fatalf("nothing came, want %s %s", kind, data)
	}
	return ""
}

// ended waits for the end of the stream, before which nothing comes.
func (s *stream) ended() {
	s.t.Helper()
	select {
	case e, ok := <-s.events:
		if ok {
			s.t.Fatalf("got %+v, want the end", e)
		}
	case <-time.After(long):
		s.t.Fatal("the stream did not end")
	}
}

func publish(t *testing.T, q tenant.Executor, scope tenant.Scope, kind, data string, labels ...string) {
	t.Helper()
	e := tenantstream.Event{Type: kind, Data: json.RawMessage(data)}
	for i := 0; i < len(labels); i += 2 {
		if e.Labels == nil {
			e.Labels = map[string]string{}
		}
		e.Labels[labels[i]] = labels[i+1]
	}
	if err := tenantstream.Publish(t.Context(), q, scope, e); err != nil {
		t.Fatal(err)
	}
}
