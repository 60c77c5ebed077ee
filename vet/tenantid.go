package vet

import (
	"go/ast"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

const idDoc = `report where ids of tenants are made

An id comes from the context (OrgIDFrom), from a row that was read for the tenant, or from whoever handed it on. A
place that makes one of anything else (sign-in, jobs) is named by options.tenantgen.vet.ids, with a reason.`

// newTenantID makes the analyzer of ids.
func newTenantID(from source, statements *analysis.Analyzer) *analysis.Analyzer {
	return &analysis.Analyzer{Name: "tenantid", Doc: idDoc, URL: docs + "tenantid", ResultType: resultType, Requires: []*analysis.Analyzer{statements},
		Run: func(pass *analysis.Pass) (any, error) {
			s, err := from(pass)
			if err != nil || s == nil {
				return &Findings{}, err
			}
			found := pass.ResultOf[statements].(*Findings)
			i := &idScan{scan: newScan(pass, "tenantid", s), index: found.index, rows: found.rows}
			return i.run(), nil
		}}
}

// idScan looks for ids that are made.
type idScan struct {
	*scan
	index *index
	rows  map[*ast.FuncDecl]rowsOf // what the statements of a function read
}

func (s *idScan) run() *Findings {
	if len(s.ids) == 0 {
		return s.done()
	}
	s.decls(func(d ast.Decl) {
		ast.Inspect(d, s.node)
		ast.PreorderStack(d, nil, func(n ast.Node, around []ast.Node) bool { s.given(n, around); return true })
		uncalled(d, s.handedOn)
	})
	return s.done()
}

func (s *idScan) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		s.call(n)
	case *ast.CompositeLit:
		if name := s.id(s.pass.TypesInfo.TypeOf(n)); name != "" && len(n.Elts) > 0 {
			s.made(n, "a value of "+name+" is written out")
		}
	case *ast.BasicLit:
		if name := s.id(s.pass.TypesInfo.TypeOf(n)); name != "" {
			s.made(n, written(n)+" becomes "+an(name))
		}
	}
	return true
}

// handedOn reports what makes ids and is used as a value.
func (s *idScan) handedOn(id *ast.Ident) {
	if fn, ok := s.pass.TypesInfo.Uses[id].(*types.Func); ok && s.maker(fn.Origin()) != "" {
		s.made(id, fn.Name()+" is handed on as a value, and makes "+an(s.maker(fn.Origin()))+" of anything")
	}
}

// id names a type of tenants' ids, as code outside of its package does; "" for other types, and in that package.
func (s *idScan) id(t types.Type) string {
	if t == nil {
		return ""
	}
	if _, ok := s.idLevel(t); !ok {
		return ""
	}
	n := namedType(t)
	if n.Obj().Pkg() == s.pass.Pkg || n.Obj().Pkg().Path() == s.pass.Pkg.Path() {
		return ""
	}
	return n.Obj().Name()
}

func (s *idScan) call(c *ast.CallExpr) {
	if tv := s.pass.TypesInfo.Types[c.Fun]; tv.IsType() {
		if name := s.id(tv.Type); name != "" && len(c.Args) == 1 && s.id(s.pass.TypesInfo.TypeOf(c.Args[0])) == "" {
			s.made(c, written(c.Args[0])+" becomes "+an(name))
		}
		return
	}
	fn, ok := called(s.pass.TypesInfo, c).(*types.Func)
	if !ok {
		return
	}
	switch name := s.maker(fn); {
	case name != "" && len(c.Args) == 1 && s.ofRow(c.Args[0], 0):
	case name != "":
		s.made(c, fn.Name()+" makes "+an(name)+" of anything", s.ofContext(c, fn, name)...)
	case s.filling(fn, c):
	default:
		s.generic(c, fn)
	}
}

// maker is the type of ids that a function makes of something else: one of the package that declares the type, which
// takes no id and no context alone.
func (s *idScan) maker(fn *types.Func) string {
	sig := fn.Signature()
	name := ""
	for t := range results(sig) {
		if n := s.id(t); n != "" && fn.Pkg() != nil && namedType(t).Obj().Pkg().Path() == fn.Pkg().Path() {
			name = n
		}
	}
	if name == "" {
		return ""
	}
	if recv := sig.Recv(); recv != nil && s.id(recv.Type()) != "" {
		return ""
	}
	for i := range sig.Params().Len() {
		if s.id(sig.Params().At(i).Type()) != "" {
			return ""
		}
	}
	if sig.Params().Len() == 1 && types.TypeString(sig.Params().At(0).Type(), nil) == "context.Context" {
		return ""
	}
	return name
}

