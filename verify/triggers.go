package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

var missingTrigger = &rules.Rule{
	Name: "missing-trigger", Kind: rules.Database, Severity: rules.Error,
	Title: "a trigger of the schema files is missing, disabled, or fires in replicas only",
	Text: `What the trigger keeps in order, such as a tenant column that may not change, is no
longer kept.`,
}

var alteredTrigger = &rules.Rule{
	Name: "altered-trigger", Kind: rules.Database, Severity: rules.Error,
	Title: "a trigger fires otherwise than the schema files say",
	Text: `For other events, columns or rows, before instead of after, by another WHEN, or with other
arguments: what it keeps in order is no longer kept, or it changes what nobody expects.`,
}

var strayTrigger = &rules.Rule{
	Name: "stray-trigger", Kind: rules.Database, Severity: rules.Error,
	Title: "a trigger on a table or view is in no schema file",
	Text: `A trigger runs code whenever the application writes, and it sees and changes what its
function may (PostgreSQL manual, 39.1). tenantgen refuses to prove writes that fire a
trigger nobody vouched for, but it knows only those of the schema files. An INSTEAD OF trigger makes a
view with security_invoker write whatever its function may.`,
	Bad: `CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER audit_notes BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION audit();`,
	Good: `DROP TRIGGER audit_notes ON notes;`,
}

var strayRule = &rules.Rule{
	Name: "stray-rule", Kind: rules.Database, Severity: rules.Error,
	Title: "a rewrite rule on a table is in no schema file",
	Text: `A rule replaces or adds statements, which then run with the rights of the table's owner
(PostgreSQL manual, 41.5). The query that was proved is not the one that runs.`,
	Bad:  `CREATE RULE copy_tags AS ON INSERT TO tags DO ALSO UPDATE tags SET color = 'red' WHERE name = NEW.name;`,
	Good: `DROP RULE copy_tags ON tags;`,
}

func (p *pass) triggers() {
	p.tables(func(t *promisedTable, rel *relation) {
		for _, have := range rel.triggers {
			if !have.copied && !declared(t.Triggers, have) {
				p.strayTrigger(rel, have)
			}
		}
		if n := p.promised.rulesOn(t.Name); len(rel.rules) > n {
			p.strayRules(rel, n)
		}
		p.missingTriggers(t, rel)
		for _, part := range append([]*relation{rel}, rel.descendants()...) {
			p.partTriggers(t, part)
		}
	})
	p.viewTriggers()
}

// partTriggers judges the triggers of a partition or heir: what a statement on its parent
// reaches fires them (PostgreSQL manual, CREATE TRIGGER, Notes).
func (p *pass) partTriggers(t *promisedTable, part *relation) {
	for _, have := range part.triggers {
		switch {
		case have.copied && !have.fires():
			p.found(missingTrigger, Finding{Object: "table " + part.name.String(), Table: t.Name, Message: "trigger " + have.name + " does not fire", Is: "it is disabled, or fires in replicas only",
				Promised: "it calls " + have.function.String(), SQL: []string{fmt.Sprintf("ALTER TABLE %s ENABLE TRIGGER %s;", quote(part.name), migrate.QuoteIdent(have.name))}})
		case !have.copied && p.promised.byName[part.name] == nil && !declared(t.Triggers, have):
			p.strayTrigger(part, have)
		}
	}
	if p.promised.byName[part.name] == nil && len(part.rules) > 0 {
		p.strayRules(part, 0)
	}
}

// viewTriggers judges what writing to a view runs: of the schema files' views, and of
// others that the application's role may use.
func (p *pass) viewTriggers() {
	p.sorted(func(rel *relation) {
		want, known := p.promised.views[rel.name]
		if rel.kind != view || !known && p.reach(rel) == "" {
			return
		}
		var triggers []*catalog.Trigger
		if known {
			triggers = want.Triggers
		}
		for _, have := range rel.triggers {
			if !declared(triggers, have) {
				p.strayTrigger(rel, have)
			}
		}
		if n := p.promised.rulesOn(rel.name); len(rel.rules) > n {
			p.strayRules(rel, n)
		}
		if again := p.again.View(rel.name); known && again != nil {
			p.alteredTriggers(rel, triggers, again.Triggers)
		}
	})
}

func (p *pass) strayTrigger(rel *relation, have trigger) {
	drop := fmt.Sprintf("DROP TRIGGER %s ON %s;", migrate.QuoteIdent(have.name), quote(rel.name))
	p.found(strayTrigger, Finding{Object: rel.what() + " " + rel.name.String(), Table: p.promisedName(rel), Message: "trigger " + have.name + " is in no schema file",
		Is: "it calls " + have.function.String(), Promised: "no such trigger", SQL: p.unwritten(rel, drop), Hint: "or add it to the schema files by a migration"})
}

// unwritten is how what writing to a view runs is kept from the application: where no schema file has the view, by taking
// its writes away. Without what stands INSTEAD OF them, PostgreSQL may write to the table below (PostgreSQL manual, CREATE VIEW,
// Updatable Views).
func (p *pass) unwritten(rel *relation, drop string) []string {
	if rel.kind != view || p.promised.views[rel.name] != nil {
		return []string{drop}
	}
	_, sql := p.writesOf(rel)
	if len(sql) == 0 || p.holders[rel.owner] {
		return []string{drop}
	}
	return sql
}

