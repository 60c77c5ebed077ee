package sqltext

import "strings"

// SkipSpace returns the length of the white space and comments that text begins with.
func SkipSpace(text string) int {
	x := lexer{text: text}
	for x.i < len(text) {
		if strings.IndexByte(" \t\r\n\f\v", text[x.i]) >= 0 {
			x.i++
		} else if !x.skipComment() {
			break
		}
	}
	return x.i
}

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

// skipBlank returns the offset of the first token at or after off.
func skipBlank(text string, off, end int) int {
	for off < end {
		switch {
		case strings.HasPrefix(text[off:end], "--"):
			nl := strings.IndexAny(text[off:end], "\r\n")
			if nl < 0 {
				return end
			}
			off += nl + 1
		case strings.HasPrefix(text[off:end], "/*"):
			off = skipBlockComment(text, off, end)
		case strings.IndexByte(" \t\r\n\f\v;", text[off]) >= 0:
			off++
		default:
			return off
		}
	}
	return end
}

// skipBlockComment returns the offset behind the comment at off; block comments nest in PostgreSQL.
func skipBlockComment(text string, off, end int) int {
	depth := 0
	for off < end {
		switch {
		case strings.HasPrefix(text[off:end], "/*"):
			depth++
			off += 2
		case strings.HasPrefix(text[off:end], "*/"):
			depth--
			off += 2
			if depth == 0 {
				return off
			}
		default:
			off++
		}
	}
	return end
}

func trimEnd(text string, start, end int) int {
	for end > start && strings.IndexByte(" \t\r\n;", text[end-1]) >= 0 {
		end--
	}
	return end
}
