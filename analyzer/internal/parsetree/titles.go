package parsetree

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// statementTitles are the SQL key words of statements, by the names of their fields in
// pg_query's Node, where they are not simply the words of that name.
var statementTitles = map[string]string{
	"alter_database_refresh_coll_stmt": "ALTER DATABASE",
	"alter_database_set_stmt":          "ALTER DATABASE",
	"alter_enum_stmt":                  "ALTER TYPE",
	"alter_event_trig_stmt":            "ALTER EVENT TRIGGER",
	"alter_extension_contents_stmt":    "ALTER EXTENSION",
	"alter_fdw_stmt":                   "ALTER FOREIGN DATA WRAPPER",
	"alter_foreign_server_stmt":        "ALTER SERVER",
	"alter_object_depends_stmt":        "ALTER … DEPENDS ON EXTENSION",
	"alter_object_schema_stmt":         "ALTER … SET SCHEMA",
	"alter_op_family_stmt":             "ALTER OPERATOR FAMILY",
	"alter_owner_stmt":                 "ALTER … OWNER TO",
	"alter_role_set_stmt":              "ALTER ROLE",
	"alter_seq_stmt":                   "ALTER SEQUENCE",
	"alter_stats_stmt":                 "ALTER STATISTICS",
	"alter_table_move_all_stmt":        "ALTER TABLE ALL",
	"alter_table_space_options_stmt":   "ALTER TABLESPACE",
	"alter_tsconfiguration_stmt":       "ALTER TEXT SEARCH CONFIGURATION",
	"alter_tsdictionary_stmt":          "ALTER TEXT SEARCH DICTIONARY",
	"check_point_stmt":                 "CHECKPOINT",
	"close_portal_stmt":                "CLOSE",
	"composite_type_stmt":              "CREATE TYPE",
	"constraints_set_stmt":             "SET CONSTRAINTS",
	"create_am_stmt":                   "CREATE ACCESS METHOD",
	"create_enum_stmt":                 "CREATE TYPE",
	"create_event_trig_stmt":           "CREATE EVENT TRIGGER",
	"create_fdw_stmt":                  "CREATE FOREIGN DATA WRAPPER",
	"create_foreign_server_stmt":       "CREATE SERVER",
	"create_op_class_stmt":             "CREATE OPERATOR CLASS",
	"create_op_family_stmt":            "CREATE OPERATOR FAMILY",
	"create_plang_stmt":                "CREATE LANGUAGE",
	"create_range_stmt":                "CREATE TYPE",
	"create_seq_stmt":                  "CREATE SEQUENCE",
	"create_stats_stmt":                "CREATE STATISTICS",
	"create_stmt":                      "CREATE TABLE",
	"create_table_space_stmt":          "CREATE TABLESPACE",
	"create_trig_stmt":                 "CREATE TRIGGER",
	"createdb_stmt":                    "CREATE DATABASE",
	"declare_cursor_stmt":              "DECLARE",
	"define_stmt":                      "CREATE AGGREGATE, OPERATOR or TYPE",
	"drop_table_space_stmt":            "DROP TABLESPACE",
	"dropdb_stmt":                      "DROP DATABASE",
	"grant_role_stmt":                  "GRANT",
	"index_stmt":                       "CREATE INDEX",
	"plassign_stmt":                    "PL/pgSQL assignment",
	"raw_stmt":                         "this",
	"refresh_mat_view_stmt":            "REFRESH MATERIALIZED VIEW",
	"rename_stmt":                      "ALTER … RENAME",
	"replica_identity_stmt":            "REPLICA IDENTITY",
	"rule_stmt":                        "CREATE RULE",
	"sec_label_stmt":                   "SECURITY LABEL",
	"set_operation_stmt":               "UNION",
	"transaction_stmt":                 "BEGIN, COMMIT or ROLLBACK",
	"variable_set_stmt":                "SET",
	"variable_show_stmt":               "SHOW",
	"view_stmt":                        "CREATE VIEW",
}

// StatementTitle names a kind of statement in SQL: "create_table_as_stmt" is CREATE
// TABLE AS.
func StatementTitle(name string) string {
	if title := statementTitles[name]; title != "" {
		return title
	}
	return strings.ToUpper(strings.ReplaceAll(strings.TrimSuffix(name, "_stmt"), "_", " "))
}

// syntaxTitles are the SQL words for syntax that is refused, by its field in Node.
var syntaxTitles = map[string]string{
	"a_expr":                       "this operator",
	"a_star":                       "* here",
	"current_of_expr":              "WHERE CURRENT OF",
	"json_array_agg":               "JSON_ARRAYAGG",
	"json_array_query_constructor": "JSON_ARRAY of a query",
	"json_object_agg":              "JSON_OBJECTAGG",
	"range_table_func":             "XMLTABLE",
	"range_table_sample":           "TABLESAMPLE",
}

// SyntaxTitle names a node in SQL as far as users know it.
func SyntaxTitle(n *pg.Node) string {
	name, _ := Unwrap(n)
	switch {
	case syntaxTitles[name] != "":
		return syntaxTitles[name]
	case strings.HasSuffix(name, "_stmt"):
		return "a " + StatementTitle(name) + " statement here"
	}
	return "this syntax"
}
