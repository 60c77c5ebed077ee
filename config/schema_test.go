package config

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// judge compiles the schema as an editor does.
func judge(t testing.TB) func(text string) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(SchemaOf([]Settable{{Name: "advice", Title: "a rule"}, {Name: "law", Title: "another", Always: "error"}}).JSON()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("sqlc.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("sqlc.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(text string) error { return compiled.Validate(asJSON(t, text)) }
}

// asJSON is what an editor makes of YAML.
func asJSON(t testing.TB, text string) any {
	t.Helper()
	var doc any
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// ofShape are the errors that are about a key, or about the kind of its value, by themselves.
var ofShape = regexp.MustCompile(`unknown key|expected |no value| empty$|: empty list|is not one of|is missing|declares nothing|joins on nothing|tells nothing apart|listed twice|` +
	`without parent|beside a list of parents|exclude each other|has a quote|no reason is given|no severity is given|names neither`)

// Whatever the reader says of a key or of the kind of a value, the schema says too; and what it refuses the reader
// refuses. Every key of options.tenantgen is given every kind of value.
func TestSchemaAgrees(t *testing.T) {
	valid := judge(t)
	tree(t, app(""))
	tried, refused := 0, 0
	for _, block := range blocks() {
		text := entry + "    " + strings.ReplaceAll(block, "\n", "\n    ") + "\n"
		_, err := Parse("sqlc.yaml", []byte(text))
		bad := valid(text)
		tried++
		if err != nil {
			refused++
		}
		switch {
		case bad != nil && err == nil && strings.Contains(block, "law: {"): // which severities it has is not for the reader
		case bad != nil && err == nil && strings.HasSuffix(block, ": off"): // which is false to YAML 1.1, and to no editor
		case bad != nil && err == nil:
			t.Errorf("the schema alone refuses\n%s\n%v", block, bad)
		case bad == nil && err != nil && ofShape.MatchString(err.Error()):
			t.Errorf("the schema takes\n%s\n%v", block, err)
		}
	}
	t.Logf("%d blocks, %d of them refused", tried, refused)
	if tried < 900 || refused < 700 || refused == tried {
		t.Errorf("%d blocks, %d of them refused", tried, refused)
	}
}

// blocks are settings in which one key has one value that it may or may not have.
func blocks() []string {
	kinds := []string{"", "word", `""`, `" "`, "7", "-1", "1.5", "true", "null", "[]", "[word]", "[word, word]", "[7]", "[null]", "[{}]", "{}", "{word: word}", "{word: 7}", "{word: null}", "{word: {}}", `'"'`, "error", "off", "goose", "citus", "aggregate", "id"}
	var all []string
	for _, path := range pathsOf(SchemaOf([]Settable{{Name: "advice"}, {Name: "law", Always: "error"}}).Properties["options"].Properties["tenantgen"], "") {
		for _, kind := range kinds {
			all = append(all, around(path, kind))
		}
	}
	return all
}

// pathsOf are the ways to all keys of a schema: a name of the user's is a dot, an element of a list is 0.
func pathsOf(s *Schema, at string) []string {
	var all []string
	add := func(key string, to *Schema) { all = append(append(all, at+key), pathsOf(to, at+key+"/")...) }
	for _, key := range sortedKeys(s.Properties) {
		add(key, s.Properties[key])
	}
	if to, ok := s.AdditionalProperties.(*Schema); ok {
		add(".", to)
	}
	if s.Items != nil {
		add("0", s.Items)
	}
	for _, o := range s.AnyOf {
		if o.Type != nil {
			all = append(all, pathsOf(o, at)...)
		}
	}
	for _, o := range s.AllOf {
		if o.Ref != "" {
			all = append(all, at+"severity", at+"reason", at+"except", at+"except/.", at+"typo")
		}
	}
	if s.Properties != nil {
		all = append(all, at+"typo")
	}
	return slices.Compact(all)
}

// What sqlc reads leniently the schema takes as leniently: every key of gen.go and of overrides with every kind of value.
func TestSchemaAgreesOnSQLC(t *testing.T) {
	valid := judge(t)
	tree(t, app(""))
	refused := 0
	for _, key := range append(GoOptions(), "typo", "overrides.typo", "overrides.go_type.typo") {
		for _, kind := range []string{"word", "7", "-1", "1.5", "true", "null", "[]", "[word]", "{}", "{word: word}", "{word: []}"} {
			name, text := key, kind
			if in, ok := strings.CutPrefix(key, "overrides.go_type."); ok {
				name, text = "overrides", "[{db_type: uuid, go_type: {\""+in+"\": "+kind+"}}]"
			} else if in, ok := strings.CutPrefix(key, "overrides."); ok {
				name, text = "overrides", "[{\""+in+"\": "+kind+"}]"
			}
			config := "version: \"2\"\nsql: [{engine: postgresql, schema: db/schema.sql, queries: q, gen: {go: {" + map[bool]string{true: "out: internal/db, "}[name != "out"] + name + ": " + text + "}}}]\noptions: {tenantgen: {tenant_column: org_id}}\n"
			_, err := Parse("sqlc.yaml", []byte(config))
			bad := valid(config)
			if err != nil {
				refused++
			}
			switch shape := err != nil && regexp.MustCompile(`unknown key|expected `).MatchString(err.Error()); {
			case bad != nil && err == nil:
				t.Errorf("the schema alone refuses\n%s\n%v", config, bad)
			case bad == nil && shape:
				t.Errorf("the schema takes\n%s\n%v", config, err)
			}
		}
	}
	if refused < 200 {
		t.Errorf("only %d were refused", refused)
	}
}

// beside are the keys that a setting needs around it.
var beside = []struct{ path, rest string }{
	{"migrations/dir", ", format: goose"}, {"migrations/format", ", dir: db"}, {"migrations/", ", dir: db, format: goose"},
	{"levels/0/name", ", column: org_id"}, {"levels/0/column", ", name: org"}, {"levels/0/", ", column: org_id, name: org"},
	{"tables/./parent/0/table", ", on: {a: b}"}, {"tables/./parent/0/on", ", table: orgs"}, {"tables/./parent/0/", ", on: {a: b}, table: orgs"},
	{"tables/./parent", ", on: {a: b}"}, {"tables/./on", ", parent: orgs"}, {"tables/./when", ", parent: orgs, on: {a: b}"}, {"tables/./where", ", parent: orgs, on: {a: b}"},
	{"tables/./no_tenant", ", global: true"}, {"tables/./no_foreign_key", ", parent: orgs, on: {a: b}"},
	{"functions/./kind", ", safe: because"}, {"rules/advice/reason", ", severity: off"}, {"rules/law/reason", ", severity: error"}, {"rules/advice/except", ", severity: warning"},
}

// around writes the settings in which the value of a path is text.
func around(path, text string) string {
	root := ""
	if !strings.HasPrefix(path, "tenant_column") && !strings.HasPrefix(path, "levels") {
		root = "tenant_column: org_id\n"
	}
	keys := strings.Split(path, "/")
	for i, key := range slices.Backward(keys) {
		here, rest := strings.Join(keys[:i+1], "/"), ""
		for _, b := range beside {
			last := strings.HasSuffix(b.path, "/") && strings.HasPrefix(here, b.path) && !strings.Contains(strings.TrimPrefix(here, b.path), "/")
			if b.path == here || last {
				rest = b.rest
				break
			}
		}
		switch {
		case key == "0":
			text = "[" + text + "]"
		case key == "." && i > 0:
			text = "{some: " + text + "}"
		case i == 0:
			text = key + ": " + text
		default:
			text = "{" + key + ": " + text + rest + "}"
		}
	}
	return root + text
}

// Each key is described to whoever writes it, and what the reader refuses of the cases of TestFaults, too.
func TestSchemaOfFaults(t *testing.T) {
	valid := judge(t)
	checked := 0
	for _, f := range faults {
		shape := slices.ContainsFunc(f.want, func(w string) bool { return strings.Contains(w, "unknown key") || strings.Contains(w, ": expected a") })
		var doc any
		if yaml.Unmarshal([]byte(f.config), &doc) != nil || !shape {
			continue
		}
		checked++
		if valid(f.config) == nil {
			t.Errorf("%s: the schema takes what the reader says this of: %q", f.name, f.want)
		}
	}
	if checked < 20 {
		t.Errorf("only %d faults were checked", checked)
	}
	for path, s := range described(SchemaOf(nil).Properties["options"].Properties["tenantgen"], "") {
		if s.Description == "" {
			t.Errorf("nobody says what %s is for", path)
		}
	}
}

func described(s *Schema, at string) map[string]*Schema {
	all := map[string]*Schema{}
	for key, p := range s.Properties {
		all[at+key] = p
		maps.Copy(all, described(p, at+key+"."))
	}
	if p, ok := s.AdditionalProperties.(*Schema); ok {
		maps.Copy(all, described(p, at+"*."))
	}
	if s.Items != nil {
		maps.Copy(all, described(s.Items, at+"[]."))
	}
	for _, o := range s.AnyOf {
		maps.Copy(all, described(o, at))
	}
	return all
}
