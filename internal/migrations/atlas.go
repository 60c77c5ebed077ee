package migrations

import (
	"regexp"
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// atlasDirective is Atlas's pattern for a directive (sql/migrate/dir.go); which comments
// it looks at depends on where they stand, so each that has the form counts.
var atlasDirective = regexp.MustCompile(`(?m)^[ -~]*atlas:(\w+)`)

// atlasHarmless are the directives that leave it to the file what runs: linting, whether
// there is a transaction, and whether the file is signed.
var atlasHarmless = map[string]bool{"nolint": true, "txmode": true, "sum": true}

// upAtlas returns the text, of which Atlas runs everything, as long as it cuts it into
// statements where PostgreSQL ends them.
func upAtlas(text string) (string, []Problem) {
	for _, m := range atlasDirective.FindAllStringSubmatchIndex(text, -1) {
		if name := text[m[2]:m[3]]; !atlasHarmless[name] {
			return text, []Problem{{Offset: m[0], Msg: "tenantgen does not follow Atlas's directive " + name + ", which may change what runs", Hint: "write the file without it"}}
		}
	}
	tokens := sqllex.Lex(text)
	depth := 0
	for i, t := range tokens {
		if t.Kind == sqllex.Punctuation {
			depth += strings.Count("(", t.Text(text)) - strings.Count(")", t.Text(text))
		}
		if t.Open || depth < 0 {
			return text, []Problem{{Offset: t.Start, Msg: "Atlas refuses quotes, comments and parentheses that do not match", Hint: "complete them"}}
		}
		first := i == 0 || tokens[i-1].Kind == sqllex.Punctuation && tokens[i-1].Text(text) == ";" || tokens[i-1].Kind == sqllex.Comment
		if t.Kind == sqllex.Word && first && strings.EqualFold(t.Text(text), "delimiter") {
			return text, []Problem{{Offset: t.Start, Msg: "Atlas takes this for the command that changes what ends a statement", Hint: "write the file without it"}}
		}
	}
	if depth > 0 {
		return text, []Problem{{Offset: len(text), Msg: "Atlas misses a closing parenthesis", Hint: "write it"}}
	}
	server, atlas := covered(text, tokens), atlasCovers(text)
	for i := range server {
		if server[i] != atlas[i] && strings.IndexByte(" \t\r\n\f\v", text[i]) < 0 {
			return text, []Problem{{Offset: i, Msg: "Atlas takes this for a part of something else than PostgreSQL does, and may end a statement in it",
				Hint: `write comments that do not nest and end with a line end, strings without \', and names without ` + "` and $"}}
		}
	}
	return text, nil
}

// The ways in which a byte may be covered.
const (
	inCode = iota
	inQuotes
	inComment
)

// covered tells of each byte whether PostgreSQL finds it in quotes or in a comment.
func covered(text string, tokens []sqllex.Token) []byte {
	by := make([]byte, len(text))
	for _, t := range tokens {
		start, as := t.Start, byte(inCode)
		switch t.Kind {
		case sqllex.Quoted:
			start, as = start+strings.IndexAny(t.Text(text), `'"`), inQuotes
		case sqllex.Dollar:
			as = inQuotes
		case sqllex.Comment:
			as = inComment
		}
		cover(by, start, t.End, as)
	}
	return by
}

func cover(by []byte, start, end int, as byte) {
	for i := start; i < end; i++ {
		by[i] = as
	}
}

var atlasDollar = regexp.MustCompile(`^\$([A-Za-zÈ-ÿ_][\wÈ-ÿ]*)*\$`)

// atlasCovers is [covered] as Atlas's scanner has it (sql/migrate/lex.go): a comment ends
// at a line feed or at the first */, or is none; no backslash escapes a quote.
func atlasCovers(text string) []byte {
	by := make([]byte, len(text))
	for i := 0; i < len(text); {
		rest, n, as := text[i:], 1, byte(inCode)
		through := func(from int, end string, or int) int {
			if m := strings.Index(rest[from:], end); m >= 0 {
				return from + m + len(end)
			}
			return or
		}
		switch {
		case strings.HasPrefix(rest, "--"):
			n, as = through(2, "\n", 1), inComment
		case strings.HasPrefix(rest, "/*"):
			n, as = through(2, "*/", 1), inComment
		case strings.IndexByte("'\"`", rest[0]) >= 0:
			n, as = through(1, rest[:1], len(rest)), inQuotes
		case rest[0] == '$':
			if tag := atlasDollar.FindString(rest); tag != "" {
				n, as = through(len(tag), tag, len(rest)), inQuotes
			}
		}
		if as == inComment && n == 1 {
			as = inCode
		}
		cover(by, i, i+n, as)
		i += n
	}
	return by
}
