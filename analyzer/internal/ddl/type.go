package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// newType adds a user-defined type, in the place of a shell type if there is one.
func (l *loader) newType(names []*pg.Node, kind string) (*catalog.Type, error) {
	name, err := l.newName(names)
	if err != nil {
		return nil, err
	}
	t := &catalog.Type{Name: name, Kind: kind, Pos: l.at(-1)}
	if have := l.db.Type(name); have != nil {
		if have.Kind != "base" || kind == "" {
			return nil, errorf(-1, "type %q already exists", name)
		}
		*have = *t
		return have, nil
	}
	if r := l.relation(name); r != nil && (r.table != nil || r.view != nil) {
		return nil, errorf(-1, "type %q already exists", name)
	}
	l.db.Types = append(l.db.Types, t)
	return t, nil
}

func (l *loader) createEnum(s *pg.CreateEnumStmt) error {
	t, err := l.newType(s.GetTypeName(), "enum")
	if err == nil {
		t.Values = parsetree.Strings(s.GetVals())
	}
	return err
}

// alterEnum executes ALTER TYPE … ADD VALUE and RENAME VALUE.
func (l *loader) alterEnum(s *pg.AlterEnumStmt) error {
	t, err := l.declaredType(s.GetTypeName())
	if err != nil {
		return err
	}
	if s.GetOldVal() != "" {
		if !slices.Contains(t.Values, s.GetOldVal()) {
			return errorf(-1, "%q is not an existing enum label", s.GetOldVal())
		}
		if slices.Contains(t.Values, s.GetNewVal()) {
			return errorf(-1, "enum label %q already exists", s.GetNewVal())
		}
		l.renameLabel(t, s.GetOldVal(), s.GetNewVal())
		return nil
	}
	if slices.Contains(t.Values, s.GetNewVal()) {
		if s.GetSkipIfNewValExists() {
			return nil
		}
		return errorf(-1, "enum label %q already exists", s.GetNewVal())
	}
	at := len(t.Values)
	if s.GetNewValNeighbor() != "" {
		at = slices.Index(t.Values, s.GetNewValNeighbor())
		if at < 0 {
			return errorf(-1, "%q is not an existing enum label", s.GetNewValNeighbor())
		}
		if s.GetNewValIsAfter() {
			at++
		}
	}
	t.Values = slices.Insert(t.Values, at, s.GetNewVal())
	return nil
}

func (l *loader) createComposite(s *pg.CompositeTypeStmt) error {
	names := []*pg.Node{pg.MakeStrNode(s.GetTypevar().GetRelname())}
	if schema := s.GetTypevar().GetSchemaname(); schema != "" {
		names = append([]*pg.Node{pg.MakeStrNode(schema)}, names...)
	}
	t, err := l.newType(names, "composite")
	if err != nil {
		return err
	}
	for _, n := range s.GetColdeflist() {
		t.Fields = append(t.Fields, l.newColumn(n.GetColumnDef()))
	}
	return nil
}

// createRange also declares the multirange type that comes with a range type
// (PostgreSQL manual, CREATE TYPE, "Range Types").
func (l *loader) createRange(s *pg.CreateRangeStmt) error {
	t, err := l.newType(s.GetTypeName(), "range")
	if err != nil {
		return err
	}
	l.addSupport("range type "+t.Name.String(), []catalog.TypeRef{{Name: t.Name}}, l.typeFunctions(s.GetParams())...)
	multi := multirangeName(t.Name.Name)
	for _, n := range s.GetParams() {
		switch d := n.GetDefElem(); d.GetDefname() {
		case "subtype":
			t.Base = l.typeRef(d.GetArg().GetTypeName())
		case "multirange_type_name":
			multi = parsetree.LastString(d.GetArg().GetTypeName().GetNames())
		}
	}
	l.db.Types = append(l.db.Types, &catalog.Type{
		Name: catalog.Name{Schema: t.Name.Schema, Name: multi}, Kind: "range", Base: catalog.TypeRef{Name: t.Name}, Pos: t.Pos,
	})
	return nil
}

func multirangeName(name string) string {
	for i := 0; i+len("range") <= len(name); i++ {
		if name[i:i+len("range")] == "range" {
			return name[:i] + "multi" + name[i:]
		}
	}
	return name + "_multirange"
}

