package prove

import (
	"encoding/json"
	"fmt"
	"strings"
)

// compute chooses columns from which a generated column comes out as it shall: as the
// tenant, or as the key of a parent. It guesses from the expression's text, and the
// server tells which guess was right.
func (f *filler) compute(t *table, values []*string, set []bool) {
	for i, c := range t.columns {
		if !c.computed || !set[i] || values[i] == nil {
			continue
		}
		for j, from := range t.columns {
			if from.computed || !mentions(c.expr, from.name) || f.tenantColumn(from.name) {
				continue
			}
			if s := f.source(from, c.expr, *values[i]); s != nil {
				values[j], set[j] = s, true
			}
		}
	}
}

// source guesses a value of a column from which an expression makes want.
func (f *filler) source(c *column, expr, want string) *string {
	var words []string
	for _, m := range stringLiteral().FindAllStringSubmatch(expr, -1) {
		words = append(words, strings.ReplaceAll(m[2], "''", "'"))
	}
	numbers := numberLiteral().FindAllString(stringLiteral().ReplaceAllString(expr, ""), -1)
	pick := func(list []string) string { return list[f.rng.IntN(len(list))] }
	var guess string
	switch b := f.base(c.typ); {
	case b.name == "json" || b.name == "jsonb":
		guess = f.document(words, want)
	case b.category == "N" && len(numbers) > 0 && f.rng.IntN(3) > 0:
		guess = reverse(want, pick(numbers), f.rng.IntN(4), f.rng.IntN(3))
	case b.category == "S" && f.rng.IntN(4) > 0:
		sep := ""
		if len(words) > 0 {
			sep = pick(words)
		}
		guess = []string{want + sep + "x", "x" + sep + want, strings.ToUpper(want), strings.TrimPrefix(want, sep), strings.TrimSuffix(want, sep)}[f.rng.IntN(5)]
	default:
		guess = want
	}
	return &guess
}

// document is a JSON object that has a value under keys: one in another, or side by side.
func (f *filler) document(keys []string, want string) string {
	var path []string
	for _, k := range keys {
		path = append(path, parseArray(k)...) // '{a,b}' is a path, too
	}
	var doc any = want
	if f.rng.IntN(2) == 0 {
		for i := range path {
			doc = map[string]any{path[len(path)-1-i]: doc}
		}
	} else {
		flat := map[string]any{}
		for _, k := range path {
			flat[k] = want
		}
		doc = flat
	}
	text, _ := json.Marshal(doc) // of strings, which cannot fail
	return string(text)
}

// reverse undoes arithmetic with a number.
func reverse(want, by string, how, rest int) string {
	var a, b int
	if _, err := fmt.Sscan(want, &a); err != nil {
		return want
	}
	if _, err := fmt.Sscan(by, &b); err != nil || b == 0 {
		return want
	}
	return fmt.Sprint([]int{a*b + rest, a - b, a + b, a / b}[how])
}
