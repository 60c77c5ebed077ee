package pgsql

import "github.com/tenantgen/tenantgen/analyzer/catalog"

// ddlStatements are the statements that change what the catalog says, by the
// name of their field in pg_query's Node. A test holds this list and the two
// below against all the statements there are. It is filled in by init because
// CREATE SCHEMA's handler reads it.
var ddlStatements map[string]ddlHandler

func init() {
	ddlStatements = map[string]ddlHandler{
		"create_stmt":                   ddlOn((*ddlLoader).createTable),
		"create_foreign_table_stmt":     ddlOn((*ddlLoader).createForeignTable),
		"create_table_as_stmt":          ddlOn((*ddlLoader).createTableAs),
		"alter_table_stmt":              ddlOn((*ddlLoader).alterTable),
		"index_stmt":                    ddlOn((*ddlLoader).createIndex),
		"create_stats_stmt":             ddlOn((*ddlLoader).createStatistics),
		"view_stmt":                     ddlOn((*ddlLoader).createView),
		"drop_stmt":                     ddlOn((*ddlLoader).drop),
		"rename_stmt":                   ddlOn((*ddlLoader).rename),
		"alter_object_schema_stmt":      ddlOn((*ddlLoader).setSchema),
		"create_function_stmt":          ddlOn((*ddlLoader).createFunction),
		"alter_function_stmt":           ddlOn((*ddlLoader).alterFunction),
		"create_trig_stmt":              ddlOn((*ddlLoader).createTrigger),
		"rule_stmt":                     ddlOn((*ddlLoader).createRule),
		"create_policy_stmt":            ddlOn((*ddlLoader).createPolicy),
		"alter_policy_stmt":             ddlOn((*ddlLoader).alterPolicy),
		"create_enum_stmt":              ddlOn((*ddlLoader).createEnum),
		"alter_enum_stmt":               ddlOn((*ddlLoader).alterEnum),
		"composite_type_stmt":           ddlOn((*ddlLoader).createComposite),
		"create_range_stmt":             ddlOn((*ddlLoader).createRange),
		"create_domain_stmt":            ddlOn((*ddlLoader).createDomain),
		"alter_domain_stmt":             ddlOn((*ddlLoader).alterDomain),
		"define_stmt":                   ddlOn((*ddlLoader).define),
		"create_cast_stmt":              ddlOn((*ddlLoader).createCast),
		"create_op_class_stmt":          ddlOn((*ddlLoader).createOperatorClass),
		"alter_op_family_stmt":          ddlOn((*ddlLoader).alterOperatorFamily),
		"create_seq_stmt":               ddlOn((*ddlLoader).createSequence),
		"alter_seq_stmt":                ddlOn((*ddlLoader).alterSequence),
		"create_schema_stmt":            ddlOn((*ddlLoader).createSchema),
		"create_extension_stmt":         ddlOn((*ddlLoader).createExtension),
		"create_role_stmt":              ddlOn((*ddlLoader).createRole),
		"alter_role_stmt":               ddlOn((*ddlLoader).alterRole),
		"alter_role_set_stmt":           ddlOn((*ddlLoader).alterRoleSet),
		"alter_database_set_stmt":       ddlOn((*ddlLoader).alterDatabaseSet),
		"drop_role_stmt":                ddlOn((*ddlLoader).dropRoles),
		"alter_owner_stmt":              ddlOn((*ddlLoader).alterOwner),
		"reassign_owned_stmt":           ddlOn((*ddlLoader).reassignOwned),
		"grant_stmt":                    ddlOn((*ddlLoader).grantPrivileges),
		"grant_role_stmt":               ddlOn((*ddlLoader).grantRole),
		"alter_default_privileges_stmt": ddlOn((*ddlLoader).alterDefaultPrivileges),
		"variable_set_stmt":             ddlOn((*ddlLoader).set),
		"transaction_stmt":              ddlOn((*ddlLoader).transaction),
		"discard_stmt":                  ddlOn((*ddlLoader).discard),
		"create_event_trig_stmt":        ddlOn((*ddlLoader).createEventTrigger),
		"do_stmt":                       ddlOn((*ddlLoader).doBlock),
		"call_stmt":                     ddlOn((*ddlLoader).call),
		"select_stmt":                   ddlOn((*ddlLoader).query),
		"insert_stmt":                   (*ddlLoader).data,
		"update_stmt":                   (*ddlLoader).data,
		"delete_stmt":                   (*ddlLoader).data,
		"merge_stmt":                    (*ddlLoader).data,
	}
	for name := range ddlUnmodelled {
		title := statementTitle(name)
		ddlStatements[name] = func(l *ddlLoader, _ ddlMessage) error {
			l.unknown(title, catalog.Name{})
			return nil
		}
	}
}

