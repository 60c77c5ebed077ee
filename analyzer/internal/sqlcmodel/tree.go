package sqlcmodel

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// unwrap returns the statement or expression in a node, nil for what sqlc does not read: it
// turns these into a node of its own that has nothing below it, MERGE among them (its
// internal/engine/postgresql/convert.go, convertNode).
func unwrap(n *pg.Node) any {
	switch n := n.GetNode().(type) {
	case *pg.Node_AArrayExpr:
		return n.AArrayExpr
	case *pg.Node_AConst:
		return n.AConst
	case *pg.Node_AExpr:
		return n.AExpr
	case *pg.Node_AIndices:
		return n.AIndices
	case *pg.Node_AIndirection:
		return n.AIndirection
	case *pg.Node_AStar:
		return n.AStar
	case *pg.Node_BoolExpr:
		return n.BoolExpr
	case *pg.Node_BooleanTest:
		return n.BooleanTest
	case *pg.Node_CallStmt:
		return n.CallStmt
	case *pg.Node_CaseExpr:
		return n.CaseExpr
	case *pg.Node_CaseWhen:
		return n.CaseWhen
	case *pg.Node_CoalesceExpr:
		return n.CoalesceExpr
	case *pg.Node_CollateClause:
		return n.CollateClause
	case *pg.Node_ColumnRef:
		return n.ColumnRef
	case *pg.Node_CommonTableExpr:
		return n.CommonTableExpr
	case *pg.Node_CreateTableAsStmt:
		return n.CreateTableAsStmt
	case *pg.Node_DeleteStmt:
		return n.DeleteStmt
	case *pg.Node_FuncCall:
		return n.FuncCall
	case *pg.Node_GroupingFunc:
		return n.GroupingFunc
	case *pg.Node_GroupingSet:
		return n.GroupingSet
	case *pg.Node_IndexElem:
		return n.IndexElem
	case *pg.Node_InsertStmt:
		return n.InsertStmt
	case *pg.Node_JoinExpr:
		return n.JoinExpr
	case *pg.Node_List:
		return n.List
	case *pg.Node_LockingClause:
		return n.LockingClause
	case *pg.Node_MinMaxExpr:
		return n.MinMaxExpr
	case *pg.Node_MultiAssignRef:
		return n.MultiAssignRef
	case *pg.Node_NamedArgExpr:
		return n.NamedArgExpr
	case *pg.Node_NullTest:
		return n.NullTest
	case *pg.Node_ParamRef:
		return n.ParamRef
	case *pg.Node_RangeFunction:
		return n.RangeFunction
	case *pg.Node_RangeSubselect:
		return n.RangeSubselect
	case *pg.Node_RangeTableFunc:
		return n.RangeTableFunc
	case *pg.Node_RangeTableFuncCol:
		return n.RangeTableFuncCol
	case *pg.Node_RangeTableSample:
		return n.RangeTableSample
	case *pg.Node_RangeVar:
		return n.RangeVar
	case *pg.Node_RefreshMatViewStmt:
		return n.RefreshMatViewStmt
	case *pg.Node_ResTarget:
		return n.ResTarget
	case *pg.Node_RowExpr:
		return n.RowExpr
	case *pg.Node_SelectStmt:
		return n.SelectStmt
	case *pg.Node_SortBy:
		return n.SortBy
	case *pg.Node_String_:
		return n.String_
	case *pg.Node_SubLink:
		return n.SubLink
	case *pg.Node_TruncateStmt:
		return n.TruncateStmt
	case *pg.Node_TypeCast:
		return n.TypeCast
	case *pg.Node_TypeName:
		return n.TypeName
	case *pg.Node_UpdateStmt:
		return n.UpdateStmt
	case *pg.Node_WindowDef:
		return n.WindowDef
	case *pg.Node_WithClause:
		return n.WithClause
	case *pg.Node_XmlExpr:
		return n.XmlExpr
	case *pg.Node_XmlSerialize:
		return n.XmlSerialize
	}
	return nil
}

// visitor is called for parts of a tree.
type visitor func(any)

func (v visitor) nodes(lists ...[]*pg.Node) {
	for _, l := range lists {
		for _, n := range l {
			v(n)
		}
	}
}

