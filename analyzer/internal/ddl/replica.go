package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/internal/lazyre"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Foreign keys are enforced by triggers, on both of their tables. One whose triggers do
// not run for a while cannot be relied on from then on: switching them on again checks
// no row (PostgreSQL manual, ALTER TABLE and 20.11.1 "session_replication_role").

// replica tells whether session_replication_role keeps the triggers of foreign keys
// from running: in the session, in its transaction, in other sessions.
type replica struct {
	session, local, later bool
	subscribed            bool // to rows of another server
}

// set executes SET. One for the transaction cannot end what holds for the session.
func (r *replica) set(on, local bool) {
	if !local {
		r.session = on
	}
	r.local = on && local
}

// replicates reports values of session_replication_role by which triggers of foreign
// keys may not run.
func replicates(value string) bool {
	value = strings.ToLower(value)
	return value != "origin" && value != "local"
}

// replicaValue reads the value of a clause SET session_replication_role.
func (l *loader) replicaValue(s *pg.VariableSetStmt) bool {
	switch s.GetKind() {
	case pg.VariableSetKind_VAR_SET_VALUE:
		return replicates(arg(s.GetArgs()))
	case pg.VariableSetKind_VAR_SET_CURRENT:
		return l.replica.session || l.replica.local
	}
	return false
}

// replicates notes what a statement does with session_replication_role: by set_config,
// and to rows while no trigger runs.
func (l *loader) replicates(kind string, stmt parsetree.Message) {
	parsetree.Walk(stmt, func(m parsetree.Message) {
		f, ok := m.(*pg.FuncCall)
		if !ok || parsetree.LastString(f.GetFuncname()) != "set_config" || len(f.GetArgs()) == 0 {
			return
		}
		name := textConst(f.GetArgs()[0])
		if name != nil && !strings.EqualFold(name.GetSval(), "session_replication_role") {
			return
		}
		if len(f.GetArgs()) != 3 || textConst(f.GetArgs()[1]) == nil || replicates(textConst(f.GetArgs()[1]).GetSval()) {
			l.replica.session = true
		} else if local, known := constBool(f.GetArgs()[2]); onlyCall(stmt) == f && known && !local {
			l.replica.session, l.replica.local = false, false
		}
	})
	if (l.replica.session || l.replica.local) && l.writes(kind, stmt) {
		l.switchOffAll()
	}
}

// onlyCall returns the call that is all of a SELECT, nil when it is more.
func onlyCall(m parsetree.Message) *pg.FuncCall {
	s, ok := m.(*pg.SelectStmt)
	if !ok || s == nil || len(s.GetTargetList()) != 1 || s.GetOp() > pg.SetOperation_SETOP_NONE {
		return nil
	}
	s.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		ok = ok && slices.Contains([]protoreflect.Name{"target_list", "limit_option", "op"}, f.Name())
		return ok
	})
	if !ok { // LIMIT 0 runs nothing
		return nil
	}
	return s.GetTargetList()[0].GetResTarget().GetVal().GetFuncCall()
}

// writes reports whether a statement may change rows, by itself or by the functions that
// it runs.
func (l *loader) writes(kind string, m parsetree.Message) bool {
	itself, runs := starts[kind]
	if itself || kind == "do_stmt" || kind == "call_stmt" {
		return true
	}
	for _, f := range l.db.Functions {
		if runs && (f.Language != "sql" && f.Language != "plpgsql" || changesRows().MatchString(f.Body)) {
			return true
		}
	}
	found := false
	parsetree.Walk(m, func(m parsetree.Message) {
		switch m := m.(type) {
		case *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt:
			found = found || runs
		case *pg.FuncCall:
			found = found || kind == "select_stmt" && !harmless(parsetree.Qualified(m.GetFuncname()))
		}
	})
	return found
}

// endReplica ends the loading: foreign keys do not hold in sessions that run no triggers,
// of which the last may be one of the application's.
func (l *loader) endReplica() {
	if l.replica.session || l.replica.later || l.switchesOff() || slices.ContainsFunc(l.settings, func(s setting) bool { return s.name == "session_replication_role" }) {
		l.switchOffAll()
	}
	if l.replica.subscribed {
		for _, t := range l.tables {
			for _, f := range t.foreign {
				f.violable("no foreign key is checked for rows that a subscription brings")
			}
		}
	}
}

var switchesOff = lazyre.New(`(?i)session_replication_role|\bdisable\s+trigger\s+all\b`)

// switchesOff reports whether the body of a function for which nobody vouches has foreign keys switched off: no schema file need
// call it for somebody to do so.
func (l *loader) switchesOff() bool {
	return slices.ContainsFunc(l.db.Functions, func(f *catalog.Function) bool { return switchesOff().MatchString(f.Body) && !l.trusts(f) })
}

func (l *loader) switchOffAll() {
	for _, t := range l.tables {
		for _, f := range t.foreign {
			f.switchOff()
		}
	}
}

func (f *foreign) switchOff() { f.NotValid, f.SwitchedOff = true, true }

// disableTriggers executes DISABLE TRIGGER ALL, which goes on to partitions. Those of a
// foreign key to a partitioned table stand at its partitions, too.
func (a *alter) disableTriggers() error {
	below := a.t.descendants(false)
	for _, t := range a.tables {
		for _, f := range t.foreign {
			if slices.Contains(below, t) || f.ref != nil && (slices.Contains(below, f.ref) || slices.Contains(f.ref.descendants(false), a.t)) {
				for part := f; part != nil; part = part.parent { // rows of a partition are rows of the table, too
					part.switchOff()
				}
			}
		}
	}
	return nil
}

// disableTrigger executes DISABLE and ENABLE REPLICA or ALWAYS TRIGGER of one trigger. A
// declared one counts whether it is enabled or not; another enforces some foreign key.
func (a *alter) disableTrigger() error {
	if slices.ContainsFunc(a.t.triggers, func(g *trigger) bool { return g.Name == a.cmd.GetName() }) {
		return nil
	}
	return a.disableTriggers()
}
