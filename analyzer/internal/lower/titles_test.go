package lower

import (
	"regexp"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/ddl"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// statementSamples has one statement of every kind, by its field in Node.
var statementSamples = map[string]string{
	"alter_collation_stmt":             "ALTER COLLATION a REFRESH VERSION",
	"alter_database_refresh_coll_stmt": "ALTER DATABASE a REFRESH COLLATION VERSION",
	"alter_database_set_stmt":          "ALTER DATABASE a SET b = 1",
	"alter_database_stmt":              "ALTER DATABASE a CONNECTION LIMIT 1",
	"alter_default_privileges_stmt":    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO a",
	"alter_domain_stmt":                "ALTER DOMAIN a SET NOT NULL",
	"alter_enum_stmt":                  "ALTER TYPE a ADD VALUE 'x'",
	"alter_event_trig_stmt":            "ALTER EVENT TRIGGER a DISABLE",
	"alter_extension_contents_stmt":    "ALTER EXTENSION a ADD TABLE b",
	"alter_extension_stmt":             "ALTER EXTENSION a UPDATE",
	"alter_fdw_stmt":                   "ALTER FOREIGN DATA WRAPPER a NO HANDLER",
	"alter_foreign_server_stmt":        "ALTER SERVER a VERSION '1'",
	"alter_function_stmt":              "ALTER FUNCTION a() STABLE",
	"alter_object_depends_stmt":        "ALTER INDEX a DEPENDS ON EXTENSION b",
	"alter_object_schema_stmt":         "ALTER TABLE a SET SCHEMA b",
	"alter_op_family_stmt":             "ALTER OPERATOR FAMILY a USING btree DROP OPERATOR 1 (int, int)",
	"alter_operator_stmt":              "ALTER OPERATOR + (int, int) SET (RESTRICT = NONE)",
	"alter_owner_stmt":                 "ALTER SCHEMA a OWNER TO b",
	"alter_policy_stmt":                "ALTER POLICY a ON b USING (true)",
	"alter_publication_stmt":           "ALTER PUBLICATION a ADD TABLE b",
	"alter_role_set_stmt":              "ALTER ROLE a SET b = 1",
	"alter_role_stmt":                  "ALTER ROLE a LOGIN",
	"alter_seq_stmt":                   "ALTER SEQUENCE a RESTART",
	"alter_stats_stmt":                 "ALTER STATISTICS a SET STATISTICS 1",
	"alter_subscription_stmt":          "ALTER SUBSCRIPTION a ENABLE",
	"alter_system_stmt":                "ALTER SYSTEM SET a = 1",
	"alter_table_move_all_stmt":        "ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b",
	"alter_table_space_options_stmt":   "ALTER TABLESPACE a SET (x = 1)",
	"alter_table_stmt":                 "ALTER TABLE a ADD COLUMN b int",
	"alter_tsconfiguration_stmt":       "ALTER TEXT SEARCH CONFIGURATION a DROP MAPPING FOR b",
	"alter_tsdictionary_stmt":          "ALTER TEXT SEARCH DICTIONARY a (b = 1)",
	"alter_type_stmt":                  "ALTER TYPE a SET (RECEIVE = b)",
	"alter_user_mapping_stmt":          "ALTER USER MAPPING FOR a SERVER b OPTIONS (SET c 'd')",
	"call_stmt":                        "CALL a()",
	"check_point_stmt":                 "CHECKPOINT",
	"close_portal_stmt":                "CLOSE a",
	"cluster_stmt":                     "CLUSTER a",
	"comment_stmt":                     "COMMENT ON TABLE a IS 'b'",
	"composite_type_stmt":              "CREATE TYPE a AS (b int)",
	"constraints_set_stmt":             "SET CONSTRAINTS ALL DEFERRED",
	"copy_stmt":                        "COPY a FROM stdin",
	"create_am_stmt":                   "CREATE ACCESS METHOD a TYPE INDEX HANDLER b",
	"create_cast_stmt":                 "CREATE CAST (a AS b) WITHOUT FUNCTION",
	"create_conversion_stmt":           "CREATE CONVERSION a FOR 'b' TO 'c' FROM d",
	"create_domain_stmt":               "CREATE DOMAIN a AS int",
	"create_enum_stmt":                 "CREATE TYPE a AS ENUM ('b')",
	"create_event_trig_stmt":           "CREATE EVENT TRIGGER a ON ddl_command_end EXECUTE FUNCTION b()",
	"create_extension_stmt":            "CREATE EXTENSION a",
	"create_fdw_stmt":                  "CREATE FOREIGN DATA WRAPPER a",
	"create_foreign_server_stmt":       "CREATE SERVER a FOREIGN DATA WRAPPER b",
	"create_foreign_table_stmt":        "CREATE FOREIGN TABLE a (b int) SERVER c",
	"create_function_stmt":             "CREATE FUNCTION a() RETURNS int LANGUAGE sql AS 'SELECT 1'",
	"create_op_class_stmt":             "CREATE OPERATOR CLASS a FOR TYPE b USING btree AS OPERATOR 1 <",
	"create_op_family_stmt":            "CREATE OPERATOR FAMILY a USING btree",
	"create_plang_stmt":                "CREATE LANGUAGE a HANDLER b",
	"create_policy_stmt":               "CREATE POLICY a ON b",
	"create_publication_stmt":          "CREATE PUBLICATION a",
	"create_range_stmt":                "CREATE TYPE a AS RANGE (SUBTYPE = b)",
	"create_role_stmt":                 "CREATE ROLE a",
	"create_schema_stmt":               "CREATE SCHEMA a",
	"create_seq_stmt":                  "CREATE SEQUENCE a",
	"create_stats_stmt":                "CREATE STATISTICS a ON b, c FROM d",
	"create_stmt":                      "CREATE TABLE a (b int)",
	"create_subscription_stmt":         "CREATE SUBSCRIPTION a CONNECTION 'b' PUBLICATION c",
	"create_table_as_stmt":             "CREATE TABLE a AS SELECT 1",
	"create_table_space_stmt":          "CREATE TABLESPACE a LOCATION 'b'",
	"create_transform_stmt":            "CREATE TRANSFORM FOR a LANGUAGE b (FROM SQL WITH FUNCTION c(internal))",
	"create_trig_stmt":                 "CREATE TRIGGER a AFTER INSERT ON b EXECUTE FUNCTION c()",
	"create_user_mapping_stmt":         "CREATE USER MAPPING FOR a SERVER b",
	"createdb_stmt":                    "CREATE DATABASE a",
	"deallocate_stmt":                  "DEALLOCATE a",
	"declare_cursor_stmt":              "DECLARE a CURSOR FOR SELECT 1",
	"define_stmt":                      "CREATE AGGREGATE a (int) (SFUNC = b, STYPE = int)",
	"discard_stmt":                     "DISCARD ALL",
	"do_stmt":                          "DO 'BEGIN END'",
	"drop_owned_stmt":                  "DROP OWNED BY a",
	"drop_role_stmt":                   "DROP ROLE a",
	"drop_stmt":                        "DROP TABLE a",
	"drop_subscription_stmt":           "DROP SUBSCRIPTION a",
	"drop_table_space_stmt":            "DROP TABLESPACE a",
	"drop_user_mapping_stmt":           "DROP USER MAPPING FOR a SERVER b",
	"dropdb_stmt":                      "DROP DATABASE a",
	"execute_stmt":                     "EXECUTE a",
	"explain_stmt":                     "EXPLAIN SELECT 1",
	"fetch_stmt":                       "FETCH a",
	"grant_role_stmt":                  "GRANT a TO b",
	"grant_stmt":                       "GRANT SELECT ON a TO b",
	"import_foreign_schema_stmt":       "IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c",
	"index_stmt":                       "CREATE INDEX ON a (b)",
	"listen_stmt":                      "LISTEN a",
	"load_stmt":                        "LOAD 'a'",
	"lock_stmt":                        "LOCK a",
	"notify_stmt":                      "NOTIFY a",
	"prepare_stmt":                     "PREPARE a AS SELECT 1",
	"reassign_owned_stmt":              "REASSIGN OWNED BY a TO b",
	"refresh_mat_view_stmt":            "REFRESH MATERIALIZED VIEW a",
	"reindex_stmt":                     "REINDEX TABLE a",
	"rename_stmt":                      "ALTER TABLE a RENAME TO b",
	"rule_stmt":                        "CREATE RULE a AS ON INSERT TO b DO NOTHING",
	"sec_label_stmt":                   "SECURITY LABEL ON TABLE a IS 'b'",
	"transaction_stmt":                 "BEGIN",
	"truncate_stmt":                    "TRUNCATE a",
	"unlisten_stmt":                    "UNLISTEN a",
	"vacuum_stmt":                      "VACUUM a",
	"variable_set_stmt":                "SET a = 1",
	"variable_show_stmt":               "SHOW a",
	"view_stmt":                        "CREATE VIEW a AS SELECT 1",
}

// notStatements are kinds that no text parses to, or that are lowered.
var notStatements = sqltext.Words(`raw_stmt set_operation_stmt return_stmt plassign_stmt replica_identity_stmt
	select_stmt insert_stmt update_stmt delete_stmt merge_stmt`)

// TestStatementsAreNamedInSQL: a refusal speaks the key words of the statement.
func TestStatementsAreNamedInSQL(t *testing.T) {
	fields := (&pg.Node{}).ProtoReflect().Descriptor().Oneofs().Get(0).Fields()
	for i := range fields.Len() {
		name := string(fields.Get(i).Name())
		text := statementSamples[name]
		if !strings.HasSuffix(name, "_stmt") || notStatements[name] {
			continue
		}
		units := sqltext.Split(text)
		if len(units) != 1 || units[0].Err != nil {
			t.Errorf("%s: no sample: %q %+v", name, text, units)
			continue
		}
		if got, _ := parsetree.Unwrap(units[0].Stmt); got != name {
			t.Errorf("%q is a %s, not a %s", text, got, name)
		}
		st := (&Lowerer{DB: &catalog.Database{}}).Lower(units[0], text)
		if len(st.Opaque) != 1 || st.Opaque[0].Rule != "unsupported-statement" {
			t.Errorf("%s: %+v", text, st.Opaque)
			continue
		}
		title, _, ok := strings.Cut(st.Opaque[0].Reason, " statements are never confined")
		if first, _, _ := strings.Cut(title, " "); !ok || !strings.HasPrefix(text, strings.TrimSuffix(first, ",")) {
			t.Errorf("%s is called %q", text, st.Opaque[0].Reason)
		}
		noNodeNames(t, text, st.Opaque[0].Reason+st.Opaque[0].Hint)
	}
}

// TestSyntaxIsNamedInSQL: so does a refusal of a part of a statement.
func TestSyntaxIsNamedInSQL(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT * FROM a TABLESAMPLE system (1)":                             "about TABLESAMPLE",
		"SELECT * FROM XMLTABLE('/a' PASSING b COLUMNS c int)":               "about XMLTABLE",
		"DELETE FROM a WHERE CURRENT OF b":                                   "about WHERE CURRENT OF",
		"SELECT JSON_OBJECTAGG(1: 2)":                                        "about JSON_OBJECTAGG",
		"SELECT JSON_ARRAYAGG(1)":                                            "about JSON_ARRAYAGG",
		"SELECT JSON_ARRAY(SELECT 1)":                                        "about JSON_ARRAY of a query",
		"SELECT 1 WHERE *":                                                   "", // does not parse
		"SELECT a INTO b FROM a":                                             "SELECT INTO",
		"SELECT 1 LIMIT DEFAULT":                                             "",
		"INSERT INTO a (b[1]) VALUES (1)":                                    "column list",
		"WITH b AS (SELECT 1) SEARCH DEPTH FIRST BY c SET d SELECT 1":        "",
		"SELECT (a.*).b, (SELECT 1) OPERATOR(x.+) 1, sqlc.slice('a') FROM a": "",
	} {
		units := sqltext.Split(text)
		if units[0].Err != nil {
			continue
		}
		db, _ := ddl.Load([]ddl.SchemaFile{{Path: "s", Text: "CREATE TABLE a (b int)"}})
		st := (&Lowerer{DB: db}).Lower(units[0], text)
		all := ""
		for _, o := range st.Opaque {
			all += o.Reason + o.Hint + "\n"
		}
		if !strings.Contains(all, want) {
			t.Errorf("%s: %q, want %q", text, all, want)
		}
		noNodeNames(t, text, all)
	}
}

// noNodeNames refuses the names that pg_query's protobuf has for types and values.
func noNodeNames(t *testing.T, text, message string) {
	t.Helper()
	for _, word := range regexp.MustCompile(`\w+`).FindAllString(message, -1) {
		if internalNames[word] {
			t.Errorf("%s: %q says %s", text, message, word)
		}
	}
}

// internalNames are the names with more than one part, as TruncateStmt or A_Expr.
var internalNames = func() map[string]bool {
	names := map[string]bool{}
	parts := regexp.MustCompile(`[a-z][A-Z]|_|^[A-Z]+[a-z]+[A-Z]`)
	msgs, enums := pg.File_pg_query_proto.Messages(), pg.File_pg_query_proto.Enums()
	for i := range msgs.Len() {
		names[string(msgs.Get(i).Name())] = true
	}
	for i := range enums.Len() {
		for j := range enums.Get(i).Values().Len() {
			names[string(enums.Get(i).Values().Get(j).Name())] = true
		}
	}
	for name := range names {
		if !parts.MatchString(name) || strings.HasPrefix(name, "JSON_") { // which SQL has too
			delete(names, name)
		}
	}
	return names
}()
