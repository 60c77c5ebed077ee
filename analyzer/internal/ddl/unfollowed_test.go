package ddl

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

const unfollowedSchema = `
	CREATE SCHEMA other;
	CREATE TABLE a (id int CONSTRAINT a_key PRIMARY KEY, n int CONSTRAINT a_n CHECK (n > 0));
	CREATE TABLE b (id int PRIMARY KEY, a_id int CONSTRAINT b_a REFERENCES a);
	CREATE INDEX b_index ON b (a_id);
	CREATE TABLE "Odd Name" (id int PRIMARY KEY);
	CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
	CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (2);
	CREATE FUNCTION drops_a() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN ALTER TABLE a DROP CONSTRAINT a_key; END $f$;
	CREATE FUNCTION builds(t text) RETURNS void LANGUAGE plpgsql AS $f$ BEGIN EXECUTE 'ALTER TABLE ' || t || ' DROP CONSTRAINT a_key'; END $f$;
	CREATE FUNCTION calls() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN PERFORM drops_a(); END $f$;
	CREATE FUNCTION round() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN PERFORM round(); PERFORM drops_a(); END $f$;
	CREATE FUNCTION counts() RETURNS bigint LANGUAGE plpgsql AS $f$ BEGIN RETURN (SELECT count(*) FROM a); END $f$;
	CREATE FUNCTION in_c() RETURNS void LANGUAGE c AS 'lib', 'in_c';
	CREATE FUNCTION at_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $f$ BEGIN ALTER TABLE b ALTER a_id DROP NOT NULL; END $f$;
	CREATE PROCEDURE proc() LANGUAGE plpgsql AS $f$ BEGIN DROP INDEX b_index; END $f$;
	CREATE FUNCTION over(int) RETURNS void LANGUAGE plpgsql AS $f$ BEGIN ALTER TABLE a DROP CONSTRAINT a_key; END $f$;
	CREATE FUNCTION over(text) RETURNS void LANGUAGE plpgsql AS $f$ BEGIN END $f$;
	CREATE FUNCTION other.drops_a() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN END $f$;
`

