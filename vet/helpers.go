package vet

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// runsSQL is the fact that a function runs texts that it is given as SQL.
type runsSQL struct {
	Texts []template
}

// AFact makes it one.
func (*runsSQL) AFact() {}

// String is for tests: the texts, with the parameters in braces.
func (r *runsSQL) String() string {
	var all []string
	for _, t := range r.Texts {
		all = append(all, t.String())
	}
	return "runs " + strings.Join(all, " | ")
}

// template is a text with parameters of the function in it, and what the statement's parameters get.
type template struct {
	Pieces []part
	Args   []given
	// Rest is the variadic parameter that goes on as the other arguments; -1 for none.
	Rest int
	// Named is the parameter with pgx.NamedArgs, -1 for none; ByName tells that the arguments are such.
	Named  int
	ByName bool
	Colons bool
	// Unseen tells that nobody knows what the statement's parameters get.
	Unseen bool
	Later  bool
}

// part is a text, or a parameter.
type part struct {
	Text string
	Hole int // -1 for none
}

// given is what a parameter of a statement gets: a parameter of the function, or the id of a tenant of a level, or something else.
type given struct {
	Param, Level int // -1 for none
	Name         string
}

func (t template) String() string {
	var b strings.Builder
	for _, p := range t.Pieces {
		if p.Hole >= 0 {
			fmt.Fprintf(&b, "{%d}", p.Hole)
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// The most texts that one function may run.
const maxTemplates = 64

// fact is what is known of a function, or of a variable that holds one.
func (s *sqlScan) fact(fn types.Object) *runsSQL {
	if fact := s.helpers[fn]; fact != nil {
		return fact
	}
	if fn.Pkg() == nil || fn.Pkg() == s.pass.Pkg {
		return nil
	}
	fact := &runsSQL{}
	if f, ok := fn.(*types.Func); ok && s.pass.ImportObjectFact(f, fact) {
		return fact
	}
	return nil
}

// findHelpers finds the functions that run a text which they are given, and those that hand theirs on to these, until
// there are no more.
func (s *sqlScan) findHelpers() {
	for range maxTemplates {
		found := false
		for _, c := range s.calls {
			for _, r := range s.runs(c) {
				for _, text := range r.texts {
					found = s.help(c, r, text) || found
				}
			}
		}
		if !found {
			return
		}
	}
}

// help notes that the function around a call runs what it is given, and reports whether that is new.
func (s *sqlScan) help(c *call, r run, text sql) bool {
	of, one := text.owner()
	if of == nil || !one {
		return false
	}
	t := template{Rest: -1, Named: -1, ByName: r.args.byName, Colons: r.args.colons, Unseen: r.args.unseen || r.args.named != nil, Later: r.later}
	if r.args.given != nil {
		if t.Named = s.parameter(r.args.given, of); t.Named >= 0 {
			t.Unseen = false
		}
	}
	for _, p := range text {
		t.Pieces = append(t.Pieces, part{p.text, p.hole})
	}
	for _, a := range r.args.list {
		t.Args = append(t.Args, s.sourceOf(a, of))
	}
	if r.args.rest != nil {
		t.Rest = s.parameter(r.args.rest, of)
		t.Unseen = t.Unseen || t.Rest < 0
	}
	fact := s.helpers[of]
	if fact == nil {
		fact = &runsSQL{}
		s.helpers[of] = fact
	}
	if len(fact.Texts) >= maxTemplates || slices.ContainsFunc(fact.Texts, func(o template) bool { return fmt.Sprint(o) == fmt.Sprint(t) }) {
		return false
	}
	fact.Texts = append(fact.Texts, t)
	return true
}

// parameter is the index of the parameter of a function that an expression names, which keeps what it is given; -1 for none.
func (s *sqlScan) parameter(e ast.Expr, of types.Object) int {
	v := s.index.variable(e)
	p, ok := s.index.params[v]
	if !ok || p.of != of || s.index.changed[v] != nil || len(s.index.values[v]) > 0 {
		return -1
	}
	switch v.Type().Underlying().(type) {
	case *types.Map, *types.Slice: // whoever gets it may change what it holds
		if s.index.shared(v) {
			return -1
		}
	}
	return p.index
}

// owner is the function whose parameters a text has in it, nil for none; false where they are those of several.
func (t sql) owner() (types.Object, bool) {
	var of types.Object
	for _, p := range t {
		if p.hole >= 0 && of != nil && of != p.of {
			return nil, false
		}
		if p.hole >= 0 {
			of = p.of
		}
	}
	return of, true
}

// handedOn is what a call of such a function runs.
func (s *sqlScan) handedOn(c *call, fact *runsSQL) []run {
	for _, e := range c.Args {
		s.index.reads(e) // what such a function changes of its parameters counts there
	}
	var all []run
	for _, t := range fact.Texts {
		r := run{texts: []sql{nil}, at: c.CallExpr, later: t.Later}
		for _, p := range t.Pieces {
			parts := []sql{{{text: p.Text, hole: -1}}}
			if p.Hole >= 0 {
				if p.Hole >= len(c.Args) {
					r.why = &dynamic{c, "its arguments are what a call returns"}
					break
				}
				r.at = c.Args[p.Hole]
				if parts, r.why = s.index.fold(c.Args[p.Hole]); r.why != nil {
					break
				}
			}
			var longer []sql
			for _, before := range r.texts {
				for _, part := range parts {
					longer = append(longer, append(before[:len(before):len(before)], part...))
				}
			}
			if r.texts = longer; len(longer) > maxTexts {
				r.why = &dynamic{c, "there are too many texts that it may be"}
				break
			}
		}
		r.args = s.argumentsOn(c, t)
		all = append(all, r)
	}
	return all
}
