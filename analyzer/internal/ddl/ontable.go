package ddl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// Bits of a trigger's timing and events (src/include/catalog/pg_trigger.h).
const (
	triggerBefore   = 1 << 1
	triggerInsert   = 1 << 2
	triggerDelete   = 1 << 3
	triggerUpdate   = 1 << 4
	triggerTruncate = 1 << 5
	triggerInstead  = 1 << 6
)

// createTrigger executes CREATE TRIGGER on a table or a view.
func (l *loader) createTrigger(s *pg.CreateTrigStmt) error {
	rel, err := l.target(s.GetRelation(), false)
	if err != nil {
		return err
	}
	if rel.table == nil && rel.view == nil {
		return errorf(s.GetRelation().GetLocation(), "%q is not a table or view", rel.name)
	}
	if rel.trigger(s.GetTrigname()) != nil {
		if !s.GetReplace() {
			return errorf(-1, "trigger %q for relation %q already exists", s.GetTrigname(), rel.name)
		}
		rel.dropTrigger(s.GetTrigname())
	}
	if s.GetIsconstraint() {
		l.constraintTriggers[s.GetTrigname()] = true
	}
	g := l.newTrigger(s)
	if rel.view != nil {
		rel.view.triggers = append(rel.view.triggers, g)
		return nil
	}
	rel.table.triggers = append(rel.table.triggers, g)
	for _, p := range rel.table.partitions() {
		p.inheritTrigger(g)
	}
	return nil
}

func (l *loader) newTrigger(s *pg.CreateTrigStmt) *trigger {
	when := l.expr(s.GetWhenClause())
	g := &trigger{
		Trigger: catalog.Trigger{Name: s.GetTrigname(), Timing: "after", Columns: parsetree.Strings(s.GetColumns()), Pos: l.at(-1),
			Row: s.GetRow(), When: exprText(s.GetWhenClause()), Args: parsetree.Strings(s.GetArgs())},
		row: s.GetRow(), columns: append(parsetree.Strings(s.GetColumns()), when.columns...), when: when,
	}
	g.Function = parsetree.Qualified(s.GetFuncname())
	if f := l.triggerFunction(g.Function); f != nil {
		g.function, g.Function = f, f.Name
	}
	switch {
	case s.GetTiming()&triggerBefore != 0:
		g.Timing = "before"
	case s.GetTiming()&triggerInstead != 0:
		g.Timing = "instead of"
	}
	for _, e := range []struct {
		bit  int32
		name string
	}{{triggerInsert, "insert"}, {triggerUpdate, "update"}, {triggerDelete, "delete"}, {triggerTruncate, "truncate"}} {
		if s.GetEvents()&e.bit != 0 {
			g.Events = append(g.Events, e.name)
		}
	}
	return g
}

// exprText writes an expression as text, "" when there is none.
func exprText(e *pg.Node) string {
	if e == nil {
		return ""
	}
	target := &pg.Node{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Val: e}}}
	query := &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: &pg.SelectStmt{TargetList: []*pg.Node{target}, LimitOption: pg.LimitOption_LIMIT_OPTION_DEFAULT, Op: pg.SetOperation_SETOP_NONE}}}
	text, err := pg.Deparse(&pg.ParseResult{Stmts: []*pg.RawStmt{{Stmt: query}}})
	if err != nil {
		return "?" // which no condition is
	}
	return strings.TrimPrefix(text, "SELECT ")
}

// triggerFunction returns the first function of the name along the path that takes no
// arguments, as trigger functions do.
func (l *loader) triggerFunction(n catalog.Name) *catalog.Function {
	if n.Schema != "" {
		return l.triggerFunctionIn([]string{n.Schema}, n.Name)
	}
	found := l.triggerFunctionIn(l.path, n.Name)
	l.apart(n.Name, fmt.Sprintf("%p", found), func(path []string) string { return fmt.Sprintf("%p", l.triggerFunctionIn(path, n.Name)) })
	return found
}

func (l *loader) triggerFunctionIn(path []string, name string) *catalog.Function {
	for _, s := range path {
		for _, f := range l.db.Functions {
			if f.Name == (catalog.Name{Schema: s, Name: name}) && len(f.Args) == 0 {
				return f
			}
		}
	}
	return nil
}

