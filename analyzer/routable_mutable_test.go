package analyzer_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

const mutableSchema = `
CREATE TABLE plans (id text PRIMARY KEY, at timestamptz);
CREATE TABLE prefs (org_id uuid NOT NULL, k text NOT NULL, v text, n int NOT NULL DEFAULT 0, at timestamptz DEFAULT now(), d date, PRIMARY KEY (org_id, k));
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * n';
CREATE FUNCTION zoned(n int) RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN n; END';
CREATE FUNCTION dice(n int) RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN n; END';`

var mutableSettings = config.Tenant{Columns: []string{"org_id"}, Scale: "citus", Tables: []config.Table{{Name: "plans", Global: true}},
	Functions: []config.Function{{Name: "zoned", Reason: "adds"}, {Name: "dice", Reason: "adds"}, {Name: "twice", Reason: "adds"}}}

const (
	insertPref = "INSERT INTO prefs (org_id, k, v) VALUES ($1, 'a', 'b')"
	onConflict = insertPref + " ON CONFLICT (org_id, k) DO UPDATE SET "
	merge      = "MERGE INTO prefs p USING prefs q ON q.org_id = p.org_id AND q.k = p.k AND p.org_id = $1 AND q.org_id = $1 WHEN MATCHED "
)

// What calls of functions that are not immutable Citus evaluates, and what of the others the finding says: tried on
// Citus v13.2.2, and again by TestMutableOnCitus.
var mutableQueries = map[string]string{
	"INSERT INTO prefs (org_id, k, at) VALUES ($1, 'a', now())":                              "",
	"INSERT INTO prefs (org_id, k, at) VALUES ($1, 'a', COALESCE(NULL::timestamptz, now()))": "",
	"INSERT INTO prefs (org_id, k, v) VALUES ($1, gen_random_uuid()::text, 'r')":             "",
	"INSERT INTO prefs (org_id, k, n) VALUES ($1, 'a', dice(2))":                             "",
	onConflict + "at = now()":                                                                       "DO UPDATE SET has now, which is not immutable",
	onConflict + "at = current_timestamp":                                                           "DO UPDATE SET has current_",
	onConflict + "at = COALESCE(excluded.at, now())":                                                "DO UPDATE SET has now",
	onConflict + "at = prefs.at + interval '1 day'":                                                 "DO UPDATE SET has +",
	onConflict + "d = prefs.at::date":                                                               "DO UPDATE SET has ::date",
	onConflict + "n = dice(1)":                                                                      "DO UPDATE SET has dice",
	onConflict + "n = zoned(1)":                                                                     "DO UPDATE SET has zoned",
	onConflict + "n = twice(prefs.n)":                                                               "",
	onConflict + "at = excluded.at":                                                                 "",
	onConflict + "v = COALESCE(excluded.v, prefs.v), n = prefs.n + 1":                               "",
	onConflict + "v = 'z' WHERE prefs.at < now()":                                                   "ON CONFLICT … WHERE has now",
	onConflict + "v = 'z' WHERE prefs.n < 3":                                                        "",
	"UPDATE prefs SET at = now() WHERE org_id = $1":                                                 "",
	"UPDATE prefs SET at = now() + interval '1 day' WHERE org_id = $1":                              "",
	"UPDATE prefs SET d = current_date WHERE org_id = $1":                                           "",
	"UPDATE prefs SET at = COALESCE(at, now()) WHERE org_id = $1":                                   "SET has coalesce with something that is not immutable",
	"UPDATE prefs SET at = CASE WHEN k = 'a' THEN now() ELSE at END WHERE org_id = $1":              "SET has CASE with",
	"UPDATE prefs SET v = CASE WHEN at < now() THEN 'x' ELSE v END WHERE org_id = $1":               "SET has CASE with",
	"UPDATE prefs SET v = CASE WHEN n > 1 THEN 'x' ELSE v END WHERE org_id = $1":                    "",
	"UPDATE prefs SET at = GREATEST(at, now()) WHERE org_id = $1":                                   "",
	"UPDATE prefs SET n = GREATEST(n, 3), v = COALESCE(v, 'x') WHERE org_id = $1":                   "",
	"UPDATE prefs SET at = at + interval '1 day' WHERE org_id = $1":                                 "SET has +, which is not immutable, on a column",
	"UPDATE prefs SET d = at::date WHERE org_id = $1":                                               "SET has ::date, which is not immutable, on a column",
	"UPDATE prefs SET v = to_char(at, 'YYYY') WHERE org_id = $1":                                    "SET has to_char, which is not immutable, on a column",
	"UPDATE prefs SET v = concat(v, 'x') WHERE org_id = $1":                                         "SET has concat",
	"UPDATE prefs SET v = v || 'x' WHERE org_id = $1":                                               "",
	"UPDATE prefs SET v = v || n WHERE org_id = $1":                                                 "",
	"UPDATE prefs SET v = v || n::text WHERE org_id = $1":                                           "",
	"UPDATE prefs SET v = lower(md5(v)) WHERE org_id = $1":                                          "",
	"UPDATE prefs SET n = zoned(n) WHERE org_id = $1":                                               "SET has zoned, which is not immutable, on a column",
	"UPDATE prefs SET n = zoned(1) WHERE org_id = $1":                                               "",
	"UPDATE prefs SET n = dice(1) WHERE org_id = $1":                                                "SET has dice, which is volatile",
	"UPDATE prefs SET n = twice(n) WHERE org_id = $1":                                               "",
	"UPDATE prefs SET v = gen_random_uuid()::text WHERE org_id = $1":                                "SET has gen_random_uuid, which is volatile",
	"UPDATE prefs SET v = 'q' WHERE org_id = $1 AND at < now() - interval '1 day'":                  "",
	"UPDATE prefs SET v = 'q' WHERE org_id = $1 AND at > d":                                         "WHERE has >, which is not immutable, on a column",
	"UPDATE prefs SET v = 'q' WHERE org_id = $1 AND COALESCE(at, now()) < now()":                    "WHERE has coalesce",
	"UPDATE prefs SET v = 'q' WHERE org_id = $1 AND random() < 0.5":                                 "WHERE has random, which is volatile",
	"DELETE FROM prefs WHERE org_id = $1 AND CASE WHEN k = 'z' THEN now() > at ELSE false END":      "WHERE has CASE",
	"DELETE FROM prefs WHERE org_id = $1 AND NOT (k = 'none' OR random() < 0.5)":                    "WHERE has random",
	"DELETE FROM prefs WHERE org_id = $1 AND at < now() - interval '1 year' RETURNING k, at":        "",
	"DELETE FROM prefs WHERE org_id = $1 AND k = 'none' RETURNING now()":                            "RETURNING has now",
	insertPref + " RETURNING at::text":                                                              "RETURNING has ::text",
	insertPref + " RETURNING *":                                                                     "",
	"UPDATE prefs SET n = 1 WHERE org_id = $1 RETURNING n + 1, upper(k)":                            "",
	"UPDATE prefs p SET at = now() FROM prefs q WHERE p.org_id = $1 AND q.org_id = p.org_id":        "",
	"UPDATE prefs p SET n = dice(1) FROM prefs q WHERE p.org_id = $1 AND q.org_id = p.org_id":       "SET has dice",
	merge + "AND p.n < q.n THEN UPDATE SET v = 'm'":                                                 "",
	merge + "AND random() < 0.5 THEN UPDATE SET v = 'm'":                                            "WHEN has random, which is volatile",
	merge + "THEN UPDATE SET n = dice(1)":                                                           "SET has dice, which is volatile",
	merge + "AND p.at > p.d THEN UPDATE SET v = 'm'":                                                "WHEN has >, which is not immutable, on a column",
	"UPDATE plans SET at = now() WHERE id = 'a'":                                                    "",
	"UPDATE plans SET at = COALESCE(at, now()) WHERE id = 'a'":                                      "SET has coalesce",
	"INSERT INTO plans (id) VALUES ('a') ON CONFLICT (id) DO UPDATE SET at = now()":                 "DO UPDATE SET has now",
	"SELECT now(), COALESCE(at, now()), dice(n) FROM prefs WHERE org_id = $1 AND at < now()":        "",
	"INSERT INTO prefs (org_id, k, at) SELECT org_id, k || 'c', now() FROM prefs WHERE org_id = $1": "",
}

