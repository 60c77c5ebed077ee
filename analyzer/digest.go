package analyzer

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// Digest identifies what a statement says, however it is laid out: white space, comments and
// the case of key words make no difference, every other change does.
func (r *Result) Digest() string {
	toks, err := sqltext.Tokens(r.Text)
	if err != nil {
		return fmt.Sprintf("text:%x", sha256.Sum256([]byte(r.Text)))
	}
	var b strings.Builder
	for _, t := range toks {
		word := r.Text[t.Start:t.End]
		if t.Keyword {
			word = strings.ToLower(word)
		}
		fmt.Fprintf(&b, "%d:%s", len(word), word)
	}
	return fmt.Sprintf("tokens:%x", sha256.Sum256([]byte(b.String())))
}
