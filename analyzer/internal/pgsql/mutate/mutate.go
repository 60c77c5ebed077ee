// Package mutate weakens SQL statements in one place at a time, for the test that the
// analyzer notices. Only tests import it.
package mutate

import (
	"fmt"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Mutant is a statement that differs from the original in one place.
type Mutant struct {
	Kind string // what was done to it
	SQL  string
}

// Statement returns every mutant of one statement whose parameters are $1, $2, ….
func Statement(sql string) ([]Mutant, error) {
	tree, err := pg.Parse(sql)
	if err != nil {
		return nil, err
	}
	if len(tree.Stmts) != 1 {
		return nil, fmt.Errorf("%d statements", len(tree.Stmts))
	}
	var out []Mutant
	for i := 0; ; i++ {
		clone := proto.Clone(tree).(*pg.ParseResult)
		w := &walker{pick: i, fresh: highest(tree) + 1}
		w.walk(clone.ProtoReflect(), 0)
		if w.kind == "" {
			return out, nil
		}
		text, err := pg.Deparse(clone)
		if err == nil && !slices.ContainsFunc(out, func(m Mutant) bool { return m.SQL == text }) {
			out = append(out, Mutant{w.kind, text})
		}
	}
}

// walker visits the places of a tree in order and changes the one numbered pick.
type walker struct {
	pick, seen int
	fresh      int32 // a parameter that the statement does not have
	kind       string
}

// place offers a change; the picked one is made.
func (w *walker) place(kind string, change func()) {
	if w.seen == w.pick && w.kind == "" {
		w.kind = kind
		change()
	}
	w.seen++
}

func (w *walker) walk(m protoreflect.Message, depth int) {
	if w.kind != "" {
		return
	}
	if n, ok := m.Interface().(*pg.Node); ok {
		w.node(n, depth)
	}
	switch s := m.Interface().(type) {
	case *pg.SelectStmt:
		w.selectStmt(s, depth)
		depth++
	case *pg.InsertStmt:
		w.insert(s)
	case *pg.UpdateStmt:
		w.where(&s.WhereClause)
	case *pg.DeleteStmt:
		w.where(&s.WhereClause)
	case *pg.OnConflictClause:
		w.where(&s.WhereClause)
		w.conflict(s)
	case *pg.WindowDef:
		w.elements("drop a column of PARTITION BY", &s.PartitionClause)
	case *pg.JoinExpr:
		w.join(s)
	}
	if w.kind != "" {
		return
	}
	children(m, func(child protoreflect.Message) { w.walk(child, depth) })
}

// children visits the messages below m in the order of their fields.
func children(m protoreflect.Message, visit func(protoreflect.Message)) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		switch {
		case fd.Kind() != protoreflect.MessageKind || !m.Has(fd):
		case fd.IsList():
			for list, j := m.Get(fd).List(), 0; j < list.Len(); j++ {
				visit(list.Get(j).Message())
			}
		default:
			visit(m.Get(fd).Message())
		}
	}
}

// node weakens a condition or exchanges a parameter.
func (w *walker) node(n *pg.Node, depth int) {
	switch e := n.GetNode().(type) {
	case *pg.Node_BoolExpr:
		b := e.BoolExpr
		if b.GetBoolop() != pg.BoolExprType_AND_EXPR {
			return
		}
		w.place("turn AND into OR", func() { b.Boolop = pg.BoolExprType_OR_EXPR })
		for i, a := range b.Args {
			w.place("drop a conjunct", func() { b.Args = slices.Delete(b.Args, i, i+1); keep(n, b) })
			w.place("negate a conjunct", func() { b.Args[i] = not(a) })
		}
	case *pg.Node_AExpr:
		a := e.AExpr
		if a.GetKind() != pg.A_Expr_Kind_AEXPR_OP || len(a.GetName()) != 1 || a.GetName()[0].GetString_().GetSval() != "=" || a.GetLexpr() == nil {
			return
		}
		for _, op := range []string{"<>", ">="} {
			w.place("make = into "+op, func() { a.Name = []*pg.Node{pg.MakeStrNode(op)} })
		}
		w.place("compare a side with itself", func() { a.Rexpr = proto.Clone(a.Lexpr).(*pg.Node) })
		w.place("compare the other side with itself", func() { a.Lexpr = proto.Clone(a.Rexpr).(*pg.Node) })
	case *pg.Node_ParamRef:
		w.place("exchange a parameter", func() { e.ParamRef.Number = w.fresh })
	case *pg.Node_SubLink:
		if t := e.SubLink.GetSubLinkType(); t == pg.SubLinkType_EXISTS_SUBLINK || t == pg.SubLinkType_ANY_SUBLINK {
			w.place("negate a subquery", func() { n.Node = not(&pg.Node{Node: n.Node}).Node })
		}
	}
}

// keep puts the only conjunct that is left in the place of its AND.
func keep(n *pg.Node, b *pg.BoolExpr) {
	if len(b.Args) == 1 {
		n.Node = b.Args[0].Node
	}
}

func not(n *pg.Node) *pg.Node {
	return &pg.Node{Node: &pg.Node_BoolExpr{BoolExpr: &pg.BoolExpr{Boolop: pg.BoolExprType_NOT_EXPR, Args: []*pg.Node{n}}}}
}

func isTrue() *pg.Node {
	return &pg.Node{Node: &pg.Node_AConst{AConst: &pg.A_Const{Val: &pg.A_Const_Boolval{Boolval: &pg.Boolean{Boolval: true}}}}}
}

