package ddl

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
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
	for _, t := range l.tables {
		t.checks = slices.DeleteFunc(t.checks, func(c *check) bool { return calls(c.expr) })
		t.triggers = slices.DeleteFunc(t.triggers, func(g *trigger) bool { return calls(g.when) })
		t.policies = slices.DeleteFunc(t.policies, func(p *policy) bool { return calls(p.expr) })
		for _, x := range slices.Clone(t.indexes) {
			if calls(x.expr) {
				if err := l.dropIndex(x, true); err != nil {
					return err
				}
			}
		}
		for _, c := range slices.Clone(t.cols) {
			if !calls(c.value) {
				continue
			}
			if !c.Generated {
				c.HasDefault, c.value = false, expr{}
			} else if err := l.removeColumn(t, c, true, false); err != nil {
				return err
			}
		}
	}
	return l.dropReaders(func(v *view) bool { return calls(v.expr) }, n, true)
}