// TestUnfollowed holds which tables are in doubt after DDL that is not followed.
func TestUnfollowed(t *testing.T) {
	all := "anything"
	for _, c := range []struct{ ddl, unsure string }{
		{"DO $$ BEGIN ALTER TABLE a DROP CONSTRAINT a_key; END $$;", "a"},
		{"DO $$ BEGIN EXECUTE 'ALTER TABLE a DROP CONSTRAINT a_key'; END $$;", "a"},
		{"DO $$ BEGIN EXECUTE 'ALTER TABLE ' || 'a'; END $$;", all},
		{"DO $$ BEGIN EXECUTE format('ALTER TABLE %I', 'a'); END $$;", all},
		{"DO $$ BEGIN EXECUTE stmt; END $$;", all},
		{"DO $$ BEGIN EXECUTE 'DROP INDEX a_key' INTO x; END $$;", "a"},
		{"DO $$ BEGIN EXECUTE pg_catalog.format('GRANT SELECT ON %I TO app', t); END $$;", ""},
		{"DO $$ BEGIN EXECUTE format('GRANT SELECT ON a TO app; %s', t); END $$;", all},
		{"DO $$ BEGIN EXECUTE format('%s', 'ALTER TABLE a'); END $$;", all},
		{"DO $$ BEGIN GRANT EXECUTE ON FUNCTION counts() TO app; END $$;", ""},
		{"DO $$ BEGIN CREATE TRIGGER x AFTER INSERT ON a EXECUTE FUNCTION f(); END $$;", "a"},
		{"DO $$ BEGIN CREATE OR REPLACE RULE x AS ON INSERT TO a DO ALSO NOTHING; END $$;", all},
		{"DO $$ BEGIN CREATE CONSTRAINT TRIGGER x AFTER INSERT ON a EXECUTE PROCEDURE f(); END $$;", "a"},
		{"DO $$ BEGIN UPDATE a SET id = 1; END $$;", ""},
		{"DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;", ""},
		{"DO $$ BEGIN ALTER TABLE public.A DROP CONSTRAINT a_key; END $$;", "a"},
		{"DO $$ BEGIN ALTER TABLE alpha DROP CONSTRAINT x; END $$;", ""},
		{"DO $$ BEGIN ALTER TABLE _a DROP CONSTRAINT x; ALTER TABLE a1 DROP CONSTRAINT x; END $$;", ""},
		{`DO $$ BEGIN ALTER TABLE "Odd Name" DROP CONSTRAINT x; END $$;`, `"Odd Name"`},
		{"DO $$ BEGIN DROP INDEX b_index; END $$;", "b"},
		{"DO $$ BEGIN ALTER INDEX a_key RENAME TO x; END $$;", all},
		{"DO $$ BEGIN EXECUTE 'DROP CONSTRAINT b_a'; END $$;", "b"},
		{"DO $$ BEGIN ALTER DOMAIN a_n DROP NOT NULL; END $$;", all},
		{"DO $$ BEGIN ALTER TABLE p DROP CONSTRAINT x; END $$;", "p p1"},
		{"DO $$ BEGIN ALTER TABLE p1 DROP CONSTRAINT x; END $$;", "p p1"},
		{"DO $$ BEGIN DROP SCHEMA public CASCADE; END $$;", all},
		{"DO $$ BEGIN DROP DOMAIN x CASCADE; END $$;", all},
		{"DO $$ BEGIN DROP FUNCTION x; END $$;", all},
		{"DO $$ BEGIN DROP OWNED BY x; END $$;", all},
		{"DO $$ BEGIN PERFORM 1 FROM pg_constraint WHERE conname = 'a_key'; END $$;", ""},
		{"DO $$ BEGIN SET session_replication_role = replica; INSERT INTO a VALUES (1); END $$;", "a"},
		{"DO LANGUAGE plpython3u $$ x $$;", all},
		{"DO $$ BEGIN PERFORM calls(); END $$;", "a"},
		{"DO $$ BEGIN PERFORM builds('b'); END $$;", all},
		{"SELECT drops_a();", "a"},
		{"SELECT builds('b');", all},
		{"SELECT calls();", "a"},
		{"SELECT round();", "a"},
		{"SELECT counts();", ""},
		{"SELECT in_c();", all},
		{"SELECT over('x');", "a"},
		{"SELECT other.drops_a();", ""},
		{"INSERT INTO b SELECT 1 FROM drops_a();", "a"},
		{"UPDATE b SET id = (SELECT 1 FROM drops_a());", "a"},
		{"DELETE FROM b WHERE drops_a() IS NULL;", "a"},
		{"CALL proc();", "b"},
		{"SELECT unseen('b');", all},
		{"SELECT unseen('public.b'::regclass);", all},
		{"SELECT unseen('select from b');", all},
		{"SELECT unseen('drop table b');", all},
		{"SELECT lower('b'), setval('b_seq', 1);", ""},
		{"CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION at_ddl();", "b"},
		{"CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION unseen(); CREATE TABLE z (id int);", all},
		{"SELECT builds('b'); CREATE TABLE z (id int);", all},
		// What no schema file declares may do anything, wherever it is called.
		{"DO $$ BEGIN PERFORM unseen('b'); END $$;", all},
		{"DO $$ BEGIN PERFORM other.unseen('b'); END $$;", all},
		{`DO $$ BEGIN PERFORM "Unseen"('b'); END $$;`, all},
		{"DO $$ DECLARE x int := unseen(); BEGIN END $$;", all},
		{"DO $$ DECLARE x int; BEGIN x := 1 + unseen (2); END $$;", all},
		{"DO $$ BEGIN IF unseen() THEN NULL; END IF; END $$;", all},
		{"DO $$ BEGIN IF true THEN NULL; ELSIF unseen() THEN NULL; END IF; END $$;", all},
		{"DO $$ BEGIN WHILE unseen() LOOP NULL; END LOOP; END $$;", all},
		{"DO $$ BEGIN ASSERT unseen(); END $$;", all},
		{"DO $$ BEGIN RETURN; CALL unseen(); END $$;", all},
		{"DO $$ BEGIN CALL refresh(); END $$;", all},
		{"DO $$ BEGIN PERFORM refresh('b'); END $$;", all},
		{"DO $$ BEGIN INSERT INTO b (id) SELECT unseen(id) FROM b; END $$;", all},
		{"DO $$ BEGIN INSERT INTO b (id) VALUES (unseen(1)); END $$;", all},
		{"DO $$ BEGIN UPDATE b SET id = 1 FROM unseen(1); END $$;", all},
		{"DO $$ BEGIN DELETE FROM b USING unseen(1); END $$;", all},
		{"DO $$ BEGIN PERFORM 1 FROM a JOIN b ON unseen(a.id) = 1; END $$;", all},
		{"DO $$ BEGIN RAISE NOTICE '%', unseen(); END $$;", all},
		{"DO $$ BEGIN CREATE TABLE y (id uuid DEFAULT unseen()); END $$;", all},
		{"CREATE FUNCTION far() RETURNS void LANGUAGE sql AS 'SELECT unseen()'; DO $$ BEGIN PERFORM far(); END $$;", all},
		{"DO $$ BEGIN PERFORM lower('x'), coalesce(1, 2), pg_catalog.upper('y'), nullif(1, greatest(2, 3)), now(); END $$;", ""},
		{"DO $$ BEGIN RETURN; x := coalesce(1, 2); PERFORM greatest(1, 2), row(1, 2); IF exists (SELECT 1) THEN x := trim('x'); END IF; END $$;", ""},
		{"CREATE FUNCTION kept() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(1, 2); END'; DO $$ BEGIN PERFORM kept(); END $$;", ""},
		{`CREATE FUNCTION kept() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN "coalesce"(1, 2); END'; DO $$ BEGIN PERFORM kept(); END $$;`, all},
		{"CREATE FUNCTION kept() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN other.coalesce(1, 2); END'; DO $$ BEGIN PERFORM kept(); END $$;", all},
		{"DO $$ DECLARE x varchar(3); y numeric(3, 2); c CURSOR (k int) FOR SELECT 1; BEGIN OPEN c(1); IF (1 IN (1, 2)) THEN RAISE NOTICE 'unseen()'; END IF; END $$;", ""},
		{"DO $$ BEGIN WITH w (x) AS (SELECT 1), v (y) AS MATERIALIZED (SELECT 2) INSERT INTO b (id) SELECT x FROM w, v AS u (z); END $$;", ""},
		{"DO $$ BEGIN CREATE TABLE y (id int, e vector(3)); CREATE INDEX ON y (id); CREATE INDEX ON y USING hnsw (e); END $$;", ""},
		{"DO $$ BEGIN PERFORM counts(); -- unseen()\n END $$;", ""},
		// What is added counts as what is dropped.
		{"DO $$ BEGIN CREATE UNIQUE INDEX u ON a (n); END $$;", "a"},
		{"DO $$ BEGIN CREATE INDEX CONCURRENTLY IF NOT EXISTS u ON a (n); END $$;", "a"},
		{"DO $$ BEGIN create /* a */ unique -- x\n index on a (n); END $$;", "a"},
		{"DO $$ BEGIN ALTER TABLE b ADD FOREIGN KEY (a_id) REFERENCES a ON DELETE CASCADE; END $$;", "a b"},
		{"DO $$ BEGIN CREATE TABLE c (a_id int REFERENCES a ON DELETE CASCADE); END $$;", "a"},
		{"DO $$ BEGIN CREATE UNLOGGED TABLE c (a_id int REFERENCES a ON DELETE CASCADE); END $$;", "a"},
		{"DO $$ BEGIN ALTER TABLE a ALTER n SET DEFAULT 1; END $$;", "a"},
		{"DO $$ BEGIN CREATE TABLE IF NOT EXISTS z (id int UNIQUE); END $$; CREATE TABLE IF NOT EXISTS z (id int);", "z"},
		{"DO $$ BEGIN ALTER TABLE z ADD UNIQUE (id); END $$; CREATE TABLE y (id int); ALTER TABLE y RENAME TO z;", "z"},
		// What changes more than keys, foreign keys and triggers.
		{"DO $$ BEGIN ALTER TABLE a ADD org_id int; END $$;", all},
		{"DO $$ BEGIN ALTER TABLE a ADD CHECK (n > 1), ADD COLUMN org_id int; END $$;", all},
		{"DO $$ BEGIN ALTER TABLE a DROP n; END $$;", all},
		{"DO $$ BEGIN ALTER TABLE a ALTER n TYPE char(3); END $$;", all},
		{"DO $$ BEGIN ALTER TABLE a ALTER n DROP EXPRESSION; END $$;", all},
		{"DO $$ BEGIN ALTER TABLE b INHERIT a; END $$;", all},
		{"DO $$ BEGIN CREATE TABLE c (n int) INHERITS (a); END $$;", all},
		{"DO $$ BEGIN CREATE TABLE c PARTITION OF p DEFAULT; END $$;", all},
		{"DO $$ BEGIN ALTER TABLE p ATTACH PARTITION c DEFAULT; END $$;", all},
		{"DO $$ BEGIN ALTER TABLE a RENAME n TO m; END $$;", all},
		{"DO $$ BEGIN ALTER TABLE a SET SCHEMA other; END $$;", all},
		{"DO $$ BEGIN CREATE OR REPLACE VIEW v AS SELECT 1; END $$;", all},
		{"DO $$ BEGIN CREATE FUNCTION lower(varchar) RETURNS text LANGUAGE sql AS 'SELECT $1'; END $$;", all},
		{"DO $$ BEGIN CREATE PROCEDURE f() LANGUAGE sql AS ''; END $$;", all},
		{"DO $$ BEGIN CREATE AGGREGATE g(int) (SFUNC = f, STYPE = int); END $$;", all},
		{"DO $$ BEGIN CREATE CAST (a AS int) WITH FUNCTION f(a); END $$;", all},
		{"DO $$ BEGIN CREATE OPERATOR + (LEFTARG = text, RIGHTARG = int, FUNCTION = f); END $$;", all},
		{"DO $$ BEGIN CREATE DOMAIN d AS int CHECK (f(VALUE)); END $$;", all},
		{"DO $$ BEGIN CREATE TYPE d AS (x int); END $$;", all},
		{"DO $$ BEGIN ALTER TYPE d ADD ATTRIBUTE x int; END $$;", all},
		{"DO $$ BEGIN CREATE POLICY x ON a; END $$;", all},
		{"DO $$ BEGIN ALTER TABLE a DISABLE ROW LEVEL SECURITY; CREATE INDEX ON a (n); ALTER TABLE a NO FORCE ROW LEVEL SECURITY; END $$;", all},
		{"DO $$ BEGIN CREATE SCHEMA x; END $$;", all},
		{"DO $$ BEGIN CREATE TEMP TABLE a (id int); END $$;", all},
		{"DO $$ BEGIN CREATE TRIGGER x INSTEAD OF INSERT ON v EXECUTE FUNCTION f(); END $$;", all},
		{"DO $$ BEGIN ALTER DATABASE x SET work_mem = 1; END $$;", all},
		{"DO $$ BEGIN SET search_path = other; END $$;", all},
		{"DO $$ BEGIN SECURITY LABEL ON TABLE a IS 'x'; END $$;", all},
		{"DO $$ BEGIN IMPORT FOREIGN SCHEMA x FROM SERVER y INTO z; END $$;", all},
		{"DO $$ BEGIN LOAD 'x'; END $$;", all},
		{`DO $$ BEGIN CREATE INDEX ON U&"\0061" (n); END $$;`, all},
		{`DO $$ BEGIN CREATE INDEX ON "x""y" (n); END $$;`, all},
		{"DO $$ BEGIN CREATE INDEX ON " + strings.Repeat("x", 64) + " (n); END $$;", all},
		{"DO $$ DECLARE function text; BEGIN EXECUTE function; END $$;", all},
		{"DO $$ DECLARE function text; BEGIN EXECUTE function using (1); END $$;", all},
		{"DO $$ BEGIN EXECUTE 'CREATE/**/INDEX ON a (n)'; END $$;", all},
		{`DO $$ BEGIN EXECUTE 'CRE\101TE INDEX ON a (n)'; END $$;`, all},
		{"DO $$ BEGIN EXECUTE 'CRE'\n'ATE INDEX ON a (n)'; END $$;", all},
		// What is written in migrations every day.
		{"DO $$ BEGIN CREATE TYPE s AS ENUM ('a', 'b'); EXCEPTION WHEN duplicate_object THEN null; END $$;", ""},
		{`DO $$ BEGIN CREATE TYPE "public"."s" AS ENUM ('a'); ALTER TYPE s ADD VALUE IF NOT EXISTS 'c'; END $$;`, ""},
		{"DO $$ BEGIN INSERT INTO a VALUES (1); DELETE FROM b; RAISE NOTICE 'could not create a view on a'; END $$;", ""},
		{"DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS citext; GRANT CREATE ON SCHEMA public TO app; END $$;", ""},
		{"DO $$ BEGIN ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO app; END $$;", ""},
		{"DO $$ BEGIN -- create a function\n NULL; END $$;", ""},
		{"-- tenantgen:ddl it renames an index\nDO $$ BEGIN ALTER INDEX a_key RENAME TO k; END $$;", ""},
		{"-- tenantgen:ddl sets a fill factor\nCALL proc();", ""},
		{"-- tenantgen:ddl sets a fill factor\nSELECT drops_a();", ""},
		{"-- tenantgen:ddl sets a fill factor\nUPDATE pg_index SET indisunique = false;", ""},
		{"-- tenantgen:ddl sets a fill factor\nCREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION at_ddl();", ""},
		{"-- tenantgen:ddl that one\nSELECT drops_a();\nSELECT drops_a();", "a"},
	} {
		if got := unsureTables(t, c.ddl); got != c.unsure {
			t.Errorf("%s\n\tleaves %q in doubt, want %q", c.ddl, got, c.unsure)
		}
	}
}

