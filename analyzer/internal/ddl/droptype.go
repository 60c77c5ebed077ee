package ddl

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// dropTypeUses drops the columns and functions that have the type, with CASCADE what else depends on it: domains and
// ranges over it, attributes of composite types, expressions that make values of it. It must be one that nothing uses
// without CASCADE.
func (l *loader) dropTypeUses(n catalog.Name, cascade bool) error {
	if cascade {
		l.lose(lost{names: []catalog.Name{n}})
	}
	for _, t := range l.tables {
		for _, c := range slices.Clone(t.cols) {
			if c.Type.Name != n || t.col(c.Name) != c {
				continue
			}
			if !cascade {
				return errorf(-1, "cannot drop type %q because column %q of table %q depends on it", n, c.Name, t.Name)
			}
			if err := l.removeColumn(t, c, true, false); err != nil {
				return err
			}
		}
	}
	for _, f := range slices.Clone(l.db.Functions) {
		if !usesType(f, n) {
			continue
		}
		if !cascade {
			return errorf(-1, "cannot drop type %q because function %q depends on it", n, f.Name)
		}
		if err := l.dropFunctionUses(f, true); err != nil {
			return err
		}
	}
	if !cascade {
		return nil
	}
	if err := l.dropExpressions(func(e expr) bool {
		return slices.ContainsFunc(e.types, func(t catalog.TypeRef) bool { return t.Name == n })
	}); err != nil {
		return err
	}
	return l.dropTypesOf(n)
}

// dropTypesOf drops what is made of a type: domains and ranges, and the attributes of composite types.
func (l *loader) dropTypesOf(n catalog.Name) error {
	for _, t := range slices.Clone(l.db.Types) {
		for _, f := range slices.Clone(t.Fields) {
			if f.Type.Name == n {
				if err := l.removeAttribute(t, f.Name, true); err != nil {
					return err
				}
			}
		}
		if t.Base.Name != n || !slices.Contains(l.db.Types, t) {
			continue
		}
		if err := l.dropTypeUses(t.Name, true); err != nil {
			return err
		}
		l.removeType(t)
	}
	return nil
}

func (l *loader) removeType(t *catalog.Type) {
	l.db.Types = remove(l.db.Types, t)
	delete(l.domains, t)
}

// dropExpressions drops what has an expression for which match holds: checks, triggers by their WHEN, policies, indexes,
// generated columns, and defaults.
func (l *loader) dropExpressions(match func(expr) bool) error {
	for _, t := range l.tables {
		t.checks = slices.DeleteFunc(t.checks, func(c *check) bool { return match(c.expr) })
		t.triggers = slices.DeleteFunc(t.triggers, func(g *trigger) bool { return match(g.when) })
		t.policies = slices.DeleteFunc(t.policies, func(p *policy) bool { return match(p.expr) })
		for _, x := range slices.Clone(t.indexes) {
			if match(x.expr) {
				if err := l.dropIndex(x, true); err != nil {
					return err
				}
			}
		}
		for _, c := range slices.Clone(t.cols) {
			if !match(c.value) || t.col(c.Name) != c {
				continue
			}
			if !c.Generated {
				c.HasDefault, c.value = false, expr{}
			} else if err := l.removeColumn(t, c, true, false); err != nil {
				return err
			}
		}
	}
	return nil
}
