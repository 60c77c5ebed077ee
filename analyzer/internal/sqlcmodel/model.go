// Package sqlcmodel predicts what sqlc v1.31.1 makes of a schema and of queries without
// running it: which it refuses, where and with which message, and which output columns it
// takes for NOT NULL. sqlc infers both from names in the parse tree (its internal/compiler)
// and not as PostgreSQL does, so it refuses statements that PostgreSQL takes and gives
// columns a type that cannot hold the NULL that they may have. The rules here are sqlc's,
// each beside the name of the function of sqlc's that it follows; a test compares them with
// sqlc itself.
package sqlcmodel

import (
	"fmt"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// typeName is a type as sqlc names it, with the schema as written.
type typeName struct{ schema, name string }

// String is what sqlc compares with the types that it knows (compiler.dataType).
func (t typeName) String() string {
	if t.schema != "" {
		return t.schema + "." + t.name
	}
	return t.name
}

// relation names a table as it is written, or as the statement calls it.
type relation struct{ schema, name string }

// table is one of sqlc's catalog, or of a statement.
type table struct {
	rel     relation
	columns []*Column
	from    any // the part of FROM that it comes from
	// single is true of a sub-select or CTE that has one row in any case.
	single bool
	// unfit is true of one that sqlc failed to read: nothing is said about statements with it.
	unfit bool
}

// Column is a column of a table or of a result, as sqlc sees it.
type Column struct {
	Name    string
	Type    string // as sqlc names it, "any" where it does not know
	NotNull bool
	Array   bool
	// Embed is the table of sqlc.embed, "" for none.
	Embed relationName
	// Table and Original are where sqlc believes that it comes from: what overrides of single
	// columns ask for.
	Table    relationName
	Original string
	// Null says why it may be NULL.
	Null Reason
	// Offset is where the expression stands in the text.
	Offset int

	rel      *relation // sqlc's Column.Table
	alias    string
	embedded *embed
	required bool // skipTableRequiredCheck
	of       *pg.Node
}

// relationName is the name of a table with its schema, "" for none.
type relationName struct{ Schema, Name string }

// ErrorKind tells why sqlc refuses.
type ErrorKind int

// The kinds.
const (
	Other    ErrorKind = iota
	NoColumn           // that a parameter is compared with
	NoOutput           // that an output names
	NoOrder            // that ORDER BY or GROUP BY names
	Ambiguous
	NoAlias
	NoRelation
	Unnamed     // a parameter alone in a list of outputs
	MoreValues  // INSERT without its columns
	NoFunction  // no function of that name takes so many arguments
	Metadata    // the comment with name and command
	NoSemicolon // at the end of the file
	Command     // the command does not fit the statement
	Edits       // sqlc's changes of the text collide
	Panics      // sqlc ends with a stack trace
)

// Error is a refusal of sqlc's.
type Error struct {
	Kind    ErrorKind
	Message string // sqlc's own
	Name    string // what it is about: of a column, a table, …
	Offset  int    // in the text, -1 where sqlc names the statement
	// Lifted is true of what sqlc takes when it may ask a database (compiler.parseQuery).
	Lifted bool
}

func (e *Error) Error() string { return e.Message }

func noColumn(name string, at int32) *Error {
	return &Error{Kind: NoColumn, Message: fmt.Sprintf("column %q does not exist", name), Name: name, Offset: int(at)}
}

func ambiguous(name string, at int32) *Error {
	return &Error{Kind: Ambiguous, Message: fmt.Sprintf("column reference %q is ambiguous", name), Name: name, Offset: int(at)}
}

func noRelation(name string) *Error {
	return &Error{Kind: NoRelation, Message: fmt.Sprintf("relation %q does not exist", name), Name: name, Offset: -1}
}

// errUnfit ends a prediction of which nothing can be said.
var errUnfit = &Error{Message: "unfit"}

// Options of sqlc.yaml that decide what it refuses.
type Options struct {
	StrictFunctions bool // strict_function_checks
	LooseOrder      bool // strict_order_by: false
}

// Model is sqlc's catalog of a schema.
type Model struct {
	opts    Options
	schemas []*schemaOf
	facts   Facts
	faults  []any // of this package
}

// schemaOf is one schema of the database (catalog.Schema).
type schemaOf struct {
	name      string
	tables    []*table
	types     []*typeOf
	functions []*function
}

// typeOf is an enum or a composite type.
type typeOf struct {
	name string
	enum bool
}

// Facts is what is true of the schema, which sqlc may see otherwise.
type Facts interface {
	// NotNull reports whether a column of a table cannot be NULL; known is false for a
	// table or column that the schema does not have.
	NotNull(schema, table, column string) (notNull, known bool)
	// Refers reports whether every row of a table has a row of another whose columns equal
	// its own: a foreign key whose columns are NOT NULL.
	Refers(schema, table string, columns []string, toSchema, toTable string, toColumns []string) bool
}

// New returns the catalog of an empty database (postgresql.NewCatalog).
func New(opts Options, facts Facts) *Model {
	return &Model{opts: opts, facts: facts, schemas: []*schemaOf{{name: "public"}, {name: "pg_temp"}, {name: "pg_catalog"}, {name: "information_schema"}}}
}

// With is the catalog under other options.
func (m *Model) With(opts Options) *Model {
	c := *m
	c.opts = opts
	return &c
}

func orPublic(schema string) string {
	if schema == "" {
		return "public"
	}
	return schema
}

func (m *Model) schema(name string) *schemaOf {
	for _, s := range m.schemas {
		if s.name == name {
			return s
		}
	}
	return nil
}

func (s *schemaOf) table(name string) *table {
	for _, t := range s.tables {
		if t.rel.name == name {
			return t
		}
	}
	return nil
}

// lookup finds a table of the catalog (catalog.getTable).
func (m *Model) lookup(r relation) (*table, error) {
	name := orPublic(r.schema)
	s := m.schema(name)
	if s == nil {
		return nil, &Error{Kind: NoRelation, Message: fmt.Sprintf("schema %q does not exist", name), Name: name, Offset: -1}
	}
	if name == "pg_catalog" || name == "information_schema" {
		return nil, errUnfit // their tables are not written down here
	}
	t := s.table(r.name)
	if t == nil {
		return nil, noRelation(r.name)
	}
	if t.unfit {
		return nil, errUnfit
	}
	return t, nil
}
