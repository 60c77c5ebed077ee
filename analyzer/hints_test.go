package analyzer_test

import (
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// The hint for a child of a child leads to the tenant's column, so that following it is
// enough; that for one of several parents names the parent.
func TestHintsOfChildren(t *testing.T) {
	c := newCase(t, "hints", txtar.Parse([]byte(`
-- schema.sql --
CREATE TABLE shelves (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE books (id int PRIMARY KEY, shelf_id int REFERENCES shelves);
CREATE TABLE pages (id int PRIMARY KEY, book_id int REFERENCES books, text text);
CREATE TABLE marks (id int, book_id int REFERENCES books, shelf_id int REFERENCES shelves);
-- tenancy --
parent books shelves shelf_id=id
parent pages books book_id=id
parent marks books book_id=id
parent marks shelves shelf_id=id
-- queries.sql --
-- name: Pages :many
SELECT p.text FROM pages p WHERE p.id = @id;
-- name: Mark :exec
INSERT INTO marks (id, book_id, shelf_id) SELECT 1, @book_id, s.id FROM shelves s WHERE s.org_id = @org_id;
`)))
	want := []string{
		"add AND EXISTS (SELECT 1 FROM books WHERE books.id = p.book_id AND EXISTS (SELECT 1 FROM shelves WHERE shelves.id = books.shelf_id AND shelves.org_id = @org_id)) to its WHERE",
		"insert a SELECT from books that is confined to the tenant, and take the key from it; or leave book_id NULL",
	}
	results := c.analysis().File("queries.sql", c.queries)
	for i, r := range results {
		if len(r.Diagnostics) != 1 || r.Diagnostics[0].Hint != want[i] {
			t.Errorf("%s: %+v", r.Name, r.Diagnostics)
		}
	}
	if !strings.Contains(results[1].Diagnostics[0].Message, "another tenant's row of books") {
		t.Error(results[1].Diagnostics[0].Message)
	}
	followed := strings.Replace(c.queries, "WHERE p.id = @id", "WHERE p.id = @id AND "+strings.TrimSuffix(strings.TrimPrefix(want[0], "add AND "), " to its WHERE"), 1)
	if r := c.analysis().File("queries.sql", followed)[0]; r.Verdict != "scoped" {
		t.Errorf("following the hint makes it %s: %v", r.Verdict, r.Diagnostics)
	}
}
