package vet

import (
	"go/ast"
	"go/token"
	"go/types"
)

// writesPart notes where a node may write a part of a variable.
func (x *index) writesPart(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, e := range n.Lhs {
			x.part(e)
		}
	case *ast.IncDecStmt:
		x.part(n.X)
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			x.part(n.Key)
			x.part(n.Value)
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			x.part(n.X)
		}
	case *ast.CallExpr:
		if fn, ok := called(x.info, n).(*types.Func); ok && isSink(fn) {
			for _, e := range n.Args {
				x.sent[ast.Unparen(e)] = true
			}
		}
	case *ast.SliceExpr: // of an array it is the array's own elements
		if _, array := under[*types.Array](x.info.TypeOf(n.X)); array && !x.sent[n] {
			x.partOf(n.X, n.X)
		}
	case *ast.SelectorExpr:
		if sel := x.info.Selections[n]; sel != nil && sel.Kind() == types.MethodVal && takesAddress(sel) {
			x.partOf(n.X, n.X)
		}
	}
}

// takesAddress reports whether a method that is selected of a variable gets its address (Go specification, Method values).
func takesAddress(sel *types.Selection) bool {
	recv := sel.Obj().(*types.Func).Signature().Recv()
	_, pointer := types.Unalias(recv.Type()).(*types.Pointer)
	_, already := types.Unalias(sel.Recv()).Underlying().(*types.Pointer)
	return pointer && !already
}

// part notes an expression that is written, where it is less than the variable.
func (x *index) part(e ast.Expr) {
	switch of := ast.Unparen(e).(type) {
	case *ast.IndexExpr:
		x.partOf(of.X, e)
	case *ast.SelectorExpr:
		if x.info.Selections[of] != nil {
			x.partOf(of.X, e)
		}
	case *ast.StarExpr:
		x.partOf(of.X, e)
	}
}

// partOf notes a part of the variable at the root of an expression.
func (x *index) partOf(of, whole ast.Expr) {
	for {
		if v := x.variable(of); v != nil {
			x.partly[v] = append(x.partly[v], whole)
			return
		}
		switch e := ast.Unparen(of).(type) {
		case *ast.IndexExpr:
			of = e.X
		case *ast.SelectorExpr:
			of = e.X
		case *ast.StarExpr:
			of = e.X
		case *ast.SliceExpr:
			of = e.X
		default:
			return
		}
	}
}
