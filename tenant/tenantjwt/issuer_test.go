package tenantjwt_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
	"github.com/tenantgen/tenantgen/tenant/tenantjwt"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// issuer is an identity provider with a server for its keys.
type issuer struct {
	*httptest.Server
	t    *testing.T
	mu   sync.Mutex
	keys map[string]crypto.Signer // by kid
	more []map[string]any         // in the set as they are
	down bool
	read int // how often the set was read
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{t: t, keys: map[string]crypto.Signer{}}
	i.Server = httptest.NewServer(http.HandlerFunc(i.serve))
	t.Cleanup(i.Close)
	i.rsa("one")
	return i
}

func (i *issuer) rsa(kid string) *rsa.PrivateKey {
	i.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		i.t.Fatal(err)
	}
	i.with(func() { i.keys[kid] = key })
	return key
}

func (i *issuer) ec(kid string) {
	i.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		i.t.Fatal(err)
	}
	i.with(func() { i.keys[kid] = key })
}

func (i *issuer) with(f func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f()
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (i *issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.read++
	switch {
	case i.down:
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	case r.URL.Path == "/moved":
		http.Redirect(w, r, "/keys", http.StatusFound)
		return
	}
	set := slices.Clone(i.more)
	for kid, key := range i.keys {
		switch k := key.Public().(type) {
		case *rsa.PublicKey:
			set = append(set, map[string]any{"kty": "RSA", "kid": kid, "use": "sig", "n": encode(k.N.Bytes()), "e": encode(big.NewInt(int64(k.E)).Bytes())})
		case *ecdsa.PublicKey:
			point, err := k.Bytes()
			if err != nil {
				panic(err)
			}
			set = append(set, map[string]any{"kty": "EC", "crv": "P-256", "kid": kid, "x": encode(point[1:33]), "y": encode(point[33:])})
		}
	}
	json.NewEncoder(w).Encode(map[string]any{"keys": set})
}

// claims are those of a good token, changed.
func (i *issuer) claims(change ...func(jwt.MapClaims)) jwt.MapClaims {
	now := time.Now()
	c := jwt.MapClaims{
		"iss": "https://id.example.com/", "aud": "notes", "sub": "alice", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"app_metadata": map[string]any{"org_id": "org-acme"}, "scope": "api.read api.write", "auth_time": now.Add(-time.Minute).Unix(),
	}
	for _, f := range change {
		f(c)
	}
	return c
}

// token is a signed token, its header changed.
func (i *issuer) token(method jwt.SigningMethod, kid string, claims jwt.MapClaims, change ...func(map[string]any)) string {
	i.t.Helper()
	t := jwt.NewWithClaims(method, claims)
	t.Header["kid"] = kid
	for _, f := range change {
		f(t.Header)
	}
	i.mu.Lock()
	key := i.keys[kid]
	i.mu.Unlock()
	text, err := t.SignedString(key)
	if err != nil {
		i.t.Fatal(err)
	}
	return text
}

func (i *issuer) config() tenantjwt.Config {
	return tenantjwt.Config{
		Issuer: "https://id.example.com/", Audience: []string{"notes", "notes-api"}, Algorithms: []string{"RS256", "ES256"}, JWKS: i.URL + "/keys",
		Refresh: time.Hour,
	}
}

func (i *issuer) verifier(change func(*tenantjwt.Config)) *tenantjwt.Verifier {
	i.t.Helper()
	c := i.config()
	if change != nil {
		change(&c)
	}
	v, err := tenantjwt.New(i.t.Context(), c)
	if err != nil {
		i.t.Fatal(err)
	}
	return v
}

func without(name string) func(jwt.MapClaims) { return func(c jwt.MapClaims) { delete(c, name) } }

func with(name string, value any) func(jwt.MapClaims) {
	return func(c jwt.MapClaims) { c[name] = value }
}

func in(d time.Duration) int64 { return time.Now().Add(d).Unix() }
