package tenanthttp

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/tenant"
)

// errMalformed is of a claim that is there and names no tenant.
var errMalformed = fmt.Errorf("%w: a text or a whole number is wanted", tenant.ErrMissingClaim)

// Claim finds the tenant in a claim of the person's verified token, tenant.ErrMissingClaim when there is none. A name with
// dots is that of a claim as it stands, or else the way to one within others: app_metadata.org_id.
func Claim(name string, kind Kind) Resolver {
	return func(r *http.Request) ([]Key, error) {
		p, err := CurrentPerson(r.Context())
		if err != nil {
			return nil, err
		}
		value, ok := claimOf(p.Claims, name)
		if !ok {
			return nil, tenant.ErrMissingClaim
		}
		text, ok := textOf(value)
		if !ok || text == "" {
			return nil, errMalformed
		}
		return one(kind, text)
	}
}

// claimOf follows the way to a claim. Where the name could mean two claims it means none.
func claimOf(claims map[string]any, name string) (any, bool) {
	value, ok := claims[name]
	first, rest, nested := strings.Cut(name, ".")
	if !nested {
		return value, ok
	}
	within, _ := claims[first].(map[string]any)
	deeper, also := claimOf(within, rest)
	if ok && also {
		return nil, false
	}
	if also {
		return deeper, true
	}
	return value, ok
}

// textOf is a claim as the text of an id. Of a float only whole numbers are one, as far as a float has all of them.
func textOf(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		n, err := v.Int64()
		return strconv.FormatInt(n, 10), err == nil
	case float64:
		const exact = 1 << 53
		return strconv.FormatFloat(v, 'f', 0, 64), v == math.Trunc(v) && math.Abs(v) < exact
	}
	return "", false
}
