package sqlc

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	placeholder = regexp.MustCompile(`\$([0-9]+)`)
	dollarTag   = regexp.MustCompile(`^\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$`)
)

// numbers returns the numbers of the placeholders in text.
func numbers(text string) map[int]bool {
	set := map[int]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(m[1]); err == nil {
			set[n] = true
		}
	}
	return set
}

// code blanks out what is not code in a statement: literals, quoted names and
// comments, any of which may hold something that looks like a placeholder.
func code(sql string) string {
	var b strings.Builder
	for i := 0; i < len(sql); {
		if n := skip(sql, i); n > 0 {
			b.WriteByte(' ')
			i += n
			continue
		}
		if n := identifier(sql[i:]); n > 0 {
			b.WriteString(strings.ReplaceAll(sql[i:i+n], "$", "_")) // as in a$1
			i += n
			continue
		}
		b.WriteByte(sql[i])
		i++
	}
	return b.String()
}

// skip returns the length of the literal, quoted name or comment at sql[i:], or 0.
func skip(sql string, i int) int {
	rest := sql[i:]
	switch {
	case rest[0] == '\'':
		return quoted(rest, '\'', escapes(sql, i))
	case rest[0] == '"':
		return quoted(rest, '"', false)
	case strings.HasPrefix(rest, "--"):
		return upTo(rest, "\n", 2)
	case strings.HasPrefix(rest, "/*"):
		return comment(rest)
	case rest[0] == '$' && (i == 0 || !identByte(sql[i-1])):
		if tag := dollarTag.FindString(rest); tag != "" {
			return upTo(rest, tag, len(tag))
		}
	}
	return 0
}

// escapes reports whether the literal at sql[i:] is an E'…' one.
func escapes(sql string, i int) bool {
	return i > 0 && (sql[i-1] == 'E' || sql[i-1] == 'e') && (i == 1 || !identByte(sql[i-2]))
}

// identifier returns the length of the name or keyword at the start of s, or 0.
func identifier(s string) int {
	if !identByte(s[0]) || s[0] == '$' || '0' <= s[0] && s[0] <= '9' {
		return 0
	}
	n := 1
	for n < len(s) && identByte(s[n]) {
		n++
	}
	return n
}

func identByte(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// quoted returns the length of what is quoted at the start of s.
func quoted(s string, quote byte, backslash bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case backslash && s[i] == '\\':
			i++
		case s[i] == quote && strings.HasPrefix(s[i+1:], string(quote)):
			i++ // a doubled quote stands for itself
		case s[i] == quote:
			return i + 1
		}
	}
	return len(s)
}

// upTo returns the length of s up to and with end, which is sought from start.
func upTo(s, end string, start int) int {
	if i := strings.Index(s[start:], end); i >= 0 {
		return start + i + len(end)
	}
	return len(s)
}

// comment returns the length of the comment at the start of s; they nest.
func comment(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "/*"):
			depth++
			i++
		case strings.HasPrefix(s[i:], "*/"):
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}
