package config

import (
	"cmp"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const postgresql = "postgresql"

// version accepts "2" only, and stops the reading otherwise: in another version
// every key is at another place, and would be reported as unknown.
func (r *reader) version(root value) bool {
	if root.n.Kind != yaml.MappingNode {
		root.expected("a mapping")
		return false
	}
	for i := 0; i+1 < len(root.n.Content); i += 2 {
		if root.n.Content[i].Value != "version" {
			continue
		}
		v := root.child("version", root.n.Content[i+1])
		if s, ok := v.text(); !ok || s == "2" {
			return ok
		}
		hint := `write version: "2"`
		if v.n.Value == "1" {
			hint = `version "1" has no options; convert it: https://docs.sqlc.dev/en/latest/guides/migrating-to-sqlc.html`
		}
		v.errorf(hint, "%q is not supported, tenantgen reads version \"2\"", v.n.Value)
		return false
	}
	root.errorf(`start the file with version: "2"`, "version is missing")
	return false
}

// document reads the whole file. Blocks that only concern sqlc are checked for
// unknown keys, as sqlc does, and forgotten.
func (r *reader) document(root value, c *Config) {
	root.object(r.keys(c))
	r.merge(r.global, c)
	if e, ok := root.get("sql"); !ok || isList(e) && len(e.n.Content) == 0 {
		root.errorf(minimalEntry, "sql has no entries")
	} else if len(c.SQL) == 0 && len(r.errs) == 0 {
		e.errorf(minimalEntry, "no entry is for postgresql")
	}
	if !c.Tenant.Present {
		root.noTenantgen()
	}
	if !c.Tenant.Vet.Present && !r.bare { // which proves what stands in Go code
		for _, e := range r.entries {
			e.need("queries", "name the files of the queries, e.g. queries: db/queries")
		}
	}
}

// keys are those of the whole file.
func (r *reader) keys(c *Config) fields {
	return fields{
		"version": {read: func(value) {}, takes: func(bool) *Schema { return &Schema{Enum: []any{"2", 2}} }},
		"cloud":   object(fields{"organization": ignored, "project": ignored, "hostname": ignored}),
		"servers": list(fields{"name": ignored, "engine": ignored, "uri": ignored}),
		"plugins": list(plugin),
		"rules":   list(fields{"name": ignored, "rule": ignored, "message": ignored}),
		"sql":     {read: func(v value) { v.list(func(e value) { r.sql(e, c) }) }, takes: listOf((&sqlEntry{}).keys().shape)},
		"overrides": object(fields{"go": object(fields{
			"overrides": overrides(&r.global.Overrides), "rename": identifiers(&r.global.Rename)})}),
		"options": {read: func(v value) { r.options(v, c) }, takes: optionsShape},
	}
}

// noTenantgen reports the missing block at the key that may be meant to be it:
// to sqlc every key of options is as good as another.
func (root value) noTenantgen() {
	if options, ok := root.get("options"); ok && options.n.Kind == yaml.MappingNode {
		for _, p := range options.pairs() {
			if hint := suggest(p.key.Value, []string{"tenantgen"}); strings.HasPrefix(hint, "did you mean") {
				root.r.add(p.key.Line, p.key.Column, hint, "options.tenantgen is missing")
				return
			}
		}
	}
	if !root.r.bare {
		root.errorf("run `tenantgen init`, or "+minimalBlock, "options.tenantgen is missing")
	}
}

const minimalEntry = `add
sql:
  - engine: postgresql
    schema: db/migrations
    queries: db/queries
    gen: {go: {out: internal/db, sql_package: pgx/v5}}`

const minimalBlock = `add
options:
  tenantgen:
    tenant_column: org_id
    out: internal/repo
    migrations: {dir: db/migrations, format: goose}
    app_role: app_tenant`

var plugin = fields{
	"name":    ignored,
	"env":     {read: func(v value) { v.texts() }, takes: listOf(someText)},
	"process": object(fields{"cmd": ignored, "format": ignored}),
	"wasm":    object(fields{"url": ignored, "sha256": ignored}),
}

// sql reads one entry of sql.
func (r *reader) sql(v value, c *Config) {
	e := &sqlEntry{SQL: SQL{Line: v.n.Line, Column: v.n.Column}, strictOrder: true}
	v.object(e.keys())
	s, schema, queries := &e.SQL, e.schema, e.queries
	s.LooseOrderBy = !e.strictOrder
	if d, ok := v.get("database"); ok && len(d.n.Content) > 0 {
		s.Database = Place{d.n.Line, d.n.Column}
	}
	if v.n.Kind != yaml.MappingNode || !r.engine(v, s) {
		return
	}
	v.need("schema", "name the files of the schema: tenantgen proves queries against it, not against a database")
	r.entries = append(r.entries, v)
	s.Schema, s.Queries = written(schema), written(queries)
	s.SchemaFiles, s.QueryFiles = c.files(schema), c.files(queries)
	c.SQL = append(c.SQL, *s)
}

// sqlEntry is an entry of sql while it is read.
type sqlEntry struct {
	SQL
	strictOrder     bool
	schema, queries []value
}

func (e *sqlEntry) keys() fields {
	return fields{
		"name": str(&e.Name), "engine": str(&e.Engine),
		"schema": paths(&e.schema), "queries": paths(&e.queries),
		"database":               object(fields{"uri": ignored, "managed": ignoredBool}),
		"strict_function_checks": boolean(&e.StrictFunctionChecks), "strict_order_by": boolean(&e.strictOrder),
		"gen": object(fields{
			"go":   {read: e.Go.read, takes: e.Go.fields().shape},
			"json": object(fields{"out": ignored, "indent": ignored, "filename": ignored}),
		}),
		"codegen":  list(fields{"out": ignored, "plugin": ignored, "options": anything}),
		"rules":    {read: func(v value) { v.texts() }, takes: listOf(someText)},
		"analyzer": object(fields{"database": {read: analyzer, takes: func(bool) *Schema { return &Schema{Enum: []any{true, false, "only"}} }}}),
	}
}

func analyzer(v value) {
	if v.n.Value != "only" {
		var b bool
		if v.n.Kind != yaml.ScalarNode || v.n.Decode(&b) != nil {
			v.expected(`true, false or "only"`)
		}
	}
}

// engine tells whether the entry is one for tenantgen. Another database's entry
// is refused when Go is generated from it, since tenantgen answers for that Go.
func (r *reader) engine(v value, s *SQL) bool {
	e, given := v.get("engine")
	switch {
	case !given:
		v.errorf("add engine: postgresql", "engine is missing")
	case s.Engine == postgresql:
		return true
	case s.Engine == "mysql" || s.Engine == "sqlite":
		if gen, ok := v.get("gen"); ok && gen.has("go") {
			e.errorf("keep this entry in a sqlc.yaml of its own", "tenantgen supports postgresql only, not %s", s.Engine)
		}
	case e.n.Kind == yaml.ScalarNode:
		e.errorf(suggest(s.Engine, []string{postgresql, "mysql", "sqlite"}), "unknown engine %q", s.Engine)
	}
	return false
}

// merge gives every entry the global overrides first and the global renames
// last, which is sqlc's precedence.
func (r *reader) merge(global Go, c *Config) {
	for i := range c.SQL {
		g := &c.SQL[i].Go
		if g.Out == "" {
			continue
		}
		g.Overrides = append(global.Overrides[:len(global.Overrides):len(global.Overrides)], g.Overrides...)
		if g.Rename == nil && len(global.Rename) > 0 {
			g.Rename = map[string]string{}
		}
		maps.Copy(g.Rename, global.Rename)
	}
}

// read reads gen.go.
func (g *Go) read(v value) {
	g.Line, g.Column = v.n.Line, v.n.Column
	v.object(g.fields())
	if v.n.Kind != yaml.MappingNode {
		return
	}
	v.need("out", "name the directory of sqlc's package, e.g. out: internal/db")
	if g.Package == "" && g.Out != "" {
		g.Package = filepath.Base(g.Out)
	}
	if p, ok := v.get("sql_package"); ok {
		g.PackageAt = Place{p.n.Line, p.n.Column}
		if packages := []string{pgx, "pgx/v4", "database/sql"}; g.SQLPackage != "" && !slices.Contains(packages, g.SQLPackage) {
			p.errorf(suggest(g.SQLPackage, packages), "sqlc knows no package %q", g.SQLPackage)
		}
	}
	if p, _ := v.get("emit_prepared_queries"); g.EmitPreparedQueries && g.EmitMethodsWithDBArgument {
		p.errorf("remove it: with pgx/v5 sqlc ignores it, and pgx prepares statements itself",
			"emit_prepared_queries and emit_methods_with_db_argument exclude each other")
	}
	g.checkFiles(v)
	g.checkPrinted(v)
}

// pgx is the sql_package that repositories are generated for.
const pgx = "pgx/v5"

// usesPGX refuses what has no repositories: tenant and query go out in one batch of pgx.
func (r *reader) usesPGX(i int, g *Go) {
	const hint = "tenantgen sends the tenant and the query in one pgx batch; write sql_package: pgx/v5"
	switch {
	case g.Out == "" || g.SQLPackage == pgx:
	case g.SQLPackage == "":
		r.add(g.Line, g.Column, hint, "sql[%d].gen.go: sql_package is missing, so sqlc generates database/sql code, and generate needs pgx/v5", i)
	default:
		r.add(g.PackageAt.Line, g.PackageAt.Column, hint, "sql[%d].gen.go.sql_package: generate needs pgx/v5, not %s", i, g.SQLPackage)
	}
}

// checkFiles refuses names under which sqlc would write a file over another of
// its own, without a word, or outside of its directory.
func (g *Go) checkFiles(v value) {
	names := [][3]string{
		{"output_db_file_name", g.OutputDBFileName, "db.go"}, {"output_models_file_name", g.OutputModelsFileName, "models.go"},
		{"output_querier_file_name", g.OutputQuerierFileName, "querier.go"}, {"output_copyfrom_file_name", g.OutputCopyfromFileName, "copyfrom.go"},
		{"output_batch_file_name", g.OutputBatchFileName, "batch.go"},
	}
	seen := map[string]string{}
	for _, n := range names {
		file := cmp.Or(n[1], n[2])
		if !strings.HasSuffix(file, ".go") {
			file += ".go"
		}
		p, _ := v.get(n[0])
		switch other, taken := seen[file]; {
		case strings.ContainsAny(file, `/\`):
			p.errorf("name a file, not a path", "%q is not directly in out", file)
		case taken && n[1] == "":
			p, _ = v.get(other)
			p.errorf("choose another name", "sqlc writes its %s to %s as well", strings.TrimSuffix(n[2], ".go"), file)
		case taken:
			p.errorf("choose another name", "sqlc writes to %s already", file)
		}
		seen[file] = n[0]
	}
}

func (g *Go) fields() fields {
	return fields{
		"emit_interface": boolean(&g.EmitInterface), "emit_json_tags": boolean(&g.EmitJSONTags),
		"json_tags_id_uppercase": boolean(&g.JSONTagsIDUppercase), "emit_db_tags": boolean(&g.EmitDBTags),
		"emit_prepared_queries":             boolean(&g.EmitPreparedQueries),
		"emit_exact_table_names":            boolean(&g.EmitExactTableNames),
		"emit_empty_slices":                 boolean(&g.EmitEmptySlices),
		"emit_exported_queries":             boolean(&g.EmitExportedQueries),
		"emit_result_struct_pointers":       boolean(&g.EmitResultStructPointers),
		"emit_params_struct_pointers":       boolean(&g.EmitParamsStructPointers),
		"emit_methods_with_db_argument":     boolean(&g.EmitMethodsWithDBArgument),
		"emit_pointers_for_null_types":      boolean(&g.EmitPointersForNullTypes),
		"emit_pointers_for_null_enum_types": optional(&g.EmitPointersForNullEnumTypes),
		"emit_enum_valid_method":            boolean(&g.EmitEnumValidMethod),
		"emit_all_enum_values":              boolean(&g.EmitAllEnumValues),
		"emit_sql_as_comment":               boolean(&g.EmitSQLAsComment),
		"wrap_errors":                       boolean(&g.WrapErrors), "omit_sqlc_version": boolean(&g.OmitSQLCVersion),
		"omit_unused_structs": boolean(&g.OmitUnusedStructs), "json_tags_case_style": str(&g.JSONTagsCaseStyle),
		"package": str(&g.Package), "out": str(&g.Out), "build_tags": str(&g.BuildTags),
		"sql_package": str(&g.SQLPackage), "sql_driver": str(&g.SQLDriver),
		"output_batch_file_name": str(&g.OutputBatchFileName), "output_db_file_name": str(&g.OutputDBFileName),
		"output_models_file_name":        str(&g.OutputModelsFileName),
		"output_querier_file_name":       str(&g.OutputQuerierFileName),
		"output_copyfrom_file_name":      str(&g.OutputCopyfromFileName),
		"output_files_suffix":            str(&g.OutputFilesSuffix),
		"inflection_exclude_table_names": strs(&g.InflectionExcludeTableNames),
		"initialisms":                    strs(&g.Initialisms), "query_parameter_limit": limit(&g.QueryParameterLimit),
		"rename": identifiers(&g.Rename), "overrides": overrides(&g.Overrides),
	}
}

func optional(dst **bool) setting {
	return setting{takes: aBool, read: func(v value) {
		*dst = new(bool)
		boolean(*dst).read(v)
	}}
}

func limit(dst **int) setting {
	return setting{takes: aLimit, read: func(v value) {
		var n int32
		if v.n.Kind != yaml.ScalarNode || v.n.ShortTag() != "!!int" || v.n.Decode(&n) != nil || n < 0 { // of 1.5 it would make 1
			v.expected("a number, 0 or more")
			return
		}
		i := int(n)
		*dst = &i
	}}
}

func aLimit(bool) *Schema {
	return &Schema{Type: types{"integer"}, Minimum: new(int), Maximum: math.MaxInt32}
}

// words reads a mapping from any word to a string.
func (v value) words() map[string]string {
	all := map[string]string{}
	for _, p := range v.pairs() {
		if s, ok := p.val.text(); ok {
			all[p.key.Value] = s
		}
	}
	return all
}

func overrides(dst *[]Override) setting {
	return setting{takes: listOf(new(Override).fields(nil).shape), read: func(v value) {
		v.list(func(e value) {
			o := Override{Line: e.n.Line}
			var null bool
			e.object(o.fields(&null))
			o.check(e)
			o.Nullable = o.Nullable || null
			*dst = append(*dst, o)
		})
	}}
}

func (o *Override) fields(null *bool) fields {
	return fields{
		"go_type": {read: o.GoType.read, takes: o.GoType.shape}, "go_struct_tag": str(&o.GoStructTag),
		"db_type": str(&o.DBType), "postgres_type": str(&o.DBType),
		"engine": str(&o.Engine), "column": str(&o.Column),
		"nullable": boolean(&o.Nullable), "null": boolean(null), "unsigned": boolean(&o.Unsigned),
	}
}

// read reads go_type, which is a string or a mapping.
func (t *GoType) read(v value) {
	if v.n.Kind == yaml.ScalarNode {
		s, _ := v.text()
		t.Spec = strings.TrimSpace(s)
		return
	}
	v.object(t.fields())
}

// shape is a text, or the parts of it.
func (t *GoType) shape(strict bool) *Schema {
	return &Schema{AnyOf: []*Schema{someText(strict), t.fields().shape(strict)}}
}

func (t *GoType) fields() fields {
	return fields{
		"import": str(&t.Import), "package": str(&t.Package), "type": str(&t.Type), "spec": str(&t.Spec),
		"pointer": boolean(&t.Pointer), "slice": boolean(&t.Slice), "builtin": ignoredBool,
	}
}

// GoOptions lists the keys of gen.go that are accepted, with those below overrides
// as overrides.key and overrides.go_type.key.
func GoOptions() []string {
	keys := slices.Collect(maps.Keys(new(Go).fields()))
	for key := range new(Override).fields(nil) {
		keys = append(keys, "overrides."+key)
	}
	for key := range new(GoType).fields() {
		keys = append(keys, "overrides.go_type."+key)
	}
	slices.Sort(keys)
	return keys
}
