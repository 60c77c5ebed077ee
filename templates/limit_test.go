package templates

import (
	"testing"

	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// The limit decides whether parameters are plain, however sqlc has them.
func TestParameterLimit(t *testing.T) {
	fields := []sqlc.Field{{Name: "A", Type: basic("int32")}, {Name: "OrgID", Type: pgUUID}, {Name: "B", Type: basic("string")}}
	struct3 := sqlc.Query{Name: "Get", Cmd: sqlc.Exec, File: "notes.sql", Params: []sqlc.Param{{Name: "arg", Type: basic("GetParams")}},
		ParamsStruct: &sqlc.Struct{Name: "GetParams", Fields: fields}}
	plain3 := sqlc.Query{Name: "Get", Cmd: sqlc.Exec, File: "notes.sql"}
	for _, f := range fields {
		struct3.Args = append(struct3.Args, sqlc.Arg{Param: "arg", Field: f.Name, Type: f.Type})
		plain3.Params = append(plain3.Params, sqlc.Param{Name: variable(f.Name), Type: f.Type})
		plain3.Args = append(plain3.Args, sqlc.Arg{Param: variable(f.Name), Type: f.Type})
	}
	limit := func(n int) *int { return &n }
	for name, test := range map[string]struct {
		query  sqlc.Query
		limit  *int
		params string // the types of the parameters
		passed string // what sqlc gets
	}{
		"struct":          {struct3, nil, "GetParams", "{arg.A orgID.pgUUID() arg.B}"},
		"struct, limit 1": {struct3, limit(1), "GetParams", "{arg.A orgID.pgUUID() arg.B}"},
		"struct, limit 2": {struct3, limit(2), "int32 string", "{a orgID.pgUUID() b}"},
		"plain":           {plain3, nil, "int32 string", "a orgID.pgUUID() b"},
		"plain, limit 1":  {plain3, limit(1), "GetParams", "arg.A orgID.pgUUID() arg.B"},
		"plain, limit 2":  {plain3, limit(2), "int32 string", "a orgID.pgUUID() b"},
	} {
		o := options
		o.ParameterLimit = test.limit
		m, err := Build(&sqlc.Package{Queries: []sqlc.Query{test.query}}, []QueryFacts{{Name: "Get", File: "notes.sql", Verdict: Scoped, TenantParams: []int{2}}}, o)
		if err != nil {
			t.Fatal(name, err)
		}
		method := m.Repositories[0].Methods[0]
		params, passed := "", ""
		for _, p := range method.Params {
			params += " " + p.Type.Expr
		}
		for _, a := range method.Args {
			for _, f := range a.Fields {
				a.Expr += " " + f.Expr
			}
			if a.Struct != "" {
				a.Expr = "{" + a.Expr[1:] + "}"
			}
			passed += " " + a.Expr
		}
		if params[1:] != test.params || passed[1:] != test.passed {
			t.Errorf("%s: takes%s, passes%s", name, params, passed)
		}
	}
}
