package app_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/example/exampledb"
	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

const (
	soakTenants = 20
	soakClients = 64
)

// soakTenant is an organization whose every text has its mark.
type soakTenant struct {
	org   repo.OrgID
	mark  string
	token string
	note  uuid.UUID
}

// marks are what no answer may have of another organization.
var marks = regexp.MustCompile(`mark-\d+-`)

// soak is the service under load, while connections are lost.
type soak struct {
	t       *testing.T
	server  *httptest.Server
	owner   string
	repos   *repo.Repositories
	tenants []*soakTenant
	good    [soakTenants]atomic.Int64 // answers as they should be
	refused atomic.Int64              // what was another's
	failed  atomic.Int64              // by the faults
}

// TestSoak: 64 clients of 20 organizations, while connections are killed and requests given up. Not one answer has a byte of
// another organization. TENANTGEN_SOAK=60s has it go on for longer than two seconds.
func TestSoak(t *testing.T) {
	s := newSoak(t)
	lasting := 2 * time.Second
	if text := os.Getenv("TENANTGEN_SOAK"); text != "" {
		var err error
		if lasting, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), lasting+time.Minute)
	defer cancel()
	go func() { // a busy machine serves the last organization later
		for time.Sleep(lasting); ctx.Err() == nil && !s.allServed(); {
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	var all sync.WaitGroup
	for i := range soakClients {
		all.Go(func() {
			for client := rand.New(rand.NewPCG(7, uint64(i))); ctx.Err() == nil; {
				s.step(ctx, client, i%soakTenants)
			}
		})
	}
	all.Go(func() { s.kill(ctx) })
	all.Wait()
	s.judge()
}

func (s *soak) allServed() bool {
	for i := range s.tenants {
		if s.good[i].Load() == 0 {
			return false
		}
	}
	return true
}

func newSoak(t *testing.T) *soak {
	t.Helper()
	s := &soak{t: t, owner: pgserver.DatabaseForTest(t)}
	db, err := exampledb.Open(t.Context(), s.owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	s.repos = db.Repositories()
	service, err := app.New(db.Tenants(), db.CrossTenant("test"), slog.New(slog.DiscardHandler), app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- service.Watch(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	s.server = httptest.NewServer(service.Handler())
	t.Cleanup(s.server.Close)
	for i := range soakTenants {
		s.tenants = append(s.tenants, s.found(i))
	}
	return s
}

// found makes an organization with an owner, a token and a note.
func (s *soak) found(i int) *soakTenant {
	s.t.Helper()
	n := &soakTenant{org: repo.NewOrgID(uuid.New()), mark: fmt.Sprintf("mark-%d-", i), token: uuid.NewString()}
	user, err := s.repos.Users.UpsertUser(s.t.Context(), fmt.Sprintf("owner@soak%d.example", i), n.mark)
	if err == nil {
		err = s.repos.InTx(s.t.Context(), n.org, func(ctx context.Context, tx *repo.Tx) error {
			if _, err := tx.Organizations.CreateOrganization(ctx, n.org, repo.CreateOrganizationParams{Slug: fmt.Sprint("soak-", i), Name: n.mark}); err != nil {
				return err
			}
			if _, err := tx.Organizations.ChangePlan(ctx, n.org, "team"); err != nil {
				return err
			}
			if _, err := tx.Members.AddMember(ctx, n.org, repo.AddMemberParams{UserID: user.ID, Role: repo.MemberRoleOwner}); err != nil {
				return err
			}
			note, err := tx.Notes.CreateNote(ctx, n.org, repo.CreateNoteParams{AuthorID: user.ID, Title: n.mark + "first"})
			if err != nil {
				return err
			}
			n.note = note.ID
			_, err = tx.Tokens.CreateToken(ctx, n.org, repo.CreateTokenParams{
				UserID: user.ID, Name: "soak", TokenHash: app.HashToken(n.token), ExpiresAt: time.Now().Add(time.Hour),
			})
			return err
		})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// step makes one request of an organization.
func (s *soak) step(ctx context.Context, client *rand.Rand, i int) {
	own, other := s.tenants[i], s.tenants[(i+1+client.IntN(soakTenants-1))%soakTenants]
	org := "/orgs/" + own.org.String()
	requests := []struct {
		method, path, body string
		want               int
	}{
		{"GET", org, "", 200},
		{"GET", org + "/notes?size=100", "", 200},
		{"GET", org + "/notes/" + own.note.String(), "", 200},
		{"GET", org + "/members", "", 200},
		{"GET", org + "/summary", "", 200},
		{"POST", org + "/notes", `{"title": "` + own.mark + `more"}`, 201},
		{"PUT", org + "/tags/" + own.mark + "tag", `{"color": "red"}`, 0},
		{"GET", org + "/tags", "", 200},
		{"PATCH", org + "/settings", `{"theme": "` + own.mark + `dark"}`, 200}, // announced
		{"GET", org + "/notes/" + other.note.String(), "", 404},
		{"DELETE", org + "/notes/" + other.note.String(), "", 404},
		{"GET", "/orgs/" + other.org.String() + "/notes", "", 403},
		{"GET", "/orgs/" + other.org.String() + "/notes/" + other.note.String(), "", 403},
		{"GET", "/me/orgs", "", 200},
	}
	c := requests[client.IntN(len(requests))]
	if client.IntN(20) == 0 { // given up
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(client.IntN(5000))*time.Microsecond)
		defer cancel()
	}
	status, body, err := s.send(ctx, own.token, c.method, c.path, c.body)
	if err != nil {
		return // given up
	}
	for _, m := range marks.FindAllString(body, -1) {
		if m != own.mark {
			s.t.Errorf("%s %s of %s: it has %s: %s", c.method, c.path, own.mark, m, body)
		}
	}
	if strings.Contains(body, other.org.String()) {
		s.t.Errorf("%s %s of %s: it has another organization's id: %s", c.method, c.path, own.mark, body)
	}
	switch {
	case status == http.StatusInternalServerError:
		s.failed.Add(1)
	case c.want != 0 && status != c.want:
		s.t.Errorf("%s %s of %s: %d %s", c.method, c.path, own.mark, status, body)
	case status == http.StatusForbidden || status == http.StatusNotFound:
		s.refused.Add(1)
	default:
		s.good[i].Add(1)
	}
}

func (s *soak) send(ctx context.Context, token, method, path, body string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.server.URL+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := s.server.Client().Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

// kill ends connections of the service, the one that hears of changes too.
func (s *soak) kill(ctx context.Context) {
	owner, err := pgx.Connect(context.WithoutCancel(ctx), s.owner)
	if err != nil {
		s.t.Error(err)
		return
	}
	defer owner.Close(context.WithoutCancel(ctx))
	for ctx.Err() == nil {
		_, err := owner.Exec(context.WithoutCancel(ctx), `select pg_terminate_backend(pid) from pg_stat_activity
			where datname = current_database() and pid <> pg_backend_pid() order by random() limit 1`)
		if err != nil {
			s.t.Error(err)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// judge looks at what is left: every organization was served, and has nothing of another.
func (s *soak) judge() {
	served := int64(0)
	for i, n := range s.tenants {
		if s.good[i].Load() == 0 {
			s.t.Errorf("%s was not served", n.mark)
		}
		served += s.good[i].Load()
		var notes []repo.ListNotesRow
		var err error
		for range 20 { // connections that were killed are still in the pool
			if notes, err = s.repos.Notes.ListNotes(s.t.Context(), n.org, repo.ListNotesParams{PageSize: 10_000}); err == nil {
				break
			}
		}
		if err != nil || len(notes) == 0 {
			s.t.Errorf("%s has %d notes: %v", n.mark, len(notes), err)
		}
		for _, note := range notes {
			if !strings.HasPrefix(note.Title, n.mark) {
				s.t.Errorf("%s has the note %q", n.mark, note.Title)
			}
		}
	}
	if s.refused.Load() == 0 {
		s.t.Error("nothing was refused")
	}
	s.t.Logf("%d answers, %d refusals, %d failures", served, s.refused.Load(), s.failed.Load())
}