// createRule records that statements on the relation are rewritten, which no
// proof can follow (PostgreSQL manual, 41 "The Rule System").
func (l *loader) createRule(s *pg.RuleStmt) error {
	rel, err := l.target(s.GetRelation(), false)
	if err != nil {
		return err
	}
	rules := map[string]*catalog.Unknown{}
	switch {
	case rel.table != nil:
		if rel.table.rules == nil {
			rel.table.rules = rules
		}
		rules = rel.table.rules
	case rel.view != nil:
		if rel.view.rules == nil {
			rel.view.rules = rules
		}
		rules = rel.view.rules
	default:
		return errorf(s.GetRelation().GetLocation(), "%q is not a table or view", rel.name)
	}
	if have, ok := rules[s.GetRulename()]; ok {
		if !s.GetReplace() {
			return errorf(-1, "rule %q for relation %q already exists", s.GetRulename(), rel.name)
		}
		l.db.Unknown = remove(l.db.Unknown, have)
	}
	rules[s.GetRulename()] = l.unknown("CREATE RULE", rel.name)
	if s.GetEvent() == pg.CmdType_CMD_SELECT { // it makes a table a view, or a view another
		if rel.view != nil {
			l.stale(rel.view)
		} else {
			rel.table.Replaced = true
		}
	}
	return nil
}

// rules returns the rules of a table or view by name.
func (r *relation) rules() map[string]*catalog.Unknown {
	switch {
	case r.table != nil:
		return r.table.rules
	case r.view != nil:
		return r.view.rules
	}
	return nil
}

func (l *loader) dropRule(rel *relation, name string) bool {
	u, ok := rel.rules()[name]
	if ok {
		l.db.Unknown = remove(l.db.Unknown, u)
		delete(rel.rules(), name)
	}
	return ok
}

// dropRules forgets the rules of a relation that is dropped.
func (l *loader) dropRules(rules map[string]*catalog.Unknown) {
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		l.db.Unknown = remove(l.db.Unknown, rules[name])
	}
}

func (t *table) policy(name string) *policy {
	for _, p := range t.policies {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// createPolicy executes CREATE POLICY.
func (l *loader) createPolicy(s *pg.CreatePolicyStmt) error {
	t, err := l.table(s.GetTable())
	if err != nil {
		return err
	}
	if t.policy(s.GetPolicyName()) != nil {
		return errorf(-1, "policy %q for table %q already exists", s.GetPolicyName(), t.Name)
	}
	p := &policy{Policy: catalog.Policy{
		Name: s.GetPolicyName(), Restrictive: !s.GetPermissive(), Command: s.GetCmdName(),
		Roles: roles(s.GetRoles()), Pos: l.at(-1),
	}}
	if err := l.policyExprs(t, p, s.GetQual(), s.GetWithCheck()); err != nil {
		return err
	}
	t.policies = append(t.policies, p)
	l.bringBack(t, "policy "+p.Name)
	return nil
}

// alterPolicy executes ALTER POLICY: what it does not mention stays.
func (l *loader) alterPolicy(s *pg.AlterPolicyStmt) error {
	t, err := l.table(s.GetTable())
	if err != nil {
		return err
	}
	p := t.policy(s.GetPolicyName())
	if p == nil {
		return errorf(-1, "policy %q for table %q does not exist", s.GetPolicyName(), t.Name)
	}
	l.takeAway(t, "policy "+p.Name, "ALTER POLICY")
	if len(s.GetRoles()) > 0 {
		p.Roles = roles(s.GetRoles())
	}
	return l.policyExprs(t, p, s.GetQual(), s.GetWithCheck())
}

// policyExprs takes the text of the expressions that are given from the source.
func (l *loader) policyExprs(t *table, p *policy, using, check *pg.Node) error {
	text := l.stmt.source()
	toks, err := sqltext.Tokens(text)
	if err != nil {
		return err
	}
	if using != nil {
		p.using = l.bind(t, sqltext.Parenthesized(text, toks, "using"))
	}
	if check != nil {
		if text := sqltext.Parenthesized(text, toks, "with", "check"); using != nil && text == p.using.text {
			p.check = p.using // as almost always
			p.check.refs, p.check.other = slices.Clone(p.using.refs), slices.Clone(p.using.other)
		} else {
			p.check = l.bind(t, text)
		}
	}
	if using != nil && p.using.text == "" || check != nil && p.check.text == "" {
		return errorf(-1, "cannot find the policy's expression")
	}
	e := l.expr(notNil([]*pg.Node{using, check})...)
	p.expr.columns = append(p.expr.columns, e.columns...)
	p.expr.calls = addName(p.expr.calls, e.calls...)
	p.expr.types = append(p.expr.types, e.types...)
	return nil
}

// roles names roles; the pseudo-roles have the names they are written with.
func roles(nodes []*pg.Node) []string {
	var names []string
	for _, n := range nodes {
		names = append(names, role(n.GetRoleSpec()))
	}
	return names
}

func role(r *pg.RoleSpec) string {
	switch r.GetRoletype() {
	case pg.RoleSpecType_ROLESPEC_PUBLIC:
		return "public"
	case pg.RoleSpecType_ROLESPEC_CURRENT_ROLE:
		return "current_role"
	case pg.RoleSpecType_ROLESPEC_CURRENT_USER:
		return "current_user"
	case pg.RoleSpecType_ROLESPEC_SESSION_USER:
		return "session_user"
	}
	return r.GetRolename()
}
