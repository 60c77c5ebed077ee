package catalog

import (
	"slices"
	"strings"
)

// QuoteIdent writes a name as SQL, in quotes where it needs them.
func QuoteIdent(s string) string {
	plain := s != ""
	for i := range len(s) {
		c := s[i]
		if !(c == '_' || c >= 'a' && c <= 'z' || i > 0 && (c >= '0' && c <= '9' || c == '$')) {
			plain = false
		}
	}
	if plain && !slices.Contains(reserved, s) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// reserved are the key words that cannot name a table or column without quotes
// (PostgreSQL manual, appendix C).
var reserved = strings.Fields(`all analyse analyze and any array as asc asymmetric authorization binary both case cast check
	collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema
	current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign
	freeze from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like
	limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
	references returning right select session_user similar some symmetric system_user table tablesample then to trailing
	true union unique user using variadic verbose when where window with`)

// SQL writes a name as a query does: quoted where it needs it, without the schema when that is public.
func (n Name) SQL() string {
	if n.Schema == "" || n.Schema == "public" {
		return QuoteIdent(n.Name)
	}
	return QuoteIdent(n.Schema) + "." + QuoteIdent(n.Name)
}
