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

// below calls visit for what is directly below a part, in the order in which sqlc walks
// (internal/sql/astutils/walk.go): with the *pg.Node where there is one, so that it can be
// replaced, else with the part itself.
func below(part any, visit func(any)) {
	nodes := func(lists ...[]*pg.Node) {
		for _, l := range lists {
			for _, n := range l {
				visit(n)
			}
		}
	}
	node := func(ns ...*pg.Node) { nodes(ns) }
	switch n := part.(type) {
	case *pg.A_ArrayExpr:
		nodes(n.Elements)
	case *pg.A_Const:
		if s := n.GetSval(); s != nil {
			visit(s)
		}
	case *pg.A_Expr:
		nodes(n.Name)
		node(n.Lexpr, n.Rexpr)
	case *pg.A_Indices:
		node(n.Lidx, n.Uidx)
	case *pg.A_Indirection:
		node(n.Arg)
		nodes(n.Indirection)
	case *pg.Alias:
		if n != nil {
			nodes(n.Colnames)
		}
	case *pg.BoolExpr:
		nodes(n.Args)
	case *pg.BooleanTest:
		node(n.Arg)
	case *pg.CallStmt:
		visit(n.Funccall)
	case *pg.CaseExpr:
		node(n.Arg)
		nodes(n.Args)
		node(n.Defresult)
	case *pg.CaseWhen:
		node(n.Expr, n.Result)
	case *pg.CoalesceExpr:
		nodes(n.Args)
	case *pg.CollateClause:
		node(n.Arg)
		nodes(n.Collname)
	case *pg.ColumnRef:
		nodes(n.Fields)
	case *pg.CommonTableExpr:
		nodes(n.Aliascolnames)
		node(n.Ctequery)
	case *pg.FuncCall:
		nodes(n.Funcname, n.Args, n.AggOrder)
		node(n.AggFilter)
		if n.Over != nil {
			visit(n.Over)
		}
	case *pg.GroupingFunc:
		nodes(n.Args, n.Refs)
	case *pg.GroupingSet:
		nodes(n.Content)
	case *pg.IndexElem:
		node(n.Expr)
		nodes(n.Collation, n.Opclass)
	case *pg.JoinExpr:
		node(n.Larg, n.Rarg)
		nodes(n.UsingClause)
		node(n.Quals)
		visit(n.Alias)
	case *pg.List:
		nodes(n.Items)
	case *pg.LockingClause:
		nodes(n.LockedRels)
	case *pg.MinMaxExpr:
		nodes(n.Args)
	case *pg.MultiAssignRef:
		node(n.Source)
	case *pg.NamedArgExpr:
		node(n.Arg)
	case *pg.NullTest:
		node(n.Arg)
	case *pg.RangeFunction:
		nodes(n.Functions)
		visit(n.Alias)
		nodes(n.Coldeflist)
	case *pg.RangeSubselect:
		node(n.Subquery)
		visit(n.Alias)
	case *pg.RangeTableFunc:
		node(n.Docexpr, n.Rowexpr)
		nodes(n.Namespaces, n.Columns)
		visit(n.Alias)
	case *pg.RangeTableFuncCol:
		visit(n.TypeName)
		node(n.Colexpr, n.Coldefexpr)
	case *pg.RangeTableSample:
		node(n.Relation)
		nodes(n.Method, n.Args)
		node(n.Repeatable)
	case *pg.RangeVar:
		visit(n.Alias)
	case *pg.ResTarget:
		nodes(n.Indirection)
		node(n.Val)
	case *pg.RowExpr:
		nodes(n.Args, n.Colnames)
	case *pg.SortBy:
		node(n.Node)
		nodes(n.UseOp)
	case *pg.SubLink:
		node(n.Testexpr)
		nodes(n.OperName)
		node(n.Subselect)
	case *pg.TruncateStmt:
		nodes(n.Relations)
	case *pg.TypeCast:
		node(n.Arg)
		visit(n.TypeName)
	case *pg.TypeName:
		nodes(n.GetNames(), n.GetTypmods(), n.GetArrayBounds())
	case *pg.WindowDef:
		nodes(n.PartitionClause, n.OrderClause)
		node(n.StartOffset, n.EndOffset)
	case *pg.WithClause:
		nodes(n.GetCtes())
	case *pg.XmlExpr:
		nodes(n.NamedArgs, n.ArgNames, n.Args)
	case *pg.XmlSerialize:
		node(n.Expr)
		visit(n.TypeName)
	default:
		belowStatement(part, visit, nodes, node)
	}
}

func belowStatement(part any, visit func(any), nodes func(...[]*pg.Node), node func(...*pg.Node)) {
	switch n := part.(type) {
	case *pg.SelectStmt:
		nodes(n.DistinctClause)
		if n.IntoClause != nil {
			visit(n.IntoClause.Rel)
		}
		nodes(n.TargetList, n.FromClause)
		node(n.WhereClause)
		nodes(n.GroupClause)
		node(n.HavingClause)
		nodes(n.WindowClause, n.ValuesLists, n.SortClause)
		node(n.LimitOffset, n.LimitCount)
		nodes(n.LockingClause)
		visit(n.WithClause)
		if n.Larg != nil {
			visit(n.Larg)
		}
		if n.Rarg != nil {
			visit(n.Rarg)
		}
	case *pg.CreateTableAsStmt:
		node(n.Query)
		visit(n.Into.Rel)
	case *pg.RefreshMatViewStmt:
		visit(n.Relation)
	case *pg.InsertStmt:
		visit(n.Relation)
		nodes(n.Cols)
		node(n.SelectStmt)
		if n.OnConflictClause != nil {
			visit(n.OnConflictClause)
		}
		nodes(n.ReturningList)
		visit(n.WithClause)
	case *pg.OnConflictClause:
		if n.Infer != nil {
			visit(n.Infer)
		}
		nodes(n.TargetList)
		node(n.WhereClause)
	case *pg.InferClause:
		nodes(n.IndexElems)
		node(n.WhereClause)
	case *pg.UpdateStmt:
		visit(n.Relation)
		nodes(n.TargetList)
		node(n.WhereClause)
		nodes(n.FromClause, n.ReturningList)
		visit(n.WithClause)
	case *pg.DeleteStmt:
		visit(n.Relation)
		nodes(n.UsingClause)
		node(n.WhereClause)
		nodes(n.ReturningList)
		visit(n.WithClause)
	}
}

// walk calls visit for a part and what is below it, parents first, where visit wants that.
func walk(part any, visit func(any) bool) {
	if n, ok := part.(*pg.Node); ok {
		part = unwrap(n)
	}
	if part == nil || !visit(part) {
		return
	}
	below(part, func(child any) { walk(child, visit) })
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
