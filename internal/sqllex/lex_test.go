package sqllex

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// pieces are what texts are drawn from: what begins, ends or looks like a quote or a comment.
var pieces = []string{"'", "'", "''", `"`, `"`, `\`, `\'`, "$", "$$", "$a$", "$b$", "$1", "a", "e", "E'", "U&'", `U&"`, "x'", "b'1'", "n'", "ä", "1", "--", "/*", "*/", "/", "*",
	"-", "\n", "\r", "\r\n", " ", "\t", "\f", ";", "(", ")", "E'a'\n'\\''", ":", "SELECT", "@"}

func drawText(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(14) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// PostgreSQL's own scanner finds the quotes and comments where ours does.
func TestLexIsPostgreSQLs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	compared, refused := 0, 0
	for range 200000 {
		text := drawText(r)
		scan, err := pg.Scan(text)
		if err != nil || slices.ContainsFunc(Lex(text), func(t Token) bool { return t.Resumed }) {
			refused++
			continue
		}
		compared++
		if got, want := ours(text), theirs(text, scan); got != want {
			t.Fatalf("%q\ngot  %s\nwant %s", text, got, want)
		}
	}
	t.Logf("%d texts compared, %d that PostgreSQL's scanner refuses or pg_query changed", compared, refused)
	if compared < 50000 {
		t.Errorf("%d texts compared", compared)
	}
}

// ours lists where quotes and comments begin; where one ends decides where the next does.
func ours(text string) string {
	var b strings.Builder
	for _, t := range Lex(text) {
		if t.Kind == Quoted || t.Kind == Dollar || t.Kind == Comment {
			fmt.Fprintf(&b, "%d ", t.Start)
		}
	}
	return b.String()
}

func theirs(text string, scan *pg.ScanResult) string {
	var b strings.Builder
	for _, t := range scan.Tokens {
		switch t.Token {
		case pg.Token_SCONST, pg.Token_USCONST, pg.Token_BCONST, pg.Token_XCONST, pg.Token_UIDENT, pg.Token_SQL_COMMENT, pg.Token_C_COMMENT:
		case pg.Token_IDENT:
			if text[t.Start] != '"' {
				continue
			}
		default:
			continue
		}
		fmt.Fprintf(&b, "%d ", t.Start)
	}
	return b.String()
}

// An end that is missing is seen.
func TestOpenTokens(t *testing.T) {
	for _, text := range []string{"'a", `"a`, "E'a\\'", "$a$ $b$", "/* /* */", "'a'\n'b"} {
		tokens := Lex("SELECT " + text)
		if last := tokens[len(tokens)-1]; !last.Open {
			t.Errorf("%q: %+v", text, tokens)
		}
	}
}
