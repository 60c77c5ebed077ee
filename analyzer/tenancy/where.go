package tenancy

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

// where reads the condition on the rows of the parent that rows of t can belong to, and
// makes sure that a unique index keeps the columns of the link apart among those rows.
func (c *classifier) where(t *catalog.Table, p config.Parent, to *Parent) bool {
	fail := func(hint, format string, args ...any) bool {
		c.fail(p.Line, p.Column, hint, "where of "+to.Table.Name.String()+": "+format, args...)
		return false
	}
	tests, ok := readTests(p.Where)
	if !ok {
		return fail("write conditions on columns of the parent, joined by AND: deleted_at IS NULL, x IS NOT NULL, kind = 'note', NOT archived",
			"%q is not understood", p.Where)
	}
	for _, test := range tests {
		i := to.Table.ColumnIndex(test.Column)
		if i < 0 {
			return fail("name columns of the parent", "%s.%s does not exist", to.Table.Name, test.Column)
		}
		if test.Kind == catalog.HasValue {
			if why := c.unlike(to.Table.Columns[i], test.Value); why != "" {
				return fail("write the value as PostgreSQL prints it, and compare a column of type text, an enum, an integer or a boolean",
					"%s of column %s %s", test.Value, test.Column, why)
			}
			c.recognise(test.Value)
		}
		if test.Kind != catalog.HasValue && to.Table.Columns[i].Value.Row() {
			return fail("test a column of another type", "column %s may hold rows, which are neither NULL nor NOT NULL when one of their fields is", test.Column)
		}
		to.Where = append(to.Where, Test{i, test.Kind, test.Value})
	}
	var key []string
	for _, on := range p.On {
		key = append(key, on.Parent)
	}
	columns := strings.Join(key, ", ")
	if hasKey(to.Table, key) {
		return fail("leave where out", "columns %s are a key of all its rows", columns)
	}
	if !keyWhere(to.Table, key, tests) {
		return fail("create that index: CREATE UNIQUE INDEX ON "+to.Table.Name.String()+" ("+columns+") WHERE "+p.Where,
			"no unique index over columns %s says so, so a row of %s could belong to several tenants", columns, t.Name)
	}
	c.m.Tests = true
	return true
}

// keyWhere reports whether a unique index keeps the columns of rows apart for which the
// tests are true: its predicate is true of all these rows. As for any key, that is said for
// no other rows than those of t itself.
func keyWhere(t *catalog.Table, columns []string, tests []catalog.Test) bool {
	return slices.ContainsFunc(t.Keys, func(k *catalog.Key) bool {
		whole := *k
		whole.Partial = false
		return k.Partial && len(k.Where) > 0 && identifies(t, &whole) &&
			!slices.ContainsFunc(k.Columns, func(c string) bool { return !slices.Contains(columns, c) }) &&
			!slices.ContainsFunc(k.Where, func(w catalog.Test) bool { return !slices.Contains(tests, w) })
	})
}

// testToken is what a condition of where is made of.
var testToken = regexp.MustCompile(`^\s*("(?:[^"]|"")+"|'(?:[^']|'')*'|[A-Za-z_][A-Za-z0-9_$]*|-?[0-9]+|=|$)`)

// readTests reads conditions on columns, joined by AND.
func readTests(text string) ([]catalog.Test, bool) {
	var words []string
	for rest := text; strings.TrimSpace(rest) != ""; {
		m := testToken.FindStringSubmatch(rest)
		if m == nil || m[1] == "" {
			return nil, false
		}
		words, rest = append(words, m[1]), rest[len(m[0]):]
	}
	var all []catalog.Test
	for len(words) > 0 {
		end := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, "AND") })
		if end == len(words)-1 {
			return nil, false
		}
		one := words
		if words = nil; end >= 0 {
			one, words = one[:end], one[end+1:]
		}
		t, ok := readTest(one)
		if !ok {
			return nil, false
		}
		all = append(all, t)
	}
	return all, len(all) > 0
}

// readTest reads one condition, of which words are the tokens.
func readTest(words []string) (catalog.Test, bool) {
	said := make([]string, len(words))
	for i, w := range words {
		said[i] = strings.ToUpper(w)
	}
	if len(words) == 2 && said[0] == "NOT" {
		return tested(words[1], catalog.HasValue, "false")
	}
	if len(words) == 0 {
		return catalog.Test{}, false
	}
	switch rest := said[1:]; {
	case len(rest) == 0:
		return tested(words[0], catalog.HasValue, "true")
	case slices.Equal(rest, []string{"IS", "NULL"}):
		return tested(words[0], catalog.IsNull, "")
	case slices.Equal(rest, []string{"IS", "NOT", "NULL"}):
		return tested(words[0], catalog.IsNotNull, "")
	case len(rest) == 2 && rest[0] == "=":
		value, ok := testValue(words[2])
		t, column := tested(words[0], catalog.HasValue, value)
		return t, ok && column
	}
	return catalog.Test{}, false
}

// reserved words are no names of columns (PostgreSQL manual, appendix C).
var reserved = []string{"NOT", "IS", "NULL", "TRUE", "FALSE", "AND", "OR"}

func tested(name string, kind catalog.TestKind, value string) (catalog.Test, bool) {
	if quoted, ok := strings.CutPrefix(name, `"`); ok {
		return catalog.Test{Column: strings.ReplaceAll(strings.TrimSuffix(quoted, `"`), `""`, `"`), Kind: kind, Value: value}, true
	}
	if name == "=" || strings.ContainsAny(name[:1], "-0123456789'") || slices.Contains(reserved, strings.ToUpper(name)) {
		return catalog.Test{}, false
	}
	return catalog.Test{Column: strings.ToLower(name), Kind: kind, Value: value}, true
}

// testValue is the value of a literal.
func testValue(word string) (string, bool) {
	if quoted, ok := strings.CutPrefix(word, "'"); ok {
		return strings.ReplaceAll(strings.TrimSuffix(quoted, "'"), "''", "'"), true
	}
	if lower := strings.ToLower(word); lower == "true" || lower == "false" {
		return lower, true
	}
	return word, strings.ContainsAny(word[:1], "-0123456789")
}

// Asked lists the tests that tables ask of rows of t which their rows belong to, each once.
func (m *Map) Asked(t *catalog.Table) []Test {
	var all []Test
	for _, o := range m.owners {
		for _, p := range o.Parents {
			for _, test := range p.Where {
				if p.Table == t && !slices.Contains(all, test) {
					all = append(all, test)
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b Test) int {
		return cmp.Or(cmp.Compare(a.Column, b.Column), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
	return all
}

// noKey says what to do where columns of a parent are no key.
func noKey(t *catalog.Table, columns []string) string {
	hint := "add a unique constraint, or use the parent's primary key"
	for _, k := range t.Keys {
		if k.Partial && !k.Expression && slices.Equal(slices.Sorted(slices.Values(k.Columns)), slices.Sorted(slices.Values(columns))) {
			return hint + "; or, as unique index " + k.Name + " has them under a condition, name that: where: \"<its condition>\""
		}
	}
	return hint
}
