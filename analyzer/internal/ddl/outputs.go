package ddl

import (
	"fmt"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// output is an output column of a query.
type output struct {
	name string
	typ  catalog.TypeRef // zero when it cannot be told without typing the expression
}

// named applies a column name list, which may be shorter than the columns.
func named(outs []output, names []string) []output {
	outs = slices.Clone(outs)
	for i := range min(len(outs), len(names)) {
		outs[i].name = names[i]
	}
	return outs
}

func outputNames(outs []output) []string {
	var names []string
	for _, o := range outs {
		names = append(names, o.name)
	}
	return names
}

// outputs returns the columns of a query; false when they cannot be told.
func (l *loader) outputs(s *pg.SelectStmt) ([]output, bool) {
	x := expander{loader: l}
	return x.query(s, nil)
}

// expander finds the columns of a query, and writes them out where it says *.
type expander struct{ *loader }

// item is an entry of FROM. An item whose columns cannot be told is not known.
type item struct {
	alias string
	cols  []output
	known bool
}

// from is what FROM offers: its items, and the columns that * stands for with
// the way to name each.
type from struct {
	items []item
	star  []starColumn
	known bool
}

type starColumn struct {
	output
	alias string // "" for a column that USING merged
}

// cteDefs are the WITH queries in scope, innermost first.
type cteDefs struct {
	outer *cteDefs
	name  string
	cols  []output
	known bool
}

// query returns the output columns of s after expanding its * in place.
func (x *expander) query(s *pg.SelectStmt, ctes *cteDefs) ([]output, bool) {
	if s == nil {
		return nil, false
	}
	for _, n := range s.GetWithClause().GetCtes() {
		ctes = x.with(n.GetCommonTableExpr(), ctes)
	}
	switch {
	case s.GetLarg() != nil:
		outs, ok := x.query(s.GetLarg(), ctes)
		_, other := x.query(s.GetRarg(), ctes)
		return outs, ok && other
	case len(s.GetValuesLists()) > 0:
		var outs []output
		for i := range s.GetValuesLists()[0].GetList().GetItems() {
			outs = append(outs, output{name: fmt.Sprintf("column%d", i+1)})
		}
		return outs, true
	}
	from := from{known: true}
	for _, n := range s.GetFromClause() {
		f := x.from(n, ctes)
		from.items, from.star = append(from.items, f.items...), append(from.star, f.star...)
		from.known = from.known && f.known
	}
	return x.targets(s, from)
}

func (x *expander) with(c *pg.CommonTableExpr, ctes *cteDefs) *cteDefs {
	def := &cteDefs{outer: ctes, name: c.GetCtename()}
	inner := ctes
	if s := c.GetCtequery().GetSelectStmt(); s != nil {
		if s.GetLarg() != nil { // perhaps recursive: the first arm alone names the columns
			if outs, ok := x.query(s.GetLarg(), inner); ok {
				def.cols, def.known = named(outs, parsetree.Strings(c.GetAliascolnames())), true
			}
			inner = def
		}
		outs, ok := x.query(s, inner)
		def.cols, def.known = named(outs, parsetree.Strings(c.GetAliascolnames())), ok
	}
	if c.GetSearchClause() != nil || c.GetCycleClause() != nil {
		def.known = false
	}
	return def
}

// from returns what one element of FROM offers.
func (x *expander) from(n *pg.Node, ctes *cteDefs) from {
	switch e := n.GetNode().(type) {
	case *pg.Node_RangeVar:
		cols, known := x.relationColumns(e.RangeVar, ctes)
		return oneItem(e.RangeVar.GetAlias(), e.RangeVar.GetRelname(), cols, known)
	case *pg.Node_RangeSubselect:
		cols, known := x.query(e.RangeSubselect.GetSubquery().GetSelectStmt(), ctes)
		return oneItem(e.RangeSubselect.GetAlias(), "", cols, known)
	case *pg.Node_JoinExpr:
		return x.join(e.JoinExpr, ctes)
	case *pg.Node_RangeFunction:
		return oneItem(e.RangeFunction.GetAlias(), "", nil, false)
	}
	return from{}
}

func oneItem(a *pg.Alias, name string, cols []output, known bool) from {
	it := item{alias: name, cols: named(cols, parsetree.Strings(a.GetColnames())), known: known}
	if a != nil {
		it.alias = a.GetAliasname()
	}
	f := from{items: []item{it}, known: known && it.alias != ""}
	for _, c := range it.cols {
		f.star = append(f.star, starColumn{c, it.alias})
	}
	return f
}

func (x *expander) relationColumns(r *pg.RangeVar, ctes *cteDefs) ([]output, bool) {
	for c := ctes; c != nil && r.GetSchemaname() == ""; c = c.outer {
		if c.name == r.GetRelname() {
			return c.cols, c.known
		}
	}
	rel := x.find(parsetree.RangeName(r))
	switch {
	case rel == nil:
		return nil, false
	case rel.view != nil:
		return rel.view.outputs, rel.view.outputs != nil
	case rel.table == nil:
		return nil, false
	}
	var outs []output
	for _, c := range rel.table.cols {
		outs = append(outs, output{c.Name, c.Type})
	}
	return outs, true
}

// join merges the columns of USING; NATURAL becomes USING, so that columns that
// are added later take no part in it (PostgreSQL manual, 7.2.1.1).
func (x *expander) join(j *pg.JoinExpr, ctes *cteDefs) from {
	left, right := x.from(j.GetLarg(), ctes), x.from(j.GetRarg(), ctes)
	f := from{items: append(slices.Clone(left.items), right.items...), known: left.known && right.known && j.GetAlias() == nil}
	if j.GetAlias() != nil {
		f.items = append(f.items, item{alias: j.GetAlias().GetAliasname()})
	}
	using := parsetree.Strings(j.GetUsingClause())
	if j.GetIsNatural() && left.known && right.known {
		using = common(left.star, right.star)
		if len(using) > 0 {
			j.IsNatural = false
			for _, c := range using {
				j.UsingClause = append(j.UsingClause, pg.MakeStrNode(c))
			}
		}
	}
	merged := func(c starColumn) bool { return slices.Contains(using, c.name) }
	for _, c := range using {
		i := slices.IndexFunc(left.star, func(s starColumn) bool { return s.name == c })
		if i < 0 {
			f.known = false
			continue
		}
		f.star = append(f.star, starColumn{output{c, left.star[i].typ}, ""})
	}
	f.star = append(f.star, slices.DeleteFunc(slices.Clone(left.star), merged)...)
	f.star = append(f.star, slices.DeleteFunc(slices.Clone(right.star), merged)...)
	return f
}

func common(left, right []starColumn) []string {
	var names []string
	for _, a := range left {
		if slices.ContainsFunc(right, func(b starColumn) bool { return a.name == b.name }) {
			names = append(names, a.name)
		}
	}
	return names
}

// targets returns the columns of the select list and replaces * in it.
func (x *expander) targets(s *pg.SelectStmt, from from) ([]output, bool) {
	var outs []output
	var list []*pg.Node
	known := true
	for _, n := range s.GetTargetList() {
		t := n.GetResTarget()
		cols, isStar, ok := from.expand(t.GetVal().GetColumnRef())
		switch {
		case !isStar:
			name, ok := x.targetName(t)
			known = known && ok
			list = append(list, n)
			outs = append(outs, output{name, x.exprType(t.GetVal(), from)})
		case !ok:
			list = append(list, n)
			known = false
		default:
			for _, c := range cols {
				list = append(list, c.target(t.GetLocation()))
				outs = append(outs, c.output)
			}
		}
	}
	s.TargetList = list
	return outs, known
}

// expand returns what * or a.* stands for.
func (f from) expand(c *pg.ColumnRef) (cols []starColumn, isStar, ok bool) {
	fields := c.GetFields()
	if len(fields) == 0 || fields[len(fields)-1].GetAStar() == nil {
		return nil, false, false
	}
	if len(fields) == 1 {
		return f.star, true, f.known && f.distinct()
	}
	alias := parsetree.LastString(fields[:len(fields)-1])
	it, ok := f.item(alias)
	if !ok || len(fields) > 2 {
		return nil, true, false
	}
	for _, o := range it.cols {
		cols = append(cols, starColumn{o, alias})
	}
	return cols, true, it.known
}

// item returns the only known item of that name.
func (f from) item(alias string) (item, bool) {
	var found []item
	for _, it := range f.items {
		if it.alias == alias {
			found = append(found, it)
		}
	}
	if len(found) != 1 {
		return item{}, false
	}
	return found[0], found[0].known
}

// distinct reports whether each item can be named by its alias.
func (f from) distinct() bool {
	for _, it := range f.items {
		if _, ok := f.item(it.alias); !ok {
			return false
		}
	}
	return true
}

// target is a reference to the column as an element of a select list.
func (c starColumn) target(loc int32) *pg.Node {
	fields := []*pg.Node{pg.MakeStrNode(c.name)}
	if c.alias != "" {
		fields = append([]*pg.Node{pg.MakeStrNode(c.alias)}, fields...)
	}
	ref := &pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: &pg.ColumnRef{Fields: fields, Location: loc}}}
	return &pg.Node{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Val: ref, Location: loc}}}
}

