package tenantgen

import (
	"path/filepath"
	"testing"

	"github.com/tenantgen/tenantgen/templates"
)

const idsOfOthers = `package ids

import "example.com/acme/base"

type Struct struct{ value [16]byte }
type Bytes [16]byte
type Number int64
type Name string
type Alias = Bytes
type Based base.Key
type Short [8]byte
type Of[T any] [16]byte
type Map map[string]string
`

// Go types of other modules are what their source says: a struct is no id's kind, whatever interfaces it
// implements, and is refused with the query's place instead of leaving it to Go's compiler.
func TestOwnKindsOfOtherModules(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":            "module example.com/app\n\ngo 1.24\n\nrequire example.com/acme v0.0.0\n\nreplace example.com/acme => ./acme\n",
		"acme/go.mod":       "module example.com/acme\n\ngo 1.24\n",
		"acme/ids/ids.go":   idsOfOthers,
		"acme/base/base.go": "package base\n\ntype Key int32\n",
		"schema.sql":        "CREATE TABLE notes (org_id uuid NOT NULL, id int);",
		"queries.sql":       "-- name: Notes :many\nSELECT id FROM notes WHERE org_id = @org_id;\n",
		"sqlc.yaml": `version: "2"
sql:
  - engine: postgresql
    schema: schema.sql
    queries: queries.sql
    gen:
      go:
        out: repo/db
        package: db
        sql_package: pgx/v5
        overrides:
          - {column: "a.a", go_type: example.com/acme/ids.Struct}
          - {column: "a.b", go_type: {import: example.com/acme/ids, type: Bytes}}
          - {column: "a.c", go_type: {import: example.com/acme/ids, type: Number, pointer: true}}
          - {column: "a.d", go_type: {import: example.com/acme/ids, type: Name}}
          - {column: "a.e", go_type: {import: example.com/acme/ids, type: Alias}}
          - {column: "a.f", go_type: {import: example.com/acme/ids, type: Based}}
          - {column: "a.g", go_type: {import: example.com/acme/ids, type: Short}}
          - {column: "a.h", go_type: {import: example.com/acme/ids, type: Map}}
          - {column: "a.i", go_type: {import: example.com/none, type: Thing}}
options:
  tenantgen: {tenant_column: org_id, out: repo}
`} {
		write(t, filepath.Join(dir, name), []byte(text))
	}
	p, err := Load(filepath.Join(dir, "sqlc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	got := p.ownKinds(p.Units[0])
	for name, want := range map[string]templates.Kind{"Struct": "", "Bytes": templates.UUID, "Number": templates.Int64, "Name": templates.Text,
		"Alias": templates.UUID, "Based": templates.Int32, "Short": "", "Map": ""} {
		kind, known := got["example.com/acme/ids."+name]
		if !known || kind != want {
			t.Errorf("%s is %q (%v), want %q", name, kind, known, want)
		}
	}
	if kind, known := got["example.com/none.Thing"]; known {
		t.Errorf("a type without a source is %q", kind)
	}
}
