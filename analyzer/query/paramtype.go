package query

import (
	"slices"
	"strings"
)

// Argument is the type of a bare parameter that is a function's argument: any that the
// function may have.
const Argument Type = "argument"

// closed are the families that PostgreSQL compares with no other type: a parameter that is
// compared in one of them has that type, or its conversion has been asked for.
func closed(t Type) bool {
	return t == "uuid" || t == "bool" || t == "bytea" || t == "jsonb" || strings.HasPrefix(string(t), "enum ")
}

// OneValue reports whether the parameter is one value wherever it is compared, so that it
// may stand in an equality: it is compared in one family, and no other place can give it a
// type in which different values become the same.
func (p *ParamInfo) OneValue() bool {
	if len(p.Equals) != 1 {
		return len(p.Equals) == 0
	}
	t := p.Equals[0]
	if closed(t) {
		return true
	}
	number := t == "int" || t == "numeric"
	return !slices.Contains(p.Elsewhere, Unknown) && !(number && slices.Contains(p.Elsewhere, Argument))
}
