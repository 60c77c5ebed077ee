package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Within a function that sets who the tenant is, or who acts, a default that is the tenant's setting says nothing.
func TestResets(t *testing.T) {
	for setting, want := range map[string]bool{
		"app.org_id=2": true, "role=admin": true, "session_authorization=admin": true, "row_security=off": true,
		"search_path=public": false, "timezone=UTC": false, "statement_timeout=5s": false,
	} {
		if resets(&catalog.Function{Settings: []string{"search_path=public", setting}}) != want {
			t.Errorf("%s: not %t", setting, want)
		}
	}
}
