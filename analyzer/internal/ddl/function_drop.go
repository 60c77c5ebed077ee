package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/treejson"
)

func (d *drop) functionDrop() (bool, error) {
	o := d.object.GetObjectWithArgs()
	f, err := d.functionWithArgs(o)
	if err != nil {
		if len(d.functions(parsetree.Qualified(o.GetObjname()))) > 1 && o.GetArgsUnspecified() {
			return true, err
		}
		return false, nil
	}
	return true, d.dropFunctionUses(f, d.cascade)
}

// dropFunctionUses removes a function and, with CASCADE, the triggers, defaults,
// checks, policies, indexes and views that call it. A call is known by name
// only: while another overload exists, only triggers are sure to depend on f.
func (l *loader) dropFunctionUses(f *catalog.Function, cascade bool) error {
	for _, g := range l.allTriggers() {
		if g.function == f && !cascade {
			return errorf(-1, "cannot drop function %q because trigger %q depends on it", f.Name, g.Name)
		}
	}
	if cascade {
		callers, x := l.callers(f), lost{names: []catalog.Name{f.Name}}
		if len(l.functions(f.Name)) > 1 { // calls of which mean one or the other
			x.functions = x.names
		}
		for _, g := range callers {
			if err := l.dropFunctionUses(g, true); err != nil {
				return err
			}
		}
		l.lose(x)
	}
	for _, t := range l.tables {
		t.triggers = slices.DeleteFunc(t.triggers, func(g *trigger) bool { return g.function == f })
	}
	for _, v := range l.views {
		v.triggers = slices.DeleteFunc(v.triggers, func(g *trigger) bool { return g.function == f })
	}
	l.db.Functions = remove(l.db.Functions, f)
	l.atomic = remove(l.atomic, f)
	if cascade && len(l.functions(f.Name)) == 0 {
		l.db.Operators = slices.DeleteFunc(l.db.Operators, func(o *catalog.Operator) bool { return o.Function == f.Name })
		return l.dropCallers(f.Name)
	}
	return nil
}

// dropCallers drops what calls a function that is gone.
func (l *loader) dropCallers(n catalog.Name) error {
	calls := func(e expr) bool { return slices.Contains(e.calls, n) }
	if err := l.dropExpressions(calls); err != nil {
		return err
	}
	calling := func(v *view) bool { return calls(v.expr) }
	l.mayDropViews(calling)
	return l.dropReaders(calling, n, true)
}

// callers are the functions with resolved names that call f for sure: there is no other of its name.
func (l *loader) callers(f *catalog.Function) []*catalog.Function {
	same := func(g *catalog.Function) bool { return g.Name.Name == f.Name.Name }
	if pgtype.IsSystemFunction(f.Name.Name) || len(slices.DeleteFunc(slices.Clone(l.db.Functions), func(g *catalog.Function) bool { return !same(g) })) > 1 {
		return nil
	}
	var all []*catalog.Function
	for _, g := range l.atomic {
		tree, err := treejson.Parse(g.Body)
		if err != nil || g == f {
			continue
		}
		parsetree.Walk(tree, func(m parsetree.Message) {
			if c, ok := m.(*pg.FuncCall); ok && parsetree.LastString(c.GetFuncname()) == f.Name.Name && !slices.Contains(all, g) {
				all = append(all, g)
			}
		})
	}
	return all
}