func TestMutableInWrites(t *testing.T) {
	for sql, want := range mutableQueries {
		r := routingIn(t, mutableSchema, mutableSettings, sql)
		if r.Verdict != analyzer.Scoped && r.Verdict != analyzer.Global {
			t.Errorf("%s: %s: %+v", sql, r.Verdict, r.Diagnostics)
			continue
		}
		var got []string
		for _, d := range r.Diagnostics {
			if d.Rule == "not-routable" {
				got = append(got, d.Message)
			}
		}
		if text := strings.Join(got, "\n"); *r.Routable != (want == "") || !strings.Contains(text, want) {
			t.Errorf("%s\n  routable %v: %q, want %q", sql, *r.Routable, got, want)
		}
	}
}

// The finding is where the call stands.
func TestMutableHasItsPlace(t *testing.T) {
	const sql = "UPDATE prefs SET v = 'x', n = dice(1) WHERE org_id = $1"
	ds := routingIn(t, mutableSchema, mutableSettings, sql).Diagnostics
	if len(ds) != 1 || ds[0].Rule != "not-routable" || !strings.HasPrefix(sql[ds[0].Column-1:], "dice") {
		t.Errorf("%+v", ds)
	}
}

// Citus runs what we say it can, and refuses the rest: of these queries none is refused for being careful.
func TestMutableOnCitus(t *testing.T) {
	c := pgserver.CitusForTest(t)
	conn, err := pgx.Connect(t.Context(), c.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	setup := strings.Split(mutableSchema, ";\n")
	for _, sql := range append(setup, "SELECT create_distributed_function('dice(int)')", "SELECT create_distributed_function('zoned(int)')",
		"SELECT create_reference_table('plans')", "SELECT create_distributed_table('prefs', 'org_id')") {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	for sql, want := range mutableQueries {
		tx, err := conn.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = tx.Exec(t.Context(), strings.ReplaceAll(sql, "$1", "'a0000000-0000-4000-8000-000000000001'"))
		if (err == nil) != (want == "") {
			t.Errorf("%s\n  Citus: %v, we: %q", sql, err, want)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
