package vet

import (
	"strings"
	"testing"
)

// What sqlx makes of :names in version 1.4.0 (named.go, compileNamedQuery), with one number for each name, and where each byte comes from.
func TestRewriteColons(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1":                      "SELECT 1",
		"a = :a AND b = :b_2 OR c = :a": "a = $1 AND b = $2 OR c = $1",
		"x::text":                       "x:text",
		"x::::text = :x":                "x::text = $1",
		"a := b":                        "a := b",
		"':quoted' = :n.title, (:ä)":    "'$1' = $2, ($3)",
		"WHERE org_id = :org_id":        "WHERE org_id = $1",
	} {
		r := rewriteColons(text)
		if r.text != want {
			t.Errorf("%s becomes %s", text, r.text)
		}
		if at := strings.Index(r.text, "org_id"); at >= 0 && r.before(at) != strings.Index(text, "org_id") {
			t.Errorf("%s: %d", text, r.before(at))
		}
	}
	r := rewriteColons("a = :long_name AND nope = 1")
	if at := r.before(strings.Index(r.text, "nope")); at != len("a = :long_name AND ") {
		t.Error(at)
	}
	if r.param(1) != ":long_name" || r.param(2) != "$2" {
		t.Error(r.param(1), r.param(2))
	}
}
