package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Wherever a query of a tenant's table stands, it is asked for its proof. All else in
// these statements is nobody's, and the certificate proves nothing.
func TestEveryPlaceIsChecked(t *testing.T) {
	const schema = "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE TABLE plans (id int PRIMARY KEY, n bigint); CREATE TABLE logs (id int PRIMARY KEY, n bigint);"
	const one = "(SELECT count(*) FROM notes)"
	for place, sql := range map[string]string{
		"FROM":                    "SELECT id FROM notes",
		"FROM of a sub-select":    "SELECT x.id FROM (SELECT id FROM notes) x",
		"output":                  "SELECT " + one + " FROM plans",
		"output, in an operator":  "SELECT 1 + " + one + " FROM plans",
		"output, in an aggregate": "SELECT sum(n + " + one + ") FROM plans",
		"beside an aggregate":     "SELECT sum(n) + " + one + " FROM plans",
		"WHERE":                   "SELECT id FROM plans WHERE n = " + one,
		"WHERE, one of two":       "SELECT id FROM plans WHERE n = 1 AND n = " + one,
		"WHERE, in OR":            "SELECT id FROM plans WHERE n = 1 OR n = " + one,
		"WHERE, in AND in OR":     "SELECT id FROM plans WHERE n = 1 OR n = 2 AND n = " + one,
		"WHERE, in NOT":           "SELECT id FROM plans WHERE NOT (n = 1 AND n > " + one + ")",
		"WHERE, in IS NOT NULL":   "SELECT id FROM plans WHERE " + one + " IS NOT NULL",
		"WHERE, EXISTS":           "SELECT id FROM plans WHERE EXISTS (SELECT 1 FROM notes)",
		"HAVING":                  "SELECT n FROM plans GROUP BY n HAVING " + one + " > 0",
		"GROUP BY":                "SELECT 1 FROM plans GROUP BY n + " + one,
		"DISTINCT ON":             "SELECT DISTINCT ON (" + one + " + id) id FROM plans",
		"ORDER BY":                "SELECT id FROM plans ORDER BY " + one,
		"LIMIT":                   "SELECT id FROM plans LIMIT " + one,
		"a function in FROM":      "SELECT x.g FROM generate_series(1, " + one + ") x(g)",
		"the left of a join":      "SELECT p.id FROM notes x JOIN plans p ON p.id = x.id",
		"the right of a join":     "SELECT p.id FROM plans p JOIN notes x ON p.id = x.id",
		"ON":                      "SELECT p.id FROM plans p JOIN logs l ON p.n = " + one,
		"ON of LEFT JOIN":         "SELECT p.id FROM plans p LEFT JOIN logs l ON p.n = " + one,
		"ON of FULL JOIN":         "SELECT p.id FROM plans p FULL JOIN logs l ON p.id = l.id AND p.n = " + one,
		"WITH":                    "WITH x AS (SELECT id FROM notes) SELECT 1 FROM plans",
		"WITH that is referred":   "WITH x AS (SELECT id FROM notes) SELECT id FROM x",
		"the left of UNION":       "SELECT id FROM notes UNION SELECT id FROM plans",
		"the right of UNION":      "SELECT id FROM plans UNION SELECT id FROM notes",
		"WITH of UNION":           "WITH x AS (SELECT id FROM notes) SELECT id FROM plans UNION SELECT id FROM logs",
		"LIMIT of UNION":          "SELECT id FROM plans UNION SELECT id FROM logs LIMIT " + one,
		"VALUES":                  "VALUES (1), (" + one + ")",
		"LIMIT of VALUES":         "VALUES (1), (2) LIMIT " + one,
		"WITH of VALUES":          "WITH x AS (SELECT id FROM notes) VALUES (1)",
		"the left of IN":          "SELECT id FROM plans WHERE " + one + " IN (SELECT id FROM logs)",
		"the source of INSERT":    "INSERT INTO plans SELECT id FROM notes",
		"the target of INSERT":    "INSERT INTO notes SELECT id, id FROM plans",
		"WITH of INSERT":          "WITH x AS (SELECT id FROM notes) INSERT INTO plans VALUES (1)",
		"RETURNING":               "INSERT INTO plans VALUES (1) RETURNING " + one,
		"FROM of UPDATE":          "UPDATE plans SET n = 1 FROM notes x WHERE plans.id = x.id",
		"the target of UPDATE":    "UPDATE notes SET id = 1",
		"WHERE of UPDATE":         "UPDATE plans SET n = 1 WHERE n = " + one,
		"SET":                     "UPDATE plans SET n = " + one,
		"WITH of UPDATE":          "WITH x AS (SELECT id FROM notes) UPDATE plans SET n = 1",
		"RETURNING of UPDATE":     "UPDATE plans SET n = 1 RETURNING " + one,
		"the target of DELETE":    "DELETE FROM notes",
		"USING of DELETE":         "DELETE FROM plans USING notes x WHERE plans.id = x.id",
		"WHERE of ON CONFLICT":    "INSERT INTO plans VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2 WHERE plans.n = " + one,
		"SET of ON CONFLICT":      "INSERT INTO plans VALUES (1) ON CONFLICT (id) DO UPDATE SET n = " + one,
		"the target of MERGE":     "MERGE INTO notes x USING plans p ON p.id = x.id WHEN MATCHED THEN DELETE",
		"USING of MERGE":          "MERGE INTO plans p USING notes x ON p.id = x.id WHEN MATCHED THEN DELETE",
		"USING, to be inserted":   "MERGE INTO plans p USING notes x ON p.id = x.id WHEN NOT MATCHED THEN INSERT VALUES (1)",
		"what MERGE inserts":      "MERGE INTO notes x USING plans p ON false WHEN NOT MATCHED THEN INSERT VALUES (1, 2)",
		"ON of MERGE":             "MERGE INTO plans p USING logs l ON p.n = " + one + " WHEN MATCHED THEN DELETE",
		"AND of MERGE":            "MERGE INTO plans p USING logs l ON p.id = l.id WHEN MATCHED AND p.n = " + one + " THEN DELETE",
		"SET of MERGE":            "MERGE INTO plans p USING logs l ON p.id = l.id WHEN MATCHED THEN UPDATE SET n = " + one,
		"VALUES of MERGE":         "MERGE INTO plans p USING logs l ON p.id = l.id WHEN NOT MATCHED THEN INSERT VALUES (1, " + one + ")",
	} {
		k := world(t, schema, global("plans"), global("logs"))
		st := k.lower(t, sql)
		expectRefusal(t, place, refused(func() { k.query(st.Root, k.root(), link{rel: certificate.NoRel}) }), "nothing pins table notes")
	}
}

