package sqltext

import "strings"

// TokenEnd returns where the token ends that starts at an offset: a string, a quoted
// identifier, a word, or an operator.
func TokenEnd(text string, start int) int {
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
