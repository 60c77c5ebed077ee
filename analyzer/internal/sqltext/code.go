package sqltext

import "strings"

// Code returns a text without its comments and without the strings of RAISE. In the
// strings that are left, comments would hide what follows.
func Code(text string) string {
	var code strings.Builder
	raise := false
	for x := (lexer{text: text}); x.i < len(text); {
		start := x.i
		if x.skipComment() {
			code.WriteByte(' ')
			continue
		}
		x.next()
		token := text[start:x.i]
		raise = token != ";" && (raise || strings.EqualFold(token, "raise"))
		if !raise || token[0] != '\'' {
			code.WriteString(token)
		}
	}
	return code.String()
}
