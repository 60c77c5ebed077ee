package sqlcmodel

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// place is a parameter with what sqlc takes its type from (compiler.paramRef).
type place struct {
	ref    *pg.ParamRef
	parent any // *pg.A_Expr, *pg.FuncCall, *pg.ResTarget, *pg.TypeCast; nil for LIMIT and anything else
	rv     *pg.RangeVar
	limit  bool
}

// placing looks for parameters as compiler.paramSearch does; it is copied on the way down.
type placing struct {
	parent        any
	limit, offset *pg.ParamRef
	all           *places
}

type places struct {
	list []place
	seen map[int32]bool
	err  *Error
}

// findParameters finds the parameters of a statement (compiler.findParameters), the first
// place of each, in the order of their numbers (uniqueParamRefs).
func findParameters(stmt *pg.Node) ([]place, *Error) {
	all := &places{seen: map[int32]bool{}}
	placing{all: all}.walk(stmt)
	if all.err != nil {
		return nil, all.err
	}
	var unique []place
	numbers := map[int32]bool{}
	for _, p := range all.list {
		if !numbers[p.ref.Number] {
			numbers[p.ref.Number] = true
			unique = append(unique, p)
		}
	}
	slices.SortStableFunc(unique, func(a, b place) int { return int(a.ref.Number - b.ref.Number) })
	return unique, nil
}

func (p placing) walk(part any) {
	if n, ok := part.(*pg.Node); ok {
		part = unwrap(n)
	}
	switch n := part.(type) {
	case nil:
		return
	case *pg.A_Expr, *pg.FuncCall, *pg.ResTarget, *pg.TypeCast:
		p.parent = n
	case *pg.CallStmt:
		p.parent = n.Funccall
	case *pg.InsertStmt:
		if !p.insert(n) {
			return // the walk goes on in sqlc, but the first error is what counts
		}
	case *pg.UpdateStmt:
		p.update(n)
	case *pg.SelectStmt:
		p.limits(n)
	case *pg.ParamRef:
		p.param(n)
		return
	}
	below(part, p.walk)
}

func (p *placing) limits(n *pg.SelectStmt) {
	// A statement without a LIMIT has a node of sqlc's in its place, which hides an outer one.
	p.limit, p.offset = n.LimitCount.GetParamRef(), n.LimitOffset.GetParamRef()
}

func (p placing) add(at place) {
	p.all.list = append(p.all.list, at)
	p.all.seen[at.ref.Location] = true
}

// insert takes the values of an INSERT that are parameters by themselves.
func (p placing) insert(n *pg.InsertStmt) bool {
	s := n.SelectStmt.GetSelectStmt()
	if s == nil {
		return true
	}
	value := func(i int, v *pg.Node) bool {
		ref := v.GetParamRef()
		if ref == nil {
			return true
		}
		if i >= len(n.Cols) {
			if p.all.err == nil {
				p.all.err = &Error{Kind: MoreValues, Message: "INSERT has more expressions than target columns", Offset: -1}
			}
			return false
		}
		p.add(place{ref: ref, parent: unwrap(n.Cols[i]), rv: n.Relation})
		return true
	}
	for i, t := range s.TargetList {
		if r := t.GetResTarget(); r != nil && !value(i, r.Val) {
			return false
		}
	}
	for _, row := range s.ValuesLists {
		for i, v := range row.GetList().GetItems() {
			if !value(i, v) {
				return false
			}
		}
	}
	return true
}

// update takes the values that an UPDATE sets to a parameter by itself.
func (p placing) update(n *pg.UpdateStmt) {
	for _, t := range n.TargetList {
		if r := t.GetResTarget(); r != nil && r.Val.GetParamRef() != nil {
			p.add(place{ref: r.Val.GetParamRef(), parent: r, rv: n.Relation})
		}
	}
}

func (p placing) param(n *pg.ParamRef) {
	at := place{ref: n, parent: p.parent}
	if p.limit != nil && p.limit.Number == n.Number || p.offset != nil && p.offset.Number == n.Number {
		at.parent, at.limit = nil, true
	}
	if p.all.seen[n.Location] {
		return
	}
	if r, ok := at.parent.(*pg.ResTarget); ok && !assigned(r, n) {
		return
	}
	p.add(at)
}

// assigned reports whether a parameter is the value of a column in SET (a, b) = (…); it is
// true for any other target.
func assigned(r *pg.ResTarget, n *pg.ParamRef) bool {
	multi := r.Val.GetMultiAssignRef()
	if multi == nil {
		return true
	}
	for i, arg := range multi.Source.GetRowExpr().GetArgs() {
		if ref := arg.GetParamRef(); ref != nil && int(multi.Colno) == i+1 && ref.Number == n.Number {
			return true
		}
	}
	return false
}
