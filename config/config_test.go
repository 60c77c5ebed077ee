package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// tree writes files below a new directory, which becomes the working directory.
func tree(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// app is a directory in which the configurations of these tests are valid.
func app(config string) map[string]string {
	return map[string]string{
		"go.mod": "module app\n", "sqlc.yaml": config,
		"db/schema.sql": "CREATE TABLE notes (org_id uuid NOT NULL);\n",
		"q/notes.sql":   "-- name: GetNote :one\nSELECT 1;\n",
	}
}

// entry is a valid start of a configuration, nine lines up to its settings.
const entry = `version: "2"
sql:
  - engine: postgresql
    schema: db/schema.sql
    queries: q
    gen:
      go: {out: internal/db, sql_package: pgx/v5}
options:
  tenantgen:
`

func mustLoad(t *testing.T, files map[string]string) *Config {
	t.Helper()
	tree(t, files)
	c, err := Load("sqlc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// The block of the design document.
func TestLoad(t *testing.T) {
	c := mustLoad(t, app(entry+`    tenant_column: org_id
    out: example/repo
    migrations: {dir: example/db/migrations, format: goose, numbering: timestamp}
    app_role: app_tenant
    cross_tenant_role: app_admin
    tenant_source: {setting: app.org_id}
    tables:
      orgs: {tenant_column: id}
      plans: {global: true, no_tenant: who made it}
      note_comments: {parent: notes, on: {note_id: id}, no_foreign_key: rows are never deleted}
      app.documents: {read_also: "visibility = 'public'", restrict: deleted_at IS NULL}
      files: {parent: [{table: notes, on: {note_id: id, note_rev: rev}, when: {kind: note}}, {table: orgs, on: {org: id}, when: {kind: org}, where: closed IS NULL, no_foreign_key: x}]}
    functions:
      slugify: {safe: works on its argument only}
    rules:
      unscoped-table: {severity: warning}
      leaky: {severity: off, reason: accepted in 2024}
    scale: citus
`))
	want := Tenant{
		Columns: []string{"org_id"}, ColumnAt: Place{10, 20}, Out: "example/repo", Package: "repo",
		Migrations: Migrations{Dir: "example/db/migrations", Format: "goose", Numbering: "timestamp", Line: 12},
		AppRole:    "app_tenant", CrossTenantRole: "app_admin", Scale: "citus",
		Source: Source{Setting: "app.org_id"},
		Tables: []Table{
			{Name: "orgs", TenantColumn: "id", Line: 17, Column: 7},
			{Name: "plans", Global: true, NoTenant: "who made it", Line: 18, Column: 7},
			{Name: "note_comments", Parents: []Parent{{Table: "notes", On: []Pair{{"note_id", "id"}}, NoForeignKey: "rows are never deleted", Line: 19, Column: 31}}, Line: 19, Column: 7},
			{Name: "app.documents", ReadAlso: "visibility = 'public'", Restrict: "deleted_at IS NULL", Line: 20, Column: 7},
			{Name: "files", Parents: []Parent{
				{Table: "notes", On: []Pair{{"note_id", "id"}, {"note_rev", "rev"}}, When: []Match{{"kind", "note"}}, Line: 21, Column: 24},
				{Table: "orgs", On: []Pair{{"org", "id"}}, When: []Match{{"kind", "org"}}, Where: "closed IS NULL", NoForeignKey: "x", Line: 21, Column: 94},
			}, Line: 21, Column: 7},
		},
		Functions: []Function{{"slugify", "works on its argument only", "", 23, 7}},
		Rules: []Rule{
			{Name: "unscoped-table", Severity: "warning", Line: 25, Column: 7},
			{Name: "leaky", Severity: "off", Reason: "accepted in 2024", Line: 26, Column: 7},
		},
		Present: true, Line: 9, Column: 3,
	}
	equal(t, "tenant", c.Tenant, want)
	equal(t, "dir", c.RepoDir(0), "example/repo")
	if err := c.CheckGenerate(); err != nil {
		t.Errorf("CheckGenerate: %v", err)
	}
}

func TestLoadLevels(t *testing.T) {
	c := mustLoad(t, app(entry+`    levels:
      - {name: org, column: organization_id, setting: app.org_id}
      - {name: project, column: project_id}
    tables: {projects: {tenant_column: id, level: project}}
`))
	equal(t, "levels", c.Tenant.Levels, []Level{
		{"org", "organization_id", "app.org_id", 11}, {"project", "project_id", "app.project_id", 12}})
	equal(t, "columns", c.Tenant.Columns, []string(nil))
	equal(t, "source", c.Tenant.Source, Source{})
	equal(t, "tables", c.Tenant.Tables, []Table{{Name: "projects", TenantColumn: "id", Level: "project", Line: 13, Column: 14}})
}

func TestTenantSource(t *testing.T) {
	for block, want := range map[string]Source{
		"tenant_column: [tenantId, tenant_id]":                                          {Setting: "app.tenantId"},
		"{tenant_column: org_id, tenant_source: {jwt_claim: org}}":                      {JWTClaim: []string{"org"}},
		"{tenant_column: org_id, tenant_source: {jwt_claim: [app_metadata, org_id]}}":   {JWTClaim: []string{"app_metadata", "org_id"}},
		"{tenant_column: org_id, tenant_source: {jwt_claim: https://a.example/org_id}}": {JWTClaim: []string{"https://a.example/org_id"}},
		"{tenant_column: org_id, tenant_source: {setting: a.b.c$}}":                     {Setting: "a.b.c$"},
		"tenant_column: größe": {Setting: "app.größe"},
	} {
		t.Run(block, func(t *testing.T) {
			c := mustLoad(t, app(entry+"    "+block+"\n"))
			equal(t, "source", c.Tenant.Source, want)
		})
	}
}

// Every key of gen.go, so that a key sqlc knows is never an error here.
func TestGo(t *testing.T) {
	c := mustLoad(t, app(`version: 2
cloud: {organization: o, project: "1", hostname: h}
servers: [{name: s, engine: postgresql, uri: "postgres://"}]
plugins: [{name: py, env: [A], process: {cmd: x, format: json}}, {name: ts, wasm: {url: u, sha256: s}}]
rules: [{name: r, rule: "1 == 1", message: m}]
overrides:
  go:
    rename: {url: GlobalURL}
    overrides: [{db_type: uuid, go_type: github.com/google/uuid.UUID}]
options: {other: {anything: [goes]}, tenantgen: {tenant_column: org_id}}
sql:
  - name: main
    engine: postgresql
    schema: [db/schema.sql]
    queries: [q/notes.sql]
    database: {uri: x, managed: false}
    strict_function_checks: true
    strict_order_by: false
    rules: [r]
    analyzer: {database: only}
    codegen: [{out: o, plugin: py, options: {a: 1, a: 2}}]
    gen:
      json: {out: j, indent: " ", filename: f}
      go:
        out: internal/store
        sql_package: pgx/v5
        sql_driver: github.com/jackc/pgx/v5
        emit_interface: yes
        emit_json_tags: true
        json_tags_id_uppercase: true
        json_tags_case_style: camel
        emit_db_tags: true
        emit_prepared_queries: true
        emit_exact_table_names: true
        emit_empty_slices: true
        emit_exported_queries: true
        emit_result_struct_pointers: true
        emit_params_struct_pointers: true
        emit_methods_with_db_argument: false
        emit_pointers_for_null_types: true
        emit_pointers_for_null_enum_types: false
        emit_enum_valid_method: true
        emit_all_enum_values: true
        emit_sql_as_comment: true
        wrap_errors: true
        omit_sqlc_version: true
        omit_unused_structs: true
        build_tags: integration
        query_parameter_limit: 0
        output_batch_file_name: b.go
        output_db_file_name: d.go
        output_models_file_name: m.go
        output_querier_file_name: q.go
        output_copyfrom_file_name: c.go
        output_files_suffix: _gen
        inflection_exclude_table_names: [news]
        initialisms: [id, url]
        rename: {url: URL, x: Y}
        overrides:
          - {column: notes.id, go_type: {import: a/b, package: b, type: T, pointer: true, slice: true}, go_struct_tag: 'x:"y"'}
          - {db_type: text, nullable: true, unsigned: true, engine: postgresql, go_type: string}
          - {postgres_type: citext, null: true, go_type: string}
`))
	no, zero := false, 0
	equal(t, "go", c.SQL[0].Go, Go{
		Package: "store", Out: "internal/store", SQLPackage: "pgx/v5", SQLDriver: "github.com/jackc/pgx/v5",
		EmitInterface: true, EmitJSONTags: true, JSONTagsIDUppercase: true, EmitDBTags: true, EmitPreparedQueries: true,
		EmitExactTableNames: true, EmitEmptySlices: true, EmitExportedQueries: true, EmitResultStructPointers: true,
		EmitParamsStructPointers: true, EmitPointersForNullTypes: true,
		EmitPointersForNullEnumTypes: &no, EmitEnumValidMethod: true, EmitAllEnumValues: true, EmitSQLAsComment: true,
		WrapErrors: true, OmitSQLCVersion: true, OmitUnusedStructs: true, JSONTagsCaseStyle: "camel",
		OutputBatchFileName: "b.go", OutputDBFileName: "d.go", OutputModelsFileName: "m.go", OutputQuerierFileName: "q.go",
		OutputCopyfromFileName: "c.go", OutputFilesSuffix: "_gen", BuildTags: "integration", QueryParameterLimit: &zero,
		InflectionExcludeTableNames: []string{"news"}, Initialisms: []string{"id", "url"},
		Rename: map[string]string{"url": "GlobalURL", "x": "Y"},
		Overrides: []Override{
			{DBType: "uuid", GoType: GoType{Spec: "github.com/google/uuid.UUID"}, Line: 9},
			{Column: "notes.id", GoType: GoType{Import: "a/b", Package: "b", Type: "T", Pointer: true, Slice: true}, GoStructTag: `x:"y"`, Line: 60},
			{DBType: "text", Nullable: true, Unsigned: true, Engine: "postgresql", GoType: GoType{Spec: "string"}, Line: 61},
			{DBType: "citext", Nullable: true, GoType: GoType{Spec: "string"}, Line: 62},
		},
		Line: 25, Column: 9, PackageAt: Place{26, 22},
	})
	equal(t, "name", c.SQL[0].Name, "main")
	equal(t, "line", c.SQL[0].Line, 12)
}

func TestMergeKeysAndAliases(t *testing.T) {
	c := mustLoad(t, app(`version: "2"
sql:
  - &a
    engine: postgresql
    schema: &s db/schema.sql
    queries: q
    gen: {go: &g {out: internal/a, sql_package: pgx/v5, emit_interface: true}}
  - <<: *a
    schema: *s
    gen: {go: {<<: [*g], out: internal/b, package: other}}
options: {tenantgen: {tenant_column: org_id, out: repo}}
`))
	equal(t, "entries", len(c.SQL), 2)
	b := c.SQL[1]
	equal(t, "merged", []any{b.Engine, b.Schema, b.Queries}, []any{"postgresql", []string{"db/schema.sql"}, []string{"q"}})
	equal(t, "go", []any{b.Go.Out, b.Go.Package, b.Go.EmitInterface}, []any{"internal/b", "other", true})
	equal(t, "dirs", []string{c.RepoDir(0), c.RepoDir(1)}, []string{"repo/a", "repo/other"})
	equal(t, "packages", []string{c.RepoPackage(0), c.RepoPackage(1)}, []string{"a", "other"})
}

// Only generate needs somewhere to write to.
func TestCheckGenerate(t *testing.T) {
	c := mustLoad(t, app(`version: "2"
sql: [{engine: postgresql, schema: db, queries: q}]
options: {tenantgen: {tenant_column: org_id}}
`))
	want := `sqlc.yaml:2:7: no entry of sql has gen.go, and generate needs one
sqlc.yaml:3:11: options.tenantgen: out is missing, and generate needs it
sqlc.yaml:3:11: options.tenantgen: migrations is missing, and generate needs it`
	if err := c.CheckGenerate(); err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}

// Queries are judged for every package of sqlc's, and repositories generated for pgx alone.
func TestOtherPackages(t *testing.T) {
	c := mustLoad(t, app(`version: "2"
sql:
  - {engine: postgresql, schema: db, queries: q, gen: {go: {out: a}}}
  - {engine: postgresql, schema: db, queries: q, gen: {go: {out: b, sql_package: database/sql}}}
  - {engine: postgresql, schema: db, queries: q, gen: {go: {out: c, sql_package: pgx/v4}}}
  - {engine: postgresql, schema: db, queries: q, gen: {go: {out: d, sql_package: pgx/v5}}}
  - {engine: postgresql, schema: db, queries: q, gen: {json: {out: e}}}
options: {tenantgen: {tenant_column: org_id, out: repo, migrations: {dir: m, format: goose}}}
`))
	want := `sqlc.yaml:3:60: sql[0].gen.go: sql_package is missing, so sqlc generates database/sql code, and generate needs pgx/v5
sqlc.yaml:4:82: sql[1].gen.go.sql_package: generate needs pgx/v5, not database/sql
sqlc.yaml:5:82: sql[2].gen.go.sql_package: generate needs pgx/v5, not pgx/v4`
	if err := c.CheckGenerate(); err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}

// Entries that are none of tenantgen's business do not stop it.
func TestOtherEngineWithoutGo(t *testing.T) {
	c := mustLoad(t, app(strings.Replace(entry, "sql:\n", "sql:\n  - {engine: sqlite, schema: nowhere, queries: nowhere, gen: {json: {out: j}}}\n", 1)+"    tenant_column: org_id\n"))
	equal(t, "entries", len(c.SQL), 1)
	equal(t, "engine", c.SQL[0].Engine, "postgresql")
}

// The table app must not take the table app.parent for its parent.
func TestTableNamesWithDots(t *testing.T) {
	c := mustLoad(t, app(entry+`    tenant_column: org_id
    tables:
      app.parent: {global: true}
      app: {tenant_column: id}
`))
	equal(t, "parents", c.Tenant.Tables[1].Parents, []Parent(nil))
}

func TestPathsBelowAnotherDirectory(t *testing.T) {
	files := map[string]string{}
	for name, text := range app(entry + "    {tenant_column: org_id, out: repo}\n") {
		files["svc/"+name] = text
	}
	tree(t, files)
	c, err := Load("svc/sqlc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "path", c.SQL[0].QueryFiles[0].Path, filepath.Join("svc", "q", "notes.sql"))
	equal(t, "repo", c.RepoDir(0), filepath.Join("svc", "repo"))
	abs, err := filepath.Abs("svc/q/notes.sql")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "absolute", c.Rel(abs), "svc/q/notes.sql")
	equal(t, "relative", c.Rel("svc/../svc/q/notes.sql"), "svc/q/notes.sql")
	equal(t, "outside", c.Rel("../x"), "../x")
}

func TestErrorTypes(t *testing.T) {
	tree(t, app(entry+"    {}\n"))
	_, err := Load("sqlc.yaml")
	var all Errors
	var one *Error
	if !errors.As(err, &all) || len(all) != 1 || !errors.As(err, &one) || one != all[0] {
		t.Fatalf("got %#v", err)
	}
	equal(t, "error", *one, Error{"sqlc.yaml", 10, 5, "options.tenantgen: tenant_column is missing",
		"name the column that holds the tenant, e.g. tenant_column: org_id"})
}

// sqlc applies overrides.go to every entry, also one that renames nothing itself.
func TestGlobalRename(t *testing.T) {
	c := mustLoad(t, app("overrides: {go: {rename: {url: URL}}}\n"+entry+"    {tenant_column: org_id, out: my-repo, package: repo}\n"))
	equal(t, "rename", c.SQL[0].Go.Rename, map[string]string{"url": "URL"})
	equal(t, "package", c.RepoPackage(0), "repo")
}
