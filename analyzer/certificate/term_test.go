package certificate

import (
	"slices"
	"testing"
)

// Terms of different kinds are never the same, whatever their numbers, and only columns and
// owners are of a row: parameter 0 of no row was once a column of row 0.
func TestTermsAreValues(t *testing.T) {
	all := []Term{{}, NotNull(), Null(), Literal(0), Literal(1), Out(0), Out(1), Param(0), Param(1), Owner(0), Column(0, -1), Column(0, 0), Column(0, 1), Owner(1), Column(1, 0)}
	for i, a := range all {
		for j, b := range all {
			if (a == b) != (i == j) {
				t.Errorf("%v == %v", a, b)
			}
			if c := a.Compare(b); (c < 0) != (i < j) || (c > 0) != (i > j) {
				t.Errorf("%v compared with %v: %d", a, b, c)
			}
		}
		row, ok := a.Row()
		if is := a.IsColumn() || a.IsOwner(); ok != is || a.Of(0) != (is && row == 0) {
			t.Errorf("%v is of row %v %t", a, row, ok)
		}
	}
	if shuffled := slices.SortedFunc(slices.Values([]Term{Column(1, 0), Param(1), Owner(0)}), Term.Compare); shuffled[0] != Param(1) {
		t.Errorf("sorted: %v", shuffled)
	}
	for _, c := range []struct {
		term                          Term
		fixed, literal, value, isNull bool
	}{{Param(1), true, false, false, false}, {Literal(1), true, true, true, false}, {Null(), true, true, false, true}, {NotNull(), true, true, false, false}, {Column(1, 1), false, false, false, false}, {Out(1), false, false, false, false}, {Term{}, false, false, false, false}} {
		if c.term.Fixed() != c.fixed || c.term.IsLiteral() != c.literal || c.term.IsValue() != c.value || (c.term == Null()) != c.isNull {
			t.Errorf("%v", c.term)
		}
	}
}

// A step without a reason has none: the zero Kind is not that of a condition.
func TestKindsHaveNames(t *testing.T) {
	seen := map[string]bool{Kind(0).String(): true}
	for _, k := range Kinds() {
		if k == 0 || seen[k.String()] {
			t.Errorf("%d is called %q", k, k)
		}
		seen[k.String()] = true
	}
	if len(Kinds()) != int(EitherSide) {
		t.Errorf("%d kinds, the last is %d", len(Kinds()), EitherSide)
	}
	for _, k := range []Kind{-1, EitherSide + 1} {
		if seen[k.String()] {
			t.Errorf("%d is called %q", int(k), k)
		}
	}
}
