package web_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/repo"
)

// Who has a token signs in with it, into a session of its own; signing out ends it for good.
func TestSignIn(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.get("/sign-in?token="+s.Alice.Token).want(t, 200, s.Alice.Token, `for="token"`, "not", s.Alice.Email)
	b.get("/").want(t, 200, "Sign in") // a link alone signs nobody in
	b.post("/sign-in", "token", "nobody's").want(t, 401, "Nobody has this token", `aria-invalid="true"`)
	page := b.post("/sign-in", "token", s.Alice.Token)
	page.want(t, 200, s.Alice.Email, "Launch plan", "not", "Globex")
	if page.path != s.address("{acme}/notes") {
		t.Errorf("Alice is at %s", page.path)
	}
	home, _ := url.Parse(s.url)
	session := b.client.Jar.Cookies(home)
	if len(session) != 1 || session[0].Value == s.Alice.Token {
		t.Fatalf("cookies: %v", session)
	}
	b.post("/sign-out").want(t, 200, "You are signed out")
	if left := b.client.Jar.Cookies(home); len(left) != 0 {
		t.Errorf("after signing out: %v", left)
	}
	b.client.Jar.SetCookies(home, session)
	if page := b.get("{acme}/notes"); !strings.HasPrefix(page.path, "/sign-in?next=") {
		t.Errorf("the old session is at %s", page.path)
	}
}

// No script reads the cookie, no other site's page sends it, and where there is TLS it is for TLS.
func TestCookie(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	cookie := b.post("/sign-in", "token", s.Alice.Token).header.Get("Set-Cookie")
	for _, want := range []string{"; HttpOnly", "; SameSite=Lax", "; Path=/", "; Expires="} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie has no %s: %s", want, cookie)
		}
	}
	if strings.Contains(cookie, "Secure") {
		t.Errorf("a browser would not keep it here: %s", cookie)
	}
	form := b.form("/sign-in", "token", s.Alice.Token)
	form.TLS = &tls.ConnectionState{}
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, form)
	if cookie := w.Header().Get("Set-Cookie"); !strings.Contains(cookie, "; Secure") {
		t.Errorf("behind TLS: %s", cookie)
	}
}

// Whoever is sent to sign in comes back to where they wanted to be, and is sent to no other site.
func TestNext(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	asked := b.get("{acme}/notes?status=draft")
	if want := "/sign-in?next=" + url.QueryEscape(s.address("{acme}/notes?status=draft")); asked.path != want {
		t.Errorf("at %s, want %s", asked.path, want)
	}
	if page := b.post("/sign-in", "token", s.Alice.Token, "next", s.address("{acme}/notes?status=draft")); page.path != s.address("{acme}/notes?status=draft") {
		t.Errorf("signed in at %s", page.path)
	}
	for _, next := range []string{"https://evil.example/app/", "//evil.example/app/", "/app/../..//evil.example", `/app/\evil.example`, "/sign-out", "javascript:alert(1)"} {
		if page := s.browser().post("/sign-in", "token", s.Alice.Token, "next", next); page.path != s.address("{acme}/notes") {
			t.Errorf("%s leads to %s", next, page.path)
		}
	}
}

// Other sites' pages change nothing, whatever cookie comes with what they send.
func TestForeignSites(t *testing.T) {
	s := newSite(t)
	b := s.signIn(s.Alice)
	for name, headers := range map[string]map[string]string{
		"another site":              {"Sec-Fetch-Site": "cross-site"},
		"a neighbour":               {"Sec-Fetch-Site": "same-site"},
		"an old browser's":          {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
		"an old browser's, of none": {"Sec-Fetch-Site": "", "Origin": "null"},
	} {
		for _, path := range []string{"{acme}/notes", "/sign-out", "/switch", "/sign-in"} {
			r := b.form(path, "title", "forged", "token", s.Bob.Token)
			for key, value := range headers {
				r.Header.Set(key, value)
			}
			if page := b.do(r); page.status != http.StatusForbidden {
				t.Errorf("%s, %s: %d", name, path, page.status)
			}
		}
	}
	b.get("{acme}/notes").want(t, 200, s.Alice.Email, "not", "forged")
}

// Who belongs to two organizations is in one at a time, and changes it by asking for it.
func TestSwitch(t *testing.T) {
	s := newSite(t)
	b := s.signIn(s.Carol)
	b.get("{acme}/notes").want(t, 200, "Anvil 2.0", `data-switch="globex"`, "not", "hammocks")
	b.get("{globex}/notes").want(t, 403, `data-switch="globex"`, "not", "East coast", "Expansion")
	page := b.post("/switch", "org", s.Globex.ID.String())
	page.want(t, 200, "Expansion to the east coast", "not", "Anvil 2.0")
	b.get("{acme}/notes").want(t, 403, "not", "Anvil")
	b.get("/app").want(t, 200, "Acme", "Globex")

	alice := s.signIn(s.Alice)
	for _, org := range []string{s.Globex.ID.String(), "cccccccc-0000-4000-8000-000000000003", "", "x"} {
		alice.post("/switch", "org", org).want(t, 404, "There is no such page", "not", "Globex")
	}
	alice.get("{acme}/notes").want(t, 200, "Launch plan")
}

// Pages load nothing of others, run no script but the one that is a file, and are kept by nobody.
func TestHeaders(t *testing.T) {
	s := newSite(t)
	b := s.signIn(s.Alice)
	for _, path := range []string{"{acme}/notes", "{acme}/notes/{a.note}", "/sign-in", "/nowhere", "{globex}/notes"} {
		page := b.get(path)
		policy := page.header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %s", path, policy)
		}
		if page.header.Get("Cache-Control") != "no-store" || page.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, page.header)
		}
		for _, inline := range []string{"<style", "style=", "onclick", "javascript:", "<script>"} {
			if strings.Contains(page.text, inline) {
				t.Errorf("%s has %s", path, inline)
			}
		}
	}
}

// What an organization's own provider says of somebody opens that organization alone, and tells of no other one.
func TestSignedInByProvider(t *testing.T) {
	s := newSite(t)
	ctx, org, token := t.Context(), s.Acme.ID, "a token of Acme's provider"
	_, err := s.repos.Tokens.CreateToken(ctx, org, repo.CreateTokenParams{
		UserID: s.Carol.ID, Name: "single sign-on", TokenHash: app.HashToken(token), ExpiresAt: time.Now().Add(time.Hour), SignedInAt: time.Now(), Provider: "https://acme.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	b.post("/sign-in", "token", token).want(t, 200, "Carol", "Anvil", "not", "Globex")
	b.get("/app").want(t, 200, "Acme", "not", "Globex")
	b.post("/switch", "org", s.Globex.ID.String()).want(t, 404, "not", "Globex")
	b.get("{globex}/notes").want(t, 403, "not", "Globex")
	b.get("{acme}/notes").want(t, 200, "Anvil")
	person, err := s.app.Identify(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.app.OpenSession(ctx, s.Globex.ID, person); err == nil {
		t.Error("Acme's provider opens Globex")
	}
}