// ddlUnmodelled are statements that are recorded in Database.Unknown, with what
// they can do.
var ddlUnmodelled = map[string]string{
	"create_op_family_stmt": "changes what an index, or equality in GROUP BY, means for a type",
	"create_plang_stmt":     "functions in it can do anything",
	"create_transform_stmt": "changes what functions receive",
	"load_stmt":             "loads code",
}

// ddlIgnoredStatements change nothing that the catalog holds.
var ddlIgnoredStatements = map[string]string{
	"comment_stmt":                     "documentation",
	"sec_label_stmt":                   "labels for security providers",
	"alter_event_trig_stmt":            "an event trigger counts whether it is enabled or not",
	"alter_extension_stmt":             "a new version of an extension",
	"alter_extension_contents_stmt":    "which extension owns an object",
	"alter_object_depends_stmt":        "which extension an object goes with",
	"alter_operator_stmt":              "planner estimates",
	"alter_type_stmt":                  "storage of a base type",
	"alter_collation_stmt":             "a collation's version",
	"create_conversion_stmt":           "character sets",
	"alter_stats_stmt":                 "planner statistics",
	"create_am_stmt":                   "storage",
	"create_table_space_stmt":          "storage",
	"drop_table_space_stmt":            "storage",
	"alter_table_space_options_stmt":   "storage",
	"alter_table_move_all_stmt":        "storage",
	"create_fdw_stmt":                  "foreign tables are tables",
	"alter_fdw_stmt":                   "foreign tables are tables",
	"create_foreign_server_stmt":       "foreign tables are tables",
	"alter_foreign_server_stmt":        "foreign tables are tables",
	"create_user_mapping_stmt":         "credentials",
	"alter_user_mapping_stmt":          "credentials",
	"drop_user_mapping_stmt":           "credentials",
	"create_publication_stmt":          "logical replication",
	"alter_publication_stmt":           "logical replication",
	"create_subscription_stmt":         "logical replication",
	"alter_subscription_stmt":          "logical replication",
	"drop_subscription_stmt":           "logical replication",
	"alter_tsdictionary_stmt":          "text search",
	"alter_tsconfiguration_stmt":       "text search",
	"alter_database_refresh_coll_stmt": "a collation's version",
	"variable_show_stmt":               "shows a setting",
	"copy_stmt":                        "data",
	"truncate_stmt":                    "data",
	"refresh_mat_view_stmt":            "data",
	"lock_stmt":                        "locks",
	"constraints_set_stmt":             "when constraints are checked",
	"notify_stmt":                      "messages",
	"listen_stmt":                      "messages",
	"unlisten_stmt":                    "messages",
	"vacuum_stmt":                      "maintenance",
	"cluster_stmt":                     "maintenance",
	"reindex_stmt":                     "maintenance",
	"check_point_stmt":                 "maintenance",
}

// ddlRefusedStatements have no place in a schema file, or would change the
// schema in a way that cannot be known.
var ddlRefusedStatements = map[string]string{
	"import_foreign_schema_stmt": "its tables are known to the foreign server only; declare them with CREATE FOREIGN TABLE",
	"drop_owned_stmt":            "what it drops depends on owners, which the schema files do not say; drop the objects by name",
	"createdb_stmt":              "the schema files describe one database",
	"alter_database_stmt":        "the schema files describe one database",
	"dropdb_stmt":                "the schema files describe one database",
	"alter_system_stmt":          "server settings are not part of a schema",
	"prepare_stmt":               "write the statement itself",
	"execute_stmt":               "write the statement itself",
	"deallocate_stmt":            "write the statement itself",
	"declare_cursor_stmt":        "cursors have no place in a schema",
	"close_portal_stmt":          "cursors have no place in a schema",
	"fetch_stmt":                 "cursors have no place in a schema",
	"explain_stmt":               "EXPLAIN has no place in a schema",
	"raw_stmt":                   "not a statement by itself",
	"set_operation_stmt":         "not a statement by itself",
	"return_stmt":                "not a statement by itself",
	"plassign_stmt":              "not a statement by itself",
	"replica_identity_stmt":      "not a statement by itself",
}
