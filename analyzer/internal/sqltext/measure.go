package sqltext

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// Limits of one statement's text. They lie far above what people write and keep the time
// and memory of an analysis in proportion to its input.
const (
	// MaxStatement is the size in bytes of a statement of a query file.
	MaxStatement = 1 << 20
	// MaxDefinition is the same for schema files, which may hold data.
	MaxDefinition = 16 << 20
	// maxNesting bounds the depth of a parse tree. PostgreSQL's parser packs the tree by
	// recursion without looking at its stack, and needs up to 350 bytes for a level;
	// some systems give a thread 512 kB.
	maxNesting = 1000
)

// Piece is one statement of a text with a bound of its parse tree's depth.
type Piece struct {
	query.Span
	depth int
	At    int // where it is deepest
}

// Excess says which limit p breaks, or "".
func (p Piece) Excess(size int) string {
	switch {
	case p.End-p.Start > size:
		return fmt.Sprintf("the statement is larger than %d MiB, the most that tenantgen reads", size>>20)
	case p.depth > maxNesting:
		return fmt.Sprintf("the statement is nested more than %d levels deep, the most that tenantgen reads", maxNesting)
	}
	return ""
}

// Measure cuts a text into statements and bounds the depth of each one's parse tree
// from above, by its tokens alone: the parser must not see a tree that overflows its
// stack.
func Measure(text string) []Piece {
	m := &measurer{text: text}
	m.reset()
	for m.i < len(text) {
		m.next()
	}
	m.cut(len(text))
	return m.pieces
}

type measurer struct {
	text   string
	i      int
	pieces []Piece
	now    Piece
	levels []nestingLevel
}

// nestingLevel is what stands between two brackets, or between CASE and END.
type nestingLevel struct {
	base  int // depth of what encloses it
	query int // of a SELECT, above its expressions
	sets  int // set operations, which nest to the left
	joins int // so do joins
	chain int // operators since the last point where a new expression starts
	cases bool
}

func (m *measurer) reset() {
	m.now = Piece{Span: query.Span{Start: m.i}, At: m.i}
	m.levels = append(m.levels[:0], nestingLevel{})
}

func (m *measurer) cut(end int) {
	m.now.End = end
	m.pieces = append(m.pieces, m.now)
	m.reset()
}

func (m *measurer) top() *nestingLevel { return &m.levels[len(m.levels)-1] }

func (m *measurer) depth() int {
	t := m.top()
	return t.base + t.query + t.sets + t.joins + t.chain
}

func (m *measurer) push(cases bool) {
	m.levels = append(m.levels, nestingLevel{base: m.depth() + 1, cases: cases})
}

func (m *measurer) pop(cases bool) {
	if len(m.levels) > 1 && m.top().cases == cases {
		m.levels = m.levels[:len(m.levels)-1]
	}
}

// next moves past one token.
func (m *measurer) next() {
	if sqllex.Space(m.text[m.i]) {
		m.i++
		return
	}
	t := sqllex.Next(m.text, m.i)
	m.i = t.End
	switch c := m.text[t.Start]; {
	case t.Kind == sqllex.Word:
		m.word(t.Text(m.text))
	case t.Kind != sqllex.Punctuation:
	case operatorByte(c):
		if c != ':' || t.Start == 0 || m.text[t.Start-1] != ':' {
			m.top().chain++
		}
	default:
		m.punctuation(c)
	}
	if d := m.depth(); d > m.now.depth {
		m.now.depth, m.now.At = d, t.Start
	}
}

func (m *measurer) punctuation(c byte) {
	switch c {
	case '(', '[':
		m.push(false)
	case ')', ']':
		for len(m.levels) > 1 && m.top().cases {
			m.pop(true)
		}
		m.pop(false)
	case ',':
		m.top().chain = 0
	case ';':
		if len(m.levels) == 1 {
			m.cut(m.i - 1)
		}
	}
}

// word notes what a key word begins or connects.
func (m *measurer) word(word string) {
	var lower [9]byte // as long as the longest word below
	if len(word) > len(lower) {
		return
	}
	for i := range len(word) {
		lower[i] = word[i]
		if c := word[i]; c >= 'A' && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	t := m.top()
	switch string(lower[:len(word)]) {
	case "not", "is", "isnull", "notnull", "like", "ilike", "similar", "between", "in", "collate", "at", "overlaps", "operator":
		t.chain++
	case "and", "or", "on", "where", "having", "when", "then", "else", "set", "values", "by":
		t.chain = 0
	case "select":
		t.query, t.joins, t.chain = 3, 0, 0
	case "union", "intersect", "except":
		t.sets++
		t.joins, t.chain = 0, 0
	case "join":
		t.joins++
		t.chain = 0
	case "case":
		m.push(true)
	case "end":
		m.pop(true)
	}
}