// What a write does beyond its own rows is asked for, too: the actions of foreign keys, and
// children that find another parent.
func TestEveryWriteIsChecked(t *testing.T) {
	const schema = `
CREATE TABLE plans (id int PRIMARY KEY, n bigint);
CREATE TABLE items (org_id int NOT NULL, plan_id int REFERENCES plans ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE logs (id int PRIMARY KEY, n bigint);
`
	for sql, want := range map[string]string{
		"DELETE FROM plans":            "reaches rows of every tenant in items",
		"UPDATE plans SET id = 1":      "reaches rows of every tenant in items",
		"UPDATE plans SET n = 1":       "",
		"INSERT INTO plans VALUES (1)": "",
		"INSERT INTO plans VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2":                           "reaches rows of every tenant in items",
		"INSERT INTO plans VALUES (1) ON CONFLICT (id) DO UPDATE SET n = 2":                            "",
		"MERGE INTO plans p USING logs l ON p.id = l.id WHEN MATCHED THEN DELETE":                      "reaches rows of every tenant in items",
		"MERGE INTO plans p USING logs l ON p.id = l.id WHEN MATCHED THEN UPDATE SET id = 2":           "reaches rows of every tenant in items",
		"MERGE INTO plans p USING logs l ON p.id = l.id WHEN MATCHED THEN UPDATE SET n = 2":            "",
		"MERGE INTO plans p USING logs l ON p.id = l.id WHEN MATCHED THEN DO NOTHING":                  "",
		"MERGE INTO plans p USING logs l ON p.id = l.id WHEN NOT MATCHED THEN INSERT VALUES (l.id, 1)": "",
	} {
		k := world(t, schema, global("plans"), global("logs"))
		st := k.lower(t, sql)
		expectRefusal(t, sql, refused(func() { k.query(st.Root, k.root(), link{rel: certificate.NoRel}) }), want)
	}
}

// A new row may be the parent that children of a removed one have waited for.
func TestNewParentsAreChecked(t *testing.T) {
	for _, sql := range []string{
		"INSERT INTO notes VALUES (1, 1)",
		"MERGE INTO notes n USING plans p ON false WHEN NOT MATCHED THEN INSERT VALUES (1, 1)",
	} {
		k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY); CREATE TABLE comments (note_id int); CREATE TABLE plans (id int);", global("plans"), child("comments", of("notes", "note_id=id")))
		st := k.lower(t, sql)
		k.cert.Pins = []certificate.Pin{{Base: st.Root.(*query.Write).Target, Role: certificate.Read}}
		expectRefusal(t, sql, refused(func() {
			if w := st.Root.(*query.Write); w.Kind == query.Insert {
				k.insert(w, k.root())
			} else {
				w.From = nil
				k.cert.Pins[0].Row, k.cert.Pins[0].Chain = w.Target.ID, certificate.Chain{{A: certificate.Owner(w.Target.ID), B: certificate.Param(1), Kind: certificate.Given}}
				s := k.root()
				s.made = equal([][2]certificate.Term{{certificate.Owner(w.Target.ID), certificate.Param(1)}})
				k.merge(w, s)
			}
		}), "does not say that parent-link")
	}
}
