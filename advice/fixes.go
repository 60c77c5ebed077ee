package advice

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

// notNull proves by a CHECK that no row lacks the tenant, so that SET NOT NULL need
// not look (PostgreSQL manual, ALTER TABLE, SET NOT NULL).
func (p *planner) notNull(f rules.Finding) {
	fix, ok := f.Fix.(rules.SetNotNull)
	if !ok {
		return
	}
	t := fix.Table.Name
	name := p.names.choose(t.Schema, t.Name, []string{fix.Column}, "present")
	column := map[string]string{"Column": migrate.QuoteIdent(fix.Column)}
	check := p.addCheck(t, name, fix.Column)
	p.add = append(p.add, migrate.Step{
		Comment: fmt.Sprintf("%s: from now on, every row has a tenant.", t),
		SQL:     []string{check}, Reverse: []string{p.undoConstraint(t, name)}, Cause: cause(f),
	})
	p.validate = append(p.validate, migrate.Step{
		Comment: fmt.Sprintf("%s: every row has a tenant. This fails while there are rows whose %s is NULL: fill them in first.", t, fix.Column),
		SQL:     []string{p.validateConstraint(t, name)},
	})
	p.finish = append(p.finish, migrate.Step{
		Comment: fmt.Sprintf("%s: NOT NULL takes the place of the check that proves it.", t),
		SQL:     []string{p.alter(t, "set not null", column), p.dropConstraint(t, name)},
		Reverse: []string{p.alter(t, "drop not null", column), check},
	})
}

// addIndex is left out where a key that is made anyway starts with the tenant.
func (p *planner) addIndex(f rules.Finding) {
	fix, ok := f.Fix.(rules.AddIndex)
	if !ok || slices.ContainsFunc(p.keys[fix.Table], func(k *key) bool { return k.columns[0] == fix.Columns[0] }) {
		return
	}
	t := fix.Table.Name
	name := p.names.choose(t.Schema, t.Name, fix.Columns, "idx")
	if fix.Table.PartitionBy != "" {
		p.partitioned("", name, fix.Table, fix.Columns, cause(f))
		return
	}
	p.concurrently("", name, t, fix.Columns, "", cause(f))
}

func (p *planner) invokeView(f rules.Finding) {
	fix, ok := f.Fix.(rules.InvokeView)
	if !ok {
		return
	}
	view := func(action string) []string {
		return []string{p.print("view", map[string]string{"View": migrate.QuoteName(fix.View.Name), "Action": action})}
	}
	p.add = append(p.add, migrate.Step{
		Comment: fmt.Sprintf("%s: whoever reads the view reads its tables with rights of his own. It needs PostgreSQL 15.", fix.View.Name),
		SQL:     view("SET (security_invoker = true)"), Reverse: view("RESET (security_invoker)"), Cause: cause(f),
	})
}

// keepTenant refuses a change of the tenant: after the row's BEFORE triggers, except
// where a change of partition makes a DELETE and an INSERT of the UPDATE
// (PostgreSQL manual, 39.1).
func (p *planner) keepTenant(f rules.Finding) {
	fix, ok := f.Fix.(rules.KeepTenant)
	if !ok {
		return
	}
	t := fix.Table
	function := p.refusingFunction(t.Name.Schema, f)
	timing := "AFTER"
	if t.PartitionBy != "" {
		timing = "BEFORE"
	}
	arg := map[string]string{
		"Trigger": rules.KeepTrigger, "Timing": timing, "Table": migrate.QuoteName(t.Name),
		"Column": migrate.QuoteIdent(fix.Column), "Function": migrate.QuoteName(function),
	}
	p.add = append(p.add, migrate.Step{
		Comment: fmt.Sprintf("%s: a row keeps its tenant, whoever updates it.", t.Name),
		SQL:     []string{p.print("drop trigger", arg), p.print("trigger", arg)}, Reverse: []string{p.print("drop trigger", arg)}, Cause: cause(f),
	})
}

// refusingFunction returns the function that the triggers call, and makes it when
// there is none.
func (p *planner) refusingFunction(schema string, f rules.Finding) catalog.Name {
	if p.refusing.Name != "" {
		return p.refusing
	}
	for _, fn := range p.db.Functions {
		if p.db.Refuses(fn.Name) {
			p.refusing = fn.Name
			return p.refusing
		}
	}
	if slices.Contains(p.db.Schemas, "public") {
		schema = "public"
	}
	p.refusing = catalog.Name{Schema: schema, Name: p.names.choose(schema, rules.KeepTrigger, nil, "guard")}
	arg := map[string]string{"Function": migrate.QuoteName(p.refusing), "Body": catalog.RefusingBody}
	p.add = append(p.add, migrate.Step{
		Comment: "What the triggers below call. It does nothing but fail.",
		SQL:     []string{p.print("function", arg)}, Reverse: []string{p.print("drop function", arg)}, Cause: cause(f),
	})
	return p.refusing
}
