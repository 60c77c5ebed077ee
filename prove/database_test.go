package prove_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/prove"
)

const noteQuery = "-- name: Notes :many\nSELECT * FROM notes WHERE org_id = @org_id;\n"

// TestDatabaseLeftEmpty proves twice on a database that somebody disposes of, and is
// interrupted once: each time nothing is left but what was there before.
func TestDatabaseLeftEmpty(t *testing.T) {
	url := database(t)
	conn := dblab.Connect(t, url, "")
	dblab.Exec(t, conn, "CREATE TYPE mine AS ENUM ('x'); CREATE SCHEMA kept; CREATE FUNCTION kept.f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
	before := contents(t, conn)
	in := input(t, kinds+notes+"CREATE SCHEMA extra; CREATE VIEW extra.v AS SELECT 1 AS one; CREATE TYPE pair AS (a int, b int); CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);", noteQuery, orgs, global("countries"), global("items"))
	if _, err := prove.Run(t.Context(), in, prove.Options{DatabaseURL: url, Rounds: 1}); err != nil {
		t.Fatal(err)
	}
	if after := contents(t, conn); after != before {
		t.Errorf("left behind:\n%s\nbefore:\n%s", after, before)
	}
	ctx, cancel := context.WithCancel(t.Context())
	o := prove.Options{DatabaseURL: url, Progress: func(p prove.Progress) {
		if p.Doing == "Notes" {
			cancel()
		}
	}}
	if _, err := prove.Run(ctx, in, o); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("interrupted: %v", err)
	}
	if after := contents(t, conn); after != before {
		t.Errorf("left behind by an interrupted run:\n%s", after)
	}
}

// TestDatabaseInUse refuses a database that holds somebody's tables, and takes one
// whose tables an earlier run noted down and could not drop.
func TestDatabaseInUse(t *testing.T) {
	url := database(t)
	conn := dblab.Connect(t, url, "")
	in := input(t, notes, noteQuery, orgs)
	dblab.Exec(t, conn, "CREATE TABLE customers (id int)")
	_, err := prove.Run(t.Context(), in, prove.Options{DatabaseURL: url, Rounds: 1})
	if err == nil || !strings.Contains(err.Error(), "customers") {
		t.Errorf("a table that prove did not create: %v", err)
	}
	dblab.Exec(t, conn, "SELECT id FROM customers")
	dblab.Exec(t, conn, "CREATE SCHEMA tenantgen_prove; CREATE TABLE tenantgen_prove.created (name text); CREATE TABLE tenantgen_prove.before (oids oid[]); INSERT INTO tenantgen_prove.created VALUES ('customers'); INSERT INTO tenantgen_prove.before VALUES ('{}')")
	if _, err := prove.Run(t.Context(), in, prove.Options{DatabaseURL: url, Rounds: 1}); err != nil {
		t.Errorf("a table that prove created: %v", err)
	}
	dblab.Exec(t, conn, "CREATE TABLE customers (id int)") // it is gone
}

// TestErrors reads errors that users meet.
func TestErrors(t *testing.T) {
	in := input(t, notes, noteQuery+"-- name: Odd :many\nSELECT no_such(id) FROM notes WHERE org_id = @org_id;\n", orgs)
	_, err := prove.Run(t.Context(), in, prove.Options{DatabaseURL: "postgres://u:secret@127.0.0.1:1/x"})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("no server: %v", err)
	}
	_, err = prove.Run(t.Context(), in, prove.Options{DatabaseURL: "postgres://u:secret@%zz"})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("no URL: %v", err)
	}
	r := run(t, in, prove.Options{Rounds: 1})
	if o := r.Outcomes[1]; o.Status != prove.Failing || !strings.Contains(o.Error, "no_such") {
		t.Errorf("%s: %s", o.Status, o.Error)
	}
	in.Files[0].Text += "\n\nCREATE TABLE again (x no_such_type);"
	_, err = prove.Run(t.Context(), in, prove.Options{DatabaseURL: database(t)})
	if err == nil || !strings.HasPrefix(err.Error(), "schema.sql:5: ") {
		t.Errorf("schema: %v", err)
	}
}