// strayRules reports rules beyond a number that are promised. Which those are is not known
// where there are several, so that no statement is offered then.
func (p *pass) strayRules(rel *relation, promised int) {
	for _, name := range rel.rules {
		f := Finding{Object: rel.what() + " " + rel.name.String(), Table: p.promisedName(rel), Message: "rule " + name + " is in no schema file", Is: "a rewrite rule", Promised: "none",
			SQL: p.unwritten(rel, fmt.Sprintf("DROP RULE %s ON %s;", migrate.QuoteIdent(name), quote(rel.name)))}
		if promised > 0 {
			f.Message, f.SQL, f.Hint = "rule "+name+" may be in no schema file: there are more rules than these create", nil, "compare the rules with those of the schema files"
			f.Is, f.Promised = fmt.Sprint(len(rel.rules), " rules"), fmt.Sprint(promised, " rules")
		}
		p.found(strayRule, f)
	}
}

// rulesOn counts the rules that the schema files put on a relation.
func (m *promised) rulesOn(n catalog.Name) int {
	most := 0
	for _, db := range m.dbs {
		count := 0
		for _, u := range db.Unknown {
			if u.What == "CREATE RULE" && u.On == n {
				count++
			}
		}
		most = max(most, count)
	}
	return most
}

// declared reports whether a trigger is promised. A partition has those of its parent.
func declared(triggers []*catalog.Trigger, have trigger) bool {
	return slices.ContainsFunc(triggers, func(want *catalog.Trigger) bool {
		return want.Name == have.name && (want.Function == have.function || want.Function.Schema == "" && want.Function.Name == have.function.Name)
	})
}

func (p *pass) missingTriggers(t *promisedTable, rel *relation) {
	if t.IsPartition {
		return
	}
	for _, want := range t.Triggers {
		f := Finding{Object: "table " + t.Name.String(), Table: t.Name, Message: "trigger " + want.Name + " does not fire", Promised: "it calls " + want.Function.String()}
		i := slices.IndexFunc(rel.triggers, func(have trigger) bool { return have.name == want.Name })
		switch {
		case i < 0:
			f.Is, f.Hint = "no such trigger", "apply the migrations that create it"
		case !rel.triggers[i].fires():
			f.Is, f.SQL = "it is disabled, or fires in replicas only", []string{fmt.Sprintf("ALTER TABLE %s ENABLE TRIGGER %s;", quote(t.Name), migrate.QuoteIdent(want.Name))}
		default:
			continue
		}
		p.found(missingTrigger, f)
	}
	if again := p.again.Table(t.Name); again != nil {
		p.alteredTriggers(rel, t.Triggers, again.Triggers)
	}
}

// alteredTriggers compares when triggers fire, and with what.
func (p *pass) alteredTriggers(rel *relation, want, have []*catalog.Trigger) {
	for _, w := range want {
		i := slices.IndexFunc(have, func(h *catalog.Trigger) bool { return h.Name == w.Name })
		if i < 0 {
			continue
		}
		if list := p.triggerDifferences(rel, w, have[i]); len(list) > 0 {
			p.found(alteredTrigger, Finding{Object: rel.what() + " " + rel.name.String(), Table: p.promisedName(rel), Message: "trigger " + w.Name + " differs in " + strings.Join(list, " and "),
				Is: triggerText(have[i]), Promised: triggerText(w), Hint: "create it again as the schema files do, in a migration"})
		}
	}
}

func (p *pass) triggerDifferences(rel *relation, w, h *catalog.Trigger) []string {
	var list []string
	for _, c := range []struct {
		same bool
		what string
	}{{w.Timing == h.Timing, "when it fires"}, {sameSet(w.Events, h.Events), "its events"}, {sameSet(w.Columns, h.Columns), "its columns"}, {w.Row == h.Row, "FOR EACH ROW"},
		{slices.Equal(w.Args, h.Args), "its arguments"}, {w.When == h.When || w.When != "" && h.When != "" && p.sameOn(rel.name, w.When, h.When), "WHEN"}} {
		if !c.same {
			list = append(list, c.what)
		}
	}
	return list
}

// sameOn compares expressions about a relation.
func (p *pass) sameOn(name catalog.Name, want, have string) bool {
	if t := p.promised.byName[name]; t != nil {
		return p.options.Same(t.db, t.Table, want, have)
	}
	return slices.ContainsFunc(p.promised.dbs, func(db *catalog.Database) bool { return p.options.Same(db, &catalog.Table{Name: name}, want, have) })
}

func triggerText(t *catalog.Trigger) string {
	text := strings.ToUpper(t.Timing + " " + strings.Join(t.Events, " OR "))
	if len(t.Columns) > 0 {
		text += " OF " + strings.Join(t.Columns, ", ")
	}
	if t.Row {
		text += " FOR EACH ROW"
	}
	if t.When != "" {
		text += " WHEN (" + oneLine(t.When) + ")"
	}
	return text + " " + t.Function.String() + "(" + strings.Join(t.Args, ", ") + ")"
}
