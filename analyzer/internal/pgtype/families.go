package pgtype

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// AnyType is the type of a bare parameter or literal: it takes the type of what
// it is compared with (PostgreSQL manual, 10.2).
const AnyType query.Type = "?"

// Families maps built-in types to the family within which PostgreSQL's equality
// is transitive across types. Types that are not listed prove nothing: of some, values are
// equal that differ, or change where they become one. The blanks at the end of bpchar do not
// count (PostgreSQL manual, 8.3), name cuts its input at 63 bytes, float4 and float8 round.
var Families = map[string]query.Type{
	"uuid": "uuid", "text": "text", "varchar": "text",
	"int2": "int", "int4": "int", "int8": "int", "numeric": "numeric", "bool": "bool",
	"date": "date", "timestamp": "timestamp", "timestamptz": "timestamptz", "time": "time",
	"bytea": "bytea", "oid": "oid", "inet": "inet", "jsonb": "jsonb",
}

// Family returns the Family of a column's type; domains have their base's.
func Family(db *catalog.Database, t catalog.TypeRef) query.Type {
	for range 32 { // domains over domains
		if t.Array || t.Nondeterministic {
			return query.Unknown
		}
		if t.Name.Schema == "pg_catalog" {
			return Families[t.Name.Name]
		}
		u := db.Type(t.Name)
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

// KeepsValue reports whether a cast to t of a value in one of the tenant id types
// either fails or keeps the value, so that a parameter stays the same parameter.
func KeepsValue(db *catalog.Database, t catalog.TypeRef) bool {
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
		u := db.Type(t.Name)
		if u == nil || u.Kind != "domain" {
			return false
		}
		t = u.Base
	}
	return false
}

// Modified reports whether a type or a domain below it has a modifier.
func Modified(db *catalog.Database, t catalog.TypeRef) bool {
	for range 32 {
		u := db.Type(t.Name)
		if t.Modified || u == nil || u.Kind != "domain" {
			return t.Modified
		}
		t = u.Base
	}
	return true
}

// Common is the type of two values that share a column of a set operation.
func Common(a, b query.Type) query.Type {
	switch {
	case a == AnyType:
		return b
	case b == AnyType || a == b:
		return a
	}
	return query.Unknown
}

// Wider lists the types that PostgreSQL converts a value of a type to by itself, each
// value to another one (PostgreSQL manual, 10.2 and pg_cast).
var Wider = map[string][]string{
	"int2":      {"int4", "int8", "numeric", "float8"},
	"int4":      {"int8", "numeric", "float8"},
	"int8":      {"numeric"},
	"float4":    {"float8"},
	"varchar":   {"text"},
	"name":      {"text"},
	"date":      {"timestamp", "timestamptz"},
	"timestamp": {"timestamptz"},
}
