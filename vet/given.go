package vet

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
)

// An id is also made without a call: a value whose type has no name becomes one wherever an id is wanted (Go specification,
// Assignability), and its bytes, elements and fields can be written one by one.

// given looks at what is put in the place of an id. Around are the nodes that n stands in, outermost first.
func (s *idScan) given(n ast.Node, around []ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		s.assigned(n)
	case *ast.IncDecStmt:
		s.changes(n.X)
		s.writes(n.X)
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			s.ranged(n)
		}
	case *ast.ValueSpec:
		if n.Type != nil {
			s.gets(s.pass.TypesInfo.TypeOf(n.Type), n.Values)
		}
		for _, e := range n.Values {
			s.addressed(e, s.pass.TypesInfo.TypeOf(n.Type))
		}
	case *ast.CallExpr:
		s.passed(n)
	case *ast.ReturnStmt:
		s.returned(n, around)
	case *ast.SendStmt:
		if c, ok := under[*types.Chan](s.pass.TypesInfo.TypeOf(n.Chan)); ok {
			s.becomes(n.Value, s.pass.TypesInfo.TypeOf(n.Value), c.Elem())
		}
	case *ast.CompositeLit:
		s.elements(n)
	case *ast.Ident:
		s.untyped(n)
	}
}

func under[T types.Type](t types.Type) (T, bool) {
	if t == nil {
		var none T
		return none, false
	}
	u, ok := types.Unalias(t).Underlying().(T)
	return u, ok
}

// becomes reports a value that is none and stands where an id is wanted.
func (s *idScan) becomes(e ast.Expr, from, to types.Type) {
	name := s.id(to)
	if _, pointer := under[*types.Pointer](to); name == "" || pointer || from == nil || s.id(from) != "" {
		return
	}
	if b, ok := types.Unalias(from).(*types.Basic); ok && (b.Kind() == types.UntypedNil || b.Kind() == types.Invalid) {
		return
	}
	s.made(e, written(e)+" becomes "+an(name))
}

// addressed reports the address of an id, or of something with one in it, in a variable or list of any values: whoever gets that
// may write one, as rows.Scan(dest...) does.
func (s *idScan) addressed(e ast.Expr, to types.Type) {
	u, ok := ast.Unparen(e).(*ast.UnaryExpr)
	if i, any := under[*types.Interface](to); !ok || u.Op != token.AND || !any || !i.Empty() || s.rows[s.in] == ofTenant {
		return
	}
	if name := s.contains(s.pass.TypesInfo.TypeOf(u.X), map[types.Type]bool{}); name != "" {
		s.made(e, "whoever gets "+written(e)+" may write "+an(name))
	}
}

// gets is becomes for the values of variables of one type, or what one call returns for them.
func (s *idScan) gets(to types.Type, values []ast.Expr) {
	for _, e := range values {
		s.each(e, func(int) types.Type { return to })
	}
}

// each is becomes for what an expression yields: one value, or those of a call or of a comma-ok form.
func (s *idScan) each(e ast.Expr, to func(int) types.Type) {
	t := s.pass.TypesInfo.TypeOf(e)
	all, ok := t.(*types.Tuple)
	if !ok {
		s.becomes(e, t, to(0))
		return
	}
	for i := range all.Len() {
		s.becomes(e, all.At(i).Type(), to(i))
	}
}

func (s *idScan) assigned(n *ast.AssignStmt) {
	left := func(i int) types.Type {
		if i < len(n.Lhs) {
			return s.pass.TypesInfo.TypeOf(n.Lhs[i])
		}
		return nil
	}
	for i, e := range n.Lhs {
		s.writes(e)
		if n.Tok != token.ASSIGN && n.Tok != token.DEFINE {
			s.changes(e)
		} else if len(n.Lhs) == len(n.Rhs) {
			if s.index.variable(e) != nil {
				s.addressed(n.Rhs[i], left(i))
			}
			s.becomes(n.Rhs[i], s.pass.TypesInfo.TypeOf(n.Rhs[i]), left(i))
		}
	}
	if len(n.Lhs) != len(n.Rhs) && len(n.Rhs) == 1 {
		s.each(n.Rhs[0], left)
	}
}

func (s *idScan) ranged(n *ast.RangeStmt) {
	of := s.pass.TypesInfo.TypeOf(n.X)
	for i, e := range []ast.Expr{n.Key, n.Value} {
		if e == nil {
			continue
		}
		s.writes(e)
		if to := s.pass.TypesInfo.TypeOf(e); s.id(to) != "" && !s.yields(of, i) {
			s.made(e, "an element of "+written(n.X)+" becomes "+an(s.id(to)))
		}
	}
}

// yields reports whether what a loop over a type gives its first or second variable is an id.
func (s *idScan) yields(of types.Type, i int) bool {
	if c, ok := under[*types.Chan](of); ok && i == 0 {
		return s.id(c.Elem()) != ""
	}
	if m, ok := under[*types.Map](of); ok {
		return s.id([]types.Type{m.Key(), m.Elem()}[i]) != ""
	}
	if l, ok := under[*types.Slice](of); ok && i == 1 {
		return s.id(l.Elem()) != ""
	}
	if l, ok := under[*types.Array](of); ok && i == 1 {
		return s.id(l.Elem()) != ""
	}
	return false
}

