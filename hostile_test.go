package tenantgen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/migrate"
)

// payloads are texts that are something else to somebody on the way: to SQL, Go, YAML, a
// migration tool, a template, a terminal or a runner.
var payloads = []string{
	"plain", `it's`, `a"b`, "a`b", `a\b`, `\n`, "a\nb", "a\rb", "a\tb", "a;b", "a--b", "/*", "*/", "$$", "$x$", "%s", "%!d(x)", "{{", "{{ .X }}", "${HOME}", "$1", "@org_id", "#", ":x",
	"//go:generate touch PWNED", "\n//go:generate touch PWNED\n", "go:generate touch PWNED", "line /etc/passwd:1", "export F", "+build ignore", "`\nfunc init() { panic(1) }\n//`",
	"\"\n)\nfunc init() { panic(1) }\nconst (\n\tZ = \"", "');\nDROP TABLE x; --", "\n-- +goose Down\n", "\n--+goose NO TRANSACTION\n", "\n-- migrate:down\n", "\n---- create above / drop below ----\n",
	"\n-- atlas:txmode none\n", "-- +goose StatementEnd", "\n\\restrict x\n", "\\i /etc/passwd", "a\u202eb", "a\u2066b", "a\u200bb", "a\ufeffb", "a\x1b[2Jb", "a\u0085b", "a\u2028b", "\n::error::x", "##[add-path]x", "ä漢🙂",
}

// places are where a payload is planted. The first ones are batched into one project.
var places = []string{
	"table", "column", "type", "label", "constraint", "index", "view", "view column", "table comment", "column comment", "type comment", "default", "check",
	"query comment", "query block comment", "alias", "literal", "parameter", "reason", "query file",
	"app_role", "cross_tenant_role", "setting", "jwt_claim", "read_also", "safe", "schema file", "tenant column", "package", "build_tags", "rename", "go_struct_tag", "go_type", "out",
}

const batched = 20 // of the places

// plant says which payload is in which place.
type plant map[string]string

func (p plant) get(place, other string) string {
	if text, ok := p[place]; ok {
		return text
	}
	return other
}

func sqlName(parts ...string) string { return migrate.QuoteIdent(strings.Join(parts, " ")) }
func sqlText(s string) string        { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// hostile is the files of a project with a group of objects for each plant.
func hostile(plants []plant, set plant, format migrate.Format) map[string]string {
	files := map[string]string{"go.mod": "module example.com/app\n\ngo 1.26\n", "sqlc.yaml": hostileSettings(set, format)}
	var schema strings.Builder
	column := set.get("tenant column", "org_id")
	for i, p := range plants {
		name := func(place, short string) string { return sqlName(fmt.Sprint(short, i), p.get(place, "x")) }
		table, kind, text, view := name("table", "t"), name("type", "e"), name("column", "c"), name("view", "v")
		tenant := migrate.QuoteIdent(column)
		fmt.Fprintf(&schema, "CREATE TYPE %s AS ENUM ('open', %s);\n", kind, sqlText("l"+p.get("label", "done")))
		fmt.Fprintf(&schema, "CREATE TABLE %s (%s uuid NOT NULL, id int NOT NULL, %s text NOT NULL DEFAULT %s, st %s NOT NULL DEFAULT 'open', CONSTRAINT %s PRIMARY KEY (%s, id), CHECK (%s <> %s));\n",
			table, tenant, text, sqlText(p.get("default", "d")), kind, name("constraint", "k"), tenant, text, sqlText("z"+p.get("check", "")))
		fmt.Fprintf(&schema, "CREATE INDEX %s ON %s (%s, %s);\n", name("index", "i"), table, tenant, text)
		fmt.Fprintf(&schema, "CREATE VIEW %s WITH (security_invoker = true) AS SELECT %s, id AS %s FROM %s;\n", view, tenant, name("view column", "vc"), table)
		fmt.Fprintf(&schema, "COMMENT ON TABLE %s IS %s;\nCOMMENT ON COLUMN %s.%s IS %s;\nCOMMENT ON TYPE %s IS %s;\n", table, sqlText(p.get("table comment", "a")),
			table, text, sqlText(p.get("column comment", "b")), kind, sqlText(p.get("type comment", "c")))
		comment := strings.ReplaceAll(p.get("query comment", " gets one"), "\n", "\n--")
		file := path.Join("db/queries", fmt.Sprintf("q%d%s.sql", i, strings.ReplaceAll(p.get("query file", ""), "/", "_")))
		files[file] = fmt.Sprintf("-- name: Get%d :one\n--%s\n/*%s*/\nSELECT id, %s AS %s, st FROM %s WHERE %s = @tenant AND %s <> %s AND id = sqlc.arg(%s);\n\n", i, comment,
			p.get("query block comment", " x "), text, name("alias", "a"), table, tenant, text, sqlText(p.get("literal", "y")), sqlText(strings.ReplaceAll("p"+p.get("parameter", ""), " ", "_"))) +
			fmt.Sprintf("-- name: View%d :many\nSELECT * FROM %s WHERE %s = @tenant;\n\n-- name: All%d :many\n-- tenantgen:cross-tenant admin %s\nSELECT * FROM %s;\n", i, view, tenant, i, p.get("reason", "they ask"), table)
	}
	fmt.Fprintf(&schema, "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';\n")
	for name, text := range inFormat(format, "00001_"+strings.ReplaceAll(set.get("schema file", "schema"), "/", "_")+".sql", "-- +goose Up\n-- +goose StatementBegin\n"+schema.String()+"-- +goose StatementEnd\n") {
		files["m/"+name] = text
	}
	return files
}

func hostileSettings(set plant, format migrate.Format) string {
	q := func(place, other string) string {
		text, _ := json.Marshal(set.get(place, other))
		return string(text)
	}
	source := ""
	if _, ok := set["jwt_claim"]; ok {
		source = "    tenant_source: {jwt_claim: " + q("jwt_claim", "") + "}\n"
	} else {
		source = "    tenant_source: {setting: " + q("setting", "app.org_id") + "}\n"
	}
	options := ""
	for _, key := range []string{"package", "build_tags"} {
		if _, ok := set[key]; ok {
			options += ", " + key + ": " + q(key, "")
		}
	}
	if _, ok := set["rename"]; ok {
		options += ", rename: {st: " + q("rename", "") + "}"
	}
	if _, ok := set["go_struct_tag"]; ok {
		options += ", overrides: [{db_type: text, go_struct_tag: " + q("go_struct_tag", "") + "}]"
	} else if _, ok := set["go_type"]; ok {
		options += ", overrides: [{db_type: text, go_type: {type: " + q("go_type", "") + "}}]"
	}
	tables := ""
	if _, ok := set["read_also"]; ok {
		condition, _ := json.Marshal(sqlName("c0", "x") + " = " + sqlText(set["read_also"]))
		tables = fmt.Sprintf("    tables: {\"t0 x\": {read_also: %s}}\n", condition)
	}
	return "version: \"2\"\nsql:\n  - {engine: postgresql, schema: m, queries: db/queries, gen: {go: {out: " + q("out", "repo/internal/sqlcgen") + ", sql_package: pgx/v5, emit_json_tags: true, emit_db_tags: true, emit_all_enum_values: true, emit_sql_as_comment: true" + options + "}}}\n" +
		"options:\n  tenantgen:\n    tenant_column: " + q("tenant column", "org_id") + "\n    out: repo\n" +
		fmt.Sprintf("    migrations: {dir: m, format: %s}\n", format) + "    app_role: " + q("app_role", "hostile_app") + "\n    cross_tenant_role: " + q("cross_tenant_role", "hostile_cross") + "\n" + source + tables +
		"    functions: {\"f()\": {safe: " + q("safe", "reads nothing") + "}}\n"
}

// unpackHostile makes a directory with the files the working directory.
func unpackHostile(t *testing.T, files map[string]string) error {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := errors.Join(os.MkdirAll(path.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			return err
		}
	}
	return nil
}

// linted loads and checks the project in the working directory. refused says why, and where.
func linted(t *testing.T) (p *Project, r *Report, refused string) {
	p, err := Load("sqlc.yaml")
	if err != nil {
		var list config.Errors
		var one *config.Error
		if errors.As(err, &list) && list[0].Line > 0 || errors.As(err, &one) && one.Line > 0 {
			return nil, nil, err.Error()
		}
		t.Errorf("an error without a place: %v", err)
		return nil, nil, err.Error()
	}
	p.now = func() time.Time { return time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC) }
	r = p.Check()
	for _, d := range r.Diagnostics {
		if d.Severity == "error" {
			if refused += d.Message + "; "; d.File == "" || d.Line < 1 {
				t.Errorf("a finding without a place: %+v", d)
			}
		}
	}
	return p, r, refused
}

