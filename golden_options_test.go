package tenantgen

import (
	"bytes"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/config"
)

// coveredBy names, for each option of sqlc's Go generator, the golden that has it: its run_test.go calls what the option
// changes. A value after the option is one that the golden has it with.
var coveredBy = map[string]string{
	"build_tags":                        "files",
	"emit_all_enum_values":              "types",
	"emit_db_tags":                      "files",
	"emit_empty_slices":                 "db_argument",
	"emit_enum_valid_method":            "types",
	"emit_exact_table_names":            "files",
	"emit_exported_queries":             "db_argument",
	"emit_interface":                    "db_argument",
	"emit_json_tags":                    "files",
	"emit_methods_with_db_argument":     "db_argument",
	"emit_params_struct_pointers":       "pointers",
	"emit_pointers_for_null_enum_types": "pointers",
	"emit_pointers_for_null_types":      "pointers",
	"emit_prepared_queries":             "files",
	"emit_result_struct_pointers":       "pointers",
	"emit_sql_as_comment":               "db_argument",
	"inflection_exclude_table_names":    "overrides",
	"initialisms":                       "overrides",
	"json_tags_case_style":              "files",
	"json_tags_id_uppercase":            "files",
	"omit_sqlc_version":                 "files",
	"omit_unused_structs":               "files",
	"out":                               "files",
	"output_batch_file_name":            "files",
	"output_copyfrom_file_name":         "files",
	"output_db_file_name":               "files",
	"output_files_suffix":               "files",
	"output_models_file_name":           "files",
	"output_querier_file_name":          "files",
	"overrides":                         "overrides",
	"overrides.column":                  "overrides",
	"overrides.db_type":                 "overrides",
	"overrides.engine":                  "overrides",
	"overrides.go_struct_tag":           "overrides",
	"overrides.go_type":                 "overrides",
	"overrides.go_type.builtin":         "overrides",
	"overrides.go_type.import":          "overrides",
	"overrides.go_type.package":         "overrides",
	"overrides.go_type.pointer":         "overrides",
	"overrides.go_type.slice":           "overrides",
	"overrides.go_type.spec":            "overrides",
	"overrides.go_type.type":            "overrides",
	"overrides.null":                    "overrides",
	"overrides.nullable":                "overrides",
	"overrides.postgres_type":           "overrides",
	"overrides.unsigned":                "overrides",
	"package":                           "files",
	"query_parameter_limit":             "limits",
	"rename":                            "overrides",
	"sql_driver":                        "files",
	"sql_package":                       "types",
	"wrap_errors":                       "db_argument",

	"query_parameter_limit 0":  "limits",
	"query_parameter_limit 1":  "limits",
	"query_parameter_limit 2":  "limits",
	"query_parameter_limit 3":  "limits",
	"query_parameter_limit 10": "limits",
	"sql_package pgx/v4":       "refused_options",
	"sql_package database/sql": "refused_options",
	"sql_package pgx/v5":       "types",
}

// TestGoldenOptions finds the options that no golden has.
func TestGoldenOptions(t *testing.T) {
	known := config.GoOptions()
	for _, option := range known {
		if coveredBy[option] == "" {
			t.Errorf("no golden covers %s", option)
		}
	}
	for option, name := range coveredBy {
		key, value, _ := strings.Cut(option, " ")
		if !slices.Contains(known, key) {
			t.Errorf("%s is no option", key)
		}
		archive := goldenArchive(t, name)
		values := optionValues(t, member(archive, "sqlc.yaml"), key)
		if len(values) == 0 || value != "" && !slices.Contains(values, value) {
			t.Errorf("%s does not have %s", name, option)
		}
		if !strings.HasPrefix(name, "refused") && member(archive, "run_test.go") == nil {
			t.Errorf("%s does not call what %s changes", name, option)
		}
	}
}

// TestGoldenKinds finds the kinds of queries, and ways to write parameters and columns, that no golden has.
func TestGoldenKinds(t *testing.T) {
	for pattern, name := range map[string]string{
		`:one`: "types", `:many`: "types", `:exec\n`: "types", `:execrows`: "pointers", `:execresult`: "db_argument", `:execlastid`: "refused_macros",
		`:batchexec`: "batches", `:batchmany`: "batches", `:batchone`: "batches", `:copyfrom`: "batches",
		`sqlc\.embed`: "types", `sqlc\.narg`: "types", `sqlc\.arg`: "names", `sqlc\.slice`: "refused_macros", `ANY\(@\w+::state\[\]\)`: "types", ` @\w`: "types", ` \$1`: "limits",
	} {
		var queries []byte
		for _, f := range goldenArchive(t, name).Files {
			if strings.HasPrefix(f.Name, "db/queries/") {
				queries = append(queries, f.Data...)
			}
		}
		if !regexp.MustCompile(pattern).Match(queries) {
			t.Errorf("%s has no query with %s", name, pattern)
		}
	}
}

func goldenArchive(t *testing.T, name string) *txtar.Archive {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("golden", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

func member(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return bytes.TrimSpace(f.Data)
		}
	}
	return nil
}

// optionValues lists what a configuration says for an option, in the entries and in what they share.
func optionValues(t *testing.T, text []byte, option string) (values []string) {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil || len(doc.Content) == 0 {
		t.Fatalf("no configuration: %v", err)
	}
	for _, place := range []string{"sql.gen.go.", "overrides.go."} {
		values = append(values, below(doc.Content[0], place+option)...)
	}
	return values
}

// below lists the values of a dotted key, in every element of the lists on the way.
func below(n *yaml.Node, key string) (values []string) {
	if key == "" {
		return []string{n.Value}
	}
	first, rest, _ := strings.Cut(key, ".")
	for i, c := range n.Content {
		switch {
		case n.Kind == yaml.SequenceNode:
			values = append(values, below(c, key)...)
		case n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == first:
			values = append(values, below(c, rest)...)
		}
	}
	return values
}
