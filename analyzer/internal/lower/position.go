package lower

import (
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// token returns the span of the token at a byte offset that the parser gave.
func (l *lowerer) token(at int32) query.Span {
	if l.via != nil {
		return l.via.at
	}
	start := int(at) + l.base
	if at < 0 || start >= len(l.text) {
		return query.Span{}
	}
	return query.Span{Start: start, End: sqltext.TokenEnd(l.text, start)}
}

// relationName returns the span of a name that may be qualified: a.b.c.
func (l *lowerer) relationName(at int32) query.Span {
	s := l.token(at)
	if l.via != nil {
		return s
	}
	for s.End < len(l.text)-1 && l.text[s.End] == '.' {
		s.End = sqltext.TokenEnd(l.text, s.End+1)
	}
	return s
}
