package schemagen

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// rng draws.
type rng struct{ *rand.Rand }

func newRNG(seed ...uint64) *rng {
	a, b := uint64(0), uint64(0x9e3779b97f4a7c15)
	for _, s := range seed {
		a, b = a*31+s, b^s*0xbf58476d1ce4e5b9
	}
	return &rng{rand.New(rand.NewPCG(a, b))}
}

func (r *rng) chance(percent int) bool { return r.IntN(100) < percent }

func pick[T any](r *rng, items ...T) T { return items[r.IntN(len(items))] }

// weighted returns an index with the probability of its weight.
func (r *rng) weighted(weights ...int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	n := r.IntN(total)
	for i, w := range weights {
		if n < w {
			return i
		}
		n -= w
	}
	return 0
}

// tenantType is the type of the tenants' ids in their root table, with ids of which some
// are nearly equal, and what other types columns give them.
type tenantType struct {
	name   string
	class  string
	ids    []string
	plain  []string // types on which equal is the same
	nearly []string // types on which it may not be
}

var tenantTypes = []tenantType{
	{"int", "int", []string{"1", "2", "3"}, []string{"int", "int", "int", "bigint", "tnum"}, []string{"numeric", "smallint", "float8", "numeric(8,0)"}},
	{"text", "text", []string{"abc", "abc ", "ABC", "abcd"}, []string{"text", "text", "varchar", "tslug"},
		[]string{"varchar(3)", "char(4)", "citext", "text COLLATE ci", "slug3", "name", `text COLLATE "C"`, "varchar(4)", "char(3)", "cislug"}},
	{"uuid", "uuid", []string{"00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b", "00000000-0000-0000-0000-00000000000c"},
		[]string{"uuid"}, []string{"text", "citext"}},
	{"bigint", "int", []string{"9007199254740992", "9007199254740993", "7"}, []string{"bigint"}, []string{"float8", "real", "numeric(20,0)", "numeric"}},
	{"numeric", "numeric", []string{"1", "1.4", "2"}, []string{"numeric"}, []string{"numeric(8,0)", "numeric(4,1)", "whole", "float8"}},
}

// canonical is the text by which ids are told apart.
func (t tenantType) canonical(column string) string {
	switch t.class {
	case "int", "numeric":
		return "trim_scale(" + column + "::text::numeric)::text"
	}
	return column + "::text"
}

// Statements that the types above need.
var typeStatements = []struct{ word, sql string }{
	{"COLLATE ci", "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"},
	{"cislug", "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"},
	{"citext", "CREATE EXTENSION IF NOT EXISTS citext"},
	{"tnum", "CREATE DOMAIN tnum AS int CHECK (VALUE > 0)"},
	{"tslug", "CREATE DOMAIN tslug AS text"},
	{"slug3", "CREATE DOMAIN slug3 AS varchar(3)"},
	{"cislug", "CREATE DOMAIN cislug AS text COLLATE ci"},
	{"whole", "CREATE DOMAIN whole AS numeric(8,0)"},
}

// needTypes adds the statements for the types that the schema uses.
func (s *Schema) needTypes() {
	var used strings.Builder
	for _, t := range s.Tables {
		for _, c := range t.Columns {
			used.WriteString(" " + c.Type + " ")
		}
	}
	var first []string
	for _, x := range typeStatements {
		dup := false
		for _, f := range first {
			dup = dup || f == x.sql
		}
		if strings.Contains(used.String(), x.word) && !dup {
			first = append(first, x.sql)
		}
	}
	s.Before = append(first, s.Before...)
}

// dataType is a type of other columns.
type dataType struct {
	name, class string
	values      []string
}

var (
	ints     = []string{"1", "2", "3", "4", "5", "6"}
	texts    = []string{"a", "A", "b", "a ", "abcd", ""}
	numerics = []string{"1", "1.0", "1.04", "2"}
	floats   = []string{"1", "1.0000000000000002", "0", "-0"}
	uuids    = []string{fmt.Sprintf("%032x", 1), fmt.Sprintf("%032x", 2), fmt.Sprintf("%032x", 3)}
)

// anyType is the type of a column with data.
func (r *rng) anyType() dataType {
	switch r.weighted(25, 45, 8, 4, 6, 8, 4) {
	case 0:
		return dataType{pick(r, "int", "int", "bigint"), "int", ints}
	case 1:
		return dataType{pick(r, "text", "text", "text", "text", "varchar(3)", "char(4)", "citext", "text COLLATE ci", "slug3", `text COLLATE "C"`, "name"), "text", texts}
	case 2:
		return dataType{pick(r, "numeric", "numeric(4,1)", "whole"), "numeric", numerics}
	case 3:
		return dataType{"float8", "float", floats}
	case 4:
		return dataType{"uuid", "uuid", uuids}
	case 5:
		return dataType{"bool", "bool", []string{"true", "false"}}
	}
	return dataType{"int4range", "range", []string{"[1,3)", "[2,5)", "[7,9)", "empty"}}
}

// idType is the type of a table's id.
func (r *rng) idType() dataType {
	switch r.weighted(75, 9, 10, 3, 3) {
	case 0:
		return dataType{"int", "int", ints}
	case 1:
		return dataType{"uuid", "uuid", uuids}
	case 2:
		return dataType{pick(r, "text", "text", "citext", "text COLLATE ci", "varchar(3)", "char(4)"), "text", texts}
	case 3:
		return dataType{"numeric", "numeric", numerics}
	}
	return dataType{"float8", "float", floats}
}
