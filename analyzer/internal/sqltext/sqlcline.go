package sqltext

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// sqlc leaves out every line of a statement that looks like a comment: one that begins with
// -- or #, or begins with /* and ends with */ (sqlc's internal/source/code.go,
// StripComments). With such a line it may leave out a condition.

// DroppedLine returns the first line of text[start:end] that sqlc leaves out and that holds
// more than a comment, the zero Span when there is none.
func DroppedLine(text string, start, end int) query.Span {
	raw := text[start:end]
	start += len(raw) - len(strings.TrimSpace(raw)) - (len(raw) - len(strings.TrimRightFunc(raw, isSpace)))
	raw = strings.TrimSpace(raw)
	var tokens []*pg.ScanToken
	at, leading := 0, true
	for line := range strings.Lines(raw) {
		span := query.Span{Start: at, End: at + len(strings.TrimRight(line, "\r\n"))}
		at += len(line)
		if leading = leading && isLineComment(line); leading || !looksLikeComment(raw[span.Start:span.End]) {
			continue
		}
		if tokens == nil {
			var err error
			if tokens, err = scan(raw); err != nil {
				return query.Span{} // it does not parse either
			}
		}
		if !onlyComment(tokens, raw, span) {
			return query.Span{Start: start + span.Start, End: start + span.End}
		}
	}
	return query.Span{}
}

// isLineComment reports whether a line that starts outside of any token is nothing but a comment, or is blank: the
// lines in front of almost every statement, which need not be scanned for it. A carriage return ends such a comment, too.
func isLineComment(line string) bool {
	line = strings.TrimRight(line, "\r\n")
	return !strings.Contains(line, "\r") && (strings.HasPrefix(line, "--") || strings.Trim(line, " \t") == "")
}

func isSpace(r rune) bool { return strings.TrimSpace(string(r)) == "" }

func looksLikeComment(line string) bool {
	block := strings.HasPrefix(line, "/*") && strings.HasSuffix(line, "*/") && !strings.HasPrefix(line, "/*+")
	return strings.HasPrefix(line, "--") || strings.HasPrefix(line, "#") || block
}

// onlyComment reports whether a line is made of whole comments, or lies inside of one that
// goes on without it.
func onlyComment(tokens []*pg.ScanToken, raw string, line query.Span) bool {
	for _, t := range tokens {
		from, to := int(t.Start), int(t.End)
		if to <= line.Start || from >= line.End {
			continue
		}
		inside := from < line.Start && to > line.End && !strings.Contains(raw[line.Start:line.End], "*/") && !strings.Contains(raw[line.Start:line.End], "/*")
		whole := from >= line.Start && to <= line.End
		if !isComment(t) || !inside && !whole {
			return false
		}
	}
	return true
}
