package pgsql

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// runs refuses a write to t, and to what inherits from it, when triggers, rules or
// expressions run functions that nobody vouched for. Event is "update" or "delete" for
// a change that a foreign key makes, "" for any.
func (l *lowerer) runs(t *catalog.Table, event string, at int32) {
	x := &exprs{l: l, sc: &scope{}}
	var told []string // partitions have the triggers of their parents, by name
	var called []catalog.Name
	for _, t := range l.withChildren(t) {
		for _, tr := range t.Triggers {
			key := tr.Name + " " + tr.Function.String()
			if event != "" && !slices.Contains(tr.Events, event) || slices.Contains(told, key) {
				continue
			}
			told = append(told, key)
			if !l.vouchedTrigger(tr.Function) && !l.db.Refuses(tr.Function) {
				l.refuse(at, "undeclared-function", "trigger "+tr.Name+" on "+t.Name.String()+" runs function "+tr.Function.String()+", which may read or change any tenant's rows",
					"if it touches only rows of the same tenant, declare it: options.tenantgen.functions: {"+tr.Function.String()+": {safe: \"<why>\"}}")
			}
		}
		for _, fn := range t.Calls {
			full := []string{fn.Name}
			if fn.Schema != "" {
				full = []string{fn.Schema, fn.Name}
			}
			if !slices.Contains(called, fn) {
				called = append(called, fn)
				x.function(full, at)
			}
		}
		if t.UnseenCode {
			l.refuse(at, "unsupported-statement", "a trigger or a rule may be on "+t.Name.String()+": tenantgen does not follow the "+t.Unsure, "write its CREATE TRIGGER or CREATE RULE out in a schema file")
		}
		if t.Rules {
			l.refuse(at, "unsupported-statement", "a rule on "+t.Name.String()+" rewrites this statement into others", "drop the rule, or declare the query with -- tenantgen:cross-tenant <category> <reason>")
		}
	}
}

// withChildren lists t and the tables that inherit from it: a statement on t reaches
// their rows, and fires their triggers.
func (l *lowerer) withChildren(t *catalog.Table) []*catalog.Table {
	all := []*catalog.Table{t}
	for i := 0; i < len(all); i++ {
		for _, n := range all[i].Children {
			if c := l.db.Table(n); c != nil && !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

// carries refuses a change that foreign keys carry on into tables whose triggers or
// expressions run functions that nobody vouched for (PostgreSQL manual, 5.4.5).
func (l *lowerer) carries(w *query.Write, at int32) {
	seen := map[string]bool{}
	change := func(kind query.WriteKind, sets []query.Set) {
		var columns []string
		for _, c := range w.Target.Table.Columns {
			if c.Generated {
				columns = append(columns, c.Name)
			}
		}
		for _, s := range sets {
			columns = append(columns, w.Target.Table.Columns[s.Column].Name)
		}
		l.carried(w.Target.Table, kind, columns, at, seen)
	}
	switch {
	case w.Kind == query.Update || w.Kind == query.Delete:
		change(w.Kind, w.Sets)
	case w.Conflict != nil && w.Conflict.Update:
		change(query.Update, w.Conflict.Sets)
	}
	for i := range w.Actions {
		if a := &w.Actions[i]; !a.Nothing && a.Kind != query.Insert {
			change(a.Kind, a.Sets)
		}
	}
}

func (l *lowerer) carried(t *catalog.Table, kind query.WriteKind, changed []string, at int32, seen map[string]bool) {
	key := t.Name.Schema + "." + t.Name.Name + " " + kind.String() + " " + strings.Join(changed, " ")
	if seen[key] {
		return
	}
	seen[key] = true
	kin := l.kin(t)
	for _, from := range l.db.Tables {
		for _, fk := range from.Foreign {
			if !slices.Contains(kin, fk.RefTable) || !fk.Acts(kind == query.Delete, changed) {
				continue
			}
			next, event, columns := query.Update, "update", fk.Columns
			if kind == query.Delete && fk.OnDelete == "cascade" {
				next, event, columns = query.Delete, "delete", nil
			}
			l.runs(from, event, at)
			l.carried(from, next, columns, at, seen)
		}
	}
}

// kin names the tables of which rows of t may be rows: t, what inherits from it and
// what it is a partition of.
func (l *lowerer) kin(t *catalog.Table) []catalog.Name {
	var all []catalog.Name
	for _, c := range l.withChildren(t) {
		all = append(all, c.Name)
	}
	for up := t; up != nil && len(up.Parents) > 0; {
		all = append(all, up.Parents[0])
		up = l.db.Table(up.Parents[0])
	}
	return all
}
