package sqltext

import (
	"regexp"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Pieces cuts a text that PostgreSQL's parser does not accept as a whole into
// statements, leaving out what only psql understands: backslash commands
// between statements, and the data lines after COPY … FROM stdin. Both are in
// what pg_dump writes.
func Pieces(text string) []query.Span {
	x := lexer{text: text}
	var spans []query.Span
	start := 0
	for x.i < len(text) {
		if x.text[x.i] == '\\' && x.blank(start) && x.skipMeta() {
			start = x.i
			continue
		}
		if !x.next() {
			continue
		}
		spans = append(spans, query.Span{Start: start, End: x.i})
		rest, _, _ := strings.Cut(x.rest(), "\n")
		if strings.TrimSpace(rest) == "" && copyFromStdin.MatchString(text[start+SkipSpace(text[start:x.i]):x.i]) {
			x.skipCopyData()
		}
		start = x.i
	}
	if SkipSpace(text[start:]) < len(text)-start {
		spans = append(spans, query.Span{Start: start, End: len(text)})
	}
	return spans
}

var copyFromStdin = regexp.MustCompile(`(?is)^copy\s+[^\s(].*\bfrom\s+stdin\b[^;]*;$`)

// lexer walks SQL text just closely enough to find where statements end
// (PostgreSQL manual, section 4.1 "Lexical Structure").
type lexer struct {
	text   string
	i      int
	parens int
	atomic int // depth of BEGIN ATOMIC … END and of CASE … END within
}

// next moves past one token and says whether it ended the statement.
func (x *lexer) next() bool {
	c := x.text[x.i]
	switch {
	case x.skipComment(), x.skipDollar():
	case c == '\'' || c == '"':
		x.skipQuoted(c, false)
	case identStart(c):
		x.skipWord()
	case c == ';' && x.parens <= 0 && x.atomic == 0:
		x.i++
		x.parens = 0
		return true
	default:
		x.parens += strings.Count("(", string(c)) - strings.Count(")", string(c))
		x.i++
	}
	return false
}

func (x *lexer) rest() string { return x.text[x.i:] }

// blank says that only space and comments lie between start and the cursor.
func (x *lexer) blank(start int) bool {
	return SkipSpace(x.text[start:x.i]) == x.i-start
}

// harmlessMeta are the psql commands that pg_dump writes and that change nothing;
// others are left in and become syntax errors.
var harmlessMeta = Words(`restrict unrestrict`)

// skipMeta skips a psql command: a backslash to the end of the line.
func (x *lexer) skipMeta() bool {
	if x.text[x.i] != '\\' {
		return false
	}
	line, _, _ := strings.Cut(x.rest(), "\n")
	words := strings.Fields(line[1:])
	if len(words) == 0 || !harmlessMeta[words[0]] {
		return false
	}
	x.skipLine()
	return true
}

func (x *lexer) skipLine() {
	if n := strings.IndexByte(x.rest(), '\n'); n >= 0 {
		x.i += n + 1
	} else {
		x.i = len(x.text)
	}
}

func (x *lexer) skipCopyData() {
	x.skipLine()
	for x.i < len(x.text) {
		line, _, _ := strings.Cut(x.rest(), "\n")
		x.skipLine()
		if strings.TrimRight(line, "\r") == `\.` {
			return
		}
	}
}

// skipComment skips a line comment or a block comment, which nest.
func (x *lexer) skipComment() bool {
	if strings.HasPrefix(x.rest(), "--") {
		if n := strings.IndexAny(x.rest(), "\r\n"); n >= 0 {
			x.i += n + 1
		} else {
			x.i = len(x.text)
		}
		return true
	}
	if !strings.HasPrefix(x.rest(), "/*") {
		return false
	}
	for depth := 0; x.i < len(x.text); {
		switch {
		case strings.HasPrefix(x.rest(), "/*"):
			depth++
			x.i += 2
		case strings.HasPrefix(x.rest(), "*/"):
			x.i += 2
			if depth--; depth == 0 {
				return true
			}
		default:
			x.i++
		}
	}
	return true
}

var dollarTag = regexp.MustCompile(`^\$([A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$`)

func (x *lexer) skipDollar() bool {
	if x.text[x.i] != '$' {
		return false
	}
	if rest := x.rest(); len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9' {
		return false // a parameter
	}
	tag := dollarTag.FindString(x.rest())
	if tag == "" {
		return false
	}
	x.i += len(tag)
	if n := strings.Index(x.rest(), tag); n >= 0 {
		x.i += n + len(tag)
	} else {
		x.i = len(x.text)
	}
	return true
}

func (x *lexer) skipQuoted(quote byte, escapes bool) {
	for x.i++; x.i < len(x.text); x.i++ {
		switch c := x.text[x.i]; {
		case escapes && c == '\\':
			x.i++
		case c == quote:
			x.i++
			return
		}
	}
	x.i = min(x.i, len(x.text))
}

// skipWord skips an identifier, keyword or E” string, and follows BEGIN ATOMIC … END.
func (x *lexer) skipWord() {
	start := x.i
	for x.i < len(x.text) && (identStart(x.text[x.i]) || x.text[x.i] >= '0' && x.text[x.i] <= '9' || x.text[x.i] == '$') {
		x.i++
	}
	word := strings.ToLower(x.text[start:x.i])
	switch {
	case word == "e" && x.i < len(x.text) && x.text[x.i] == '\'':
		x.skipQuoted('\'', true)
	case word == "atomic" && x.atomic == 0, word == "case" && x.atomic > 0:
		x.atomic++
	case word == "end" && x.atomic > 0:
		x.atomic--
	}
}

func identStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
