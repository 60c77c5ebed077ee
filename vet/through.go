package vet

import (
	"go/ast"
	"go/types"
	"slices"
)

// A function that runs SQL is handed on, too, by a value that has it as a method and becomes one of an interface: what calls the
// method there is not seen, unless the method looks like a driver's.

// through reports values that become such interfaces.
func (s *sqlScan) through() {
	for _, f := range s.files {
		for _, d := range f.Decls {
			in, _ := d.(*ast.FuncDecl)
			var around []ast.Node
			ast.Inspect(d, func(n ast.Node) bool {
				if n == nil {
					around = around[:len(around)-1]
					return true
				}
				s.conversions(n, around, func(e ast.Node, from, to types.Type) { s.becomes(e, from, to, in) })
				around = append(around, n)
				return true
			})
		}
	}
}

// becomes reports a value with a method that runs SQL, which an interface has by a name of its own.
func (s *sqlScan) becomes(e ast.Node, from, to types.Type, in *ast.FuncDecl) {
	i, ok := under[*types.Interface](to)
	if !ok || from == nil || s.declared(s.vet.SQL, e.Pos()) != nil {
		return
	}
	for n := range i.NumMethods() {
		m := i.Method(n)
		if _, seen := sinkOf(m.Origin()); seen {
			continue
		}
		found, _, _ := types.LookupFieldOrMethod(from, true, m.Pkg(), m.Name())
		fn, ok := found.(*types.Func)
		if !ok {
			continue
		}
		if _, sink := sinkOf(fn.Origin()); !sink && s.fact(fn.Origin()) == nil {
			continue
		}
		s.report(Finding{Pos: e.Pos(), End: lineEnd(s.pass.Fset, e.Pos(), e.End()), Rule: unseenSQL.Name, Func: funcName(in), Text: shown(e),
			Message: "this becomes a " + types.TypeString(to, types.RelativeTo(s.pass.Pkg)) + ", whose " + m.Name() + " then runs SQL: nobody sees what it is called with",
			Hint:    "call the method of the type itself; or declare the place under options.tenantgen.vet.sql, with the reason"})
		return
	}
}

// conversions visits the values at a node that are given a type, or what a type parameter is.
func (s *sqlScan) conversions(n ast.Node, around []ast.Node, visit func(e ast.Node, from, to types.Type)) {
	info := s.pass.TypesInfo
	gets := func(values []ast.Expr, to func(int) types.Type) {
		for i, e := range values {
			if all, ok := info.TypeOf(e).(*types.Tuple); ok && len(values) == 1 {
				for j := range all.Len() {
					visit(e, all.At(j).Type(), to(j))
				}
				return
			}
			visit(e, info.TypeOf(e), to(i))
		}
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		gets(n.Rhs, func(i int) types.Type {
			if i < len(n.Lhs) {
				return info.TypeOf(n.Lhs[i])
			}
			return nil
		})
	case *ast.ValueSpec:
		if n.Type != nil {
			gets(n.Values, func(int) types.Type { return info.TypeOf(n.Type) })
		}
	case *ast.SendStmt:
		if c, ok := under[*types.Chan](info.TypeOf(n.Chan)); ok {
			visit(n.Value, info.TypeOf(n.Value), c.Elem())
		}
	case *ast.ReturnStmt:
		if sig := enclosing(info, around); sig != nil {
			gets(n.Results, func(i int) types.Type { return paramAt(sig.Results(), i) })
		}
	case *ast.CallExpr:
		tv := info.Types[n.Fun]
		if sig, ok := under[*types.Signature](tv.Type); ok && !tv.IsType() {
			gets(n.Args, func(i int) types.Type {
				if n.Ellipsis.IsValid() && i == sig.Params().Len()-1 {
					return nil
				}
				return paramType(sig, i)
			})
		} else if tv.IsType() && len(n.Args) == 1 {
			visit(n.Args[0], info.TypeOf(n.Args[0]), tv.Type)
		}
	case *ast.CompositeLit:
		literal(info, n, visit)
	case *ast.Ident:
		if inst, ok := info.Instances[n]; ok {
			instance(info, n, inst, visit)
		}
	}
}

// enclosing is the type of the function around a statement.
func enclosing(info *types.Info, around []ast.Node) *types.Signature {
	for _, at := range slices.Backward(around) {
		switch at := at.(type) {
		case *ast.FuncLit:
			sig, _ := under[*types.Signature](info.TypeOf(at))
			return sig
		case *ast.FuncDecl:
			sig, _ := under[*types.Signature](info.TypeOf(at.Name))
			return sig
		}
	}
	return nil
}

func paramAt(of *types.Tuple, i int) types.Type {
	if i < of.Len() {
		return of.At(i).Type()
	}
	return nil
}

// literal visits what the fields or elements of a value get that is written out.
func literal(info *types.Info, n *ast.CompositeLit, visit func(e ast.Node, from, to types.Type)) {
	of := info.TypeOf(n)
	fields, _ := under[*types.Struct](of)
	for i, e := range n.Elts {
		kv, keyed := e.(*ast.KeyValueExpr)
		value := e
		if keyed {
			value = kv.Value
		}
		var to types.Type
		if fields != nil {
			if key, ok := fieldKey(kv); ok {
				to = info.TypeOf(key)
			} else if i < fields.NumFields() {
				to = fields.Field(i).Type()
			}
		} else if m, ok := under[*types.Map](of); ok && keyed {
			to = m.Elem()
			visit(kv.Key, info.TypeOf(kv.Key), m.Key())
		} else if l, ok := under[*types.Slice](of); ok {
			to = l.Elem()
		} else if a, ok := under[*types.Array](of); ok {
			to = a.Elem()
		}
		visit(value, info.TypeOf(value), to)
	}
}

func fieldKey(kv *ast.KeyValueExpr) (*ast.Ident, bool) {
	if kv == nil {
		return nil, false
	}
	key, ok := kv.Key.(*ast.Ident)
	return key, ok
}

// instance visits type arguments: what has a type parameter calls the methods of its constraint.
func instance(info *types.Info, n *ast.Ident, inst types.Instance, visit func(e ast.Node, from, to types.Type)) {
	var params *types.TypeParamList
	switch o := info.Uses[n].(type) {
	case *types.Func:
		params = o.Signature().TypeParams()
	case *types.TypeName:
		if named, ok := types.Unalias(o.Type()).(*types.Named); ok {
			params = named.Origin().TypeParams()
		}
	}
	for i := range params.Len() {
		if i < inst.TypeArgs.Len() {
			visit(n, inst.TypeArgs.At(i), params.At(i).Constraint())
		}
	}
}
