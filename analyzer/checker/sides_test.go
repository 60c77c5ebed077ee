package checker

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// TestSides says for each kind of join what holds on its left side, its right side, and the pairs of which ON is
// asked: the relations that have a row, whether ON is true, and the relations that a row of nulls may stand for.
func TestSides(t *testing.T) {
	on := &query.IsNotNull{Arg: &query.Col{Rel: 9}}
	for kind, want := range map[query.JoinKind]string{
		query.Inner: "1 2 ON; 2 1 ON; -",
		query.Left:  "1; 2 1 ON padded 2; - null 2",
		query.Right: "1 2 ON padded 1; 2; - null 1",
		query.Full:  "1 padded 1; 2 padded 2; nothing",
	} {
		s := &scope{seen: map[query.Expr]relations{}}
		left, right, pair := s.sides(&query.Join{Kind: kind, Left: &query.Base{ID: 1}, Right: &query.Base{ID: 2}, On: on})
		if got := fmt.Sprint(side(left), "; ", side(right), "; ", side(pair)); got != want {
			t.Errorf("%s: got %q, want %q", kind, got, want)
		}
	}
	// A condition above that is not true of a row of nulls makes the join an inner one.
	s := &scope{seen: map[query.Expr]relations{}}
	s.assume(&query.IsNotNull{Arg: &query.Col{Rel: 2}})
	if left, right, pair := s.sides(&query.Join{Kind: query.Left, Left: &query.Base{ID: 1}, Right: &query.Base{ID: 2}, On: on}); side(left) != "1 2 ON" || side(right) != "2 1 ON" || side(pair) != "-" {
		t.Errorf("%s; %s; %s", side(left), side(right), side(pair))
	}
}

// side is what a scope itself says.
func side(s *scope) string {
	if s == nil {
		return "nothing"
	}
	var out []string
	for _, r := range s.rows {
		out = append(out, fmt.Sprint(r.id))
	}
	if len(out) == 0 {
		out = append(out, "-")
	}
	if len(s.truths) > 0 {
		out = append(out, "ON")
	}
	word := "null"
	if s.padded {
		word = "padded"
	}
	for id := range query.RelID(10) {
		if s.pads.has(id) {
			out = append(out, word, fmt.Sprint(id))
		}
	}
	return strings.Join(out, " ")
}
