package app_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/exampledb"
	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
	"github.com/tenantgen/tenantgen/tenant/tenantjwt"
)

// tokenFrom is a token of somebody who has signed in a while ago.
func (s *service) tokenFrom(o exampledb.Organization, p exampledb.Person, ago time.Duration) string {
	s.t.Helper()
	token := uuid.NewString()
	_, err := s.repos.Tokens.CreateToken(s.t.Context(), o.ID, repo.CreateTokenParams{
		UserID: p.ID, Name: "test", TokenHash: app.HashToken(token), ExpiresAt: time.Now().Add(time.Hour), SignedInAt: time.Now().Add(-ago),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// An organization bounds how long ago its members have signed in, and no other's.
func TestSessionAge(t *testing.T) {
	s := newService(t)
	const notes = "GET /orgs/{acme}/notes"
	old := s.tokenFrom(s.Acme, s.Vera, 3*time.Hour)
	foreign := s.tokenFrom(s.Globex, s.Bob, 3*time.Hour)
	s.want(http.StatusOK, old, notes, "")
	renewed := get[map[string]string](s, old, "POST /orgs/{acme}/tokens", `{"name": "a new token is no new sign-in"}`)["token"]
	s.want(http.StatusBadRequest, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"session_hours": -1}`)
	s.want(http.StatusBadRequest, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"session_hours": "2"}`)
	s.want(http.StatusBadRequest, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"session_hours": 1000000000000}`)
	s.want(http.StatusConflict, s.tokenFrom(s.Acme, s.Alice, 3*time.Hour), "PATCH /orgs/{acme}/settings", `{"session_hours": 2}`)
	s.want(http.StatusOK, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"session_hours": 2}`)
	for _, token := range []string{old, renewed} {
		answer := s.want(http.StatusUnauthorized, token, notes, "")
		if got := answer.Header().Get("WWW-Authenticate"); got == "" {
			t.Error("it is not said that signing in again helps")
		}
	}
	s.want(http.StatusOK, s.Alice.Token, notes, "")
	s.want(http.StatusOK, foreign, "GET /orgs/{globex}/notes", "")
	s.want(http.StatusOK, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"session_hours": 0}`)
	s.want(http.StatusOK, old, notes, "")
}

// issuer is an identity provider.
type issuer struct {
	name string
	key  *rsa.PrivateKey
}

// newIssuer starts one, and has it trusted as tenantjwt does.
func newIssuer(t *testing.T, name string) (*issuer, app.Provider) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]string{
			"kty": "RSA", "kid": "one", "use": "sig", "n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes()),
		}}})
	}))
	t.Cleanup(keys.Close)
	verifier, err := tenantjwt.New(t.Context(), tenantjwt.Config{Issuer: name, Audience: []string{"notes"}, Algorithms: []string{"RS256"}, JWKS: keys.URL})
	if err != nil {
		t.Fatal(err)
	}
	return &issuer{name, key}, verifier
}

// signs makes a token, with claims changed.
func (i *issuer) signs(t *testing.T, email string, change jwt.MapClaims) string {
	t.Helper()
	now := time.Now()
	claims := jwt.MapClaims{"iss": i.name, "aud": "notes", "sub": "1", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"auth_time": now.Unix(), "email": email, "email_verified": true}
	for name, value := range change {
		claims[name] = value
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = "one"
	signed, err := token.SignedString(i.key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// An organization names the provider that signs its members in, and may require
// it. What the provider says counts for this organization alone.
func TestSingleSignOn(t *testing.T) {
	acmes, first := newIssuer(t, "https://id.acme.example")
	globexs, second := newIssuer(t, "https://id.globex.example")
	s := newServiceWith(t, app.Options{Providers: map[string]app.Provider{acmes.name: first, globexs.name: second}})
	const at, settings = "POST /orgs/{acme}/sign-in", "PATCH /orgs/{acme}/settings"
	s.want(http.StatusUnauthorized, acmes.signs(t, "alice@acme.example", nil), at, "") // Acme has not named it

	s.want(http.StatusBadRequest, s.Alice.Token, settings, `{"single_sign_on": {"provider": "https://evil.example"}}`)
	s.want(http.StatusBadRequest, s.Alice.Token, settings, `{"single_sign_on": {"required": true}}`)
	s.want(http.StatusConflict, s.Alice.Token, settings, `{"single_sign_on": {"provider": "https://id.acme.example", "required": true}}`)
	s.want(http.StatusForbidden, s.Vera.Token, settings, `{"single_sign_on": {"provider": "https://id.acme.example"}}`)
	s.want(http.StatusOK, s.Alice.Token, settings, `{"single_sign_on": {"provider": "https://id.acme.example"}}`)

	alice := get[map[string]string](s, acmes.signs(t, "Alice@acme.example", nil), at, "")["token"]
	for why, token := range map[string]string{
		"no token":           "",
		"no member":          acmes.signs(t, "bob@globex.example", nil),
		"not verified":       acmes.signs(t, "vera@acme.example", jwt.MapClaims{"email_verified": false}),
		"no address":         acmes.signs(t, "", nil),
		"for somebody else":  acmes.signs(t, "vera@acme.example", jwt.MapClaims{"aud": "others"}),
		"another's provider": globexs.signs(t, "vera@acme.example", nil),
		"another's key":      globexs.signs(t, "vera@acme.example", jwt.MapClaims{"iss": acmes.name}),
		"this service's own": s.Alice.Token,
	} {
		if w := s.send(token, at, ""); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: status %d: %s", why, w.Code, w.Body)
		}
	}
	s.want(http.StatusUnauthorized, acmes.signs(t, "bob@globex.example", nil), "POST /orgs/{globex}/sign-in", "")
	s.want(http.StatusUnauthorized, acmes.signs(t, "alice@acme.example", nil), "POST /orgs/00000000-0000-4000-8000-000000000000/sign-in", "")

	s.want(http.StatusOK, alice, settings, `{"single_sign_on": {"provider": "https://id.acme.example", "required": true}}`)
	s.want(http.StatusUnauthorized, s.Vera.Token, "GET /orgs/{acme}/notes", "")
	s.want(http.StatusOK, alice, "GET /orgs/{acme}/notes", "")
	derived := get[map[string]string](s, alice, "POST /orgs/{acme}/tokens", `{"name": "ci"}`)["token"]
	s.want(http.StatusOK, derived, "GET /orgs/{acme}/notes", "")
	s.want(http.StatusOK, s.Bob.Token, "GET /orgs/{globex}/notes", "") // requires nothing

	// Alice is signed in at Acme, and nowhere else.
	s.want(http.StatusForbidden, alice, "GET /orgs/{globex}/notes", "")
	s.want(http.StatusForbidden, alice, "GET /me/orgs", "")
	s.want(http.StatusForbidden, alice, "POST /orgs", `{"slug": "initech", "name": "Initech"}`)
	s.want(http.StatusForbidden, alice, "POST /me/invitations", `{"invitation": "x"}`)
}

// A provider that stands for several says who they are, and another one's people are not Acme's.
func TestOtherProviderOfAnIssuer(t *testing.T) {
	s := newServiceWith(t, app.Options{Providers: map[string]app.Provider{"https://id.acme.example": standsForSeveral{}}})
	s.want(http.StatusOK, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"single_sign_on": {"provider": "https://id.acme.example"}}`)
	s.want(http.StatusUnauthorized, "https://id.globex.example", "POST /orgs/{acme}/sign-in", "")
	s.want(http.StatusCreated, "https://id.acme.example", "POST /orgs/{acme}/sign-in", "")
}

type standsForSeveral struct{}

func (standsForSeveral) Person(r *http.Request) (tenanthttp.Person, error) {
	return tenanthttp.Person{ID: "1", Provider: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
		Claims: map[string]any{"email": "vera@acme.example", "email_verified": true}}, nil
}

// A provider that does not say when somebody signed in does not suffice where that matters.
func TestSignedInAtNoTime(t *testing.T) {
	acmes, provider := newIssuer(t, "https://id.acme.example")
	s := newServiceWith(t, app.Options{Providers: map[string]app.Provider{acmes.name: provider}})
	s.want(http.StatusOK, s.Alice.Token, "PATCH /orgs/{acme}/settings", `{"single_sign_on": {"provider": "https://id.acme.example"}, "session_hours": 1}`)
	for want, change := range map[int]jwt.MapClaims{
		http.StatusOK:           nil,
		http.StatusUnauthorized: {"auth_time": nil},
	} {
		token := get[map[string]string](s, acmes.signs(t, "vera@acme.example", change), "POST /orgs/{acme}/sign-in", "")["token"]
		s.want(want, token, "GET /orgs/{acme}/notes", "")
	}
}
