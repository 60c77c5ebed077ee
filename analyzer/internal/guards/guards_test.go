package guards

import (
	"go/format"
	"slices"
	"strings"
	"testing"
)

// What can be taken out of a program, by name: operands and wholes of conditions, cases,
// calls and assignments to fields.
func TestRewrite(t *testing.T) {
	w := &writer{}
	text, err := w.rewrite("p.go", `package p

func (k *checker) f(a, b int) (string, bool) {
	if a == 1 && (b == 2 || b == 3) {
		k.fail("no")
		return "", false
	}
	switch a {
	case 4, 5:
		k.open = true
	}
	for a < b { // a condition that is forced would never end
		a++
	}
	return "", g(func() bool { return b > 1 })
}
`, "m/guards")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := format.Source([]byte(text)); err != nil {
		t.Fatal(err, text)
	}
	defer func(before []Guard) { table = before }(table)
	table = w.guards
	var names []string
	for _, m := range Mutants() {
		names = append(names, strings.TrimPrefix(m.String(), "p checker.f: "))
	}
	want := []string{
		"a == 1 && (b == 2 || b == 3) = false", "a == 1 = true", "(b == 2 || b == 3) = true", "b == 2 = false", "b == 3 = false",
		`k.fail("no") left out`, "4 = false", "5 = false", "k.open = true left out",
		"g(func() bool {…}) = false", "g(func() bool {…}) = true", "b > 1 = false", "b > 1 = true",
	}
	if slices.Sort(names); !slices.Equal(names, slices.Sorted(slices.Values(want))) {
		t.Errorf("got\n%s\nfrom\n%s", strings.Join(names, "\n"), text)
	}
}

// Is has the outcome that is forced, for as long as it is, and Record tells which
// mutants would have mattered.
func TestForce(t *testing.T) {
	defer func(before []Guard) { table = before }(table)
	table = []Guard{{Package: "p", Func: "f", Text: "x", Kind: Cond, True: true, False: true}, {Package: "p", Func: "f", Text: "y", Kind: Cond, True: true}}
	m, ok := Named("p f: x = false")
	if _, other := Named("p f: y = false"); !ok || other {
		t.Fatal("the names do not fit")
	}
	would := Record(func() { Is(0, true) })
	if no, _ := Named("p f: x = true"); !would(m) || would(no) {
		t.Error("only the other outcome matters")
	}
	undo := Force(m)
	if Is(0, true) || !Is(1, true) {
		t.Error("the guard is not forced, or another is")
	}
	if undo(); !Is(0, true) {
		t.Error("the guard is still forced")
	}
}
