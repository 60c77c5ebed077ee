// Package mutate weakens statements, for tests of the proof: each mutant differs
// from its statement in one place that a certificate could rest on.
package mutate

import (
	"fmt"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Mutant is a weakened statement.
type Mutant struct {
	Kind string
	SQL  string
	// Lost are the parameters that the statement used at the weakened place only,
	// where the kind takes away what the place said. Without it nothing is left that
	// could tie a row to them.
	Lost []int
}

// Statement lists the mutants of a statement with $n parameters, each once. columns
// are the names of tenant columns, for mutations that assign to them.
func Statement(sql string, columns ...string) ([]Mutant, error) {
	tree, err := pg.Parse(sql)
	if err != nil {
		return nil, err
	}
	plain, err := pg.Deparse(tree)
	if err != nil {
		return nil, err
	}
	m := &mutator{tree: tree, columns: columns, seen: map[string]bool{plain: true}, negated: map[*pg.BoolExpr]bool{}}
	m.survey(tree.ProtoReflect())
	for _, s := range tree.Stmts {
		m.root = s.Stmt.GetSelectStmt()
		m.walk(s.ProtoReflect())
	}
	return m.mutants, nil
}

type mutator struct {
	tree    *pg.ParseResult
	root    *pg.SelectStmt // the statement itself when it is a SELECT
	columns []string
	uses    map[int]int // of parameters
	aliases []string
	negated map[*pg.BoolExpr]bool // stand under a NOT, where to take away is to strengthen
	seen    map[string]bool
	mutants []Mutant
}

// survey counts the uses of parameters and collects the names of relations.
func (m *mutator) survey(msg protoreflect.Message) {
	m.uses = params(msg)
	visit(msg, func(x any) {
		switch x := x.(type) {
		case *pg.Alias:
			m.aliases = append(m.aliases, x.GetAliasname())
		case *pg.RangeVar:
			if x.GetAlias() == nil {
				m.aliases = append(m.aliases, x.GetRelname())
			}
		case *pg.BoolExpr:
			if x.Boolop == pg.BoolExprType_NOT_EXPR {
				visit(x.ProtoReflect(), func(y any) {
					if b, ok := y.(*pg.BoolExpr); ok {
						m.negated[b] = true
					}
				})
			}
		}
	})
}

// params counts the uses of each parameter.
func params(msg protoreflect.Message) map[int]int {
	uses := map[int]int{}
	visit(msg, func(x any) {
		if p, ok := x.(*pg.ParamRef); ok {
			uses[int(p.GetNumber())]++
		}
	})
	return uses
}

// visit calls f with every message of a tree.
func visit(msg protoreflect.Message, f func(any)) {
	f(msg.Interface())
	msg.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Kind() != protoreflect.MessageKind:
		case fd.IsList():
			for i := range v.List().Len() {
				visit(v.List().Get(i).Message(), f)
			}
		default:
			visit(v.Message(), f)
		}
		return true
	})
}

// spare is a parameter that the statement does not use.
func (m *mutator) spare() *pg.Node {
	n := 1
	for m.uses[n] > 0 {
		n++
	}
	return pg.MakeParamRefNode(int32(n), 0)
}

// emit keeps the tree as it stands as a mutant.
func (m *mutator) emit(kind string, lost ...*pg.Node) {
	sql, err := pg.Deparse(m.tree)
	if err != nil || m.seen[sql] {
		return
	}
	if _, err := pg.Parse(sql); err != nil {
		return
	}
	m.seen[sql] = true
	mut := Mutant{Kind: kind, SQL: sql}
	for _, n := range lost {
		if n == nil {
			continue
		}
		for p, count := range params(n.ProtoReflect()) {
			if count == m.uses[p] {
				mut.Lost = append(mut.Lost, p)
			}
		}
	}
	m.mutants = append(m.mutants, mut)
}