// contents lists everything in a database that is not PostgreSQL's own.
func contents(t *testing.T, conn *pgx.Conn) string {
	t.Helper()
	var all string
	err := conn.QueryRow(t.Context(), `SELECT coalesce(string_agg(x, ', ' ORDER BY x), '') FROM (
		SELECT 'relation ' || relname FROM pg_class WHERE oid >= 16384 AND relnamespace <> 'pg_toast'::regnamespace UNION ALL SELECT 'type ' || typname FROM pg_type WHERE oid >= 16384
		UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE oid >= 16384 UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE oid >= 16384
		UNION ALL SELECT 'role ' || rolname FROM pg_roles WHERE rolname = 'prove_app' UNION ALL SELECT 'extension ' || extname FROM pg_extension WHERE oid >= 16384) o(x)`).Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTwoRunsOnOneServer proves in two databases of a server at the same time. Both
// schemas create one role, which belongs to the server: they share it, and it is gone
// in the end.
func TestTwoRunsOnOneServer(t *testing.T) {
	schema := "CREATE ROLE prove_two;" + notes + "GRANT SELECT ON notes TO prove_two;"
	errs := make(chan error)
	urls := []string{database(t), database(t)}
	for _, url := range urls {
		in := input(t, schema, noteQuery, orgs)
		go func() {
			r, err := prove.Run(t.Context(), in, prove.Options{DatabaseURL: url, Rounds: 2})
			if err == nil && r.Failed() {
				err = errors.New(statuses(r))
			}
			errs <- err
		}()
	}
	for range urls {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	conn := dblab.Connect(t, urls[0], "")
	var left int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_roles WHERE rolname IN ('prove_two', 'prove_app')").Scan(&left); err != nil || left > 0 {
		t.Errorf("%d roles are left: %v", left, err)
	}
}

// TestRoleThatNothingNeeds holds that a run which ends leaves another its roles, also those that nothing depends on.
func TestRoleThatNothingNeeds(t *testing.T) {
	urls := []string{database(t), database(t)}
	in := input(t, "CREATE ROLE prove_idle;"+notes, noteQuery, orgs)
	var second error
	during := -1
	conn := dblab.Connect(t, urls[0], "")
	roles := func() (n int) {
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_roles WHERE rolname = 'prove_idle'").Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	o := prove.Options{DatabaseURL: urls[0], Rounds: 1, Progress: func(p prove.Progress) {
		if p.Doing == "Notes" && during < 0 {
			_, second = prove.Run(t.Context(), in, prove.Options{DatabaseURL: urls[1], Rounds: 1})
			during = roles()
		}
	}}
	if _, err := prove.Run(t.Context(), in, o); err != nil || second != nil {
		t.Fatal(err, second)
	}
	if left := roles(); during != 1 || left != 0 {
		t.Errorf("%d roles after the second run, %d in the end", during, left)
	}
}

// TestRoleOfSomebodyElse leaves a role that was there before: it is no run's own, and a
// schema that creates it cannot be created, as it could not be in earnest.
func TestRoleOfSomebodyElse(t *testing.T) {
	url := database(t)
	conn := dblab.Connect(t, url, "")
	dblab.Exec(t, conn, "CREATE ROLE prove_theirs")
	defer dblab.Exec(t, conn, "DROP ROLE prove_theirs")
	_, err := prove.Run(t.Context(), input(t, "CREATE ROLE prove_theirs;"+notes, noteQuery, orgs), prove.Options{DatabaseURL: url, Rounds: 1})
	if err == nil || !strings.Contains(err.Error(), "prove_theirs") {
		t.Error(err)
	}
}

// TestOneRunInADatabase refuses a second one: it would empty the tables under the first.
func TestOneRunInADatabase(t *testing.T) {
	url := database(t)
	in := input(t, notes, noteQuery, orgs)
	var second error
	o := prove.Options{DatabaseURL: url, Rounds: 1, Progress: func(p prove.Progress) {
		if p.Doing == "Notes" && second == nil {
			_, second = prove.Run(t.Context(), in, prove.Options{DatabaseURL: url, Rounds: 1})
		}
	}}
	if _, err := prove.Run(t.Context(), in, o); err != nil {
		t.Error(err)
	}
	if second == nil || !strings.Contains(second.Error(), "already") {
		t.Error(second)
	}
}

// TestGeneratedColumnLeftNothing proves twice with a table that has a generated column,
// which PostgreSQL 14 notes as depending on its own table.
func TestGeneratedColumnLeftNothing(t *testing.T) {
	url := database(t)
	conn := dblab.Connect(t, url, "")
	before := contents(t, conn)
	in := input(t, "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, a int NOT NULL, b int GENERATED ALWAYS AS (a * 2) STORED);", noteQuery)
	for range 2 {
		if _, err := prove.Run(t.Context(), in, prove.Options{DatabaseURL: url, Rounds: 1}); err != nil {
			t.Fatal(err)
		}
		if after := contents(t, conn); after != before {
			t.Errorf("left behind: %s", after)
		}
	}
}
