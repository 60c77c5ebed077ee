package verify

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

var missingTrigger = &rules.Rule{
	Name: "missing-trigger", Kind: rules.Database, Severity: rules.Warning,
	Title: "a trigger of the schema files is missing or disabled",
	Text: `What the trigger keeps in order, such as a tenant column that may not change, is no
longer kept.`,
}

var strayTrigger = &rules.Rule{
	Name: "stray-trigger", Kind: rules.Database, Severity: rules.Error,
	Title: "a trigger on a table is in no schema file",
	Text: `A trigger runs code whenever the application writes, and it sees and changes what its
function may (PostgreSQL manual, 39.1). tenantgen refuses to prove writes that fire a
trigger nobody vouched for, but it knows only those of the schema files.`,
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
			if !declared(t, have) {
				p.found(strayTrigger, Finding{Object: "table " + t.Name.String(), Table: t.Name, Message: "trigger " + have.name + " is in no schema file",
					Is: "it calls " + have.function.String(), Promised: "no such trigger", SQL: []string{fmt.Sprintf("DROP TRIGGER %s ON %s;", migrate.QuoteIdent(have.name), quote(t.Name))},
					Hint: "or add it to the schema files by a migration"})
			}
		}
		if !t.Rules {
			for _, name := range rel.rules {
				p.found(strayRule, Finding{Object: "table " + t.Name.String(), Table: t.Name, Message: "rule " + name + " is in no schema file",
					Is: "a rewrite rule", Promised: "none", SQL: []string{fmt.Sprintf("DROP RULE %s ON %s;", migrate.QuoteIdent(name), quote(t.Name))}})
			}
		}
		p.missingTriggers(t, rel)
	})
}

// declared reports whether a trigger is promised. A partition has those of its parent.
func declared(t *promisedTable, have trigger) bool {
	return slices.ContainsFunc(t.Triggers, func(want *catalog.Trigger) bool {
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
		case !rel.triggers[i].enabled:
			f.Is, f.SQL = "it is disabled", []string{fmt.Sprintf("ALTER TABLE %s ENABLE TRIGGER %s;", quote(t.Name), migrate.QuoteIdent(want.Name))}
		default:
			continue
		}
		p.found(missingTrigger, f)
	}
}
