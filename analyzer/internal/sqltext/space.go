package sqltext

import (
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// ByteOffset returns the byte offset of the n-th character.
func ByteOffset(text string, n int) int {
	for i := range text {
		if n == 0 {
			return i
		}
		n--
	}
	return len(text)
}

// SkipBlank returns the offset of the first token at or after off; semicolons are none.
func SkipBlank(text string, off, end int) int {
	for off < end {
		n := sqllex.Blank(text[off:end])
		if n == 0 && text[off] != ';' {
			return off
		}
		off += max(n, 1)
	}
	return end
}

func trimEnd(text string, start, end int) int {
	for end > start && strings.IndexByte(" \t\r\n;", text[end-1]) >= 0 {
		end--
	}
	return end
}
