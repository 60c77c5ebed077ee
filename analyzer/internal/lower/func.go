package lower

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/spelling"
)

// call lowers a function call, after making sure that the function reads nothing
// but its arguments.
func (x *exprs) call(f *pg.FuncCall) (query.Expr, query.Type) {
	x.l.known(f.GetLocation(), "call", f.GetFuncformat())
	full := parsetree.Strings(f.GetFuncname())
	if len(full) == 2 && full[0] == "sqlc" && x.l.ours() {
		return x.sqlcCall(f, full[1])
	}
	x.l.signature(full, f.GetLocation())
	if e, ok := x.inlined(full, f); ok {
		return e, query.Unknown
	}
	fn, refused := x.callee(full, argumentCount(f), f.GetLocation())
	if refused != nil {
		x.arguments(full[len(full)-1], pgtype.Builtin{}, f) // what else there is to refuse in them
		return refused, query.Unknown
	}
	o := x.arguments(full[len(full)-1], fn, f)
	if op, ok := o.(*query.Op); ok {
		op.Filled = x.l.filled(full)
	}
	if fn.Effect {
		x.l.effects++
	}
	if fn.Shared {
		x.l.draw(full, f)
		x.l.shared = append(x.l.shared, f.GetLocation())
	}
	return o, query.Unknown
}

// arguments lowers what a call evaluates.
func (x *exprs) arguments(name string, fn pgtype.Builtin, f *pg.FuncCall) query.Expr {
	mark := len(x.l.depth)
	o := x.passed(name, f)
	o.Mutable, o.Volatile = fn.Mutable, fn.Volatile
	o.Pos = x.l.token(f.GetLocation())
	if f.GetAggWithinGroup() {
		mark = len(x.l.depth)
	}
	for _, n := range f.GetAggOrder() {
		e, _ := x.expr(x.sortKey(n))
		o.Args = append(o.Args, e)
	}
	counts := x.counted(f, o)
	if f.GetAggFilter() != nil {
		filter := x.condition(f.GetAggFilter())
		o.Args, counts = append(o.Args, filter), both(counts, x.l.saying(filter))
	}
	switch {
	case f.GetOver() != nil:
		o.Args = append(o.Args, x.window(f.GetOver())...)
	case aggregates(fn, f):
		if fn.Perhaps && !slices.Contains(x.l.unsaid, name) {
			x.l.unsaid = append(x.l.unsaid, name)
		}
		if refused := x.foldRows(o, x.l.depth[mark:], fn.Perhaps && !onlyAggregates(f), f.GetLocation()); refused != nil {
			return refused
		}
		if o.Aggregate && !counts.never {
			o.Filter = counts.e
		}
	}
	return o
}

// sqlcCall lowers sqlc.arg, sqlc.narg and sqlc.slice.
func (x *exprs) sqlcCall(f *pg.FuncCall, name string) (query.Expr, query.Type) {
	arg := ""
	if len(f.GetArgs()) == 1 {
		if c := f.GetArgs()[0].GetAConst(); c != nil {
			arg = c.GetSval().GetSval()
		} else if ref := parsetree.Strings(f.GetArgs()[0].GetColumnRef().GetFields()); len(ref) == 1 {
			arg = ref[0]
		}
	}
	if !parsetree.Plain(f) {
		return x.l.refuse(f.GetLocation(), "mangled-parameter", "sqlc."+name+" takes nothing but a name", "write sqlc."+name+"(name)"), query.Unknown
	}
	use := &paramUse{name: arg, at: f.GetLocation()}
	if arg != "" {
		if refused := x.l.spelledCall(f.GetLocation(), name, arg); refused != nil {
			return refused, query.Unknown
		}
	}
	switch {
	case arg == "":
		return x.l.refuse(f.GetLocation(), "mangled-parameter", "sqlc."+name+" takes one name", "write sqlc."+name+"(name)"), query.Unknown
	case name == "arg":
		return x.param(use, 0)
	case name == "narg":
		use.nullable = true
		return x.param(use, 0)
	case name == "slice":
		use.slice = true
		return x.l.refuse(f.GetLocation(), "mangled-parameter", "sqlc.slice generates code that fails at run time with pgx", "use = ANY(@"+arg+"::type[])"), query.Unknown
	}
	return x.l.refuse(f.GetLocation(), "mangled-parameter", "sqlc."+name+" cannot stand here", ""), query.Unknown
}

// window lowers the window of a call and records its partition.
func (x *exprs) window(w *pg.WindowDef) []query.Expr {
	win := query.Window{}
	var args []query.Expr
	for _, n := range w.GetPartitionClause() {
		e, _ := x.expr(n)
		win.PartitionBy = append(win.PartitionBy, e)
		args = append(args, e)
	}
	for _, n := range w.GetOrderClause() {
		e, _ := x.expr(x.sortKey(n))
		args = append(args, e)
	}
	for _, n := range []*pg.Node{w.GetStartOffset(), w.GetEndOffset()} {
		if n != nil {
			e, _ := x.expr(n)
			args = append(args, e)
		}
	}
	// OVER w uses the partition of the WINDOW clause, which namedWindows records.
	if w.GetName() == "" && w.GetRefname() == "" && x.sc.sel != nil {
		x.sc.sel.Windows = append(x.sc.sel.Windows, win)
	}
	return args
}

