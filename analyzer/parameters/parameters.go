// Package parameters tells of a statement what a server takes of it: its text with $n in
// place of sqlc's parameters, and which columns each parameter is compared with or written
// to. That says which values make sense, and proves nothing.
package parameters

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// Statement is a statement as a server takes it.
type Statement struct {
	SQL    string  // sqlc's parameters are $n, sqlc.embed(t) is t.*
	Params []Param // by number, from 1 on
	// replaced are the parts of the text that read otherwise in SQL.
	replaced []replaced
}

// replaced is where a part of the text ends, and where what stands for it ends in SQL.
type replaced struct{ text, sql int }

// Offset is where in SQL an offset of the text is.
func (s *Statement) Offset(at int) int {
	moved := 0
	for _, r := range s.replaced {
		if r.text > at {
			break
		}
		moved = r.sql - r.text
	}
	return at + moved
}

// Param is a parameter of a statement.
type Param struct {
	Name            string // "" for $n
	Nullable, Slice bool
	// Columns are the columns that the parameter is compared with, or written to, the
	// likeliest first. They say which values make sense for it, and prove nothing.
	Columns []Column
}

// Column is a column of a table.
type Column struct {
	Table  *catalog.Table
	Column int
}

// Of tells what a server takes of a statement that is written in text.
func Of(st *query.Statement, text string) *Statement {
	w := &writer{text: text, numbers: map[string]int{}, out: &Statement{}}
	for _, p := range st.Params {
		w.param(p.Number, Param{Name: p.Name, Nullable: p.Nullable, Slice: p.Slice})
		if p.Name != "" {
			w.numbers[p.Name] = p.Number
		}
	}
	w.rewrite()
	m := &comparisons{rels: map[query.RelID]query.Rel{}, out: w.out}
	m.collect(st.Root)
	return w.out
}

// writer replaces sqlc's syntax in a statement.
type writer struct {
	text    string
	numbers map[string]int // by name
	out     *Statement
	b       strings.Builder
}

// param records a parameter by its number.
func (w *writer) param(number int, p Param) {
	for len(w.out.Params) < number {
		w.out.Params = append(w.out.Params, Param{})
	}
	w.out.Params[number-1] = p
}

var (
	call   = regexp.MustCompile(`^(?i:sqlc)\s*\.\s*(?i:(n?arg|slice))\s*\(\s*(?:'([^']*)'|"([^"]*)"|([A-Za-z_]\w*))\s*\)`)
	embed  = regexp.MustCompile(`^(?i:sqlc)\s*\.\s*(?i:embed)\s*\(\s*([^()]+?)\s*\)`)
	atName = regexp.MustCompile(`^@([A-Za-z_]\w*)`)
)

// operatorBefore tells that an @ belongs to an operator, as in <@.
const operatorBefore = "<>@&|~!#%^?"

func (w *writer) rewrite() {
	for i := 0; i < len(w.text); {
		before := w.b.Len()
		n := w.token(w.text[i:], i)
		if i += n; w.b.Len()-before != n {
			w.out.replaced = append(w.out.replaced, replaced{i, w.b.Len()})
		}
	}
	w.out.SQL = w.b.String()
}

// token copies or replaces what rest begins with, and returns its length.
func (w *writer) token(rest string, at int) int {
	switch {
	case call.MatchString(rest):
		m := call.FindStringSubmatch(rest)
		w.named(m[2]+m[3]+strings.ToLower(m[4]), Param{Nullable: strings.EqualFold(m[1], "narg"), Slice: strings.EqualFold(m[1], "slice")})
		return len(m[0])
	case embed.MatchString(rest):
		m := embed.FindStringSubmatch(rest)
		w.b.WriteString(m[1] + ".*")
		return len(m[0])
	case atName.MatchString(rest) && (at == 0 || !strings.Contains(operatorBefore, w.text[at-1:at])):
		m := atName.FindStringSubmatch(rest)
		w.named(strings.ToLower(m[1]), Param{})
		return len(m[0])
	}
	n := sqllex.Next(rest, 0).End
	w.b.WriteString(rest[:n])
	return n
}

// named writes the number of a parameter; one that the analysis did not reach gets the next.
func (w *writer) named(name string, p Param) {
	n := w.numbers[name]
	if n == 0 {
		n = len(w.out.Params) + 1
		p.Name = name
		w.numbers[name] = n
		w.param(n, p)
	}
	w.out.Params[n-1].Slice = w.out.Params[n-1].Slice || p.Slice
	fmt.Fprintf(&w.b, "$%d", n)
}
