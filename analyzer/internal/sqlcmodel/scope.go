package sqlcmodel

import (
	pg "github.com/pganalyze/pg_query_go/v5"
)

// Reason says why a value may be NULL, the zero Reason where that cannot be told.
type Reason struct {
	Why string
	// Doubt is true where whoever wrote the query may know better: a cast says which type is
	// meant, and a CASE may have a branch for all there is.
	Doubt bool
}

// The reasons.
var (
	NullSide  = Reason{Why: "it is on the nullable side of an outer join"}
	NoRow     = Reason{Why: "the sub-select may have no row"}
	NoValues  = Reason{Why: "the aggregate may have no rows"}
	Filtered  = Reason{Why: "FILTER may leave the aggregate no rows"}
	Nullable  = Reason{Why: "the column has no NOT NULL"}
	NoBranch  = Reason{Why: "CASE has no ELSE", Doubt: true}
	NullConst = Reason{Why: "a branch is NULL"}
	NullIf    = Reason{Why: "NULLIF may give it"}
	Window    = Reason{Why: "the window function may have no such row"}
	Subtotal  = Reason{Why: "it is NULL in the subtotals of GROUP BY"}
	NoResult  = Reason{Why: "the function may give it"}
)

func (r Reason) doubtful() Reason {
	r.Doubt = r != Reason{}
	return r
}

// scope is what the names of one SELECT stand for in truth: which tables an outer join may
// leave without a row, and which conditions its rows meet.
type scope struct {
	q       *statement
	of      *pg.SelectStmt
	tables  []*table
	holds   []*pg.Node
	missing map[any]map[int]bool // part of FROM → the outer joins that may leave it empty
	joins   int
}

func newScope(q *statement, tables []*table, from []*pg.Node, where *pg.Node) *scope {
	s := &scope{q: q, tables: tables, missing: map[any]map[int]bool{}}
	for _, n := range from {
		s.join(n, true)
	}
	s.filter(where)
	return s
}

// join reads a part of FROM and returns the tables in it. sure is false below the nullable
// side of a join, where a condition says nothing about the rows of the result.
func (s *scope) join(n *pg.Node, sure bool) []any {
	switch n := unwrap(n).(type) {
	case *pg.JoinExpr:
		return s.joined(n, sure)
	case *pg.RangeTableSample:
		return s.join(n.Relation, sure)
	case nil:
		return nil
	default:
		return []any{n}
	}
}

func (s *scope) joined(n *pg.JoinExpr, sure bool) []any {
	left := n.Jointype == pg.JoinType_JOIN_LEFT || n.Jointype == pg.JoinType_JOIN_FULL
	right := n.Jointype == pg.JoinType_JOIN_RIGHT || n.Jointype == pg.JoinType_JOIN_FULL
	l, r := s.join(n.Larg, sure && !right), s.join(n.Rarg, sure && !left)
	all := append(l, r...)
	switch {
	case left || right:
		if left {
			s.extend(r)
		}
		if right {
			s.extend(l)
		}
	case len(n.UsingClause) > 0 || n.IsNatural:
		for _, part := range all {
			s.present(part) // the columns that are compared are not looked up
		}
	case sure:
		s.filter(n.Quals)
	default:
		s.reduce(n.Quals)
	}
	return all
}

// extend notes that a join may leave tables empty, all of them together.
func (s *scope) extend(parts []any) {
	s.joins++
	for _, p := range parts {
		if s.missing[p] == nil {
			s.missing[p] = map[int]bool{}
		}
		s.missing[p][s.joins] = true
	}
}

// present notes that a table is there in every row, and with it what its joins would leave empty.
func (s *scope) present(part any) {
	for join := range s.missing[part] {
		for _, joins := range s.missing {
			delete(joins, join)
		}
	}
}

func (s *scope) filter(cond *pg.Node) {
	if cond == nil {
		return
	}
	s.holds = append(s.holds, cond)
	s.reduce(cond)
}

// reduce takes back outer joins whose empty rows a condition does not let through.
func (s *scope) reduce(cond *pg.Node) {
	for _, t := range s.tables {
		if len(s.missing[t.from]) > 0 && !s.passes(cond, func(of *table, _ *Column) bool { return of == t }) {
			s.present(t.from)
		}
	}
}

// absent reports whether an outer join may leave a table without a row.
func (s *scope) absent(t *table) bool { return len(s.missing[t.from]) > 0 }

// lookup finds the column that a name stands for, nil when it is none of this SELECT's, or
// when that cannot be told.
func (s *scope) lookup(ref *pg.ColumnRef) (*table, *Column) {
	names := texts(ref.Fields)
	if hasStar(ref) || len(names) == 0 || len(names) > 2 {
		return nil, nil
	}
	var of *table
	var column *Column
	for _, t := range s.tables {
		if len(names) == 2 && t.rel.name != names[0] {
			continue
		}
		if c := t.column(names[len(names)-1]); c != nil {
			if column != nil {
				return nil, nil
			}
			of, column = t, c
		}
	}
	return of, column
}

// column tells why a column of a table may be NULL.
func (s *scope) column(t *table, c *Column) Reason {
	if s.absent(t) {
		return NullSide
	}
	if c.Null == (Reason{}) {
		return Reason{}
	}
	for _, cond := range s.holds {
		if !s.passes(cond, func(of *table, col *Column) bool { return of == t && col == c }) {
			return Reason{}
		}
	}
	return c.Null
}

func (s *scope) embedded(e *embed) Reason {
	for _, t := range s.tables {
		if t.rel.name == e.name && s.absent(t) {
			return NullSide
		}
	}
	return Reason{}
}
