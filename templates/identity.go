package templates

import (
	"fmt"
	"go/token"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// Kind is what a tenant id is made of.
type Kind string

// The kinds of tenant ids: the Go types they are kept as.
const (
	UUID  Kind = "[16]byte"
	Int64 Kind = "int64"
	Int32 Kind = "int32"
	Int16 Kind = "int16"
	Text  Kind = "string"
)

// ID is the type of the tenant id.
type ID struct {
	// Type and Arg are the names of the type and of arguments of it.
	Type, Arg string
	// Column is the tenant column it is named after.
	Column string
	// Level is the name of the level as part of a Go name, "" for the outermost.
	Level string
	// Setting is the configuration parameter that carries the id to the policies,
	// Claim the way to the claim of it that is the id, empty when all of it is.
	Setting string
	Claim   []string
	// Set is the setting of a set of ids.
	Set  string
	Kind Kind
	// Native is the type of sqlc that the constructor takes.
	Native sqlc.Type
	// Conversions are the methods that produce what sqlc's methods take.
	Conversions []Conversion

	level Level // that it is of
}

// Conversion is a method of the id type that returns it as another type: the
// value converted, or, when Field is set, a struct {Field: value, Valid: true}.
type Conversion struct {
	Method string
	Type   sqlc.Type // without the pointer
	Field  string
	// AsText reports that the value is the id's text.
	AsText  bool
	Pointer bool
}

// form is a Go type that sqlc gives to a tenant parameter.
type form struct {
	kind   Kind
	field  string // of a nullable struct
	method string // name of the conversion
	own    bool   // the application's, which the kind is converted to
}

// forms are keyed by import path and name.
var forms = map[string]form{
	pgtype + ".UUID": {UUID, "Bytes", "pgUUID", false},
	pgtype + ".Int8": {Int64, "Int64", "pgInt8", false},
	pgtype + ".Int4": {Int32, "Int32", "pgInt4", false},
	pgtype + ".Int2": {Int16, "Int16", "pgInt2", false},
	pgtype + ".Text": {Text, "String", "pgText", false},

	"github.com/google/uuid.UUID":       {UUID, "", "uuid", false},
	"github.com/google/uuid.NullUUID":   {UUID, "UUID", "nullUUID", false},
	"github.com/gofrs/uuid.UUID":        {UUID, "", "uuid", false},
	"github.com/gofrs/uuid.NullUUID":    {UUID, "UUID", "nullUUID", false},
	"github.com/gofrs/uuid/v5.UUID":     {UUID, "", "uuid", false},
	"github.com/gofrs/uuid/v5.NullUUID": {UUID, "UUID", "nullUUID", false},

	"int64":  {Int64, "", "int64", false},
	"int32":  {Int32, "", "int32", false},
	"int16":  {Int16, "", "int16", false},
	"string": {Text, "", "text", false},
}

// formOf looks up a type. The base is the type without its pointer.
func (l Level) formOf(t sqlc.Type) (f form, base sqlc.Type, pointer, ok bool) {
	base = t
	base.Expr, pointer = strings.CutPrefix(t.Expr, "*")
	pkg, name, qualified := strings.Cut(base.Expr, ".")
	qualified = qualified && token.IsIdentifier(pkg) && token.IsIdentifier(name) && len(base.Imports) == 1
	key := base.Expr
	if qualified {
		key = base.Imports[0].Path + "." + name
	}
	if f, ok = forms[key]; !ok && qualified {
		f, ok = l.ownForm(key, name)
	}
	return f, base, pointer, ok
}

// ownForm is the form of a type of the application's: of what it is declared to be, or, where
// that is not known, of what the column is, for Go's compiler to judge.
func (l Level) ownForm(key, name string) (form, bool) {
	kind, known := l.Own[key]
	if !known {
		kind, known = kindOfSQL(l.Type)
	}
	return form{kind, "", "as" + exported([]string{name}), true}, known && kind != ""
}

// use is a query's tenant parameter.
type use struct {
	query string
	at    string // file and line of the query, "" where they are not known
	typ   sqlc.Type
}

// String names the query with its place.
func (u use) String() string {
	if u.at == "" {
		return "query " + u.query
	}
	return u.at + ": query " + u.query
}

// identity settles the id type from the parameters that take it. Only its text
// may be handed to parameters of another kind: that loses nothing, and the
// database checks it. Integers of two widths are refused, because an id cut
// short is another tenant's.
func identity(l Level, uses []use) (ID, error) {
	id := ID{Column: l.Column, Setting: l.Setting, Set: l.Set, Claim: l.Claim, Level: exported(words(l.Name)), level: l}
	id.Type, id.Arg = idNames(l.Column)
	if !validIDNames(id.Type, id.Arg) || l.Name != "" && !token.IsIdentifier("In"+id.Level) {
		return id, fmt.Errorf("tenant column %q gives no name for a Go type", strings.TrimSpace(l.Name+" "+l.Column))
	}
	var settled *use
	for _, u := range uses {
		f, _, _, ok := l.formOf(u.typ)
		switch {
		case !ok:
			return id, unsupported(u, id.Type)
		case id.Kind == "" || id.Kind == Text && f.kind != Text:
			id.Kind, settled = f.kind, &u
		case f.kind != id.Kind && f.kind != Text:
			return id, l.twoKinds(*settled, u)
		}
	}
	if id.Kind == "" {
		var ok bool
		if id.Kind, ok = kindOfSQL(l.Type); !ok {
			return id, fmt.Errorf("no query takes a tenant, and the type %q of column %s gives no id type; it can be uuid, bigint, integer, smallint or text", l.Type, l.Column)
		}
	}
	id.Native = l.native(id.Kind, uses)
	id.Conversions = id.conversions(uses)
	return id, nil
}

// sqlNames are the integers as casts name them.
var sqlNames = map[Kind]string{Int16: "smallint", Int32: "integer", Int64: "bigint"}

// twoKinds is the error about two queries that take the tenant in two ways. A wider parameter
// takes every value of a narrower column (PostgreSQL manual, 8.1.1), so that integers become one by a cast.
func (l Level) twoKinds(a, b use) error {
	fa, _, _, _ := l.formOf(a.typ)
	fb, _, _, _ := l.formOf(b.typ)
	if len(sqlNames[fa.kind]) == 0 || len(sqlNames[fb.kind]) == 0 {
		return fmt.Errorf("%v: the tenant is %s, but %s in query %s; give the tenant one type in all tables", b, b.typ.Expr, a.typ.Expr, a.query)
	}
	narrow, wide, kind := a, b, fb.kind
	if fa.kind == Int64 || fa.kind == Int32 && fb.kind == Int16 {
		narrow, wide, kind = b, a, fa.kind
	}
	return fmt.Errorf("%v: the tenant is %s, but %s in query %s, and the type of its ids has one width; write @%s::%s here, or give the columns of both one type",
		narrow, narrow.typ.Expr, wide.typ.Expr, wide.query, l.Column, sqlNames[kind])
}

func unsupported(u use, typ string) error {
	if u.typ.Expr == "interface{}" || u.typ.Expr == "any" {
		return fmt.Errorf("%v: sqlc could not tell the type of the tenant parameter; cast it, as in @org_id::uuid, or give its domain a Go type: overrides: [{db_type: <domain>, go_type: …}]", u)
	}
	return fmt.Errorf("%v: the tenant parameter has the Go type %s, which %s cannot be made from; "+
		"use pgtype.UUID, uuid.UUID, int64, int32, int16 or string, or a type of yours that is one of these or [16]byte, as in type Org int64", u, u.typ.Expr, typ)
}

// kindOfSQL maps the type of a column.
func kindOfSQL(sqlType string) (Kind, bool) {
	name, _, _ := strings.Cut(strings.ToLower(sqlType), "(")
	switch strings.TrimPrefix(strings.TrimSpace(name), "pg_catalog.") {
	case "uuid":
		return UUID, true
	case "bigint", "int8", "bigserial":
		return Int64, true
	case "integer", "int", "int4", "serial":
		return Int32, true
	case "smallint", "int2", "smallserial":
		return Int16, true
	case "text", "varchar", "character varying", "citext":
		return Text, true
	}
	return "", false
}

// native picks what the constructor takes: what most callers hold.
func (l Level) native(kind Kind, uses []use) sqlc.Type {
	for _, u := range uses {
		if f, base, _, _ := l.formOf(u.typ); f.kind == kind && f.field == "" && (f.own || kind == UUID) {
			return base
		}
	}
	if kind != UUID {
		return sqlc.Type{Expr: string(kind)}
	}
	return sqlc.Type{Expr: "pgtype.UUID", Imports: []sqlc.Import{{Name: "pgtype", Path: pgtype}}}
}

// conversions lists the methods that the queries need, each once.
func (id ID) conversions(uses []use) []Conversion {
	var list []Conversion
	taken := map[string]bool{}
	for _, u := range uses {
		c := id.conversion(u.typ)
		if c.Method == "String" || find(list, c) >= 0 {
			continue
		}
		c.Method = freeName(c.Method, taken)
		taken[c.Method] = true
		list = append(list, c)
	}
	return list
}

// find returns the place of the conversion to the same type as c, or -1.
func find(list []Conversion, c Conversion) int {
	return slices.IndexFunc(list, func(have Conversion) bool {
		return have.Pointer == c.Pointer && have.Type.Expr == c.Type.Expr && slices.Equal(have.Type.Imports, c.Type.Imports)
	})
}

// conversion describes the method for a type. The text of an id is its String,
// which the id has anyway.
func (id ID) conversion(t sqlc.Type) Conversion {
	f, base, pointer, _ := id.level.formOf(t)
	c := Conversion{Method: f.method, Type: base, Field: f.field, AsText: f.kind == Text && id.Kind != Text, Pointer: pointer}
	switch {
	case pointer:
		c.Method += "Pointer"
	case base.Expr == "string":
		c.Method = "String"
	}
	return c
}

// expr is the expression that hands the id to a parameter of type t.
func (id ID) expr(t sqlc.Type) string { return id.Arg + "." + id.method(t) + "()" }

// exprs is the expression that hands a set of ids to a parameter that is a slice of type t.
func (id ID) exprs(t sqlc.Type) string {
	return "gen.Each(r.ids, " + id.Type + "." + id.method(t) + ")"
}

// method is the one that converts the id to type t.
func (id ID) method(t sqlc.Type) string {
	c := id.conversion(t)
	if i := find(id.Conversions, c); i >= 0 {
		c = id.Conversions[i]
	}
	return c.Method
}
