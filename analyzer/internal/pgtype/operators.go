package pgtype

import (
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// StrictOperators are built-in operators whose every variant is strict: null in, null out.
var StrictOperators = sqltext.Words("= <> < > <= >= + - * / % ~ ~* !~ !~* ~~ ~~* !~~ !~~* ^ && @> <@ -> ->> #> #>> ? @@")

// Binary operators, by what PostgreSQL takes a value without a type for beside one of a
// known type: of the same type, of the same number type, or text (PostgreSQL manual, 10.2).
var (
	OrderOperators  = sqltext.Words("< > <= >=")
	NumberOperators = sqltext.Words("+ - * / %")
	TextOperators   = sqltext.Words("|| ~~ ~~* !~~ !~~* ~ ~* !~ !~*")
	KeyOperators    = sqltext.Words("-> ->> ?")
)

// Built-in functions of one meaning for values without a type: those of text, and those
// that take any type and give none (PostgreSQL manual, 38.2.5).
var (
	TextFunctions = map[string][]query.Type{
		"lower": {"text"}, "upper": {"text"}, "initcap": {"text"}, "hashtext": {"text"}, "pg_notify": {"text", "text"},
	}
	AnyFunctions = sqltext.Words("json_build_array json_build_object jsonb_build_array jsonb_build_object concat num_nulls num_nonnulls to_json to_jsonb count")
)
