package ddl

import (
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// createFunction executes CREATE FUNCTION and CREATE PROCEDURE.
func (l *loader) createFunction(s *pg.CreateFunctionStmt) error {
	name, err := l.newName(s.GetFuncname())
	if err != nil {
		return err
	}
	f := &catalog.Function{Name: name, Kind: "function", Volatility: "volatile", Pos: l.at(-1)}
	if s.GetIsProcedure() {
		f.Kind = "procedure"
	}
	var defaults []*pg.Node
	for _, n := range s.GetParameters() {
		f.Args = append(f.Args, l.argument(n.GetFunctionParameter()))
		defaults = append(defaults, n.GetFunctionParameter().GetDefexpr())
	}
	l.defaultArguments(f, notNil(defaults))
	l.returns(f, s.GetReturnType())
	for _, n := range s.GetOptions() {
		if err := l.functionOption(f, n.GetDefElem()); err != nil {
			return err
		}
	}
	if s.GetSqlBody() != nil {
		if err := l.standardBody(f, s.GetSqlBody()); err != nil {
			return err
		}
	}
	return l.addFunction(f, s.GetReplace())
}

// addFunction adds a function or, with OR REPLACE, puts it in the place of the
// one that has its name and input types.
func (l *loader) addFunction(f *catalog.Function, replace bool) error {
	for i, have := range l.db.Functions {
		if have.Name != f.Name || !slices.Equal(pgtype.InputTypes(have), pgtype.InputTypes(f)) {
			continue
		}
		if !replace {
			return errorf(-1, "function %q already exists with the same argument types", f.Name)
		}
		l.db.Functions[i] = f
		l.functionReplaced(have, f)
		return nil
	}
	l.db.Functions = append(l.db.Functions, f)
	return nil
}

// functionReplaced carries over what stays: the triggers, who owns it and who may run it.
func (l *loader) functionReplaced(from, to *catalog.Function) {
	to.Private, l.rights.seen[to] = from.Private, true
	if o := l.rights.owners[from]; o != nil {
		l.rights.owners[to] = o
	}
	for _, parts := range l.parts {
		for i, f := range parts.declared {
			if f == from {
				parts.declared[i] = to
			}
		}
	}
	for _, g := range l.allTriggers() {
		if g.function == from {
			g.function = to
		}
	}
}

func (l *loader) allTriggers() []*trigger {
	var all []*trigger
	for _, t := range l.tables {
		all = append(all, t.triggers...)
	}
	for _, v := range l.views {
		all = append(all, v.triggers...)
	}
	return all
}

func (l *loader) argument(p *pg.FunctionParameter) catalog.Arg {
	a := catalog.Arg{Name: p.GetName(), Type: l.typeRef(p.GetArgType()), Mode: "in", HasDefault: p.GetDefexpr() != nil}
	switch p.GetMode() {
	case pg.FunctionParameterMode_FUNC_PARAM_OUT:
		a.Mode = "out"
	case pg.FunctionParameterMode_FUNC_PARAM_INOUT:
		a.Mode = "inout"
	case pg.FunctionParameterMode_FUNC_PARAM_VARIADIC:
		a.Mode = "variadic"
	case pg.FunctionParameterMode_FUNC_PARAM_TABLE:
		a.Mode = "table"
	}
	return a
}

// returns sets the result type; without RETURNS it follows from the output
// arguments (PostgreSQL manual, CREATE FUNCTION).
func (l *loader) returns(f *catalog.Function, t *pg.TypeName) {
	f.Returns, f.ReturnsSet = l.typeRef(t), t.GetSetof()
	var out []catalog.Arg
	for _, a := range f.Args {
		if a.Mode == "out" || a.Mode == "inout" || a.Mode == "table" {
			out = append(out, a)
		}
	}
	switch {
	case t != nil && len(out) < 2 || len(out) == 0:
	case len(out) == 1:
		f.Returns = out[0].Type
	default:
		f.Returns = pgtype.BuiltinType("record")
	}
}

// functionOption applies one option of CREATE or ALTER FUNCTION.
func (l *loader) functionOption(f *catalog.Function, d *pg.DefElem) error {
	switch d.GetDefname() {
	case "as":
		if items := d.GetArg().GetList().GetItems(); len(items) > 0 {
			f.Body, f.BodyPos = items[0].GetString_().GetSval(), l.stringBehind(d.GetLocation())
		}
	case "language":
		f.Language = strings.ToLower(d.GetArg().GetString_().GetSval())
	case "volatility":
		f.Volatility = d.GetArg().GetString_().GetSval()
	case "strict":
		f.Strict = isTrue(d)
	case "security":
		f.SecurityDefiner, f.Definer = isTrue(d), l.at(-1)
	case "window":
		f.Kind = "window"
	case "set":
		l.functionSetting(f, d.GetArg().GetVariableSetStmt())
	case "leakproof":
		f.Leakproof = isTrue(d)
		if f.Leakproof {
			f.Definer = l.at(-1)
		}
	case "parallel", "cost", "rows", "support", "transform":
		// for the planner, or for languages other than SQL
	default:
		return errorf(-1, "unknown function option %q", d.GetDefname())
	}
	return nil
}

// functionSetting records SET search_path, which decides what the names in the
// body mean; RESET takes it back.
func (l *loader) functionSetting(f *catalog.Function, s *pg.VariableSetStmt) {
	name := strings.ToLower(s.GetName())
	l.functionSettings(f, name, s)
	l.userPath(f, name, s)
	switch {
	case s.GetKind() == pg.VariableSetKind_VAR_RESET_ALL:
		f.SearchPath = nil
	case name == "session_replication_role":
		l.replica.later = l.replica.later || l.replicaValue(s)
	case name != "search_path":
	case s.GetKind() == pg.VariableSetKind_VAR_SET_VALUE:
		f.SearchPath = searchPath(s.GetArgs())
	case s.GetKind() == pg.VariableSetKind_VAR_SET_CURRENT:
		f.SearchPath = slices.Clone(l.path)
	default:
		f.SearchPath = nil
	}
}

// functionSettings follows all SET clauses of a function, each as name=value.
func (l *loader) functionSettings(f *catalog.Function, name string, s *pg.VariableSetStmt) {
	all := s.GetKind() == pg.VariableSetKind_VAR_RESET_ALL
	f.Settings = slices.DeleteFunc(f.Settings, func(is string) bool { return all || strings.HasPrefix(is, name+"=") })
	var values []string
	for _, n := range s.GetArgs() {
		c := n.GetAConst()
		switch {
		case c.GetIval() != nil:
			values = append(values, strconv.Itoa(int(c.GetIval().GetIval())))
		case c.GetFval() != nil:
			values = append(values, c.GetFval().GetFval())
		default:
			values = append(values, c.GetSval().GetSval())
		}
	}
	switch s.GetKind() {
	case pg.VariableSetKind_VAR_SET_VALUE:
		f.Settings = append(f.Settings, name+"="+strings.Join(values, ", "))
	case pg.VariableSetKind_VAR_SET_CURRENT:
		f.Settings = append(f.Settings, name+"=?") // of the session that created it
	}
	slices.Sort(f.Settings)
}

// isTrue reads a boolean option, for which the bare name means true.
func isTrue(d *pg.DefElem) bool {
	switch a := d.GetArg().GetNode().(type) {
	case nil:
		return true
	case *pg.Node_Boolean:
		return a.Boolean.GetBoolval()
	case *pg.Node_Integer:
		return a.Integer.GetIval() != 0
	case *pg.Node_String_:
		return slices.Contains([]string{"true", "on", "yes", "1", "t", "y"}, strings.ToLower(a.String_.GetSval()))
	case *pg.Node_TypeName:
		return slices.Contains([]string{"true", "on", "yes", "t", "y"}, parsetree.LastString(a.TypeName.GetNames()))
	}
	return false
}

// standardBody takes the body of a function written in the SQL standard's
// style, whose names PostgreSQL resolves at once: the statements between BEGIN
// ATOMIC and END, or RETURN's expression as a SELECT.
func (l *loader) standardBody(f *catalog.Function, body *pg.Node) error {
	toks, err := sqltext.Tokens(l.stmt.source())
	if err != nil {
		return err
	}
	if f.Language == "" {
		f.Language = "sql"
	}
	last := len(toks) - 1
	if body.GetReturnStmt() != nil {
		i := lastReturn(toks)
		if i < 0 {
			return errorf(-1, "cannot find the function's RETURN")
		}
		f.Body = "SELECT " + strings.TrimSpace(l.stmt.source()[toks[i].End:toks[last].End])
	} else {
		i := slices.IndexFunc(toks, func(t sqltext.Token) bool { return t.Word == "atomic" })
		for i >= 0 && toks[i-1].Word != "begin" {
			next := slices.IndexFunc(toks[i+1:], func(t sqltext.Token) bool { return t.Word == "atomic" })
			if next < 0 {
				return errorf(-1, "cannot find the function's BEGIN ATOMIC")
			}
			i += next + 1
		}
		if i < 0 || toks[last].Word != "end" {
			return errorf(-1, "cannot find the function's BEGIN ATOMIC")
		}
		f.Body = strings.TrimSpace(l.stmt.source()[toks[i].End:toks[last].Start])
	}
	f.SearchPath, f.Atomic = slices.Clone(l.path), true
	l.atomic = append(l.atomic, f)
	if l.meanings == nil {
		l.meanings = map[*catalog.Function]string{}
	}
	l.meanings[f] = l.bodyMeanings(f)
	return nil
}

// lastReturn finds RETURN outside of parentheses, which follows all options.
func lastReturn(toks []sqltext.Token) int {
	for i := len(toks) - 1; i >= 0; i-- {
		if toks[i].Word == "return" && toks[i].Depth == 0 {
			return i
		}
	}
	return -1
}

// staleBodies gives up the bodies of functions with resolved names that mention
// a name that now means something else; without its body a function is opaque.
func (l *loader) staleBodies(name string) {
	for _, f := range l.atomic {
		if f.Body != "" && strings.Contains(strings.ToLower(f.Body), strings.ToLower(name)) {
			f.Body = ""
			l.unknown("rename of what the body of function "+f.Name.String()+" reads", f.Name)
		}
	}
}

// alterFunction executes ALTER FUNCTION with options.
func (l *loader) alterFunction(s *pg.AlterFunctionStmt) error {
	f, err := l.functionWithArgs(s.GetFunc())
	if err != nil {
		return err
	}
	for _, n := range s.GetActions() {
		if err := l.functionOption(f, n.GetDefElem()); err != nil {
			return err
		}
	}
	return nil
}

// functionWithArgs finds the function that a name means, with or without its
// argument types.
func (l *loader) functionWithArgs(o *pg.ObjectWithArgs) (*catalog.Function, error) {
	name := parsetree.Qualified(o.GetObjname())
	var found []*catalog.Function
	for _, f := range l.functions(name) {
		if o.GetArgsUnspecified() || l.takes(f, o) {
			found = append(found, f)
		}
	}
	switch len(found) {
	case 0:
		return nil, withHint(errorf(-1, "function %q does not exist", name), "no schema file creates it with these argument types before this statement")
	case 1:
		return found[0], nil
	}
	return nil, errorf(-1, "function name %q is not unique", name)
}

// takes reports whether f has the argument types that o lists.
func (l *loader) takes(f *catalog.Function, o *pg.ObjectWithArgs) bool {
	var want, all []catalog.TypeRef
	for _, n := range o.GetObjargs() {
		want = append(want, pgtype.Plain(l.typeRef(n.GetTypeName())))
	}
	for _, n := range o.GetObjfuncargs() {
		all = append(all, pgtype.Plain(l.typeRef(n.GetFunctionParameter().GetArgType())))
	}
	in := pgtype.InputTypes(f)
	return slices.Equal(in, want) || all != nil && slices.Equal(allTypes(f), all)
}

func allTypes(f *catalog.Function) []catalog.TypeRef {
	var all []catalog.TypeRef
	for _, a := range f.Args {
		all = append(all, pgtype.Plain(a.Type))
	}
	return all
}

func usesType(f *catalog.Function, n catalog.Name) bool {
	return f.Returns.Name == n || slices.ContainsFunc(f.Args, func(a catalog.Arg) bool { return a.Type.Name == n })
}