func either(a, b *pg.Node) *pg.Node {
	return &pg.Node{Node: &pg.Node_BoolExpr{BoolExpr: &pg.BoolExpr{Boolop: pg.BoolExprType_OR_EXPR, Args: []*pg.Node{a, b}}}}
}

func (w *walker) where(at **pg.Node) {
	if *at == nil {
		return
	}
	w.place("drop WHERE", func() { *at = nil })
	w.place("add OR TRUE to WHERE", func() { *at = either(*at, isTrue()) })
}

func (w *walker) elements(kind string, list *[]*pg.Node) {
	for i := range *list {
		w.place(kind, func() { *list = slices.Delete(slices.Clone(*list), i, i+1) })
	}
}

func (w *walker) selectStmt(s *pg.SelectStmt, depth int) {
	w.where(&s.WhereClause)
	w.elements("drop a column of GROUP BY", &s.GroupClause)
	for i, f := range s.GetFromClause() {
		j := f.GetJoinExpr()
		if j == nil || s.WhereClause == nil || j.GetQuals() == nil {
			continue
		}
		w.place("move WHERE into ON", func() {
			s.FromClause[i].GetJoinExpr().Quals = both(j.Quals, s.WhereClause)
			s.WhereClause = nil
		})
	}
	if depth == 0 || s.GetOp() != pg.SetOperation_SETOP_NONE || len(s.GetTargetList()) == 0 {
		return
	}
	if len(s.TargetList) > 1 {
		w.place("swap two output columns", func() {
			a, b := s.TargetList[0].GetResTarget(), s.TargetList[1].GetResTarget()
			a.Val, b.Val = b.Val, a.Val
		})
	}
	if s.LimitCount == nil && len(s.SortClause) == 0 && !slices.ContainsFunc(s.TargetList, star) {
		w.place("add LIMIT", func() {
			for i := range s.TargetList {
				s.SortClause = append(s.SortClause, &pg.Node{Node: &pg.Node_SortBy{SortBy: &pg.SortBy{Node: pg.MakeAConstIntNode(int64(i+1), -1),
					SortbyDir: pg.SortByDir_SORTBY_DEFAULT, SortbyNulls: pg.SortByNulls_SORTBY_NULLS_DEFAULT}}})
			}
			s.LimitCount, s.LimitOption = pg.MakeAConstIntNode(1, -1), pg.LimitOption_LIMIT_OPTION_COUNT
		})
	}
}

func both(a, b *pg.Node) *pg.Node {
	return &pg.Node{Node: &pg.Node_BoolExpr{BoolExpr: &pg.BoolExpr{Boolop: pg.BoolExprType_AND_EXPR, Args: []*pg.Node{a, b}}}}
}

func star(n *pg.Node) bool {
	fields := n.GetResTarget().GetVal().GetColumnRef().GetFields()
	return len(fields) > 0 && fields[len(fields)-1].GetAStar() != nil
}

func (w *walker) join(j *pg.JoinExpr) {
	was := j.Jointype
	for i, kind := range []pg.JoinType{pg.JoinType_JOIN_INNER, pg.JoinType_JOIN_LEFT, pg.JoinType_JOIN_RIGHT, pg.JoinType_JOIN_FULL} {
		name := [...]string{"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"}[i]
		if kind != was && (j.GetQuals() != nil || len(j.GetUsingClause()) > 0 || j.GetIsNatural()) {
			w.place("make a join a "+name, func() { j.Jointype = kind })
		}
	}
	if j.GetQuals() != nil {
		w.place("drop ON", func() { j.Quals = isTrue() })
		w.place("add OR TRUE to ON", func() { j.Quals = either(j.Quals, isTrue()) })
	}
	if len(j.GetUsingClause()) > 1 {
		w.elements("drop a column of USING", &j.UsingClause)
	}
}

func (w *walker) insert(s *pg.InsertStmt) {
	rows := s.GetSelectStmt().GetSelectStmt()
	for i := range s.GetCols() {
		if rows == nil || rows.GetOp() != pg.SetOperation_SETOP_NONE {
			return
		}
		w.place("leave out an inserted column", func() {
			s.Cols = slices.Delete(s.Cols, i, i+1)
			if len(rows.TargetList) > i {
				rows.TargetList = slices.Delete(rows.TargetList, i, i+1)
			}
			for _, v := range rows.ValuesLists {
				if l := v.GetList(); len(l.GetItems()) > i {
					l.Items = slices.Delete(l.Items, i, i+1)
				}
			}
		})
		w.place("insert a literal", func() {
			for _, v := range rows.ValuesLists {
				if l := v.GetList(); len(l.GetItems()) > i {
					l.Items[i] = pg.MakeAConstIntNode(2, -1)
				}
			}
			if len(rows.TargetList) > i {
				rows.TargetList[i].GetResTarget().Val = pg.MakeAConstIntNode(2, -1)
			}
		})
	}
}

func (w *walker) conflict(c *pg.OnConflictClause) {
	in := c.GetInfer()
	if in == nil {
		return
	}
	if len(in.GetIndexElems()) > 1 {
		w.elements("drop a column of the conflict target", &in.IndexElems)
	}
	if c.GetAction() == pg.OnConflictAction_ONCONFLICT_NOTHING {
		w.place("drop the conflict target", func() { c.Infer = nil })
	}
}

// highest is the largest parameter number of a tree.
func highest(tree *pg.ParseResult) int32 {
	var n int32
	var walk func(protoreflect.Message)
	walk = func(m protoreflect.Message) {
		if p, ok := m.Interface().(*pg.ParamRef); ok {
			n = max(n, p.GetNumber())
		}
		children(m, walk)
	}
	walk(tree.ProtoReflect())
	return n
}
