package tenantjwt_test

import (
	"context"
	"log"

	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
	"github.com/tenantgen/tenantgen/tenant/tenantjwt"
)

// Access tokens of one issuer; the organization is a claim within another, and a request without it is answered with 403.
func ExampleNew() {
	verifier, err := tenantjwt.New(context.Background(), tenantjwt.Config{
		Issuer:     "https://id.example.com/",
		Audience:   []string{"https://notes.example.com"},
		Algorithms: []string{"RS256"},
		JWKS:       "https://id.example.com/.well-known/jwks.json",
		Type:       "at+jwt",
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = tenanthttp.New(tenanthttp.Config{
		Authenticate: verifier.Person,
		Resolve:      tenanthttp.Claim("app_metadata.org_id", tenanthttp.ByID),
		// Directory, Member: as for any other request
	})
	log.Print(err)
}
