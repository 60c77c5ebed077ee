package lazyre_test

import (
	"testing"

	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// An expression is compiled once, and a wrong one fails where it is made, if only in tests.
func TestNew(t *testing.T) {
	word := lazyre.New(`^\w+$`)
	if !word().MatchString("a") || word().MatchString("-") || word() != word() {
		t.Error("not the expression")
	}
	defer func() {
		if recover() == nil {
			t.Error("a wrong expression goes unnoticed")
		}
	}()
	lazyre.New(`(`)
}