// TestUnfollowedVouched: what somebody vouches for leaves no doubt, and nothing else.
func TestUnfollowedVouched(t *testing.T) {
	for _, c := range []struct{ ddl, key, unsure string }{
		{"SELECT drops_a();", "drops_a", ""},
		{"SELECT public.drops_a();", "public.drops_a", ""},
		{"SELECT drops_a();", "other.drops_a", "a"},
		{"SELECT calls();", "drops_a", ""},
		{"SELECT calls();", "calls", ""},
		{"SELECT over('x');", "over", "a"},
		{"SELECT over('x');", "over(int)", ""},
		{"SELECT over('x');", "over(text)", "a"},
		{"SELECT unseen('b');", "unseen", ""},
		{"CALL proc();", "proc", ""},
		{"DO $$ BEGIN PERFORM drops_a(); END $$;", "drops_a", ""},
		{"CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION at_ddl();", "at_ddl", ""},
		{"CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION unseen();", "unseen", ""},
	} {
		if got := unsureTables(t, c.ddl, Declaration{Key: c.key}); got != c.unsure {
			t.Errorf("%s with %s leaves %q in doubt, want %q", c.ddl, c.key, got, c.unsure)
		}
	}
}

// TestStarted: functions run for more than their callers.
func TestStarted(t *testing.T) {
	const mig = `CREATE TABLE mig (v int); CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN ALTER TABLE a ADD UNIQUE (n); RETURN NEW; END';
		CREATE TRIGGER t AFTER INSERT ON mig EXECUTE FUNCTION tf(); CREATE FUNCTION fills() RETURNS int LANGUAGE sql AS 'INSERT INTO mig VALUES (1) RETURNING v';
		CREATE FUNCTION adds() RETURNS int LANGUAGE plpgsql AS 'BEGIN ALTER TABLE a ADD UNIQUE (n); RETURN 1; END';`
	for _, c := range []struct{ ddl, key, unsure string }{
		{"INSERT INTO mig VALUES (1);", "", "a"},
		{"UPDATE mig SET v = 1;", "", "a"},
		{"DELETE FROM mig;", "", "a"},
		{"MERGE INTO mig USING b ON true WHEN MATCHED THEN DELETE;", "", "a"},
		{"COPY mig FROM '/x';", "", "a"},
		{"TRUNCATE mig;", "", "a"},
		{"WITH x AS (INSERT INTO mig VALUES (1) RETURNING v) SELECT v FROM x;", "", "a"},
		{"SELECT fills();", "", "a"},
		{"DO $$ BEGIN INSERT INTO mig VALUES (1); END $$;", "", "a"},
		{"INSERT INTO mig VALUES (1);", "tf", ""},
		{"SELECT 1;", "", ""},
		{"ALTER TABLE mig ADD x int;", "", ""},
		{"ALTER TABLE mig ADD x int DEFAULT adds();", "", "a"},
		{"ALTER TABLE mig ADD x int DEFAULT adds();", "adds", ""},
		{"-- tenantgen:ddl that table is empty\nALTER TABLE mig ADD x int DEFAULT adds();", "", ""},
		{"ALTER TABLE mig ALTER v TYPE int USING adds();", "", "a"},
		{"ALTER TABLE mig ADD CHECK (adds() = 1);", "", "a"},
		{"ALTER TABLE mig ALTER v SET DEFAULT adds(); INSERT INTO b DEFAULT VALUES;", "tf", "a"},
		{"CREATE INDEX ON mig ((adds()));", "", "a"},
		{"CREATE TABLE x AS SELECT adds();", "", "a"},
		{"CREATE MATERIALIZED VIEW x AS SELECT adds();", "", "a"},
		{"CREATE MATERIALIZED VIEW x AS SELECT adds() WITH NO DATA; REFRESH MATERIALIZED VIEW x;", "", "a"},
		{"CREATE DOMAIN d AS int; ALTER DOMAIN d ADD CHECK (adds() = VALUE);", "", "a"},
		{"CREATE INDEX i ON mig ((adds())); REINDEX INDEX i;", "", "a"},
		{"CREATE VIEW x AS SELECT adds(); SELECT * FROM x;", "", "a"},
		{"CREATE VIEW x AS SELECT adds(); DO $$ BEGIN PERFORM * FROM x; END $$;", "", "a"},
		{"CREATE FUNCTION g(x int DEFAULT adds()) RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT g();", "", "a"},
		{"CREATE PROCEDURE g(x int DEFAULT adds()) LANGUAGE sql AS 'SELECT 1'; CALL g();", "", "a"},
		{"CREATE TABLE x (v int DEFAULT adds());", "", ""},
		{"SELECT adds() INTO x;", "", "a"},
		{"DO $$ BEGIN CREATE INDEX ON b ((adds())); END $$; INSERT INTO b VALUES (1);", "tf", "a b"},
		{"-- tenantgen:ddl this once\nSELECT adds();\nINSERT INTO b VALUES (1);", "tf", ""},
		{"CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION ev(); CREATE OR REPLACE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN ALTER TABLE a ADD UNIQUE (n); END';", "", "a"},
	} {
		ddl := mig + "CREATE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';\n" + c.ddl
		if got := unsureTables(t, ddl, Declaration{Key: c.key}); got != c.unsure {
			t.Errorf("%s with %s leaves %q in doubt, want %q", c.ddl, c.key, got, c.unsure)
		}
	}
}

