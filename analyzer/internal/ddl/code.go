package ddl

import (
	"fmt"
	"maps"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// PostgreSQL keeps the expressions of a schema with their names resolved when they were
// created, and runs them unseen: in defaults, checks, generated columns, indexes, triggers'
// WHEN, policies, domains. This file finds what each can run.

// expr collects what an expression reads and runs. A node that is not known counts as a
// call of a function that nobody knows.
func (l *loader) expr(nodes ...*pg.Node) expr {
	var e expr
	for _, n := range nodes {
		parsetree.Walk(n, func(m parsetree.Message) { l.collect(&e, m) })
	}
	e.bare = len(nodes) == 1 && nodes[0].GetColumnRef() != nil && len(e.columns) == 1
	e.folds = slices.ContainsFunc(nodes, l.folds)
	return e
}

func (l *loader) collect(e *expr, m parsetree.Message) {
	switch m := m.(type) {
	case *pg.ColumnRef:
		name := parsetree.LastString(m.GetFields())
		if name != "" && !slices.Contains(e.columns, name) {
			e.columns = append(e.columns, name)
		}
		if len(m.GetFields()) > 1 {
			l.attribute(e, name)
		}
	case *pg.A_Indirection:
		for _, n := range m.GetIndirection() {
			l.attribute(e, n.GetString_().GetSval())
		}
	case *pg.FuncCall:
		e.calls = addName(e.calls, l.callees(parsetree.Qualified(m.GetFuncname()))...)
		if s := l.drawn(m); s != nil {
			e.draws = append(e.draws, s)
		}
	case *pg.TypeName:
		if ref := l.typeRef(m); !slices.Contains(e.types, ref) {
			e.types = append(e.types, ref)
		}
	default:
		for _, op := range operators(m) {
			e.calls = addName(e.calls, l.operatorFunctions(op)...)
		}
		if kind := string(m.ProtoReflect().Descriptor().Name()); !exprNodes[kind] {
			e.calls = addName(e.calls, catalog.Name{Name: "behind " + kind})
		}
	}
}

// attribute notes what x.name may be besides a field: a call of a function (PostgreSQL manual, 8.16.5), or a cast to the
// type of that name, as name(x) is one.
func (l *loader) attribute(e *expr, name string) {
	e.calls = addName(e.calls, l.attributeFunctions(name)...)
	if ref := l.typeNamed(catalog.Name{Name: name}); name != "" && l.typeExists(ref.Name) && !slices.Contains(e.types, ref) {
		e.types = append(e.types, ref)
	}
}

// callees returns the functions that a call by name can mean: those of all schemas of the
// path, since the types of the arguments choose between them (PostgreSQL manual, 10.3), and
// the name as written where it may be built in or an extension's.
func (l *loader) callees(n catalog.Name) []catalog.Name {
	names := l.functionsNamed(n)
	if len(names) == 0 || n.Schema == "" && pgtype.IsSystemFunction(n.Name) {
		names = append(names, n)
	}
	return names
}

// functionsNamed returns the functions of the schema that a name can mean.
func (l *loader) functionsNamed(n catalog.Name) []catalog.Name {
	if n.Schema != "" {
		return l.functionsIn([]string{n.Schema}, n.Name)
	}
	names := l.functionsIn(l.path, n.Name) // functions are never looked up in pg_temp
	l.apart(n.Name, fmt.Sprint(names), func(path []string) string { return fmt.Sprint(l.functionsIn(path, n.Name)) })
	return names
}

func (l *loader) functionsIn(path []string, name string) []catalog.Name {
	var names []catalog.Name
	for _, f := range l.db.Functions {
		if f.Name.Name == name && slices.Contains(path, f.Name.Schema) {
			names = addName(names, f.Name)
		}
	}
	return names
}

// operators lists the operators that a node looks up by name.
func operators(m parsetree.Message) []catalog.Name {
	equal := []catalog.Name{{Name: "="}}
	switch m := m.(type) {
	case *pg.A_Expr:
		var names []catalog.Name
		for _, name := range parsetree.OperatorsOf(m) {
			names = append(names, catalog.Name{Schema: parsetree.Qualified(m.GetName()).Schema, Name: name})
		}
		return names
	case *pg.SubLink:
		if len(m.GetOperName()) > 0 {
			return []catalog.Name{parsetree.Qualified(m.GetOperName())}
		}
		return equal
	case *pg.CaseExpr:
		if m.GetArg() != nil {
			return equal
		}
	case *pg.JoinExpr:
		if m.GetIsNatural() || len(m.GetUsingClause()) > 0 {
			return equal
		}
	case *pg.SortBy:
		if len(m.GetUseOp()) > 0 {
			return []catalog.Name{parsetree.Qualified(m.GetUseOp())}
		}
	}
	return nil
}

// exprNodes are the nodes of an expression that run nothing, or only what collect finds.
var exprNodes = sqltext.Words(`Node A_Expr A_Const Integer Float Boolean String BitString ParamRef BoolExpr NullTest BooleanTest
	CaseExpr CaseWhen CoalesceExpr MinMaxExpr RowExpr A_ArrayExpr A_Indices A_Star CollateClause List NamedArgExpr SQLValueFunction
	XmlExpr XmlSerialize JsonObjectConstructor JsonArrayConstructor JsonArrayQueryConstructor JsonKeyValue JsonValueExpr JsonFormat
	JsonOutput JsonReturning JsonIsPredicate JsonObjectAgg JsonArrayAgg JsonAggConstructor SubLink TypeCast SetToDefault GroupingFunc
	SelectStmt ResTarget RangeVar Alias JoinExpr RangeSubselect RangeFunction ColumnDef SortBy WindowDef WithClause CommonTableExpr
	CTESearchClause CTECycleClause GroupingSet LockingClause RangeTableFunc RangeTableFuncCol`)

// operatorFunctions returns the functions behind a user-defined operator; which
// overload is meant does not matter, all of them count.
func (l *loader) operatorFunctions(n catalog.Name) []catalog.Name {
	var names []catalog.Name
	for _, o := range l.db.Operators {
		if o.Name.Name == n.Name && (n.Schema == "" || n.Schema == o.Name.Schema) {
			names = append(names, o.Function)
		}
	}
	return names
}

// attributeFunctions returns the functions that x.name may call with the row x, where the
// row has no such column (PostgreSQL manual, 8.16.5).
func (l *loader) attributeFunctions(name string) []catalog.Name {
	var names []catalog.Name
	for _, f := range l.db.Functions {
		if f.Name.Name == name && len(f.Args) > 0 && l.takesRow(f.Args[0].Type) {
			names = addName(names, f.Name)
		}
	}
	return names
}

// takesRow reports whether a parameter of the type can be a row.
func (l *loader) takesRow(t catalog.TypeRef) bool {
	if t.Name.Schema == pgtype.SystemSchema {
		return slices.Contains([]string{"record", "any", "anyelement", "anycompatible", "anynonarray", "anycompatiblenonarray"}, t.Name.Name)
	}
	return !t.Array
}

// clone is a copy that renaming a column of one table does not reach from another.
func (e expr) clone() expr {
	e.columns, e.calls, e.types, e.draws = slices.Clone(e.columns), slices.Clone(e.calls), slices.Clone(e.types), slices.Clone(e.draws)
	return e
}

// exprCalls lists the functions that an expression runs: those it calls, and those that
// run for the types it makes values of.
func (l *loader) exprCalls(e expr) []catalog.Name {
	return l.callsOf(e, nil)
}

func (l *loader) callsOf(e expr, seen []catalog.Name) []catalog.Name {
	calls := slices.Clone(e.calls)
	var parts []catalog.Name
	for _, t := range e.types {
		calls = addName(calls, l.typeCallsOf(t, seen)...)
		parts = append(parts, l.db.Parts(t)...)
	}
	for _, s := range l.support {
		if s.Concerns(parts) {
			calls = addName(calls, s.expr.calls...)
		}
	}
	return calls
}

// typeCalls lists the functions that making a value of a type runs: those of the checks of
// domains, be it the type itself, what it is based on, or what its fields are.
func (l *loader) typeCalls(t catalog.TypeRef) []catalog.Name { return l.typeCallsOf(t, nil) }

func (l *loader) typeCallsOf(ref catalog.TypeRef, seen []catalog.Name) []catalog.Name {
	switch {
	case ref.Name.Schema == pgtype.SystemSchema || slices.Contains(seen, ref.Name):
		return nil
	case ref.Name.Name == "": // it cannot be told, so it may be any
		return l.anyTypeCalls(seen)
	}
	seen = append(slices.Clone(seen), ref.Name)
	var calls []catalog.Name
	parts := []catalog.TypeRef{}
	if t := l.db.Type(ref.Name); t != nil {
		if d := l.domains[t]; d != nil {
			for _, name := range slices.Sorted(maps.Keys(d.checks)) {
				calls = addName(calls, l.callsOf(d.checks[name], seen)...)
			}
		}
		if t.Base.Name.Name != "" {
			parts = append(parts, t.Base)
		}
		for _, f := range t.Fields {
			parts = append(parts, f.Type)
		}
	} else if r := l.relation(ref.Name); r != nil {
		parts = append(parts, r.columnTypes()...)
	}
	for _, p := range parts {
		calls = addName(calls, l.typeCallsOf(p, seen)...)
	}
	return calls
}

func (l *loader) anyTypeCalls(seen []catalog.Name) []catalog.Name {
	var calls []catalog.Name
	for _, t := range l.db.Types {
		calls = addName(calls, l.typeCallsOf(catalog.TypeRef{Name: t.Name}, seen)...)
	}
	return calls
}

// columnTypes lists the types of the columns of a table or view.
func (r *relation) columnTypes() []catalog.TypeRef {
	var types []catalog.TypeRef
	if r.table != nil {
		for _, c := range r.table.cols {
			types = append(types, c.Type)
		}
	}
	if r.view != nil {
		for _, o := range r.view.outputs {
			types = append(types, o.typ)
		}
	}
	return types
}

// finishCode writes to the catalog what runs unseen, when all types are known.
func (l *loader) finishCode() {
	for _, s := range l.support {
		s.Calls = s.expr.calls
		l.db.Support = append(l.db.Support, &s.Support)
	}
	for _, t := range l.db.Types {
		t.Calls = l.typeCalls(catalog.TypeRef{Name: t.Name})
	}
	for _, t := range l.tables {
		l.finishTableCode(t)
	}
	for _, v := range l.views {
		l.finishViewCode(v)
	}
	for _, f := range l.db.Functions {
		f.Unseen = f.Body != "" && l.unknownCall(f.Body)
		if e := l.arguments[f]; e != nil {
			f.DefaultCalls = l.exprCalls(*e)
		}
	}
}

// finishTableCode writes what the table's own expressions and types run.
func (l *loader) finishTableCode(t *table) {
	var exprs []expr
	for _, c := range t.cols {
		t.RowCalls = addName(t.RowCalls, l.typeCalls(c.Type)...)
		if c.Generated {
			exprs = append(exprs, c.value)
		} else {
			c.DefaultCalls = l.exprCalls(l.defaultOf(c))
			c.DefaultSetting = l.defaultSetting(c)
			c.TypeDefaultCalls = l.exprCalls(l.typeDefault(c.Type))
		}
	}
	for _, c := range t.checks {
		exprs = append(exprs, c.expr)
	}
	for _, x := range t.indexes {
		exprs = append(exprs, x.expr)
	}
	t.Calls = slices.Clone(t.RowCalls)
	for _, e := range append(exprs, t.partitionExprs()...) {
		t.Calls = addName(t.Calls, l.exprCalls(e)...)
	}
	l.finishPlans(t)
	for _, p := range t.policies {
		t.PolicyCalls = addName(t.PolicyCalls, l.exprCalls(p.expr)...)
	}
	for _, g := range t.triggers {
		g.Calls = l.exprCalls(g.when)
	}
}

// defaultOf returns the default of a column: its own, or that of its type (PostgreSQL
// manual, CREATE DOMAIN).
func (l *loader) defaultOf(c *column) expr {
	if c.HasDefault {
		return c.value
	}
	return l.typeDefault(c.Type)
}

// typeDefault returns the default of a type, or of one that it is based on.
func (l *loader) typeDefault(ref catalog.TypeRef) expr {
	for !ref.Array {
		t := l.db.Type(ref.Name)
		d := l.domains[t]
		if d == nil {
			break
		}
		if len(d.value.calls)+len(d.value.types) > 0 {
			return d.value
		}
		ref = t.Base
	}
	return expr{}
}

func (l *loader) finishViewCode(v *view) {
	if v.outputs == nil {
		v.RowCalls = l.anyTypeCalls(nil)
	}
	for _, o := range v.outputs {
		v.RowCalls = addName(v.RowCalls, l.typeCalls(o.typ)...)
	}
	for _, e := range planned(v.indexes, v.stats) {
		v.PlanCalls = addName(v.PlanCalls, l.exprCalls(e)...)
	}
	for _, name := range slices.Sorted(maps.Keys(v.defaults)) {
		v.Defaults = append(v.Defaults, catalog.Default{Column: name, Calls: l.exprCalls(v.defaults[name])})
	}
}

// viewDefault executes ALTER VIEW … ALTER COLUMN … SET DEFAULT, which inserts through the
// view use before the default of the table (PostgreSQL manual, ALTER VIEW).
func (a *alter) viewDefault() error {
	v := a.rel.view
	if v.defaults == nil {
		v.defaults = map[string]expr{}
	}
	delete(v.defaults, a.cmd.GetName())
	if a.cmd.GetDef() != nil {
		v.defaults[a.cmd.GetName()] = a.expr(a.cmd.GetDef())
	}
	return nil
}
