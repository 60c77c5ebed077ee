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

// agreements are checks of a table with two parents, and whether they let a row refer to
// one of them only: without, what is proved by one rests on the other.
var agreements = []struct {
	name, check string
	agrees      bool
}{
	{"none", "", false},
	{"one", "CHECK (num_nonnulls(note_id, board_id) = 1)", true},
	{"at most one", "CHECK (num_nonnulls(board_id, note_id) <= 1)", true},
	{"of three", "CHECK (num_nonnulls(id, board_id, note_id) = 1)", true},
	{"two", "CHECK (num_nonnulls(note_id, board_id) = 2)", false},
	{"at least one", "CHECK (num_nonnulls(note_id, board_id) >= 1)", false},
	{"others", "CHECK (num_nonnulls(note_id, id) = 1)", false},
	{"other function", "CHECK (num_nulls(note_id, board_id) = 1)", false},
	{"under OR", "CHECK (num_nonnulls(note_id, board_id) = 1 OR id > 0)", false},
	{"variadic", "CHECK (num_nonnulls(VARIADIC ARRAY[note_id, board_id]) = 1)", false},
	{"no inherit", "CHECK (num_nonnulls(note_id, board_id) = 1) NO INHERIT", false},
	{"not valid", "); ALTER TABLE files ADD CHECK (num_nonnulls(note_id, board_id) = 1) NOT VALID", false},
	{"dropped", "CONSTRAINT k CHECK (num_nonnulls(note_id, board_id) = 1)); ALTER TABLE files DROP CONSTRAINT k", false},
	{"validated", "); ALTER TABLE files ADD CONSTRAINT k CHECK (num_nonnulls(note_id, board_id) = 1) NOT VALID; ALTER TABLE files VALIDATE CONSTRAINT k", true},
	{"renamed", "CONSTRAINT k CHECK (num_nonnulls(note_id, other_id) = 1)); ALTER TABLE files RENAME board_id TO third_id; ALTER TABLE files RENAME other_id TO board_id; ALTER TABLE files DROP CONSTRAINT files_board_id_fkey; ALTER TABLE files ADD FOREIGN KEY (board_id) REFERENCES boards", true},
	{"a user's function", "); CREATE FUNCTION num_nonnulls(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; ALTER TABLE files ADD CHECK (num_nonnulls(note_id, board_id) = 1)", false},
	{"a user's function, later", "CHECK (num_nonnulls(note_id, board_id) = 1)); CREATE FUNCTION num_nonnulls(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'", true},
}

func TestAgreements(t *testing.T) {
	for _, a := range agreements {
		t.Run(a.name, func(t *testing.T) {
			sep, end := "", ");"
			if a.check != "" && a.check[0] != ')' {
				sep = ", "
			}
			if strings.Contains(a.check, ")) ;") || strings.Contains(a.check, "); ") {
				end = ";"
			}
			c := newCase(t, a.name, txtar.Parse(fmt.Appendf(nil, "-- schema.sql --\nCREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY);\nCREATE TABLE boards (org_id int NOT NULL, id int PRIMARY KEY);\n"+
				"CREATE TABLE files (id int, note_id int REFERENCES notes, board_id int REFERENCES boards, other_id int%s%s%s\n%s\n"+
				"-- tenancy --\nparent files notes note_id=id\nparent files boards board_id=id\n%s-- queries.sql --\n"+
				"-- name: Read :many\n-- want scoped\nSELECT f.id FROM files f JOIN notes n ON n.id = f.note_id WHERE n.org_id = $1;\n"+
				"-- name: Write :exec\n-- want scoped\nINSERT INTO files (id, note_id) SELECT 1, n.id FROM notes n WHERE n.org_id = $1;\n", sep, a.check, end, heirOf(a.name), heirLinks(a.name))))
			results := c.analysis().File("queries.sql", c.queries)
			for _, r := range results {
				checkVerdict(t, r)
			}
			if got := assumed(results[0], certificate.AgreementPremise); (len(got) == 0) != a.agrees {
				t.Errorf("reading assumes %v, want agreement: %t", got, a.agrees)
			}
			if got := assumed(results[1], certificate.AgreementPremise); len(got) > 0 {
				t.Errorf("writing assumes %v: the row refers to one parent", got)
			}
		})
	}
}

// heirOf gives the table of a case about inheritance an heir.
func heirOf(name string) string {
	if name == "no inherit" || name == "one" {
		return "CREATE TABLE olds (FOREIGN KEY (note_id) REFERENCES notes, FOREIGN KEY (board_id) REFERENCES boards) INHERITS (files);"
	}
	return ""
}

func heirLinks(name string) string {
	if strings.HasPrefix(name, "a user's function") {
		return "safe num_nonnulls\n"
	}
	if heirOf(name) == "" {
		return ""
	}
	return "parent olds notes note_id=id\nparent olds boards board_id=id\n"
}
