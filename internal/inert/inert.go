// Package inert keeps text that other people wrote from doing anything where it is
// printed: names, labels, comments and settings reach generated Go, where a comment can be
// a directive, and terminals and logs, where a character can be a command.
package inert

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// directive is what go/ast takes for a directive when it follows "//" (go doc comment,
// "Syntax"), cgo's //export and gccgo's //extern, the compiler's //line, and constraints in
// the form that Go had before 1.17, which may have a blank.
var directive = regexp.MustCompile(`^(?:(?:line|export|extern)(?:[ \t]|$)|[ \t]*\+build\b|[a-z0-9]+:[a-z0-9])`)

// Directive reports whether a comment is addressed to a tool. Text is what follows "//". The
// go command drops carriage returns before it looks. nolint is addressed to linters alone,
// and only takes findings away.
func Directive(text string) bool {
	text = strings.ReplaceAll(text, "\r", "")
	return directive.MatchString(text) && !strings.HasPrefix(text, "nolint:")
}

// DirectiveLine reports whether a line of a file would be a directive in Go. "go generate"
// does not parse: a line inside of a raw string counts (go help generate), and the compiler
// takes a //line that is not at the start of its line as well.
func DirectiveLine(line string) bool {
	line = strings.ReplaceAll(line, "\r", "")
	rest, ok := strings.CutPrefix(line, "//")
	return ok && Directive(rest) || strings.HasPrefix(strings.TrimSpace(line), "/*line ")
}

// Hidden returns the first character of s that cannot be seen as what it is: a control
// character, one that turns the direction of writing or has no width, a line end that is
// none to every tool, or a byte that is no text. Line feeds and tabs are in keep.
func Hidden(s, keep string) (r rune, found bool) {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return rune(s[i]), true
			}
		}
		if hidden(r) && !strings.ContainsRune(keep, r) {
			return r, true
		}
	}
	return 0, false
}

// hidden covers Unicode's Cc and Cf (bidirectional and zero-width characters, tags) and the
// two line ends U+2028 and U+2029.
func hidden(r rune) bool {
	if r < utf8.RuneSelf { // almost every one
		return r < ' ' || r == 0x7f
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}
