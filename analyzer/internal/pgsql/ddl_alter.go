package pgsql

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// alterTable executes ALTER TABLE, and ALTER INDEX, VIEW, SEQUENCE and TYPE,
// which share its syntax tree.
func (l *ddlLoader) alterTable(s *pg.AlterTableStmt) error {
	rel := l.find(ddlRangeName(s.GetRelation()))
	if rel == nil {
		if s.GetMissingOk() {
			return nil
		}
		return ddlNoRelation(s.GetRelation())
	}
	for _, n := range s.GetCmds() {
		a := &ddlAlter{
			ddlLoader: l, rel: rel, t: rel.table, cmd: n.GetAlterTableCmd(),
			only: !s.GetRelation().GetInh(), loc: s.GetRelation().GetLocation(),
		}
		if err := a.run(); err != nil {
			return err
		}
	}
	return nil
}

// ddlAlter is one action of an ALTER TABLE.
type ddlAlter struct {
	*ddlLoader
	rel  *ddlRelation
	t    *ddlTable // nil when rel is not a table
	cmd  *pg.AlterTableCmd
	only bool
	loc  int32
}

func (a *ddlAlter) cascade() bool { return a.cmd.GetBehavior() == pg.DropBehavior_DROP_CASCADE }

func (a *ddlAlter) run() error {
	kind := a.cmd.GetSubtype()
	if kind == pg.AlterTableType_AT_ChangeOwner { // of every kind of relation
		return a.changeOwner()
	}
	a.undo(kind)
	if _, ok := ddlIgnoredAlters[kind]; ok {
		return nil
	}
	handlers := ddlTableAlters
	switch {
	case a.rel.view != nil:
		handlers = ddlViewAlters
	case a.rel.composite != nil:
		handlers = ddlCompositeAlters
	case a.rel.index != nil:
		handlers = ddlIndexAlters
	case a.rel.sequence != nil:
		handlers = nil
	}
	if h, ok := handlers[kind]; ok {
		return h(a)
	}
	return ddlErrorf(a.loc, "ALTER of %q with action %s is not supported", a.rel.name, kind)
}

type ddlAlterHandler func(*ddlAlter) error

// ddlTableAlters are the actions of ALTER TABLE that change what the catalog says.
var ddlTableAlters = map[pg.AlterTableType]ddlAlterHandler{
	pg.AlterTableType_AT_AddColumn:          (*ddlAlter).addColumn,
	pg.AlterTableType_AT_DropColumn:         (*ddlAlter).dropColumn,
	pg.AlterTableType_AT_AlterColumnType:    (*ddlAlter).columnType,
	pg.AlterTableType_AT_ColumnDefault:      (*ddlAlter).columnDefault,
	pg.AlterTableType_AT_SetNotNull:         (*ddlAlter).setNotNull,
	pg.AlterTableType_AT_DropNotNull:        (*ddlAlter).dropNotNull,
	pg.AlterTableType_AT_DropExpression:     (*ddlAlter).dropExpression,
	pg.AlterTableType_AT_AddIdentity:        (*ddlAlter).addIdentity,
	pg.AlterTableType_AT_DropIdentity:       (*ddlAlter).dropIdentity,
	pg.AlterTableType_AT_AddConstraint:      (*ddlAlter).addConstraint,
	pg.AlterTableType_AT_DropConstraint:     (*ddlAlter).dropConstraint,
	pg.AlterTableType_AT_ValidateConstraint: (*ddlAlter).validateConstraint,
	pg.AlterTableType_AT_AlterConstraint:    (*ddlAlter).alterConstraint,
	pg.AlterTableType_AT_DisableTrigAll:     (*ddlAlter).disableTriggers,
	pg.AlterTableType_AT_DisableTrig:        (*ddlAlter).disableTrigger,
	pg.AlterTableType_AT_EnableReplicaTrig:  (*ddlAlter).disableTrigger,
	pg.AlterTableType_AT_EnableAlwaysTrig:   (*ddlAlter).disableTrigger,
	pg.AlterTableType_AT_AddInherit:         (*ddlAlter).addInherit,
	pg.AlterTableType_AT_DropInherit:        (*ddlAlter).dropInherit,
	pg.AlterTableType_AT_AttachPartition:    (*ddlAlter).attach,
	pg.AlterTableType_AT_DetachPartition:    (*ddlAlter).detach,
	pg.AlterTableType_AT_ChangeOwner:        (*ddlAlter).changeOwner,
	pg.AlterTableType_AT_EnableRowSecurity:  func(a *ddlAlter) error { a.t.RLS = true; return nil },
	pg.AlterTableType_AT_DisableRowSecurity: func(a *ddlAlter) error { a.t.RLS = false; return nil },
	pg.AlterTableType_AT_ForceRowSecurity:   func(a *ddlAlter) error { a.t.ForceRLS = true; return nil },
	pg.AlterTableType_AT_NoForceRowSecurity: func(a *ddlAlter) error { a.t.ForceRLS = false; return nil },
}

