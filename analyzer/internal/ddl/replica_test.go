package ddl

import "testing"

// What is written while no trigger of a foreign key runs is not checked, then or later.
func TestSwitchedOffForeignKeys(t *testing.T) {
	const tables = `
		CREATE TABLE p (id int PRIMARY KEY);
		CREATE TABLE q (id int PRIMARY KEY) PARTITION BY LIST (id);
		CREATE TABLE q1 PARTITION OF q DEFAULT;
		CREATE TABLE c (p int CONSTRAINT cp REFERENCES p, q int CONSTRAINT cq REFERENCES q) PARTITION BY LIST (p);
		CREATE TABLE c1 PARTITION OF c DEFAULT;
		CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
		CREATE FUNCTION reads() RETURNS int LANGUAGE sql AS 'SELECT 1';
		CREATE TRIGGER mine AFTER INSERT ON c FOR EACH ROW EXECUTE FUNCTION noted();
		`
	const replica, origin = "SET session_replication_role = replica;", "SET session_replication_role = origin;"
	for ddl, off := range map[string]string{ // the keys of c and c1 that do not hold
		"": "",
		`ALTER TABLE c DISABLE TRIGGER "RI_ConstraintTrigger_c_16400"`:                                                 "cp cq cp cq",
		`ALTER TABLE c1 DISABLE TRIGGER "RI_ConstraintTrigger_c_16400"`:                                                "cp cq cp cq",
		`ALTER TABLE c ENABLE REPLICA TRIGGER "RI_ConstraintTrigger_c_16400"`:                                          "cp cq cp cq",
		`ALTER TABLE c ENABLE ALWAYS TRIGGER "RI_ConstraintTrigger_c_16400"`:                                           "cp cq cp cq",
		`ALTER TABLE p DISABLE TRIGGER "RI_ConstraintTrigger_a_16399"`:                                                 "cp cp",
		`ALTER TABLE q DISABLE TRIGGER ALL`:                                                                            "cq cq",
		`ALTER TABLE q1 DISABLE TRIGGER ALL`:                                                                           "cq cq",
		`ALTER TABLE c DISABLE TRIGGER renamed`:                                                                        "cp cq cp cq",
		"ALTER TABLE c DISABLE TRIGGER mine":                                                                           "",
		"ALTER TABLE c1 DISABLE TRIGGER mine":                                                                          "",
		"ALTER TABLE c ENABLE REPLICA TRIGGER mine":                                                                    "",
		"ALTER TABLE c DISABLE TRIGGER USER":                                                                           "",
		"ALTER TABLE c1 DISABLE TRIGGER ALL; ALTER TABLE c1 ENABLE TRIGGER ALL; ALTER TABLE c1 VALIDATE CONSTRAINT cp": "cp cq cp cq",
		"ALTER TABLE p DISABLE TRIGGER ALL; ALTER TABLE c DROP CONSTRAINT cp; ALTER TABLE c ADD CONSTRAINT cp FOREIGN KEY (p) REFERENCES p": "",

		replica + origin: "",
		replica + "CREATE TABLE x (id int); SELECT setval('s', 1, true); ALTER TABLE c ADD CHECK (p > 0);" + origin: "",
		replica + "INSERT INTO p VALUES (1);" + origin:                                                              "cp cq cp cq",
		replica + "UPDATE p SET id = 1; RESET session_replication_role":                                             "cp cq cp cq",
		replica + "DELETE FROM p; RESET ALL":                                                                        "cp cq cp cq",
		replica + "COPY p FROM '/tmp/p'; DISCARD ALL":                                                               "cp cq cp cq",
		replica + "TRUNCATE p CASCADE;" + origin:                                                                    "cp cq cp cq",
		replica + "DO 'BEGIN NULL; END';" + origin:                                                                  "cp cq cp cq",
		replica + "WITH d AS (DELETE FROM p RETURNING id) SELECT id FROM d;" + origin:                               "cp cq cp cq",
		replica + "SELECT clean_up();" + origin:                                                                     "cp cq cp cq",
		"CREATE FUNCTION w() RETURNS void LANGUAGE sql AS 'DELETE FROM p';" + replica + "SELECT w();" + origin:      "cp cq cp cq",
		replica + "SELECT reads();" + origin:                                                                        "cp cq cp cq",
		replica:                                                                                                     "cp cq cp cq",
		replica + "RESET session_replication_role":                                                                  "",
		replica + "RESET ALL":                                                                                       "",
		replica + "DISCARD ALL":                                                                                     "",
		`SET "Session_Replication_Role" TO 'REPLICA'`:                                                               "cp cq cp cq",
		"SET session_replication_role = 'local'; DELETE FROM p":                                                     "",
		"SET session_replication_role = DEFAULT; DELETE FROM p":                                                     "",
		"SELECT set_config('session_replication_role'::text, 'replica'::text, false); DELETE FROM p":                "cp cq cp cq",
		replica + "SELECT set_config('session_replication_role', 'origin', 1 > 0); DELETE FROM p":                   "cp cq cp cq",
		replica + "SELECT set_config('session_replication_role', 'origin', false) LIMIT 0; DELETE FROM p":           "cp cq cp cq",
		replica + "SELECT set_config('session_replication_role'::text, 'origin'::text, 'f'::bool); DELETE FROM p":   "",
		"SET LOCAL session_replication_role = replica":                                                              "",
		"SET LOCAL session_replication_role = replica; DELETE FROM p":                                               "cp cq cp cq",
		"BEGIN; SET LOCAL session_replication_role = replica; COMMIT; DELETE FROM p":                                "",
		replica + "SET LOCAL session_replication_role = origin; COMMIT; DELETE FROM p":                              "cp cq cp cq",
		"SET LOCAL session_replication_role = replica;" + origin + "DELETE FROM p":                                  "",

		"SELECT set_config('session_replication_role', 'replica', false)":                                                                 "cp cq cp cq",
		"SELECT 1, pg_catalog.set_config('SESSION_REPLICATION_ROLE', 'replica', true); DELETE FROM p":                                     "cp cq cp cq",
		"SELECT set_config('session_replication_role', 'replica', false); SELECT set_config('session_replication_role', 'origin', false)": "",
		replica + "SELECT CASE WHEN false THEN set_config('session_replication_role', 'origin', false) END":                               "cp cq cp cq",
		replica + "SELECT set_config('session_replication_role', 'origin', true); COMMIT; DELETE FROM p;" + origin:                        "cp cq cp cq",
		"SELECT set_config('app.tenant', 'replica', false)":                                                                               "",

		"CREATE FUNCTION w() RETURNS void LANGUAGE plpgsql AS 'BEGIN SET LOCAL session_replication_role = replica; END'": "cp cq cp cq",
		"CREATE FUNCTION w() RETURNS void LANGUAGE plpgsql AS 'BEGIN ALTER TABLE p DISABLE  TRIGGER ALL; END'":           "cp cq cp cq",
		"CREATE FUNCTION w() RETURNS void LANGUAGE plpgsql AS 'BEGIN ALTER TABLE p DISABLE TRIGGER USER; END'":           "",

		"ALTER DATABASE app SET session_replication_role = replica":                                                      "cp cq cp cq",
		"ALTER ROLE app SET session_replication_role TO 'replica'":                                                       "cp cq cp cq",
		"ALTER ROLE ALL IN DATABASE app SET \"SESSION_REPLICATION_ROLE\" = replica":                                      "cp cq cp cq",
		"ALTER DATABASE app SET session_replication_role = origin":                                                       "",
		"ALTER DATABASE app SET session_replication_role = replica; ALTER DATABASE app RESET ALL":                        "cp cq cp cq",
		replica + "ALTER ROLE app SET session_replication_role FROM CURRENT;" + origin:                                   "cp cq cp cq",
		"ALTER ROLE app SET session_replication_role FROM CURRENT":                                                       "",
		"ALTER FUNCTION reads() SET session_replication_role = replica":                                                  "cp cq cp cq",
		"ALTER FUNCTION reads() SET session_replication_role = origin":                                                   "",
		"CREATE VIEW v AS SELECT id FROM p; DO 'BEGIN SET LOCAL session_replication_role = replica; DELETE FROM v; END'": "cp cq cp cq",
	} {
		db, errs := Load([]SchemaFile{{Path: "s.sql", Text: tables + ddl}})
		if len(errs) > 0 {
			t.Errorf("%s: %v", ddl, errs)
			continue
		}
		got := ""
		for _, table := range []string{"c", "c1"} {
			for _, f := range db.LookupTable("", table, []string{"public"}).Foreign {
				if f.NotValid != f.SwitchedOff {
					t.Errorf("%s: %s is not valid %v, switched off %v", ddl, f.Name, f.NotValid, f.SwitchedOff)
				}
				if f.SwitchedOff {
					got += " " + f.Name
				}
			}
		}
		if got != "" && got[1:] != off || got == "" && off != "" {
			t.Errorf("%s: keys%s do not hold, want %s", ddl, got, off)
		}
	}
}
