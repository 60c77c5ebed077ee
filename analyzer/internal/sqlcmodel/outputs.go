package sqlcmodel

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// outputs are the columns of a statement's result (compiler.outputColumns).
func (q *statement) outputs(stmt *pg.Node) ([]*Column, error) {
	switch n := unwrap(stmt).(type) {
	case *pg.SelectStmt:
		return q.selected(n)
	case *pg.InsertStmt:
		return q.returned(n, n.ReturningList, nil, nil)
	case *pg.UpdateStmt:
		return q.returned(n, n.ReturningList, n.FromClause, n.WhereClause)
	case *pg.DeleteStmt:
		return q.returned(n, n.ReturningList, n.UsingClause, n.WhereClause)
	}
	return nil, nil
}

func (q *statement) returned(n any, list, from []*pg.Node, where *pg.Node) ([]*Column, error) {
	tables, err := q.sources(n)
	if err != nil {
		return nil, err
	}
	s := newScope(q, tables, from, where)
	return q.targets(list, tables, s)
}

func (q *statement) selected(n *pg.SelectStmt) ([]*Column, error) {
	tables, err := q.sources(n)
	if err != nil {
		return nil, err
	}
	for _, g := range n.GroupClause {
		if err := findName(g, tables, n.TargetList); err != nil {
			return nil, err
		}
	}
	union := len(n.TargetList) == 0 && n.Larg != nil
	if union {
		return q.united(n)
	}
	if err := q.ordered(n, tables); err != nil {
		return nil, err
	}
	s := newScope(q, tables, n.FromClause, n.WhereClause)
	s.of = n
	columns, err := q.targets(n.TargetList, tables, s)
	if err != nil {
		return nil, err
	}
	for _, c := range columns {
		c.require(n.FromClause)
	}
	return columns, nil
}

// united reads the columns of the left arm, as sqlc does; what may be NULL in the right one
// may be in the result.
func (q *statement) united(n *pg.SelectStmt) ([]*Column, error) {
	left, err := q.selected(n.Larg)
	if err != nil {
		return nil, err
	}
	if n.Op == pg.SetOperation_SETOP_UNION {
		if right, err := q.selected(n.Rarg); err == nil && len(right) == len(left) {
			for i, c := range left {
				if c.Null == (Reason{}) {
					c.Null = right[i].Null
				}
			}
		}
	}
	return left, nil
}

// ordered checks ORDER BY, which strict_order_by has sqlc do.
func (q *statement) ordered(n *pg.SelectStmt, tables []*table) error {
	if q.m.opts.LooseOrder {
		return nil
	}
	for _, item := range n.SortClause {
		if err := findName(item.GetSortBy().GetNode(), tables, n.TargetList); err != nil {
			return &Error{Kind: err.Kind, Message: err.Message + ": if you want to skip this validation, set 'strict_order_by' to false", Name: err.Name, Offset: -1}
		}
	}
	return nil
}

// findName looks for what GROUP BY or ORDER BY names (compiler.findColumnForRef).
func findName(item *pg.Node, tables []*table, targets []*pg.Node) *Error {
	ref := item.GetColumnRef()
	if ref == nil {
		return nil
	}
	names := texts(ref.Fields)
	alias, name := "", ""
	switch len(names) {
	case 1:
		name = names[0]
	case 2:
		alias, name = names[0], names[1]
	}
	found := 0
	for _, t := range tables {
		if (alias == "" || t.rel.name == alias) && t.column(name) != nil {
			found++
		}
	}
	if found == 0 && slices.ContainsFunc(targets, func(t *pg.Node) bool {
		return t.GetResTarget().GetName() != "" && t.GetResTarget().GetName() == name
	}) {
		found++
	}
	switch {
	case found == 0:
		return &Error{Kind: NoOrder, Message: "column reference \"" + name + "\" not found", Name: name, Offset: int(ref.Location)}
	case found > 1:
		return ambiguous(name, ref.Location)
	}
	return nil
}

