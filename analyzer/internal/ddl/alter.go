package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// alterTable executes ALTER TABLE, and ALTER INDEX, VIEW, SEQUENCE and TYPE,
// which share its syntax tree.
func (l *loader) alterTable(s *pg.AlterTableStmt) error {
	rel := l.find(parsetree.RangeName(s.GetRelation()))
	if rel == nil {
		if s.GetMissingOk() || bearsNothing(s) {
			return nil
		}
		return noRelation(s.GetRelation())
	}
	if s.GetMissingOk() {
		l.restsOn(rel.name)
	}
	for _, n := range inPasses(s.GetCmds()) {
		a := &alter{
			loader: l, rel: rel, t: rel.table, cmd: n.GetAlterTableCmd(),
			only: !s.GetRelation().GetInh(), loc: s.GetRelation().GetLocation(),
		}
		if err := a.run(); err != nil {
			return err
		}
	}
	return nil
}

// alter is one action of an ALTER TABLE.
type alter struct {
	*loader
	rel  *relation
	t    *table // nil when rel is not a table
	cmd  *pg.AlterTableCmd
	only bool
	loc  int32
}

func (a *alter) cascade() bool { return a.cmd.GetBehavior() == pg.DropBehavior_DROP_CASCADE }

func (a *alter) run() error {
	kind := a.cmd.GetSubtype()
	if kind == pg.AlterTableType_AT_ChangeOwner { // of every kind of relation
		return a.changeOwner()
	}
	a.undo(kind)
	if logged := kind == pg.AlterTableType_AT_SetLogged; a.t != nil && (logged || kind == pg.AlterTableType_AT_SetUnLogged) {
		a.t.unlogged = !logged
	}
	if _, ok := ignoredAlters[kind]; ok {
		return nil
	}
	handlers := tableAlters
	switch {
	case a.rel.view != nil:
		handlers = viewAlters
	case a.rel.composite != nil:
		handlers = compositeAlters
	case a.rel.index != nil:
		handlers = indexAlters
	case a.rel.sequence != nil:
		handlers = nil
	}
	if h, ok := handlers[kind]; ok {
		return h(a)
	}
	return withHint(errorf(a.loc, "ALTER of %q with action %s is not supported", a.rel.name, strings.TrimPrefix(kind.String(), "AT_")), "leave it out, or create it as it is to be")
}

// bearsNothing reports whether every action of a statement is one that changes nothing a proof
// depends on: it may be about a table that only an extension knows.
func bearsNothing(s *pg.AlterTableStmt) bool {
	return !slices.ContainsFunc(s.GetCmds(), func(n *pg.Node) bool {
		_, ignored := ignoredAlters[n.GetAlterTableCmd().GetSubtype()]
		return !ignored
	})
}

type alterHandler func(*alter) error

