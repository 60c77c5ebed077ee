package config

import (
	"fmt"
	"strings"
	"testing"
)

// TestPrinted plants what is no word into every setting that sqlc prints into Go.
func TestPrinted(t *testing.T) {
	const tenant = "\noptions: {tenantgen: {tenant_column: org_id}}\n"
	inGo := func(option string) string {
		return "version: \"2\"\nsql:\n  - {engine: postgresql, schema: db/schema.sql, queries: q, gen: {go: {out: internal/db, sql_package: pgx/v5, " + option + "}}}" + tenant
	}
	override := func(text string) string { return inGo("overrides: [{column: notes.body, " + text + "}]") }
	for config, want := range map[string]string{
		inGo(`build_tags: "ignore\n//go:generate touch x"`): "a control character or one that cannot be seen, U+000A",
		inGo(`build_tags: "a b"`):                           `gen.go.build_tags: "a b" is not what sqlc may print`,
		inGo(`build_tags: "a && (!b || c)"`):                "",
		inGo(`package: "db; func init(){}"`):                "cannot be the name of a Go package",
		inGo(`package: "_"`):                                "cannot be the name of a Go package",
		strings.Replace(inGo("emit_interface: false"), "internal/db", "internal/my-db", 1): `gen.go.out: "my-db" cannot be the name`,
		inGo(`json_tags_case_style: "x"`):                                                  `json_tags_case_style: "x" is not`,
		inGo(`json_tags_case_style: camel`):                                                "",
		inGo(`output_db_file_name: "../db.go"`):                                            "is not directly in out",
		inGo(`output_models_file_name: ".hidden.go"`):                                      `output_models_file_name: ".hidden.go" is not`,
		inGo(`output_querier_file_name: "a b.go"`):                                         `output_querier_file_name: "a b.go" is not`,
		inGo(`output_batch_file_name: "_x.go"`):                                            `output_batch_file_name: "_x.go" is not`,
		inGo(`output_copyfrom_file_name: "a:b.go"`):                                        `output_copyfrom_file_name: "a:b.go" is not`,
		inGo(`output_files_suffix: "/../x"`):                                               `output_files_suffix: "/../x" is not`,
		inGo(`output_files_suffix: "_gen.go"`):                                             "",
		inGo(`rename: {a: "B\nfunc init() {}"}`):                                           "U+000A",
		inGo(`rename: {a: "B int; C"}`):                                                    `rename.a: "B int; C" is no Go identifier`,
		inGo(`rename: {a: func}`):                                                          "is no Go identifier",
		inGo(`rename: {a: Ärger}`):                                                         "",
		inGo("rename: {\"a\\u202e\": B}"):                                                  "U+202E",
		override(`go_type: {type: "string\n}\nfunc init() { println(42) }\ntype Z struct { Q string"}`):   "U+000A",
		override(`go_type: {type: "struct{ A int }"}`):                                                    "is no type",
		override(`go_type: {type: "func()"}`):                                                             "is no type",
		override(`go_type: {type: "[len(f())]int"}`):                                                      "is no type",
		override(`go_type: {type: "string /* x */"}`):                                                     "is no type",
		override(`go_type: {type: "string; F int"}`):                                                      "is no type",
		override(`go_type: {type: "map[string]interface{}"}`):                                             "",
		override(`go_type: {type: "[4]byte"}`):                                                            "",
		override(`go_type: {import: example.com/x, package: x, type: "Set[int]", pointer: true}`):         "",
		override(`go_type: {import: "example.com/x\"; import \"os", type: T}`):                            "is no import path",
		override(`go_type: {import: C, type: T}`):                                                         "is no import path",
		override(`go_type: {import: ../x, type: T}`):                                                      "is no import path",
		override(`go_type: {import: /etc/x, type: T}`):                                                    "is no import path",
		override(`go_type: {import: example.com/x, package: "x y", type: T}`):                             "cannot be the name of a Go package",
		override(`go_type: "example.com/x.T int"`):                                                        "names no type of a package",
		override(`go_type: "example.com/x"`):                                                              "", // package example, as sqlc reads it
		override(`go_type: "example.com/go-x.T"`):                                                         "",
		override(`go_type: "*time.Time"`):                                                                 "",
		override(`go_type: "./x.T"`):                                                                      "names no type of a package",
		override(`go_type: "string\u2028"`):                                                               "U+2028",
		override(`go_type: string, go_struct_tag: 'a:"b` + "`" + `"'`):                                    "is no struct tag",
		override(`go_type: string, go_struct_tag: 'a'`):                                                   "is no struct tag",
		override(`go_type: string, go_struct_tag: 'a:"b" c:"d,e\"f"'`):                                    "",
		strings.Replace(inGo("emit_interface: false"), "org_id}", `org_id, app_role: 'a"b'}`, 1):          "has a quote",
		strings.Replace(inGo("emit_interface: false"), "org_id}", "org_id, cross_tenant_role: 'a`b'}", 1): "has a quote",
		"version: \"2\"\nsql:\n  - {engine: postgresql, schema: db/schema.sql, queries: q}\noptions: {tenantgen: {tenant_column: \"org_id\\x1b\"}}\n":                                 "U+001B",
		"version: \"2\"\nsql:\n  - {engine: postgresql, schema: db/schema.sql, queries: q}\noptions: {tenantgen: {tenant_column: org_id, functions: {\"f\\n()\": {safe: a}}}}\n":      "U+000A",
		"version: \"2\"\nsql:\n  - {engine: postgresql, schema: db/schema.sql, queries: q}\noptions: {tenantgen: {tenant_column: org_id, functions: {f: {safe: \"a\\u2066b\"}}}}\n":   "U+2066",
		"version: \"2\"\nsql:\n  - {engine: postgresql, schema: db/schema.sql, queries: q}\noptions: {tenantgen: {tenant_column: org_id, functions: {f: {safe: \"two\\nlines\"}}}}\n": "",
	} {
		tree(t, app(config))
		_, err := Load("sqlc.yaml")
		if got := fmt.Sprint(err); want == "" && err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: got %v, want %q", config, err, want)
		}
	}
}

func TestImportPath(t *testing.T) {
	for _, test := range []struct {
		t    GoType
		want string
	}{
		{GoType{Spec: "string"}, ""}, {GoType{Spec: "time.Time"}, "time"}, {GoType{Spec: "*github.com/google/uuid.UUID"}, "github.com/google/uuid"},
		{GoType{Import: "example.com/x", Type: "T"}, "example.com/x"}, {GoType{Type: "string"}, ""},
	} {
		if got := test.t.ImportPath(); got != test.want {
			t.Errorf("%+v: got %q", test.t, got)
		}
	}
}
