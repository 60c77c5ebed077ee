package tenantjwt_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantjwt"
)

func TestVerify(t *testing.T) {
	i := newIssuer(t)
	i.ec("two")
	v := i.verifier(nil)
	p, err := v.Verify(t.Context(), i.token(jwt.SigningMethodRS256, "one", i.claims()))
	within, _ := p.Claims["app_metadata"].(map[string]any)
	if err != nil || p.ID != "alice" || !slices.Equal(p.Scopes, []string{"api.read", "api.write"}) || p.Provider != "https://id.example.com/" ||
		within["org_id"] != "org-acme" || time.Since(p.Since) > 2*time.Minute {
		t.Errorf("got %+v, %v", p, err)
	}
	for name, c := range map[string]struct {
		claims []func(jwt.MapClaims)
		valid  bool
	}{
		"no change":                    {nil, true},
		"another service":              {[]func(jwt.MapClaims){with("aud", "files")}, false},
		"several services":             {[]func(jwt.MapClaims){with("aud", []string{"files", "notes-api"})}, true},
		"no service":                   {[]func(jwt.MapClaims){without("aud")}, false},
		"another issuer":               {[]func(jwt.MapClaims){with("iss", "https://evil.example.com/")}, false},
		"the issuer spelled otherwise": {[]func(jwt.MapClaims){with("iss", "https://id.example.com")}, false},
		"no issuer":                    {[]func(jwt.MapClaims){without("iss")}, false},
		"expired":                      {[]func(jwt.MapClaims){with("exp", in(-time.Minute))}, false},
		"expired within the leeway":    {[]func(jwt.MapClaims){with("exp", in(-10*time.Second))}, true},
		"never expires":                {[]func(jwt.MapClaims){without("exp")}, false},
		"expires in words":             {[]func(jwt.MapClaims){with("exp", "tomorrow")}, false},
		"not yet":                      {[]func(jwt.MapClaims){with("nbf", in(time.Minute))}, false},
		"not yet, within the leeway":   {[]func(jwt.MapClaims){with("nbf", in(10*time.Second))}, true},
		"of tomorrow":                  {[]func(jwt.MapClaims){with("iat", in(time.Hour))}, false},
		"no subject":                   {[]func(jwt.MapClaims){without("sub")}, false},
		"an empty subject":             {[]func(jwt.MapClaims){with("sub", "")}, false},
		"a subject that is a number":   {[]func(jwt.MapClaims){with("sub", 7)}, false},
	} {
		for _, method := range []struct {
			jwt.SigningMethod
			kid string
		}{{jwt.SigningMethodRS256, "one"}, {jwt.SigningMethodES256, "two"}} {
			_, err := v.Verify(t.Context(), i.token(method, method.kid, i.claims(c.claims...)))
			if c.valid != (err == nil) || err != nil && !errors.Is(err, tenant.ErrUnauthenticated) {
				t.Errorf("%s, %s: got %v", name, method.Alg(), err)
			}
		}
	}
}

