package migrate

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// samePolicy reports whether a policy of the migrations is the wanted one.
// A difference that means nothing to PostgreSQL but is not seen as such costs a
// needless replacement; one that is wrongly ignored costs the isolation. So
// only white space, comments, the case of unquoted words, needless quotes and
// the parentheses around the whole are ignored.
func samePolicy(have *catalog.Policy, want policy) bool {
	check := have.Check
	if check == "" && want.check != "" && (have.Command == "all" || have.Command == "update") {
		check = have.Using // what PostgreSQL checks by when WITH CHECK is absent
	}
	return have.Restrictive == want.restrictive &&
		have.Command == want.command &&
		forPublic(have.Roles) &&
		sameExpression(have.Using, want.using) &&
		sameExpression(check, want.check)
}

func forPublic(roles []string) bool {
	return len(roles) == 0 || slices.Contains(roles, "public")
}

func sameExpression(a, b string) bool {
	return slices.Equal(stripParens(tokens(a)), stripParens(tokens(b)))
}

// stripParens removes parentheses that enclose all of an expression.
func stripParens(ts []string) []string {
	for len(ts) > 1 && ts[0] == "(" && closing(ts) == len(ts)-1 {
		ts = ts[1 : len(ts)-1]
	}
	return ts
}

// closing returns the index of the parenthesis that closes ts[0], or -1.
func closing(ts []string) int {
	depth := 0
	for i, t := range ts {
		switch t {
		case "(":
			depth++
		case ")":
			depth--
		}
		if depth == 0 {
			return i
		}
	}
	return -1
}

// tokens splits an SQL expression into its lexical elements, without white
// space and comments. Unquoted words come in lower case, quoted identifiers
// without quotes where they need none.
func tokens(s string) []string {
	var ts []string
	for s != "" {
		n := tokenLength(s)
		if t := s[:n]; !blankToken(t) {
			ts = append(ts, canonicalToken(t))
		}
		s = s[n:]
	}
	return ts
}

// oneLine returns an expression without comments, on a single line: migration
// tools look for their markers at the start of every line, inside quotes too. What
// is so already stays as it is written.
func oneLine(s string) string {
	if s = strings.TrimSpace(s); !strings.ContainsAny(s, "\r\n") && !strings.Contains(s, "--") && !strings.Contains(s, "/*") {
		return s
	}
	ts := tokens(s)
	for i, t := range ts {
		if strings.ContainsAny(t, "\r\n") {
			ts[i] = escaped(t)
		}
	}
	return spaced(ts)
}

// escaped writes a quoted token without line ends.
func escaped(t string) string {
	unicode := strings.NewReplacer("\r", `\000d`, "\n", `\000a`)
	switch {
	case t[0] == '\'':
		t = "E" + strings.ReplaceAll(t, `\`, `\\`)
	case t[0] == '"':
		return "U&" + unicode.Replace(strings.ReplaceAll(t, `\`, `\\`))
	case unicodeQuoted(t):
		return unicode.Replace(t)
	case t[0] == '$':
		tag := strings.IndexByte(t[1:], '$') + 2
		body := strings.TrimSuffix(t[tag:], t[:tag])
		return escaped("'" + strings.ReplaceAll(body, "'", "''") + "'")
	}
	// A backslash before a line end stands for the line end.
	return strings.NewReplacer(`\\`, `\\`, "\\\r", `\r`, "\\\n", `\n`, "\r", `\r`, "\n", `\n`).Replace(t)
}

// unicodeQuoted reports whether a text starts with U&'…' or U&"…".
func unicodeQuoted(s string) bool {
	return len(s) > 2 && (s[0] == 'U' || s[0] == 'u') && s[1] == '&' && (s[2] == '\'' || s[2] == '"')
}

func blankToken(t string) bool {
	return strings.TrimSpace(t) == "" || startsComment(t)
}

func canonicalToken(t string) string {
	switch {
	case t[0] == '"' && len(t) > 1 && t[len(t)-1] == '"':
		return QuoteIdent(strings.ReplaceAll(t[1:len(t)-1], `""`, `"`))
	case sqllex.StartsWord(t[0]) && !strings.ContainsAny(t, `'"`):
		return lowerASCII(t)
	}
	return t
}

// lowerASCII folds as PostgreSQL does in UTF-8 databases: it leaves other letters alone.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// tokenLength returns the length of the token at the start of s, at least 1.
func tokenLength(s string) int {
	switch c := s[0]; {
	case strings.HasPrefix(s, "::"):
		return 2
	case digit(c), c == '.' && len(s) > 1 && digit(s[1]):
		return spanLength(s, func(c byte) bool { return sqllex.StartsWord(c) || digit(c) || c == '.' })
	case operatorChar(c) && !startsComment(s):
		return operatorLength(s)
	}
	n := sqllex.Next(s, 0).End
	if sqllex.StartsWord(s[0]) && n < len(s) && s[n] == '\'' {
		return n + sqllex.Next(s[n:], 0).End // N'…'
	}
	return n
}

func startsComment(s string) bool { return strings.HasPrefix(s, "--") || strings.HasPrefix(s, "/*") }

func spanLength(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// operatorLength ends an operator where a comment starts, as PostgreSQL does.
func operatorLength(s string) int {
	n := spanLength(s, operatorChar)
	for i := 1; i < n; i++ {
		if startsComment(s[i:]) {
			return i
		}
	}
	return n
}

func operatorChar(c byte) bool { return strings.IndexByte("+-*/<>=~!@#%^&|`?", c) >= 0 }