// TestHostileText plants every payload into every place. lint refuses it there, or what is
// generated compiles, holds no directive, applies in every format, and means what it says.
func TestHostileText(t *testing.T) {
	pgserver.Long(t)
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	archive := &txtar.Archive{}
	if !*update {
		if archive, err = txtar.ParseFile("testdata/hostile.txtar"); err != nil {
			t.Fatal(err)
		}
	}
	accepted, alone, refusedCount := make([]plant, len(payloads)), []plant{}, 0
	for i, payload := range payloads {
		accepted[i] = plant{}
		for n, place := range places {
			plants, set := []plant{{place: payload}}, plant{}
			if n >= batched {
				plants, set = []plant{{}}, plant{place: payload}
			}
			if err := unpackHostile(t, hostile(plants, set, migrate.Goose)); err != nil {
				continue // the system has no such file name
			}
			_, _, refused := linted(t)
			switch {
			case refused != "":
				refusedCount++
				if payload == "plain" && !strings.Contains("setting package build_tags go_type go_struct_tag", place) {
					t.Errorf("the plain text in %s is refused: %s", place, refused)
				}
			case n < batched:
				accepted[i][place] = payload
			default:
				alone = append(alone, set)
			}
		}
	}
	batch := 0
	for _, p := range accepted {
		batch += len(p)
	}
	t.Logf("%d texts in %d places: lint refuses %d; %d together and %d alone are generated", len(payloads), len(places), refusedCount, batch, len(alone))
	h := &hostileRun{t: t, root: root, archive: archive, plants: accepted}
	for _, format := range migrate.Formats() {
		h.together(format)
	}
	if h.server, err = pgx.Connect(t.Context(), pgserver.DatabaseForTest(t)); err != nil {
		t.Fatal(err)
	}
	defer h.server.Close(context.Background())
	for _, set := range alone {
		h.alone(set)
	}
	t.Logf("generate refuses %d of those alone: a condition of a policy with a line end in a literal", h.late)
	if *update {
		write(t, filepath.Join(root, "testdata/hostile.txtar"), txtar.Format(h.recording))
	}
}
