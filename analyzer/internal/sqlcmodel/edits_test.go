package sqlcmodel

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// An edit that is not parsed once more is one after which the text parses.
func TestEditParses(t *testing.T) {
	sure := 0
	for _, before := range []string{"SELECT 1 WHERE a = ", "SELECT 1 WHERE a AND", "SELECT 1 WHERE a AND ", "SELECT a || ", "SELECT f(a, ", "SELECT CASE WHEN a THEN ", "SELECT NOT ", "SELECT 1 WHERE a IN (1, ", "SELECT 1 WHERE a = 1", "SELECT (", "SELECT a[", "SELECT f(a,", "SELECT \"a\"", "SELECT 'a'", "SELECT 1 +", "SELECT a[1:", "SELECT $1", "SELECT é"} {
		for _, after := range []string{"", " ", "::text", ")", "]", ", 1", ";", "\n-- x", "a", "$2", "é", "\"b\"", ".b", "(1)", "'x'", " COLLATE \"C\"", "+1", " IS NULL", " AND b", "[1]", ":2]"} {
			e := edit{at: len(before), length: exactly("@id"), text: "$1", named: "id"}
			text := before + "@id" + after
			if sqltext.Parses(text) != nil || !e.parses(text) {
				continue
			}
			sure++
			if err := sqltext.Parses(before + "$1" + after); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
	if sure < 30 {
		t.Errorf("of %d texts alone it is said", sure)
	}
	for _, e := range []edit{{at: 7, named: ""}, {at: 7, named: "name"}, {at: 7, named: "identifier"}, {at: 6, named: "id"}} {
		if e.parses("SELECT @id") {
			t.Errorf("%+v is not of @id", e)
		}
	}
}
