package pgsql

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// The loader keeps more than the catalog shows: what a later ALTER or DROP needs
// to know, such as which columns an index expression reads. Relations refer to
// each other by pointer, so that a rename needs no search; finish writes the names.

// ddlTable is a table while DDL is applied to it.
type ddlTable struct {
	*catalog.Table
	cols     []*ddlColumn
	checks   []*ddlCheck
	indexes  []*ddlIndex
	foreign  []*ddlForeign
	triggers []*ddlTrigger
	policies []*ddlPolicy
	rules    map[string]*catalog.Unknown
	parents  []*ddlTable
	children []*ddlTable
	partExpr []ddlExpr // expressions of the partition key
	stats    []ddlExpr // expressions of CREATE STATISTICS
}

type ddlColumn struct {
	*catalog.Column
	value     ddlExpr // default or generation expression
	local     bool    // declared by the table itself
	inherited int     // number of parents that have it
}

// ddlExpr is what an expression reads and runs.
type ddlExpr struct {
	columns []string
	calls   []catalog.Name
	bare    bool              // it is one column and nothing else
	folds   bool              // a call in it has no column, so that planning may run it
	types   []catalog.TypeRef // that it makes values of
}

type ddlCheck struct {
	name      string
	expr      ddlExpr
	noInherit bool
	inherited bool
	local     bool // declared by the table itself
	oneOf     bool // at most one of its columns is not null
	notValid  bool // rows that were there before may violate it
}

type ddlIndex struct {
	catalog.Index
	table            *ddlTable // or view
	view             *ddlView
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
	expr             ddlExpr                    // expressions and predicate together
	tests            []catalog.Test             // what the predicate says, nil when that is not known
	shape            string                     // all else that must agree for a partition's index to be attached
	parent           *ddlIndex
}

// uses reports whether the index involves the column.
func (x *ddlIndex) uses(col string) bool {
	return slices.Contains(x.Columns, col) || slices.Contains(x.include, col) || slices.Contains(x.expr.columns, col)
}

// isConstraint reports whether the index belongs to a constraint of the same name.
func (x *ddlIndex) isConstraint() bool { return x.key || x.exclusion }

type ddlForeign struct {
	catalog.ForeignKey
	ref      *ddlTable // nil until the table is known
	key      *ddlIndex // the key it depends on
	shape    string
	parent   *ddlForeign
	resolved bool
}

type ddlTrigger struct {
	catalog.Trigger
	function *catalog.Function
	columns  []string // UPDATE OF, WHEN
	when     ddlExpr
	row      bool
	parent   *ddlTrigger
}

type ddlPolicy struct {
	catalog.Policy
	using, check ddlBound
	expr         ddlExpr
}

type ddlView struct {
	*catalog.View
	query    *pg.Node    // names qualified, * written out
	tables   []*ddlTable // what it reads
	views    []*ddlView
	expr     ddlExpr     // the column names that it mentions and the functions that it calls
	bare     []string    // the column names that it mentions without a table
	star     bool        // a * or NATURAL is left
	outputs  []ddlOutput // its columns, nil when they cannot be told
	indexes  []*ddlIndex
	triggers []*ddlTrigger
	rules    map[string]*catalog.Unknown
	defaults map[string]ddlExpr // of its columns, for inserts through it
	stats    []ddlExpr          // expressions of CREATE STATISTICS
}

type ddlSequence struct {
	name   catalog.Name
	owner  *ddlTable // OWNED BY, serial and identity
	column string
}

// ddlDomain holds what a domain adds to the columns of its type.
type ddlDomain struct {
	checks map[string]ddlExpr
	value  ddlExpr
}

// ddlRelation is whatever a relation name stands for; one pointer is set.
type ddlRelation struct {
	name      catalog.Name
	table     *ddlTable
	view      *ddlView
	index     *ddlIndex
	sequence  *ddlSequence
	composite *catalog.Type
}

func (t *ddlTable) col(name string) *ddlColumn {
	for _, c := range t.cols {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func (t *ddlTable) primaryKey() *ddlIndex {
	for _, x := range t.indexes {
		if x.primary {
			return x
		}
	}
	return nil
}

// descendants returns the table and, unless only, everything that inherits from it.
func (t *ddlTable) descendants(only bool) []*ddlTable {
	all := []*ddlTable{t}
	for i := 0; i < len(all) && !only; i++ {
		for _, c := range all[i].children {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

// relation returns what has exactly that name: tables, views, sequences, indexes
// and composite types share one name space per schema (catalog pg_class).
func (l *ddlLoader) relation(n catalog.Name) *ddlRelation {
	for _, t := range l.tables {
		if t.Name == n {
			return &ddlRelation{name: n, table: t}
		}
		if x := ddlIndexNamed(t.indexes, t.Name.Schema, n); x != nil {
			return &ddlRelation{name: n, index: x}
		}
	}
	for _, v := range l.views {
		if v.Name == n {
			return &ddlRelation{name: n, view: v}
		}
		if x := ddlIndexNamed(v.indexes, v.Name.Schema, n); x != nil {
			return &ddlRelation{name: n, index: x}
		}
	}
	for _, s := range l.sequences {
		if s.name == n {
			return &ddlRelation{name: n, sequence: s}
		}
	}
	if t := l.db.Type(n); t != nil && t.Kind == "composite" {
		return &ddlRelation{name: n, composite: t}
	}
	return nil
}

func ddlIndexNamed(indexes []*ddlIndex, schema string, n catalog.Name) *ddlIndex {
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

// ddlRemove deletes one element of a list of pointers.
func ddlRemove[T comparable](list []T, elem T) []T {
	return slices.DeleteFunc(list, func(e T) bool { return e == elem })
}

func ddlAddName(list []catalog.Name, names ...catalog.Name) []catalog.Name {
	for _, n := range names {
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}
