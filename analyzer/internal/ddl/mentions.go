package ddl

import (
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// Mention is a name in a text, and the privileges that whoever runs it needs of it where it
// is one of a table or view; none where it does not stand as such.
type Mention struct {
	Name       catalog.Name
	Privileges []string
}

// Mentions lists the names in a text of SQL or PL/pgSQL, which is not parsed: those in
// strings, which EXECUTE may run and nextval takes, count, too. It says more than the text
// may do, but for names that are put together.
func Mentions(text string) []Mention {
	s := scan{text: text}
	var err error
	if s.tokens, err = sqltext.Tokens(text); err != nil {
		return nil
	}
	var list []Mention
	for i, t := range s.tokens {
		if word := text[t.Start:t.End]; len(word) > 2 && strings.ContainsRune("'$", rune(word[0])) && word[len(word)-1] == word[0] {
			list = append(list, Mentions(strings.ReplaceAll(strings.Trim(word, "'$"), "''", "'"))...)
			continue
		}
		if s.word(i+1) == "." {
			continue // the last part is what it names
		}
		if n, first := s.name(i); n.Name != "" {
			list = append(list, Mention{n, s.privileges(first)})
		}
	}
	return list
}

// privileges are those that the words in front of a name ask for (PostgreSQL manual, 5.7).
// Locking rows takes the right to change them.
func (s *scan) privileges(first int) []string {
	before := s.word(first - 1)
	if before == "only" {
		first--
		before = s.word(first - 1)
	}
	switch {
	case before == "into" && s.word(first-2) == "merge":
		return []string{"delete", "insert", "select", "update"}
	case before == "into" && s.word(first-2) == "insert" && s.has("do", "update"):
		return []string{"insert", "select", "update"}
	case before == "into" && s.word(first-2) == "insert":
		return []string{"insert", "select"}
	case before == "from" && s.word(first-2) == "delete":
		return []string{"delete", "select"}
	case before == "update":
		return []string{"select", "update"}
	case before != "from" && before != "join" && before != "using" && before != "," && before != "table" && before != "(":
		return nil
	case s.has("for", "update"), s.has("for", "share"), s.has("for", "no"), s.has("for", "key"):
		return []string{"select", "update"}
	}
	return []string{"select"}
}

// has reports whether one word follows another somewhere.
func (s *scan) has(one, other string) bool {
	for i := range s.tokens {
		if s.word(i) == one && s.word(i+1) == other {
			return true
		}
	}
	return false
}