// exprType returns the type of a column reference or cast; others stay unknown.
func (x *expander) exprType(n *pg.Node, from from) catalog.TypeRef {
	if c := n.GetTypeCast(); c != nil {
		ref := x.typeRef(c.GetTypeName())
		ref.Nondeterministic = x.collations.any() // a cast keeps the collation of what is cast
		return ref
	}
	fields := parsetree.Strings(n.GetColumnRef().GetFields())
	if len(fields) == 0 {
		return catalog.TypeRef{}
	}
	var found []catalog.TypeRef
	for _, it := range from.items {
		for _, c := range it.cols {
			if c.name == fields[len(fields)-1] && (len(fields) == 1 || it.alias == fields[len(fields)-2]) {
				found = append(found, c.typ)
			}
		}
	}
	if len(found) == 0 || !from.known || slices.ContainsFunc(found, func(t catalog.TypeRef) bool { return t != found[0] }) {
		return catalog.TypeRef{}
	}
	return found[0]
}

// targetName names an output column; false when that takes more than the syntax.
func (x *expander) targetName(t *pg.ResTarget) (string, bool) {
	if t.GetName() != "" {
		return t.GetName(), true
	}
	return (&parsetree.Labeler{Column: firstColumn}).OutputName(t.GetVal())
}

// firstColumn names the first column of a sub-select, "" when it is a *.
func firstColumn(s *pg.SubLink) string {
	sel := s.GetSubselect().GetSelectStmt()
	for sel.GetLarg() != nil {
		sel = sel.GetLarg()
	}
	if len(sel.GetValuesLists()) > 0 {
		return "column1"
	}
	if len(sel.GetTargetList()) == 0 {
		return ""
	}
	t := sel.GetTargetList()[0].GetResTarget()
	if f := t.GetVal().GetColumnRef().GetFields(); t.GetName() != "" || len(f) > 0 && f[len(f)-1].GetAStar() != nil {
		return t.GetName()
	}
	name, known := (&parsetree.Labeler{Column: firstColumn}).OutputName(t.GetVal())
	if !known {
		return ""
	}
	return name
}

// hasStar reports a * that is left in a query, other than in EXISTS, or a NATURAL join.
func hasStar(n *pg.Node) bool {
	exists := map[*pg.SelectStmt]bool{}
	found := false
	parsetree.Walk(n, func(m parsetree.Message) {
		switch m := m.(type) {
		case *pg.SubLink:
			if m.GetSubLinkType() == pg.SubLinkType_EXISTS_SUBLINK {
				exists[m.GetSubselect().GetSelectStmt()] = true
			}
		case *pg.JoinExpr:
			found = found || m.GetIsNatural()
		case *pg.SelectStmt:
			for _, t := range m.GetTargetList() {
				f := t.GetResTarget().GetVal().GetColumnRef().GetFields()
				found = found || !exists[m] && len(f) > 0 && f[len(f)-1].GetAStar() != nil
			}
		}
	})
	return found
}