// passed looks at the arguments of a call.
func (s *idScan) passed(c *ast.CallExpr) {
	tv := s.pass.TypesInfo.Types[c.Fun]
	sig, ok := under[*types.Signature](tv.Type)
	if id, named := ast.Unparen(c.Fun).(*ast.Ident); named && tv.IsBuiltin() && id.Name == "copy" {
		s.written(c.Args[0])
	}
	if tv.IsType() || !ok {
		return
	}
	to := func(i int) types.Type {
		if c.Ellipsis.IsValid() && i == sig.Params().Len()-1 {
			return nil
		}
		return paramType(sig, i)
	}
	if len(c.Args) == 1 {
		s.each(c.Args[0], to)
	} else {
		for i, e := range c.Args {
			s.becomes(e, s.pass.TypesInfo.TypeOf(e), to(i))
		}
	}
	if fn := called(s.pass.TypesInfo, c); fn != nil && filler.MatchString(fn.Name()) {
		for _, e := range c.Args {
			if _, slice := under[*types.Slice](s.pass.TypesInfo.TypeOf(e)); slice {
				s.written(e)
			}
		}
	}
}

// filler are the beginnings of the names of functions that write into a slice that they get.
var filler = regexp.MustCompile(`^(Read|Decode|Put|Copy|Fill|Scan|Unmarshal|Append|Set|Load)`)

// returned looks at what the function around a statement returns.
func (s *idScan) returned(n *ast.ReturnStmt, around []ast.Node) {
	for _, at := range slices.Backward(around) {
		var sig *types.Signature
		switch at := at.(type) {
		case *ast.FuncLit:
			sig, _ = under[*types.Signature](s.pass.TypesInfo.TypeOf(at))
		case *ast.FuncDecl:
			sig, _ = under[*types.Signature](s.pass.TypesInfo.TypeOf(at.Name))
		default:
			continue
		}
		if sig == nil {
			return
		}
		to := func(i int) types.Type {
			if i < sig.Results().Len() {
				return sig.Results().At(i).Type()
			}
			return nil
		}
		if len(n.Results) == 1 {
			s.each(n.Results[0], to)
			return
		}
		for i, e := range n.Results {
			s.becomes(e, s.pass.TypesInfo.TypeOf(e), to(i))
		}
		return
	}
}

// elements looks at those of a value that is written out.
func (s *idScan) elements(n *ast.CompositeLit) {
	of := s.pass.TypesInfo.TypeOf(n)
	fields, _ := under[*types.Struct](of)
	m, _ := under[*types.Map](of)
	list, isList := under[*types.Slice](of)
	array, isArray := under[*types.Array](of)
	for i, e := range n.Elts {
		kv, keyed := e.(*ast.KeyValueExpr)
		value := e
		if keyed {
			value = kv.Value
		}
		var to types.Type
		switch {
		case fields != nil && keyed:
			if key, ok := kv.Key.(*ast.Ident); ok {
				to = s.pass.TypesInfo.TypeOf(key)
			}
		case fields != nil && i < fields.NumFields():
			to = fields.Field(i).Type()
		case m != nil && keyed:
			to = m.Elem()
			s.becomes(kv.Key, s.pass.TypesInfo.TypeOf(kv.Key), m.Key())
		case isList:
			to = list.Elem()
			s.addressed(value, to)
		case isArray:
			to = array.Elem()
		}
		s.becomes(value, s.pass.TypesInfo.TypeOf(value), to)
	}
}

// untyped reports a constant that has no type of its own and is used as an id.
func (s *idScan) untyped(n *ast.Ident) {
	c, ok := s.pass.TypesInfo.Uses[n].(*types.Const)
	tv := s.pass.TypesInfo.Types[n]
	if ok && tv.Value != nil && s.id(tv.Type) != "" && s.id(c.Type()) == "" {
		s.made(n, n.Name+" becomes "+an(s.id(tv.Type)))
	}
}

// changes reports an operator that makes another id of one: org++, org += x.
func (s *idScan) changes(e ast.Expr) {
	if name := s.id(s.pass.TypesInfo.TypeOf(e)); name != "" {
		s.made(e, "another "+name+" is made of "+written(e))
	}
}

// writes reports an assignment to a part of an id: org[0] = x.
func (s *idScan) writes(e ast.Expr) {
	switch e := ast.Unparen(e).(type) {
	case *ast.IndexExpr:
		s.written(e.X)
	case *ast.SelectorExpr:
		if sel := s.pass.TypesInfo.Selections[e]; sel != nil && sel.Kind() == types.FieldVal {
			s.written(e.X)
		}
	}
}

// written reports what has an id in it and gets other bytes: an id, a part or a slice of one, a variable that is such a slice.
func (s *idScan) written(e ast.Expr) {
	for {
		e = ast.Unparen(e)
		if name := s.id(s.pass.TypesInfo.TypeOf(e)); name != "" {
			s.made(e, "another "+name+" is written into "+written(e))
			return
		}
		switch of := e.(type) {
		case *ast.IndexExpr:
			e = of.X
		case *ast.SliceExpr:
			e = of.X
		case *ast.StarExpr:
			e = of.X
		case *ast.SelectorExpr:
			if s.pass.TypesInfo.Selections[of] == nil {
				return
			}
			e = of.X
		case *ast.Ident:
			for _, value := range s.index.values[s.index.variable(of)] {
				if slice, ok := ast.Unparen(value).(*ast.SliceExpr); value != nil && ok && s.id(s.pass.TypesInfo.TypeOf(slice.X)) != "" {
					s.made(e, "another "+s.id(s.pass.TypesInfo.TypeOf(slice.X))+" is written into "+written(slice.X))
				}
			}
			return
		default:
			return
		}
	}
}
