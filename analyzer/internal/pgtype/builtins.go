package pgtype

import (
	_ "embed"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

//go:embed builtins.txt
var builtinText string

//go:embed otherbuiltins.txt
var otherBuiltinText string

// otherBuiltins are the functions of pg_catalog that are not among the harmless ones.
var otherBuiltins = sqltext.Words(otherBuiltinText)

// Builtin describes a function of pg_catalog that is known to touch no table.
type Builtin struct {
	Aggregate bool
	Perhaps   bool // an aggregate, or not: nobody said
	Window    bool
	Effect    bool // its result may differ from call to call, or it changes something
	Mutable   bool // its result may depend on the session or the time
	Volatile  bool // its result may differ within a statement
	Shared    bool // it changes state that all tenants share, such as a sequence
}

// Builtins are the functions of pg_catalog that touch no table, by name.
var Builtins = parseBuiltins(builtinText)

func parseBuiltins(text string) map[string]Builtin {
	m := map[string]Builtin{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		var b Builtin
		for _, flag := range f[1:] {
			b.Aggregate = b.Aggregate || flag == "a"
			b.Window = b.Window || flag == "w"
			b.Effect = b.Effect || flag == "e"
		}
		b.Volatile, b.Mutable = mutable[f[0]]
		m[f[0]] = b
	}
	return m
}

// extensionFunctions lists, by extension, functions that read nothing but their
// arguments, for the extensions that applications commonly install.
var extensionFunctions = map[string]string{
	"pgcrypto":      "gen_random_uuid gen_random_bytes digest hmac crypt gen_salt encrypt decrypt pgp_sym_encrypt pgp_sym_decrypt",
	"uuid-ossp":     "uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil",
	"pg_trgm":       "similarity word_similarity strict_word_similarity show_trgm",
	"unaccent":      "unaccent",
	"fuzzystrmatch": "levenshtein levenshtein_less_equal soundex difference metaphone dmetaphone",
	"citext":        "citext",
	"hstore":        "hstore akeys avals skeys svals each hstore_to_json hstore_to_jsonb",
	"ltree":         "subltree subpath nlevel lca text2ltree ltree2text index",
}

// ExtensionFunction reports whether an installed extension provides name as a
// function of its arguments alone.
func ExtensionFunction(installed []string, name string) bool {
	for _, ext := range installed {
		for f := range strings.FieldsSeq(extensionFunctions[ext]) {
			if f == name {
				return true
			}
		}
	}
	return false
}

// Dangerous explains why some built-ins are refused, for the message; every
// function that is not in builtins is refused in any case.
var Dangerous = map[string]string{
	"set_config":    "changes session settings, among them the tenant that row-level security uses",
	"setval":        "changes a sequence that all tenants share",
	"currval":       "reads session state that another tenant may have left on the connection",
	"lastval":       "reads session state that another tenant may have left on the connection",
	"query_to_xml":  "runs SQL that is not analysed",
	"table_to_xml":  "reads a whole table",
	"cursor_to_xml": "reads a cursor that is not analysed",
	"ts_stat":       "runs SQL that is not analysed",
	"ts_rewrite":    "can run SQL that is not analysed",
	"dblink":        "runs SQL on another connection",
	"dblink_exec":   "runs SQL on another connection",
	"pg_notify":     "sends to listeners of every tenant",
	"pg_read_file":  "reads the server's files",
	"lo_get":        "reads large objects, which belong to no tenant",
	"lo_import":     "reads the server's files",
	"lo_export":     "writes the server's files",
}

// Described describes a function by what the declaration says of it. All aggregates of
// pg_catalog are among the builtins.
func Described(v Vouch, system bool) Builtin {
	b := Builtin{Aggregate: v.Kind == "aggregate", Window: v.Kind == "window"}
	if system {
		b = Builtins[v.Name.Name]
		b.Aggregate = b.Aggregate || v.Kind == "aggregate"
	}
	b.Effect, b.Mutable, b.Volatile = true, true, true
	b.Perhaps = v.Kind == "" && !(system && IsSystemFunction(v.Name.Name))
	return b
}

// Together describes a call that can mean any of several functions.
func Together(all []Builtin) Builtin {
	b := all[0]
	for _, o := range all[1:] {
		b.Perhaps = b.Perhaps || o.Perhaps || b.Aggregate != o.Aggregate
		b.Aggregate = b.Aggregate || o.Aggregate
		b.Window = b.Window || o.Window
		b.Effect = b.Effect || o.Effect
		b.Mutable = b.Mutable || o.Mutable
		b.Volatile = b.Volatile || o.Volatile
		b.Shared = b.Shared || o.Shared
	}
	return b
}