func (v visitor) node(list ...*pg.Node) { v.nodes(list) }

// below calls visit for what is directly below a part, in the order in which sqlc walks
// (internal/sql/astutils/walk.go): with the *pg.Node where there is one, so that it can be
// replaced, else with the part itself.
func below(part any, visit visitor) {
	switch n := part.(type) {
	case *pg.A_ArrayExpr:
		visit.nodes(n.Elements)
	case *pg.A_Const:
		if s := n.GetSval(); s != nil {
			visit(s)
		}
	case *pg.A_Expr:
		visit.nodes(n.Name)
		visit.node(n.Lexpr, n.Rexpr)
	case *pg.A_Indices:
		visit.node(n.Lidx, n.Uidx)
	case *pg.A_Indirection:
		visit.node(n.Arg)
		visit.nodes(n.Indirection)
	case *pg.Alias:
		if n != nil {
			visit.nodes(n.Colnames)
		}
	case *pg.BoolExpr:
		visit.nodes(n.Args)
	case *pg.BooleanTest:
		visit.node(n.Arg)
	case *pg.CallStmt:
		visit(n.Funccall)
	case *pg.CaseExpr:
		visit.node(n.Arg)
		visit.nodes(n.Args)
		visit.node(n.Defresult)
	case *pg.CaseWhen:
		visit.node(n.Expr, n.Result)
	case *pg.CoalesceExpr:
		visit.nodes(n.Args)
	case *pg.CollateClause:
		visit.node(n.Arg)
		visit.nodes(n.Collname)
	case *pg.ColumnRef:
		visit.nodes(n.Fields)
	case *pg.CommonTableExpr:
		visit.nodes(n.Aliascolnames)
		visit.node(n.Ctequery)
	case *pg.FuncCall:
		visit.nodes(n.Funcname, n.Args, n.AggOrder)
		visit.node(n.AggFilter)
		if n.Over != nil {
			visit(n.Over)
		}
	case *pg.GroupingFunc:
		visit.nodes(n.Args, n.Refs)
	case *pg.GroupingSet:
		visit.nodes(n.Content)
	case *pg.IndexElem:
		visit.node(n.Expr)
		visit.nodes(n.Collation, n.Opclass)
	case *pg.JoinExpr:
		visit.node(n.Larg, n.Rarg)
		visit.nodes(n.UsingClause)
		visit.node(n.Quals)
		visit(n.Alias)
	case *pg.List:
		visit.nodes(n.Items)
	case *pg.LockingClause:
		visit.nodes(n.LockedRels)
	case *pg.MinMaxExpr:
		visit.nodes(n.Args)
	case *pg.MultiAssignRef:
		visit.node(n.Source)
	case *pg.NamedArgExpr:
		visit.node(n.Arg)
	case *pg.NullTest:
		visit.node(n.Arg)
	case *pg.RangeFunction:
		visit.nodes(n.Functions)
		visit(n.Alias)
		visit.nodes(n.Coldeflist)
	case *pg.RangeSubselect:
		visit.node(n.Subquery)
		visit(n.Alias)
	case *pg.RangeTableFunc:
		visit.node(n.Docexpr, n.Rowexpr)
		visit.nodes(n.Namespaces, n.Columns)
		visit(n.Alias)
	case *pg.RangeTableFuncCol:
		visit(n.TypeName)
		visit.node(n.Colexpr, n.Coldefexpr)
	case *pg.RangeTableSample:
		visit.node(n.Relation)
		visit.nodes(n.Method, n.Args)
		visit.node(n.Repeatable)
	case *pg.RangeVar:
		visit(n.Alias)
	case *pg.ResTarget:
		visit.nodes(n.Indirection)
		visit.node(n.Val)
	case *pg.RowExpr:
		visit.nodes(n.Args, n.Colnames)
	case *pg.SortBy:
		visit.node(n.Node)
		visit.nodes(n.UseOp)
	case *pg.SubLink:
		visit.node(n.Testexpr)
		visit.nodes(n.OperName)
		visit.node(n.Subselect)
	case *pg.TruncateStmt:
		visit.nodes(n.Relations)
	case *pg.TypeCast:
		visit.node(n.Arg)
		visit(n.TypeName)
	case *pg.TypeName:
		visit.nodes(n.GetNames(), n.GetTypmods(), n.GetArrayBounds())
	case *pg.WindowDef:
		visit.nodes(n.PartitionClause, n.OrderClause)
		visit.node(n.StartOffset, n.EndOffset)
	case *pg.WithClause:
		visit.nodes(n.GetCtes())
	case *pg.XmlExpr:
		visit.nodes(n.NamedArgs, n.ArgNames, n.Args)
	case *pg.XmlSerialize:
		visit.node(n.Expr)
		visit(n.TypeName)
	default:
		belowStatement(part, visit)
	}
}