// ofRow reports whether an expression is the tenant's column of a row that a repository read for a tenant: of a variable that holds
// what its methods return which take an id, or an element of it.
func (s *idScan) ofRow(e ast.Expr, depth int) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		if sel := s.pass.TypesInfo.Selections[e]; sel != nil && sel.Kind() == types.FieldVal {
			ours := func(name string) bool { return strings.EqualFold(name, e.Sel.Name) }
			return slices.ContainsFunc(s.code.IDs, ours) && s.row(e.X, depth+1)
		}
	}
	return false
}

func (s *idScan) row(e ast.Expr, depth int) bool {
	if depth > maxDepth {
		return false
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		fn, ok := called(s.pass.TypesInfo, e).(*types.Func)
		return ok && s.readsForTenant(fn)
	case *ast.IndexExpr:
		return s.row(e.X, depth+1)
	case *ast.Ident:
		v := s.index.variable(e)
		if v == nil || slices.ContainsFunc(s.index.partly[v], s.setsID) {
			return false
		}
		switch n := s.index.changed[v].(type) {
		case nil:
			values := s.index.values[v]
			return len(values) > 0 && !slices.ContainsFunc(values, func(value ast.Expr) bool { return value == nil || !s.row(value, depth+1) })
		case *ast.RangeStmt:
			return len(s.index.values[v]) == 0 && s.row(n.X, depth+1)
		case *ast.AssignStmt: // row, err := repos.Notes.GetNote(ctx, org, id)
			return len(s.index.values[v]) == 0 && len(n.Rhs) == 1 && s.index.variable(n.Lhs[0]) == v && s.row(n.Rhs[0], depth+1)
		}
	}
	return false
}

// setsID reports whether an expression that is assigned to may be the tenant's column of a row: row.OrgID, or rows[0] as a whole.
func (s *idScan) setsID(e ast.Expr) bool {
	fields := 0
	for {
		switch of := ast.Unparen(e).(type) {
		case *ast.SelectorExpr:
			if slices.ContainsFunc(s.code.IDs, func(name string) bool { return strings.EqualFold(name, of.Sel.Name) }) {
				return true
			}
			fields, e = fields+1, of.X
		case *ast.IndexExpr:
			e = of.X
		case *ast.StarExpr:
			e = of.X
		default:
			return fields == 0
		}
	}
}

// readsForTenant reports whether a function is a method of generated code that takes a tenant's id.
func (s *idScan) readsForTenant(fn *types.Func) bool {
	sig := fn.Signature()
	if sig.Recv() == nil || fn.Pkg() == nil {
		return false
	}
	ours := false
	for _, imported := range s.code.Repositories {
		ours = ours || imported == fn.Pkg().Path()
	}
	for i := range sig.Params().Len() {
		if _, ok := s.idLevel(sig.Params().At(i).Type()); ok && ours {
			return true
		}
	}
	return false
}

// showing are the beginnings of the names of functions that take anything and change none of it.
var showing = regexp.MustCompile(`^(Marshal|Encode|F?[Pp]rint|Sprint|Log|Debug|Info|Warn|Error|Fatal|Panic|Valid|Render|Write|JSON|Any|Equal|Diff|Assert|Require|NotEqual|Send|Publish|Respond|Append|DeepEqual)`)

// fillsToo is in the names of functions that also fill what they get: ValidateAndDecode.
var fillsToo = regexp.MustCompile(`(?i)(decode|bind|unmarshal|scan|parse|read|load|fill)`)

// filling reports a call that may write an id into what it gets the address of, and whether it is one.
func (s *idScan) filling(fn *types.Func, c *ast.CallExpr) bool {
	if recv := fn.Signature().Recv(); recv != nil && s.id(recv.Type()) != "" {
		if _, pointer := types.Unalias(recv.Type()).(*types.Pointer); pointer && len(c.Args) > 0 {
			s.made(c, fn.Name()+" writes into "+an(s.id(recv.Type())))
			return true
		}
		return false
	}
	if _, runs := sinkOf(fn); runs || showing.MatchString(fn.Name()) && !fillsToo.MatchString(fn.Name()) {
		return false
	}
	for i, e := range c.Args {
		p, ok := types.Unalias(s.pass.TypesInfo.TypeOf(e)).(*types.Pointer)
		if !ok || !fills(paramType(fn.Signature(), i)) {
			continue
		}
		if name := s.contains(p.Elem(), map[types.Type]bool{}); name != "" {
			if !s.readRow(fn) {
				s.made(c, fn.Name()+" may write "+an(name)+" into "+written(e))
			}
			return true
		}
	}
	return false
}

