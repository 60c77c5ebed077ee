package pgsql

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// ddlToken is a token of a statement: where it is, how deep in parentheses, and
// its text in lower case when it is a key word or punctuation.
type ddlToken struct {
	word       string
	start, end int
	depth      int // a parenthesis has the depth of what it encloses
}

// ddlTokens scans a statement with PostgreSQL's lexer, comments left out.
func ddlTokens(text string) ([]ddlToken, error) {
	res, err := pg.Scan(text)
	if err != nil {
		return nil, ddlErrorf(-1, "cannot scan the statement: %v", err)
	}
	var toks []ddlToken
	depth := 0
	for _, t := range res.GetTokens() {
		if t.GetToken() == pg.Token_SQL_COMMENT || t.GetToken() == pg.Token_C_COMMENT {
			continue
		}
		tok := ddlToken{start: int(t.GetStart()), end: int(t.GetEnd())}
		if t.GetKeywordKind() != pg.KeywordKind_NO_KEYWORD || tok.end-tok.start == 1 {
			tok.word = strings.ToLower(text[tok.start:tok.end])
		}
		if tok.word == "(" {
			depth++
		}
		tok.depth = depth
		if tok.word == ")" {
			depth--
		}
		toks = append(toks, tok)
	}
	return toks, nil
}

// ddlParenthesized returns the text between the parentheses that follow the
// given key words, or "".
func ddlParenthesized(text string, toks []ddlToken, words ...string) string {
	for i := range toks {
		if !ddlWordsAt(toks, i, words) || i+len(words) >= len(toks) || toks[i+len(words)].word != "(" {
			continue
		}
		open := toks[i+len(words)]
		for _, t := range toks[i+len(words)+1:] {
			if t.word == ")" && t.depth == open.depth {
				return strings.TrimSpace(text[open.end:t.start])
			}
		}
	}
	return ""
}

// ddlWordsAt reports whether the words stand at position i, outside of parentheses.
func ddlWordsAt(toks []ddlToken, i int, words []string) bool {
	if i < 0 || i+len(words) > len(toks) {
		return false
	}
	for j, w := range words {
		if toks[i+j].word != w || toks[i+j].depth != 0 {
			return false
		}
	}
	return true
}
