package ddl

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// support is code that runs for types, while DDL is applied to it. What is dropped
// stays: that a statement is refused too many is safe.
type support struct {
	catalog.Support
	expr expr // the calls
}

func (l *loader) addSupport(what string, types []catalog.TypeRef, calls ...catalog.Name) {
	if len(calls) == 0 {
		return
	}
	l.support = append(l.support, &support{
		Support: catalog.Support{What: what, Types: types, Pos: l.at(-1)}, expr: expr{calls: calls},
	})
}

// createCast executes CREATE CAST. One without a function runs no code: it takes the bytes
// as they are, or goes through text (PostgreSQL manual, CREATE CAST).
func (l *loader) createCast(s *pg.CreateCastStmt) error {
	from, to := l.typeRef(s.GetSourcetype()), l.typeRef(s.GetTargettype())
	l.unknown("CREATE CAST", catalog.Name{})
	if s.GetFunc() == nil {
		return nil
	}
	calls := l.callees(parsetree.Qualified(s.GetFunc().GetObjname()))
	l.addSupport("the cast from "+from.Name.String()+" to "+to.Name.String(), []catalog.TypeRef{from, to}, calls...)
	return nil
}

// Kinds of members of an operator class (src/include/nodes/parsenodes.h).
const (
	classOperator = 1
	classFunction = 2
)

// createOperatorClass executes CREATE OPERATOR CLASS. A class that is not the default
// runs where an index names it, and the planner may use that index unasked.
func (l *loader) createOperatorClass(s *pg.CreateOpClassStmt) error {
	l.unknown("CREATE OPERATOR CLASS", catalog.Name{})
	if name, err := l.newName(s.GetOpclassname()); err == nil {
		l.holdsNot(name.Schema)
	}
	l.addSupport("operator class "+parsetree.Qualified(s.GetOpclassname()).String(), []catalog.TypeRef{l.typeRef(s.GetDatatype())}, l.members(s.GetItems())...)
	return nil
}

// alterOperatorFamily executes ALTER OPERATOR FAMILY, whose members may be for any type.
func (l *loader) alterOperatorFamily(s *pg.AlterOpFamilyStmt) error {
	l.unknown("ALTER OPERATOR FAMILY", catalog.Name{})
	l.addSupport("operator family "+parsetree.Qualified(s.GetOpfamilyname()).String(), nil, l.members(s.GetItems())...)
	return nil
}

// members lists the schema's functions among those of an operator class or family, and
// those behind its operators. All others are PostgreSQL's own or an extension's, in C.
func (l *loader) members(items []*pg.Node) []catalog.Name {
	var calls []catalog.Name
	for _, n := range items {
		m := n.GetCreateOpClassItem()
		name := parsetree.Qualified(m.GetName().GetObjname())
		switch m.GetItemtype() {
		case classOperator:
			calls = addName(calls, l.operatorFunctions(name)...)
		case classFunction:
			calls = addName(calls, l.functionsNamed(name)...)
		}
	}
	return calls
}

// typeFunctions lists the schema's functions among the parameters of CREATE TYPE: those
// that read, write and compare the values of a base or range type.
func (l *loader) typeFunctions(params []*pg.Node) []catalog.Name {
	var calls []catalog.Name
	for _, n := range params {
		calls = addName(calls, l.functionsNamed(parsetree.Qualified(n.GetDefElem().GetArg().GetTypeName().GetNames()))...)
	}
	return calls
}
