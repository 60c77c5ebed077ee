package app_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/example/exampledb"
	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/repo"
)

// apart is the service with Acme in a database of its own.
type apart struct {
	*service
	shared, acmes string // the owner's
}

func newApart(t *testing.T) *apart {
	t.Helper()
	db, world, shared, acmes := exampledb.ForTestApart(t)
	return &apart{serve(t, db, world, app.Options{Workers: db.Workers()}), shared, acmes}
}

// count asks a database as its superuser.
func (s *apart) count(database, sql string, args ...any) (n int) {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), database)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(s.t.Context())
	if err := conn.QueryRow(s.t.Context(), sql, args...).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// An organization with a database of its own is served as all others are, by the
// same repositories, and its rows are there alone.
func TestOwnDatabase(t *testing.T) {
	s := newApart(t)
	note := get[repo.Note](s.service, s.Alice.Token, "POST /orgs/{acme}/notes", `{"title": "Ours", "project_id": "{a.project}"}`)
	s.want(http.StatusOK, s.Alice.Token, "GET /orgs/{acme}/notes/"+note.ID.String(), "")
	s.want(http.StatusCreated, s.Alice.Token, "POST /orgs/{acme}/notes/{a.note}/comments", `{"body": "hello"}`)
	s.want(http.StatusOK, s.Bob.Token, "GET /orgs/{globex}/notes/{g.note}", "")
	mine := get[map[string]string](s.service, s.Bob.Token, "POST /orgs", `{"slug": "initech", "name": "Initech"}`)
	s.want(http.StatusCreated, mine["token"], "POST /orgs/"+mine["org_id"]+"/notes", `{"title": "t"}`)
	for _, table := range []string{"notes", "memberships", "api_tokens", "projects", "departments", "organization_domains"} {
		const of = " WHERE org_id::text = $1"
		if here, there := s.count(s.acmes, "SELECT count(*) FROM "+table+of, s.Acme.ID.String()), s.count(s.shared, "SELECT count(*) FROM "+table+of, s.Acme.ID.String()); here == 0 || there != 0 {
			t.Errorf("%s: %d rows of Acme's in its database, %d in the shared one", table, here, there)
		}
		if others := s.count(s.acmes, "SELECT count(*) FROM "+table+" WHERE org_id::text <> $1", s.Acme.ID.String()); others != 0 {
			t.Errorf("%s: %d rows of others in Acme's database", table, others)
		}
	}
	if n := s.count(s.shared, "SELECT count(DISTINCT org_id) FROM notes"); n != 2 {
		t.Errorf("%d organizations have notes in the shared database, want Globex and Initech", n)
	}
	if err := s.repos.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	// A change of settings holds at once, for the one organization.
	s.want(http.StatusOK, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"flags": {"comments": false}}`)
	s.want(http.StatusForbidden, s.Alice.Token, "POST /orgs/{acme}/notes/{a.note}/comments", `{"body": "hello"}`)
	s.want(http.StatusCreated, s.Bob.Token, "POST /orgs/{globex}/notes/{g.note}/comments", `{"body": "hello"}`)
}

// What keeps organizations apart in one database does so in several.
func TestOwnDatabaseApart(t *testing.T) {
	for name, test := range map[string]func(*testing.T, *service){
		"rows": foreignRowsThroughOwnPath, "paths": foreignPath, "lists": listsHoldOneOrganization,
	} {
		t.Run(name, func(t *testing.T) { test(t, newApart(t).service) })
	}
}

// A person belongs to organizations wherever these are: what is asked of all of them is asked in each database.
func TestPersonOfTwoDatabases(t *testing.T) {
	s := newApart(t)
	s.want(http.StatusNoContent, s.Alice.Token, "PUT /orgs/{acme}/plan", `{"plan": "team"}`)
	invited := get[map[string]string](s.service, s.Alice.Token, "POST /orgs/{acme}/invitations", `{"email": "bob@globex.example", "role": "member"}`)
	in := get[map[string]string](s.service, s.Bob.Token, "POST /me/invitations", `{"invitation": "`+invited["invitation"]+`"}`)
	s.want(http.StatusCreated, in["token"], "POST /orgs/{acme}/notes", `{"title": "Bob's"}`)
	s.want(http.StatusForbidden, in["token"], "GET /orgs/{globex}/notes/{g.note}", "")
	s.want(http.StatusForbidden, s.Bob.Token, "GET /orgs/{acme}/notes/{a.note}", "")
	orgs := get[[]repo.ListOrganizationsOfUserRow](s.service, s.Bob.Token, "GET /me/orgs", "")
	if len(orgs) != 2 || repo.NewOrgID(orgs[0].ID) != s.Acme.ID || repo.NewOrgID(orgs[1].ID) != s.Globex.ID {
		t.Errorf("Bob's organizations: %+v", orgs)
	}
	names := map[string]bool{}
	for _, m := range get[[]repo.ListMembersRow](s.service, s.Alice.Token, "GET /orgs/{acme}/members", "") {
		names[m.Name] = true
	}
	if len(names) != 3 || !names["Bob"] {
		t.Errorf("members of Acme: %v", names)
	}
	s.want(http.StatusUnauthorized, "nobody's", "GET /me/orgs", "")

	// A domain routes to Acme's database, and is nobody else's to verify.
	eve, err := s.repos.Users.UpsertUser(t.Context(), "eve@acme.example", "Eve")
	if err != nil {
		t.Fatal(err)
	}
	joined := get[map[string]string](s.service, s.tokenAtGlobex(eve.ID), "POST /me/join", "")
	if joined["org_id"] != s.Acme.ID.String() {
		t.Errorf("Eve was routed to %s", joined["org_id"])
	}
	record := get[map[string]string](s.service, s.Bob.Token, "PUT /orgs/{globex}/domains/acme.example", "")
	s.dns.set(record["name"], record["value"])
	s.want(http.StatusConflict, s.Bob.Token, "POST /orgs/{globex}/domains/acme.example/verification", "")
}

// A job is in its organization's database, and runs there.
func TestJobsOfOwnDatabase(t *testing.T) {
	s := newApart(t)
	if err := s.app.StartJobs(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.app.StopJobs(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	s.want(http.StatusCreated, s.Alice.Token, "POST /orgs/{acme}/imports?file=a.csv", "title,body\nImported at Acme,b\n")
	s.want(http.StatusCreated, s.Bob.Token, "POST /orgs/{globex}/imports?file=g.csv", "title,body\nImported at Globex,b\n")
	for token, request := range map[string]string{s.Alice.Token: "GET /orgs/{acme}/notes?search=Imported+at+Acme", s.Bob.Token: "GET /orgs/{globex}/notes?search=Imported+at+Globex"} {
		deadline := time.Now().Add(time.Minute)
		for get[struct{ Total int }](s.service, token, request, "").Total != 1 {
			if time.Now().After(deadline) {
				t.Fatalf("%s: nothing was imported", request)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	for _, database := range []string{s.acmes, s.shared} {
		if n := s.count(database, "SELECT count(*) FROM river.river_job"); n != 1 {
			t.Errorf("%d jobs, want its organization's", n)
		}
	}
}
