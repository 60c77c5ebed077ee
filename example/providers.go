package main

import (
	"context"

	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/tenant/tenantjwt"
)

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
