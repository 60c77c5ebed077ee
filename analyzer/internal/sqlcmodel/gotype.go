package sqlcmodel

import (
	"path"
	"slices"
	"strings"
)

// Override is one of sqlc.yaml's: a Go type for a database type, or for one column.
type Override struct {
	DBType   string
	Column   string // [catalog.][schema.]table.column, with wildcards
	Nullable bool
	Go       string // the type's name, with its package: time.Time
	Pointer  bool   // or a slice: it holds NULL
}

// GoTypes decides which Go type a column gets (internal/codegen/golang).
type GoTypes struct {
	Overrides []Override
	// PGX5 is true for sql_package: pgx/v5, whose types for times, numbers and more hold NULL.
	PGX5 bool
}

// plainTypes are Go types that do not hold NULL: it cannot be scanned into them, or, as into
// google's uuid.UUID, it becomes another value.
var plainTypes = words(`string bool int int16 int32 int64 uint16 uint32 uint64 float32 float64 time.Time time.Duration uuid.UUID decimal.Decimal`)

// Plain returns the Go type that sqlc gives a column, "" where that holds NULL or is not
// known not to.
func (m *Model) Plain(types GoTypes, c *Column) string {
	for _, o := range types.Overrides {
		if o.Column != "" && o.names(c) {
			return o.plain()
		}
	}
	if c.Array {
		return ""
	}
	for _, o := range types.Overrides {
		if o.DBType != "" && o.DBType == c.Type && o.Nullable != c.NotNull {
			return o.plain()
		}
	}
	if !c.NotNull {
		return ""
	}
	return m.plain(types, c.Type)
}

func (o Override) plain() string {
	if o.Pointer || !plainTypes[o.Go] {
		return ""
	}
	return o.Go
}

// names reports whether an override is for a column (opts.Override.Matches).
func (o Override) names(c *Column) bool {
	parts := strings.Split(o.Column, ".")
	of := c.Table
	if c.rel != nil {
		of = relationName{c.rel.schema, c.rel.name}
	}
	if of.Name == "" || len(parts) < 2 {
		return false
	}
	name := c.Original
	if name == "" {
		name = c.Name
	}
	schema := "public"
	if len(parts) > 2 {
		schema = parts[len(parts)-3]
	}
	return matches(parts[len(parts)-1], name) && matches(parts[len(parts)-2], of.Name) && matches(schema, orPublic(of.Schema))
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// plain follows postgresType for what is NOT NULL.
func (m *Model) plain(types GoTypes, typ string) string {
	switch strings.TrimPrefix(typ, "pg_catalog.") {
	case "serial", "serial4", "integer", "int", "int4":
		return "int32"
	case "bigserial", "serial8", "bigint", "int8":
		return "int64"
	case "smallserial", "serial2", "smallint", "int2":
		return "int16"
	case "float", "double precision", "float8":
		return "float64"
	case "real", "float4":
		return "float32"
	case "boolean", "bool":
		return "bool"
	case "text", "varchar", "bpchar", "string", "citext", "name", "ltree", "lquery", "ltxtquery":
		return "string"
	case "date", "time", "timestamp", "timestamptz":
		if types.PGX5 {
			return ""
		}
		return "time.Time"
	case "timetz":
		return "time.Time"
	case "uuid":
		if types.PGX5 {
			return ""
		}
		return "uuid.UUID"
	}
	return m.ownType(typ)
}

// ownType is the Go type of an enum, which has a Scan that refuses NULL, or of a composite type.
func (m *Model) ownType(typ string) string {
	schema, name, qualified := strings.Cut(typ, ".")
	if !qualified {
		schema, name = "public", typ
	}
	s := m.schema(schema)
	if s == nil {
		return ""
	}
	i := slices.IndexFunc(s.types, func(t *typeOf) bool { return t.name == name })
	switch {
	case i < 0:
		return ""
	case s.types[i].enum:
		return "an enum's type"
	}
	return "string"
}

// PlainColumn returns a column of a table that sqlc.embed cannot scan NULL into, and its Go
// type; nil where there is none.
func (m *Model) PlainColumn(types GoTypes, schema, name string) (*Column, string) {
	t, err := m.lookup(relation{schema, name})
	if err != nil {
		return nil, ""
	}
	for _, c := range t.columns {
		if plain := m.Plain(types, c); plain != "" {
			return c, plain
		}
	}
	return nil, ""
}

// kinds are what an id can be made of, by the Go type that sqlc or an override gives it.
var kinds = map[string]string{"uuid.UUID": "uuid", "uuid.NullUUID": "uuid", "pgtype.UUID": "uuid", "string": "text", "int64": "bigint", "int32": "integer", "int16": "smallint"}

// Kind is what the Go type of a parameter holds: uuid, bigint, integer, smallint or text; the name of another type;
// "any" where sqlc says interface{}. It is "" for a type of an override whose values are not known.
func (m *Model) Kind(types GoTypes, c *Column) string {
	for _, o := range types.Overrides {
		if o.Column != "" && o.names(c) || o.Column == "" && o.DBType == c.Type && o.Nullable != c.NotNull {
			return kinds[o.Go]
		}
	}
	own, kind := m.ownType(c.Type), kinds[m.plain(types, c.Type)]
	switch name := strings.TrimPrefix(c.Type, "pg_catalog."); {
	case c.Array:
		return name + "[]"
	case name == "uuid":
		return name
	case kind != "" && own == "":
		return kind
	case own != "" || builtin[name]:
		return name
	}
	return "any"
}

// builtin are other types that sqlc knows (postgresType), of those that columns have.
var builtin = words(`float8 float float4 real numeric money bool boolean json jsonb bytea blob date time timetz timestamp timestamptz interval name
	bit varbit inet cidr macaddr macaddr8 ltree hstore box circle line lseg path point polygon vector`)
