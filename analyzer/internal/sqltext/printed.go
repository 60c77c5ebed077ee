package sqltext

import (
	"regexp"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/inert"
)

// sqlc prints names into Go's raw strings (the tags of structs), and comments into comments,
// as they are.

// Printed is text that does something where it is printed.
type Printed struct {
	Span query.Span
	What string // what is wrong with it
}

// harmless are characters without a picture that real text has: soft hyphens, joiners, and
// the marks that settle the direction of what stands beside them.
const harmless = "\u00ad\u200c\u200d\u200e\u200f\u2060"

// suspect tells which texts have to be looked at, for a little more than there is to find.
// Most have none of it.
func suspect(text string) bool {
	return strings.ContainsAny(text, "`\\") || strings.Contains(text, `""`) || strings.Contains(text, `&"`) || strings.Contains(text, "+build") ||
		strings.Contains(text, "\t") && strings.Contains(text, `"`)
}

// PrintedNames finds quoted names, and texts of COMMENT ON, that sqlc cannot print.
func PrintedNames(text string) []Printed {
	if _, hidden := inert.Hidden(strings.ReplaceAll(text, "\r\n", "\n"), "\n\t"); !hidden && !suspect(text) && !quotesLines(text) {
		return nil
	}
	tokens, err := scan(text)
	if err != nil {
		return nil // reported as what it is
	}
	var found []Printed
	comment := false // COMMENT ON … IS is being read
	for i, t := range tokens {
		span := query.Span{Start: int(t.Start), End: int(t.End)}
		starts := i == 0 || tokens[i-1].Token == pg.Token_ASCII_59
		comment = t.Token != pg.Token_ASCII_59 && (comment || starts && t.Token == pg.Token_COMMENT)
		what := ""
		switch token := text[span.Start:span.End]; t.Token {
		case pg.Token_IDENT:
			what = unprintable(token)
		case pg.Token_UIDENT, pg.Token_USCONST: // the scanner gives the U alone
			span.End = span.Start + len(unicodeToken.FindString(text[span.Start:]))
			token = text[span.Start:span.End]
			if t.Token == pg.Token_UIDENT || comment {
				what = unprintable(token)
			}
		case pg.Token_SCONST:
			if comment {
				what = uncommentable(token)
			}
		}
		if what != "" {
			found = append(found, Printed{Span: span, What: what})
		}
	}
	return found
}

var unicodeToken = regexp.MustCompile(`^[uU]&(?:"[^"]*"|'[^']*')`)

// quotesLines reports whether a quoted name may go over a line end: then a line has one
// quote too many.
func quotesLines(text string) bool {
	for line := range strings.Lines(text) {
		if strings.Count(line, `"`)%2 == 1 {
			return true
		}
	}
	return false
}

// unprintable says why a name cannot be printed, "" when it can.
func unprintable(token string) string {
	if strings.Contains(token, "`") {
		return "has a backquote, which ends a struct tag in the Go that sqlc prints"
	}
	if len(token) > 2 && strings.Contains(token[1:len(token)-1], `"`) && token[0] == '"' {
		return "has a quote, which sqlc does not double where it writes * out"
	}
	if _, hidden := inert.Hidden(token, ""); hidden {
		return "has a control character or one that cannot be seen"
	}
	if strings.HasPrefix(strings.ToUpper(token), "U&") {
		return "is written with escapes, so that nobody sees what it is"
	}
	return ""
}

var escapes = regexp.MustCompile(`(?s)\\.`)

// spelled are the escapes that everybody reads.
var spelled = map[string]bool{`\'`: true, `\\`: true, `\n`: true, `\t`: true}

func uncommentable(token string) string {
	if _, hidden := inert.Hidden(token, "\n\t\r"+harmless); hidden {
		return "has a control character or one that cannot be seen, and sqlc prints it into Go"
	}
	if !strings.HasPrefix(token, "'") && !strings.HasPrefix(token, "$") && slices.ContainsFunc(escapes.FindAllString(token, -1), func(e string) bool { return !spelled[e] }) {
		return "is written with escapes, so that nobody sees what sqlc prints into Go"
	}
	if built.MatchString(strings.ReplaceAll(token, `\n`, "\n")) {
		return "has a line that gofmt makes a build constraint of, wherever it stands in the Go that sqlc prints"
	}
	return ""
}

// built matches a line of a string that begins with +build.
var built = regexp.MustCompile(`(?m)^(?:[eE]?'|\$[^$\s]*\$)?\s*\+build\b`)

// Printed finds what sqlc cannot print of a statement with its comments. text is its file's.
func (u *Unit) Printed(text string) []Printed {
	raw := text[u.Raw.Start:u.Raw.End]
	found := PrintedNames(raw)
	at := 0
	for line := range strings.Lines(raw) {
		span := query.Span{Start: at, End: at + len(strings.TrimRight(line, "\r\n"))}
		at += len(line)
		if what := unspoken(strings.TrimRight(line, "\n")); what != "" {
			found = append(found, Printed{Span: span, What: what})
		}
	}
	for i := range found {
		found[i].Span.Start += u.Raw.Start
		found[i].Span.End += u.Raw.Start
	}
	return found
}

// unspoken says why a line of a query cannot be printed, "" when it can. sqlc takes the line
// for a comment, or prints it into a raw string: "go generate" follows both.
func unspoken(line string) string {
	if _, hidden := inert.Hidden(line, "\t\r\f\v"+harmless); hidden {
		return "the line has a control character or one that cannot be seen"
	}
	bare := strings.TrimSpace(line)
	for _, open := range []string{"--", "/*", "#"} {
		if rest, ok := strings.CutPrefix(bare, open); ok && inert.Directive(strings.TrimSuffix(rest, "*/")) {
			return "sqlc prints this comment as a line that Go's tools follow"
		}
	}
	if inert.DirectiveLine(line) {
		return "sqlc prints this line as one that Go's tools follow"
	}
	return ""
}

// UnprintableLabel says why a label of an enumeration cannot be printed: sqlc puts it
// between quotes, as it is.
func UnprintableLabel(label string) string {
	if strings.ContainsAny(label, `"\`) {
		return "has a quote or a backslash, which sqlc prints into a Go string as it is"
	}
	if _, hidden := inert.Hidden(label, harmless); hidden {
		return "has a control character or one that cannot be seen"
	}
	return ""
}