// targets reads a list of outputs.
func (q *statement) targets(list []*pg.Node, tables []*table, s *scope) ([]*Column, error) {
	var columns []*Column
	for _, t := range list {
		res := t.GetResTarget()
		if res == nil {
			continue
		}
		more, err := q.target(res, tables, s)
		if err != nil {
			return nil, err
		}
		for _, c := range more {
			c.Offset = int(res.Location)
		}
		columns = append(columns, more...)
	}
	return columns, nil
}

func one(name, typ string, notNull bool) []*Column {
	return []*Column{{Name: name, Type: typ, NotNull: notNull}}
}

// target reads one output.
func (q *statement) target(res *pg.ResTarget, tables []*table, s *scope) ([]*Column, error) {
	if ref := res.Val.GetColumnRef(); ref != nil {
		return q.reference(res, ref, tables, s)
	}
	columns, err := q.expression(res, tables)
	if err != nil {
		return nil, err
	}
	for _, c := range columns {
		c.Null = s.null(res.Val)
	}
	return columns, nil
}

func (q *statement) expression(res *pg.ResTarget, tables []*table) ([]*Column, error) {
	switch n := unwrap(res.Val).(type) {
	case *pg.A_Const:
		return one(res.Name, constType(n), constType(n) != "any"), nil
	case *pg.A_Expr:
		typ := operatorType(strings.Join(texts(n.Name), ""))
		return one(res.Name, typ, typ != "any"), nil
	case *pg.BoolExpr:
		not := len(n.Args) == 1 && n.Boolop == pg.BoolExprType_NOT_EXPR && n.Args[0].GetSubLink().GetSubLinkType() == pg.SubLinkType_EXISTS_SUBLINK
		name := res.Name
		if not && name == "" {
			name = "not_exists"
		}
		return one(name, "bool", not), nil
	case *pg.CaseExpr:
		if cast := n.Defresult.GetTypeCast(); cast != nil {
			return castColumn(res, cast), nil
		}
		if c := n.Defresult.GetAConst(); c != nil {
			return one(res.Name, constType(c), constType(c) != "any"), nil
		}
		return one(res.Name, "any", false), nil
	case *pg.CoalesceExpr:
		return q.coalesced(res, n, tables)
	case *pg.FuncCall:
		return q.called(res, n)
	case *pg.SubLink:
		return q.sublink(res, n)
	case *pg.TypeCast:
		columns := castColumn(res, n)
		if n.Arg.GetAConst().GetIsnull() {
			columns[0].NotNull = false
		}
		return columns, nil
	}
	return one(res.Name, "any", false), nil
}

func constType(c *pg.A_Const) string {
	switch c.GetVal().(type) {
	case *pg.A_Const_Sval:
		return "text"
	case *pg.A_Const_Ival:
		return "int"
	case *pg.A_Const_Fval:
		return "float"
	case *pg.A_Const_Boolval:
		return "bool"
	}
	return "any"
}

// operatorType is what sqlc takes for the type of an operator's result, whatever its
// operands are (internal/sql/lang).
func operatorType(op string) string {
	switch op {
	case ">", "<", "<=", ">=", "=", "<>", "!=":
		return "bool"
	case "+", "-", "*", "/", "%", "^", "|/", "||/", "!", "!!", "@", "&", "|", "#", "~", "<<", ">>":
		return "int"
	}
	return "any"
}

func castColumn(res *pg.ResTarget, cast *pg.TypeCast) []*Column {
	name := res.Name
	if ref := cast.Arg.GetColumnRef(); ref != nil && name == "" {
		name = strings.Join(texts(ref.Fields), "_")
	}
	c := one(name, strings.TrimPrefix(strings.Join(texts(cast.TypeName.GetNames()), "."), "."), true)
	c[0].Array = len(cast.TypeName.GetArrayBounds()) > 0
	return c
}

func (q *statement) coalesced(res *pg.ResTarget, n *pg.CoalesceExpr, tables []*table) ([]*Column, error) {
	var first *Column
	notNull := false
	for _, arg := range n.Args {
		if arg.GetAConst() != nil {
			notNull = true
			continue
		}
		ref := arg.GetColumnRef()
		if ref == nil {
			continue
		}
		columns, err := referred(res, tables, ref)
		if err != nil {
			return nil, err
		}
		for _, c := range columns {
			if first == nil {
				first = c
			}
			notNull = notNull || c.NotNull
		}
	}
	if first == nil {
		name := res.Name
		if name == "" {
			name = "coalesce"
		}
		return one(name, "any", false), nil
	}
	first.NotNull, first.required = notNull, true
	return []*Column{first}, nil
}

