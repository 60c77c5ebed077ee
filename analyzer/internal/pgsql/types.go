package pgsql

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// anyType is the type of a bare parameter or literal: it takes the type of what
// it is compared with (PostgreSQL manual, 10.2).
const anyType query.Type = "?"

// families maps built-in types to the family within which PostgreSQL's equality
// is transitive across types. Types that are not listed prove nothing: of some, values are
// equal that differ, or change where they become one. The blanks at the end of bpchar do not
// count (PostgreSQL manual, 8.3), name cuts its input at 63 bytes, float4 and float8 round.
var families = map[string]query.Type{
	"uuid": "uuid", "text": "text", "varchar": "text",
	"int2": "int", "int4": "int", "int8": "int", "numeric": "numeric", "bool": "bool",
	"date": "date", "timestamp": "timestamp", "timestamptz": "timestamptz", "time": "time",
	"bytea": "bytea", "oid": "oid", "inet": "inet", "jsonb": "jsonb",
}

// family returns the family of a column's type; domains have their base's.
func (l *lowerer) family(t catalog.TypeRef) query.Type {
	for range 32 { // domains over domains
		if t.Array || t.Nondeterministic {
			return query.Unknown
		}
		if t.Name.Schema == "pg_catalog" {
			return families[t.Name.Name]
		}
		u := l.db.Type(t.Name)
		switch {
		case u == nil:
			return query.Unknown
		case u.Kind == "enum":
			return query.Type("enum " + u.Name.Schema + "." + u.Name.Name)
		case u.Kind != "domain":
			return query.Unknown
		}
		t = u.Base
	}
	return query.Unknown
}

// keepsValue reports whether a cast to t of a value in one of the tenant id types
// either fails or keeps the value, so that a parameter stays the same parameter.
func (l *lowerer) keepsValue(t catalog.TypeRef) bool {
	for range 32 {
		if t.Array || t.Modified || t.Nondeterministic {
			return false
		}
		if t.Name.Schema == "pg_catalog" {
			switch t.Name.Name {
			case "uuid", "text", "varchar", "int2", "int4", "int8":
				return true
			}
			return false
		}
		u := l.db.Type(t.Name)
		if u == nil || u.Kind != "domain" {
			return false
		}
		t = u.Base
	}
	return false
}

// modified reports whether a type or a domain below it has a modifier.
func (l *lowerer) modified(t catalog.TypeRef) bool {
	for range 32 {
		u := l.db.Type(t.Name)
		if t.Modified || u == nil || u.Kind != "domain" {
			return t.Modified
		}
		t = u.Base
	}
	return true
}

// strings_ returns the values of a list of String nodes, nil when one is not.
func strings_(nodes []*pg.Node) []string {
	out := make([]string, 0, len(nodes))
	for _, n := range nodes {
		s, ok := n.GetNode().(*pg.Node_String_)
		if !ok {
			return nil
		}
		out = append(out, s.String_.GetSval())
	}
	return out
}

// typeLabel is the name a cast gives to an unnamed output column.
func typeLabel(t *pg.TypeName) string {
	names := strings_(t.GetNames())
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}

// QuoteIdent writes a name as SQL, in quotes where it needs them.
func QuoteIdent(s string) string {
	plain := s != ""
	for i := range len(s) {
		c := s[i]
		if !(c == '_' || c >= 'a' && c <= 'z' || i > 0 && (c >= '0' && c <= '9' || c == '$')) {
			plain = false
		}
	}
	if plain && !reserved[s] {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// reserved are the key words that cannot name a table or column without quotes
// (PostgreSQL manual, appendix C).
var reserved = wordSet(`all analyse analyze and any array as asc asymmetric authorization binary both case cast check
	collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema
	current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign
	freeze from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like
	limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
	references returning right select session_user similar some symmetric system_user table tablesample then to trailing
	true union unique user using variadic verbose when where window with`)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}
