package tenantgen_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/tenantgen/tenantgen"

// floors is the policy of what may import what. It says how the program is cut; it
// is not changed to make a build pass. Each package may import the packages
// listed, and the standard library.
var floors = map[string][]string{
	"internal/inert":      {},
	"internal/dirlock":    {},
	"internal/lazyre":     {}, // regular expressions, when they are needed
	"internal/cache":      {},
	"internal/spelling":   {},
	"config":              {"internal/inert", "internal/spelling", yaml},
	"internal/sqllex":     {}, // the one lexer of SQL text
	"internal/migrations": {"internal/sqllex"},
	"internal/sqlc":       {"internal/inert", "internal/lazyre", "internal/sqllex"},
	"internal/propose":    {"internal/inert", "analyzer/catalog", "analyzer/tenancy", "config", yaml}, // never analyzer: whose rows a table has is not decided by queries
	"internal/nodetree":   {},                                                                         // PostgreSQL's own trees, read without what reads SQL
	"internal/pgserver":   {pgx, "github.com/fergusstrange/embedded-postgres"},
	"templates":           {"internal/inert", "internal/sqlc", jennifer},
	"migrate":             {"analyzer/catalog", "internal/lazyre", "internal/sqllex"},
	"migrate/tables":      {"analyzer/catalog", "migrate"}, // of packages of the runtime
	"advice":              {"analyzer/catalog", "analyzer/rules", "analyzer/tenancy", "migrate"},
	"verify":              {"analyzer/catalog", "analyzer/rules", "analyzer/tenancy", "migrate", pgx},
	"prove":               {"analyzer", "analyzer/parameters", "analyzer/catalog", "analyzer/tenancy", "migrate", "internal/lazyre", "internal/pgserver", pgx},
	// The second reader: never what reads SQL for the proof, and never analyzer, which does.
	"confirm":       {"analyzer/catalog", "analyzer/certificate", "analyzer/query", "internal/nodetree", "internal/pgserver", pgx},
	"":              {"confirm", "internal/cache", "internal/dirlock", "internal/inert", "analyzer", "analyzer/catalog", "analyzer/parameters", "analyzer/query", "analyzer/rules", "analyzer/tenancy", "config", "internal/migrations", "internal/propose", "internal/sqlc", "internal/sqllex", "templates", "migrate", "migrate/tables", "advice", "verify", "prove", yaml, "golang.org/x/mod/modfile"},
	"vet":           {"", "analyzer", "analyzer/query", "analyzer/rules", "config", "internal/cache", pgx, goTools},
	"vet/golangci":  {"vet", "github.com/golangci/plugin-module-register/register", goTools},
	"cmd/tenantgen": {"", "confirm", "internal/cache", "vet", "migrate/tables", "internal/lsp", "internal/inert", "prove", "analyzer", "analyzer/rules", "config", "verify", "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif", "github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/rogpeppe/go-internal/diff", goTools},

	"internal/lsp":             {"", "analyzer", "config", "vet", "github.com/sourcegraph/jsonrpc2"},
	"internal/pgserver/serve":  {"internal/pgserver"},     // the server for other modules' tests
	"internal/applied":         {pgx},                     // for tests only
	"internal/dblab":           {"internal/applied", pgx}, // for tests only
	"internal/corpora":         {},                        // for tests only
	"internal/corpora/hatchet": {"internal/corpora"},
	"internal/ratio":           {}, // for tests only
	"internal/usermodule":      {}, // for tests only

	"tenant":                  {"tenant/internal/bridge", pgx},
	"tenant/gen":              {"tenant", "tenant/internal/bridge", pgx},
	"tenant/gen/gentest":      {"tenant", pgx},
	"tenant/internal/bridge":  {pgx},
	"tenant/internal/carried": {"tenant"}, // for what runs later
	"tenant/internal/pgtest":  {},         // for tests only
	"tenant/tenantblob":       {"tenant", "gocloud.dev/blob", "gocloud.dev/gcerrors", "golang.org/x/text/unicode/norm"},
	"tenant/tenanthttp":       {"tenant"}, // a service's go.mod does not change for it
	"tenant/tenantjwt":        {"tenant", "tenant/tenanthttp", "github.com/golang-jwt/jwt/v5", "github.com/MicahParks/keyfunc/v3", "github.com/MicahParks/jwkset", "golang.org/x/time/rate"},
	"tenant/tenantotel":       {"tenant", pgx, "go.opentelemetry.io/otel"},
	"tenant/tenantjobs":       {"tenant", "tenant/internal/bridge", "tenant/internal/carried", pgx, "github.com/riverqueue/river"},
	"tenant/tenantstream":     {"tenant", "tenant/tenanthttp", "github.com/tmaxmax/go-sse", "github.com/coder/websocket"},
	"tenant/tenanttemporal":   {"tenant", "tenant/internal/carried", "go.temporal.io/sdk", "go.temporal.io/api"},
	"tenant/tenanttest":       {"tenant", "tenant/internal/bridge"},

	// Packages of the runtime with tables of their own.
	"tenant/internal/statements": {pgx},
	"tenant/internal/tabletest":  {"tenant", "tenant/gen", "tenant/internal/pgtest", pgx}, // for tests only
	"tenant/tenantquota":         {"tenant", "tenant/gen", "tenant/internal/statements", pgx},
	"tenant/tenantusage":         {"tenant", "tenant/gen", "tenant/internal/statements", pgx},
	"tenant/tenantaudit":         {"tenant", "tenant/gen", "tenant/internal/statements", pgx},
	"tenant/tenantroute":         {"tenant", pgx},

	// The analyzer, from the ground up.
	"analyzer/catalog":                    {},
	"analyzer/query":                      {"analyzer/catalog"},
	"analyzer/tenancy":                    {"analyzer/catalog", "config", "internal/spelling"},
	"analyzer/internal/treejson":          {pgQuery}, // PostgreSQL's parser
	"analyzer/internal/treejson/generate": {pgQuery, protobuf},
	"analyzer/internal/parsetree":         {"analyzer/catalog", "analyzer/internal/treejson", pgQuery, protobuf},
	"analyzer/internal/sqltext":           {"internal/inert", "internal/sqllex", "analyzer/query", "analyzer/internal/treejson", pgQuery},
	"analyzer/internal/pgtype":            {"analyzer/catalog", "analyzer/query", "analyzer/internal/parsetree", "analyzer/internal/sqltext", pgQuery},
	"analyzer/internal/plpgsql":           {"analyzer/internal/treejson", "internal/sqllex", "analyzer/catalog", "analyzer/internal/parsetree", "analyzer/internal/sqltext", pgQuery},
	"analyzer/internal/lower":             {"analyzer/internal/treejson", "internal/spelling", "analyzer/internal/plpgsql", "analyzer/catalog", "analyzer/query", "analyzer/internal/parsetree", "analyzer/internal/sqltext", "analyzer/internal/pgtype", pgQuery, protobuf}, // never ddl
	"analyzer/internal/ddl":               {"analyzer/internal/treejson", "internal/lazyre", "internal/sqllex", "analyzer/catalog", "analyzer/query", "analyzer/internal/parsetree", "analyzer/internal/sqltext", "analyzer/internal/pgtype", pgQuery, protobuf},             // never lower
	// What sqlc makes of a schema and of queries; no proof knows of it.
	"analyzer/internal/sqlcmodel": {"analyzer/internal/parsetree", "analyzer/internal/sqltext", pgQuery, "github.com/jinzhu/inflection"},
	"analyzer/certificate":        {"analyzer/catalog", "analyzer/query", "analyzer/tenancy"},
	"analyzer/internal/finding":   {"analyzer/query"},
	"analyzer/internal/restrict":  {"analyzer/catalog", "analyzer/query", "analyzer/tenancy"}, // no proof knows of it
	// Prover and checker must not know of each other: what one gets wrong the other has to see.
	"analyzer/internal/prover": {"analyzer/catalog", "analyzer/certificate", "analyzer/query", "analyzer/tenancy"},
	"analyzer/checker":         {"analyzer/catalog", "analyzer/certificate", "analyzer/query", "analyzer/tenancy"},
	// What the prover could not prove is data; here it becomes text, and nowhere else.
	"analyzer/internal/condition": {"analyzer/catalog", "analyzer/tenancy", "analyzer/internal/prover"},
	"analyzer/internal/fix":       {pgQuery, "analyzer/catalog", "analyzer/query", "analyzer/tenancy", "analyzer/internal/condition", "analyzer/internal/parsetree", "analyzer/internal/prover", "analyzer/internal/sqltext"},
	"analyzer/internal/refusal":   {"analyzer/catalog", "analyzer/certificate", "analyzer/query", "analyzer/tenancy", "analyzer/internal/condition", "analyzer/internal/finding", "analyzer/internal/prover"},
	"analyzer/routing":            {"analyzer/catalog", "analyzer/query", "analyzer/tenancy"},
	"analyzer/parameters":         {"analyzer/catalog", "analyzer/query", "internal/sqllex"},
	"analyzer/rules":              {"analyzer/catalog", "analyzer/tenancy"},
	"analyzer":                    {"internal/inert", "analyzer/catalog", "analyzer/certificate", "analyzer/checker", "analyzer/parameters", "analyzer/query", "analyzer/routing", "analyzer/tenancy", "analyzer/internal/finding", "analyzer/internal/fix", "analyzer/internal/prover", "analyzer/internal/refusal", "analyzer/internal/restrict", "analyzer/internal/sqltext", "analyzer/internal/pgtype", "analyzer/internal/lower", "analyzer/internal/ddl", "analyzer/internal/sqlcmodel", "config"},

	"analyzer/internal/querygen":  {"config"},                                                                                 // for tests only
	"analyzer/internal/schemagen": {"config"},                                                                                 // for tests only
	"analyzer/internal/search":    {"analyzer", "analyzer/certificate", "analyzer/internal/schemagen", "internal/dblab", pgx}, // for tests only
	"analyzer/internal/meaning":   {"analyzer/catalog", "analyzer/query"},                                                     // for tests only
	"analyzer/internal/mutate":    {pgQuery, protobuf},                                                                        // for tests only
	"analyzer/internal/guards":    {},                                                                                         // for tests only
}

