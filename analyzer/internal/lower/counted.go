package lower

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// passOver are aggregates of one argument that pass over nulls (PostgreSQL manual, 9.21: "most aggregate functions
// ignore null inputs"): array_agg and those that make JSON do not.
var passOver = []string{"count", "sum", "avg", "min", "max", "bool_and", "bool_or", "every"}

// counted is what is said of the rows that an aggregate takes into account: its argument is not null.
func (x *exprs) counted(f *pg.FuncCall, o *query.Op) said {
	name := parsetree.LastString(f.GetFuncname())
	if len(f.GetArgs()) != 1 || len(o.Args) != 1 || !slices.Contains(passOver, name) || !x.builtIn(f) || f.GetOver() != nil || f.GetFuncVariadic() || f.GetAggWithinGroup() {
		return said{}
	}
	return x.l.notNull(o.Args[0])
}

// notNull is what is said where a value is not null: of CASE, that one of the conditions is true behind which a
// value stands.
func (l *lowerer) notNull(e query.Expr) said {
	if or, ok := e.(*query.Or); ok {
		return l.orNothing(or)
	}
	op, ok := e.(*query.Op)
	if !ok {
		return said{}
	}
	if branches := l.cases[op]; len(branches) > 0 {
		var all []said
		for _, b := range branches {
			if c, ok := b.then.e.(*query.Const); ok && c.Null {
				continue
			}
			all = append(all, both(b.not, b.when))
		}
		return oneOf(all)
	}
	if op.Strict && len(op.Args) == 1 {
		return l.notNull(op.Args[0])
	}
	return said{}
}

// allNotNull is what is said where none of several values is null.
func (l *lowerer) allNotNull(es []query.Expr) said {
	var all said
	for _, e := range es {
		all = both(all, l.notNull(e))
	}
	return all
}

// orNothing is what is said where p OR NULL is not null: p is true (PostgreSQL manual, 9.1).
func (l *lowerer) orNothing(or *query.Or) said {
	var arms []said
	for _, a := range or.Args {
		if c, ok := a.(*query.Const); !ok || !c.Null {
			arms = append(arms, l.saying(a))
		}
	}
	if len(arms) == len(or.Args) {
		return said{}
	}
	return oneOf(arms)
}
