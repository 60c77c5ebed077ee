package migrate

import (
	"slices"
	"strings"
	"testing"
)

func TestSameExpression(t *testing.T) {
	const policy = "org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid)"
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{policy, policy, true},
		{policy, "((" + policy + "))", true},
		{policy, strings.ToLower(policy), true},
		{policy, " /* a /* nested */ ( */ ORG_ID=\n(select nullif ( pg_catalog . current_setting ('app.org_id',true),'')::uuid)--)", true},
		{policy, strings.Replace(policy, "org_id =", `"org_id" =`, 1), true},
		{policy, strings.Replace(policy, "org_id =", `"ORG_ID" =`, 1), false},
		{policy, strings.Replace(policy, "'app.org_id'", "'APP.ORG_ID'", 1), false},
		{policy, policy + " OR true", false},
		{policy, "true OR " + policy, false},
		{policy, strings.Replace(policy, "::uuid", "::text", 1), false},
		{policy, strings.Replace(policy, "=", "<>", 1), false},
		{"(a) OR (b)", "a) OR (b", false},
		{"a AND (b OR c)", "(a AND b) OR c", false},
		{"a = 'x'", "a = 'x '", false},
		{"a = 'it''s -- not /* a */ comment'", "a = 'it''s'", false},
		{`a = E'\'' OR true --'`, `a = E'\' OR true --'`, false},
		{"a = $$b$$", "a = $x$b$x$", false},
		{"a = $$--$$ AND b", "a = $$--$$ AND c", false},
		{"a=--x\n1", "a = 1", true},
		{`a = "current_user"`, "a = current_user", false},
		{`a = "b c"`, `a = "b  c"`, false},
		{`"Ä" = 1`, `"ä" = 1`, false},
		{"Ä = 1", "ä = 1", false},
		{"a <@ b", "a < @b", false},
		{"1.5 = a", "1 .5 = a", false},
	} {
		if sameExpression(c.a, c.b) != c.same || sameExpression(c.b, c.a) != c.same {
			t.Errorf("%q and %q: same must be %t", c.a, c.b, c.same)
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"org_id = (SELECT NULLIF(x('app.org_id'), '')::uuid)", "E'\\", "$a$", "$", "/*/*", "\"", "::", "a--", "1e", "''''", "Ä\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ts := tokens(s)
		if slices.ContainsFunc(ts, func(t string) bool { return t == "" || blankToken(t) }) {
			t.Errorf("%q: an empty token in %q", s, ts)
		}
		// What is printed again must mean the same. A line break inside a literal is refused elsewhere.
		if again := tokens(spaced(ts)); !slices.ContainsFunc(ts, incomplete) && !slices.Equal(ts, again) {
			t.Errorf("%q becomes %q, then %q", s, ts, again)
		}
	})
}
