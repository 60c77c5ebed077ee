package sqltext

import (
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// Token is a token of a statement: where it is, how deep in parentheses, and
// its text in lower case when it is a key word or punctuation.
type Token struct {
	Word       string
	Start, End int
	Depth      int // a parenthesis has the depth of what it encloses
	Keyword    bool
	Identifier bool // a name that is no key word, quoted or not
}

// scan is PostgreSQL's own scanner, which refuses a text with an end missing: package
// sqllex finds quotes and comments in such a one, too.
func scan(text string) ([]*pg.ScanToken, error) {
	res, err := pg.Scan(text)
	if err != nil {
		return nil, fmt.Errorf("cannot scan the statement: %w", err)
	}
	return res.GetTokens(), nil
}

func isComment(t *pg.ScanToken) bool {
	return t.GetToken() == pg.Token_SQL_COMMENT || t.GetToken() == pg.Token_C_COMMENT
}

// Tokens scans a statement with PostgreSQL's lexer, comments left out.
func Tokens(text string) ([]Token, error) {
	scanned, err := scan(text)
	if err != nil {
		return nil, err
	}
	var toks []Token
	depth := 0
	for _, t := range scanned {
		if isComment(t) {
			continue
		}
		tok := Token{Start: int(t.GetStart()), End: int(t.GetEnd()), Identifier: t.GetToken() == pg.Token_IDENT}
		tok.Keyword = t.GetKeywordKind() != pg.KeywordKind_NO_KEYWORD
		if tok.Keyword || tok.End-tok.Start == 1 {
			tok.Word = strings.ToLower(text[tok.Start:tok.End])
		}
		if tok.Word == "(" {
			depth++
		}
		tok.Depth = depth
		if tok.Word == ")" {
			depth--
		}
		toks = append(toks, tok)
	}
	return toks, nil
}

// Parenthesized returns the text between the parentheses that follow the
// given key words, or "".
func Parenthesized(text string, toks []Token, words ...string) string {
	for i := range toks {
		if !wordsAt(toks, i, words) || i+len(words) >= len(toks) || toks[i+len(words)].Word != "(" {
			continue
		}
		open := toks[i+len(words)]
		for _, t := range toks[i+len(words)+1:] {
			if t.Word == ")" && t.Depth == open.Depth {
				return strings.TrimSpace(text[open.End:t.Start])
			}
		}
	}
	return ""
}

// wordsAt reports whether the words stand at position i, outside of parentheses.
func wordsAt(toks []Token, i int, words []string) bool {
	if i < 0 || i+len(words) > len(toks) {
		return false
	}
	for j, w := range words {
		if toks[i+j].Word != w || toks[i+j].Depth != 0 {
			return false
		}
	}
	return true
}
