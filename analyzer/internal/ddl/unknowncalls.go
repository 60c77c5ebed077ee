package ddl

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// unknownCall reports whether a text in SQL or PL/pgSQL calls a function that no schema
// file declares, that PostgreSQL does not have and that nobody vouches for: it may change
// anything. A text that cannot be scanned may call any.
func (l *loader) unknownCall(text string) bool {
	s := scan{text: sqltext.Code(text)}
	var err error
	if s.tokens, err = sqltext.Tokens(s.text); err != nil {
		return true
	}
	for i := range s.tokens {
		if s.word(i+1) != "(" || !s.calls(i) {
			continue
		}
		if n, first := s.name(i); !l.knownCall(n) && !(s.word(first-1) == "on" && l.indexed(n, s)) {
			return true
		}
	}
	return false
}

// knownCall reports whether what a function of the name does is known, or read elsewhere.
func (l *loader) knownCall(n catalog.Name) bool {
	return pgtype.HasFunction(l.db.Functions, catalog.Name{Name: n.Name}) || harmless(n) || strings.HasPrefix(n.Name, "pg_") || pgtype.Dangerous[n.Name] != "" ||
		pgtype.ExtensionFunction(l.db.Extensions, n.Name) || l.trustsUnseen(n)
}

// indexed reports whether the name is one of a table, which CREATE INDEX ON names, or of
// one that the text itself creates.
func (l *loader) indexed(n catalog.Name, s scan) bool {
	return slices.ContainsFunc(l.tables, func(t *table) bool { return t.Name.Name == n.Name }) ||
		slices.ContainsFunc(l.views, func(v *view) bool { return v.Name.Name == n.Name }) || s.creates(n.Name)
}

// scan is a scanned text.
type scan struct {
	text   string
	tokens []sqltext.Token
}

// word is a token in lower case, "" where there is none.
func (s scan) word(i int) string {
	if i < 0 || i >= len(s.tokens) {
		return ""
	}
	return strings.ToLower(s.text[s.tokens[i].Start:s.tokens[i].End])
}

func (s scan) keyword(i int) bool {
	return i >= 0 && i < len(s.tokens) && s.tokens[i].Keyword
}

func (s scan) identifier(i int) bool {
	return i >= 0 && i < len(s.tokens) && s.tokens[i].Identifier
}

// name is the name that ends at token i, and its first token.
func (s scan) name(i int) (catalog.Name, int) {
	part := func(i int) string {
		w := s.word(i)
		if quoted, ok := strings.CutPrefix(w, `"`); ok {
			return s.text[s.tokens[i].Start+1 : s.tokens[i].Start+len(quoted)]
		}
		return w
	}
	n := catalog.Name{Name: part(i)}
	for i >= 2 && s.word(i-1) == "." {
		i -= 2
		n.Schema = part(i)
	}
	return n, i
}

var (
	// beforeCall are the words of PL/pgSQL that are followed by an expression.
	beforeCall = sqltext.Words(`perform assert elsif elseif while return next query execute reverse slice exit continue notice warning exception debug info log`)
	// beforeName are followed by the name of what is no function, or of one that is not called here.
	beforeName = sqltext.Words(`into table references exists function procedure aggregate as type operator open index constraint`)
	// forms are what the grammar itself has with parentheses, where no name can stand without quotes
	// (PostgreSQL manual, appendix C, "cannot be function or type name"; 9.18).
	forms = sqltext.Words(`coalesce greatest least nullif row exists extract overlay position substring treat trim normalize grouping values xmlconcat xmlelement xmlexists xmlforest xmlparse xmlpi xmlroot xmlserialize`)
	// indexMethods follow USING (PostgreSQL manual, CREATE INDEX; pgvector).
	indexMethods = sqltext.Words(`btree hash gin gist brin spgist bloom rum ivfflat hnsw`)
)

// calls reports whether the name that ends at token i is that of a function which is called:
// what stands before a call is no name.
func (s scan) calls(i int) bool {
	_, first := s.name(i)
	before := s.word(first - 1)
	switch {
	case !s.identifier(i) && first == i && forms[s.word(i)]:
		return false
	case !s.identifier(i) && (!s.keyword(i) || first == i && !beforeCall[before] && before != "select" && before != "call" && before != ":="):
		return false // coalesce(…), varchar(9)
	case s.identifier(first-1) && !beforeCall[before], before == ")", before == "]":
		return false // column vector(3), alias (a, b)
	case beforeName[before], before == "using" && indexMethods[s.word(i)]:
		return false
	}
	return !s.columns(i + 1)
}

// columns reports whether the parenthesis at token i holds the columns of a WITH query.
func (s scan) columns(i int) bool {
	depth := 0
	for ; i < len(s.tokens); i++ {
		switch s.word(i) {
		case "(":
			depth++
		case ")":
			depth--
		}
		if depth == 0 {
			next := s.word(i + 2)
			return s.word(i+1) == "as" && (next == "(" || next == "materialized" || next == "not")
		}
	}
	return false
}

// creates reports whether the text creates a table of the name.
func (s scan) creates(name string) bool {
	for i := range s.tokens {
		if n, first := s.name(i); n.Name == name && (s.word(first-1) == "table" || s.word(first-1) == "exists") {
			return true
		}
	}
	return false
}
