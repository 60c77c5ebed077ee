package analyzer_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/analyzer"
)

var unnamed = regexp.MustCompile(`\br\d+\b|of a row|\x60\x60|\.\x60|\x60\.|\$-?\d+\.|nothing|output \d|: $`)

// The proof of every accepted query can be said in words: whoever reads them meets names alone, and comes from
// the tenant of a row to a parameter.
func TestReasons(t *testing.T) {
	said := 0
	for _, c := range loadCases(t) {
		for _, r := range c.analysis().File("queries.sql", c.queries) {
			if r.Verdict != analyzer.Scoped {
				continue
			}
			for _, rel := range r.Relations {
				reasons := rel.Reasons()
				text := words(reasons, "\n  ")
				said++
				if len(reasons) == 0 || unnamed.MatchString(text) {
					t.Errorf("%s/%s: %s: %s", c.name, r.Name, rel.Table, text)
				}
			}
		}
	}
	t.Logf("%d occurrences", said)
	if said < 900 {
		t.Errorf("only %d occurrences", said)
	}
}

func words(reasons []analyzer.Reason, indent string) string {
	var b strings.Builder
	for _, r := range reasons {
		b.WriteString(indent + r.Text + words(r.Because, indent+"  "))
	}
	return b.String()
}

// Proofs in words, to the letter.
func TestReasonsToTheLetter(t *testing.T) {
	c := newCase(t, "reasons", txtar.Parse([]byte(`
-- schema.sql --
CREATE TABLE shelves (org_id int NOT NULL, id int PRIMARY KEY, UNIQUE (org_id, id));
CREATE TABLE books (id int PRIMARY KEY, shelf_id int NOT NULL REFERENCES shelves);
-- tenancy --
parent books shelves shelf_id=id
-- queries.sql --
-- name: One :one
SELECT id FROM shelves WHERE org_id = @org_id;
-- name: Books :many
SELECT b.id FROM books b
JOIN shelves s ON s.id = b.shelf_id WHERE s.org_id = @org_id;
-- name: With :many
WITH mine AS (SELECT org_id, id FROM shelves) SELECT id FROM mine WHERE org_id = @org_id;
-- name: Put :exec
INSERT INTO shelves (org_id, id) VALUES (@org_id, @id);
-- name: Either :many
SELECT id FROM shelves s WHERE s.org_id = @org_id AND id = 1 OR s.org_id = @org_id AND id = 2;
`)))
	want := map[string]string{
		"One": `shelves
  the tenant of 'shelves' is 'shelves.org_id': it says whose the row is
  'shelves.org_id' is '@org_id': the condition 'shelves.org_id = @org_id'
`,
		"Books": `books
  the tenant of 'b' is the tenant of 's': a row of books belongs to its shelves
    'b.shelf_id' is 's.id': the condition 's.id = b.shelf_id'
  the tenant of 's' is 's.org_id': it says whose the row is
  's.org_id' is '@org_id': the condition 's.org_id = @org_id'
shelves
  the tenant of 's' is 's.org_id': it says whose the row is
  's.org_id' is '@org_id': the condition 's.org_id = @org_id'
`,
		"With": `shelves
  the tenant of 'shelves' is 'shelves.org_id': it says whose the row is
  'shelves.org_id' is 'mine.org_id': that is what the column has
  'mine.org_id' is '@org_id': every reference to the WITH query asks for it
    'mine.org_id' is '@org_id': the condition 'mine.org_id = @org_id'
`,
		"Put": `shelves
  the tenant of the new row of shelves is 'org_id' of the new row of shelves: it says whose the row is
  'org_id' of the new row of shelves is 'source.column1': it is put into the new row
  'source.column1' is '@org_id': each row has it
`,
		"Either": `shelves
  the tenant of 's' is 's.org_id': it says whose the row is
  's.org_id' is '@org_id': every arm of OR says so
    's.org_id' is '@org_id': the condition 's.org_id = @org_id'
    's.org_id' is '@org_id': the condition 's.org_id = @org_id'
`,
	}
	for _, r := range c.analysis().File("queries.sql", c.queries) {
		got := ""
		for _, rel := range r.Relations {
			got += rel.Table + words(rel.Reasons(), "\n  ") + "\n"
		}
		if got != strings.ReplaceAll(want[r.Name], "'", "`") {
			t.Errorf("%s is %s:\n%s", r.Name, r.Verdict, got)
		}
	}
}
