package lower

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// What the grammar never produces is refused here as well, so that no field of a
// parse tree is passed over: a new version of the grammar may fill it.

// odd refuses a node of a shape that the grammar does not produce.
func (l *lowerer) odd(at int32, what string) {
	l.refuse(at, "unsupported-syntax", "tenantgen does not know this form of "+what, "rewrite the query without it")
}

// known refuses a value that an enumeration does not have.
func (l *lowerer) known(at int32, what string, v protoreflect.Enum) {
	if v.Number() <= 0 || v.Descriptor().Values().ByNumber(v.Number()) == nil {
		l.odd(at, what)
	}
}

// names returns the values of a list of names and refuses any other list.
func (l *lowerer) names(nodes []*pg.Node, what string) []string {
	list := parsetree.Strings(nodes)
	if len(list) != len(nodes) {
		l.odd(-1, what)
	}
	return list
}

// sortKey returns the expression of an ORDER BY element. Its operator is looked up by
// name, so one that the schema defines may call a function (PostgreSQL manual, SELECT).
func (x *exprs) sortKey(n *pg.Node) *pg.Node {
	by := n.GetSortBy()
	if by == nil {
		x.l.odd(parsetree.LocationOf(n), "ORDER BY")
		return n
	}
	x.l.known(by.GetLocation(), "ORDER BY", by.GetSortbyDir())
	x.l.known(by.GetLocation(), "ORDER BY", by.GetSortbyNulls())
	if op := by.GetUseOp(); len(op) > 0 || by.GetSortbyDir() == pg.SortByDir_SORTBY_USING {
		x.operatorNames(by.GetLocation(), op)
	}
	return by.GetNode()
}

// operatorNames refuses a qualified operator name unless it means a built-in one.
func (x *exprs) operatorNames(at int32, nodes []*pg.Node) {
	full := x.l.names(nodes, "operator")
	if len(full) == 0 || len(full) > 1 && full[0] != "pg_catalog" {
		x.l.refuse(at, "unsupported-syntax", "this operator is defined by the schema, so its meaning is not known", "use the built-in operator")
		return
	}
	x.userOperators(at, full[len(full)-1])
}

// only refuses what a set operation or a VALUES list has of a plain SELECT.
func (l *lowerer) only(s *pg.SelectStmt, what string) {
	lists := len(s.GetDistinctClause()) + len(s.GetTargetList()) + len(s.GetFromClause()) + len(s.GetGroupClause()) + len(s.GetWindowClause()) + len(s.GetLockingClause())
	if lists > 0 || s.GetWhereClause() != nil || s.GetHavingClause() != nil || s.GetIntoClause() != nil {
		l.odd(-1, what)
	}
	if s.GetOp() == pg.SetOperation_SETOP_NONE && (s.GetLarg() != nil || s.GetRarg() != nil) || s.GetOp() != pg.SetOperation_SETOP_NONE && len(s.GetValuesLists()) > 0 {
		l.odd(-1, what)
	}
	l.known(-1, what, s.GetLimitOption())
}

// locks checks FOR UPDATE and its kin, which lock rows of the same FROM clause only.
func (l *lowerer) locks(nodes []*pg.Node) bool {
	for _, n := range nodes {
		c := n.GetLockingClause()
		if c == nil {
			l.odd(parsetree.LocationOf(n), "locking clause")
			continue
		}
		l.known(-1, "locking clause", c.GetStrength())
		l.known(-1, "locking clause", c.GetWaitPolicy())
		l.skips = l.skips || c.GetWaitPolicy() == pg.LockWaitPolicy_LockWaitSkip
		for _, rel := range c.GetLockedRels() {
			if rel.GetRangeVar() == nil || rel.GetRangeVar().GetAlias() != nil {
				l.odd(parsetree.LocationOf(rel), "locking clause")
			}
		}
	}
	return len(nodes) > 0
}

// typeShape refuses a type name with anything but names and constants in it.
func (l *lowerer) typeShape(t *pg.TypeName) {
	ok := len(parsetree.Strings(t.GetNames())) == len(t.GetNames())
	for _, n := range t.GetTypmods() {
		ok = ok && (n.GetAConst() != nil || n.GetColumnRef() != nil)
	}
	for _, n := range t.GetArrayBounds() {
		ok = ok && n.GetInteger() != nil
	}
	if !ok {
		l.odd(t.GetLocation(), "type")
	}
}

// jsonFormat checks FORMAT JSON.
func (l *lowerer) jsonFormat(f *pg.JsonFormat) {
	if f != nil {
		l.known(f.GetLocation(), "FORMAT", f.GetFormatType())
		l.known(f.GetLocation(), "FORMAT", f.GetEncoding())
	}
}

// jsonOutput checks RETURNING of a JSON constructor.
func (l *lowerer) jsonOutput(o *pg.JsonOutput) {
	if o != nil {
		l.typeRef(o.GetTypeName())
		l.jsonFormat(o.GetReturning().GetFormat())
	}
}

// parts checks what a subquery expression has beside its query.
func (l *lowerer) parts(s *pg.SubLink) {
	switch s.GetSubLinkType() {
	case pg.SubLinkType_ANY_SUBLINK, pg.SubLinkType_ALL_SUBLINK:
		l.names(s.GetOperName(), "subquery")
	default:
		if s.GetTestexpr() != nil || len(s.GetOperName()) > 0 {
			l.odd(s.GetLocation(), "subquery")
		}
	}
}
