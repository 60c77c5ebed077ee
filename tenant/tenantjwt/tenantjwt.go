// Package tenantjwt verifies the tokens of an identity provider, for tenanthttp's middleware:
//
//	verifier, err := tenantjwt.New(ctx, tenantjwt.Config{
//		Issuer: "https://id.example.com/", Audience: []string{"notes"}, Algorithms: []string{"RS256"},
//		JWKS:   "https://id.example.com/.well-known/jwks.json",
//	})
//	middleware, err := tenanthttp.New(tenanthttp.Config{
//		Authenticate: verifier.Person,
//		Resolve:      tenanthttp.Claim("app_metadata.org_id", tenanthttp.ByID), // 403 without it
//		…
//	})
//
// A token is a signed JWT (RFC 7519) of this one issuer, for one of these audiences, that has not expired. It is signed with
// an algorithm that is named here, asymmetric ones alone, by a key of the issuer's set (RFC 7517) that the token names; what the token
// itself says of keys and algorithms is otherwise not believed. Keys are read anew when a token names one that is not known, and now
// and then, so that the issuer can change them and take them back.
//
// It is a module of its own, on golang-jwt and keyfunc. What PostgreSQL's policies see of a token is the tenant that was
// found by it, in request.jwt.claims where tenant_source says so, as the generated id's scope sets it, and no other claim.
package tenantjwt

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// Config says which tokens are taken.
type Config struct {
	// Issuer is iss as the tokens have it, character for character.
	Issuer string
	// Audience are the names of this service, one of which is in a token's aud.
	Audience []string
	// Algorithms are those that the issuer signs with: of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 and EdDSA.
	Algorithms []string
	// JWKS is the address of the issuer's keys. It is https, but for this machine's own.
	JWKS string
	// Type is what typ in the header has to be, such as at+jwt for access tokens (RFC 9068); empty takes any.
	Type string
	// Leeway is by how much clocks may differ; 30 seconds when it is 0, at most five minutes.
	Leeway time.Duration
	// Refresh is how often the keys are read anew, and so how long one that the issuer has taken back is believed; ten minutes
	// when it is 0. A token that names an unknown key has them read at once, but once in half of this, or in 30 seconds, at most.
	Refresh time.Duration
	// ProviderClaim is the claim with the identity provider that the person signed in with, for tenants that require theirs, where
	// the issuer stands for several; without it that is the issuer.
	ProviderClaim string
	// Failed is told when keys could not be read; it may be nil.
	Failed func(error)
}

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	config Config
	parser *jwt.Parser
	keys   keyfunc.Keyfunc
}

// asymmetric are the algorithms whose keys may be known to everybody. With the others, whoever verifies can sign; and none is
// no signature.
var asymmetric = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// maxLeeway is how much of its lifetime a token may get as a gift.
const maxLeeway = 5 * time.Minute

// New reads the issuer's keys, and goes on to do so until ctx ends. It returns what is wrong with the configuration, or why
// there are no keys.
func New(ctx context.Context, c Config) (*Verifier, error) {
	if c.Leeway == 0 {
		c.Leeway = 30 * time.Second
	}
	if c.Refresh == 0 {
		c.Refresh = 10 * time.Minute
	}
	c.Audience, c.Algorithms = slices.Clone(c.Audience), slices.Clone(c.Algorithms)
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("tenantjwt: %w", err)
	}
	keys, err := c.keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("tenantjwt: the issuer's keys: %w", err)
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods(c.Algorithms), jwt.WithIssuer(c.Issuer), jwt.WithAudience(c.Audience...),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(c.Leeway), jwt.WithJSONNumber(), jwt.WithStrictDecoding(),
	)
	return &Verifier{config: c, parser: parser, keys: keys}, nil
}

