package analyzer

import (
	"maps"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Reason is a step of a proof, in words.
type Reason struct {
	Text string
	Line int // where it stands in the file, 0 when it stands nowhere
	// Because are the reasons that it rests on, in turn.
	Because []Reason
}

// Reasons is the whole proof that the rows of an occurrence are the tenant's, in words: from the
// tenant that a row belongs to, step by step, to the parameter.
func (r Relation) Reasons() []Reason {
	if len(r.chain) == 0 {
		return []Reason{{Text: "what is written is the tenant's: `" + strings.Join(r.Proof, "`, `") + "`", Line: r.Line}}
	}
	w := &wording{source: r.src, st: r.statement, cert: r.certificate, names: map[query.RelID]string{}, columns: map[query.RelID]func(int) string{}, said: map[any]bool{}}
	w.name(r.statement.Root)
	w.proofs()
	return w.chain(r.chain)
}

// wording names what a proof is about.
type wording struct {
	*source
	st      *query.Statement
	cert    *certificate.Certificate
	names   map[query.RelID]string
	columns map[query.RelID]func(int) string
	// said are the claims that have been explained: one of a recursive query rests on itself.
	said map[any]bool
}

func (w *wording) chain(c certificate.Chain) []Reason {
	all := make([]Reason, 0, len(c))
	for _, s := range c {
		all = append(all, w.step(s))
	}
	return all
}

// step says that two values are one, and why.
func (w *wording) step(s certificate.Step) Reason {
	r := Reason{Text: w.term(s.A) + " is " + w.term(s.B) + ": " + w.why(s)}
	if s.Pos.Known() {
		r.Line, _ = w.lineColumn(s.Pos.Start)
	}
	for _, p := range s.Premises {
		r.Because = append(r.Because, w.premise(s, p)...)
	}
	if s.Claim != nil {
		r.Because = append(r.Because, w.claim(s.Claim)...)
	}
	r.Because = append(r.Because, w.demanded(s)...)
	for _, t := range []certificate.Term{s.A, s.B} {
		if row, ok := t.Row(); ok && s.Kind == certificate.Behind {
			r.Because = append(r.Because, w.behind(w.cert.Rows[row].Claim)...)
		}
	}
	return r
}

// whys has the words for each kind of step.
var whys = map[certificate.Kind]string{
	certificate.Condition:  "the condition",
	certificate.Member:     "the condition",
	certificate.EveryArm:   "every arm of OR says so",
	certificate.Fed:        "every aggregate takes only rows of which it is true",
	certificate.EitherSide: "each arm of OR says so of one side of the FULL JOIN or the other, which its ON makes equal",
	certificate.Output:     "that is what the column has",
	certificate.Demanded:   "every reference to the WITH query asks for it",
	certificate.Given:      "it is put into the new row",
	certificate.Arbiter:    "a row in conflict has the new row's value in the conflict target",
	certificate.Assigned:   "SET gives it that value",
	certificate.Guaranteed: "each row has it",
	certificate.Tenant:     "it says whose the row is",
	certificate.SameRow:    "they are the",
	certificate.ParentRow:  "a",
	certificate.ForeignKey: "as",
	certificate.Behind:     "the row has it there",
	certificate.Tested:     "the test",
	certificate.Among:      "the condition",
	certificate.ByDefault:  "INSERT leaves it out, and",
	certificate.MayRead:    "it is in one arm of OR, and the other lets through what read_also does:",
}

// quoted are the kinds whose text is SQL, worded those whose text goes on with the words.
var (
	quoted = []certificate.Kind{certificate.Condition, certificate.Member, certificate.Tested, certificate.Among}
	worded = []certificate.Kind{certificate.SameRow, certificate.ParentRow, certificate.ForeignKey, certificate.ByDefault, certificate.MayRead}
)

func (w *wording) why(s certificate.Step) string {
	text := strings.Join(certificate.Chain{s}.Texts(), " and ")
	switch {
	case text != "" && slices.Contains(quoted, s.Kind):
		return whys[s.Kind] + " `" + text + "`"
	case text != "" && slices.Contains(worded, s.Kind):
		return whys[s.Kind] + " " + text
	}
	return whys[s.Kind]
}

// premise is what a step rests on: the arms of OR, or the columns of a key. An arm without a
// proof is what read_also lets through.
func (w *wording) premise(s certificate.Step, p certificate.Chain) []Reason {
	switch {
	case len(p) > 0:
		return w.chain(p)
	case s.Kind == certificate.MayRead:
		return []Reason{{Text: "read_also says the same as this arm"}}
	case s.Kind == certificate.EveryArm:
		return []Reason{{Text: "an arm is never true: it wants a null where there is none"}}
	}
	return nil
}

// demanded says why each reference to a WITH query asks for what it is asked.
func (w *wording) demanded(s certificate.Step) []Reason {
	var all []Reason
	for _, d := range w.cert.Demands {
		if s.Kind != certificate.Demanded || s.Node != any(d.CTE) || w.said[d] {
			continue
		}
		w.said[d] = true
		for _, ref := range slices.Sorted(maps.Keys(d.By)) {
			all = append(all, w.chain(d.By[ref])...)
		}
	}
	return all
}

// claim says why every row of a query has a value in a column.
func (w *wording) claim(c *certificate.Claim) []Reason {
	var all []Reason
	if w.said[c] {
		return nil
	}
	w.said[c] = true
	for _, p := range c.Proof {
		all = append(all, w.chain(p)...)
	}
	for _, arm := range c.Arms {
		all = append(all, w.claim(arm)...)
	}
	return all
}

// behind says which row stands behind the rows of a query, and why it is the tenant's.
func (w *wording) behind(c *certificate.RowClaim) []Reason {
	if c == nil || w.said[c] {
		return nil
	}
	w.said[c] = true
	all := w.chain(c.OwnProof)
	for _, arm := range c.Arms {
		all = append(all, w.behind(arm)...)
	}
	return all
}

// term names a value.
func (w *wording) term(t certificate.Term) string {
	row, ofRow := t.Row()
	switch {
	case t.IsColumn():
		return w.column(row, t.Number())
	case ofRow:
		return "the tenant of " + w.row(row)
	case t.IsParam():
		return "`" + w.st.ParamText(t.Number()) + "`"
	case t.IsElement():
		return "one of `" + w.st.ParamText(t.Number()) + "`"
	case t.IsOut():
		return "a column of the result"
	case t.IsValue():
		return "'" + w.st.Literals[t.Number()-1] + "'"
	}
	return t.String()
}

func (w *wording) column(r query.RelID, i int) string {
	name, column := w.names[r], ""
	if of := w.columns[r]; of != nil {
		column = of(i)
	}
	if row, ok := w.cert.Rows[r]; ok && column == "" && i < len(row.Claim.Table.Columns) {
		return "`" + row.Claim.Table.Columns[i].Name + "` of " + w.row(r)
	}
	if strings.Contains(name, " ") {
		return "`" + column + "` of the " + name
	}
	return "`" + name + "." + column + "`"
}

func (w *wording) row(r query.RelID) string {
	switch name := w.names[r]; {
	case strings.Contains(name, " "):
		return "the " + name
	case name != "":
		return "`" + name + "`"
	}
	if row, ok := w.cert.Rows[r]; ok {
		return "the row of `" + row.Claim.Table.Name.String() + "` behind " + w.row(row.In)
	}
	return "a row"
}
