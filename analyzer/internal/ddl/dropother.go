package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// dropConstraint executes ALTER TABLE … DROP CONSTRAINT.
func (a *alter) dropConstraint() error {
	name := a.cmd.GetName()
	if !a.t.hasConstraint(name) {
		if a.cmd.GetMissingOk() {
			a.dropNotNullNamed(name)
			return nil
		}
		return errorf(a.loc, "constraint %q of relation %q does not exist", name, a.t.Name)
	}
	for _, x := range slices.Clone(a.t.indexes) {
		if x.isConstraint() && x.Name == name {
			if x.primary && a.cascade() {
				a.dropPrimary(x)
			}
			return a.dropIndex(x, a.cascade())
		}
	}
	for _, f := range slices.Clone(a.t.foreign) {
		if f.Name == name {
			a.t.dropForeign(f)
		}
	}
	a.t.dropCheck(name, a.only)
	return nil
}

// notNullName is what PostgreSQL 18 calls a NOT NULL that has no name of its own.
var notNullName = lazyre.New(`_not_null\d*$`)

// dropNotNullNamed drops NOT NULL where no other constraint has a name: from PostgreSQL 18 on it may be that of one.
func (a *alter) dropNotNullNamed(name string) {
	if !a.notNulls[name] && !notNullName().MatchString(name) {
		return
	}
	for _, t := range a.t.descendants(false) {
		for _, c := range t.cols {
			if pk := t.primaryKey(); !c.Identity && (pk == nil || !slices.Contains(pk.Columns, c.Name)) {
				c.NotNull, c.MaybeNull = false, c.MaybeNull || c.NotNull
			}
		}
	}
}

// dropForeign removes a foreign key and its copies in the partitions.
func (t *table) dropForeign(f *foreign) {
	t.foreign = remove(t.foreign, f)
	for _, p := range t.partitions() {
		for _, g := range slices.Clone(p.foreign) {
			if g.parent == f {
				p.dropForeign(g)
			}
		}
	}
}

// dropCheck removes a check; children that only inherit it lose it, unless ONLY.
func (t *table) dropCheck(name string, only bool) {
	t.checks = slices.DeleteFunc(t.checks, func(c *check) bool { return c.name == name })
	for _, child := range t.children {
		for _, c := range slices.Clone(child.checks) {
			if c.name != name || !c.inherited {
				continue
			}
			if only || c.local {
				c.inherited, c.local = false, true
			} else {
				child.dropCheck(name, false)
			}
		}
	}
}

func (d *drop) typeDrop() (bool, error) {
	t, err := d.declaredType(d.object.GetTypeName().GetNames())
	if err != nil {
		return false, nil
	}
	if err := d.dropTypeUses(t.Name, d.cascade); err != nil {
		return true, err
	}
	d.removeType(t)
	return true, nil
}

func (d *drop) schemaDrop() (bool, error) {
	name := d.object.GetString_().GetSval()
	if !slices.Contains(d.db.Schemas, name) {
		return false, nil
	}
	return true, d.dropSchema(name, d.cascade)
}

func (l *loader) dropSchema(name string, cascade bool) error {
	if !cascade && !l.schemaEmpty(name) {
		return errorf(-1, "cannot drop schema %q because it is not empty", name)
	}
	l.loseSchema(name)
	for _, v := range slices.Clone(l.views) {
		if v.Name.Schema == name && slices.Contains(l.views, v) {
			if err := l.removeView(v); err != nil {
				return err
			}
		}
	}
	for _, t := range slices.Clone(l.tables) {
		if t.Name.Schema == name && slices.Contains(l.tables, t) {
			if err := l.dropTable(t, true); err != nil {
				return err
			}
		}
	}
	for _, t := range slices.Clone(l.db.Types) {
		if t.Name.Schema == name {
			if err := l.dropTypeUses(t.Name, true); err != nil {
				return err
			}
			l.removeType(t)
		}
	}
	for _, f := range slices.Clone(l.db.Functions) {
		if f.Name.Schema == name {
			if err := l.dropFunctionUses(f, true); err != nil {
				return err
			}
		}
	}
	for _, s := range slices.Clone(l.sequences) {
		if s.name.Schema == name {
			if err := l.dropSequence(s, true); err != nil {
				return err
			}
		}
	}
	l.db.Operators = slices.DeleteFunc(l.db.Operators, func(o *catalog.Operator) bool { return o.Name.Schema == name })
	l.db.Schemas = remove(l.db.Schemas, name)
	l.granted = nil
	l.db.Grants = slices.DeleteFunc(l.db.Grants, func(g *catalog.Grant) bool { return g.On.Schema == name || g.Kind == "schema" && g.On.Name == name })
	return nil
}

