package ddl

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// finish resolves what had to wait and writes the loader's state to the catalog.
func (l *loader) finish() {
	l.resolveForeign()
	l.unkept()
	l.endReplica()
	l.settleGone()
	l.shadowedBodies()
	for _, h := range l.hooks {
		l.unsure(l.hooked(h.function), h.from) // it may have another body by now
	}
	for _, e := range l.events {
		l.doubt(e.reach, e.from)
	}
	for _, t := range l.tables {
		l.finishTable(t)
		l.db.Tables = append(l.db.Tables, t.Table)
	}
	l.db.Index()
	for _, v := range l.views {
		for _, x := range v.indexes {
			v.Indexes = append(v.Indexes, &x.Index)
		}
		v.Triggers = triggers(v.triggers)
		v.Rules = len(v.rules) > 0
		l.db.Views = append(l.db.Views, v.View)
	}
	for _, s := range l.sequences {
		l.db.Sequences = append(l.db.Sequences, s.name)
	}
	l.finishCode()
	l.finishRights()
	l.db.SearchPath = l.path
	// pg_dump empties the path for its own statements; no application runs with that.
	if len(l.path) == 0 {
		l.db.SearchPath = []string{"public"}
	}
	l.db.SessionPaths = l.sessionPaths()
	l.finishUserPaths()
}

// resolveForeign resolves foreign keys to keys that were created after them. A
// table of a foreign schema, such as a platform's auth.users, stays unresolved.
func (l *loader) resolveForeign() {
	for _, t := range l.tables {
		for _, f := range t.foreign {
			if f.resolve(); f.resolved {
				continue
			}
			if f.ref == nil && !slices.Contains(l.db.Schemas, f.RefTable.Schema) {
				u := &catalog.Unknown{What: "FOREIGN KEY to a schema that no schema file creates", On: t.Name, Pos: f.Pos}
				l.db.Unknown = append(l.db.Unknown, u)
				continue
			}
			e := SchemaError{Pos: f.Pos, Message: "foreign key references table " + f.RefTable.String() + ", which no schema file creates"}
			if f.ref != nil {
				e.Message = "foreign key references columns of table " + f.ref.Name.String() + " that no unique constraint covers"
			}
			if f.parent == nil {
				l.errs = append(l.errs, e)
			}
		}
	}
}

func (l *loader) finishTable(t *table) {
	for _, c := range t.cols {
		t.computed(c)
		c.Anew = l.anew(t, c)
		c.Value = l.valueOf(c.Type)
		for _, s := range l.defaultOf(c).draws {
			if !c.Identity && !c.Generated {
				c.Draws = addName(c.Draws, s.name)
			}
		}
		t.Columns = append(t.Columns, c.Column)
	}
	for _, c := range t.checks {
		if c.oneOf && !c.notValid && t.Unsure == "" {
			t.OneOf = append(t.OneOf, c.expr.columns)
		}
	}
	for _, x := range t.indexes {
		t.Indexes = append(t.Indexes, &x.Index)
		if x.Unique && x.valid() {
			t.Keys = append(t.Keys, l.catalogKey(x))
		}
		if x.exclusion {
			t.Exclusions = append(t.Exclusions, l.exclusion(x))
		}
	}
	for _, f := range t.foreign {
		if f.ref != nil {
			f.RefTable = f.ref.Name
		}
		f.Inherited, f.Class = f.parent != nil, f.byClass()
		t.Foreign = append(t.Foreign, &f.ForeignKey)
	}
	for _, p := range t.policies {
		p.Using, p.Check = p.using.current(), p.check.current()
		t.Policies = append(t.Policies, &p.Policy)
	}
	for _, p := range t.parents {
		t.Parents = append(t.Parents, p.Name)
	}
	for _, c := range t.children {
		t.Children = append(t.Children, c.Name)
	}
	t.Triggers = triggers(t.triggers)
	t.Rules = len(t.rules) > 0
}

// anew reports whether PostgreSQL may compute a generated column of t though nothing changes that it is computed from
// (src/backend/executor/nodeModifyTable.c, ExecInitGenerated and ExecCrossPartitionUpdate), by functions of which
// nobody knows that they still do what they did.
func (l *loader) anew(t *table, c *column) bool {
	again := t.IsPartition || t.PartitionBy != "" || slices.ContainsFunc(t.triggers, func(g *trigger) bool {
		return g.Row && g.Timing == "before" && slices.Contains(g.Events, "update")
	})
	return c.Generated && again && slices.ContainsFunc(l.exprCalls(c.value), func(n catalog.Name) bool {
		return n.Schema != "" && n.Schema != pgtype.SystemSchema || !pgtype.IsSystemFunction(n.Name) || l.userFunction(n.Name)
	})
}

// computed says what a generated column is computed from. A cast, even one that the
// column's type makes, may change the value.
func (t *table) computed(c *column) {
	if !c.Generated {
		return
	}
	for _, name := range c.value.columns {
		if from := t.col(name); from != nil {
			c.Reads = append(c.Reads, name)
			if c.value.bare && from.Type == c.Type && !c.Type.Modified {
				c.Copies = name
			}
		}
	}
}

func triggers(list []*trigger) []*catalog.Trigger {
	var out []*catalog.Trigger
	for _, g := range list {
		if g.function != nil {
			g.Function = g.function.Name
		}
		out = append(out, &g.Trigger)
	}
	return out
}

// valid reports whether each partition has a valid part of an index: one made with ON ONLY
// begins without, and others take over what a partition has (PostgreSQL manual, 5.12.2.1).
func (x *index) valid() bool {
	if x.table == nil {
		return true
	}
	for _, p := range x.table.partitions() {
		if !slices.ContainsFunc(p.indexes, func(y *index) bool { return y.parent == x && y.valid() }) {
			return false
		}
	}
	return true
}

func (l *loader) catalogKey(x *index) *catalog.Key {
	if l.userOperator("=") || l.db.OwnCasts() { // a predicate may compare by them
		x.tests = nil
	}
	var cols []string
	for _, c := range x.Columns {
		if c != "" {
			cols = append(cols, c)
		}
	}
	return &catalog.Key{
		Name: x.Name, Columns: cols, Primary: x.primary, Constraint: x.key, Partial: x.Partial, Where: x.tests, Expression: x.expression,
		Deferrable: x.deferrable, NullsNotDistinct: x.nullsNotDistinct, Coarse: x.coarse, Class: x.class, Special: x.special || x.initDeferred || len(x.include) > 0, Pos: x.Pos,
	}
}
