// Package sqllex cuts SQL text into tokens where PostgreSQL's scanner does. It is for
// texts that PostgreSQL itself cannot be asked about: those with an end missing, with
// what only psql or a migration tool understands, or of which a part is looked at. Its
// test holds it against that scanner, as pg_query has it.
package sqllex

import "strings"

// Kind is what a token is, as far as it matters where a statement ends.
type Kind int

// The kinds of tokens.
const (
	Punctuation Kind = iota // one character
	Word                    // an identifier, keyword, number or parameter
	Quoted                  // '…' and "…", with what stands in front (E, B, X, U&)
	Dollar                  // $tag$…$tag$
	Comment                 // a line comment lasts to its line's end, which is no part of it
)

// Token is a part of a text. An open one has no end in it.
type Token struct {
	Kind       Kind
	Start, End int
	Open       bool
	// Resumed is a string that goes on behind a comment; pg_query does not know of it.
	Resumed bool
}

// Text is what t is of a text.
func (t Token) Text(of string) string { return of[t.Start:t.End] }

// Lex cuts a text into tokens as PostgreSQL's scanner does (manual, 4.1; scan.l), with
// standard_conforming_strings on.
func Lex(text string) []Token {
	var tokens []Token
	for i := 0; i < len(text); {
		if Space(text[i]) {
			i++
			continue
		}
		t := Next(text, i)
		tokens = append(tokens, t)
		i = t.End
	}
	return tokens
}

// Next is the token that begins at an offset of a text, where no white space is.
func Next(text string, at int) Token {
	x := lexer{text: text, i: at}
	t := Token{Start: at}
	t.Kind, t.Open = x.next()
	t.End, t.Resumed = x.i, x.resumed
	return t
}

// Space reports white space (scan.l, space).
func Space(c byte) bool { return strings.IndexByte(" \t\n\r\f\v", c) >= 0 }

// Blank returns the length of the white space and the comments that a text begins with.
func Blank(text string) int {
	for i := 0; i < len(text); {
		if Space(text[i]) {
			i++
			continue
		}
		t := Next(text, i)
		if t.Kind != Comment {
			return i
		}
		i = t.End
	}
	return len(text)
}

type lexer struct {
	text    string
	i       int
	resumed bool
}

func (x *lexer) rest() string { return x.text[x.i:] }

// next moves past one token.
func (x *lexer) next() (k Kind, open bool) {
	rest := x.rest()
	if strings.HasPrefix(rest, "--") {
		if n := strings.IndexAny(rest, "\r\n"); n >= 0 {
			x.i += n
		} else {
			x.i = len(x.text)
		}
		return Comment, false
	}
	if strings.HasPrefix(rest, "/*") {
		return Comment, !x.skipBlock()
	}
	if n := prefix(rest); n >= 0 {
		x.i += n
		return Quoted, !x.skipQuoted(x.text[x.i], strings.ToLower(rest[:n]))
	}
	if n := wordLength(rest); n > 0 {
		x.i += n
		return Word, false
	}
	if n := tagLength(rest); n > 0 {
		return Dollar, !x.skipTo(n, rest[:n])
	}
	x.i++
	return Punctuation, false
}

// prefix returns how much of it stands in front of the quote with which the text begins a
// string or a quoted identifier: 0, E, B, X or U&; -1 when it begins none.
func prefix(s string) int {
	at := func(i int, any string) bool { return i < len(s) && strings.IndexByte(any, s[i]) >= 0 }
	switch {
	case at(0, `'"`):
		return 0
	case at(0, "eEbBxX") && at(1, "'"):
		return 1
	case at(0, "uU") && at(1, "&") && at(2, `'"`):
		return 2
	}
	return -1
}

// StartsWord reports a character that an identifier or a key word may begin with.
func StartsWord(c byte) bool {
	return c == '_' || c >= 0x80 || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// wordLength is how long the identifier, number or parameter is that the text begins with.
func wordLength(s string) int {
	n := 0
	if StartsWord(s[0]) {
		for n < len(s) && (StartsWord(s[n]) || digit(s[n]) || s[n] == '$') {
			n++
		}
		return n
	}
	if s[0] == '$' {
		n = 1
	}
	first := n
	for n < len(s) && digit(s[n]) {
		n++
	}
	if n == first {
		return 0
	}
	return n
}

// tagLength is how long the $tag$ is that the text begins with.
func tagLength(s string) int {
	if s[0] != '$' {
		return 0
	}
	n := 1
	for n < len(s) && (StartsWord(s[n]) || n > 1 && digit(s[n])) {
		n++
	}
	if n < len(s) && s[n] == '$' {
		return n + 1
	}
	return 0
}

// gapLength is how far it is to the quote with which a string goes on behind a line end,
// perhaps behind comments; 0 when it does not.
func gapLength(s string) int {
	ended := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\n' || s[i] == '\r':
			ended = true
		case s[i] == '\'' && ended:
			return i
		case strings.HasPrefix(s[i:], "--"):
			n := strings.IndexAny(s[i:], "\r\n")
			if n < 0 {
				return 0
			}
			i += n - 1
		case strings.IndexByte(" \t\f", s[i]) < 0:
			return 0
		}
	}
	return 0
}

// skipTo moves past the first end that lies at least n bytes ahead.
func (x *lexer) skipTo(n int, end string) bool {
	x.i += n
	if m := strings.Index(x.rest(), end); m >= 0 {
		x.i += m + len(end)
		return true
	}
	x.i = len(x.text)
	return false
}

// skipBlock moves past a block comment; they nest.
func (x *lexer) skipBlock() bool {
	for depth := 0; x.i < len(x.text); {
		switch {
		case strings.HasPrefix(x.rest(), "/*"):
			depth++
			x.i += 2
		case strings.HasPrefix(x.rest(), "*/"):
			x.i += 2
			if depth--; depth == 0 {
				return true
			}
		default:
			x.i++
		}
	}
	return false
}

// skipQuoted moves past a string or quoted identifier, of which what stands in front
// decides whether a backslash or another quote hides a quote. A string goes on in the same
// way behind a line end (manual, 4.1.2.1).
func (x *lexer) skipQuoted(quote byte, prefix string) bool {
	escapes, doubles := prefix == "e", prefix != "b" && prefix != "x"
	for x.i++; x.i < len(x.text); x.i++ {
		c := x.text[x.i]
		if escapes && c == '\\' {
			x.i++
			continue
		}
		if c != quote {
			continue
		}
		if doubles && x.i+1 < len(x.text) && x.text[x.i+1] == quote {
			x.i++
			continue
		}
		x.i++
		gap := 0
		if quote == '\'' {
			gap = gapLength(x.rest())
		}
		if gap == 0 {
			return true
		}
		x.resumed = x.resumed || strings.Contains(x.rest()[:gap], "--")
		x.i += gap // at the quote that opens the rest
	}
	x.i = min(x.i, len(x.text))
	return false
}
