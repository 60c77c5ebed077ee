package prove_test

import (
	"testing"

	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/prove"
)

// kinds has a table for each kind of thing that rows have to satisfy.
const kinds = `
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE DOMAIN code AS text CHECK (VALUE ~ '^[A-Z]{2}-\d{3}$');
CREATE DOMAIN percent AS numeric(5, 2) NOT NULL CHECK (VALUE >= 0 AND VALUE <= 100);
CREATE TYPE spot AS (x int, label text);
CREATE TABLE countries (code char(2) PRIMARY KEY CHECK (code IN ('de', 'fr', 'pt')), continent text NOT NULL);
CREATE TABLE types (org_id uuid NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, m mood NOT NULL, c code NOT NULL UNIQUE, p percent,
	s spot NOT NULL, tags text[] NOT NULL, moods mood[] NOT NULL, r tstzrange NOT NULL, mr int4multirange NOT NULL, j jsonb NOT NULL, i interval NOT NULL,
	b bytea NOT NULL CHECK (octet_length(b) = 32), net inet NOT NULL, d date NOT NULL, tod time NOT NULL, ok boolean NOT NULL, pt point NOT NULL,
	v varchar(3) NOT NULL, money_ money NOT NULL, bits bit(1) NOT NULL, ts tsvector NOT NULL, area double precision GENERATED ALWAYS AS (id * 2.0) STORED);
CREATE TABLE checks (org_id uuid NOT NULL, kind text NOT NULL CHECK (kind IN ('basic', 'premium', 'trial')), years int NOT NULL CHECK (years BETWEEN 18 AND 21),
	hash text NOT NULL CHECK (length(hash) = 40), email text NOT NULL CHECK (email ~ '^[a-z]+@[a-z]+\.example$'), a int, z int, CHECK ((a IS NULL) <> (z IS NULL)),
	starts date NOT NULL, ends date NOT NULL, CHECK (ends > starts), country char(2) NOT NULL REFERENCES countries, PRIMARY KEY (org_id, kind, years));
CREATE TABLE tree (org_id uuid NOT NULL, id uuid NOT NULL, parent uuid, PRIMARY KEY (org_id, id), FOREIGN KEY (org_id, parent) REFERENCES tree);
CREATE TABLE heads (org_id uuid NOT NULL, id int NOT NULL, tail int, PRIMARY KEY (org_id, id));
CREATE TABLE tails (org_id uuid NOT NULL, id int NOT NULL, head int NOT NULL, PRIMARY KEY (org_id, id), FOREIGN KEY (org_id, head) REFERENCES heads);
ALTER TABLE heads ADD FOREIGN KEY (org_id, tail) REFERENCES tails;
CREATE EXTENSION btree_gist;
CREATE TABLE bookings (org_id uuid NOT NULL, room int NOT NULL, during daterange NOT NULL, EXCLUDE USING gist (org_id WITH =, room WITH =, during WITH &&));
CREATE TABLE lists (org_id uuid NOT NULL, region text NOT NULL, n int) PARTITION BY LIST (region);
CREATE TABLE lists_eu PARTITION OF lists FOR VALUES IN ('eu', 'uk');
CREATE TABLE ranges (org_id uuid NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE ranges_old PARTITION OF ranges FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE hashes (org_id uuid NOT NULL, id int NOT NULL) PARTITION BY HASH (id);
CREATE TABLE empty_ranges (org_id uuid NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE items (id int PRIMARY KEY, list_org uuid NOT NULL, list_id uuid NOT NULL);
CREATE TABLE touched (org_id uuid NOT NULL, id int);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not by hand'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON touched FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TABLE alike (org_id uuid NOT NULL, id int NOT NULL, n int NOT NULL CHECK (n = 1));
CREATE UNIQUE INDEX ON alike (n) WHERE n > 1;
CREATE UNIQUE INDEX ON alike (n, (id + 0));
CREATE TABLE impossible (org_id uuid NOT NULL, n int CHECK (n > 5 AND n < 3) NOT NULL);
`

// TestFill makes rows for every kind of table, and says of which there are none.
func TestFill(t *testing.T) {
	in := input(t, kinds, "-- name: Tree :many\nSELECT * FROM tree WHERE org_id = @org_id;\n",
		config.Table{Name: "countries", Global: true},
		config.Table{Name: "items", Parents: []config.Parent{{Table: "tree", On: []config.Pair{{Child: "list_org", Parent: "org_id"}, {Child: "list_id", Parent: "id"}}}}})
	r := run(t, in, prove.Options{Rounds: 1})
	rows := map[string]int{}
	for _, table := range r.Tables {
		rows[table.Table] = table.Rows
		switch {
		case table.Table == "impossible":
			if table.Rows > 0 || table.Problem == "" {
				t.Errorf("%s has %d rows: %q", table.Table, table.Rows, table.Problem)
			}
		case table.Rows < 4:
			t.Errorf("%s has %d rows: %s", table.Table, table.Rows, table.Problem)
		}
	}
	// Nothing keeps rows of these two from being the same.
	if rows["alike"] < rows["touched"]/2 {
		t.Errorf("%d rows that are alike, %d others", rows["alike"], rows["touched"])
	}
	if len(r.Tables) != 15 {
		t.Errorf("%d tables", len(r.Tables))
	}
}

func global(name string) config.Table { return config.Table{Name: name, Global: true} }

// TestFillRefersToOwnRows has a foreign key without the tenant to a table that only one
// tenant can have a row of: the others must do without, not refer to it.
func TestFillRefersToOwnRows(t *testing.T) {
	r := run(t, input(t, `
CREATE TABLE single (org_id int NOT NULL, id int PRIMARY KEY CHECK (id = 1));
CREATE TABLE refers (org_id int NOT NULL, id int NOT NULL REFERENCES single, n int);`,
		"-- name: Refers :many\nSELECT * FROM refers WHERE org_id = @org_id;\n"), prove.Options{Rounds: 3})
	if got := statuses(r); got != "Refers held" {
		t.Error(got)
	}
}
