package rules

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

var unmodelledDDL = &Rule{
	Name:     "unmodelled-ddl",
	Title:    "a schema statement has effects that tenantgen does not follow",
	Severity: Warning,
	Kind:     Schema,
	Text: `What a DO block, a CALL, a CREATE RULE or the like does to the schema cannot be
told from its text, so the schema that tenantgen proves queries against may
differ from the real one: a table may lack a key that a proof relies on, or have
a trigger that nobody sees. (PostgreSQL manual, DO, CALL and 41, The Rule System.)

Write the statements out where they change tables, columns, keys, triggers,
functions or policies. The DO blocks of the migrations that tenantgen itself
writes, which it quotes with $tenantgen$, create a role and grant privileges only
and are not reported.`,
	Bad:    `DO $$ BEGIN EXECUTE 'ALTER TABLE notes DROP CONSTRAINT notes_pkey'; END $$;`,
	Good:   `ALTER TABLE notes DROP CONSTRAINT notes_pkey; CREATE INDEX ON notes (org_id);`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid NOT NULL, CONSTRAINT notes_pkey PRIMARY KEY (org_id, id));`,
	Run: func(p *Pass) {
		for _, u := range p.DB.Unknown {
			if strings.HasPrefix(p.text(u.Pos), "DO $tenantgen") && len(u.Tables) == 0 || u.Reason != "" {
				continue
			}
			on := ""
			if u.On.Name != "" {
				on = " (" + u.On.String() + ")"
			}
			hint := "write out what it does to the schema"
			if strings.HasPrefix(u.What, "DDL after which the text of view") {
				hint = "create the view anew behind it: DROP VIEW " + u.On.String() + "; CREATE VIEW " + u.On.String() + " AS …"
			}
			p.report(u.Pos, "", hint, "tenantgen does not follow what this does to the schema: "+u.What+on+doubted(u.Tables))
		}
	},
}

// doubted says of which tables nothing can be proved by a key for it.
func doubted(tables []catalog.Name) string {
	var names []string
	for _, n := range tables {
		if s := n.String(); !slices.Contains(names, s) {
			names = append(names, s)
		}
	}
	if len(names) > 5 {
		names = append(names[:5], "…")
	}
	if len(names) == 0 {
		return ""
	}
	return "; no key or foreign key of " + strings.Join(names, ", ") + " counts in a proof, and writes of them are refused"
}
