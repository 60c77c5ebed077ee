package ddl

import (
	"cmp"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// The passes in which PostgreSQL executes the actions of one ALTER TABLE, in this order, whatever the order in which they
// are written (src/backend/commands/tablecmds.c, AlterTablePass, ATPrepCmd and ATParseTransformCmd).
const (
	passHiding = iota // what rows the checks see is settled at the end: they come when all actions are executed
	passDrop
	passAlterType
	passAddColumn
	passColumn // SET NOT NULL, of an identity
	passIndex  // of a key
	passConstraint
	passOther
)

// passes lists the actions that have a pass of their own, where it does not depend on what they say.
var passes = map[pg.AlterTableType]int{
	pg.AlterTableType_AT_DropColumn: passDrop, pg.AlterTableType_AT_DropConstraint: passDrop, pg.AlterTableType_AT_DropNotNull: passDrop,
	pg.AlterTableType_AT_DropIdentity: passDrop, pg.AlterTableType_AT_DropExpression: passDrop,
	pg.AlterTableType_AT_AlterColumnType: passAlterType, pg.AlterTableType_AT_AddColumn: passAddColumn,
	pg.AlterTableType_AT_SetNotNull: passColumn, pg.AlterTableType_AT_SetIdentity: passColumn,
	pg.AlterTableType_AT_AddIdentity:       passConstraint,
	pg.AlterTableType_AT_EnableRowSecurity: passHiding, pg.AlterTableType_AT_DisableRowSecurity: passHiding,
	pg.AlterTableType_AT_ForceRowSecurity: passHiding, pg.AlterTableType_AT_NoForceRowSecurity: passHiding,
}

// passOf is the pass of an action.
func passOf(c *pg.AlterTableCmd) int {
	switch c.GetSubtype() {
	case pg.AlterTableType_AT_ColumnDefault:
		if c.GetDef() == nil {
			return passDrop
		}
		return passConstraint
	case pg.AlterTableType_AT_AddConstraint:
		switch c.GetDef().GetConstraint().GetContype() {
		case pg.ConstrType_CONSTR_PRIMARY, pg.ConstrType_CONSTR_UNIQUE, pg.ConstrType_CONSTR_EXCLUSION:
			return passIndex
		}
		return passConstraint
	}
	if pass, ok := passes[c.GetSubtype()]; ok {
		return pass
	}
	return passOther
}

// inPasses are the actions of a statement in the order in which they are executed.
func inPasses(actions []*pg.Node) []*pg.Node {
	return slices.SortedStableFunc(slices.Values(actions), func(a, b *pg.Node) int {
		return cmp.Compare(passOf(a.GetAlterTableCmd()), passOf(b.GetAlterTableCmd()))
	})
}

// inSchema are the elements of CREATE SCHEMA in the order in which they are created: by their kind, so that a view may
// stand before its tables (src/backend/parser/parse_utilcmd.c, transformCreateSchemaStmtElements).
func inSchema(elements []*pg.Node) []*pg.Node {
	kind := func(n *pg.Node) int {
		switch n.GetNode().(type) {
		case *pg.Node_CreateSeqStmt:
			return 0
		case *pg.Node_CreateStmt:
			return 1
		case *pg.Node_ViewStmt:
			return 2
		case *pg.Node_IndexStmt:
			return 3
		case *pg.Node_CreateTrigStmt:
			return 4
		}
		return 5
	}
	return slices.SortedStableFunc(slices.Values(elements), func(a, b *pg.Node) int { return cmp.Compare(kind(a), kind(b)) })
}