// tableAlters are the actions of ALTER TABLE that change what the catalog says.
var tableAlters = map[pg.AlterTableType]alterHandler{
	pg.AlterTableType_AT_AddColumn:          (*alter).addColumn,
	pg.AlterTableType_AT_DropColumn:         (*alter).dropColumn,
	pg.AlterTableType_AT_AlterColumnType:    (*alter).columnType,
	pg.AlterTableType_AT_ColumnDefault:      (*alter).columnDefault,
	pg.AlterTableType_AT_SetNotNull:         (*alter).setNotNull,
	pg.AlterTableType_AT_DropNotNull:        (*alter).dropNotNull,
	pg.AlterTableType_AT_DropExpression:     (*alter).dropExpression,
	pg.AlterTableType_AT_AddIdentity:        (*alter).addIdentity,
	pg.AlterTableType_AT_DropIdentity:       (*alter).dropIdentity,
	pg.AlterTableType_AT_AddConstraint:      (*alter).addConstraint,
	pg.AlterTableType_AT_DropConstraint:     (*alter).dropConstraint,
	pg.AlterTableType_AT_ValidateConstraint: (*alter).validateConstraint,
	pg.AlterTableType_AT_AlterConstraint:    (*alter).alterConstraint,
	pg.AlterTableType_AT_DisableTrigAll:     (*alter).disableTriggers,
	pg.AlterTableType_AT_DisableTrig:        (*alter).disableTrigger,
	pg.AlterTableType_AT_EnableReplicaTrig:  (*alter).disableTrigger,
	pg.AlterTableType_AT_EnableAlwaysTrig:   (*alter).disableTrigger,
	pg.AlterTableType_AT_AddInherit:         (*alter).addInherit,
	pg.AlterTableType_AT_DropInherit:        (*alter).dropInherit,
	pg.AlterTableType_AT_AddOf:              (*alter).addOf,
	pg.AlterTableType_AT_DropOf:             (*alter).dropOf,
	pg.AlterTableType_AT_AttachPartition:    (*alter).attach,
	pg.AlterTableType_AT_DetachPartition:    (*alter).detach,
	pg.AlterTableType_AT_ChangeOwner:        (*alter).changeOwner,
	pg.AlterTableType_AT_EnableRowSecurity:  func(a *alter) error { a.t.RLS = true; return nil },
	pg.AlterTableType_AT_DisableRowSecurity: func(a *alter) error { a.t.RLS = false; return nil },
	pg.AlterTableType_AT_ForceRowSecurity:   func(a *alter) error { a.t.ForceRLS = true; return nil },
	pg.AlterTableType_AT_NoForceRowSecurity: func(a *alter) error { a.t.ForceRLS = false; return nil },
}

var viewAlters = map[pg.AlterTableType]alterHandler{
	pg.AlterTableType_AT_ColumnDefault:   (*alter).viewDefault,
	pg.AlterTableType_AT_SetRelOptions:   (*alter).viewOptions,
	pg.AlterTableType_AT_ResetRelOptions: (*alter).resetViewOptions,
}

var indexAlters = map[pg.AlterTableType]alterHandler{
	pg.AlterTableType_AT_AttachPartition: (*alter).attachIndex,
	pg.AlterTableType_AT_SetRelOptions:   func(*alter) error { return nil }, // storage parameters
	pg.AlterTableType_AT_ResetRelOptions: func(*alter) error { return nil },
}

var compositeAlters = map[pg.AlterTableType]alterHandler{
	pg.AlterTableType_AT_AddColumn:       (*alter).addAttribute,
	pg.AlterTableType_AT_DropColumn:      (*alter).dropAttribute,
	pg.AlterTableType_AT_AlterColumnType: (*alter).attributeType,
}

// Storage parameters of tables are harmless; those of views are not, so they
// are no part of ignoredAlters.
func init() {
	for _, kind := range []pg.AlterTableType{pg.AlterTableType_AT_SetRelOptions, pg.AlterTableType_AT_ResetRelOptions} {
		tableAlters[kind] = func(*alter) error { return nil }
	}
}

// ignoredAlters are the actions that change nothing a proof depends on, each
// with the reason.
var ignoredAlters = map[pg.AlterTableType]string{
	pg.AlterTableType_AT_SetStatistics:             "planner statistics",
	pg.AlterTableType_AT_SetOptions:                "planner statistics of a column",
	pg.AlterTableType_AT_ResetOptions:              "planner statistics of a column",
	pg.AlterTableType_AT_SetStorage:                "storage",
	pg.AlterTableType_AT_SetCompression:            "storage",
	pg.AlterTableType_AT_AlterColumnGenericOptions: "options for a foreign data wrapper",
	pg.AlterTableType_AT_GenericOptions:            "options for a foreign data wrapper",
	pg.AlterTableType_AT_ClusterOn:                 "physical order",
	pg.AlterTableType_AT_DropCluster:               "physical order",
	pg.AlterTableType_AT_SetLogged:                 "of a table it is noted before",
	pg.AlterTableType_AT_SetUnLogged:               "of a table it is noted before",
	pg.AlterTableType_AT_DropOids:                  "no effect since PostgreSQL 12",
	pg.AlterTableType_AT_SetAccessMethod:           "storage",
	pg.AlterTableType_AT_SetTableSpace:             "storage",
	pg.AlterTableType_AT_EnableTrig:                "a trigger counts whether it is enabled or not",
	pg.AlterTableType_AT_EnableTrigAll:             "a trigger counts whether it is enabled or not",
	pg.AlterTableType_AT_EnableTrigUser:            "a trigger counts whether it is enabled or not",
	pg.AlterTableType_AT_DisableTrigUser:           "a trigger counts whether it is enabled or not",
	pg.AlterTableType_AT_EnableRule:                "a rule counts whether it is enabled or not",
	pg.AlterTableType_AT_EnableAlwaysRule:          "a rule counts whether it is enabled or not",
	pg.AlterTableType_AT_EnableReplicaRule:         "a rule counts whether it is enabled or not",
	pg.AlterTableType_AT_DisableRule:               "a rule counts whether it is enabled or not",
	pg.AlterTableType_AT_ReplicaIdentity:           "logical replication",
	pg.AlterTableType_AT_DetachPartitionFinalize:   "DETACH CONCURRENTLY was applied when it was read",
	pg.AlterTableType_AT_SetIdentity:               "the column stays an identity column",
}

