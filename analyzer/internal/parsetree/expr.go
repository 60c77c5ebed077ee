package parsetree

import (
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// OperatorName is the name of an operator without its schema, "" where it has none.
func OperatorName(a *pg.A_Expr) string {
	n := Strings(a.GetName())
	if len(n) == 0 {
		return ""
	}
	return n[len(n)-1]
}

// OperatorsOf lists the operators that a construct looks up by name.
func OperatorsOf(a *pg.A_Expr) []string {
	switch a.GetKind() {
	case pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN,
		pg.A_Expr_Kind_AEXPR_BETWEEN_SYM, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		return []string{"<", "<=", ">", ">="}
	}
	return []string{OperatorName(a)}
}

// Literal is the value of a string, an integer or a boolean as PostgreSQL prints it, or
// takes it for text: true.
func Literal(c *pg.A_Const) (string, bool) {
	if c.GetIsnull() {
		return "", false
	}
	switch v := c.GetVal().(type) {
	case *pg.A_Const_Ival:
		return strconv.Itoa(int(v.Ival.GetIval())), true
	case *pg.A_Const_Boolval:
		return strconv.FormatBool(v.Boolval.GetBoolval()), true
	case *pg.A_Const_Sval:
		return v.Sval.GetSval(), true
	}
	return "", false
}

// Plain reports whether a call has nothing but its arguments.
func Plain(f *pg.FuncCall) bool {
	return len(f.GetAggOrder()) == 0 && f.GetAggFilter() == nil && f.GetOver() == nil && !f.GetAggWithinGroup() && !f.GetAggStar() && !f.GetAggDistinct() && !f.GetFuncVariadic()
}

// Operands lists what a Boolean operator connects, itself when it is another expression.
func Operands(n *pg.Node, op pg.BoolExprType) []*pg.Node {
	b := n.GetBoolExpr()
	if b == nil || b.GetBoolop() != op {
		return []*pg.Node{n}
	}
	var all []*pg.Node
	for _, a := range b.GetArgs() {
		all = append(all, Operands(a, op)...)
	}
	return all
}

// MentionsColumn reports whether n mentions a column.
func MentionsColumn(n *pg.Node) bool {
	found := false
	Walk(n, func(m Message) {
		_, column := m.(*pg.ColumnRef)
		found = found || column
	})
	return found
}

// CastOf is the cast that n is, under sqlc's @ or not.
func CastOf(n *pg.Node) *pg.TypeCast {
	if a := n.GetAExpr(); a.GetLexpr() == nil && OperatorName(a) == "@" {
		n = a.GetRexpr()
	}
	return n.GetTypeCast()
}

// LocationOf finds the first position that a node or its children carry, or -1.
func LocationOf(n *pg.Node) int32 {
	if n == nil {
		return -1
	}
	return firstLocation(n.ProtoReflect(), 0)
}

func firstLocation(m protoreflect.Message, depth int) int32 {
	found := int32(-1)
	if depth > 50 {
		return found
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Name() == "location" && fd.Kind() == protoreflect.Int32Kind:
			found = int32(v.Int())
		case fd.IsList() && fd.Kind() == protoreflect.MessageKind:
			for i := 0; i < v.List().Len() && found < 0; i++ {
				found = firstLocation(v.List().Get(i).Message(), depth+1)
			}
		case fd.Kind() == protoreflect.MessageKind && !fd.IsList():
			found = firstLocation(v.Message(), depth+1)
		}
		return found < 0
	})
	return found
}

// LastLocation is the last location that anything below n has, 0 when nothing has one.
func LastLocation(n *pg.Node) int {
	last := 0
	Walk(n, func(m Message) {
		r := m.ProtoReflect()
		if f := r.Descriptor().Fields().ByName("location"); f != nil {
			last = max(last, int(r.Get(f).Int()))
		}
	})
	return last
}
