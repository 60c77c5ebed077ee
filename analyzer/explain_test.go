package analyzer

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
)

// Each kind of step has words.
func TestWhys(t *testing.T) {
	for _, k := range certificate.Kinds() {
		if whys[k] == "" {
			t.Errorf("nobody says why %s holds", k)
		}
	}
}
