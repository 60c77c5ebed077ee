package ddl

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// statements are the statements that change what the catalog says, by the
// name of their field in pg_query's Node. A test holds this list and the two
// below against all the statements there are. It is filled in by init because
// CREATE SCHEMA's handler reads it.
var statements map[string]handler

func init() {
	statements = map[string]handler{
		"create_stmt":                   on((*loader).createTable),
		"create_foreign_table_stmt":     on((*loader).createForeignTable),
		"create_table_as_stmt":          on((*loader).createTableAs),
		"alter_table_stmt":              on((*loader).alterTable),
		"index_stmt":                    on((*loader).createIndex),
		"create_stats_stmt":             on((*loader).createStatistics),
		"view_stmt":                     on((*loader).createView),
		"drop_stmt":                     on((*loader).drop),
		"rename_stmt":                   on((*loader).rename),
		"alter_object_schema_stmt":      on((*loader).setSchema),
		"create_function_stmt":          on((*loader).createFunction),
		"alter_function_stmt":           on((*loader).alterFunction),
		"create_trig_stmt":              on((*loader).createTrigger),
		"rule_stmt":                     on((*loader).createRule),
		"create_policy_stmt":            on((*loader).createPolicy),
		"alter_policy_stmt":             on((*loader).alterPolicy),
		"create_enum_stmt":              on((*loader).createEnum),
		"alter_enum_stmt":               on((*loader).alterEnum),
		"composite_type_stmt":           on((*loader).createComposite),
		"create_range_stmt":             on((*loader).createRange),
		"create_domain_stmt":            on((*loader).createDomain),
		"alter_domain_stmt":             on((*loader).alterDomain),
		"define_stmt":                   on((*loader).define),
		"create_cast_stmt":              on((*loader).createCast),
		"create_op_class_stmt":          on((*loader).createOperatorClass),
		"alter_op_family_stmt":          on((*loader).alterOperatorFamily),
		"create_seq_stmt":               on((*loader).createSequence),
		"alter_seq_stmt":                on((*loader).alterSequence),
		"alter_extension_contents_stmt": on((*loader).extensionContents),
		"alter_object_depends_stmt":     on((*loader).dependsOn),
		"create_schema_stmt":            on((*loader).createSchema),
		"create_extension_stmt":         on((*loader).createExtension),
		"create_role_stmt":              on((*loader).createRole),
		"alter_role_stmt":               on((*loader).alterRole),
		"alter_role_set_stmt":           on((*loader).alterRoleSet),
		"alter_database_set_stmt":       on((*loader).alterDatabaseSet),
		"drop_role_stmt":                on((*loader).dropRoles),
		"alter_owner_stmt":              on((*loader).alterOwner),
		"reassign_owned_stmt":           on((*loader).reassignOwned),
		"grant_stmt":                    on((*loader).grantPrivileges),
		"grant_role_stmt":               on((*loader).grantRole),
		"alter_default_privileges_stmt": on((*loader).alterDefaultPrivileges),
		"variable_set_stmt":             on((*loader).set),
		"transaction_stmt":              on((*loader).transaction),
		"discard_stmt":                  on((*loader).discard),
		"create_event_trig_stmt":        on((*loader).createEventTrigger),
		"do_stmt":                       on((*loader).doBlock),
		"call_stmt":                     on((*loader).call),
		"select_stmt":                   on((*loader).query),
		"insert_stmt":                   (*loader).data,
		"update_stmt":                   (*loader).data,
		"delete_stmt":                   (*loader).data,
		"merge_stmt":                    (*loader).data,
		"explain_stmt":                  on((*loader).explain),
		"declare_cursor_stmt":           on((*loader).declareCursor),
		"fetch_stmt":                    on((*loader).fetch),
		"alter_system_stmt":             on((*loader).alterSystem),
		"create_subscription_stmt":      on((*loader).createSubscription),
	}
	for name := range unmodelled {
		title := parsetree.StatementTitle(name)
		statements[name] = func(l *loader, _ parsetree.Message) error {
			l.unknown(title, catalog.Name{})
			return nil
		}
	}
}

// unmodelled are statements that are recorded in Database.Unknown, with what
// they can do.
var unmodelled = map[string]string{
	"create_op_family_stmt": "changes what an index, or equality in GROUP BY, means for a type",
	"create_plang_stmt":     "functions in it can do anything",
	"create_transform_stmt": "changes what functions receive",
	"load_stmt":             "loads code",
}

// ignoredStatements change nothing that the catalog holds.
var ignoredStatements = map[string]string{
	"comment_stmt":                     "documentation",
	"sec_label_stmt":                   "labels for security providers",
	"alter_event_trig_stmt":            "an event trigger counts whether it is enabled or not",
	"alter_extension_stmt":             "a new version of an extension",
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
	"createdb_stmt":                    "another database",
	"dropdb_stmt":                      "another database: PostgreSQL does not drop the one that it works in",
	"alter_database_stmt":              "who may connect, how many, and where its files are",
	"deallocate_stmt":                  "forgets a prepared statement",
	"close_portal_stmt":                "closes a cursor",
}

// noStatement is why what the grammar has as a statement cannot stand in a file.
const noStatement = "not a statement by itself"

// refusedStatements have no place in a schema file, or would change the
// schema in a way that cannot be known.
var refusedStatements = map[string]string{
	"import_foreign_schema_stmt": "its tables are known to the foreign server only; declare them with CREATE FOREIGN TABLE",
	"drop_owned_stmt":            "what it drops depends on owners, which the schema files do not say; drop the objects by name",
	"prepare_stmt":               "write the statement itself",
	"execute_stmt":               "write the statement itself",
	"raw_stmt":                   noStatement,
	"set_operation_stmt":         noStatement,
	"return_stmt":                noStatement,
	"plassign_stmt":              noStatement,
	"replica_identity_stmt":      noStatement,
}

// handler executes one kind of statement.
type handler func(*loader, parsetree.Message) error

// on adapts a method for one statement type to a handler.
func on[T parsetree.Message](f func(*loader, T) error) handler {
	return func(l *loader, m parsetree.Message) error { return f(l, m.(T)) }
}
