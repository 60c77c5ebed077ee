package pgsql

import (
	"slices"
	"strings"
	"testing"
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
	all := `"Odd Name" a b p p1`
	for _, c := range []struct{ ddl, unsure string }{
		{"DO $$ BEGIN ALTER TABLE a DROP CONSTRAINT a_key; END $$;", "a"},
		{"DO $$ BEGIN EXECUTE 'ALTER TABLE a DROP CONSTRAINT a_key'; END $$;", "a"},
		{"DO $$ BEGIN EXECUTE 'ALTER TABLE ' || 'a'; END $$;", all},
		{"DO $$ BEGIN EXECUTE format('ALTER TABLE %I', 'a'); END $$;", all},
		{"DO $$ BEGIN EXECUTE stmt; END $$;", all},
		{"DO $$ BEGIN EXECUTE 'DROP TABLE a' INTO x; END $$;", "a"},
		{"DO $$ BEGIN EXECUTE pg_catalog.format('GRANT SELECT ON %I TO app', t); END $$;", ""},
		{"DO $$ BEGIN EXECUTE format('GRANT SELECT ON a TO app; %s', t); END $$;", all},
		{"DO $$ BEGIN EXECUTE format('%s', 'ALTER TABLE a'); END $$;", all},
		{"DO $$ BEGIN GRANT EXECUTE ON FUNCTION counts() TO app; END $$;", ""},
		{"DO $$ BEGIN CREATE TRIGGER x AFTER INSERT ON a EXECUTE FUNCTION f(); END $$;", "a!"},
		{"DO $$ BEGIN CREATE OR REPLACE RULE x AS ON INSERT TO a DO ALSO NOTHING; END $$;", "a!"},
		{"DO $$ BEGIN CREATE CONSTRAINT TRIGGER x AFTER INSERT ON a EXECUTE PROCEDURE f(); END $$;", "a!"},
		{"DO $$ BEGIN UPDATE a SET id = 1; END $$;", ""},
		{"DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;", ""},
		{"DO $$ BEGIN ALTER TABLE public.A DROP CONSTRAINT a_key; END $$;", "a"},
		{"DO $$ BEGIN ALTER TABLE alpha DROP CONSTRAINT x; END $$;", ""},
		{"DO $$ BEGIN ALTER TABLE _a DROP CONSTRAINT x; ALTER TABLE a1 DROP CONSTRAINT x; END $$;", ""},
		{`DO $$ BEGIN ALTER TABLE "Odd Name" DROP CONSTRAINT x; END $$;`, `"Odd Name"`},
		{"DO $$ BEGIN DROP INDEX b_index; END $$;", "b"},
		{"DO $$ BEGIN ALTER INDEX a_key RENAME TO x; END $$;", "a"},
		{"DO $$ BEGIN EXECUTE 'DROP CONSTRAINT b_a'; END $$;", "b"},
		{"DO $$ BEGIN ALTER DOMAIN a_n DROP NOT NULL; END $$;", "a"},
		{"DO $$ BEGIN ALTER TABLE p DROP CONSTRAINT x; END $$;", "p p1"},
		{"DO $$ BEGIN ALTER TABLE p1 DROP CONSTRAINT x; END $$;", "p1"},
		{"DO $$ BEGIN DROP SCHEMA public CASCADE; END $$;", all},
		{"DO $$ BEGIN DROP DOMAIN x CASCADE; END $$;", all},
		{"DO $$ BEGIN DROP FUNCTION x; END $$;", ""},
		{"DO $$ BEGIN DROP OWNED BY x; END $$;", all},
		{"DO $$ BEGIN UPDATE pg_catalog.pg_index SET indisunique = false; END $$;", all},
		{"DO $$ BEGIN DELETE FROM pg_constraint; END $$;", all},
		{"DO $$ BEGIN INSERT INTO pg_depend SELECT 1; END $$;", all},
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
		{"SELECT unseen('b');", "b"},
		{"SELECT unseen('public.b'::regclass);", "b"},
		{"SELECT unseen('select from b');", ""},
		{"SELECT unseen('drop table b');", "b"},
		{"SELECT lower('b'), setval('b_seq', 1);", ""},
		{"UPDATE pg_index SET indisunique = false;", all},
		{"DELETE FROM pg_catalog.pg_constraint;", all},
		{"CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION at_ddl();", "b"},
		{"CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION unseen(); CREATE TABLE z (id int);", all + " z"},
		{"SELECT builds('b'); CREATE TABLE z (id int);", all},
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

func TestDDLDirective(t *testing.T) {
	for _, c := range []struct{ ddl, msg string }{
		{"-- tenantgen:ddl\nDO $$ BEGIN END $$;", "no reason is given"},
		{"-- tenantgen:dll why\nDO $$ BEGIN END $$;", "tenantgen knows no directive dll in a schema file"},
		{"-- tenantgen:ddl why\nALTER TABLE a ADD x int;", "tenantgen follows this statement, so nobody need vouch for it"},
	} {
		_, errs := LoadSchema([]SchemaFile{{Path: "s.sql", Text: unfollowedSchema + c.ddl}})
		if len(errs) != 1 || errs[0].Message != c.msg || errs[0].Hint == "" {
			t.Errorf("%s: %v", c.ddl, errs)
		}
	}
}

// unsureTables lists the tables in doubt, with ! those that unseen code may be on.
func unsureTables(t *testing.T, ddl string, declared ...Declaration) string {
	t.Helper()
	db, errs := LoadSchema([]SchemaFile{{Path: "s.sql", Text: unfollowedSchema + ddl}}, declared...)
	if len(errs) > 0 {
		t.Fatal(ddl, errs)
	}
	var names []string
	for _, table := range db.Tables {
		name := QuoteIdent(table.Name.Name)
		if table.UnseenCode {
			name += "!"
		}
		if table.Unsure != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
