package pgtype

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

//go:embed mutablebuiltins.txt
var mutableText string

// mutable are functions of pg_catalog that are not immutable, true for those that are volatile.
var mutable = parseMutable(mutableText)

func parseMutable(text string) map[string]bool {
	m := map[string]bool{}
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) == 2 {
			m[f[0]] = f[1] == "v"
		}
	}
	return m
}

// Extension describes a function of an extension: those that make ids and keys draw them.
func Extension(name string) Builtin {
	draws := strings.HasPrefix(name, "gen_") || strings.HasPrefix(name, "uuid_generate_v")
	return Builtin{Mutable: draws, Volatile: draws}
}

// byZone are the types that PostgreSQL converts into each other by the session's time zone.
var byZone = []query.Type{"date", "timestamp", "timestamptz", "time"}

// BySession reports whether converting a value of one family into another reads a setting
// of the session, such as its time zone.
func BySession(from, to query.Type) bool {
	return from != to && (slices.Contains(byZone, from) || slices.Contains(byZone, to) && from != AnyType && from != query.Unknown)
}

// MutableOperator reports whether an operator on operands of two types is not immutable
// (pg_operator): what compares times by the session's time zone or adds to them by it. Of an
// operand without a known type it says nothing.
func MutableOperator(name string, a, b query.Type) bool {
	switch {
	case name == "+" || name == "-":
		return a == "timestamptz" && b != "timestamptz" || b == "timestamptz" && a != "timestamptz"
	case OrderOperators[name] || name == "=" || name == "<>":
		return a != b && slices.Contains(byZone, a) && slices.Contains(byZone, b)
	}
	return false
}