// set puts v into a place of the tree for one mutant.
func set[T any](m *mutator, kind string, place *T, v T, lost ...*pg.Node) {
	old := *place
	*place = v
	m.emit(kind, lost...)
	*place = old
}

func truth() *pg.Node {
	return &pg.Node{Node: &pg.Node_AConst{AConst: &pg.A_Const{Val: &pg.A_Const_Boolval{Boolval: &pg.Boolean{Boolval: true}}}}}
}

func not(n *pg.Node) *pg.Node {
	return pg.MakeBoolExprNode(pg.BoolExprType_NOT_EXPR, []*pg.Node{n}, 0)
}
func either(a, b *pg.Node) *pg.Node {
	return pg.MakeBoolExprNode(pg.BoolExprType_OR_EXPR, []*pg.Node{a, b}, 0)
}

func without(list []*pg.Node, i int) []*pg.Node {
	out := append([]*pg.Node{}, list[:i]...)
	return append(out, list[i+1:]...)
}

// replaced is a copy of list with v as element i.
func replaced(list []*pg.Node, i int, v *pg.Node) []*pg.Node {
	out := append([]*pg.Node{}, list...)
	out[i] = v
	return out
}

// swapped is a copy of list with elements i and i+1 exchanged.
func swapped(list []*pg.Node, i int) []*pg.Node {
	out := append([]*pg.Node{}, list...)
	out[i], out[i+1] = out[i+1], out[i]
	return out
}

func (m *mutator) walk(msg protoreflect.Message) {
	visit(msg, func(x any) {
		switch x := x.(type) {
		case *pg.SelectStmt:
			m.condition(&x.WhereClause)
			m.condition(&x.HavingClause)
			m.selectStmt(x)
		case *pg.JoinExpr:
			m.join(x)
		case *pg.UpdateStmt:
			m.condition(&x.WhereClause)
			m.assign(&x.TargetList)
		case *pg.DeleteStmt:
			m.condition(&x.WhereClause)
		case *pg.InsertStmt:
			m.insert(x)
		case *pg.OnConflictClause:
			m.conflict(x)
		case *pg.MergeStmt:
			m.condition(&x.JoinCondition)
		case *pg.MergeWhenClause:
			m.condition(&x.Condition)
			m.items(x.Values)
		case *pg.FuncCall:
			m.condition(&x.AggFilter)
		case *pg.WindowDef:
			m.drops("partition-by", &x.PartitionClause)
		case *pg.Node:
			m.node(x)
		case *pg.Alias:
			m.swaps("alias-columns", &x.Colnames)
		case *pg.CommonTableExpr:
			m.swaps("alias-columns", &x.Aliascolnames)
		}
	})
}

// condition weakens a condition as a whole and by conjunct.
func (m *mutator) condition(place **pg.Node) {
	c := *place
	if c == nil {
		return
	}
	set(m, "drop", place, truth(), c)
	set(m, "or", place, either(c, truth()), c)
	set(m, "negate", place, not(c), c)
}

// node weakens an expression, wherever it stands.
func (m *mutator) node(n *pg.Node) {
	switch e := n.GetNode().(type) {
	case *pg.Node_BoolExpr:
		m.boolean(n, e.BoolExpr)
	case *pg.Node_AExpr:
		m.operator(n, e.AExpr)
	case *pg.Node_SubLink:
		old := n.Node
		link := &pg.Node{Node: old}
		n.Node = not(link).Node
		if e.SubLink.SubLinkType == pg.SubLinkType_EXPR_SUBLINK {
			link = nil // a value, which NOT takes nothing away from
		}
		m.emit("negate-subquery", link)
		n.Node = old
	case *pg.Node_ParamRef:
		set(m, "other-parameter", &e.ParamRef.Number, m.spare().GetParamRef().Number)
	case *pg.Node_ColumnRef:
		m.column(e.ColumnRef)
	}
}

