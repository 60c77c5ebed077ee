package sqlcmodel

import (
	pg "github.com/pganalyze/pg_query_go/v5"
)

// resolving looks for the columns that parameters are compared with, as
// compiler.resolveCatalogRefs does: in all tables that stand anywhere in the statement,
// never in sub-selects or CTEs.
type resolving struct {
	q       *statement
	aliases map[string]relation
	tables  []relation
	columns map[relation]map[string]bool
}

func (q *statement) resolveParameters(vars []*pg.RangeVar, list []place) error {
	r := &resolving{q: q, aliases: map[string]relation{}, columns: map[relation]map[string]bool{}}
	for _, v := range vars {
		if err := r.variable(v); err != nil {
			return err
		}
	}
	for _, e := range q.embeds {
		if err := r.embed(e); err != nil {
			return err
		}
	}
	for _, p := range list {
		typed, err := r.parameter(p)
		if err != nil {
			return err
		}
		if typed != nil {
			typed.Number = int(p.ref.Number)
			q.params = append(q.params, typed)
		}
	}
	return nil
}

// Parameter is one of a statement of which sqlc knows the type: of a column that it is compared with or written to, or
// that it is cast to.
type Parameter struct {
	Number int
	// Column is that column; of a cast one that has no table.
	Column *Column
}

func (r *resolving) variable(v *pg.RangeVar) error {
	name := relation{v.Schemaname, v.Relname}
	if _, found := r.aliases[name.name]; found {
		return nil
	}
	t, err := r.q.m.lookup(name)
	if err != nil {
		if err != errUnfit && r.q.ctes[name.name] != nil {
			return nil
		}
		return err
	}
	r.index(t)
	if v.Alias != nil {
		r.aliases[v.Alias.Aliasname] = name
	}
	return nil
}

func (r *resolving) index(t *table) {
	r.tables = append(r.tables, t.rel)
	names := map[string]bool{}
	for _, c := range t.columns {
		names[c.Name] = true
	}
	r.columns[relation{orPublic(t.rel.schema), t.rel.name}] = names
}

func (r *resolving) has(t relation, column string) bool {
	return r.columns[relation{orPublic(t.schema), t.name}][column]
}

func (r *resolving) embed(e *embed) error {
	t, err := r.q.m.lookup(e.rel)
	if err == nil {
		e.rel = t.rel
		return nil
	}
	if alias, ok := r.aliases[e.rel.name]; ok {
		e.rel = alias
		return nil
	}
	if err == errUnfit {
		return err
	}
	return &Error{Kind: NoRelation, Message: "unable to resolve table with \"sqlc.embed(" + e.name + ")\": " + err.Error(), Name: e.name, Offset: -1}
}

func (r *resolving) parameter(p place) (*Parameter, error) {
	switch n := p.parent.(type) {
	case *pg.A_Expr:
		return r.compared(n)
	case *pg.ResTarget:
		return r.target(n, p.rv)
	case *pg.FuncCall:
		return nil, r.argument(n, p.ref)
	case *pg.TypeCast:
		return &Parameter{Column: castColumn(&pg.ResTarget{}, n)[0]}, nil
	}
	if p.limit {
		return nil, nil
	}
	return untyped(), nil
}

// untyped is a parameter of which sqlc says interface{} (addUnknownParam).
func untyped() *Parameter { return &Parameter{Column: &Column{Type: "any"}} }

// of is a parameter that has the type of a column.
func (r *resolving) of(t relation, name string) *Parameter {
	found, err := r.q.m.lookup(t)
	if err != nil {
		return nil
	}
	c := *found.column(name)
	c.rel, c.Original = &relation{orPublic(t.schema), t.name}, ""
	return &Parameter{Column: &c}
}

// compared is a parameter in an expression with an operator: the first column on the left,
// or on the right where there is none, has its type.
func (r *resolving) compared(n *pg.A_Expr) (*Parameter, error) {
	refs := search[*pg.ColumnRef](n.Lexpr)
	if len(refs) == 0 {
		refs = search[*pg.ColumnRef](n.Rexpr)
	}
	if len(refs) == 0 {
		return untyped(), nil
	}
	ref := refs[0]
	names := texts(ref.Fields)
	if len(names) == 0 || len(names) > 3 {
		return nil, &Error{Kind: Panics, Message: "panic: too many field items", Offset: int(ref.Location)}
	}
	name, tables := names[len(names)-1], r.tables
	if len(names) > 1 {
		var ok bool
		if tables, ok = r.called(names[len(names)-2]); !ok {
			return nil, &Error{Kind: NoAlias, Message: "table alias \"" + names[len(names)-2] + "\" does not exist", Name: names[len(names)-2], Offset: int(ref.Location)}
		}
	}
	var found []relation
	for _, t := range tables {
		if r.has(t, name) {
			found = append(found, t)
		}
	}
	switch len(found) {
	case 0:
		return nil, noColumn(name, ref.Location)
	case 1:
		return r.of(found[0], name), nil
	}
	return nil, ambiguous(name, ref.Location)
}

// called lists the tables of a name; the last of several with it counts.
func (r *resolving) called(alias string) ([]relation, bool) {
	if t, ok := r.aliases[alias]; ok {
		return []relation{t}, true
	}
	var found []relation
	for _, t := range r.tables {
		if t.name == alias {
			found = []relation{t}
		}
	}
	return found, found != nil
}

// target is a parameter that is an output by itself, or the value of a column: sqlc looks
// for a column of the target's name, in the table written to or in the first one.
func (r *resolving) target(n *pg.ResTarget, rv *pg.RangeVar) (*Parameter, error) {
	if n.Name == "" {
		return nil, &Error{Kind: Unnamed, Message: "*ast.ResTarget has nil name", Offset: -1}
	}
	var rel relation
	if len(r.tables) > 0 {
		rel = r.tables[0]
	}
	if rv != nil {
		rel = relation{rv.Schemaname, rv.Relname}
	}
	var err *Error
	if _, ok := r.columns[relation{orPublic(rel.schema), rel.name}]; !ok {
		err = noRelation(rel.name)
	} else if !r.has(rel, n.Name) {
		err = noColumn(n.Name, n.Location)
	} else {
		return r.of(rel, n.Name), nil
	}
	if rv == nil {
		err.Kind = Unnamed
	}
	return nil, err
}

// argument is a parameter in a call. A function that returns rows of a table makes that
// table one of the statement's.
func (r *resolving) argument(n *pg.FuncCall, ref *pg.ParamRef) error {
	f, _ := r.q.m.resolve(n)
	if f == nil {
		return nil
	}
	if f.params != nil {
		for _, a := range n.Args {
			named := a.GetNamedArgExpr()
			if named == nil || named.Arg.GetParamRef().GetNumber() != ref.Number {
				continue
			}
			if !hasParameter(f, named.Name) {
				return &Error{Kind: Panics, Message: "panic: named argument " + named.Name + " has no type", Name: named.Name, Offset: int(n.Location)}
			}
		}
	}
	if f.returns == nil {
		return nil
	}
	if t, err := r.q.m.lookup(relation{f.returns.schema, f.returns.name}); err == nil {
		r.index(t)
	}
	return nil
}

func hasParameter(f *function, name string) bool {
	for _, p := range f.params {
		if p.name == name {
			return true
		}
	}
	return false
}
