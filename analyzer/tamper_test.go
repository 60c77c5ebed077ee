package analyzer_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// TestCheckerRefusesTampering changes each certificate of the accepted queries in
// every single place that the proof rests on. The checker must refuse each of them:
// were a place not looked at, the prover could write anything there.
func TestCheckerRefusesTampering(t *testing.T) {
	certificates, changes := 0, 0
	for _, c := range loadCases(t) {
		t.Run(c.name, func(t *testing.T) {
			a := c.analysis()
			for _, r := range a.File("queries.sql", c.queries) {
				if r.Verdict != analyzer.Scoped {
					continue
				}
				st, cert := a.Certify(t, c.statement(r))
				if err := a.Check(st, cert); err != nil {
					t.Fatalf("%s: %v", r.Name, err)
				}
				certificates++
				for _, x := range tampering(cert) {
					x.do()
					if a.Check(st, cert) == nil {
						t.Errorf("%s: the checker accepts %s", r.Name, x.what)
					}
					x.undo()
					changes++
				}
				if err := a.Check(st, cert); err != nil {
					t.Fatalf("%s: the test does not undo what it does: %v", r.Name, err)
				}
			}
		})
	}
	t.Logf("%d certificates, %d changes refused", certificates, changes)
}

// The analyzer itself refuses what its checker refuses: the call can be cut, and the
// checker be as good as it may.
func TestAnalyzerListensToItsChecker(t *testing.T) {
	for _, c := range loadCases(t) {
		a := c.analysis()
		a.Tamper(func(c *certificate.Certificate) {
			for i := range c.Pins {
				c.Pins[i].Chain = nil
			}
		})
		for _, r := range a.File("queries.sql", c.queries) {
			// A declaration that nothing needs answers what is not proved any more.
			if strings.HasPrefix(comment(r, "want "), "scoped") && r.Category == "" && (r.Verdict != analyzer.Rejected || r.Diagnostics[0].Rule != "unchecked-proof" || len(r.Relations) > 0) {
				t.Errorf("%s line %d: %s is %s with a broken certificate", c.name, r.Line, r.Name, r.Verdict)
			} else if len(r.Diagnostics) > 0 && r.Diagnostics[0].Line < r.Line {
				t.Errorf("%s: line %d is named for %s in line %d", c.name, r.Diagnostics[0].Line, r.Name, r.Line)
			}
		}
	}
}

// change is one place of a certificate, made wrong and right again.
type change struct {
	what     string
	do, undo func()
}

type tamperer struct {
	changes []change
	seen    map[any]bool
}

func tampering(c *certificate.Certificate) []change {
	w := &tamperer{seen: map[any]bool{}}
	for i := range c.Pins {
		p := &c.Pins[i]
		set(w, "a pin of another table", &p.Base, &query.Base{})
		w.chain(fmt.Sprintf("pin %d", i+1), &p.Chain)
	}
	for level, n := range c.Tenants {
		if n > 0 {
			set(w, "no tenant parameter", &c.Tenants[level], 0)
			set(w, "another tenant parameter", &c.Tenants[level], n+100)
		}
	}
	for i := range c.Outer {
		o := &c.Outer[i]
		set(w, "an outer tenant of another table", &o.Base, &query.Base{})
		set(w, "an outer tenant in another column", &o.Col, o.Col+50)
		w.chain("outer tenant", &o.Chain)
		w.chain("row of the same tenant", &o.Same)
		if o.Like != certificate.NoRel {
			set(w, "a like row that is not there", &o.Like, -9)
		}
	}
	for i, all := range c.Assumes {
		set(w, "an unnamed premise: "+all.Text, &c.Assumes, slices.Delete(slices.Clone(c.Assumes), i, i+1))
		set(w, "a premise about another key", &c.Assumes[i].Constraint, "other")
	}
	for _, n := range c.Demands {
		for ref, chain := range n.By {
			w.add("a reference that asks for nothing", func() { delete(n.By, ref) }, func() { n.By[ref] = chain })
			for i := range chain {
				w.step("need", &chain[i])
			}
		}
	}
	for _, chain := range c.Sets {
		for i := range chain {
			w.step("assignment", &chain[i])
		}
	}
	for id, row := range c.Rows {
		w.add("a row behind another relation", func() { r := row; r.In = -9; c.Rows[id] = r }, func() { c.Rows[id] = row })
		w.row(row.Claim)
	}
	return w.changes
}

func (w *tamperer) add(what string, do, undo func()) {
	w.changes = append(w.changes, change{what, do, undo})
}

func set[T any](w *tamperer, what string, at *T, wrong T) {
	right := *at
	w.add(what, func() { *at = wrong }, func() { *at = right })
}

