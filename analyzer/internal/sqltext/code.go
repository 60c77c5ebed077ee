package sqltext

import (
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// Code returns a text without its comments and without the strings of RAISE. In the
// strings that are left, comments would hide what follows.
func Code(text string) string {
	var code strings.Builder
	raise := false
	for i := 0; i < len(text); {
		if sqllex.Space(text[i]) {
			code.WriteByte(text[i])
			i++
			continue
		}
		t := sqllex.Next(text, i)
		i = t.End
		if t.Kind == sqllex.Comment {
			code.WriteByte(' ')
			continue
		}
		token := t.Text(text)
		raise = token != ";" && (raise || strings.EqualFold(token, "raise"))
		if !raise || token[0] != '\'' {
			code.WriteString(token)
		}
	}
	return code.String()
}
