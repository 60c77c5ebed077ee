package tenantgen

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/confirm"
)

// Syntax that only a newer server knows is named as such, and not as its refusal.
func TestNewerSyntaxIsNamed(t *testing.T) {
	p := &Project{}
	d := p.differently(&judged{Unit: &Unit{}}, "17.1", &confirm.Difference{Query: &confirm.Query{Name: "Q", File: "q.sql", Line: 3}, Newer: true, What: "this is syntax of PostgreSQL 17.1"})
	if d.Rule != "read-differently" || d.Line != 3 || d.Message != "this is syntax of PostgreSQL 17.1" || !strings.Contains(d.Hint, "newer than PostgreSQL 16") || d.Severity != analyzer.Error {
		t.Errorf("%+v", d)
	}
}
