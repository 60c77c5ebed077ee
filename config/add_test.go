package config

import (
	"os"
	"strings"
	"testing"
)

const addedBlock = "tenantgen:\n  # why\n  tenant_column: org_id  # in 2 tables\n  tables:\n    orgs: {tenant_column: id}\n    \"null\": {global: true}\n"

// What is added stands where it belongs, and every other byte stays.
func TestAdd(t *testing.T) {
	const start = "version: \"2\" # two\n\nsql:\n- engine: postgresql   # ours\n  schema: db/schema.sql\n  queries: q\n"
	const indented = "  tenantgen:\n    # why\n    tenant_column: org_id  # in 2 tables\n    tables:\n      orgs: {tenant_column: id}\n      \"null\": {global: true}\n"
	for name, c := range map[string][2]string{
		"end":               {start + "# the end\n", start + "# the end\n\noptions:\n" + indented},
		"blank line":        {start + "\n", start + "\noptions:\n" + indented},
		"no last line feed": {strings.TrimSuffix(start, "\n"), start + "\noptions:\n" + indented},
		"carriage returns":  {strings.ReplaceAll(start, "\n", "\r\n"), strings.ReplaceAll(start+"\noptions:\n"+indented, "\n", "\r\n")},
		"two documents":     {start + "---\na: b\n", start + "\noptions:\n" + indented + "---\na: b\n"},
		"document end":      {"# first\n---\n" + start + "...\n# rest\n", "# first\n---\n" + start + "\noptions:\n" + indented + "...\n# rest\n"},
		"options before":    {"options:  # ours\n  # of others\n  other: {a: 1}\n" + start, "options:  # ours\n" + indented + "  # of others\n  other: {a: 1}\n" + start},
		"deeper":            {"options:\n      other: 1\n" + start, "options:\n" + strings.ReplaceAll("\n"+strings.TrimSuffix(indented, "\n"), "\n", "\n    ")[1:] + "\n      other: 1\n" + start},
		"empty options":     {start + "options:  # none\nplugins: []\n", start + "options:  # none\n" + indented + "plugins: []\n"},
		"null":              {start + "options: ~ # none\n", start + "options: # none\n" + indented},
		"braces":            {start + "options: { }", start + "options:\n" + indented},
		"root is indented":  {"  version: \"2\"\n  sql: []\n", "  version: \"2\"\n  sql: []\n\n  options:\n" + strings.ReplaceAll("\n"+strings.TrimSuffix(indented, "\n"), "\n", "\n  ")[1:] + "\n"},
	} {
		got, err := Add(c[0], addedBlock)
		if err != nil || got != c[1] {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, c[1])
		}
	}
}

// Where nothing can be added without writing the file anew, it is left to people.
func TestAddRefuses(t *testing.T) {
	const start = "version: \"2\"\nsql: []\n"
	for name, text := range map[string]string{
		"braces":                 "{version: \"2\", sql: []}\n",
		"options":                start + "options: {other: 1}\n",
		"empty over lines":       start + "options: {\n}\n",
		"anchor":                 start + "options: &a\n  other: 1\nplugins: *a\n",
		"anchor of none":         start + "options: &a {}\nplugins: *a\n",
		"alias":                  "x: &a {other: 1}\n" + start + "options: *a\n",
		"merged":                 "x: &a {options: {other: 1}}\n<<: *a\n" + start,
		"list":                   start + "options: []\n",
		"there":                  start + "options:\n  tenantgen: {tenant_column: a}\n",
		"blank lines that count": start + "x: |+\n  a\n",
		"no yaml":                "a: [\n",
		"empty":                  "",
		"json list":              "[]",
	} {
		if got, err := Add(text, addedBlock); err == nil {
			t.Errorf("%s: added\n%s", name, got)
		}
	}
}

func TestAddJSON(t *testing.T) {
	const entry = "\"tenantgen\": {\n      \"tenant_column\": \"org_id\",\n      \"tables\": {\n        \"orgs\": {\n          \"tenant_column\": \"id\"\n        },\n        \"null\": {\n          \"global\": true\n        }\n      }\n    }"
	tabs := strings.ReplaceAll(entry, "  ", "\t")
	for name, c := range map[string][2]string{
		"end":     {"{\n  \"version\": \"2\",\n  \"sql\": []\n}\n", "{\n  \"version\": \"2\",\n  \"sql\": [],\n  \"options\": {\n    " + entry + "\n  }\n}\n"},
		"tabs":    {"{\n\t\"version\": \"2\"\n}", "{\n\t\"version\": \"2\",\n\t\"options\": {\n\t\t" + tabs + "\n\t}\n}"},
		"nothing": {"{}", "{\n  \"options\": {\n    " + entry + "\n  }\n}"},
		"options": {"{\n  \"options\": {\"other\": {\"options\": {}}}, \"sql\": []\n}", "{\n  \"options\": {\n    " + entry + ",\"other\": {\"options\": {}}}, \"sql\": []\n}"},
		"none":    {"{\n  \"options\": { },\n  \"sql\": []\n}", "{\n  \"options\": {\n    " + entry + "\n  },\n  \"sql\": []\n}"},
		"null":    {"{\n  \"options\": null,\n  \"sql\": []\n}", "{\n  \"options\": {\n    " + entry + "\n  },\n  \"sql\": []\n}"},
	} {
		got, err := Add(c[0], addedBlock)
		if err != nil || got != c[1] {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, c[1])
		}
	}
	if got, err := Add(`{"options": []}`, addedBlock); err == nil {
		t.Error(got)
	}
}

// What is added can be read, and is refused another time.
func TestLoadBare(t *testing.T) {
	text, _, _ := strings.Cut(entry, "options:")
	tree(t, app(text))
	c, read, err := LoadBare("sqlc.yaml")
	if err != nil || string(read) != text || c.Tenant.Present || len(c.SQL) != 1 {
		t.Fatal(err, c)
	}
	changed, err := Add(text, addedBlock)
	if err != nil {
		t.Fatal(err)
	}
	full, err := Parse("sqlc.yaml", []byte(changed))
	if err != nil || len(full.Tenant.Tables) != 2 || full.Tenant.Columns[0] != "org_id" {
		t.Error(err, full)
	}
	alone, err := ParseTenant("sqlc.yaml", addedBlock)
	if err != nil || len(alone.Tables) != 2 || alone.Tables[0].Line != 5 || !alone.Present {
		t.Error(err, alone)
	}
	if _, err := ParseTenant("sqlc.yaml", "tenantgen: {tables: {a: {globl: true}}}"); err == nil {
		t.Error("an unknown key was read")
	}
	for text, want := range map[string]string{
		changed:                            "10:3: options.tenantgen is there already",
		text + "options: {tenantgen: }\n":  "8:11: options.tenantgen is there already",
		text + "options: {tenantgn: {}}\n": "options.tenantgen is missing",
		text + "optons: {}\n":              "unknown key",
	} {
		if err := os.WriteFile("sqlc.yaml", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := LoadBare("sqlc.yaml"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, _, err := LoadBare("elsewhere.yaml"); err == nil {
		t.Error("a file that is not there was read")
	}
}
