package verify

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
)

var unprovedQuery = &rules.Rule{
	Name: "unproved-query", Kind: rules.Database, Severity: rules.Error,
	Title: "a query is proved with the schema files, but not with the database as it is",
	Text: `The live tables, keys, foreign keys, checks, defaults, generated columns, types, collations, views, triggers,
rules, functions, operators and casts are read as DDL, and every query is judged once more by them: a
foreign key that cascades, a view with another text or a new default that sets the tenant are found where
a query rests on them. It is not looked at while tables, keys, triggers or functions are known to differ, of which it may be a
consequence.`,
	Bad:  `ALTER TABLE notes ALTER COLUMN created_at SET DEFAULT nullif(set_config('app.org_id', '', true), '')::timestamptz;`,
	Good: `ALTER TABLE notes ALTER COLUMN created_at SET DEFAULT now();`,
}

var unreadObject = &rules.Rule{
	Name: "unread-object", Kind: rules.Database, Severity: rules.Error,
	Title: "an object of the database is beyond what tenantgen reads",
	Text: `Its definition cannot be read as a statement of a schema file, so nothing is known of what
queries do with it. Schema files could not have it either.`,
}

// Unproved is a query that is accepted with the schema files and refused with the live
// ones.
type Unproved struct {
	Query, File string
	Line        int
	Why, Hint   string
}

// Unread is a part of the live schema that could not be understood, at a line of its DDL.
type Unread struct {
	Line    int
	Message string
}

// Reader reads DDL as the schema files are read.
type Reader func(ddl string) (*catalog.Database, []Unread)

// readAgain reads the live database as schema files are read, and reports what cannot be.
func (p *pass) readAgain() {
	ddl, objectAt := p.live.text()
	db, unread := p.options.Read(ddl)
	p.again = db
	for _, u := range unread {
		p.found(unreadObject, Finding{Object: objectAt(u.Line), Message: "is not understood: " + u.Message, Is: "in the database", Promised: "what schema files can say", Hint: "drop it, or move it into a database of its own"})
	}
}

// structural are the rules about what proofs rest on; the others are about rights and policies.
var structural = []*rules.Rule{missingTable, missingColumn, alteredColumn, missingView, alteredInheritance, missingKey, missingForeignKey, strayForeignKey, missingCheck,
	missingTrigger, alteredTrigger, strayTrigger, strayRule, alteredFunction, strayFunction, strayCall, foreignTable, strayTable, unreadObject}

// proofs judges the queries again by the live database, unless it is known to be damaged.
func (p *pass) proofs() {
	for _, f := range p.findings {
		if f.Severity == rules.Error && slices.Contains(structural, f.Rule) {
			return
		}
	}
	var reasons []string
	queries, hints := map[string][]string{}, map[string]string{}
	for _, u := range p.options.Prove(p.again) {
		if queries[u.Why] == nil {
			reasons = append(reasons, u.Why)
		}
		queries[u.Why], hints[u.Why] = append(queries[u.Why], u.Query), u.Hint
	}
	for _, why := range reasons {
		slices.Sort(queries[why])
		p.found(unprovedQuery, Finding{Object: "query " + shortened(slices.Compact(queries[why])), Message: "is not proved with the database as it is: " + why, Is: "refused", Promised: "accepted, as with the schema files",
			Hint: "bring the database back to what the schema files say, or put the change into a migration and correct the query: " + hints[why]})
	}
}
