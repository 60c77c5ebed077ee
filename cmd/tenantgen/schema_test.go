package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/config"
)

const schemaFile = "../../docs/sqlc.schema.json"

// The schema in docs is what the command prints.
func TestSchemaFile(t *testing.T) {
	want := config.SchemaOf(settable()).JSON()
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(schemaFile); err != nil || !bytes.Equal(have, want) {
		t.Errorf("docs/sqlc.schema.json is stale (%v); run go test ./cmd/tenantgen -run TestSchemaFile -update", err)
	}
}

// Every sqlc.yaml of this repository that tenantgen reads is one by the schema, too: those in folders, and those within
// the cases of tests.
func TestSchemaOfRepository(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for name, path := range configurations(t) {
		if _, err := config.Load(path); err != nil {
			continue // a case of what is refused
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		read++
		if err := schema.Validate(document(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Logf("%d configurations", read)
	if read < 70 {
		t.Errorf("only %d configurations were read", read)
	}
}

// configurations are the files with one, by the name of each: cases of tests are written into folders.
func configurations(t *testing.T) map[string]string {
	all := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, e os.DirEntry, err error) error {
		switch {
		case err != nil || e.IsDir():
			return err
		case isConfig(path):
			all[path] = path
		case filepath.Ext(path) == ".txtar":
			filesOf(t, path, all)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func isConfig(path string) bool {
	return slices.Contains([]string{"sqlc.yaml", "sqlc.yml", "sqlc.json"}, filepath.Base(path)) || strings.HasSuffix(path, "sqlc.yaml")
}

// filesOf writes the files of a case.
func filesOf(t *testing.T, path string, all map[string]string) {
	ar, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range ar.Files {
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		if !filepath.IsLocal(f.Name) || os.MkdirAll(filepath.Dir(to), 0o755) != nil || os.WriteFile(to, f.Data, 0o644) != nil {
			continue
		}
		if isConfig(f.Name) {
			all[path+":"+f.Name] = to
		}
	}
}

// document is what an editor makes of YAML.
func document(t *testing.T, text []byte) any {
	t.Helper()
	var doc any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(named(doc))
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// named is a document whose keys are text: to an editor they are, whatever YAML makes of them.
func named(doc any) any {
	switch doc := doc.(type) {
	case map[any]any:
		all := map[string]any{}
		for k, v := range doc {
			if k == nil {
				k = "null"
			}
			all[fmt.Sprint(k)] = named(v)
		}
		return all
	case map[string]any:
		for k, v := range doc {
			doc[k] = named(v)
		}
	case []any:
		for i, v := range doc {
			doc[i] = named(v)
		}
	}
	return doc
}
