package ddl

import "testing"

// A view that a CASCADE may have taken away must not decide what a statement does, or what a name means; where nothing depends on
// it, nothing is in doubt.
func TestMayBeGone(t *testing.T) {
	const two = `CREATE SCHEMA a; CREATE TABLE n (id int PRIMARY KEY, x int); CREATE TABLE o (id int PRIMARY KEY, x int);
CREATE VIEW v AS SELECT n.id, n.x FROM n CROSS JOIN o; CREATE VIEW w AS SELECT id FROM v; CREATE VIEW a.u AS SELECT n.x FROM n, o;
ALTER TABLE o DROP COLUMN x CASCADE; `
	const key = `CREATE TABLE p (id int PRIMARY KEY, x int); CREATE VIEW v AS SELECT id, x FROM p GROUP BY id; `
	const drop = ` ALTER TABLE p DROP CONSTRAINT p_pkey CASCADE; CREATE TABLE IF NOT EXISTS v (x int)`
	const calls = `CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE n (x text); CREATE VIEW v AS SELECT f (x) FROM n; CREATE VIEW w AS SELECT * FROM v; `
	for name, test := range map[string]struct {
		sql   string
		doubt bool
	}{
		"table":                      {two + `CREATE TABLE IF NOT EXISTS v (x int)`, true},
		"table above":                {two + `CREATE TABLE IF NOT EXISTS w (x int)`, true},
		"table as":                   {two + `CREATE TABLE IF NOT EXISTS v AS SELECT 1 AS x`, true},
		"materialized view":          {two + `CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT 1 AS x`, true},
		"sequence":                   {two + `CREATE SEQUENCE IF NOT EXISTS v`, true},
		"index":                      {two + `CREATE UNIQUE INDEX IF NOT EXISTS v ON n (x)`, true},
		"rename if exists":           {two + `ALTER VIEW IF EXISTS v RENAME TO z`, true},
		"kept, rename if exists":     {calls + `DROP FUNCTION f (int) CASCADE; ALTER VIEW IF EXISTS v RENAME TO z`, true},
		"kept, alter if exists":      {calls + `DROP FUNCTION f (int) CASCADE; ALTER VIEW IF EXISTS v ALTER COLUMN f SET DEFAULT 1`, true},
		"kept, renamed":              {calls + `DROP FUNCTION f (int) CASCADE; ALTER VIEW v RENAME TO z; CREATE TABLE IF NOT EXISTS v (x int)`, false},
		"kept, replaced":             {calls + `DROP FUNCTION f (int) CASCADE; CREATE OR REPLACE VIEW v AS SELECT f (x) FROM n; CREATE TABLE IF NOT EXISTS v (x int)`, false},
		"kept, dropped":              {calls + `DROP FUNCTION f (int) CASCADE; DROP VIEW IF EXISTS v CASCADE; CREATE TABLE v (x int)`, false},
		"no other function":          {`CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE n (x text); CREATE VIEW v AS SELECT f (x) FROM n; DROP FUNCTION f (text) CASCADE; CREATE TABLE IF NOT EXISTS v (x int)`, true},
		"move if exists":             {two + `ALTER VIEW IF EXISTS v SET SCHEMA a`, true},
		"of the path":                {two + `CREATE TABLE u (x int); SET search_path = a, public; CREATE VIEW z AS SELECT x FROM u; DROP VIEW IF EXISTS a.u`, true},
		"dropped of the path":        {two + `CREATE TABLE u (x int); SET search_path = a, public; DROP VIEW IF EXISTS u`, true},
		"of a later session":         {two + `CREATE TABLE u (x int)`, true},
		"of a renamed schema":        {two + `ALTER SCHEMA a RENAME TO b; CREATE TABLE IF NOT EXISTS b.u (x int); DROP TABLE IF EXISTS b.u`, true},
		"nothing else of its name":   {two + `CREATE TABLE z (x int)`, false},
		"dropped":                    {two + `DROP VIEW IF EXISTS v CASCADE; CREATE TABLE IF NOT EXISTS v (x int)`, false},
		"created":                    {two + `CREATE TABLE v (x int); CREATE TABLE IF NOT EXISTS v (y int)`, false},
		"replaced":                   {two + `CREATE OR REPLACE VIEW v AS SELECT id, x FROM n; CREATE TABLE IF NOT EXISTS v (y int)`, false},
		"renamed to it":              {two + `ALTER TABLE o RENAME TO v; CREATE TABLE IF NOT EXISTS v (y int)`, false},
		"indexed as it":              {two + `CREATE INDEX v ON n (x); CREATE TABLE IF NOT EXISTS v (y int)`, false},
		"key":                        {key + drop, true},
		"key by ordinal":             {key + `DROP VIEW v; CREATE VIEW v AS SELECT id, x FROM p GROUP BY 1;` + drop, true},
		"key by another name":        {key + `DROP VIEW v; CREATE VIEW v AS SELECT id AS k, x FROM p GROUP BY k;` + drop, true},
		"key renamed":                {key + `ALTER TABLE p RENAME id TO k;` + drop, true},
		"key deep within":            {key + `DROP VIEW v; CREATE VIEW v AS SELECT 1 AS one WHERE EXISTS (SELECT x FROM p GROUP BY id);` + drop, true},
		"key in a body":              {key + `DROP VIEW v; CREATE FUNCTION g() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT x FROM p GROUP BY id; END;` + drop, true},
		"key in a stale body":        {key + `DROP VIEW v; CREATE FUNCTION g() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT x FROM p GROUP BY id; END; ALTER TABLE p RENAME TO r; ALTER TABLE r DROP CONSTRAINT p_pkey CASCADE; CREATE TABLE IF NOT EXISTS v (x int)`, true},
		"grouped by something else":  {key + `DROP VIEW v; CREATE VIEW v AS SELECT x FROM p GROUP BY x;` + drop, false},
		"not grouped":                {key + `DROP VIEW v; CREATE VIEW v AS SELECT id, x FROM p;` + drop, false},
		"key of another table":       {key + `CREATE TABLE q (id int PRIMARY KEY); ALTER TABLE q DROP CONSTRAINT q_pkey CASCADE; CREATE TABLE IF NOT EXISTS v (x int)`, false},
		"one of several functions":   {calls + `DROP FUNCTION f (int) CASCADE; CREATE TABLE IF NOT EXISTS v (x int)`, true},
		"made by plain CREATE":       {calls + `DROP FUNCTION f (text) CASCADE; CREATE VIEW v AS SELECT x FROM n; CREATE VIEW w AS SELECT x FROM v`, false},
		"the only function":          {calls + `DROP FUNCTION f (int) CASCADE; DROP FUNCTION f (text) CASCADE; CREATE TABLE IF NOT EXISTS v (x int)`, true},
		"collation":                  {`CREATE COLLATION c FROM "C"; CREATE TABLE n (x text); CREATE VIEW v AS SELECT x COLLATE c AS x FROM n; DROP COLLATION c CASCADE; CREATE TABLE IF NOT EXISTS v (x int)`, true},
		"extension":                  {`CREATE EXTENSION citext; CREATE TABLE n (x text); CREATE VIEW v AS SELECT x::citext AS x FROM n; DROP EXTENSION citext CASCADE; CREATE TABLE IF NOT EXISTS v (x int)`, true},
		"named by a constant":        {`CREATE TABLE n (x text); CREATE VIEW v AS SELECT 'n'::regclass AS x; DROP TABLE n CASCADE; CREATE TABLE IF NOT EXISTS v (x int)`, true},
		"not named by a constant":    {`CREATE TABLE n (x text); CREATE VIEW v AS SELECT 1 AS x; DROP TABLE n CASCADE; CREATE TABLE IF NOT EXISTS v (x int)`, false},
		"vouched for":                {`CREATE COLLATION c FROM "C"; CREATE TABLE n (x text); CREATE VIEW v AS SELECT x FROM n;` + "\n-- tenantgen:ddl no view has it\n" + `DROP COLLATION c CASCADE; CREATE TABLE IF NOT EXISTS v (x int)`, false},
		"without CASCADE":            {`CREATE TABLE n (x text, y int); CREATE VIEW v AS SELECT 'n'::regclass AS x; ALTER TABLE n DROP COLUMN x; CREATE TABLE IF NOT EXISTS v (x int)`, false},
		"made before the key and so": {key + `CREATE TABLE IF NOT EXISTS v (x int)`, false},
	} {
		t.Run(name, func(t *testing.T) {
			db, errs := Load([]SchemaFile{{Path: "s.sql", Text: test.sql}})
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			if got := db.Unfollowed != ""; got != test.doubt {
				t.Errorf("in doubt: %v, want %v (%s)", got, test.doubt, db.Unfollowed)
			}
		})
	}
}