// fills reports whether a parameter of a type may be written into: it takes anything, or what reads itself.
func fills(t types.Type) bool {
	i, ok := types.Unalias(t).Underlying().(*types.Interface)
	if !ok || i.Empty() {
		return ok
	}
	for m := range i.Methods() {
		if reading.MatchString(m.Name()) {
			return true
		}
	}
	return false
}

// reading are methods that write what they read into their receiver.
var reading = regexp.MustCompile(`^(Unmarshal|Scan|Decode|Set|Read)`)

// paramType is that of the i-th argument.
func paramType(sig *types.Signature, i int) types.Type {
	last := sig.Params().Len() - 1
	if sig.Variadic() && i >= last {
		if slice, ok := sig.Params().At(last).Type().(*types.Slice); ok {
			return slice.Elem()
		}
	}
	if i > last {
		return types.Typ[types.Invalid]
	}
	return sig.Params().At(i).Type()
}

// contains names the id type that a value of a type has in it, "" for none.
func (s *idScan) contains(t types.Type, seen map[types.Type]bool) string {
	if seen[t] {
		return ""
	}
	seen[t] = true
	if name := s.id(t); name != "" {
		return name
	}
	switch t := types.Unalias(t).Underlying().(type) {
	case *types.Pointer:
		return s.contains(t.Elem(), seen)
	case *types.Slice:
		return s.contains(t.Elem(), seen)
	case *types.Array:
		return s.contains(t.Elem(), seen)
	case *types.Map:
		if name := s.contains(t.Key(), seen); name != "" {
			return name
		}
		return s.contains(t.Elem(), seen)
	case *types.Struct:
		for i := range t.NumFields() {
			if f := t.Field(i); f.Exported() || f.Embedded() {
				if name := s.contains(f.Type(), seen); name != "" {
					return name
				}
			}
		}
	}
	return ""
}

// readRow reports whether a function reads rows, and all statements of the function that calls it are for one tenant.
func (s *idScan) readRow(fn *types.Func) bool {
	if !ofDriverFunc(fn) {
		return false
	}
	rows, ok := s.rows[s.in]
	return ok && rows == ofTenant
}

// ofDriverFunc reports whether a function is a driver's.
func ofDriverFunc(fn *types.Func) bool {
	return fn.Pkg() != nil && slices.Contains(drivers, fn.Pkg().Path())
}

// generic reports an instance of a generic function that makes a value with an id out of none.
func (s *idScan) generic(c *ast.CallExpr, fn *types.Func) {
	sig := fn.Signature()
	if sig.TypeParams().Len() == 0 {
		return
	}
	instance, ok := types.Unalias(s.pass.TypesInfo.TypeOf(c.Fun)).(*types.Signature)
	if !ok {
		return
	}
	for i := range instance.Params().Len() {
		if s.contains(instance.Params().At(i).Type(), map[types.Type]bool{}) != "" {
			return
		}
	}
	for t := range results(instance) {
		if name := s.contains(t, map[types.Type]bool{}); name != "" && !s.readRow(fn) {
			s.made(c, fn.Name()+" may make "+an(name))
		}
	}
}

// made reports an id that is made here, unless the place is declared: then it is for the audit.
func (s *idScan) made(n ast.Node, message string, fixes ...analysis.SuggestedFix) {
	if d := s.declared(s.vet.IDs, n.Pos()); d != nil {
		s.place(Place{Pos: n.Pos(), Kind: "go-id", Name: shown(n), Reason: d.Reason, Func: funcName(s.in)})
		return
	}
	end := n.End()
	if end > n.Pos() {
		end = lineEnd(s.pass.Fset, n.Pos(), end)
	}
	s.report(Finding{Pos: n.Pos(), End: end, Rule: madeID.Name, Func: funcName(s.in), Text: shown(n), Message: message, Fixes: fixes,
		Hint: "take the id of the context or of whoever calls; or declare the place under options.tenantgen.vet.ids, with the reason"})
}

// shown is the source of an expression, in one line.
func shown(n ast.Node) string {
	if e, ok := n.(ast.Expr); ok {
		return written(e)
	}
	return ""
}

// rowsOf says whose rows the statements of a function read.
type rowsOf int

const (
	ofTenant rowsOf = iota + 1
	ofAnybody
)

// an names one of what a type is of.
func an(name string) string {
	if name != "" && strings.ContainsRune("AEIOU", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}
