package lower

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/plpgsql"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// fires notes the triggers of t that events fire, and refuses one when nobody vouches for
// its function and the body does more than compute. first has the table where a trigger
// was met: partitions have those of their parents.
func (l *lowerer) fires(tr *catalog.Trigger, t *catalog.Table, events []event, first map[string]*catalog.Table, at int32) {
	key := tr.Name + " " + tr.Function.String()
	fn, of := l.triggerFunction(tr.Function), t
	if up := first[key]; up != nil && t.IsPartition {
		of = up
	}
	var r *reading
	if !l.Vouched.ForTrigger(l.db, tr.Function) && !l.db.Refuses(tr.Function) && !l.followed(tr, t, events) {
		if r = l.readTrigger(tr, fn, of, at); r.unread != nil {
			if first[key] == nil {
				l.refuseTrigger(tr, t, r.unread, at)
			}
			first[key] = of
			return
		}
	}
	first[key] = of
	for _, e := range events {
		l.fired = append(l.fired, l.firedBy(e, tr, t, fn, r, at))
	}
}

// firedBy is what is known of a trigger that one event fires; r is nil when somebody
// vouches for it.
func (l *lowerer) firedBy(e event, tr *catalog.Trigger, t *catalog.Table, fn *catalog.Function, r *reading, at int32) *query.Fired {
	f := &query.Fired{Table: t, Trigger: tr, Function: fn, Kind: e.kind, Carried: e.carried, Pos: l.token(at), Read: r != nil}
	if l.via != nil {
		f.Pos = l.via.at
	}
	if r == nil {
		return f
	}
	for _, s := range r.steps {
		if s.Kind == plpgsql.Assigns {
			at := tr.Pos
			if fn != nil {
				at = inBody(fn, s.Line, "", "", "").at
			}
			f.Assigns = append(f.Assigns, query.Assigned{Column: s.Field, At: at})
		}
		if s.Kind == plpgsql.Returns && !slices.Contains(f.Rows, s.Row) {
			f.Rows = append(f.Rows, s.Row)
		}
	}
	return f
}

// reassigned notes the columns of w that triggers which are read may give another value
// than w says: those that they assign, and where the row as it was may take the place of
// the new one, all that w assigns.
func (l *lowerer) reassigned(w *query.Write, fired []*query.Fired) {
	for _, f := range fired {
		if f.Carried || !f.Before() {
			continue
		}
		for _, a := range f.Assigns {
			if c := w.Target.Table.ColumnIndex(a.Column); c >= 0 && !slices.Contains(w.Reassigned, c) {
				w.Reassigned = append(w.Reassigned, c)
			}
		}
		if f.Kind == query.Update && slices.Contains(f.Rows, "old") {
			w.Reassigned = append(w.Reassigned, assigned(w)...)
		}
	}
}

// assigned lists the columns that SET of w assigns.
func assigned(w *query.Write) []int {
	sets := w.Sets
	if w.Conflict != nil {
		sets = append(sets, w.Conflict.Sets...)
	}
	var all []int
	for _, s := range sets {
		all = append(all, s.Column)
	}
	return all
}

func (l *lowerer) triggerFunction(n catalog.Name) *catalog.Function {
	i := slices.IndexFunc(l.db.Functions, func(f *catalog.Function) bool { return f.Name == n && len(pgtype.Inputs(f)) == 0 })
	if i < 0 {
		return nil
	}
	return l.db.Functions[i]
}

func (l *lowerer) readTrigger(tr *catalog.Trigger, fn *catalog.Function, t *catalog.Table, at int32) *reading {
	switch {
	case fn != nil && pgtype.IsSystemFunction(fn.Name.Name):
		l.unseen = true
		return &reading{unread: &unread{why: "pg_catalog has a function of this name, too"}}
	case fn != nil:
		return l.read(fn, t, at)
	case l.writesColumn(tr.Function) && len(tr.Args) > 0:
		return &reading{steps: []plpgsql.Step{{Kind: plpgsql.Assigns, Field: tr.Args[0]}, {Kind: plpgsql.Returns, Row: "new"}}}
	}
	l.unseen = true
	return &reading{unread: &unread{why: "no schema file creates it"}}
}

// writesColumn reports a trigger function of PostgreSQL's own that gives the column which
// its first argument names a value made of the time and of other columns of the row
// (manual, 12.4.3, and F, spi).
func (l *lowerer) writesColumn(n catalog.Name) bool {
	if n.Name == "moddatetime" {
		return slices.Contains(l.db.Extensions, "moddatetime")
	}
	return n.Name == "tsvector_update_trigger" && (n.Schema == "" || n.Schema == pgtype.SystemSchema)
}

// refuseTrigger refuses the function of a trigger.
func (l *lowerer) refuseTrigger(tr *catalog.Trigger, t *catalog.Table, u *unread, at int32) {
	hint := "if it touches only rows of the same tenant, declare it: options.tenantgen.functions: {" + tr.Function.String() + ": {safe: \"<why>\"}}"
	if tr.Name == catalog.FollowTrigger {
		hint = "the table has its tenant column: drop the trigger, which would give a row to the tenant of its new parent row; tenantgen advise writes the migration"
	}
	l.refuse(at, "undeclared-function", "trigger "+tr.Name+" on "+t.Name.String()+" runs function "+tr.Function.String()+", which may read or change any tenant's rows"+u.String(), hint)
}