func (l *loader) schemaEmpty(name string) bool {
	in := func(n catalog.Name) bool { return n.Schema == name }
	return !slices.ContainsFunc(l.tables, func(t *table) bool { return in(t.Name) }) &&
		!slices.ContainsFunc(l.views, func(v *view) bool { return in(v.Name) }) &&
		!slices.ContainsFunc(l.sequences, func(s *sequence) bool { return in(s.name) }) &&
		!slices.ContainsFunc(l.db.Types, func(t *catalog.Type) bool { return in(t.Name) }) &&
		!slices.ContainsFunc(l.db.Functions, func(f *catalog.Function) bool { return in(f.Name) })
}

// extensionDrop forgets an extension. What CASCADE drops with it is not known.
func (d *drop) extensionDrop() (bool, error) {
	name := d.object.GetString_().GetSval()
	if !slices.Contains(d.db.Extensions, name) {
		return false, nil
	}
	d.db.Extensions = remove(d.db.Extensions, name)
	if d.cascade {
		d.unknown("DROP EXTENSION … CASCADE", catalog.Name{Name: name})
	}
	d.loseExtension(name, d.cascade)
	return true, nil
}

func (d *drop) operatorDrop() (bool, error) {
	n := d.name()
	path := d.lookupPath(n.Schema)
	var found []*catalog.Operator
	for _, o := range d.db.Operators {
		if o.Name.Name == n.Name && slices.Contains(path, o.Name.Schema) {
			found = append(found, o)
		}
	}
	if d.cascade && len(found) > 0 {
		d.loseUnheld()
	}
	if len(found) == 1 { // of several, nobody tells which one is gone: all stay
		d.db.Operators = remove(d.db.Operators, found[0])
	}
	return len(found) > 0, nil
}

// onTableDrop drops a policy, trigger or rule: the last name of the list, on the
// relation that the others name.
func (d *drop) onTableDrop() (bool, error) {
	items := d.object.GetList().GetItems()
	name := parsetree.LastString(items)
	rel := d.find(parsetree.Qualified(items[:len(items)-1]))
	if rel == nil {
		return false, nil
	}
	switch d.kind {
	case pg.ObjectType_OBJECT_POLICY:
		if rel.table != nil && rel.table.policy(name) != nil {
			d.takeAway(rel.table, "policy "+name, "DROP POLICY")
		}
		return rel.table != nil && rel.table.dropPolicy(name), nil
	case pg.ObjectType_OBJECT_TRIGGER:
		return rel.dropTrigger(name), nil
	}
	return d.dropRule(rel, name), nil
}

func (t *table) dropPolicy(name string) bool {
	before := len(t.policies)
	t.policies = slices.DeleteFunc(t.policies, func(p *policy) bool { return p.Name == name })
	return len(t.policies) < before
}

func (r *relation) dropTrigger(name string) bool {
	g := r.trigger(name)
	switch {
	case g == nil:
		return false
	case r.table != nil:
		r.table.dropTrigger(g)
	default:
		r.view.triggers = remove(r.view.triggers, g)
	}
	return true
}

// trigger returns the relation's trigger of that name, or nil.
func (r *relation) trigger(name string) *trigger {
	var list []*trigger
	if r.table != nil {
		list = r.table.triggers
	} else if r.view != nil {
		list = r.view.triggers
	}
	for _, g := range list {
		if g.Name == name {
			return g
		}
	}
	return nil
}
