package analyzer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"golang.org/x/tools/txtar"
)

// keptLinks are ways for the rows of comments to refer to notes, and whether the schema
// then keeps them with their parent rows: a link of which it does not is reported, and
// is a premise of what is proved by it.
var keptLinks = []struct {
	name, ddl string
	kept      bool
}{
	{"no key", "CREATE TABLE comments (id int, note_id int, note_org int, body text);", false},
	{"key", "CREATE TABLE comments (id int, note_id int REFERENCES notes, note_org int, body text);", true},
	{"cascade", "CREATE TABLE comments (id int, note_id int REFERENCES notes ON DELETE CASCADE ON UPDATE SET NULL, note_org int, body text);", true},
	{"deferrable", "CREATE TABLE comments (id int, note_id int REFERENCES notes DEFERRABLE, note_org int, body text);", true},
	{"other table", "CREATE TABLE comments (id int, note_id int REFERENCES others, note_org int, body text);", false},
	{"other column", "CREATE TABLE comments (id int, note_id int, note_org int REFERENCES notes, body text);", false},
	{"other key of the parent", "CREATE TABLE comments (id int, note_id int REFERENCES notes (number), note_org int, body text);", false},
	{"not valid", "CREATE TABLE comments (id int, note_id int, note_org int, body text); ALTER TABLE comments ADD CONSTRAINT k FOREIGN KEY (note_id) REFERENCES notes NOT VALID;", false},
	{"validated", "CREATE TABLE comments (id int, note_id int, note_org int, body text); ALTER TABLE comments ADD CONSTRAINT k FOREIGN KEY (note_id) REFERENCES notes NOT VALID; ALTER TABLE comments VALIDATE CONSTRAINT k;", true},
	{"unseen", "CREATE TABLE comments (id int, note_id int, note_org int, body text); ALTER TABLE comments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; ALTER TABLE comments ADD FOREIGN KEY (note_id) REFERENCES notes;", false},
	{"dropped", "CREATE TABLE comments (id int, note_id int CONSTRAINT k REFERENCES notes, note_org int, body text); ALTER TABLE comments DROP CONSTRAINT k;", false},
	{"triggers off", "CREATE TABLE comments (id int, note_id int REFERENCES notes, note_org int, body text); ALTER TABLE comments DISABLE TRIGGER ALL; ALTER TABLE comments ENABLE TRIGGER ALL;", false},
	{"parent's triggers off", "CREATE TABLE comments (id int, note_id int REFERENCES notes, note_org int, body text); ALTER TABLE notes DISABLE TRIGGER ALL;", false},
	{"wider key", "CREATE TABLE comments (id int, note_id int, note_org int NOT NULL, body text, FOREIGN KEY (note_org, note_id) REFERENCES notes (org_id, id));", true},
	{"wider key with nulls", "CREATE TABLE comments (id int, note_id int, note_org int, body text, FOREIGN KEY (note_org, note_id) REFERENCES notes (org_id, id));", false},
	{"partition", "CREATE TABLE comments (id int, note_id int REFERENCES notes, note_org int, body text) PARTITION BY LIST (id); CREATE TABLE comments_1 PARTITION OF comments DEFAULT;", true},
	{"unseen partition", "CREATE TABLE comments (id int, note_id int REFERENCES notes, note_org int, body text) PARTITION BY LIST (id); CREATE TABLE comments_1 (id int, note_id int, note_org int, body text); ALTER TABLE comments_1 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; ALTER TABLE comments ATTACH PARTITION comments_1 DEFAULT;", false},
	{"heir", "CREATE TABLE comments (id int, note_id int REFERENCES notes, note_org int, body text); CREATE TABLE olds () INHERITS (comments);", false},
	{"heir with a key", "CREATE TABLE comments (id int, note_id int REFERENCES notes, note_org int, body text); CREATE TABLE olds (FOREIGN KEY (note_id) REFERENCES notes) INHERITS (comments);", true},
}

func TestKeptLinks(t *testing.T) {
	for _, k := range keptLinks {
		t.Run(k.name, func(t *testing.T) {
			tenancy := "parent comments notes note_id=id\nglobal others\n"
			if strings.Contains(k.name, "heir") {
				tenancy += "parent olds notes note_id=id\n"
			}
			if strings.Contains(k.name, "partition") {
				tenancy += "parent comments_1 notes note_id=id\n"
			}
			c := newCase(t, k.name, txtar.Parse(fmt.Appendf(nil, "-- schema.sql --\nCREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, number int UNIQUE, UNIQUE (org_id, id));\nCREATE TABLE others (id int PRIMARY KEY);\n%s\n-- tenancy --\n%s-- queries.sql --\n"+
				"-- name: Read :many\n-- want scoped\nSELECT c.body FROM comments c JOIN notes n ON n.id = c.note_id WHERE n.org_id = $1;\n"+
				"-- name: Write :exec\n-- want scoped\nINSERT INTO comments (id, note_id) SELECT 1, n.id FROM notes n WHERE n.org_id = $1;\n", k.ddl, tenancy)))
			results := c.analysis().File("queries.sql", c.queries)
			for _, r := range results {
				checkVerdict(t, r)
			}
			if got := assumed(results[0], certificate.LinkPremise); (len(got) == 0) != k.kept {
				t.Errorf("reading assumes %v, want kept: %t", got, k.kept)
			}
			if got := assumed(results[1], certificate.LinkPremise); len(got) > 0 {
				t.Errorf("writing assumes %v: the parent row is there", got)
			}
			reported := slices.ContainsFunc(rules.Check(c.db, c.own, nil), func(f rules.Finding) bool {
				return f.Rule.Name == "child-without-foreign-key" && f.Table == "comments"
			})
			if reported == k.kept {
				t.Errorf("it is reported: %t", reported)
			}
		})
	}
}

// assumed lists the premises of one kind.
func assumed(r *analyzer.Result, kind certificate.PremiseKind) []string {
	var list []string
	for _, p := range r.Assumes {
		if p.Kind == kind {
			list = append(list, p.Text)
		}
	}
	return list
}