func (m *mutator) boolean(n *pg.Node, b *pg.BoolExpr) {
	switch b.Boolop {
	case pg.BoolExprType_AND_EXPR:
		set(m, "and-to-or", &b.Boolop, pg.BoolExprType_OR_EXPR)
		for i, arg := range b.Args {
			lost := arg
			if m.negated[b] {
				lost = nil
			}
			set(m, "drop", &b.Args[i], truth(), lost)
			set(m, "or", &b.Args[i], either(arg, truth()), lost)
			set(m, "negate", &b.Args[i], not(arg), lost)
		}
	case pg.BoolExprType_OR_EXPR:
		for i, arg := range b.Args {
			lost := n
			if m.negated[b] {
				lost = nil
			}
			set(m, "negate-arm", &b.Args[i], not(arg))
			set(m, "true-arm", &b.Args[i], truth(), lost)
		}
	case pg.BoolExprType_NOT_EXPR:
		old := n.Node
		n.Node = b.Args[0].Node
		m.emit("drop-not")
		n.Node = old
	}
}

func (m *mutator) operator(n *pg.Node, e *pg.A_Expr) {
	if len(e.Name) != 1 || e.Name[0].GetString_().GetSval() != "=" {
		return
	}
	other := []*pg.Node{pg.MakeStrNode("<>")}
	switch e.Kind {
	case pg.A_Expr_Kind_AEXPR_IN:
		set(m, "not-in", &e.Name, other, n)
	case pg.A_Expr_Kind_AEXPR_OP:
		set(m, "not-equal", &e.Name, other, n)
		set(m, "at-least", &e.Name, []*pg.Node{pg.MakeStrNode(">=")}, n)
		set(m, "not-distinct", &e.Kind, pg.A_Expr_Kind_AEXPR_NOT_DISTINCT)
		set(m, "itself", &e.Rexpr, e.Lexpr, e.Rexpr)
		set(m, "itself", &e.Lexpr, e.Rexpr, e.Lexpr)
		l, r := e.Lexpr.GetRowExpr(), e.Rexpr.GetRowExpr()
		if l != nil && r != nil && len(l.Args) == len(r.Args) && len(l.Args) > 1 {
			m.rowElements(l, r)
		}
	}
}

func (m *mutator) rowElements(l, r *pg.RowExpr) {
	la, ra := l.Args, r.Args
	for i := range la {
		l.Args, r.Args = without(la, i), without(ra, i)
		m.emit("row-element", la[i], ra[i])
	}
	l.Args, r.Args = la, ra
}

// column lets a qualified column be that of every other relation.
func (m *mutator) column(c *pg.ColumnRef) {
	if len(c.Fields) != 2 {
		return
	}
	for _, a := range m.aliases {
		if a != c.Fields[0].GetString_().GetSval() {
			set(m, "other-alias", &c.Fields[0], pg.MakeStrNode(a))
		}
	}
}

func (m *mutator) drops(kind string, list *[]*pg.Node) {
	for i := range *list {
		set(m, kind, list, without(*list, i))
	}
}

func (m *mutator) swaps(kind string, list *[]*pg.Node) {
	for i := range max(0, len(*list)-1) {
		set(m, kind, list, swapped(*list, i))
	}
}

// assign sets a tenant column to a new parameter.
func (m *mutator) assign(targets *[]*pg.Node) {
	for _, c := range m.columns {
		set(m, "assign-tenant", targets, append(append([]*pg.Node{}, *targets...), pg.MakeResTargetNodeWithNameAndVal(c, m.spare(), 0)))
	}
}

// items replaces values that are written.
func (m *mutator) items(values []*pg.Node) {
	for i := range values {
		set(m, "item-parameter", &values[i], m.spare())
		set(m, "item-literal", &values[i], pg.MakeAConstStrNode("1", 0))
		set(m, "item-default", &values[i], &pg.Node{Node: &pg.Node_SetToDefault{SetToDefault: &pg.SetToDefault{}}})
	}
}

// String names the mutant for people.
func (m Mutant) String() string { return fmt.Sprintf("%s: %s", m.Kind, m.SQL) }