func belowStatement(part any, visit visitor) {
	switch n := part.(type) {
	case *pg.SelectStmt:
		visit.nodes(n.DistinctClause)
		if n.IntoClause != nil {
			visit(n.IntoClause.Rel)
		}
		visit.nodes(n.TargetList, n.FromClause)
		visit.node(n.WhereClause)
		visit.nodes(n.GroupClause)
		visit.node(n.HavingClause)
		visit.nodes(n.WindowClause, n.ValuesLists, n.SortClause)
		visit.node(n.LimitOffset, n.LimitCount)
		visit.nodes(n.LockingClause)
		visit(n.WithClause)
		if n.Larg != nil {
			visit(n.Larg)
		}
		if n.Rarg != nil {
			visit(n.Rarg)
		}
	case *pg.CreateTableAsStmt:
		visit.node(n.Query)
		visit(n.Into.Rel)
	case *pg.RefreshMatViewStmt:
		visit(n.Relation)
	case *pg.InsertStmt:
		visit(n.Relation)
		visit.nodes(n.Cols)
		visit.node(n.SelectStmt)
		if n.OnConflictClause != nil {
			visit(n.OnConflictClause)
		}
		visit.nodes(n.ReturningList)
		visit(n.WithClause)
	case *pg.OnConflictClause:
		if n.Infer != nil {
			visit(n.Infer)
		}
		visit.nodes(n.TargetList)
		visit.node(n.WhereClause)
	case *pg.InferClause:
		visit.nodes(n.IndexElems)
		visit.node(n.WhereClause)
	case *pg.UpdateStmt:
		visit(n.Relation)
		visit.nodes(n.TargetList)
		visit.node(n.WhereClause)
		visit.nodes(n.FromClause, n.ReturningList)
		visit(n.WithClause)
	case *pg.DeleteStmt:
		visit(n.Relation)
		visit.nodes(n.UsingClause)
		visit.node(n.WhereClause)
		visit.nodes(n.ReturningList)
		visit(n.WithClause)
	}
}

// walk calls visit for a part and what is below it, parents first, where visit wants that.
func walk(part any, visit func(any) bool) {
	var step visitor
	step = func(part any) {
		if n, ok := part.(*pg.Node); ok {
			part = unwrap(n)
		}
		if part != nil && visit(part) {
			below(part, step)
		}
	}
	step(part)
}

// search lists the parts of a kind in the order of the walk.
func search[T any](part any) []T {
	var found []T
	walk(part, func(p any) bool {
		if t, ok := p.(T); ok {
			found = append(found, t)
		}
		return true
	})
	return found
}

// flatten joins the names and texts of a part, as rewrite.flatten does.
func flatten(part any) string {
	var b strings.Builder
	for _, s := range search[*pg.String](part) {
		b.WriteString(s.Sval)
	}
	return b.String()
}

// texts are the names in a list; what is no name is left out (compiler.stringSlice).
func texts(list []*pg.Node) []string {
	var names []string
	for _, n := range list {
		if s := n.GetString_(); s != nil {
			names = append(names, s.Sval)
		}
	}
	return names
}

// lastTwo reads a name of one, two or three parts.
func lastTwo(list []*pg.Node) (schema, name string) {
	names := texts(list)
	if len(names) == 0 {
		return "", ""
	}
	if len(names) > 1 {
		schema = names[len(names)-2]
	}
	return schema, names[len(names)-1]
}

func hasStar(ref *pg.ColumnRef) bool {
	for _, f := range ref.Fields {
		if f.GetAStar() != nil {
			return true
		}
	}
	return false
}