var ddlViewAlters = map[pg.AlterTableType]ddlAlterHandler{
	pg.AlterTableType_AT_ColumnDefault:   (*ddlAlter).viewDefault,
	pg.AlterTableType_AT_SetRelOptions:   (*ddlAlter).viewOptions,
	pg.AlterTableType_AT_ResetRelOptions: (*ddlAlter).resetViewOptions,
}

var ddlIndexAlters = map[pg.AlterTableType]ddlAlterHandler{
	pg.AlterTableType_AT_AttachPartition: (*ddlAlter).attachIndex,
	pg.AlterTableType_AT_SetRelOptions:   func(*ddlAlter) error { return nil }, // storage parameters
	pg.AlterTableType_AT_ResetRelOptions: func(*ddlAlter) error { return nil },
}

var ddlCompositeAlters = map[pg.AlterTableType]ddlAlterHandler{
	pg.AlterTableType_AT_AddColumn:       (*ddlAlter).addAttribute,
	pg.AlterTableType_AT_DropColumn:      (*ddlAlter).dropAttribute,
	pg.AlterTableType_AT_AlterColumnType: (*ddlAlter).attributeType,
}

// Storage parameters of tables are harmless; those of views are not, so they
// are no part of ddlIgnoredAlters.
func init() {
	for _, kind := range []pg.AlterTableType{pg.AlterTableType_AT_SetRelOptions, pg.AlterTableType_AT_ResetRelOptions} {
		ddlTableAlters[kind] = func(*ddlAlter) error { return nil }
	}
}

// ddlIgnoredAlters are the actions that change nothing a proof depends on, each
// with the reason.
var ddlIgnoredAlters = map[pg.AlterTableType]string{
	pg.AlterTableType_AT_SetStatistics:             "planner statistics",
	pg.AlterTableType_AT_SetOptions:                "planner statistics of a column",
	pg.AlterTableType_AT_ResetOptions:              "planner statistics of a column",
	pg.AlterTableType_AT_SetStorage:                "storage",
	pg.AlterTableType_AT_SetCompression:            "storage",
	pg.AlterTableType_AT_AlterColumnGenericOptions: "options for a foreign data wrapper",
	pg.AlterTableType_AT_GenericOptions:            "options for a foreign data wrapper",
	pg.AlterTableType_AT_ClusterOn:                 "physical order",
	pg.AlterTableType_AT_DropCluster:               "physical order",
	pg.AlterTableType_AT_SetLogged:                 "crash safety",
	pg.AlterTableType_AT_SetUnLogged:               "crash safety",
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
	pg.AlterTableType_AT_AddOf:                     "a typed table has the columns that it had",
	pg.AlterTableType_AT_DropOf:                    "a typed table has the columns that it had",
	pg.AlterTableType_AT_ReplicaIdentity:           "logical replication",
	pg.AlterTableType_AT_DetachPartitionFinalize:   "DETACH CONCURRENTLY was applied when it was read",
	pg.AlterTableType_AT_SetIdentity:               "the column stays an identity column",
}

// ddlRefusedAlters are the actions that no statement can ask for: PostgreSQL
// makes them up while it executes others.
var ddlRefusedAlters = map[pg.AlterTableType]string{
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

func (a *ddlAlter) attach() error { return a.attachPartition(a.t, a.cmd) }

func (a *ddlAlter) detach() error {
	p, err := a.table(a.cmd.GetDef().GetPartitionCmd().GetName())
	if err != nil {
		return err
	}
	return a.unlink(p, a.t)
}

func (a *ddlAlter) addInherit() error {
	r := a.cmd.GetDef().GetRangeVar()
	p, err := a.table(r)
	if err != nil {
		return err
	}
	return a.t.addParent(p, r.GetLocation())
}

func (a *ddlAlter) dropInherit() error {
	p, err := a.table(a.cmd.GetDef().GetRangeVar())
	if err != nil {
		return err
	}
	return a.unlink(a.t, p)
}

func (a *ddlAlter) unlink(child, parent *ddlTable) error {
	for _, p := range child.parents {
		if p == parent {
			child.removeParent(parent)
			return nil
		}
	}
	return ddlErrorf(a.loc, "relation %q is not a child of relation %q", child.Name, parent.Name)
}

// attachIndex executes ALTER INDEX … ATTACH PARTITION.
func (a *ddlAlter) attachIndex() error {
	r := a.cmd.GetDef().GetPartitionCmd().GetName()
	rel := a.find(ddlRangeName(r))
	if rel == nil || rel.index == nil {
		return ddlErrorf(r.GetLocation(), "index %q does not exist", catalog.Name{Schema: r.GetSchemaname(), Name: r.GetRelname()})
	}
	rel.index.parent = a.rel.index
	return nil
}