// Libraries with more than one package.
const (
	pgx      = "github.com/jackc/pgx/v5"
	yaml     = "go.yaml.in/yaml/v3"
	pgQuery  = "github.com/pganalyze/pg_query_go/v5"
	protobuf = "google.golang.org/protobuf"
	jennifer = "github.com/dave/jennifer"
	goTools  = "golang.org/x/tools/go"
)

func TestImportFloors(t *testing.T) {
	seen := map[string]bool{}
	for file, imports := range sourceImports(t) {
		dir := path.Dir(file)
		if dir == "." {
			dir = ""
		}
		if app, _, _ := strings.Cut(dir, "/"); app == "example" || app == "bench" {
			continue // the example and the benchmarks are applications: they may use anything
		}
		allowed, ok := floors[dir]
		if !ok {
			t.Errorf("%s: package %q has no floor; add it to the table", file, dir)
			continue
		}
		seen[dir] = true
		for _, imp := range imports {
			if !allowedImport(imp, allowed) {
				t.Errorf("%s imports %s, which is not on the floors below %q", file, imp, dir)
			}
		}
	}
	for dir := range floors {
		if !seen[dir] {
			t.Errorf("the table names package %q, which does not exist", dir)
		}
	}
}

func allowedImport(imp string, allowed []string) bool {
	if first, _, _ := strings.Cut(imp, "/"); !strings.Contains(first, ".") {
		return true // standard library
	}
	return slices.ContainsFunc(allowed, func(a string) bool {
		if first, _, _ := strings.Cut(a, "/"); strings.Contains(first, ".") {
			return imp == a || strings.HasPrefix(imp, a+"/")
		}
		return imp == strings.TrimSuffix(module+"/"+a, "/")
	})
}

// foreign are modules outside of the workspace: they may use anything.
var foreign = []string{"migrate/accept", "bench/ent"}

// sourceImports lists the imports of every Go file of the workspace but tests.
func sourceImports(t *testing.T) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains(foreign, filepath.ToSlash(name)) {
			return filepath.SkipDir
		}
		if d.IsDir() && (d.Name() == "testdata" || name != "." && strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			imp, _ := strconv.Unquote(spec.Path.Value)
			imports[filepath.ToSlash(name)] = append(imports[filepath.ToSlash(name)], imp)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

// Only a command decides how the process ends.
func TestExitOnlyInCommands(t *testing.T) {
	for file := range sourceImports(t) {
		if dir := path.Dir(file); dir == "cmd/tenantgen" || dir == "example" || dir == "internal/pgserver/serve" || dir == "bench/budgets" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "os.Exit(") && !strings.Contains(string(text), "//\tfunc TestMain") {
			t.Errorf("%s calls os.Exit", file)
		}
	}
}