func (w *tamperer) chain(what string, c *certificate.Chain) {
	if len(*c) == 0 {
		return
	}
	set(w, what+": an empty chain", c, nil)
	set(w, what+": a chain without its last step", c, (*c)[:len(*c)-1])
	for i := range *c {
		w.step(fmt.Sprintf("%s, step %d", what, i+1), &(*c)[i])
	}
}

func (w *tamperer) step(what string, s *certificate.Step) {
	if w.seen[s] {
		return
	}
	w.seen[s] = true
	what = fmt.Sprintf("%s (%q)", what, s.Text)
	set(w, what+": starts elsewhere", &s.A, anotherTerm(s.A))
	set(w, what+": ends elsewhere", &s.B, anotherTerm(s.B))
	for _, kind := range append(certificate.Kinds(), 0) {
		if kind != s.Kind {
			set(w, fmt.Sprintf("%s: for reason %s instead of %s", what, kind, s.Kind), &s.Kind, kind)
		}
	}
	switch s.Kind {
	case certificate.Condition, certificate.Member, certificate.EveryArm, certificate.MayRead, certificate.Fed, certificate.EitherSide,
		certificate.Output, certificate.Demanded, certificate.Given, certificate.ByDefault, certificate.Arbiter, certificate.Assigned:
		set(w, what+": by no condition", &s.Node, nil)
		other := reflect.New(reflect.TypeOf(s.Node).Elem())
		other.Elem().Set(reflect.ValueOf(s.Node).Elem())
		set(w, what+": by a condition that is not there", &s.Node, other.Interface())
	case certificate.SameRow:
		set(w, what+": by no key", &s.Key, nil)
	case certificate.ForeignKey:
		set(w, what+": by no foreign key", &s.Foreign, nil)
	case certificate.ParentRow:
		set(w, what+": by no parent", &s.Parent, nil)
	case certificate.Guaranteed:
		set(w, what+": by no claim", &s.Claim, nil)
		w.claim(what, s.Claim)
	}
	if s.Kind == certificate.Output {
		set(w, what+": of another output column", &s.Index, s.Index+50)
	}
	for i := range s.Premises {
		w.chain(what+", premise", &s.Premises[i])
	}
}

// anotherTerm is a term of the kind of t that is another.
func anotherTerm(t term) term {
	row, _ := t.Row()
	switch {
	case t.IsColumn():
		return certificate.Column(row, t.Number()+50)
	case t.IsOwner():
		return certificate.Owner(row + 50)
	case t.IsParam():
		return certificate.Param(t.Number() + 50)
	case t.IsOut():
		return certificate.Out(t.Number() + 50)
	}
	return certificate.Literal(t.Number() + 50)
}

// columnInstead is a column of the row whose owner t is.
func columnInstead(t term) term {
	row, _ := t.Row()
	return certificate.Column(row, 1)
}

func (w *tamperer) claim(what string, c *certificate.Claim) {
	if c == nil || w.seen[c] {
		return
	}
	w.seen[c] = true
	set(w, what+": a claim about another column", &c.Col, c.Col+50)
	set(w, what+": another claim", &c.Is, anotherTerm(c.Is))
	if len(c.Arms) > 0 {
		set(w, what+": a claim without its arms", &c.Arms, nil)
		for _, arm := range c.Arms {
			w.claim(what, arm)
		}
	} else {
		set(w, what+": a claim without proof", &c.Proof, nil)
	}
	for i := range c.Proof {
		w.chain(what+", claim", &c.Proof[i])
	}
}

func (w *tamperer) row(c *certificate.RowClaim) {
	if w.seen[c] {
		return
	}
	w.seen[c] = true
	set(w, "a row of another table", &c.Table, &catalog.Table{})
	for _, arm := range c.Arms {
		w.row(arm)
	}
	if len(c.Arms) > 0 {
		set(w, "a row without its arms", &c.Arms, nil)
		return
	}
	set(w, "a row that is not there", &c.Row, -9)
	for col, chain := range c.ColsProof {
		if len(chain) > 0 {
			w.add("a column of a row without proof", func() { c.ColsProof[col] = nil }, func() { c.ColsProof[col] = chain })
		}
	}
	if c.Owner > 0 {
		set(w, "a row without a proof of its owner", &c.OwnProof, nil)
	}
}

// statement is the text of one query of the case, with its name comment.
func (c *testCase) statement(r *analyzer.Result) string {
	lines := strings.SplitAfter(c.queries, "\n")[r.Line-1:]
	for i, line := range lines {
		if i > 0 && strings.HasPrefix(line, "-- name:") {
			return strings.Join(lines[:i], "")
		}
	}
	return strings.Join(lines, "")
}