// refusedAlters are the actions that no statement can ask for: PostgreSQL
// makes them up while it executes others.
var refusedAlters = map[pg.AlterTableType]string{
	pg.AlterTableType_ALTER_TABLE_TYPE_UNDEFINED: "protobuf's zero value",
	pg.AlterTableType_AT_AddColumnToView:         "internal to CREATE OR REPLACE VIEW",
	pg.AlterTableType_AT_CookedColumnDefault:     "internal",
	pg.AlterTableType_AT_CheckNotNull:            "internal to SET NOT NULL ONLY",
	pg.AlterTableType_AT_AddIndex:                "internal to ADD CONSTRAINT",
	pg.AlterTableType_AT_ReAddIndex:              "internal to ALTER COLUMN TYPE",
	pg.AlterTableType_AT_ReAddConstraint:         "internal to ALTER COLUMN TYPE",
	pg.AlterTableType_AT_ReAddDomainConstraint:   "internal to ALTER COLUMN TYPE",
	pg.AlterTableType_AT_AddIndexConstraint:      "internal to ADD CONSTRAINT USING INDEX",
	pg.AlterTableType_AT_ReAddComment:            "internal to ALTER COLUMN TYPE",
	pg.AlterTableType_AT_ReAddStatistics:         "internal to ALTER COLUMN TYPE",
	pg.AlterTableType_AT_ReplaceRelOptions:       "internal to CREATE OR REPLACE VIEW",
}

func (a *alter) attach() error { return a.attachPartition(a.t, a.cmd) }

func (a *alter) detach() error {
	p, err := a.table(a.cmd.GetDef().GetPartitionCmd().GetName())
	if err != nil {
		return err
	}
	a.detached(a.t)
	a.leftAlone(p)
	return a.unlink(p, a.t)
}

func (a *alter) addInherit() error {
	r := a.cmd.GetDef().GetRangeVar()
	p, err := a.table(r)
	if err != nil {
		return err
	}
	return a.t.addParent(p, r.GetLocation())
}

func (a *alter) dropInherit() error {
	p, err := a.table(a.cmd.GetDef().GetRangeVar())
	if err != nil {
		return err
	}
	return a.unlink(a.t, p)
}

func (a *alter) unlink(child, parent *table) error {
	for _, p := range child.parents {
		if p == parent {
			child.removeParent(parent)
			return nil
		}
	}
	return errorf(a.loc, "relation %q is not a child of relation %q", child.Name, parent.Name)
}

// attachIndex executes ALTER INDEX … ATTACH PARTITION.
func (a *alter) attachIndex() error {
	r := a.cmd.GetDef().GetPartitionCmd().GetName()
	rel := a.find(parsetree.RangeName(r))
	if rel == nil || rel.index == nil {
		return errorf(r.GetLocation(), "index %q does not exist", catalog.Name{Schema: r.GetSchemaname(), Name: r.GetRelname()})
	}
	rel.index.parent = a.rel.index
	return nil
}
