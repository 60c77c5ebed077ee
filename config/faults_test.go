package config

// fault is a configuration and its errors, each "line:col: message | first line of the hint".
type fault struct {
	name, config string
	want         []string
}

// faults holds every class of error once at least.
var faults = []fault{
	{"empty", "", []string{
		"1:1: the file is empty | run `sqlc init`, then `tenantgen init`",
	}},
	{"comment", "# nothing\n", []string{
		"1:1: the file is empty | run `sqlc init`, then `tenantgen init`",
	}},
	{"syntax", "version: \"2\"\nsql: [\n", []string{
		"2:1: not valid YAML: did not find expected node content",
	}},
	{"tab", "version: \"2\"\n\tsql: []\n", []string{
		"2:1: not valid YAML: found character that cannot start any token",
	}},
	{"list", "- version: 2\n", []string{
		"1:1: expected a mapping, found a list",
	}},
	{"version 1", "version: \"1\"\npackages: []\n", []string{
		`1:10: version: "1" is not supported, tenantgen reads version "2" | version "1" has no options; convert it: https://docs.sqlc.dev/en/latest/guides/migrating-to-sqlc.html`,
	}},
	{"version 3", "version: 3\npackages: []\n", []string{
		`1:10: version: "3" is not supported, tenantgen reads version "2" | write version: "2"`,
	}},
	{"version list", "version: [2]\n", []string{
		"1:10: version: expected a string, found a list",
	}},
	{"no version", "sql: []\n", []string{
		`1:1: version is missing | start the file with version: "2"`,
	}},
	{"nothing", "version: 2\n", []string{
		"1:1: sql has no entries | add",
		"1:1: options.tenantgen is missing | add",
	}},
	{"sql empty", "version: 2\nsql: []\noptions: {tenantgen: {tenant_column: a}}\n", []string{
		"1:1: sql has no entries | add",
	}},
	{"sql mapping", "version: 2\nsql: {engine: postgresql}\noptions: {tenantgen: {tenant_column: a}}\n", []string{
		"2:6: sql: expected a list, found a mapping",
	}},
	{"sql scalars", "version: 2\nsql: [a, null]\noptions: {tenantgen: {tenant_column: a}}\n", []string{
		`2:7: sql[0]: expected a mapping, found "a"`,
		"2:10: sql[1]: expected a mapping, found nothing",
	}},
	{"only other engines", "version: 2\nsql: [{engine: mysql}]\noptions: {tenantgen: {tenant_column: a}}\n", []string{
		"2:6: sql: no entry is for postgresql | add",
	}},
	{"mysql", "version: 2\nsql: [{engine: mysql, gen: {go: {out: a, sql_package: pgx/v5}}}]\noptions: {tenantgen: {tenant_column: a}}\n", []string{
		"2:16: sql[0].engine: tenantgen supports postgresql only, not mysql | keep this entry in a sqlc.yaml of its own",
	}},
	{"engines", "version: 2\nsql:\n- {engine: postgres}\n- {schema: db}\n- {engine: [postgresql]}\n- {engine: oracle}\noptions: {tenantgen: {tenant_column: a}}\n", []string{
		`3:12: sql[0].engine: unknown engine "postgres" | did you mean "postgresql"?`,
		"4:3: sql[1]: engine is missing | add engine: postgresql",
		"5:12: sql[2].engine: expected a string, found a list",
		`6:12: sql[3].engine: unknown engine "oracle" | known here: mysql, postgresql, sqlite`,
	}},
	{"misplaced", "version: 2\ntenantgen: {tenant_column: a}\nsql_package: pgx/v5\noptions: {tenantgn: {}}\nsql: [{engine: postgresql, schema: db, queries: q}]\n", []string{
		`2:1: unknown key "tenantgen" | it belongs under options`,
		`3:1: unknown key "sql_package" | it belongs under sql[].gen.go`,
		`4:11: options.tenantgen is missing | did you mean "tenantgen"?`,
	}},
	{"tenantgen null", "version: 2\noptions: {tenantgen: }\nsql: [{engine: postgresql, schema: db, queries: q}]\n", []string{
		"2:22: options.tenantgen: nothing is set | add",
	}},
	{"tenantgen scalar", "version: 2\noptions: {tenantgen: yes}\nsql: [{engine: postgresql, schema: db, queries: q}]\n", []string{
		`2:22: options.tenantgen: expected a mapping, found "yes"`,
	}},
	{"options list", "version: 2\noptions: [tenantgen]\nsql: [{engine: postgresql, schema: db, queries: q}]\n", []string{
		"1:1: options.tenantgen is missing | add",
		"2:10: options: expected a mapping, found a list",
	}},
	{"sqlc blocks", `version: "2"
cloud: {org: x}
servers: [{engin: postgresql}]
plugins: [{name: a, process: {command: x}, env: A}]
rules: [{name: a, msg: b}]
overrides: {go: {renames: {}, rename: {a: [b]}}, python: {}}
sql:
  - engine: postgresql
    schema: db
    queries: q
    query: q
    database: {url: x, managed: perhaps}
    strict_order_by: 1
    codegen: [{plug: x}]
    analyzer: {database: never}
    gen: {golang: {}, json: {file: x}}
options: {tenantgen: {tenant_column: org_id}}
`, []string{
		`2:9: cloud: unknown key "org" | did you mean "organization"?`,
		`3:12: servers[0]: unknown key "engin" | did you mean "engine"?`,
		`4:31: plugins[0].process: unknown key "command" | known here: cmd, format`,
		`4:49: plugins[0].env: expected a list, found "A"`,
		`5:19: rules[0]: unknown key "msg" | known here: message, name, rule`,
		`6:18: overrides.go: unknown key "renames" | did you mean "rename"?`,
		"6:43: overrides.go.rename.a: expected a string, found a list",
		`6:50: overrides: unknown key "python" | known here: go`,
		`11:5: sql[0]: unknown key "query" | known here: analyzer, codegen, database, engine, gen, name, queries, rules, schema, strict_function_checks, strict_order_by`,
		`12:16: sql[0].database: unknown key "url" | did you mean "uri"?`,
		`12:33: sql[0].database.managed: expected true or false, found "perhaps"`,
		"13:22: sql[0].strict_order_by: expected true or false, found 1",
		`14:16: sql[0].codegen[0]: unknown key "plug" | did you mean "plugin"?`,
		`15:26: sql[0].analyzer.database: expected true, false or "only", found "never"`,
		`16:11: sql[0].gen: unknown key "golang" | known here: go, json`,
		`16:30: sql[0].gen.json: unknown key "file" | did you mean "filename"?`,
	}},
	goEntry("go key", "{out: internal/db, sql_package: pgx/v5, emitInterface: true, overides: [], zebra: 1}",
		`3:41: sql[0].gen.go: unknown key "emitInterface" | did you mean "emit_interface"?`,
		`3:62: sql[0].gen.go: unknown key "overides" | did you mean "overrides"?`,
		`3:76: sql[0].gen.go: unknown key "zebra"`),
	goEntry("go types", "{out: [internal/db], sql_package: pgx/v5, emit_db_tags: 1, emit_interface: [true], rename: [], query_parameter_limit: many, initialisms: id, emit_pointers_for_null_enum_types: x}",
		"3:7: sql[0].gen.go.out: expected a string, found a list",
		"3:57: sql[0].gen.go.emit_db_tags: expected true or false, found 1",
		"3:76: sql[0].gen.go.emit_interface: expected true or false, found a list",
		"3:92: sql[0].gen.go.rename: expected a mapping, found a list",
		`3:119: sql[0].gen.go.query_parameter_limit: expected a number, 0 or more, found "many"`,
		`3:138: sql[0].gen.go.initialisms: expected a list, found "id"`,
		`3:177: sql[0].gen.go.emit_pointers_for_null_enum_types: expected true or false, found "x"`),
	goEntry("go limit", "{out: internal/db, sql_package: pgx/v5, query_parameter_limit: -1}",
		"3:64: sql[0].gen.go.query_parameter_limit: expected a number, 0 or more, found -1"),
	goEntry("go overrides", "{out: internal/db, sql_package: pgx/v5, overrides: [{go_typ: x, go_type: {imports: x, pointer: 3}}]}",
		`3:54: sql[0].gen.go.overrides[0]: unknown key "go_typ" | did you mean "go_type"?`,
		`3:75: sql[0].gen.go.overrides[0].go_type: unknown key "imports" | did you mean "import"?`,
		"3:96: sql[0].gen.go.overrides[0].go_type.pointer: expected true or false, found 3"),
	goEntry("go empty", "{}",
		"3:1: sql[0].gen.go: out is missing | name the directory of sqlc's package, e.g. out: internal/db"),
	goEntry("go scalar", "internal/db",
		`3:1: sql[0].gen.go: expected a mapping, found "internal/db"`),
	goEntry("go prepared", "{out: internal/db, sql_package: pgx/v5, emit_prepared_queries: true, emit_methods_with_db_argument: true}",
		"3:64: sql[0].gen.go.emit_prepared_queries: emit_prepared_queries and emit_methods_with_db_argument exclude each other | remove it: with pgx/v5 sqlc ignores it, and pgx prepares statements itself"),
	goEntry("go files", "{out: internal/db, sql_package: pgx/v5, output_db_file_name: models, output_batch_file_name: a.go, output_copyfrom_file_name: a}",
		"3:62: sql[0].gen.go.output_db_file_name: sqlc writes its models to models.go as well | choose another name",
		"3:94: sql[0].gen.go.output_batch_file_name: sqlc writes to a.go already | choose another name"),
	goEntry("go file path", "{out: internal/db, sql_package: pgx/v5, output_models_file_name: a/b.go}",
		`3:66: sql[0].gen.go.output_models_file_name: "a/b.go" is not directly in out | name a file, not a path`),
	goEntry("go package", "{out: internal/db, sql_package: pgx/v6}",
		`3:33: sql[0].gen.go.sql_package: sqlc knows no package "pgx/v6" | did you mean "pgx/v4"?`),
	goEntry("go duplicate", "{out: internal/db, sql_package: pgx/v5,\n  out: other}",
		`4:3: sql[0].gen.go: duplicate key "out", already set on line 3`),
	{"no paths", "version: 2\nsql: [{engine: postgresql}]\noptions: {tenantgen: {tenant_column: a}}\n", []string{
		"2:7: sql[0]: schema is missing | name the files of the schema: tenantgen proves queries against it, not against a database",
		"2:7: sql[0]: queries is missing | name the files of the queries, e.g. queries: db/queries",
	}},
	{"paths", `version: "2"
sql:
  - engine: postgresql
    schema: [missing, 'nope/*.sql', note.txt, d, d/x.down.sql, "", 'db/[', [db], {a: b}, nul.sql, '*.txt', 'db/**/*.sql']
    queries: {q: r}
options: {tenantgen: {tenant_column: a}}
`, []string{
		`4:14: sql[0].schema[0]: "missing": no such file or directory | paths are relative to the directory of sqlc.yaml`,
		`4:23: sql[0].schema[1]: pattern "nope/*.sql" matches nothing | paths are relative to the directory of sqlc.yaml; ** is not supported`,
		`4:37: sql[0].schema[2]: "note.txt" is no file that sqlc reads | sqlc reads files that end in .sql, and skips hidden files, *.down.sql and nested directories`,
		`4:47: sql[0].schema[3]: "d" gives no file that sqlc reads | sqlc reads files that end in .sql, and skips hidden files, *.down.sql and nested directories`,
		`4:50: sql[0].schema[4]: "d/x.down.sql" is no file that sqlc reads | sqlc reads files that end in .sql, and skips hidden files, *.down.sql and nested directories`,
		"4:64: sql[0].schema[5]: empty path | name a file, a directory or a pattern",
		`4:68: sql[0].schema[6]: bad pattern "db/[": syntax error in pattern`,
		"4:76: sql[0].schema[7]: expected a string, found a list",
		"4:82: sql[0].schema[8]: expected a string, found a mapping",
		"4:90: sql[0].schema[9]: nul.sql contains a NUL byte at offset 9",
		`4:99: sql[0].schema[10]: "*.txt" gives no file that sqlc reads | sqlc reads files that end in .sql, and skips hidden files, *.down.sql and nested directories`,
		`4:108: sql[0].schema[11]: pattern "db/**/*.sql" matches nothing | paths are relative to the directory of sqlc.yaml; ** is not supported`,
		"5:14: sql[0].queries: expected a string, found a mapping",
	}},
	{"aliases", "version: 2\nsql: [{engine: postgresql, schema: db, queries: q, <<: 1}]\noptions: {tenantgen: &a {<<: *a, tenant_column: b}}\n", []string{
		"2:56: sql[0]: a merge key needs a mapping",
		"3:30: options.tenantgen: merge keys nest too deeply",
	}},
	{"keys", "version: 2\n? [a]\n: b\nsql: [{engine: postgresql, schema: db, queries: q}]\noptions: {tenantgen: {tenant_column: b}}\nsql: []\n", []string{
		"2:3: a key must be a word",
		`6:1: duplicate key "sql", already set on line 4`,
	}},
	settings("unknown", "tenant_columns: org_id\noutt: x\nzebra: 1",
		`10:5: options.tenantgen: unknown key "tenant_columns" | did you mean "tenant_column"?`,
		"10:5: options.tenantgen: tenant_column is missing | name the column that holds the tenant, e.g. tenant_column: org_id",
		`11:5: options.tenantgen: unknown key "outt" | did you mean "out"?`,
		`12:5: options.tenantgen: unknown key "zebra" | known here: app_role, cross_tenant_role, emit_interface, emit_isolation_test, emit_iterators, functions, levels, migrations, out, package, query_parameter_limit, rules, scale, tables, tenant_column, tenant_source`),
	settings("isolation test of levels", "levels: [{name: a, column: a}]\nemit_isolation_test: true",
		"11:26: options.tenantgen.emit_isolation_test: the test knows one level of tenancy only | remove it"),
	settings("null", "tenant_column:\nout:\ntables: {a: {global: }}",
		"10:19: options.tenantgen.tenant_column: no value | give it a value or remove the key",
		"11:9: options.tenantgen.out: no value | give it a value or remove the key",
		"12:26: options.tenantgen.tables.a.global: no value | give it a value or remove the key"),
	settings("types", "tenant_column: {a: b}\nout: [x]\napp_role: 1\ncross_tenant_role: true\nmigrations: db\ntables: []\nfunctions: x\nrules: [a]\ntenant_source: app.x\npackage: 1",
		"10:20: options.tenantgen.tenant_column: expected a string, found a mapping",
		"11:10: options.tenantgen.out: expected a string, found a list",
		"12:15: options.tenantgen.app_role: expected a string, found 1",
		"13:24: options.tenantgen.cross_tenant_role: expected a string, found true",
		`14:17: options.tenantgen.migrations: expected a mapping, found "db"`,
		"15:13: options.tenantgen.tables: expected a mapping, found a list",
		`16:16: options.tenantgen.functions: expected a mapping, found "x"`,
		"17:12: options.tenantgen.rules: expected a mapping, found a list",
		`18:20: options.tenantgen.tenant_source: expected a mapping, found "app.x"`,
		"19:14: options.tenantgen.package: expected a string, found 1"),
	settings("empty strings", "tenant_column: ''\nout: ' '\napp_role: ''",
		"10:20: options.tenantgen.tenant_column: empty | give it a value or remove the key",
		"11:10: options.tenantgen.out: empty | give it a value or remove the key",
		"12:15: options.tenantgen.app_role: empty | give it a value or remove the key"),
	settings("spellings", "tenant_column: [a, a, 1, '']",
		`10:24: options.tenantgen.tenant_column[1]: "a" is listed twice`,
		"10:27: options.tenantgen.tenant_column[2]: expected a string, found 1",
		"10:30: options.tenantgen.tenant_column[3]: empty | give it a value or remove the key"),
	settings("no spellings", "tenant_column: []",
		"10:20: options.tenantgen.tenant_column: empty list | name the column that holds the tenant"),
	settings("migrations", "tenant_column: a\nmigrations: {format: gose}",
		"11:17: options.tenantgen.migrations: dir is missing | name the directory of the migrations, e.g. dir: db/migrations",
		`11:26: options.tenantgen.migrations.format: "gose" is not one of goose, golang-migrate, dbmate, tern, plain, atlas | did you mean "goose"?`),
	settings("migrations dir", "tenant_column: a\nmigrations: {dir: sqlc.yaml, format: plain, numbering: seq}",
		`11:23: options.tenantgen.migrations.dir: "sqlc.yaml" is a file, not a directory`,
		`11:60: options.tenantgen.migrations.numbering: "seq" is not one of sequential, timestamp | did you mean "sequential"?`),
	settings("absolute", "tenant_column: a\nmigrations: {dir: /db, format: plain}\nout: /x",
		`11:23: options.tenantgen.migrations.dir: "/db" is absolute | paths are relative to the directory of sqlc.yaml`,
		`12:10: options.tenantgen.out: "/x" is absolute | paths are relative to the directory of sqlc.yaml`),
	settings("setting", "tenant_column: a\ntenant_source: {setting: org_id}",
		`11:30: options.tenantgen.tenant_source.setting: "org_id" cannot be the name of a PostgreSQL setting | two or more identifiers joined by dots, e.g. app.org_id`),
	settings("setting words", "tenant_column: a\ntenant_source: {setting: app.1x}",
		`11:30: options.tenantgen.tenant_source.setting: "app.1x" cannot be the name of a PostgreSQL setting | two or more identifiers joined by dots, e.g. app.org_id`),
	settings("default setting", "tenant_column: org id",
		`10:20: options.tenantgen.tenant_column: "app.org id" cannot be the name of a PostgreSQL setting | add tenant_source: {setting: …}, two or more identifiers joined by dots, e.g. app.org_id`),
	settings("both sources", "tenant_column: a\ntenant_source: {setting: app.a, jwt_claim: a}",
		"11:20: options.tenantgen.tenant_source: setting and jwt_claim exclude each other | keep one of them"),
	settings("no source", "tenant_column: a\ntenant_source: {}",
		"11:20: options.tenantgen.tenant_source: names neither setting nor jwt_claim | write {setting: app.org_id} or {jwt_claim: org_id}"),
	settings("long value", "tenant_column: a\nmigrations: "+"0123456789012345678901234567890123456789012",
		`11:17: options.tenantgen.migrations: expected a mapping, found 0123456789012345678901234567890123456789…`),
	settings("roles", "tenant_column: a\napp_role: x\ncross_tenant_role: x",
		"12:24: options.tenantgen.cross_tenant_role: must differ from app_role | cross-tenant queries need a role that the policies do not bind"),
	settings("column and levels", "tenant_column: a\nlevels: [{name: a, column: a}]",
		"10:20: options.tenantgen.tenant_column: tenant_column and levels exclude each other | keep one of them"),
	settings("source and levels", "tenant_source: {jwt_claim: a}\nlevels: [{name: a, column: a}]",
		"10:20: options.tenantgen.tenant_source: tenant_source and levels exclude each other | give each level its setting"),
	settings("no levels", "levels: []",
		"10:13: options.tenantgen.levels: empty list"),
	settings("level", "levels: [{name: a}, {column: b}, x, {name: c, column: 'c d'}, {name: d, column: e, settings: x}]",
		"10:14: options.tenantgen.levels[0]: column is missing | a level is {name: org, column: organization_id, setting: app.org_id}",
		"10:25: options.tenantgen.levels[1]: name is missing | a level is {name: org, column: organization_id, setting: app.org_id}",
		`10:38: options.tenantgen.levels[2]: expected a mapping, found "x"`,
		`10:41: options.tenantgen.levels[3]: "app.c d" cannot be the name of a PostgreSQL setting | two or more identifiers joined by dots, e.g. app.org_id`,
		`10:88: options.tenantgen.levels[4]: unknown key "settings" | did you mean "setting"?`),
	settings("same levels", "levels: [{name: a, column: b}, {name: a, column: b}]",
		`10:36: options.tenantgen.levels[1]: name "a" is another level's | levels need different names, columns and settings`,
		`10:36: options.tenantgen.levels[1]: column "b" is another level's | levels need different names, columns and settings`,
		`10:36: options.tenantgen.levels[1]: setting "app.b" is another level's | levels need different names, columns and settings`),
	settings("settings that differ in case", "levels: [{name: a, column: b, setting: app.tenant}, {name: c, column: d, setting: App.Tenant}]",
		`10:57: options.tenantgen.levels[1]: setting "App.Tenant" is another level's | levels need different names, columns and settings`),
	settings("table levels", "levels: [{name: org, column: a}]\ntables:\n  x: {level: orgs, tenant_column: id}\n  y.z: {tenant_column: id}",
		`12:7: options.tenantgen.tables.x: unknown level "orgs" | did you mean "org"?`,
		`13:7: options.tenantgen.tables["y.z"]: tenant_column without level | add level: <name of the level>`),
	settings("level without levels", "tenant_column: a\ntables: {x: {level: org}}",
		`11:14: options.tenantgen.tables.x: level "org" without levels | declare options.tenantgen.levels`),
	settings("tables", "tenant_column: a\ntables:\n  a:\n  b: {}\n  c: {global: false}\n  d: {parnt: x}\n  e: global\n  '': {global: true}\n  f: {global: 1}",
		"12:9: options.tenantgen.tables.a: declares nothing | say what it is: {tenant_column: id}, {global: true} or {parent: notes, on: {note_id: id}}",
		"13:10: options.tenantgen.tables.b: declares nothing | say what it is: {tenant_column: id}, {global: true} or {parent: notes, on: {note_id: id}}",
		"14:19: options.tenantgen.tables.c.global: declares nothing | remove the entry, or declare the table",
		`15:11: options.tenantgen.tables.d: unknown key "parnt" | did you mean "parent"?`,
		`16:10: options.tenantgen.tables.e: expected a mapping, found "global"`,
		"17:7: options.tenantgen.tables: an empty name",
		"18:19: options.tenantgen.tables.f.global: expected true or false, found 1"),
	settings("global and", "tenant_column: a\ntables:\n  a: {global: true, tenant_column: x}\n  b: {global: true, parent: x, on: {a: b}}\n  c: {global: true, read_also: x}\n  d: {global: true, level: x}\n  e: {global: true, restrict: x}",
		"12:10: options.tenantgen.tables.a: global and tenant_column exclude each other | a global table belongs to nobody and everybody may read it",
		"13:10: options.tenantgen.tables.b: global and parent exclude each other | a global table belongs to nobody and everybody may read it",
		"14:10: options.tenantgen.tables.c: global and read_also exclude each other | a global table belongs to nobody and everybody may read it",
		`15:7: options.tenantgen.tables.d: level "x" without levels | declare options.tenantgen.levels`,
		"15:10: options.tenantgen.tables.d: global and level exclude each other | a global table belongs to nobody and everybody may read it",
		"16:10: options.tenantgen.tables.e: global and restrict exclude each other | a global table belongs to nobody and everybody may read it"),
	settings("no tenant", "tenant_column: a\ntables:\n  a: {global: true, no_tenant: \"\"}\n  b: {tenant_column: id, no_tenant: x}\n  c: {global: true, no_tenant: [x]}",
		"12:36: options.tenantgen.tables.a.no_tenant: empty | give it a value or remove the key",
		"13:10: options.tenantgen.tables.b: no_tenant says why a column of a global table names no tenant | write {global: true, no_tenant: <why>}",
		"14:36: options.tenantgen.tables.c.no_tenant: expected a string, found a list"),
	settings("links", "tenant_column: a\ntables:\n  a: {parent: b, on: {x: y}, when: {}}\n  b: {when: {x: y}}\n  c: {parent: [{table: x, on: {a: b}, whn: {}}], where: x}\n  d: {parent: x, on: {a: b}, when: {c: 1, d: }}\n  e: {no_foreign_key: x, where: y}\n  f: {parent: x, on: {a: b}, no_foreign_key: [x]}",
		"12:40: options.tenantgen.tables.a.when: tells nothing apart | write {owner_type: note}, column of the child to its value",
		"13:10: options.tenantgen.tables.b: when without parent | add parent: <table>",
		`14:43: options.tenantgen.tables.c.parent[0]: unknown key "whn" | did you mean "when"?`,
		"14:61: options.tenantgen.tables.c.where: where beside a list of parents | give each parent its own where",
		"15:44: options.tenantgen.tables.d.when.c: expected a string, found 1",
		"15:50: options.tenantgen.tables.d.when.d: expected a string, found nothing",
		"16:10: options.tenantgen.tables.e: where without parent | add parent: <table>",
		"16:10: options.tenantgen.tables.e: no_foreign_key without parent | add parent: <table>",
		"17:50: options.tenantgen.tables.f.no_foreign_key: expected a string, found a list"),
	settings("parents", "tenant_column: a\ntables:\n  a: {parent: b}\n  b: {on: {x: y}}\n  c: {parent: [], }\n  d: {parent: [{table: x}, y, {on: {a: b}}, {tabl: x}]}\n  e: {parent: [{table: x, on: {a: b}}], on: {a: b}}\n  f: {parent: x, on: {}}\n  g: {parent: x, on: {a: 1}}\n  h: {parent: x, on: id}\n  i: {parent: {table: x}, on: {a: b}}",
		"12:10: options.tenantgen.tables.a: on is missing | say how: on: {note_id: id}, child column to parent column",
		"13:10: options.tenantgen.tables.b: on without parent | add parent: <table>",
		"14:19: options.tenantgen.tables.c.parent: empty list | list {table: …, on: {…}}",
		"15:20: options.tenantgen.tables.d.parent[0]: on is missing | say how: on: {note_id: id}, child column to parent column",
		`15:32: options.tenantgen.tables.d.parent[1]: expected a mapping, found "y"`,
		"15:35: options.tenantgen.tables.d.parent[2]: table is missing | write {table: notes, on: {note_id: id}}",
		"15:49: options.tenantgen.tables.d.parent[3]: table is missing | write {table: notes, on: {note_id: id}}",
		"15:49: options.tenantgen.tables.d.parent[3]: on is missing | say how: on: {note_id: id}, child column to parent column",
		`15:50: options.tenantgen.tables.d.parent[3]: unknown key "tabl" | did you mean "table"?`,
		"16:49: options.tenantgen.tables.e.on: on beside a list of parents | give each parent its own on",
		"17:26: options.tenantgen.tables.f.on: joins on nothing | write {note_id: id}, child column to parent column",
		"18:30: options.tenantgen.tables.g.on.a: expected a string, found 1",
		`19:26: options.tenantgen.tables.h.on: expected a mapping, found "id"`,
		"20:19: options.tenantgen.tables.i.parent: expected a string, found a mapping"),
	settings("parent and", "tenant_column: a\ntables:\n  a: {parent: b, on: {x: y}, tenant_column: z}\n  b: {parent: b, on: {x: y}}\n  c: {parent: b, on: {x: y}, level: z}",
		"12:10: options.tenantgen.tables.a: parent and tenant_column exclude each other | a table with a tenant column needs no parent",
		"13:19: options.tenantgen.tables.b: a table cannot be its own parent | name the table its rows belong to",
		`14:7: options.tenantgen.tables.c: level "z" without levels | declare options.tenantgen.levels`,
		"14:10: options.tenantgen.tables.c: parent and level exclude each other | the level is the parent's"),
	settings("duplicate table", "tenant_column: a\ntables:\n  a: {global: true}\n  a: {global: true}",
		`13:7: options.tenantgen.tables: duplicate key "a", already set on line 12`),
	settings("functions", "tenant_column: a\nfunctions:\n  a:\n  b: {}\n  c: {safe: true}\n  d: {safe: ''}\n  e: {save: x}\n  f: safe\n  g: {safe: x, kind: trigger}\n  h(int: {safe: x}",
		`12:9: options.tenantgen.functions.a: no reason is given | write {safe: "why it touches no tenant data"}`,
		`13:10: options.tenantgen.functions.b: safe is missing | write {safe: "why it touches no tenant data"}`,
		"14:17: options.tenantgen.functions.c.safe: expected a string, found true",
		"15:17: options.tenantgen.functions.d.safe: empty | give it a value or remove the key",
		`16:10: options.tenantgen.functions.e: safe is missing | write {safe: "why it touches no tenant data"}`,
		`16:11: options.tenantgen.functions.e: unknown key "save" | did you mean "safe"?`,
		`17:10: options.tenantgen.functions.f: expected a mapping, found "safe"`,
		`18:26: options.tenantgen.functions.g.kind: "trigger" is not one of function, aggregate, window, set | known here: aggregate, function, set, window`,
		`19:14: options.tenantgen.functions["h(int"]: no signature | write schema.function(type, type)`),
	settings("rules", "tenant_column: a\nrules:\n  a: {severity: off}\n  b: {severity: fatal}\n  c: {}\n  d: off\n  e: {severity: warn}\n  f:\n  g: {severity: off, reason: ''}",
		"12:10: options.tenantgen.rules.a: reason is missing | say why nobody needs this rule here",
		`13:21: options.tenantgen.rules.b.severity: "fatal" is not one of error, warning, off | known here: error, off, warning`,
		"14:10: options.tenantgen.rules.c: severity is missing | write {severity: warning} or {severity: off, reason: …}",
		`15:10: options.tenantgen.rules.d: expected a mapping, found "off"`,
		`16:21: options.tenantgen.rules.e.severity: "warn" is not one of error, warning, off | did you mean "warning"?`,
		"17:9: options.tenantgen.rules.f: no severity is given | write {severity: warning} or {severity: off, reason: …}",
		"18:34: options.tenantgen.rules.g.reason: empty | give it a value or remove the key"),
	settings("out", "tenant_column: a\nout: internal/db",
		"11:10: options.tenantgen.out: internal/db is sqlc's out as well | choose a directory of its own"),
	settings("out package", "tenant_column: a\nout: my-repo",
		`11:10: options.tenantgen.out: "my-repo" cannot be the name of a Go package | add package: <name>`),
	settings("package", "tenant_column: a\nout: my-repo\npackage: func",
		`12:14: options.tenantgen.package: "func" cannot be the name of a Go package`),
	settings("outside the module", "tenant_column: a\nout: ../x",
		"11:10: options.tenantgen.out: ../x is not in the Go module of sqlc's internal/db | both must be below the same go.mod"),
	settings("nested module", "tenant_column: a\nout: nested/x",
		"11:10: options.tenantgen.out: nested/x is not in the Go module of sqlc's internal/db | both must be below the same go.mod"),
	{"internal", `version: "2"
sql: [{engine: postgresql, schema: db, queries: q, gen: {go: {out: svc/internal/db, sql_package: pgx/v5}}}]
options: {tenantgen: {tenant_column: org_id, out: repo}}
`, []string{
		"3:51: options.tenantgen.out: Go does not let repo import svc/internal/db | put both below the parent of internal",
	}},
	{"several entries", `version: "2"
sql:
- {engine: postgresql, schema: db, queries: q, gen: {go: {out: a/db, sql_package: pgx/v5}}}
- {engine: postgresql, schema: db, queries: q, gen: {go: {out: b/db, sql_package: pgx/v5}}}
- {engine: postgresql, schema: db, queries: q, gen: {go: {out: repo/c, sql_package: pgx/v5}}}
options: {tenantgen: {tenant_column: org_id, out: repo, package: x}}
`, []string{
		"4:3: two entries of sql generate repositories into repo/db | give the entries different packages",
		"6:51: options.tenantgen.out: repo/c is sqlc's out as well | choose a directory of its own",
		"6:66: options.tenantgen.package: several sql entries generate Go, each has its own package | repositories go to repo/<package of the entry>",
	}},
}
