package checker

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// scanned lists the columns of the new row that the text of a trigger's body assigns, read
// here by its words alone, together with those that the statement tells of: a field of any
// record may be one, as it may be a copy of the row. A word of a statement that does more
// than compute fails.
func (k *checker) scanned(f *query.Fired) []string {
	var columns []string
	for _, a := range f.Assigns {
		columns = append(columns, a.Column)
	}
	if f.Function == nil {
		if !slices.Contains([]string{"moddatetime", "tsvector_update_trigger"}, f.Trigger.Function.Name) || len(f.Trigger.Args) == 0 {
			k.fail("nothing is known of function %s", f.Trigger.Function)
		}
		return append(columns, f.Trigger.Args[0])
	}
	toks, ok := words(f.Function.Body)
	if f.Function.Language != "plpgsql" || !ok {
		k.fail("the body of function %s is not read", f.Function.Name)
	}
	for i, t := range toks {
		at := func(n int) string { // the token n places on
			if i+n < 0 || i+n >= len(toks) {
				return ""
			}
			return toks[i+n]
		}
		switch {
		case at(-1) == ".":
		case does(t, at(-1), at(1)):
			k.fail("function %s has the word %s", f.Function.Name, t)
		case (t == "new" || t == `"new"`) && begins(at(-1)) && at(1) != "." && target(toks[i+1:]):
			k.fail("function %s assigns the whole row", f.Function.Name)
		case at(1) == "." && (begins(at(-1)) && target(toks[i+1:]) || at(-1) == "foreach" || assignedList(toks[:i])):
			columns = append(columns, strings.Trim(at(2), `"`))
		}
	}
	return columns
}

// does reports a word with which a statement begins that is no computing, or that has no
// other place in a body.
func does(t, before, behind string) bool {
	switch {
	case slices.Contains(changing, t), t == "query" && before == "return", t == "next" && before == "return", t == "when" && before == "exception", t == "for" && before == "alias", t == "&" && before == "u" && strings.HasPrefix(behind, `"`):
		return true
	}
	return slices.Contains(doing, t) && begins(before) && !slices.Contains([]string{":=", "=", "[", "."}, behind)
}

// target reports whether what begins behind a name is the rest of one that is assigned.
func target(toks []string) bool {
	for i := 0; i < len(toks); i++ {
		switch toks[i] {
		case ".":
			i++
		case "[":
			for open := 1; open > 0; {
				if i++; i >= len(toks) {
					return true
				}
				switch toks[i] {
				case "[":
					open++
				case "]":
					open--
				}
			}
		default:
			return toks[i] == ":=" || toks[i] == "="
		}
	}
	return false
}

var changing = strings.Fields("insert update delete merge truncate")

var doing = strings.Fields("execute call copy lock open fetch move close commit rollback alter create drop grant revoke do listen notify unlisten set reset get with values prepare")

// begins reports a word behind which a statement begins.
func begins(word string) bool {
	return slices.Contains([]string{";", "begin", "then", "else", "loop", ">>", ""}, word)
}

// assignedList reports whether what comes next is a target of INTO, or of FOR before its IN.
func assignedList(before []string) bool {
	for _, t := range slices.Backward(before) {
		switch {
		case t == "into" || t == "for":
			return true
		case t == "in":
			return false
		case t == "," || t == "." || t == "strict" || t == "new" || isName(t):
		default:
			return false
		}
	}
	return false
}

func isName(t string) bool {
	return t != "" && (t[0] == '"' || t[0] == '_' || t[0] >= 'a' && t[0] <= 'z' || t[0] >= 0x80)
}

// words cuts a body into words, quoted names and punctuation, in lower case; strings and
// comments are left out (PostgreSQL manual, 4.1). It reports false for an end that is missing.
func words(body string) ([]string, bool) {
	var out []string
	for i := 0; i < len(body); {
		c, rest := body[i], body[i:]
		n := 1
		switch {
		case strings.HasPrefix(rest, "--"):
			n = strings.IndexAny(rest+"\n", "\r\n")
		case strings.HasPrefix(rest, "/*"):
			n = comment(rest)
		case c == '\'':
			n = quoted(rest, '\'', i > 0 && (body[i-1] == 'e' || body[i-1] == 'E'))
			out = append(out, "''")
		case c == '"':
			if n = quoted(rest, '"', false); n > 0 {
				out = append(out, rest[:n])
			}
		case c == '$' && tag(rest) > 0:
			end := strings.Index(rest[tag(rest):], rest[:tag(rest)])
			if n = -1; end >= 0 {
				n = end + 2*tag(rest)
			}
			out = append(out, "''")
		case letter(c):
			for n < len(rest) && (letter(rest[n]) || rest[n] == '$') {
				n++
			}
			out = append(out, strings.ToLower(rest[:n]))
		case strings.IndexByte(" \t\r\n\f\v", c) < 0:
			if strings.HasPrefix(rest, ":=") || strings.HasPrefix(rest, ">>") || strings.HasPrefix(rest, "<<") {
				n = 2
			}
			out = append(out, rest[:n])
		}
		if n <= 0 {
			return nil, false
		}
		i += n
	}
	return out, true
}

func letter(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// tag is the length of the $tag$ that a text begins with, 0 without one.
func tag(s string) int {
	n := 1
	for n < len(s) && letter(s[n]) {
		n++
	}
	if n < len(s) && s[n] == '$' && !(n > 1 && s[1] >= '0' && s[1] <= '9') {
		return n + 1
	}
	return 0
}

// quoted is the length of the quoted text that s begins with, 0 when it has no end. A quote
// that is doubled is none.
func quoted(s string, quote byte, escapes bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return 0
}

// comment is the length of the comment that s begins with, 0 when it has no end; they nest.
func comment(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth, i = depth+1, i+1
		case "*/":
			if depth, i = depth-1, i+1; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}
