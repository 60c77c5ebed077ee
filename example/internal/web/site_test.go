package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/example/exampledb"
	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/internal/web"
	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// site is the pages on a database of their own.
type site struct {
	*exampledb.Demo
	t     *testing.T
	db    *exampledb.Database
	repos *repo.Repositories
	app   *app.App
	dns   fakeDNS
	pages http.Handler
	url   string
	stop  func() // ends the process
	log   *logged
}

// fakeDNS has the TXT records of names.
type fakeDNS map[string][]string

func (d fakeDNS) LookupTXT(_ context.Context, name string) ([]string, error) { return d[name], nil }

// logged is a log that several goroutines write.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newSite(t *testing.T) *site {
	t.Helper()
	return newPausingSite(t, 20*time.Millisecond)
}

// newPausingSite is a site whose imports wait after each of their steps.
func newPausingSite(t *testing.T, pause time.Duration) *site {
	t.Helper()
	db, world := exampledb.ForTest(t)
	demo, err := exampledb.SeedDemo(t.Context(), db.Repositories(), world)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{Demo: demo, t: t, db: db, repos: db.Repositories(), log: &logged{}, dns: fakeDNS{}}
	s.serve(pause)
	return s
}

// serve starts the process that answers from now on. One before it has to be stopped.
func (s *site) serve(pause time.Duration) {
	s.t.Helper()
	log := slog.New(slog.NewTextHandler(s.log, nil))
	service, err := app.New(s.db.Tenants(), s.db.CrossTenant("test"), log, app.Options{DNS: s.dns, Workers: s.db.Workers(), ImportPause: pause})
	if err != nil {
		s.t.Fatal(err)
	}
	pages, err := web.New(service, log)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx := context.WithoutCancel(s.t.Context())
	if err := service.StartJobs(ctx); err != nil {
		s.t.Fatal(err)
	}
	server := httptest.NewServer(pages.Handler())
	s.app, s.pages, s.url = service, pages.Handler(), server.URL
	s.stop = sync.OnceFunc(func() {
		if err := errors.Join(service.Shutdown(ctx), service.StopJobs(ctx)); err != nil {
			s.t.Error(err)
		}
		server.Close()
	})
	s.t.Cleanup(s.stop)
}

// browser is one with cookies of its own. It follows redirections, and remembers none of the pages.
type browser struct {
	*site
	client *http.Client
}

func (s *site) browser() *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{s, &http.Client{Jar: jar}}
}

// signIn is a browser in which somebody has signed in.
func (s *site) signIn(p exampledb.Person) *browser {
	s.t.Helper()
	b := s.browser()
	if page := b.post("/sign-in", "token", p.Token); page.status != http.StatusOK || !strings.Contains(page.text, p.Email) {
		s.t.Fatalf("%s cannot sign in: %d %s", p.Name, page.status, page.text)
	}
	return b
}

// answer is a page, after redirections.
type answer struct {
	status int
	path   string
	text   string
	header http.Header
}

// address fills in organizations and things, as {acme}, {a.note} and so on.
func (s *site) address(path string) string {
	return strings.NewReplacer(
		"{acme}", "/app/"+s.Acme.ID.String(), "{globex}", "/app/"+s.Globex.ID.String(),
		"{a.note}", s.Acme.Note.String(), "{g.note}", s.Globex.Note.String(),
		"{alice}", s.Alice.ID.String(), "{vera}", s.Vera.ID.String(), "{bob}", s.Bob.ID.String(), "{carol}", s.Carol.ID.String(),
	).Replace(path)
}

func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Request.URL.RequestURI(), string(text), response.Header}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+b.address(path), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

// post sends a form, as its own pages do: post("/sign-in", "token", "…").
func (b *browser) post(path string, fields ...string) answer {
	b.t.Helper()
	return b.do(b.form(path, fields...))
}

func (b *browser) form(path string, fields ...string) *http.Request {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+b.address(path), strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// want checks an answer's status, what it has, and, after "not", what it has not.
func (a answer) want(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: status %d, want %d: %s", a.path, a.status, status, a.text)
		return
	}
	has := true
	for _, text := range texts {
		if text == "not" {
			has = false
			continue
		}
		if strings.Contains(a.text, text) != has {
			t.Errorf("%s: %q is there: %t, want %t, in %s", a.path, text, !has, has, a.text)
		}
	}
}