func (c Config) check() error {
	switch {
	case c.Issuer == "":
		return errors.New("an issuer is required")
	case len(c.Audience) == 0 || slices.Contains(c.Audience, ""):
		return errors.New("an audience is required: a token for another service is none for this one")
	case len(c.Algorithms) == 0:
		return errors.New("the algorithms have to be named")
	case c.Leeway < 0 || c.Leeway > maxLeeway:
		return fmt.Errorf("a leeway of %v is not between 0 and %v", c.Leeway, maxLeeway)
	case c.Refresh < 0:
		return errors.New("the keys have to be read anew")
	}
	for _, a := range c.Algorithms {
		if !slices.Contains(asymmetric, a) {
			return fmt.Errorf("the algorithm %q is none of %s", a, strings.Join(asymmetric, ", "))
		}
	}
	u, err := url.Parse(c.JWKS)
	if err != nil || u.Scheme != "https" && !(u.Scheme == "http" && slices.Contains([]string{"127.0.0.1", "::1", "localhost"}, u.Hostname())) {
		return errors.New("the address of the keys has to be https")
	}
	return nil
}

// patience is how long reading the keys may take.
const patience = 5 * time.Second

// keys reads the issuer's set. Redirections are not followed: they could lead to http, or to somebody else's.
func (c Config) keys(ctx context.Context) (keyfunc.Keyfunc, error) {
	strict := false
	set, err := keyfunc.NewDefaultOverrideCtx(ctx, []string{c.JWKS}, keyfunc.Override{
		Client: &http.Client{
			Timeout:       patience,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		NoErrorReturnFirstHTTPReq: &strict,
		HTTPTimeout:               patience,
		RateLimitWaitMax:          patience, // or requests with made up keys would wait for each other
		RefreshInterval:           c.Refresh,
		RefreshUnknownKID:         rate.NewLimiter(rate.Every(min(c.Refresh/2, 30*time.Second)), 1),
		RefreshErrorHandlerFunc: func(string) func(context.Context, error) {
			return func(_ context.Context, err error) {
				if c.Failed != nil {
					c.Failed(err)
				}
			}
		},
	})
	if err != nil {
		return nil, err
	}
	return keyfunc.New(keyfunc.Options{Ctx: ctx, Storage: set.Storage(), UseWhitelist: []jwkset.USE{jwkset.UseSig, ""}})
}

// Person is the sender of a request with a valid token in its one Authorization header (RFC 6750, 2.1), or an error that is
// tenant.ErrUnauthenticated. It is for tenanthttp's Config.
func (v *Verifier) Person(r *http.Request) (tenanthttp.Person, error) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return tenanthttp.Person{}, unauthenticated(errors.New("one Authorization header is wanted"))
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return tenanthttp.Person{}, unauthenticated(errors.New("no bearer token"))
	}
	return v.Verify(r.Context(), token)
}

// maxToken is the longest token that is read.
const maxToken = 16 << 10

// Verify is the subject of a valid token, or an error that is tenant.ErrUnauthenticated. Its claims are in Person.Claims, numbers as
// json.Number.
func (v *Verifier) Verify(ctx context.Context, token string) (tenanthttp.Person, error) {
	if len(token) > maxToken {
		return tenanthttp.Person{}, unauthenticated(errors.New("the token is too long"))
	}
	claims := jwt.MapClaims{}
	_, err := v.parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		if err := v.header(t); err != nil {
			return nil, err
		}
		return v.keys.KeyfuncCtx(ctx)(t)
	})
	if err != nil {
		return tenanthttp.Person{}, unauthenticated(err)
	}
	p, err := v.person(claims)
	if err != nil {
		return tenanthttp.Person{}, unauthenticated(err)
	}
	return p, nil
}

// header returns why a token's header is not understood.
func (v *Verifier) header(t *jwt.Token) error {
	if kid, ok := t.Header["kid"].(string); !ok || kid == "" {
		return errors.New("the token names no key")
	}
	if _, ok := t.Header["crit"]; ok {
		return errors.New("the token has an extension that has to be understood") // RFC 7515, 4.1.11
	}
	if v.config.Type == "" {
		return nil
	}
	// application/ may be left out (RFC 7515, 4.1.9).
	typ, _ := t.Header["typ"].(string)
	if !strings.EqualFold(strings.TrimPrefix(strings.ToLower(typ), "application/"), v.config.Type) {
		return errors.New("the token is of another type")
	}
	return nil
}

// unauthenticated keeps why, for logs; the answer to a request does not tell.
func unauthenticated(why error) error { return fmt.Errorf("%w: %w", tenant.ErrUnauthenticated, why) }
