package sqltext

import (
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// TokenEnd returns where the token ends that starts at an offset: a string, a quoted
// name, a word or a number, or an operator.
func TokenEnd(text string, start int) int {
	t := sqllex.Next(text, start)
	switch {
	case t.Kind == sqllex.Quoted || t.Kind == sqllex.Dollar:
		return t.End
	case t.Kind == sqllex.Word: // 1e5 is one, too
		return start + span(text[start:], func(c byte) bool { return c == '$' || sqllex.StartsWord(c) || c >= '0' && c <= '9' })
	}
	return start + max(1, span(text[start:], operatorByte))
}

// span is the length of what a text begins with of such characters.
func span(text string, in func(byte) bool) int {
	n := 0
	for n < len(text) && in(text[n]) {
		n++
	}
	return n
}

func operatorByte(c byte) bool { return strings.IndexByte("+-*/<>=~!@#%^&|`?:", c) >= 0 }