// forged are tokens that nobody may take.
func TestForged(t *testing.T) {
	i := newIssuer(t)
	i.ec("two")
	key := i.keys["one"].(*rsa.PrivateKey)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	i.more = []map[string]any{
		{"kty": "oct", "kid": "shared", "k": encode([]byte("secret that everybody can read!!")), "alg": "HS256"},
		{"kty": "RSA", "kid": "sealing", "use": "enc", "n": encode(key.N.Bytes()), "e": "AQAB"},
		{"kty": "RSA", "kid": "strong", "alg": "RS512", "n": encode(key.N.Bytes()), "e": "AQAB"},
	}
	sign := func(method jwt.SigningMethod, key any, kid string, change ...func(map[string]any)) string {
		t.Helper()
		token := jwt.NewWithClaims(method, i.claims())
		token.Header["kid"] = kid
		for _, f := range change {
			f(token.Header)
		}
		text, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	good := sign(jwt.SigningMethodRS256, key, "one")
	parts := strings.Split(good, ".")
	claims, _ := json.Marshal(i.claims(with("app_metadata", map[string]any{"org_id": "org-globex"})))
	v := i.verifier(func(c *tenantjwt.Config) { c.Refresh = 24 * time.Hour })
	if _, err := v.Verify(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	header := func(name string, value any) func(map[string]any) {
		return func(h map[string]any) { h[name] = value }
	}
	for name, token := range map[string]string{
		"none":                           sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "one"),
		"none in capitals":               encode([]byte(`{"alg":"NONE","kid":"one"}`)) + "." + parts[1] + ".",
		"no algorithm":                   encode([]byte(`{"kid":"one"}`)) + "." + parts[1] + "." + parts[2],
		"HS256 with the public key":      sign(jwt.SigningMethodHS256, public, "one"),
		"HS256 with the modulus":         sign(jwt.SigningMethodHS256, key.N.Bytes(), "one"),
		"HS256 with a key of the set":    sign(jwt.SigningMethodHS256, []byte("secret that everybody can read!!"), "shared"),
		"an algorithm that is not named": sign(jwt.SigningMethodRS384, key, "one"),
		"PS256 with the same key":        sign(jwt.SigningMethodPS256, key, "one"),
		"a key that is not the issuer's": sign(jwt.SigningMethodRS256, other, "one"),
		"a key of another kind":          sign(jwt.SigningMethodRS256, key, "two"),
		"a key for something else":       sign(jwt.SigningMethodRS256, key, "sealing"),
		"a key for another algorithm":    sign(jwt.SigningMethodRS256, key, "strong"),
		"no key":                         sign(jwt.SigningMethodRS256, key, "one", func(h map[string]any) { delete(h, "kid") }),
		"a key that is a number":         sign(jwt.SigningMethodRS256, key, "one", header("kid", 1)),
		"an empty key":                   sign(jwt.SigningMethodRS256, key, ""),
		"an unknown key":                 sign(jwt.SigningMethodRS256, key, "three"),
		"a key that comes along":         sign(jwt.SigningMethodRS256, other, "mine", header("jwk", map[string]any{"kty": "RSA", "kid": "mine", "n": encode(other.N.Bytes()), "e": "AQAB"})),
		"keys from elsewhere":            sign(jwt.SigningMethodRS256, other, "mine", header("jku", "https://evil.example.com/keys")),
		"an extension":                   sign(jwt.SigningMethodRS256, key, "one", header("crit", []string{"exp"})),
		"other claims":                   parts[0] + "." + encode(claims) + "." + parts[2],
		"no signature":                   parts[0] + "." + parts[1] + ".",
		"two parts":                      parts[0] + "." + parts[1],
		"four parts":                     good + "." + parts[2],
		"bits behind the signature":      good[:len(good)-1] + string(good[len(good)-1]+1),
		"blanks":                         " " + good,
		"nothing":                        "",
		"no token":                       "a.b.c",
		"too long":                       i.token(jwt.SigningMethodRS256, "one", i.claims(with("pad", strings.Repeat("A", 17<<10)))),
	} {
		if p, err := v.Verify(t.Context(), token); !errors.Is(err, tenant.ErrUnauthenticated) || p.ID != "" {
			t.Errorf("%s: got %+v, %v", name, p, err)
		}
	}
}

func TestType(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(func(c *tenantjwt.Config) { c.Type = "at+jwt" })
	for typ, valid := range map[string]bool{"at+jwt": true, "AT+JWT": true, "application/at+jwt": true, "JWT": false, "": false} {
		_, err := v.Verify(t.Context(), i.token(jwt.SigningMethodRS256, "one", i.claims(), func(h map[string]any) { h["typ"] = typ }))
		if valid != (err == nil) {
			t.Errorf("%q: got %v", typ, err)
		}
	}
}

func TestPerson(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(func(c *tenantjwt.Config) { c.ProviderClaim = "idp" })
	good := i.token(jwt.SigningMethodRS256, "one", i.claims(without("scope"), with("scp", []string{"a", "b"}), with("idp", "https://idp.acme.org"), without("auth_time")))
	for name, c := range map[string]struct {
		headers []string
		valid   bool
	}{
		"a token":          {[]string{"Bearer " + good}, true},
		"other capitals":   {[]string{"bearer " + good}, true},
		"no header":        {nil, false},
		"two headers":      {[]string{"Bearer " + good, "Bearer " + good}, false},
		"another scheme":   {[]string{"Basic " + good}, false},
		"no scheme":        {[]string{good}, false},
		"nothing behind":   {[]string{"Bearer "}, false},
		"two blanks":       {[]string{"Bearer  " + good}, false},
		"something behind": {[]string{"Bearer " + good + ", Basic x"}, false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		for _, h := range c.headers {
			r.Header.Add("Authorization", h)
		}
		p, err := v.Person(r)
		if c.valid != (err == nil) || err != nil && !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("%s: got %v", name, err)
		}
		if c.valid && (p.ID != "alice" || p.Provider != "https://idp.acme.org" || !p.Since.IsZero() || !slices.Equal(p.Scopes, []string{"a", "b"})) {
			t.Errorf("%s: got %+v", name, p)
		}
	}
	p, err := v.Verify(t.Context(), i.token(jwt.SigningMethodRS256, "one", i.claims(without("scope"), with("scp", "a b"))))
	if err != nil || p.Provider != "" || !slices.Equal(p.Scopes, []string{"a", "b"}) {
		t.Errorf("got %+v, %v", p, err)
	}
}

// The issuer signs with a new key, and takes the old one back.
func TestRotation(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(func(c *tenantjwt.Config) { c.Refresh = 300 * time.Millisecond })
	old := i.token(jwt.SigningMethodRS256, "one", i.claims())
	if _, err := v.Verify(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	i.rsa("two")
	if _, err := v.Verify(t.Context(), i.token(jwt.SigningMethodRS256, "two", i.claims())); err != nil {
		t.Errorf("the new key: %v", err)
	}
	i.with(func() { delete(i.keys, "one") })
	for range 100 {
		if _, err := v.Verify(t.Context(), old); err != nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("a key that was taken back is believed")
}

// Tokens with made up keys do not have the set read each time, nor wait for each other.
func TestUnknownKeys(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(nil)
	before := i.read
	began := time.Now()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			token := i.token(jwt.SigningMethodRS256, "one", i.claims(), func(h map[string]any) { h["kid"] = rand.Text() })
			if _, err := v.Verify(t.Context(), token); !errors.Is(err, tenant.ErrUnauthenticated) {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	if i.read > before+1 || time.Since(began) > 20*time.Second {
		t.Errorf("read %d times in %v", i.read-before, time.Since(began))
	}
}

// What is known is believed while the issuer is down; there is no beginning without keys.
func TestIssuerDown(t *testing.T) {
	i := newIssuer(t)
	failed := make(chan error, 100)
	v := i.verifier(func(c *tenantjwt.Config) {
		c.Refresh, c.Failed = 100*time.Millisecond, func(err error) { failed <- err }
	})
	token := i.token(jwt.SigningMethodRS256, "one", i.claims())
	i.with(func() { i.down = true })
	<-failed
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Error(err)
	}
	if _, err := tenantjwt.New(t.Context(), i.config()); err == nil {
		t.Error("a verifier without keys")
	}
	i.with(func() { i.down = false })
	if _, err := tenantjwt.New(t.Context(), i.config()); err != nil {
		t.Error(err)
	}
}

func TestConfig(t *testing.T) {
	i := newIssuer(t)
	for name, change := range map[string]func(*tenantjwt.Config){
		"no issuer":            func(c *tenantjwt.Config) { c.Issuer = "" },
		"no audience":          func(c *tenantjwt.Config) { c.Audience = nil },
		"an empty audience":    func(c *tenantjwt.Config) { c.Audience = []string{"notes", ""} },
		"no algorithm":         func(c *tenantjwt.Config) { c.Algorithms = nil },
		"no signature":         func(c *tenantjwt.Config) { c.Algorithms = []string{"RS256", "none"} },
		"a shared secret":      func(c *tenantjwt.Config) { c.Algorithms = []string{"HS256"} },
		"any algorithm":        func(c *tenantjwt.Config) { c.Algorithms = []string{""} },
		"no keys":              func(c *tenantjwt.Config) { c.JWKS = "" },
		"keys without TLS":     func(c *tenantjwt.Config) { c.JWKS = "http://id.example.com/keys" },
		"keys in a file":       func(c *tenantjwt.Config) { c.JWKS = "file:///keys" },
		"keys that have moved": func(c *tenantjwt.Config) { c.JWKS = i.URL + "/moved" },
		"a leeway of an hour":  func(c *tenantjwt.Config) { c.Leeway = time.Hour },
		"a leeway below zero":  func(c *tenantjwt.Config) { c.Leeway = -1 },
		"keys for ever":        func(c *tenantjwt.Config) { c.Refresh = -1 },
	} {
		c := i.config()
		change(&c)
		if _, err := tenantjwt.New(context.Background(), c); err == nil {
			t.Errorf("%s: a verifier", name)
		}
	}
}
