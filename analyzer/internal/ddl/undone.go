package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// takeAway notes that a statement took protection of a table or view away.
func (l *loader) takeAway(key any, what, how string) {
	l.bringBack(key, what)
	l.rights.undone[key] = append(l.rights.undone[key], &catalog.Undone{What: what, How: how, Pos: l.at(-1)})
}

// bringBack notes that a statement put it back.
func (l *loader) bringBack(key any, what string) {
	l.rights.undone[key] = slices.DeleteFunc(l.rights.undone[key], func(u *catalog.Undone) bool { return u.What == what })
}

// undo notes what an action of ALTER TABLE does to the protection of a table.
func (a *alter) undo(kind pg.AlterTableType) {
	if a.t == nil {
		return
	}
	const rls, force = "row-level security", "row-level security for the owner"
	trigger := "trigger " + a.cmd.GetName()
	switch kind {
	case pg.AlterTableType_AT_DisableRowSecurity:
		if a.t.RLS {
			a.takeAway(a.t, rls, "DISABLE ROW LEVEL SECURITY")
		}
	case pg.AlterTableType_AT_EnableRowSecurity:
		a.bringBack(a.t, rls)
	case pg.AlterTableType_AT_NoForceRowSecurity:
		if a.t.ForceRLS {
			a.takeAway(a.t, force, "NO FORCE ROW LEVEL SECURITY")
		}
	case pg.AlterTableType_AT_ForceRowSecurity:
		a.bringBack(a.t, force)
	case pg.AlterTableType_AT_DisableTrig:
		a.takeAway(a.t, trigger, "DISABLE TRIGGER")
	case pg.AlterTableType_AT_EnableReplicaTrig:
		a.takeAway(a.t, trigger, "ENABLE REPLICA TRIGGER")
	case pg.AlterTableType_AT_EnableTrig, pg.AlterTableType_AT_EnableAlwaysTrig:
		a.bringBack(a.t, trigger)
	case pg.AlterTableType_AT_DisableTrigAll, pg.AlterTableType_AT_DisableTrigUser:
		a.takeAway(a.t, "triggers", "DISABLE TRIGGER")
	case pg.AlterTableType_AT_EnableTrigAll:
		a.rights.undone[a.t] = slices.DeleteFunc(a.rights.undone[a.t], func(u *catalog.Undone) bool { return strings.HasPrefix(u.What, "trigger") })
	case pg.AlterTableType_AT_EnableTrigUser:
		a.bringBack(a.t, "triggers")
	}
}

// invoker notes that a view got or lost security_invoker.
func (l *loader) invoker(v *view, had bool, how string) {
	switch {
	case v.SecurityInvoker:
		l.bringBack(v, "security_invoker")
	case had:
		l.takeAway(v, "security_invoker", how)
	}
}
