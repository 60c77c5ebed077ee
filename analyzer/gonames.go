package analyzer

import (
	"fmt"
	"go/token"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqlcmodel"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/config"
)

// goNames are the names that sqlc makes of those in a query: of its own the method's and the
// constant's, and where there are few the parameters' (sqlc, internal/codegen/golang/result.go).
// Some already mean something where they stand: the code would not compile, or would send a
// parameter as the statement.
type goNames struct {
	generated bool // the entry has Go code
	// repositories tells that there are some over it: what they call and return has to be exported.
	repositories bool
	exported     bool // emit_exported_queries
	prepared     bool // emit_prepared_queries
	dbArgument   bool // emit_methods_with_db_argument
	limit        int  // query_parameter_limit
	naming       sqlcmodel.Naming
}

func goNamesOf(g config.Go, repositories bool) goNames {
	n := goNames{g.Out != "", repositories, g.EmitExportedQueries, g.EmitPreparedQueries, g.EmitMethodsWithDBArgument, 1, namingOf(g)}
	if g.QueryParameterLimit != nil {
		n.limit = *g.QueryParameterLimit
	}
	return n
}

// imported are the packages that sqlc's files import whatever the queries are.
var imported = []string{"context", "pgx", "pgconn", "pgtype"}

// predeclared are Go's names that they have a use for.
const predeclared = "append len nil true false error any string bool byte int int16 int32 int64 float32 float64 uint32"

// locals are the variables and other names that a method has a use for, by its command.
var locals = map[string]string{
	"one":      "row err i",
	"many":     "rows err items i nil append",
	"exec":     "err",
	"execrows": "result err nil",
	"copyfrom": "string",
}

// batchLocals are those of a method that sends a batch.
const batchLocals = "batch a vals br len pgx"

// findings are about the name of a query and of its parameters.
func (n goNames) findings(u *sqltext.Unit, q *sqlcmodel.Query, r *Result) []finding.Finding {
	fail := func(message, hint string) []finding.Finding {
		return []finding.Finding{{Rule: "unusable-name", Pos: u.Span, Message: message, Hint: hint}}
	}
	if !n.generated {
		return nil
	}
	if first, _ := utf8.DecodeRuneInString(u.Name); n.repositories && !unicode.IsUpper(first) {
		return fail("the method of query "+u.Name+" would not be exported, so that no repository could have it", "begin the name with an upper-case letter")
	}
	constant := lowerTitle(u.Name)
	if u.Name == "WithTx" || u.Name == "Close" && n.prepared {
		return fail("sqlc's code would not compile: Queries has a method "+u.Name+" already", "give the query another name")
	}
	if why := n.hidden(constant, u.Command, len(r.Params)); why != "" {
		return fail(fmt.Sprintf("sqlc's code would not compile: the constant %s of query %s and %s have one name", constant, u.Name, why), "give the query another name")
	}
	names := parameterNames(q, r)
	if n.limit == 0 || len(r.Params) > 1 && (forEach(u.Command) || len(r.Params) > n.limit) { // elements of one value are no structs
		for _, name := range names {
			if field := n.naming.Of(name); n.repositories && name != "" && !token.IsExported(field) {
				return fail(fmt.Sprintf("the parameter %s of query %s would be the field %q of its struct, which is not exported", name, u.Name, field), "name it otherwise with sqlc.arg(name)")
			}
		}
		return nil
	}
	taken := append(strings.Fields(n.locals(u.Command)), "ctx")
	if u.Command != "copyfrom" {
		taken = append(taken, constant)
	}
	if n.dbArgument {
		taken = append(taken, "db")
	}
	for _, name := range names {
		if arg := argName(name); name != "" && slices.Contains(taken, arg) {
			return fail(fmt.Sprintf("sqlc's code would not do: the parameter %s of query %s has the name of something else in its method", arg, u.Name), "name it otherwise with sqlc.arg(name)")
		}
	}
	return nil
}

// parameterNames are those that sqlc gives the parameters: of $1 the column's that it is compared with or written to,
// "" where that is not known.
func parameterNames(q *sqlcmodel.Query, r *Result) []string {
	var names []string
	for _, p := range r.Params {
		name := p.Name
		if i := slices.IndexFunc(q.Params, func(x *sqlcmodel.Parameter) bool { return x.Number == p.Number }); name == "" && i >= 0 {
			name = q.Params[i].Column.Name
		}
		names = append(names, name)
	}
	return names
}

func (n goNames) locals(command string) string {
	if strings.HasPrefix(command, "batch") {
		return batchLocals
	}
	return locals[command]
}

// hidden says what has the name of a constant, too, where it is used or declared.
func (n goNames) hidden(constant, command string, params int) string {
	if n.exported || command == "copyfrom" {
		return ""
	}
	switch {
	case token.IsKeyword(constant):
		return "a keyword"
	case slices.Contains(strings.Fields(predeclared), constant):
		return "what Go declares"
	case constant == "init":
		return "Go's init functions"
	case slices.Contains(imported, constant):
		return "a package"
	case constant == "ctx" || constant == "q" || constant == "arg" && params > 0 && (params > n.limit || n.limit == 0):
		return "a parameter of its method"
	case strings.HasPrefix(command, "batch") && slices.Contains(strings.Fields(batchLocals+" errors"), constant):
		return "a variable of its method, or a package"
	}
	return ""
}

// lowerTitle is sqlc's sdk.LowerTitle.
func lowerTitle(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(first)) + s[n:]
}

// argName is sqlc's name for the parameter of a method.
func argName(name string) string {
	var b strings.Builder
	for i, part := range strings.Split(name, "_") {
		switch {
		case i == 0:
			b.WriteString(strings.ToLower(part))
		case part == "id":
			b.WriteString("ID")
		default:
			first, n := utf8.DecodeRuneInString(part)
			if n > 0 {
				b.WriteString(string(unicode.ToTitle(first)) + part[n:])
			}
		}
	}
	return b.String()
}
