package lower

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// event is one kind of change that a statement makes of rows of a table.
type event struct {
	kind     query.WriteKind // Insert, Update or Delete
	columns  []string        // that an update assigns
	defaults []string        // columns that get their defaults
	calls    []catalog.Name  // what the defaults of views' columns run
	carried  bool            // a foreign key's action makes it
}

// fires reports whether the event fires a trigger of t (PostgreSQL manual, CREATE TRIGGER):
// one for UPDATE OF when a column is assigned, or generated from one that may be.
func (e *event) fires(tr *catalog.Trigger, t *catalog.Table) bool {
	if !slices.Contains(tr.Events, strings.ToLower(e.kind.String())) {
		return false
	}
	return e.kind != query.Update || len(tr.Columns) == 0 || slices.ContainsFunc(tr.Columns, func(name string) bool {
		c := t.Column(name)
		return c == nil || c.Generated || slices.Contains(e.columns, name)
	})
}

// runs refuses a change of t, and of what inherits from it, when triggers, rules or
// expressions run functions that nobody vouched for.
func (l *lowerer) runs(t *catalog.Table, e event, at int32) {
	first := map[string]*catalog.Table{} // partitions have the triggers of their parents, by name
	calls := slices.Clone(e.calls)
	all := l.withChildren(t)
	events := append([]event{e}, moves(all, e)...)
	for _, t := range all {
		for _, tr := range t.Triggers {
			fired := slices.DeleteFunc(slices.Clone(events), func(e event) bool { return !e.fires(tr, t) })
			if len(fired) > 0 {
				calls = append(calls, tr.Calls...)
				l.fires(tr, t, fired, first, at)
			}
		}
		calls = append(calls, t.Calls...)
		for _, name := range e.defaults {
			if c := t.Column(name); c != nil {
				calls = append(calls, c.DefaultCalls...)
			}
		}
		if t.Unsure != "" {
			l.refuse(at, "unsupported-statement", "tenantgen does not follow the "+t.Unsure+", which may add keys, foreign keys and triggers to "+t.Name.String(), unfollowedHint)
		}
		if t.Rules {
			l.refuse(at, "unsupported-statement", "a rule on "+t.Name.String()+" rewrites this statement into others", "drop the rule, or declare the query with -- tenantgen:cross-tenant <category> <reason>")
		}
	}
	l.judge(calls, at)
	l.checksKeys(all, e, at)
}

const unfollowedHint = "write that DDL out as statements of a schema file, or write -- tenantgen:ddl <reason> above the statement that runs it"

// unfollowed refuses every query when DDL that is not followed may change what it means.
func (l *lowerer) unfollowed() {
	if l.db.Unfollowed != "" {
		l.opaque = nil // what else there is to say depends on it
		l.refuse(-1, "unsupported-statement", "tenantgen does not follow the "+l.db.Unfollowed+", which may change what any query means", unfollowedHint)
	}
}

// followed reports whether a trigger does no more in the events than keep a column in step
// with the tenant.
func (l *lowerer) followed(tr *catalog.Trigger, t *catalog.Table, events []event) bool {
	var assigned []string
	for _, e := range events {
		assigned = append(assigned, e.columns...)
	}
	return l.Followed != nil && l.Followed(t, tr, assigned)
}

// moves returns the events that an update of partitioned tables starts besides: a row
// that goes to another partition is deleted and inserted (PostgreSQL manual, 5.11.2.1 and
// CREATE TRIGGER). A BEFORE trigger can change what the update does not.
func moves(all []*catalog.Table, e event) []event {
	if e.kind != query.Update {
		return nil
	}
	before := slices.ContainsFunc(all, func(t *catalog.Table) bool {
		return slices.ContainsFunc(t.Triggers, func(tr *catalog.Trigger) bool { return tr.Timing == "before" && e.fires(tr, t) })
	})
	for _, t := range all {
		if t.PartitionBy != "" && (before || slices.ContainsFunc(t.PartitionKey, func(name string) bool {
			c := t.Column(name)
			return c == nil || c.Generated || slices.Contains(e.columns, name)
		})) {
			return []event{{kind: query.Insert, carried: e.carried}, {kind: query.Delete, carried: e.carried}}
		}
	}
	return nil
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

// consequences refuses a write that runs functions which nobody vouched for, itself or where
// foreign keys carry it on.
func (l *lowerer) consequences(w *query.Write, to *target, at int32) {
	before := len(l.fired)
	for _, e := range eventsOf(w, to) {
		l.runs(w.Target.Table, e, at)
		if e.kind != query.Insert {
			l.carries(w.Target.Table, e, at)
		}
	}
	l.reassigned(w, l.fired[before:])
}

// eventsOf lists the changes that a write makes of its target. The actions of a MERGE
// count as one update for triggers (src/backend/parser/parse_merge.c: one list of updated
// columns).
func eventsOf(w *query.Write, to *target) []event {
	names := func(cols []int) []string {
		var out []string
		for _, c := range cols {
			out = append(out, w.Target.Table.Columns[c].Name)
		}
		return out
	}
	var events []event
	insert := func(given []int) {
		defaults, calls := to.omitted(given)
		events = append(events, event{kind: query.Insert, defaults: names(defaults), calls: calls})
	}
	change := func(kind query.WriteKind, sets []query.Set) {
		e := event{kind: kind}
		for _, s := range sets {
			e.columns = append(e.columns, names([]int{s.Column})...)
			if s.Value == nil {
				e.defaults = append(e.defaults, names([]int{s.Column})...)
				e.calls = append(e.calls, to.viewDefaults(s.Column)...)
			}
		}
		events = append(events, e)
	}
	switch w.Kind {
	case query.Insert:
		insert(slices.DeleteFunc(slices.Clone(w.Columns), func(c int) bool { return to.defaulted[c] }))
		if w.Conflict != nil && w.Conflict.Update {
			change(query.Update, w.Conflict.Sets)
		}
	case query.Merge:
		var sets []query.Set
		updates := false
		for i := range w.Actions {
			switch a := &w.Actions[i]; {
			case a.Nothing:
			case a.Kind == query.Insert:
				insert(a.Columns)
			case a.Kind == query.Update:
				sets, updates = append(sets, a.Sets...), true
			default:
				change(a.Kind, nil)
			}
		}
		if updates {
			change(query.Update, sets)
		}
	default:
		change(w.Kind, w.Sets)
	}
	return events
}

// carries refuses a change that foreign keys carry on into tables whose triggers or
// expressions run functions that nobody vouched for (PostgreSQL manual, 5.4.5).
func (l *lowerer) carries(t *catalog.Table, e event, at int32) {
	changed := slices.Clone(e.columns)
	for _, c := range t.Columns {
		if c.Generated && e.kind == query.Update {
			changed = append(changed, c.Name)
		}
	}
	l.carried(t, e.kind, changed, at, map[string]bool{})
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
			next, action := event{kind: query.Update, columns: fk.Columns, carried: true}, fk.OnUpdate
			if kind == query.Delete {
				action = fk.OnDelete
			}
			switch {
			case action == "set default":
				next.defaults = fk.Columns
			case action == "cascade" && kind == query.Delete:
				next = event{kind: query.Delete, carried: true}
			}
			l.runs(from, next, at)
			l.carried(from, next.kind, next.columns, at, seen)
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
