package analyzer

import (
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
)

// Link is one equality of the chain that pins an occurrence, as people read it.
type Link struct {
	Text string `json:"text"`
	// Line and Column are where it stands, 0 when it stands nowhere in the query.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Constraint is the key or foreign key that it rests on; Because are the
	// equalities that make it apply, one chain for each of its columns.
	Constraint string   `json:"constraint,omitempty"`
	Because    [][]Link `json:"because,omitempty"`
}

// Links returns the equalities of Proof with their positions and constraints.
func (r Relation) Links() []Link {
	if r.recalled != nil {
		return r.recalled.list()
	}
	if out := r.src.links(r.chain); len(out) > 0 {
		return out
	}
	return []Link{{Text: r.Proof[0], Line: r.Line, Column: r.Column}}
}

// links renders a chain of a certificate. Steps that hold by construction, such as
// an output column that stands for its expression, have no text and are left out.
func (s *source) links(c certificate.Chain) []Link {
	var out []Link
	for _, step := range c {
		if step.Text == "" {
			continue
		}
		l := Link{Text: strings.ReplaceAll(step.Text, certificate.And, ", ")}
		if step.Pos.Known() {
			l.Line, l.Column = s.lineColumn(step.Pos.Start)
		}
		switch {
		case step.Key != nil:
			l.Constraint = step.Key.Name
		case step.Foreign != nil:
			l.Constraint = step.Foreign.Name
		}
		for _, premise := range step.Premises {
			if because := s.links(premise); len(because) > 0 {
				l.Because = append(l.Because, because)
			}
		}
		out = append(out, l)
	}
	return out
}
