package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/example/exampledb"
	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/internal/sealed"
	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant/tenantjwt"
)

// configured reads from the environment what the service can do without.
func configured(ctx context.Context, env func(string) string) (o app.Options, err error) {
	o.Secret = []byte(env("DOMAIN_SECRET"))
	if o.Providers, err = providers(ctx, env); err != nil {
		return o, err
	}
	if o.Keys, err = keys(env); err != nil {
		return o, err
	}
	o.Endpoints, err = endpoints(env("WEBHOOKS"))
	return o, err
}

// providers are those that may sign people in: one here, from OIDC_ISSUER,
// OIDC_AUDIENCE and OIDC_JWKS, or none.
func providers(ctx context.Context, env func(string) string) (map[string]app.Provider, error) {
	issuer := env("OIDC_ISSUER")
	if issuer == "" {
		return nil, nil
	}
	verifier, err := tenantjwt.New(ctx, tenantjwt.Config{
		Issuer: issuer, Audience: []string{env("OIDC_AUDIENCE")}, Algorithms: []string{"RS256", "ES256"}, JWKS: env("OIDC_JWKS"),
	})
	if err != nil {
		return nil, err
	}
	return map[string]app.Provider{issuer: verifier}, nil
}

// keys seal the secrets of integrations: SECRETS_KEYS, in hexadecimal digits, the
// current one first. A database that ends with the service needs none that stays;
// on any other there are no integrations without.
func keys(env func(string) string) (*sealed.Keyring, error) {
	if env("SECRETS_KEYS") == "" {
		if env("DATABASE_URL") != "" {
			return nil, nil
		}
		key := make([]byte, sealed.KeySize)
		rand.Read(key) // never fails: crypto/rand crashes the program instead
		return sealed.New(key)
	}
	var list [][]byte
	for text := range strings.SplitSeq(env("SECRETS_KEYS"), ",") {
		key, err := hex.DecodeString(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("SECRETS_KEYS: a key is 64 hexadecimal digits, as of openssl rand -hex 32")
		}
		list = append(list, key)
	}
	return sealed.New(list...)
}

// endpoints are where notes can be sent to: WEBHOOKS, such as chat=https://chat.example.com/hooks,tracker=https://….
func endpoints(text string) (map[string]string, error) {
	if text == "" {
		return nil, nil
	}
	all := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		name, address, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if name == "" || !strings.HasPrefix(address, "https://") {
			return nil, fmt.Errorf("WEBHOOKS: %q is not name=https://…", pair)
		}
		all[name] = address
	}
	return all, nil
}

// ownDatabases are those of organizations that share none: OWN_DATABASES, such as
// <the organization's id>=postgres://…, of a superuser as DATABASE_URL is.
func ownDatabases(text string) (own []exampledb.Own, err error) {
	if text == "" {
		return nil, nil
	}
	for pair := range strings.SplitSeq(text, ",") {
		id, url, _ := strings.Cut(strings.TrimSpace(pair), "=")
		org, err := repo.ParseOrgID(id)
		if err != nil || !strings.HasPrefix(url, "postgres") { // the URL has a password, and is not printed
			return nil, fmt.Errorf("OWN_DATABASES: of %q there is no <organization's id>=postgres://…", id)
		}
		own = append(own, exampledb.Own{Org: org, OwnerURL: url})
	}
	return own, nil
}
