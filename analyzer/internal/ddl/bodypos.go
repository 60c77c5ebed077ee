package ddl

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// stringBehind is where the string begins that follows a key word.
func (l *loader) stringBehind(word int32) catalog.Pos {
	text := l.stmt.text
	for i := max(int(word), l.stmt.start); i < l.stmt.end; {
		i += sqllex.Blank(text[i:l.stmt.end])
		if i >= l.stmt.end {
			break
		}
		t := sqllex.Next(text, i)
		if t.Kind == sqllex.Quoted || t.Kind == sqllex.Dollar {
			return l.at(int32(i))
		}
		i = t.End
	}
	return l.at(-1)
}
