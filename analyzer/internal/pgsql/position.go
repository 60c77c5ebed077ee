package pgsql

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"google.golang.org/protobuf/reflect/protoreflect"
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
	return query.Span{Start: start, End: tokenEnd(l.text, start)}
}

// relationName returns the span of a name that may be qualified: a.b.c.
func (l *lowerer) relationName(at int32) query.Span {
	s := l.token(at)
	if l.via != nil {
		return s
	}
	for s.End < len(l.text)-1 && l.text[s.End] == '.' {
		s.End = tokenEnd(l.text, s.End+1)
	}
	return s
}

func tokenEnd(text string, start int) int {
	if text[start] == '"' || text[start] == '\'' {
		quote := text[start]
		for i := start + 1; i < len(text); i++ {
			if text[i] != quote {
				continue
			}
			if i+1 < len(text) && text[i+1] == quote {
				i++
				continue
			}
			return i + 1
		}
		return len(text)
	}
	i := start
	for i < len(text) && isWord(text[i]) {
		i++
	}
	if i > start {
		return i
	}
	for i < len(text) && strings.IndexByte("+-*/<>=~!@#%^&|`?:", text[i]) >= 0 {
		i++
	}
	return max(i, start+1)
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// locationOf finds the first position that a node or its children carry, or -1.
func locationOf(n *pg.Node) int32 {
	if n == nil {
		return -1
	}
	return firstLocation(n.ProtoReflect(), 0)
}

func firstLocation(m protoreflect.Message, depth int) int32 {
	found := int32(-1)
	if depth > 50 {
		return found
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Name() == "location" && fd.Kind() == protoreflect.Int32Kind:
			found = int32(v.Int())
		case fd.IsList() && fd.Kind() == protoreflect.MessageKind:
			for i := 0; i < v.List().Len() && found < 0; i++ {
				found = firstLocation(v.List().Get(i).Message(), depth+1)
			}
		case fd.Kind() == protoreflect.MessageKind && !fd.IsList():
			found = firstLocation(v.Message(), depth+1)
		}
		return found < 0
	})
	return found
}
