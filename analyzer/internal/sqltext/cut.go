package sqltext

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Cut cuts a text behind the semicolons between its statements, into parts of at least a size. Each part is read as it is in the
// whole text: PostgreSQL's parser has to find the same statements in the text as Measure does, to the letter. Where
// it does not, or does not take the text, the whole is one part.
func Cut(text string, size int) []query.Span {
	whole := []query.Span{{End: len(text)}}
	if len(text) < 2*size || strings.IndexByte(text, 0) >= 0 {
		return whole
	}
	pieces := Measure(text)
	if slices.ContainsFunc(pieces, func(p Piece) bool { return p.Excess(MaxStatement) != "" }) {
		return whole
	}
	statements, err := pg.SplitWithParser(text, false)
	if err != nil {
		return whole
	}
	parts, start := []query.Span{}, 0
	for _, p := range pieces {
		switch {
		case len(statements) > 0 && statements[0] == text[p.Start:p.End]:
			statements = statements[1:]
		case SkipBlank(text, p.Start, p.End) < p.End:
			return whole
		}
		// A statement before the end has its semicolon, which is sqlc's concern.
		if p.End < len(text) && p.End+1-start >= size {
			parts, start = append(parts, query.Span{Start: start, End: p.End + 1}), p.End+1
		}
	}
	if len(statements) > 0 {
		return whole
	}
	if start < len(text) {
		parts = append(parts, query.Span{Start: start, End: len(text)})
	}
	return parts
}
