package templates

import (
	"fmt"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// The types of tenant parameters in these tests.
var (
	pgUUID    = sqlc.Type{Expr: "pgtype.UUID", Imports: []sqlc.Import{{Name: "pgtype", Path: pgtype}}}
	pgInt8    = sqlc.Type{Expr: "pgtype.Int8", Imports: []sqlc.Import{{Name: "pgtype", Path: pgtype}}}
	anyType   = sqlc.Type{Expr: "interface{}"}
	ownType   = sqlc.Type{Expr: "ids.Org", Imports: []sqlc.Import{{Name: "ids", Path: "example.com/ids"}}}
	ownText   = sqlc.Type{Expr: "ids.Slug", Imports: ownType.Imports}
	ownStruct = sqlc.Type{Expr: "ids.Pair", Imports: ownType.Imports}
	fakeUUID  = sqlc.Type{Expr: "pgtype.UUID", Imports: []sqlc.Import{{Name: "pgtype", Path: "example.com/pgtype"}}}
	gofrs     = sqlc.Type{Expr: "gofrs.UUID", Imports: []sqlc.Import{{Name: "gofrs", Path: "github.com/gofrs/uuid/v5"}}}
	google    = sqlc.Type{Expr: "uuid.UUID", Imports: []sqlc.Import{{Name: "uuid", Path: "github.com/google/uuid"}}}
)

func basic(expr string) sqlc.Type { return sqlc.Type{Expr: expr} }

// scopedQuery is a query with one plain parameter, which is the tenant.
func scopedQuery(name, file string, t sqlc.Type) sqlc.Query {
	return sqlc.Query{Name: name, Cmd: sqlc.Exec, File: file,
		Params: []sqlc.Param{{Name: "orgID", Type: t}}, Args: []sqlc.Arg{{Param: "orgID", Type: t}}}
}

// factsOf says of every query that its first parameter is the tenant.
func factsOf(pkg *sqlc.Package) []QueryFacts {
	var facts []QueryFacts
	for _, q := range pkg.Queries {
		facts = append(facts, QueryFacts{Name: q.Name, File: "sql/" + q.File, Verdict: Scoped, TenantParams: []int{1}})
	}
	return facts
}

var options = Options{Package: "repo", SQLCImportPath: "example.com/app/internal/db", Levels: []Level{{Column: "org_id", Setting: "app.org_id"}}}

func TestBuildErrors(t *testing.T) {
	base := func() *sqlc.Package {
		return &sqlc.Package{Name: "db", Queries: []sqlc.Query{scopedQuery("GetNote", "notes.sql", pgUUID), scopedQuery("GetUser", "users.sql", pgUUID)}}
	}
	tests := []struct {
		name   string
		change func(*sqlc.Package, []QueryFacts, *Options) []QueryFacts
		want   []string
	}{
		{"not checked", func(_ *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts { return f[:1] },
			[]string{"users.sql: query GetUser: sqlc generated it, but it was not checked"}},
		{"not generated", func(p *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts { p.Queries = p.Queries[:1]; return f },
			[]string{"sql/users.sql: query GetUser: it was checked, but sqlc generated no method"}},
		{"twice", func(_ *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts { return append(f, f[0]) },
			[]string{"sql/notes.sql: query GetNote: there are two"}},
		{"rejected", func(_ *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts { f[0].Verdict = "rejected"; return f },
			[]string{`query GetNote: a query with the verdict "rejected" cannot be emitted`}},
		{"no verdict", func(_ *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts { f[0].Verdict = ""; return f },
			[]string{`the verdict "" cannot`}},
		{"no tenant parameter", func(_ *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts { f[0].TenantParams = []int{0}; return f },
			[]string{"1 levels of tenancy have the parameters [0]"}},
		{"another parameter", func(_ *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts { f[0].TenantParams = []int{2}; return f },
			[]string{"the tenant is $2, but"}},
		{"another file", func(_ *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts { f[0].File = "other.sql"; return f },
			[]string{"other.sql: query GetNote: sqlc read it from notes.sql"}},
		{"package name", func(_ *sqlc.Package, f []QueryFacts, o *Options) []QueryFacts { o.Package = "my-repo"; return f },
			[]string{`"my-repo" is no name`}},
		{"setting", func(_ *sqlc.Package, f []QueryFacts, o *Options) []QueryFacts {
			o.Levels = []Level{{Column: "org_id"}}
			return f
		},
			[]string{"no setting for the tenant"}},
		{"keyword", func(_ *sqlc.Package, f []QueryFacts, o *Options) []QueryFacts { o.Package = "type"; return f },
			[]string{`"type" is no name`}},
		{"tenant column", func(_ *sqlc.Package, f []QueryFacts, o *Options) []QueryFacts {
			o.Levels = []Level{{Column: "1_id", Setting: "app.org_id"}}
			return f
		},
			[]string{`tenant column "1_id" gives no name`}},
		{"file name", func(p *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts {
			p.Queries[0].File, f[0].File = "001.sql", "001.sql"
			return f
		}, []string{"001.sql: its name gives no name"}},
		{"files of one name", func(p *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts {
			p.Queries[0].File, f[0].File = "user-s.sql", "user-s.sql"
			p.Queries[1].File, f[1].File = "user_s.sql", "user_s.sql"
			return f
		}, []string{"UserSRepository would be both the repository of user-s.sql and the repository of user_s.sql"}},
		{"model and id", func(p *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts {
			p.Models = []sqlc.Struct{{Name: "OrgID"}, {Name: "OrgIDFrom"}, {Name: "Tx"}, {Name: "NotesRepository"}}
			return f
		}, []string{
			"OrgIDFrom would be both the model OrgIDFrom of sqlc and the id of tenant column org_id",
			"OrgID would be both the model OrgID of sqlc and the id of tenant column org_id",
			"Tx would be both the model Tx of sqlc and the Tx that tenantgen emits",
			"NotesRepository would be both the model NotesRepository of sqlc and the repository of notes.sql"}},
		{"enumeration", func(p *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts {
			p.Enums = []sqlc.Enum{{Name: "Kind", Consts: []string{"New"}}}
			return f
		}, []string{"New would be both the enumeration Kind of sqlc and the New"}},
		{"field", func(p *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts {
			p.Queries[0].File, f[0].File = "in_tx.sql", "in_tx.sql"
			return f
		}, []string{"InTx would be both the method InTx of Repositories and the field"}},
		{"field of the check", func(p *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts {
			p.Queries[0].File, f[0].File = "verify.sql", "verify.sql"
			return f
		}, []string{"Verify would be both the method Verify of Repositories and the field"}},
		{"cross-tenant type", func(p *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts {
			p.Models = []sqlc.Struct{{Name: "CrossTenant"}}
			f[0].Verdict = CrossTenant
			return f
		}, []string{"CrossTenant would be both the model"}},
		{"cross-tenant methods", func(p *sqlc.Package, f []QueryFacts, o *Options) []QueryFacts {
			o.Levels = []Level{{Column: "org_id", Setting: "app.org_id", Type: "uuid"}}
			p.Queries = nil
			for i, name := range []string{"Err", "InTx", "AfterCommit"} {
				p.Queries = append(p.Queries, scopedQuery(name, "notes.sql", pgUUID))
				f = append(f[:i:i], QueryFacts{Name: name, File: "sql/notes.sql", Verdict: CrossTenant})
			}
			return f
		}, []string{
			"AfterCommit would be both the method AfterCommit of CrossTenant and the query AfterCommit",
			"Err would be both the method Err of CrossTenant and the query Err",
			"InTx would be both the method InTx of CrossTenant and the query InTx"}},
		{"what interfaces bring", func(p *sqlc.Package, f []QueryFacts, o *Options) []QueryFacts {
			o.Interfaces = true
			p.Models = []sqlc.Struct{{Name: "Transactor"}, {Name: "NewFake"}, {Name: "Fakes"}, {Name: "NotesQuerier"}, {Name: "CrossTenantQuerier"}}
			f[1].Verdict = CrossTenant
			return f
		}, []string{"Transactor would be both the model", "NewFake would be both the model", "Fakes would be both the model", "NotesQuerier would be both the model", "CrossTenantQuerier would be both the model"}},
		{"unexported type", func(p *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts {
			result := basic("[]*_note")
			p.Queries[0].Result = &result
			return f
		}, []string{"query GetNote: sqlc's type _note is not exported"}},
		{"strange type", func(p *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts {
			result := basic("func()")
			p.Queries[0].Result = &result
			return f
		}, []string{"query GetNote: type func() is not supported"}},
		{"several", func(_ *sqlc.Package, f []QueryFacts, _ *Options) []QueryFacts {
			f[0].Verdict, f[1].TenantParams = "x", []int{9}
			return f
		}, []string{"query GetNote:", "query GetUser:"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pkg, opts := base(), options
			facts := test.change(pkg, factsOf(pkg), &opts)
			_, err := Build(pkg, facts, opts)
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			}
		})
	}
}

func TestIdentity(t *testing.T) {
	tests := []struct {
		name    string
		uses    []sqlc.Type
		sqlType string
		kind    Kind
		native  string
		methods string // of the conversions
		err     string
	}{
		{"uuid", []sqlc.Type{pgUUID, pgUUID}, "", UUID, "pgtype.UUID", "pgUUID", ""},
		{"uuid as text first", []sqlc.Type{basic("string"), pgUUID}, "", UUID, "pgtype.UUID", "pgUUID", ""},
		{"google", []sqlc.Type{pgUUID, google}, "", UUID, "uuid.UUID", "pgUUID uuid", ""},
		{"two packages called uuid", []sqlc.Type{gofrs, google}, "", UUID, "gofrs.UUID", "uuid uuidValue", ""},
		{"pointer", []sqlc.Type{google, {Expr: "*uuid.UUID", Imports: google.Imports}}, "", UUID, "uuid.UUID", "uuid uuidPointer", ""},
		{"bigint", []sqlc.Type{pgInt8, basic("int64"), basic("*int64")}, "", Int64, "int64", "pgInt8 int64 int64Pointer", ""},
		{"text", []sqlc.Type{basic("string"), basic("*string")}, "", Text, "string", "textPointer", ""},
		{"nothing", nil, "uuid", UUID, "pgtype.UUID", "", ""},
		{"nothing, varchar", nil, "character varying(40)", Text, "string", "", ""},
		{"nothing, unknown", nil, "numeric", "", "", "", `the type "numeric" of column org_id gives no id type`},
		{"two widths", []sqlc.Type{basic("int64"), basic("int32")}, "", "", "", "", "q.sql:4: query Q1: the tenant is int32, but int64 in query Q0, and the type of its ids has one width; write @org_id::bigint here"},
		{"two widths, the narrow first", []sqlc.Type{basic("int16"), basic("int32")}, "", "", "", "", "q.sql:1: query Q0: the tenant is int16, but int32 in query Q1, and the type of its ids has one width; write @org_id::integer here"},
		{"two kinds", []sqlc.Type{basic("string"), pgInt8, pgUUID}, "", "", "", "", "q.sql:7: query Q2: the tenant is pgtype.UUID, but pgtype.Int8 in query Q1; give the tenant one type in all tables"},
		{"untyped", []sqlc.Type{anyType}, "", "", "", "", "query Q0: sqlc could not tell the type"},
		{"own type of nothing known", []sqlc.Type{ownType}, "", "", "", "", "Go type ids.Org, which OrgID cannot be made from"},
		{"own type", []sqlc.Type{pgInt8, ownType}, "bigint", Int64, "ids.Org", "pgInt8 asOrg", ""},
		{"own type of a uuid", []sqlc.Type{ownType, google}, "uuid", UUID, "ids.Org", "asOrg uuid", ""},
		{"own pointer", []sqlc.Type{{Expr: "*ids.Org", Imports: ownType.Imports}}, "text", Text, "ids.Org", "asOrgPointer", ""},
		{"own text of a uuid", []sqlc.Type{ownText, google}, "uuid", UUID, "uuid.UUID", "asSlug uuid", ""},
		{"own narrower type", []sqlc.Type{ownType, basic("int32")}, "bigint", "", "", "", "the tenant is int32, but ids.Org in query Q0"},
		{"own struct", []sqlc.Type{ownStruct}, "uuid", "", "", "", "Go type ids.Pair, which OrgID cannot be made from"},
		{"own array", []sqlc.Type{{Expr: "[]ids.Org", Imports: ownType.Imports}}, "uuid", "", "", "", "Go type []ids.Org"},
		{"array", []sqlc.Type{basic("[]int64")}, "", "", "", "", "Go type []int64"},
		{"name alone", []sqlc.Type{fakeUUID}, "", "", "", "", "Go type pgtype.UUID, which"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var uses []use
			for i, typ := range test.uses {
				uses = append(uses, use{"Q" + string(rune('0'+i)), fmt.Sprintf("q.sql:%d", 3*i+1), typ})
			}
			id, err := identity(Level{Column: "org_id", Type: test.sqlType, Own: map[string]Kind{ownText.Imports[0].Path + ".Slug": Text, ownStruct.Imports[0].Path + ".Pair": ""}}, uses)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want %q", err, test.err)
				}
				return
			}
			var methods []string
			for _, c := range id.Conversions {
				methods = append(methods, c.Method)
			}
			if err != nil || id.Kind != test.kind || id.Native.Expr != test.native || strings.Join(methods, " ") != test.methods {
				t.Errorf("got %s from %s by %v, %v", id.Kind, id.Native.Expr, methods, err)
			}
		})
	}
}

func TestNames(t *testing.T) {
	for column, want := range map[string][2]string{
		"org_id":       {"OrgID", "orgID"},
		"workspace_id": {"WorkspaceID", "workspaceID"},
		"tenantId":     {"TenantID", "tenantID"},
		"tenant":       {"TenantID", "tenantID"},
		"org_uuid":     {"OrgUUID", "orgUUID"},
		"id":           {"ID", "id"},
		"API_key_id":   {"APIKeyID", "apiKeyID"},
	} {
		if typ, arg := idNames(column); typ != want[0] || arg != want[1] {
			t.Errorf("%s: got %s, %s", column, typ, arg)
		}
	}
	for source, want := range map[string][2]string{
		"notes.sql":          {"Notes", "notes.go"},
		"user-notes.sql":     {"UserNotes", "user_notes.go"},
		"api_keys.v2.sql":    {"APIKeysV2", "api_keys_v2.go"},
		"010_notes.sql":      {"Notes", "notes.go"},
		"_notes.sql":         {"Notes", "notes.go"},
		"userNotes.sql":      {"UserNotes", "user_notes.go"},
		"models.sql":         {"Models", "models_repository.go"},
		"ids.sql":            {"IDs", "ids_repository.go"},
		"cross-tenant.sql":   {"CrossTenant", "cross_tenant_repository.go"},
		"load_test.sql":      {"LoadTest", "load_test_repository.go"},
		"notes_windows.sql":  {"NotesWindows", "notes_windows_repository.go"},
		"notes_arm64.sql":    {"NotesArm64", "notes_arm64_repository.go"},
		"test.sql":           {"Test", "test.go"},
		"örtliche_daten.sql": {"ÖrtlicheDaten", "örtliche_daten.go"},
		"注釈.sql":             {"", ""},
		"1.sql":              {"", ""},
		".sql":               {"", ""},
	} {
		if stem, file := sourceNames(source); stem != want[0] || file != want[1] {
			t.Errorf("%s: got %q, %q", source, stem, file)
		}
	}
}

// Parameters get the names that Go has for them.
func TestVariable(t *testing.T) {
	for field, want := range map[string]string{
		"ID": "id", "OrgID": "orgID", "OrgID_2": "orgID2", "Title": "title", "CreatedAt": "createdAt",
		"URL": "url", "NoteIds": "noteIDs", "Ids": "ids", "Https": "https", "Bus": "bus", "Type_": "typeValue", "Column1": "column1", "_": "value", "Änderung": "änderung",
	} {
		if got := variable(field); got != want {
			t.Errorf("%s: got %s, want %s", field, got, want)
		}
	}
}

// A parameter must not hide what the method's body uses.
func TestParameterNames(t *testing.T) {
	for _, name := range []string{"ctx", "r", "arg", "tenant", "conn", "sqlcgen", "orgID"} {
		q := scopedQuery("GetNote", "notes.sql", pgUUID)
		q.Params = []sqlc.Param{{Name: "mine", Type: pgUUID}, {Name: name, Type: basic("string")}, {Name: name + "Value", Type: basic("string")}}
		q.Args = []sqlc.Arg{{Param: "mine", Type: pgUUID}, {Param: name, Type: basic("string")}, {Param: name + "Value", Type: basic("string")}}
		pkg := &sqlc.Package{Queries: []sqlc.Query{q}}
		m, err := Build(pkg, factsOf(pkg), options)
		if err != nil {
			t.Fatal(err)
		}
		params := m.Repositories[0].Methods[0].Params
		if params[0].Name == name || params[0].Name == params[1].Name {
			t.Errorf("%s: got %v", name, params)
		}
		args := m.Repositories[0].Methods[0].Args
		if want := []string{"orgID.pgUUID()", params[0].Name, params[1].Name}; args[0].Expr != want[0] || args[1].Expr != want[1] || args[2].Expr != want[2] {
			t.Errorf("%s: got %v, want %v", name, args, want)
		}
	}
}

// The tenant's argument is the one of TenantParam, whatever it is called; a
// parameter that is called like the tenant column is not.
func TestTenantByPosition(t *testing.T) {
	fields := []sqlc.Field{{Name: "OrgID", Type: pgUUID}, {Name: "Other", Type: pgUUID}}
	q := sqlc.Query{Name: "GetNote", Cmd: sqlc.Exec, File: "notes.sql",
		Params:       []sqlc.Param{{Name: "arg", Type: basic("GetNoteParams")}},
		ParamsStruct: &sqlc.Struct{Name: "GetNoteParams", Fields: fields},
		Args:         []sqlc.Arg{{Param: "arg", Field: "OrgID", Type: pgUUID}, {Param: "arg", Field: "Other", Type: pgUUID}}}
	pkg := &sqlc.Package{Queries: []sqlc.Query{q}}
	m, err := Build(pkg, []QueryFacts{{Name: "GetNote", File: "notes.sql", Verdict: Scoped, TenantParams: []int{2}}}, options)
	if err != nil {
		t.Fatal(err)
	}
	method := m.Repositories[0].Methods[0]
	want := []FieldValue{{"OrgID", "orgIDValue"}, {"Other", "orgID.pgUUID()"}}
	if !slices.Equal(method.Args[0].Fields, want) || len(method.Params) != 1 || method.Params[0].Name != "orgIDValue" {
		t.Errorf("got %v with %v, want %v", method.Args, method.Params, want)
	}
}

// A user's package may be called like one that emitted code imports.
func TestImportsOfOneName(t *testing.T) {
	q := scopedQuery("GetNote", "notes.sql", pgUUID)
	q.Params = append(q.Params, sqlc.Param{Name: "kind", Type: sqlc.Type{Expr: "*tenant.Kind", Imports: []sqlc.Import{{Name: "tenant", Path: "example.com/tenant"}}}})
	q.Params = append(q.Params, sqlc.Param{Name: "gen", Type: sqlc.Type{Expr: "*gen.Kind", Imports: []sqlc.Import{{Name: "gen", Path: "example.com/gen"}}}})
	q.Args = append(q.Args, sqlc.Arg{Param: "kind"}, sqlc.Arg{Param: "gen"})
	pkg := &sqlc.Package{Queries: []sqlc.Query{q}}
	m, err := Build(pkg, factsOf(pkg), options)
	if err != nil {
		t.Fatal(err)
	}
	files, err := Repositories(m)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), "notes.go", files["notes.go"], 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, spec := range parsed.Imports {
		path, name := strings.Trim(spec.Path.Value, `"`), ""
		if name = path[strings.LastIndex(path, "/")+1:]; spec.Name != nil {
			name = spec.Name.Name
		}
		if other, ok := names[name]; ok {
			t.Errorf("%s is both %s and %s:\n%s", name, other, path, files["notes.go"])
		}
		names[name] = path
	}
	if len(names) != 6 {
		t.Errorf("got imports %v", names)
	}
}
