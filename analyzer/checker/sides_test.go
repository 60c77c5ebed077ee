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

// TestPresent says of which sides of a join there is a row, also of one that conditions make another kind.
func TestPresent(t *testing.T) {
	inner := &query.Join{Kind: query.Inner, Left: &query.Base{ID: 3}, Right: &query.Derived{ID: 4}}
	for name, c := range map[string]struct {
		join  *query.Join
		where query.Expr
		want  string
	}{
		"inner": {&query.Join{Kind: query.Inner, Left: &query.Base{ID: 1}, Right: &query.Base{ID: 2}}, nil, "1 2"},
		"left":  {&query.Join{Kind: query.Left, Left: &query.Base{ID: 1}, Right: &query.Base{ID: 2}}, nil, "1"},
		"right": {&query.Join{Kind: query.Right, Left: &query.Base{ID: 1}, Right: &query.Base{ID: 2}}, nil, "2"},
		"full":  {&query.Join{Kind: query.Full, Left: &query.Base{ID: 1}, Right: &query.Base{ID: 2}}, nil, "-"},
		"right of a join, of which one is asked for":  {&query.Join{Kind: query.Left, Left: &query.Base{ID: 1}, Right: inner}, asked(4), "1 3 4"},
		"right of a join, of which the other is":      {&query.Join{Kind: query.Left, Left: &query.Base{ID: 1}, Right: inner}, asked(3), "1 3 4"},
		"left of a join, of which neither is":         {&query.Join{Kind: query.Right, Left: inner, Right: &query.Base{ID: 2}}, asked(2), "2"},
		"full, of which one is asked for":             {&query.Join{Kind: query.Full, Left: &query.Base{ID: 1}, Right: &query.Base{ID: 2}}, asked(2), "2"},
		"a function, which is asked for":              {&query.Join{Kind: query.Left, Left: &query.Base{ID: 1}, Right: &query.Rows{ID: 2}}, asked(2), "1"},
		"a WITH query, which is asked for":            {&query.Join{Kind: query.Left, Left: &query.Base{ID: 1}, Right: &query.CTERef{ID: 2}}, asked(2), "1 2"},
		"left of a function, which makes it an inner": {&query.Join{Kind: query.Right, Left: &query.Base{ID: 1}, Right: &query.Rows{ID: 2}}, asked(1), "1"},
	} {
		s := &scope{seen: map[query.Expr]relations{}}
		s.present(c.join)
		s.onlyWhere(c.where)
		if got := side(s); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// asked is a condition that is not true of a row of nulls of a relation.
func asked(id query.RelID) query.Expr { return &query.IsNotNull{Arg: &query.Col{Rel: id}} }

// TestBelow lists the relations of a side of a join.
func TestBelow(t *testing.T) {
	var r relations
	r.below(&query.Join{Left: &query.Join{Left: &query.Base{ID: 1}, Right: &query.Derived{ID: 3}}, Right: &query.Join{Left: &query.CTERef{ID: 5}, Right: &query.Rows{ID: 7}}})
	for id := range query.RelID(9) {
		if r.has(id) != (id%2 == 1) {
			t.Errorf("relation %d: %t", id, r.has(id))
		}
	}
}