func TestDDLDirective(t *testing.T) {
	for _, c := range []struct{ ddl, msg string }{
		{"-- tenantgen:ddl\nDO $$ BEGIN END $$;", "no reason is given"},
		{"-- tenantgen:dll why\nDO $$ BEGIN END $$;", "tenantgen knows no directive dll in a schema file"},
		{"-- tenantgen:ddl why\nALTER TABLE a ADD x int;", "tenantgen follows this statement, so nobody need vouch for it"},
	} {
		_, errs := Load([]SchemaFile{{Path: "s.sql", Text: unfollowedSchema + c.ddl}})
		if len(errs) != 1 || errs[0].Message != c.msg || errs[0].Hint == "" {
			t.Errorf("%s: %v", c.ddl, errs)
		}
	}
}

// unsureTables lists the tables in doubt.
func unsureTables(t *testing.T, ddl string, declared ...Declaration) string {
	t.Helper()
	db, errs := Load([]SchemaFile{{Path: "s.sql", Text: unfollowedSchema + ddl}}, declared...)
	if len(errs) > 0 {
		t.Fatal(ddl, errs)
	}
	if db.Unfollowed != "" {
		return "anything"
	}
	var names []string
	for _, table := range db.Tables {
		name := catalog.QuoteIdent(table.Name.Name)
		if table.Unsure != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
