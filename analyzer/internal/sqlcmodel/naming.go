package sqlcmodel

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jinzhu/inflection"
)

// Naming is how sqlc names the types and fields that it makes of a schema (internal/codegen/golang/struct.go).
type Naming struct {
	Exact       bool // emit_exact_table_names
	Excluded    []string
	Initialisms []string
	Rename      map[string]string
}

// Of is sqlc's StructName.
func (n Naming) Of(name string) string {
	if renamed := n.Rename[name]; renamed != "" {
		return renamed
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '_'
	}, name)
	var out strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if slices.Contains(n.Initialisms, part) {
			out.WriteString(strings.ToUpper(part))
		} else if first, size := utf8.DecodeRuneInString(part); size > 0 {
			out.WriteString(string(unicode.ToTitle(first)) + part[size:])
		}
	}
	if first, _ := utf8.DecodeRuneInString(out.String()); unicode.IsDigit(first) {
		return "_" + out.String()
	}
	return out.String()
}

// irregular are words that sqlc keeps its library from (internal/inflection).
var irregular = map[string]string{"calories": "calorie", "waves": "wave", "metadata": "metadata"}

// Model is the name of the struct for a table, and what "rename" has to name to give it another one.
func (n Naming) Model(schema, table string) (name, renamed string) {
	if schema != "public" {
		table = schema + "_" + table
	}
	lower := strings.ToLower(table)
	switch one := irregular[lower]; {
	case n.Exact || lower == "campus" || lower == "meta" || slices.ContainsFunc(n.Excluded, func(e string) bool { return strings.EqualFold(e, table) }):
	case one != "":
		table = one
	default:
		table = inflection.Singular(table)
	}
	return n.Of(table), table
}

// EnumValue is what sqlc makes of the label of an enumeration (EnumReplace).
func EnumValue(label string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("-/:_", r):
			return '_'
		case r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			return r
		}
		return -1
	}, label)
}
