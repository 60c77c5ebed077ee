package analyzer_test

import (
	"reflect"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// hintEditor changes a parse tree as a hint says: it finds the level in whose FROM the relation at an offset
// stands, and adds the condition to its WHERE or to the ON of the innermost join of the kind around it.
type hintEditor struct {
	*advice
	at        int32
	condition *pg.Node
	done      bool
}

// visit looks at every statement within a node, the inner ones first.
func (e *hintEditor) visit(n proto.Message) {
	n.ProtoReflect().Range(func(_ protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch x := v.Interface().(type) {
		case protoreflect.Message:
			e.visit(x.Interface())
		case protoreflect.List:
			for i := range x.Len() {
				if m, ok := x.Get(i).Interface().(protoreflect.Message); ok {
					e.visit(m.Interface())
				}
			}
		}
		return !e.done
	})
	if e.done {
		return
	}
	switch s := n.(type) {
	case *pg.SelectStmt:
		e.level(s.FromClause, &s.WhereClause)
	case *pg.UpdateStmt:
		e.level(append(slices.Clone(s.FromClause), rangeNode(s.Relation)), &s.WhereClause)
	case *pg.DeleteStmt:
		e.level(append(slices.Clone(s.UsingClause), rangeNode(s.Relation)), &s.WhereClause)
	case *pg.InsertStmt:
		if e.target != "" && s.OnConflictClause != nil {
			e.conflict(s.OnConflictClause)
		}
	case *pg.MergeStmt:
		if e.on == "MERGE" && (e.holds(s.SourceRelation) || s.Relation.GetLocation() == e.at) {
			e.add(&s.JoinCondition)
		}
	}
}

// conflict gives ON CONFLICT the columns of the hint for its target.
func (e *hintEditor) conflict(c *pg.OnConflictClause) {
	e.done = true
	tree, err := pg.Parse("INSERT INTO t DEFAULT VALUES ON CONFLICT (" + e.target + ") DO NOTHING")
	if err == nil {
		c.Infer = tree.Stmts[0].Stmt.GetInsertStmt().OnConflictClause.Infer
	}
}

func rangeNode(r *pg.RangeVar) *pg.Node { return &pg.Node{Node: &pg.Node_RangeVar{RangeVar: r}} }

func (e *hintEditor) level(from []*pg.Node, where **pg.Node) {
	if e.target != "" {
		return
	}
	for _, n := range from {
		switch {
		case !e.holds(n):
		case e.on != "":
			e.join(n)
		default:
			e.add(where)
		}
	}
}

// holds reports whether the relation stands in an item of FROM, not in a subquery of it.
func (e *hintEditor) holds(n *pg.Node) bool {
	if j := n.GetJoinExpr(); j != nil {
		return e.holds(j.GetLarg()) || e.holds(j.GetRarg())
	}
	return n.GetRangeVar() != nil && n.GetRangeVar().GetLocation() == e.at
}

var joinKinds = map[pg.JoinType]string{pg.JoinType_JOIN_LEFT: "LEFT", pg.JoinType_JOIN_RIGHT: "RIGHT", pg.JoinType_JOIN_FULL: "FULL"}

// join adds the condition to the ON of the innermost join of the kind that may find no row of the relation.
func (e *hintEditor) join(n *pg.Node) {
	j := n.GetJoinExpr()
	if j == nil {
		return
	}
	e.join(j.GetLarg())
	e.join(j.GetRarg())
	nullable := j.GetRarg()
	if j.GetJointype() == pg.JoinType_JOIN_RIGHT {
		nullable = j.GetLarg()
	}
	if !e.done && joinKinds[j.GetJointype()] == e.on && e.holds(nullable) && j.Quals != nil {
		e.add(&j.Quals)
	}
}

// add writes AND behind a condition as one who types does: behind the last arm of OR, unless it is put in parentheses.
func (e *hintEditor) add(to **pg.Node) {
	e.done = true
	have := *to
	last := have
	if or := have.GetBoolExpr(); or != nil && or.Boolop == pg.BoolExprType_OR_EXPR && !e.parens {
		last = or.Args[len(or.Args)-1]
		or.Args[len(or.Args)-1] = and(last, e.condition)
		return
	}
	if reflect.ValueOf(have).IsNil() {
		*to = e.condition
		return
	}
	*to = and(have, e.condition)
}

func and(l, r *pg.Node) *pg.Node {
	return pg.MakeBoolExprNode(pg.BoolExprType_AND_EXPR, []*pg.Node{l, r}, 0)
}