// namedWindows lowers the WINDOW clause. A window that builds on another has the
// other's partition, which is recorded by itself.
func (x *exprs) namedWindows(nodes []*pg.Node) {
	for _, n := range nodes {
		w := n.GetWindowDef()
		if w == nil {
			x.l.unsupported(n)
			continue
		}
		win := query.Window{}
		for _, p := range w.GetPartitionClause() {
			e, _ := x.expr(p)
			win.PartitionBy = append(win.PartitionBy, e)
			x.sc.sel.Rest = append(x.sc.sel.Rest, e)
		}
		for _, o := range w.GetOrderClause() {
			e, _ := x.expr(x.sortKey(o))
			x.sc.sel.Rest = append(x.sc.sel.Rest, e)
		}
		for _, o := range []*pg.Node{w.GetStartOffset(), w.GetEndOffset()} {
			if o != nil {
				e, _ := x.expr(o)
				x.sc.sel.Rest = append(x.sc.sel.Rest, e)
			}
		}
		if w.GetRefname() == "" {
			x.sc.sel.Windows = append(x.sc.sel.Windows, win)
		}
	}
}

// targets lowers a select list or RETURNING list and expands its stars.
func (x *exprs) targets(nodes []*pg.Node) []query.Output {
	outs := make([]query.Output, 0, len(nodes))
	for _, n := range nodes {
		if len(outs) > maxColumns {
			break // a few stars can stand for more than memory holds
		}
		rt := n.GetResTarget()
		if rt == nil {
			outs = append(outs, query.Output{Expr: x.l.unsupported(n)})
			continue
		}
		if len(rt.GetIndirection()) > 0 {
			x.l.odd(rt.GetLocation(), "select list")
		}
		if items, ok := x.star(rt.GetVal()); ok {
			outs = append(outs, expand(items)...)
			continue
		}
		e, t := x.expr(rt.GetVal())
		x.l.yielded(e)
		if compositeStar(rt.GetVal()) {
			outs = append(outs, query.Output{Open: true, Expr: e})
			continue
		}
		name, known := rt.GetName(), true
		if name == "" {
			name, known = x.l.outputName(rt.GetVal())
		}
		if !known {
			outs = append(outs, query.Output{Open: true, Expr: e})
			continue
		}
		outs = append(outs, query.Output{Name: name, Expr: e, Type: t})
	}
	return x.l.columns(outs, -1)
}

// compositeStar recognises (expression).*, whose columns are not known.
func compositeStar(n *pg.Node) bool {
	ind := n.GetAIndirection().GetIndirection()
	return len(ind) > 0 && ind[len(ind)-1].GetAStar() != nil
}

// star recognises *, t.* and sqlc.embed(t), which becomes t.*.
func (x *exprs) star(n *pg.Node) ([]*item, bool) {
	if f := n.GetFuncCall(); f != nil {
		full := parsetree.Strings(f.GetFuncname())
		if len(full) == 2 && full[0] == "sqlc" && full[1] == "embed" && len(f.GetArgs()) == 1 && parsetree.Plain(f) && x.l.ours() {
			x.l.known(f.GetLocation(), "call", f.GetFuncformat())
			if ref := parsetree.Strings(f.GetArgs()[0].GetColumnRef().GetFields()); len(ref) == 1 {
				if x.l.spelledCall(f.GetLocation(), "embed", ref[0]) != nil {
					return nil, true
				}
				return x.starOf(ref, f.GetLocation()), true
			}
		}
		return nil, false
	}
	c := n.GetColumnRef()
	fields := c.GetFields()
	if len(fields) == 0 || fields[len(fields)-1].GetAStar() == nil {
		return nil, false
	}
	if len(fields) == 1 {
		var items []*item
		for _, it := range x.sc.items {
			if it.colsVisible {
				items = append(items, it)
			}
		}
		return items, true
	}
	return x.starOf(parsetree.Strings(fields[:len(fields)-1]), c.GetLocation()), true
}

func (x *exprs) starOf(ref []string, at int32) []*item {
	schema := ""
	if len(ref) > 1 {
		schema = ref[len(ref)-2]
	}
	it, _ := x.sc.relation(schema, ref[len(ref)-1])
	if it == nil {
		x.l.refuse(at, "unknown-column", "there is no "+strings.Join(ref, ".")+" in scope here", x.meant(ref[len(ref)-1]))
		return nil
	}
	return []*item{it}
}

// meant is a hint for the name of a relation that is not in scope.
func (x *exprs) meant(name string) string {
	if newer := sqltext.NewerRow(name); newer != "" {
		return newer
	}
	return spelling.Meant(name, x.sc.itemNames(), "check the alias")
}

// expand lists the columns of items. A relation with unknown columns makes the
// positions behind it unknown, which only matters where positions are compared;
// such a query cannot be used by position and is marked by a nameless column.
func expand(items []*item) []query.Output {
	var outs []query.Output
	for _, it := range items {
		for _, c := range it.cols {
			outs = append(outs, query.Output{Name: c.name, Expr: c.expr, Type: c.typ})
		}
		if it.open {
			outs = append(outs, query.Output{Open: true, Expr: &query.Op{Text: "*"}})
		}
	}
	return outs
}
