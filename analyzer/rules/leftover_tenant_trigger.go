package rules

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

var leftoverTenantTrigger = &Rule{
	Name:     "leftover-tenant-trigger",
	Title:    "a trigger still fills the tenant column of what was a child table",
	Severity: Off,
	Kind:     Schema,
	Text: `While a table was declared as a child, the trigger that tenantgen advise wrote gave
its rows the tenant of their parent. Now that every statement names the tenant, it
has nothing to fill; and a row that is given another parent row would get the tenant
of that one, where the foreign key ought to refuse it (PostgreSQL manual, 39.1).
Statements that do so are refused while it is there.

tenantgen advise drops it. Apply that after the last old version of the application
has stopped, whose statements do not name the tenant.`,
	Bad: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid UNIQUE, PRIMARY KEY (org_id, id));
CREATE TABLE tags (org_id uuid NOT NULL, note_id uuid NOT NULL, name text, PRIMARY KEY (org_id, note_id, name), FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id));
CREATE FUNCTION tags_tenant() RETURNS trigger LANGUAGE plpgsql AS $$` + leftover.Body() + `$$;
CREATE TRIGGER ` + catalog.FollowTrigger + ` BEFORE INSERT OR UPDATE ON tags FOR EACH ROW EXECUTE FUNCTION tags_tenant();`,
	Good: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE TABLE tags (org_id uuid NOT NULL, note_id uuid NOT NULL, name text, PRIMARY KEY (org_id, note_id, name), FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id));`,
	Run: func(p *Pass) {
		for _, t := range p.tables() {
			if tr := p.Own.Leftover(p.DB, t); tr != nil {
				p.reportFix(tr.Pos, t.Name.String(), "drop the trigger and its function", fmt.Sprintf("trigger %s still fills the tenant column of %s", tr.Name, t.Name), DropTrigger{t, tr})
			}
		}
	},
}

// leftover is what the trigger of the example does.
var leftover = catalog.Follow{Column: "org_id", Parent: catalog.Name{Schema: "public", Name: "notes"}, ParentColumn: "org_id", On: [][2]string{{"note_id", "id"}}}
