package lower

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// column is a name that an expression can use, with what it stands for.
type column struct {
	name string
	expr query.Expr // *query.Col, or *query.Op where the value has no single source
	typ  query.Type
}

// item is an entry of a namespace: PostgreSQL's ParseNamespaceItem
// (src/backend/parser/parse_relation.c). A join leaves its arms' items visible by
// name and adds one whose columns are visible.
type item struct {
	name        string // "" when it cannot be named
	schema      string // set when the table may be named with its schema
	cols        []column
	named       bool // t.x may refer to it
	colsVisible bool // x may refer to it
	open        bool // may have columns that are not known
}

// scope is one query level.
type scope struct {
	parent *scope
	items  []*item
	level  int
	sel    *query.Select // marked when an aggregate belongs to this level; nil for writes
}

// lookup is the outcome of resolving a column reference.
type lookup struct {
	col       *column
	level     int  // of the scope where it was found
	ambiguous bool // more than one relation has it
	unknown   bool // a relation with unknown columns may have it
}

// column resolves an unqualified name: the innermost level that has it decides
// (PostgreSQL manual, 4.2.1 and 7.2.1.1).
func (s *scope) column(name string) lookup {
	for sc := s; sc != nil; sc = sc.parent {
		var found *column
		open := false
		for _, it := range sc.items {
			if !it.colsVisible {
				continue
			}
			open = open || it.open
			for i := range it.cols {
				if it.cols[i].name != name {
					continue
				}
				if found != nil {
					return lookup{ambiguous: true}
				}
				found = &it.cols[i]
			}
		}
		if found != nil {
			return lookup{col: found, level: sc.level}
		}
		if open {
			return lookup{unknown: true, level: sc.level}
		}
	}
	return lookup{}
}

// relation finds the namespace item that a qualifier names.
func (s *scope) relation(schema, name string) (*item, *scope) {
	for sc := s; sc != nil; sc = sc.parent {
		for _, it := range sc.items {
			if it.named && it.name == name && (schema == "" || it.schema == schema) {
				return it, sc
			}
		}
	}
	return nil, nil
}

// in finds a column of one item.
func (it *item) column(name string) lookup {
	var found *column
	for i := range it.cols {
		if it.cols[i].name != name {
			continue
		}
		if found != nil {
			return lookup{ambiguous: true}
		}
		found = &it.cols[i]
	}
	if found == nil {
		return lookup{unknown: it.open}
	}
	return lookup{col: found}
}

// relItem is the namespace entry of relation id with the columns outs.
func relItem(id query.RelID, alias string, outs []query.Output) *item {
	it := &item{name: alias, named: alias != "", colsVisible: true}
	for i, o := range outs {
		if o.Open {
			it.open = true
			continue
		}
		it.cols = append(it.cols, column{o.Name, &query.Col{Rel: id, Index: i, Text: qualify(alias, o.Name)}, o.Type})
	}
	return it
}

func qualify(alias, name string) string {
	if alias == "" {
		return catalog.QuoteIdent(name)
	}
	return catalog.QuoteIdent(alias) + "." + catalog.QuoteIdent(name)
}
