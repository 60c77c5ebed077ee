package web_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/example/exampledb"
)

var invitationLink = regexp.MustCompile(`id="invitation-link">([^<]+)<`)

// Somebody is invited, joins by the link, gets another role and is removed; what they may do follows with the next click.
func TestMembers(t *testing.T) {
	s := newSite(t)
	carol := s.signIn(s.Carol) // of Acme at first
	carol.post("/switch", "org", s.Globex.ID.String()).want(t, 200, "Expansion")
	carol.get("{globex}/members").want(t, 200, "bob@globex.example", "invite-form", "not", "alice@acme.example")
	page := carol.post("{globex}/invitations", "email", s.Alice.Email, "role", "viewer")
	page.want(t, 200, "alice@acme.example is invited", "Invited")
	link, err := url.Parse(html.UnescapeString(invitationLink.FindStringSubmatch(page.text)[1]))
	if err != nil {
		t.Fatal(err)
	}
	carol.get("{globex}/members").want(t, 200, "alice@acme.example", "not", "invitation-link")

	s.signIn(s.Vera).post("/invitations", "invitation", link.Query().Get("invitation")).want(t, 404, "not", "Globex") // it is Alice's
	alice := s.signIn(s.Alice)
	alice.get(link.RequestURI()).want(t, 200, `id="accept-invitation"`, link.Query().Get("invitation"))
	alice.post("/invitations", "invitation", "made up").want(t, 404)
	alice.post("/invitations", "invitation", link.Query().Get("invitation")).want(t, 200, "Welcome", "Expansion to the east coast", "not", "Anvil")
	alice.get("{globex}/notes/new").want(t, 403)
	carol.post("{globex}/members/{alice}", "role", "member").want(t, 200, "The role is changed")
	alice.get("{globex}/notes/new").want(t, 200)
	events := alice.listen("{globex}/events")
	carol.post("{globex}/members/{alice}/remove").want(t, 200, "is no member any more")
	for end := time.After(time.Minute); ; {
		select {
		case _, open := <-events:
			if open {
				continue
			}
		case <-end:
			t.Error("the stream of who was removed goes on")
		}
		break
	}
	if page := alice.get("{globex}/notes"); !strings.HasPrefix(page.path, "/sign-in") {
		t.Errorf("who was removed is at %s", page.path)
	}
}

// Who administers gives roles up to their own, and none to the owner; members and viewers look, and are refused.
func TestMembersRefused(t *testing.T) {
	s := newSite(t)
	alice, vera, carol := s.signIn(s.Alice), s.signIn(s.Vera), s.signIn(s.Carol)
	alice.post("{acme}/members/{vera}", "role", "owner").want(t, 400, "role is one of viewer, member, admin")
	alice.post("{acme}/members/{alice}", "role", "viewer").want(t, 404)
	alice.post("{acme}/members/{alice}/remove").want(t, 404)
	alice.post("{acme}/members/{bob}", "role", "viewer").want(t, 404, "not", "Bob")
	alice.post("{acme}/members/{bob}/remove").want(t, 404)
	alice.post("{acme}/invitations", "email", "nobody", "role", "viewer").want(t, 400, "email is no address")
	alice.post("{acme}/invitations", "email", "x@y.example", "role", "owner").want(t, 400, "role is one of")
	for _, b := range []*browser{vera, carol} {
		b.get("{acme}/members").want(t, 200, "alice@acme.example", "not", "invite-form", "Remove", "<select")
		b.post("{acme}/members/{vera}", "role", "admin").want(t, 403)
		b.post("{acme}/members/{vera}/remove").want(t, 403)
		b.post("{acme}/invitations", "email", "x@y.example", "role", "viewer").want(t, 403)
	}
}

// A suspended organization's members are told so, see nothing of it, and can go where they belong elsewhere.
func TestSuspended(t *testing.T) {
	s := newSite(t)
	carol := s.signIn(s.Carol)
	page := carol.post("/switch", "org", s.Initech.ID.String())
	page.want(t, 403, "This organization is suspended", `data-switch="acme"`, "not", "Launch plan", "secret")
	initech := "/app/" + s.Initech.ID.String()
	for _, path := range []string{"/notes/" + s.Initech.Note.String(), "/files", "/members", "/settings", "/invoices"} {
		carol.get(initech+path).want(t, 403, "This organization is suspended", "not", "secret")
	}
	carol.post(initech+"/notes", "title", "x").want(t, 403, "suspended")
	carol.post("/switch", "org", s.Acme.ID.String()).want(t, 200, "Launch plan")
	s.signIn(s.Alice).get(initech+"/notes").want(t, 403, "not", "suspended", "Initech")

	alice := s.signIn(s.Alice)
	events := alice.listen("{acme}/events")
	if err := s.app.Suspend(t.Context(), s.Acme.ID, true); err != nil {
		t.Fatal(err)
	}
	for range events { // they end
	}
	alice.get("{acme}/notes").want(t, 403, "This organization is suspended")
	alice.post("{acme}/settings", "color", "#000000").want(t, 403, "suspended")
	if err := s.app.Suspend(t.Context(), s.Acme.ID, false); err != nil {
		t.Fatal(err)
	}
	alice.get("{acme}/notes").want(t, 200, "Launch plan")
}

// No page of one organization is had from another one, whatever the role there.
func TestPagesApart(t *testing.T) {
	s := newSite(t)
	pages := []string{"notes", "notes/new", "notes/{a.note}", "imports", "files", "members", "domains", "usage", "invoices", "audit", "settings", "events", "brand.css"}
	for _, p := range []exampledb.Person{s.Bob, s.Carol} {
		b := s.signIn(p)
		if p.Name == "Carol" {
			b.post("/switch", "org", s.Globex.ID.String())
		}
		for _, path := range pages {
			b.get("{acme}/"+path).want(t, 403, "not", "Launch plan", "secret of Acme", "alice@acme.example", "Vera")
		}
	}
	alice := s.signIn(s.Alice)
	for _, path := range pages {
		if path == "events" {
			continue
		}
		alice.get("{acme}/"+path).want(t, 200, "not", "Globex", "Bob", "bob@globex.example")
	}
	nobody := s.browser()
	for _, path := range pages {
		if page := nobody.get("{acme}/" + path); path != "brand.css" && !strings.HasPrefix(page.path, "/sign-in") || strings.Contains(page.text, "Launch") {
			t.Errorf("nobody has %s at %s", path, page.path)
		}
	}
}
