package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/example/exampledb"
	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// service is the application on a database of its own.
type service struct {
	*exampledb.World
	t     *testing.T
	db    *exampledb.Database
	repos *repo.Repositories
	app   *app.App
	api   http.Handler
	log   *bytes.Buffer
	dns   *fakeDNS
}

func newService(t *testing.T) *service {
	t.Helper()
	return newServiceWith(t, app.Options{})
}

// newServiceWith is newService with options of the test's own.
func newServiceWith(t *testing.T, o app.Options) *service {
	t.Helper()
	db, world := exampledb.ForTest(t)
	return serve(t, db, world, o)
}

// serve is a service on a database that there is.
func serve(t *testing.T, db *exampledb.Database, world *exampledb.World, o app.Options) *service {
	t.Helper()
	s := &service{World: world, t: t, db: db, repos: db.Repositories(), log: &bytes.Buffer{}}
	s.dns = &fakeDNS{records: map[string][]string{}}
	o.Hosts, o.DNS, o.Elsewhere = []string{"example.com"}, s.dns, db.Elsewhere("test")
	service, err := app.New(db.Tenants(), db.CrossTenant("test"), slog.New(slog.NewTextHandler(s.log, nil)), o)
	if err != nil {
		t.Fatal(err)
	}
	s.app, s.api = service, service.Handler()
	return s
}

// path fills in an address: {acme} and {globex} are organizations, {a.note} is
// a note of Acme, {g.project} a project of Globex, and so on.
func (s *service) path(p string) string {
	return strings.NewReplacer(
		"{acme}", s.Acme.ID.String(), "{globex}", s.Globex.ID.String(),
		"{a.note}", s.Acme.Note.String(), "{g.note}", s.Globex.Note.String(),
		"{a.comment}", s.Acme.Comment.String(), "{g.comment}", s.Globex.Comment.String(),
		"{a.project}", s.Acme.Project.String(), "{g.project}", s.Globex.Project.String(),
		"{alice}", s.Alice.ID.String(), "{vera}", s.Vera.ID.String(), "{bob}", s.Bob.ID.String(),
	).Replace(p)
}

// send makes a request with a token, e.g. send(s.Alice.Token, "PUT /orgs/{acme}/notes/{a.note}", `{"title": "x"}`).
func (s *service) send(token, request, body string) *httptest.ResponseRecorder {
	s.t.Helper()
	method, path, _ := strings.Cut(request, " ")
	r := httptest.NewRequestWithContext(s.t.Context(), method, s.path(path), strings.NewReader(s.path(body)))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.api.ServeHTTP(w, r)
	return w
}

// want sends a request and checks the status.
func (s *service) want(status int, token, request, body string) *httptest.ResponseRecorder {
	s.t.Helper()
	w := s.send(token, request, body)
	if w.Code != status {
		s.t.Errorf("%s %s: status %d, want %d: %s", request, body, w.Code, status, w.Body)
	}
	return w
}

// get sends a request that must go well, and decodes the answer.
func get[T any](s *service, token, request, body string) T {
	s.t.Helper()
	w := s.send(token, request, body)
	var value T
	if w.Code != http.StatusOK && w.Code != http.StatusCreated {
		s.t.Fatalf("%s: status %d: %s", request, w.Code, w.Body)
	}
	data, _ := io.ReadAll(w.Body)
	if err := json.Unmarshal(data, &value); err != nil {
		s.t.Fatalf("%s: %v: %s", request, err, data)
	}
	return value
}

// asApp sends a statement of its own as the application's role, for an organization, and returns how many rows it reached.
func (s *service) asApp(org repo.OrgID, sql string, args ...any) int64 {
	s.t.Helper()
	var reached int64
	err := pgx.BeginFunc(s.t.Context(), s.db.App, func(tx pgx.Tx) error {
		if _, err := tx.Exec(s.t.Context(), "SELECT set_config('app.org_id', $1, true)", org.String()); err != nil {
			return err
		}
		tag, err := tx.Exec(s.t.Context(), sql, args...)
		reached = tag.RowsAffected()
		return err
	})
	if err != nil {
		s.t.Errorf("%s: %v", sql, err)
	}
	return reached
}

// tokenAtGlobex makes a person a viewer of Globex and returns a token for it.
func (s *service) tokenAtGlobex(user uuid.UUID) string {
	s.t.Helper()
	token, org := uuid.NewString(), s.Globex.ID
	err := s.repos.InTx(s.t.Context(), org, func(ctx context.Context, tx *repo.Tx) error {
		_, err := tx.Members.AddMember(s.t.Context(), org, repo.AddMemberParams{UserID: user, Role: repo.MemberRoleViewer})
		if err != nil {
			return err
		}
		_, err = tx.Tokens.CreateToken(s.t.Context(), org, repo.CreateTokenParams{
			UserID: user, Name: "test", TokenHash: app.HashToken(token), ExpiresAt: time.Now().Add(time.Hour), SignedInAt: time.Now(),
		})
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}
