package analyzer_test

import (
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// spellings are parameters as they may be written: sqlc finds some of them only, and lint
// refuses the others before generate does.
var spellings = []struct{ name, want, sql string }{
	{"OperatorInParentheses", "mangled-parameter", `SELECT id FROM loans WHERE org_id = OPERATOR(@) org_id;`},
	{"Blank", "mangled-parameter", `SELECT id FROM loans WHERE org_id = @ org_id;`},
	{"Comment", "mangled-parameter", `SELECT id FROM loans WHERE org_id = @/* mine */org_id;`},
	{"NextLine", "mangled-parameter", `SELECT id FROM loans WHERE org_id = @
org_id;`},
	{"Quoted", "mangled-parameter", `SELECT id FROM loans WHERE org_id = @"org_id";`},
	{"Parentheses", "mangled-parameter", `SELECT id FROM loans WHERE org_id = @(org_id);`},
	{"Unicode", "mangled-parameter", `SELECT id FROM loans WHERE org_id = @U&"org_id";`},
	{"TooLong", "mangled-parameter", `SELECT id FROM loans WHERE org_id = @a23456789_123456789_123456789_123456789_123456789_123456789_12345;`},
	{"Longest", "scoped", `SELECT id FROM loans WHERE org_id = @a23456789_123456789_123456789_123456789_123456789_123456789_123;`},
	{"Qualified", "mangled-parameter", `SELECT id FROM loans WHERE org_id = @loans.org_id;`},
	{"Computed", "mangled-parameter", `SELECT id FROM loans WHERE org_id = @org_id + 0;`},
	{"ContainedGlued", "scoped", `SELECT id FROM loans WHERE ARRAY[id] <@ARRAY[amount] AND org_id = @org_id;`},
	{"SearchGlued", "scoped", `SELECT id FROM loans WHERE to_tsvector(id::text) @@to_tsquery('1') AND org_id = @org_id;`},
	{"CastTwice", "mangled-parameter", `SELECT id FROM loans WHERE org_id = @org_id::text::int;`},
	{"CastTwiceByName", "scoped", `SELECT id FROM loans WHERE org_id = sqlc.arg(org_id)::text::int;`},
	{"Infix", "mangled-parameter", `SELECT id FROM loans WHERE org_id = id @ org_id;`},
	{"InfixAny", "mangled-parameter", `SELECT id FROM loans WHERE id @ ANY (ARRAY[org_id]) AND org_id = $1;`},
	{"Glued", "mangled-parameter", `SELECT id FROM loans WHERE org_id=@org_id;`},
	{"GluedUnequal", "mangled-parameter", `SELECT id FROM loans WHERE id<>@id AND org_id = @org_id;`},
	{"GluedContained", "mangled-parameter", `SELECT id FROM loans WHERE ARRAY[id] <@@ids AND org_id = @org_id;`},
	{"Negative", "scoped", `SELECT id FROM loans WHERE id = @-1 AND org_id = @org_id;`},
	{"Capitals", "scoped", `SELECT id FROM loans WHERE org_id = @ORG_id::int;`},
	{"Call", "scoped", `SELECT id FROM loans WHERE org_id = sqlc.arg(org_id) AND amount > sqlc.arg('amount')::int;`},
	{"CallInCapitals", "scoped", `SELECT id FROM loans WHERE org_id = SQLC.ARG(Org_ID);`},
	{"CallWithBlank", "scoped", `SELECT id FROM loans WHERE org_id = sqlc.arg (org_id);`},
	{"CallWithBlanks", "mangled-parameter", `SELECT id FROM loans WHERE org_id = sqlc . arg(org_id);`},
	{"CallWithBlankInside", "mangled-parameter", `SELECT id FROM loans WHERE org_id = sqlc.arg( org_id);`},
	{"CallWithBlankBehind", "mangled-parameter", `SELECT id FROM loans WHERE org_id = sqlc.arg(org_id );`},
	{"CallWithComment", "mangled-parameter", `SELECT id FROM loans WHERE org_id = sqlc.arg/* mine */(org_id);`},
	{"CallQuoted", "mangled-parameter", `SELECT id FROM loans WHERE org_id = sqlc."arg"(org_id);`},
	{"SchemaQuoted", "mangled-parameter", `SELECT id FROM loans WHERE org_id = "sqlc".arg(org_id);`},
	{"NameQuoted", "mangled-parameter", `SELECT id FROM loans WHERE org_id = sqlc.arg("org_id");`},
	{"NameEscaped", "mangled-parameter", `SELECT id FROM loans WHERE org_id = sqlc.arg(E'org_id');`},
	{"NameInDollars", "mangled-parameter", `SELECT id FROM loans WHERE org_id = sqlc.arg($$org_id$$);`},
	{"NameCast", "mangled-parameter", `SELECT id FROM loans WHERE org_id = sqlc.arg('org_id'::text);`},
	{"Narg", "mangled-parameter", `SELECT id FROM loans WHERE org_id = @org_id AND id = sqlc.narg( id);`},
	{"NoFunctionOfSqlc", "mangled-parameter", `SELECT id FROM loans WHERE org_id = sqlc.args(org_id);`},
	{"Embed", "scoped", `SELECT sqlc.embed(l) FROM loans l WHERE org_id = @org_id;`},
	{"EmbedWithBlank", "mangled-parameter", `SELECT sqlc.embed( l) FROM loans l WHERE org_id = @org_id;`},
	{"EmbedQualified", "mangled-parameter", `SELECT sqlc.embed(public.loans) FROM loans WHERE org_id = @org_id;`},
	{"EmbedInACondition", "mangled-parameter", `SELECT id FROM loans l WHERE sqlc.embed(l) AND org_id = @org_id;`},
	{"LineOfComments", "mangled-parameter", `SELECT id FROM loans WHERE @org_id::int > 0
/* mine only */ AND org_id = @org_id /* of course */
;`},
	{"LineOfXor", "mangled-parameter", `SELECT id FROM loans WHERE @org_id::int > 0 AND id = 1
# 0 AND org_id = @org_id;`},
	{"LineInString", "mangled-parameter", `SELECT id, 'a
-- b' FROM loans WHERE org_id = @org_id;`},
	{"LineThatEndsAComment", "mangled-parameter", `SELECT id FROM loans WHERE org_id = @org_id /* one
-- two */ AND id > 0;`},
	{"LinesOfComments", "scoped", `-- of one
/* of two */
SELECT id
-- # three
/* four */
FROM loans /* five
-- six
 */ WHERE org_id = @org_id
-- seven
;`},
}

func TestSpelledParameters(t *testing.T) {
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: "CREATE TABLE loans (id int PRIMARY KEY, org_id int NOT NULL, amount int);"}})
	own, problems := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	if len(ds)+len(problems) > 0 {
		t.Fatal(ds, problems)
	}
	for _, s := range spellings {
		checkSpelling(t, db, own, s.name, s.want, s.sql)
	}
}

func checkSpelling(t *testing.T, db *catalog.Database, own *tenancy.Map, name, want, sql string) {
	t.Helper()
	r := analyzer.New(db, own, nil).File("queries.sql", "-- name: "+name+" :many\n"+sql)[0]
	got := string(r.Verdict)
	if r.Verdict == analyzer.Rejected {
		got = r.Diagnostics[0].Rule
	}
	refused := slices.ContainsFunc(r.Diagnostics, func(d analyzer.Diagnostic) bool { return d.Rule == want })
	if got != want && !refused {
		t.Errorf("%s is %s, want %s: %v", name, got, want, r.Diagnostics)
	}
}
