package tenantjwt

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// person is the subject of verified claims.
func (v *Verifier) person(claims jwt.MapClaims) (tenanthttp.Person, error) {
	subject, _ := claims["sub"].(string)
	if subject == "" {
		return tenanthttp.Person{}, errors.New("the token has no subject")
	}
	p := tenanthttp.Person{ID: subject, Claims: claims, Scopes: scopes(claims), Provider: v.config.Issuer}
	if name := v.config.ProviderClaim; name != "" {
		p.Provider, _ = claims[name].(string)
	}
	// Not iat: a token is issued anew without anybody signing in.
	if n, ok := claims["auth_time"].(json.Number); ok {
		if seconds, err := n.Int64(); err == nil && seconds > 0 {
			p.Since = time.Unix(seconds, 0)
		}
	}
	return p, nil
}

// scopes are those of scope, a text with blanks (RFC 9068, 2.2.3), or of scp, which some issuers write as a list.
func scopes(claims jwt.MapClaims) []string {
	if text, ok := claims["scope"].(string); ok {
		return strings.Fields(text)
	}
	switch scp := claims["scp"].(type) {
	case string:
		return strings.Fields(scp)
	case []any:
		var list []string
		for _, s := range scp {
			if text, ok := s.(string); ok {
				list = append(list, text)
			}
		}
		return list
	}
	return nil
}
