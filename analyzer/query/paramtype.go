package query

import "strings"

// closed are the families that PostgreSQL compares with no other type: a parameter that is
// compared in one of them has that type, or its conversion has been asked for.
func closed(t Type) bool {
	return t == "uuid" || t == "bool" || t == "bytea" || t == "jsonb" || strings.HasPrefix(string(t), "enum ")
}

// AsText is the type of a parameter that is compared with values of a type as they are written:
// it is text, and one such value at most.
func AsText(t Type) Type { return "text of " + t }

// OneValue reports whether the parameter is one value wherever it is compared, so that it
// may stand in an equality: it is compared in one family, and no other place can give it a
// type in which different values become the same. As text it keeps every value, and is
// compared with nothing but text unless it is cast.
func (p *ParamInfo) OneValue() bool {
	types := p.Equals
	if len(types) == 0 {
		types = p.Elsewhere
	}
	if len(types) != 1 || types[0] == Unknown {
		return false
	}
	if closed(types[0]) {
		return true
	}
	for _, t := range p.Elsewhere {
		if t != types[0] && t != "text" {
			return false
		}
	}
	return true
}

// OneType reports whether the parameter has one family in all places, so that it is never
// converted.
func (p *ParamInfo) OneType() bool {
	all := append(append([]Type{}, p.Equals...), p.Elsewhere...)
	for _, t := range all {
		if t == Unknown || t != all[0] {
			return false
		}
	}
	return len(all) > 0
}
