package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// The loader keeps more than the catalog shows: what a later ALTER or DROP needs
// to know, such as which columns an index expression reads. Relations refer to
// each other by pointer, so that a rename needs no search; finish writes the names.

// table is a table while DDL is applied to it.
type table struct {
	*catalog.Table
	cols     []*column
	checks   []*check
	indexes  []*index
	foreign  []*foreign
	triggers []*trigger
	policies []*policy
	rules    map[string]*catalog.Unknown
	parents  []*table
	children []*table
	partExpr []expr        // expressions of the partition key
	stats    []expr        // expressions of CREATE STATISTICS
	of       *catalog.Type // of a typed table
	unlogged bool          // a crash empties it
}

type column struct {
	*catalog.Column
	value     expr // default or generation expression
	local     bool // declared by the table itself
	inherited int  // number of parents that have it
}

// expr is what an expression reads and runs.
type expr struct {
	columns []string
	calls   []catalog.Name
	bare    bool              // it is one column and nothing else
	folds   bool              // a call in it has no column, so that planning may run it
	types   []catalog.TypeRef // that it makes values of
	draws   []*sequence       // that nextval is called for
	// setting is the setting whose value it is, cast to type as, "" when it is anything else.
	setting string
	as      catalog.TypeRef
}

type check struct {
	name      string
	expr      expr
	noInherit bool
	inherited bool
	local     bool // declared by the table itself
	oneOf     bool // at most one of its columns is not null
	notValid  bool // rows that were there before may violate it
}

type index struct {
	catalog.Index
	table            *table // or view
	view             *view
	key              bool // backs a PRIMARY KEY or UNIQUE constraint
	primary          bool
	exclusion        bool
	deferrable       bool
	initDeferred     bool
	nullsNotDistinct bool
	only             bool     // made with ON ONLY: valid when each partition has attached one
	expression       bool     // has an expression element
	coarse, class    bool     // see catalog.Key
	special          bool     // an element has an operator class, a collation or an order
	labels           []string // names of the expression elements, by position
	include          []string
	elements         []catalog.ExclusionElement // of EXCLUDE, by position, without the columns
	expr             expr                       // expressions and predicate together
	tests            []catalog.Test             // what the predicate says, nil when that is not known
	shape            string                     // all else that must agree for a partition's index to be attached
	parent           *index
}

// uses reports whether the index involves the column.
func (x *index) uses(col string) bool {
	return slices.Contains(x.Columns, col) || slices.Contains(x.include, col) || slices.Contains(x.expr.columns, col)
}

// isConstraint reports whether the index belongs to a constraint of the same name.
func (x *index) isConstraint() bool { return x.key || x.exclusion }

type foreign struct {
	catalog.ForeignKey
	ref      *table // nil until the table is known
	key      *index // the key it depends on
	shape    string
	parent   *foreign
	resolved bool
}

type trigger struct {
	catalog.Trigger
	function *catalog.Function
	columns  []string // UPDATE OF, WHEN
	when     expr
	row      bool
	parent   *trigger
}

type policy struct {
	catalog.Policy
	using, check bound
	expr         expr
}

type view struct {
	*catalog.View
	query    *pg.Node // names qualified, * written out
	tables   []*table // what it reads
	views    []*view
	expr     expr     // the column names that it mentions and the functions that it calls
	bare     []string // the column names that it mentions without a table
	star     bool     // a * or NATURAL is left
	outputs  []output // its columns, nil when they cannot be told
	indexes  []*index
	triggers []*trigger
	rules    map[string]*catalog.Unknown
	defaults map[string]expr // of its columns, for inserts through it
	stats    []expr          // expressions of CREATE STATISTICS
}

type sequence struct {
	name   catalog.Name
	owner  *table // OWNED BY, serial and identity
	column string
}

// domain holds what a domain adds to the columns of its type.
type domain struct {
	checks map[string]expr
	value  expr
}

// relation is whatever a relation name stands for; one pointer is set.
type relation struct {
	name      catalog.Name
	table     *table
	view      *view
	index     *index
	sequence  *sequence
	composite *catalog.Type
}

func (t *table) col(name string) *column {
	for _, c := range t.cols {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func (t *table) primaryKey() *index {
	for _, x := range t.indexes {
		if x.primary {
			return x
		}
	}
	return nil
}

// descendants returns the table and, unless only, everything that inherits from it.
func (t *table) descendants(only bool) []*table {
	all := []*table{t}
	for i := 0; i < len(all) && !only; i++ {
		for _, c := range all[i].children {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

func indexNamed(indexes []*index, schema string, n catalog.Name) *index {
	if schema != n.Schema {
		return nil
	}
	for _, x := range indexes {
		if x.Name == n.Name {
			return x
		}
	}
	return nil
}

// remove deletes one element of a list of pointers.
func remove[T comparable](list []T, elem T) []T {
	return slices.DeleteFunc(list, func(e T) bool { return e == elem })
}

func addName(list []catalog.Name, names ...catalog.Name) []catalog.Name {
	for _, n := range names {
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}
