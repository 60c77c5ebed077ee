// Package fix writes into a statement what its proof lacks: the condition that a failure
// names, in the author's own style. It only changes text; whoever calls it proves what
// comes out, and throws away what is not proved.
package fix

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Style is how a file writes what its statement does not show.
type Style struct {
	Positional bool // parameters are $1, not @name
}

// StyleOf reads how the statements of a file write parameters.
func StyleOf(text string) Style {
	return Style{Positional: strings.Contains(text, "$1") && !strings.Contains(text, "@") && !strings.Contains(text, "sqlc.arg")}
}

// Statement is the text of one statement, with what was read of it.
type Statement struct {
	Unit  *sqltext.Unit
	Text  string // which Unit was cut out of
	Query *query.Statement
	Style Style
}

// insertion puts text at an offset, in place of what stands up to another.
type insertion struct {
	at, end int
	text    string
}

// Of returns the text with what mends a failure, and false when nothing here knows how.
func Of(s Statement, f prover.Failure) (string, bool) {
	toks, err := sqltext.Tokens(s.Text)
	if err != nil {
		return "", false
	}
	e := &editor{Statement: s, toks: toks, failure: f}
	mend := mends[f.Kind]
	if mend == nil || !mend(e) || len(e.done) == 0 {
		return "", false
	}
	return e.apply(), true
}

// mends has what to do about a kind of failure. What is missing here takes a person.
var mends = map[prover.FailureKind]func(*editor) bool{
	prover.UnconfinedRows:     (*editor).confine,
	prover.UnconfinedInsert:   (*editor).insert,
	prover.Misplaced:          (*editor).insertOuter,
	prover.UnconfinedExisting: (*editor).target,
	prover.ForeignConflict:    (*editor).target,
}

// editor collects the insertions into one statement.
type editor struct {
	Statement
	toks    []sqltext.Token
	failure prover.Failure
	done    []insertion
	// qualifier is what stands in front of the column of a condition: its table's name and a dot.
	qualifier string
}

func (e *editor) put(at int, text string) {
	if strings.Contains(e.Text, "\r\n") {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	e.done = append(e.done, insertion{at, at, text})
}

func (e *editor) apply() string {
	slices.SortStableFunc(e.done, func(a, b insertion) int { return a.at - b.at })
	var b strings.Builder
	last := 0
	for _, i := range e.done {
		b.WriteString(e.Text[last:i.at])
		b.WriteString(i.text)
		last = i.end
	}
	return b.String() + e.Text[last:]
}

// confine adds the condition that pins an occurrence.
func (e *editor) confine() bool {
	f := e.failure
	switch f.Place.Kind {
	case prover.InNewWhere, prover.InWhere:
		return e.condition() != "" && e.where(f.Pos.Start, e.condition())
	case prover.InOn:
		return e.condition() != "" && (e.on(f.Pos.Start, e.condition()) || e.derived())
	case prover.InDerived, prover.InSource, prover.InUsing:
		return e.derived()
	case prover.InOnOfMerge:
		return e.condition() != "" && e.onOfMerge(f.Pos.Start, e.condition())
	case prover.InView:
		return f.Place.Shown != nil && e.shown()
	}
	return false
}

// shown adds the condition on what a view shows: its place is the view's, not that of the
// table in it, so only a level without outer joins has but one.
func (e *editor) shown() bool {
	s := e.failure.Place.Shown
	level, ok := e.levelOf(e.failure.Pos.Start)
	if !ok || e.outerJoin(level) || e.taken(e.failure.Missing.Param) {
		return false
	}
	e.qualifier = quoted(s.Alias) + "."
	return e.where(e.failure.Pos.Start, e.qualifier+quoted(s.Name)+" = "+e.parameter(e.failure.Missing.Param))
}
