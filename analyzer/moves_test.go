package analyzer_test

import (
	"testing"

	"golang.org/x/tools/txtar"
)

// From PostgreSQL 16 on a table may inherit a generated column and compute it from
// others: what its parent's expression reads is then not all that moves a row.
func TestGeneratedColumnOfHeir(t *testing.T) {
	c := newCase(t, "heir", txtar.Parse([]byte(`
-- schema.sql --
CREATE TABLE olds (id int NOT NULL, a int NOT NULL, b int, text text, org_id int NOT NULL GENERATED ALWAYS AS (a) STORED);
CREATE TABLE olds_too (id int NOT NULL, a int NOT NULL, b int, text text, org_id int NOT NULL GENERATED ALWAYS AS (coalesce(b, a)) STORED);
ALTER TABLE olds_too INHERIT olds;
CREATE TABLE parts (id int NOT NULL, a int NOT NULL, b int, org_id int NOT NULL GENERATED ALWAYS AS (a) STORED) PARTITION BY LIST (id);
CREATE TABLE parts_1 (id int NOT NULL, a int NOT NULL, b int, org_id int NOT NULL GENERATED ALWAYS AS (b) STORED);
ALTER TABLE parts ATTACH PARTITION parts_1 DEFAULT;
CREATE TABLE renamed (id int NOT NULL, org_id int NOT NULL GENERATED ALWAYS AS (id + 1) STORED);
CREATE TABLE renamed_too () INHERITS (renamed);
ALTER TABLE renamed_too NO INHERIT renamed;
ALTER TABLE renamed RENAME id TO number;
-- queries.sql --
-- name: UpdateBase :exec
-- want "tenant-change"
UPDATE olds SET b = 2 WHERE org_id = $1;
-- name: UpdateOther :exec
-- want scoped
UPDATE olds SET text = 'x' WHERE org_id = $1;
-- name: InsertBesideHeir :exec
-- want scoped
INSERT INTO olds (id, a) VALUES (61, $1);
-- name: InsertHeir :exec
-- want "unscoped-insert"
INSERT INTO olds_too (id, a, b) VALUES (61, $1, 2);
-- name: InsertPart :exec
-- want "unscoped-insert"
INSERT INTO parts (id, a) VALUES (61, $1);
-- name: UpdateRenamed :exec
-- want "tenant-change"
UPDATE renamed SET number = 2 WHERE org_id = $1;
-- name: UpdateNotRenamed :exec
-- want "tenant-change"
UPDATE renamed_too SET id = 2 WHERE org_id = $1;
`)))
	for _, r := range c.analysis().File("queries.sql", c.queries) {
		checkVerdict(t, r)
	}
}
