package prove

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// differs describes what tells two runs apart, or what one of them did to other
// tenants; "" is the wish. With texts, those of errors count too.
func (w *world) differs(q *query, a, b *attempt, texts bool) string {
	if a.harm+b.harm != "" {
		return "rows of other tenants change: " + strings.TrimSuffix(cmp.Or(a.harm, b.harm), "; ")
	}
	if a.kind() != b.kind() || texts && a.refusal() != b.refusal() {
		return fmt.Sprintf("the error is %s or %s", cmp.Or(a.refusal(), "none"), cmp.Or(b.refusal(), "none"))
	}
	x, y := a.rows, b.rows
	if !q.ordered {
		x, y = slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y))
	}
	if d := difference(x, y); d != "" || a.affected != b.affected {
		return fmt.Sprintf("the result has %d rows or %d rows: %s", a.affected, b.affected, d)
	}
	return w.leftDiffers(a, b)
}

// difference is the first place where two lists part, "" for equal ones.
func difference(a, b []string) string {
	at := func(list []string, i int) string {
		if i < len(list) {
			return list[i]
		}
		return "nothing"
	}
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return at(a, i) + " or " + at(b, i)
		}
	}
	return ""
}

// kind is what an error says without a value of a row: its code, and what it is about.
func (a *attempt) kind() string {
	if a.failed == nil {
		return ""
	}
	return strings.Join([]string{a.failed.Code, a.failed.SchemaName, a.failed.TableName, a.failed.ColumnName, a.failed.DataTypeName, a.failed.ConstraintName}, " ")
}

// refusal is an error in words, which may show values: of a failing row, say, whose id
// is another one each time.
func (a *attempt) refusal() string {
	if a.failed == nil {
		return ""
	}
	s := a.failed.Code + " " + a.failed.Message
	if a.failed.Detail != "" {
		s += " (" + a.failed.Detail + ")"
	}
	return s
}

// textOnly reports whether two runs failed alike, but for the words.
func textOnly(a, b *attempt) bool {
	return a.harm+b.harm == "" && a.failed != nil && b.failed != nil && a.kind() == b.kind()
}

// dataError reports whether two runs differ by nothing but an error that a value raises
// in an expression. It may be the value of a row that PostgreSQL looked at before it
// knew whose it was.
func (w *world) dataError(a, b *attempt) bool {
	if a.harm+b.harm != "" || a.failed == nil && b.failed == nil {
		return false
	}
	return (a.failed == nil || w.raisedByValue(a)) && (b.failed == nil || w.raisedByValue(b))
}

// raisedByValue reports whether a run failed in a cast, a division, a subscript, by a
// subquery with two rows or the check of a domain that only looks at its value
// (PostgreSQL manual, appendix A).
func (w *world) raisedByValue(a *attempt) bool {
	e := a.failed
	return strings.HasPrefix(e.Code, "22") || e.Code == "21000" ||
		e.Code == "23514" && e.DataTypeName != "" && w.plainDomain(e.SchemaName, e.DataTypeName)
}

// plainDomain reports whether the checks of a domain call none of the schema's own
// functions, which could look at rows.
func (w *world) plainDomain(schema, name string) bool {
	for _, t := range w.types {
		if t.kind == "d" && t.name == name && t.schema == schema {
			return !t.calls
		}
	}
	return false
}
