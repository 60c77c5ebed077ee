package sqltext

import (
	"regexp"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// Pieces cuts a text that PostgreSQL's parser does not accept as a whole into
// statements, leaving out what only psql understands: backslash commands
// between statements, and the data lines after COPY … FROM stdin. Both are in
// what pg_dump writes.
func Pieces(text string) []query.Span {
	c := cutter{text: text}
	var spans []query.Span
	start := 0
	for c.i < len(text) {
		if c.text[c.i] == '\\' && c.blank(start) && c.skipMeta() {
			start = c.i
			continue
		}
		if !c.next() {
			continue
		}
		spans = append(spans, query.Span{Start: start, End: c.i})
		rest, _, _ := strings.Cut(c.rest(), "\n")
		if strings.TrimSpace(rest) == "" && copyFromStdin.MatchString(text[start+sqllex.Blank(text[start:c.i]):c.i]) {
			c.skipCopyData()
		}
		start = c.i
	}
	if sqllex.Blank(text[start:]) < len(text)-start {
		spans = append(spans, query.Span{Start: start, End: len(text)})
	}
	return spans
}

var copyFromStdin = regexp.MustCompile(`(?is)^copy\s+[^\s(].*\bfrom\s+stdin\b[^;]*;$`)

// cutter walks SQL text to where statements end.
type cutter struct {
	text   string
	i      int
	parens int
	atomic int // depth of BEGIN ATOMIC … END and of CASE … END within
}

// next moves past one token and says whether it ended the statement.
func (c *cutter) next() bool {
	if sqllex.Space(c.text[c.i]) {
		c.i++
		return false
	}
	t := sqllex.Next(c.text, c.i)
	c.i = t.End
	switch token := t.Text(c.text); {
	case t.Kind == sqllex.Word:
		c.word(strings.ToLower(token))
	case t.Kind != sqllex.Punctuation:
	case token == ";" && c.parens <= 0 && c.atomic == 0:
		c.parens = 0
		return true
	default:
		c.parens += strings.Count("(", token) - strings.Count(")", token)
	}
	return false
}

// word follows BEGIN ATOMIC … END.
func (c *cutter) word(word string) {
	switch {
	case word == "atomic" && c.atomic == 0, word == "case" && c.atomic > 0:
		c.atomic++
	case word == "end" && c.atomic > 0:
		c.atomic--
	}
}

func (c *cutter) rest() string { return c.text[c.i:] }

// blank says that only space and comments lie between start and the cursor.
func (c *cutter) blank(start int) bool {
	return sqllex.Blank(c.text[start:c.i]) == c.i-start
}

// harmlessMeta are the psql commands that pg_dump writes and that change nothing;
// others are left in and become syntax errors.
var harmlessMeta = Words(`restrict unrestrict`)

// skipMeta skips a psql command: a backslash to the end of the line.
func (c *cutter) skipMeta() bool {
	line, _, _ := strings.Cut(c.rest(), "\n")
	words := strings.Fields(line[1:])
	if len(words) == 0 || !harmlessMeta[words[0]] {
		return false
	}
	c.skipLine()
	return true
}

func (c *cutter) skipLine() {
	if n := strings.IndexByte(c.rest(), '\n'); n >= 0 {
		c.i += n + 1
	} else {
		c.i = len(c.text)
	}
}

func (c *cutter) skipCopyData() {
	c.skipLine()
	for c.i < len(c.text) {
		line, _, _ := strings.Cut(c.rest(), "\n")
		c.skipLine()
		if strings.TrimRight(line, "\r") == `\.` {
			return
		}
	}
}
