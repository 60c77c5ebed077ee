package fix

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// level is the part of a statement whose FROM, or target, has an occurrence: from its
// first token behind FROM, UPDATE, INTO or TABLE to where it ends.
type level struct {
	from, end int // of tokens, the end exclusive
	depth     int // of its key words
}

// ends are the words behind the WHERE of a level, at its own depth.
var ends = []string{"group", "having", "window", "order", "limit", "offset", "fetch", "for", "union", "intersect", "except", "returning", ";"}

// tokenAt is the token that starts at an offset.
func (e *editor) tokenAt(offset int) (int, bool) {
	return slices.BinarySearchFunc(e.toks, offset, func(t sqltext.Token, at int) int { return t.Start - at })
}

// levelOf finds the level of the occurrence whose name starts at an offset.
func (e *editor) levelOf(offset int) (level, bool) {
	at, ok := e.tokenAt(offset)
	if !ok {
		return level{}, false
	}
	depth := e.toks[at].Depth
	for i := at - 1; i >= 0; i-- {
		t := e.toks[i]
		if t.Depth > depth {
			continue
		}
		depth = t.Depth
		if e.introduces(i) {
			l := level{from: i + 1, depth: depth}
			l.end = e.clauseEnd(at, depth, ends)
			return l, true
		}
	}
	return level{}, false
}

// introduces reports whether a token is the FROM, UPDATE, INTO or TABLE in front of a table.
func (e *editor) introduces(i int) bool {
	before := ""
	if i > 0 {
		before = e.toks[i-1].Word
	}
	switch e.toks[i].Word {
	case "from":
		return before != "distinct"
	case "update":
		return before != "for" && before != "do" && before != "key"
	case "into", "table":
		return true
	}
	return false
}

// clauseEnd is the first token from one on that ends a clause of a depth: one of the words at
// that depth, a parenthesis that closes what is around, or the end of the statement.
func (e *editor) clauseEnd(from, depth int, words []string) int {
	cases := 0
	for i := from; i < len(e.toks); i++ {
		t := e.toks[i]
		switch {
		case t.Depth < depth, t.Word == ")" && t.Depth == depth, t.Start >= e.Unit.Span.End:
			return i
		case t.Depth != depth || i == from:
		case t.Word == "on" && i+1 < len(e.toks) && e.toks[i+1].Word == "conflict":
			return i
		case t.Word == "case":
			cases++
		case t.Word == "end" && cases > 0:
			cases--
		case cases == 0 && slices.Contains(words, t.Word) && !e.call(i):
			return i
		}
	}
	return len(e.toks)
}

// call reports whether a word is the name of a function: left(x, 1).
func (e *editor) call(i int) bool {
	w := e.toks[i].Word
	return (w == "left" || w == "right") && i+1 < len(e.toks) && e.toks[i+1].Word == "("
}

// find is the first of some words in a level, at its depth and outside of CASE.
func (e *editor) find(l level, words ...string) (int, bool) {
	i := e.clauseEnd(l.from, l.depth, words)
	return i, i < l.end && slices.Contains(words, e.toks[i].Word)
}

// outerJoin reports whether a level has one.
func (e *editor) outerJoin(l level) bool {
	for i := l.from; i < l.end; i++ {
		if w := e.toks[i].Word; (w == "left" || w == "right" || w == "full") && !e.call(i) {
			return true
		}
	}
	return false
}

// where puts a condition into the WHERE of the level of an occurrence.
func (e *editor) where(offset int, condition string) bool {
	l, ok := e.levelOf(offset)
	if !ok {
		return false
	}
	if short, ok := strings.CutPrefix(condition, e.qualifier); ok && e.alone(l, strings.TrimSuffix(e.qualifier, ".")) {
		condition = short
	}
	if w, ok := e.find(l, "where"); ok {
		return e.and(w, l.end, l.depth, condition)
	}
	return e.newWhere(l, condition)
}

// newWhere puts WHERE behind the last token of a level.
func (e *editor) newWhere(l level, condition string) bool {
	last := e.toks[l.end-1]
	switch word := e.toks[l.from-1]; word.Word {
	case "into":
		return false
	case "table": // which takes no WHERE: TABLE t is SELECT * FROM t (PostgreSQL manual, SELECT)
		e.done = append(e.done, insertion{word.Start, word.End, e.keyword("SELECT * FROM")})
	}
	if indent, ok := e.begins(e.toks[l.from-1]); ok {
		e.behind(last, "\n"+indent+e.keyword("WHERE ")+condition)
	} else {
		e.behind(last, e.keyword(" WHERE ")+condition)
	}
	return true
}

// behind puts text behind a token, and lines behind a comment that ends the token's line.
func (e *editor) behind(t sqltext.Token, text string) {
	at := t.End
	if strings.HasPrefix(text, "\n") {
		line, _, _ := strings.Cut(e.Text[at:], "\n")
		if strings.HasPrefix(strings.TrimSpace(line), "--") {
			at += len(strings.TrimRight(line, "\r"))
		}
	}
	e.put(at, text)
}

// alone reports whether a level has one table, whose columns nobody writes with its name.
func (e *editor) alone(l level, name string) bool {
	for i := l.from; i < l.end; i++ {
		t := e.toks[i]
		if t.Depth == l.depth && (t.Word == "join" || t.Word == "using" || t.Word == "from" && e.introduces(i)) {
			return false
		}
		if i+1 < l.end && e.toks[i+1].Word == "." && e.Text[t.Start:t.End] == name {
			return false
		}
	}
	stop := e.clauseEnd(l.from, l.depth, []string{"where", "set"})
	return !slices.ContainsFunc(e.toks[l.from:min(stop, l.end)], func(t sqltext.Token) bool { return t.Word == "," && t.Depth == l.depth })
}

// conjunction is AND with the white space that conditions between two tokens have around theirs.
func (e *editor) conjunction(word, end, depth int) string {
	for i := word + 1; i+1 < end; i++ {
		if e.toks[i].Word != "and" || e.toks[i].Depth != depth {
			continue
		}
		if indent, ok := e.begins(e.toks[i]); ok {
			return "\n" + indent + e.keyword("AND ")
		}
		if indent, ok := e.begins(e.toks[i+1]); ok {
			return e.keyword(" AND\n") + indent
		}
	}
	if indent, ok := e.begins(e.toks[word+1]); ok { // WHERE has a line of its own
		return "\n" + indent + e.keyword("AND ")
	}
	if indent, ok := e.begins(e.toks[word]); ok && e.toks[word].Word == "where" {
		return "\n" + indent + e.keyword("  AND ")
	}
	return e.keyword(" AND ")
}

// and adds a condition behind those that start with a key word, WHERE or ON, and end before a
// token. Arms of OR are put into parentheses, behind it.
func (e *editor) and(word, end, depth int, condition string) bool {
	if word+1 >= end {
		return false
	}
	first, last := e.toks[word+1], e.toks[end-1]
	if i := e.clauseEnd(word+1, depth, []string{"or"}); i < end && e.toks[i].Word == "or" {
		e.put(first.Start, condition+e.keyword(" AND ")+"(")
		e.put(last.End, ")")
		return true
	}
	e.behind(last, e.conjunction(word, end, depth)+condition)
	return true
}