func (q *statement) called(res *pg.ResTarget, n *pg.FuncCall) ([]*Column, error) {
	_, name := lastTwo(n.Funcname)
	label := res.Name
	if label == "" {
		label = name
	}
	f, _ := q.m.resolve(n)
	if f == nil {
		return one(label, "any", false), nil
	}
	if f.returns == nil {
		return nil, &Error{Kind: Panics, Message: "panic: a nil pointer: the function " + name + " has no RETURNS", Name: name, Offset: int(n.Location)}
	}
	return one(label, f.returns.String(), true), nil
}

func (q *statement) sublink(res *pg.ResTarget, n *pg.SubLink) ([]*Column, error) {
	label := res.Name
	if label == "" {
		label = "exists"
	}
	switch n.SubLinkType {
	case pg.SubLinkType_EXISTS_SUBLINK:
		return one(label, "bool", true), nil
	case pg.SubLinkType_EXPR_SUBLINK:
		columns, err := q.outputs(n.Subselect)
		if err != nil {
			return nil, err
		}
		if len(columns) == 0 {
			return nil, &Error{Kind: Panics, Message: "panic: index out of range: sqlc reads no column of a sub-select that is VALUES", Offset: int(n.Location)}
		}
		if res.Name != "" {
			columns[0].Name = res.Name
		}
		return columns[:1], nil
	}
	return one(label, "any", false), nil
}

// reference reads an output that is a column, or a star.
func (q *statement) reference(res *pg.ResTarget, ref *pg.ColumnRef, tables []*table, s *scope) ([]*Column, error) {
	if !hasStar(ref) {
		columns, err := referred(res, tables, ref)
		for _, c := range columns {
			c.Null = s.null(res.Val)
		}
		return columns, err
	}
	if e := find(q.embeds, ref); e != nil {
		return []*Column{{Name: e.rel.name, Embed: relationName{e.rel.schema, e.rel.name}, embedded: e, Null: s.embedded(e)}}, nil
	}
	scope := strings.Join(texts(ref.Fields), ".")
	var columns []*Column
	for _, t := range tables {
		if scope != "" && scope != t.rel.name {
			continue
		}
		for _, c := range t.columns {
			out := *c
			out.Original, out.alias, out.required, out.Null = c.Name, t.rel.name, false, s.column(t, c)
			out.Embed, out.embedded = relationName{}, nil
			if res.Name != "" {
				out.Name = res.Name
			}
			columns = append(columns, &out)
		}
	}
	return columns, nil
}

// referred finds the column that an output names (compiler.outputColumnRefs).
func referred(res *pg.ResTarget, tables []*table, ref *pg.ColumnRef) ([]*Column, error) {
	names := texts(ref.Fields)
	schema, alias := "", ""
	switch len(names) {
	case 1:
	case 2:
		alias = names[0]
	case 3:
		schema, alias = names[0], names[1]
	default:
		return nil, &Error{Kind: Other, Message: "unknown number of fields: " + itoa(int32(len(names))), Offset: -1}
	}
	name := names[len(names)-1]
	var found []*Column
	for _, t := range tables {
		if schema != "" && t.rel.schema != schema || alias != "" && t.rel.name != alias {
			continue
		}
		for _, c := range t.columns {
			if c.Name != name {
				continue
			}
			out := *c
			out.Original, out.alias, out.required = c.Name, alias, false
			if res.Name != "" {
				out.Name = res.Name
			}
			found = append(found, &out)
		}
	}
	switch {
	case len(found) == 0:
		return nil, &Error{Kind: NoOutput, Message: noColumn(name, 0).Message, Name: name, Offset: int(res.Location)}
	case len(found) > 1:
		return nil, ambiguous(name, res.Location)
	}
	return found, nil
}