func (l *loader) createDomain(s *pg.CreateDomainStmt) error {
	t, err := l.newType(s.GetDomainname(), "domain")
	if err != nil {
		return err
	}
	t.Base = l.collated(l.typeRef(s.GetTypeName()), s.GetCollClause())
	l.domains[t] = &domain{checks: map[string]expr{}}
	for _, n := range s.GetConstraints() {
		if err := l.domainConstraint(t, n.GetConstraint()); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) domainConstraint(t *catalog.Type, c *pg.Constraint) error {
	d := l.domains[t]
	switch c.GetContype() {
	case pg.ConstrType_CONSTR_NULL, pg.ConstrType_CONSTR_NOTNULL:
	case pg.ConstrType_CONSTR_DEFAULT:
		d.value = l.expr(c.GetRawExpr())
	case pg.ConstrType_CONSTR_CHECK:
		name := c.GetConname()
		if name == "" {
			taken := func(n string) bool { _, ok := d.checks[n]; return ok }
			name = chooseName(t.Name.Name, "", "check", taken)
		}
		d.checks[name] = l.expr(c.GetRawExpr())
	default:
		return errorf(c.GetLocation(), "constraint is not possible for a domain")
	}
	return nil
}

// alterDomain executes ALTER DOMAIN; the subtypes are letters (src/include/nodes/parsenodes.h).
func (l *loader) alterDomain(s *pg.AlterDomainStmt) error {
	t, err := l.declaredType(s.GetTypeName())
	if err != nil {
		return err
	}
	d := l.domains[t]
	if d == nil {
		return errorf(-1, "%q is not a domain", t.Name)
	}
	switch s.GetSubtype() {
	case "T":
		d.value = expr{}
		if s.GetDef() != nil {
			d.value = l.expr(s.GetDef())
		}
	case "N", "O", "V": // [NOT] NULL is not in the catalog; VALIDATE changes nothing in it
	case "C":
		return l.domainConstraint(t, s.GetDef().GetConstraint())
	case "X":
		delete(d.checks, s.GetName())
	default:
		return errorf(-1, "unknown ALTER DOMAIN")
	}
	return nil
}

func (l *loader) renameDomainConstraint(s *pg.RenameStmt) error {
	t, err := l.declaredType(s.GetObject().GetList().GetItems())
	if err != nil {
		return err
	}
	if d := l.domains[t]; d != nil {
		d.checks[s.GetNewname()] = d.checks[s.GetSubname()]
		delete(d.checks, s.GetSubname())
	}
	return nil
}

// define executes CREATE AGGREGATE, OPERATOR, TYPE and text search objects,
// which share a syntax tree.
func (l *loader) define(s *pg.DefineStmt) error {
	switch s.GetKind() {
	case pg.ObjectType_OBJECT_AGGREGATE:
		return l.createAggregate(s)
	case pg.ObjectType_OBJECT_OPERATOR:
		return l.createOperator(s)
	case pg.ObjectType_OBJECT_TYPE:
		t, err := l.newType(s.GetDefnames(), "base")
		if err == nil {
			l.addSupport("type "+t.Name.String(), []catalog.TypeRef{{Name: t.Name}}, l.typeFunctions(s.GetDefinition())...)
		}
		return err
	case pg.ObjectType_OBJECT_COLLATION:
		return l.createCollation(s)
	case pg.ObjectType_OBJECT_TSCONFIGURATION, pg.ObjectType_OBJECT_TSDICTIONARY,
		pg.ObjectType_OBJECT_TSPARSER, pg.ObjectType_OBJECT_TSTEMPLATE:
		if name, err := l.newName(s.GetDefnames()); err == nil {
			l.holdsNot(name.Schema)
		}
		return nil
	}
	return errorf(-1, "CREATE of %s is not supported in a schema file", objectTitle(s.GetKind()))
}

// createAggregate reads the arguments from the first of Args: a list of
// parameters, followed by the number of direct ones.
func (l *loader) createAggregate(s *pg.DefineStmt) error {
	name, err := l.newName(s.GetDefnames())
	if err != nil {
		return err
	}
	f := &catalog.Function{Name: name, Kind: "aggregate", Volatility: "immutable", Pos: l.at(-1)}
	if len(s.GetArgs()) > 0 {
		for _, n := range s.GetArgs()[0].GetList().GetItems() {
			f.Args = append(f.Args, l.argument(n.GetFunctionParameter()))
		}
	}
	for _, n := range s.GetDefinition() {
		d := n.GetDefElem()
		if d.GetDefname() == "basetype" && d.GetArg().GetTypeName() != nil {
			f.Args = []catalog.Arg{{Type: l.typeRef(d.GetArg().GetTypeName()), Mode: "in"}}
		}
	}
	l.partsOf(f, s.GetDefinition())
	return l.addFunction(f, s.GetReplace())
}

func (l *loader) createOperator(s *pg.DefineStmt) error {
	name, err := l.newName(s.GetDefnames())
	if err != nil {
		return err
	}
	var calls []catalog.Name
	integers := true
	for _, n := range s.GetDefinition() {
		switch d := n.GetDefElem(); d.GetDefname() {
		case "function", "procedure":
			calls = l.callees(parsetree.Qualified(d.GetArg().GetTypeName().GetNames()))
		case "leftarg", "rightarg":
			integers = integers && (d.GetArg().GetTypeName() == nil || l.integers(d.GetArg().GetTypeName()))
		}
	}
	for _, fn := range calls { // where several may be meant, each is one
		l.db.Operators = append(l.db.Operators, &catalog.Operator{Name: name, Function: fn, Integers: integers, Pos: l.at(-1)})
	}
	return nil
}
