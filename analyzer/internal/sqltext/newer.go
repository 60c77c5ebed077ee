package sqltext

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// newer is syntax that PostgreSQL has got since the version whose parser is built in: words that stand at the place where
// that parser stops and before it, and one that the statement has (PostgreSQL 17 and 18, Release Notes).
var newer = []struct {
	version int
	has     string // a word that the statement has, "" for any
	words   string // "^" marks the one at which the parser stops
	title   string
}{
	{17, "MERGE", "^RETURNING", "MERGE … RETURNING"},
	{17, "MERGE", "MATCHED ^BY", "MERGE … WHEN NOT MATCHED BY SOURCE"},
	{17, "ALTER", "SET ^EXPRESSION", "ALTER COLUMN … SET EXPRESSION"},
	{17, "JSON_TABLE", "^COLUMNS", "JSON_TABLE"},
	{17, "JSON_TABLE", "^PASSING", "JSON_TABLE"},
	{17, "JSON_TABLE", "^AS", "JSON_TABLE"},
	{17, "JSON_EXISTS", "^PASSING", "JSON_EXISTS … PASSING"},
	{17, "JSON_QUERY", "^PASSING", "JSON_QUERY … PASSING"},
	{17, "JSON_QUERY", "^RETURNING", "JSON_QUERY … RETURNING"},
	{17, "JSON_QUERY", "^WITH", "JSON_QUERY … WITH WRAPPER"},
	{17, "JSON_QUERY", "^WITHOUT", "JSON_QUERY … WITHOUT WRAPPER"},
	{17, "JSON_QUERY", "^NULL", "JSON_QUERY … ON EMPTY"},
	{17, "JSON_QUERY", "^ERROR", "JSON_QUERY … ON EMPTY"},
	{17, "JSON_VALUE", "^PASSING", "JSON_VALUE … PASSING"},
	{17, "JSON_VALUE", "^RETURNING", "JSON_VALUE … RETURNING"},
	{17, "JSON_VALUE", "^DEFAULT", "JSON_VALUE … ON EMPTY"},
	{17, "JSON_VALUE", "^ERROR", "JSON_VALUE … ON EMPTY"},
	{17, "JSON_VALUE", "^NULL", "JSON_VALUE … ON EMPTY"},
	{17, "", "JSON ( ^", "JSON()"},
	{18, "", "RETURNING ^WITH", "RETURNING WITH (OLD AS …)"},
	{18, "", "^VIRTUAL", "virtual generated columns"},
	{18, "", "^ENFORCED", "constraints that are NOT ENFORCED"},
	{18, "", "NOT ^ENFORCED", "constraints that are NOT ENFORCED"},
	{18, "OVERLAPS", "^WITHOUT", "temporal keys, WITHOUT OVERLAPS"},
	{18, "KEY", "PERIOD ^", "temporal keys, PERIOD"},
	{18, "", "CONSTRAINT * ^NOT", "named NOT NULL constraints of a table"},
	{18, "ALTER", "ADD ^NOT", "NOT NULL constraints of a table"},
	{18, "ALTER", "CONSTRAINT * ^INHERIT", "ALTER CONSTRAINT … INHERIT"},
	{18, "GENERATED", ") ^)", "generated columns without STORED, which are virtual,"},
	{18, "GENERATED", ") ^,", "generated columns without STORED, which are virtual,"},
	{18, "", "VACUUM ^ONLY", "VACUUM ONLY"},
	{18, "", "ANALYZE ^ONLY", "ANALYZE ONLY"},
	{17, "", "AT ^LOCAL", "AT LOCAL"},
	{17, "ALTER", "METHOD ^DEFAULT", "SET ACCESS METHOD DEFAULT"},
	{17, "JSON_SERIALIZE", "^RETURNING", "JSON_SERIALIZE"},
	{17, "JSON", "^WITH", "JSON()"},
	{17, "JSON", "^WITHOUT", "JSON()"},
}

// newerCalls is syntax of later versions that the parser takes for calls of functions: forms of the
// grammar, which no function of that name stands behind (PostgreSQL 17, Release Notes, E.9.3.4).
var newerCalls = map[string]string{
	"json_value": "JSON_VALUE", "json_query": "JSON_QUERY", "json_exists": "JSON_EXISTS", "json_table": "JSON_TABLE",
	"json_scalar": "JSON_SCALAR", "json_serialize": "JSON_SERIALIZE", "json": "JSON()", "merge_action": "merge_action()",
}

// NewerCall says of the name of an unknown function that it is syntax of a later version; "" when it is none.
func NewerCall(name string) string {
	if newerCalls[name] == "" {
		return ""
	}
	return came(newerCalls[name], 17)
}

// NewerRow says of a name that stands for no relation, in RETURNING, that it is syntax of a later
// version: old and new (PostgreSQL 18, Release Notes); "" when it is none.
func NewerRow(name string) string {
	if name != "old" && name != "new" {
		return ""
	}
	return "in RETURNING, " + came(name+".…", 18)
}

func came(title string, version int) string {
	return fmt.Sprintf("%s came with PostgreSQL %d, and the parser that is built in is that of %d: write it in older syntax", title, version, builtIn)
}

// builtIn is the version whose parser is built in (pg_query_go v5).
const builtIn = 16

// Newer says of a statement at which the parser stops at an offset what newer syntax it seems to have; "" for none.
func Newer(statement string, offset int) string {
	var words []string
	at := -1
	for _, t := range sqllex.Lex(statement) {
		text := strings.ToUpper(t.Text(statement))
		if strings.TrimSpace(text) == "" || strings.HasPrefix(text, "--") || strings.HasPrefix(text, "/*") {
			continue
		}
		if text == ";" && at >= 0 {
			break
		}
		if text == ";" {
			words = nil // of an earlier statement
			continue
		}
		if t.Start <= offset && offset < t.End {
			at = len(words)
		}
		words = append(words, text)
	}
	if at < 0 {
		return ""
	}
	for _, n := range newer {
		if (n.has == "" || slices.Contains(words, n.has)) && matches(words[:at+1], strings.Fields(n.words)) {
			return came(n.title, n.version)
		}
	}
	return ""
}

// matches reports whether words end in what pattern says.
func matches(words, pattern []string) bool {
	if len(words) < len(pattern) {
		return false
	}
	words = words[len(words)-len(pattern):]
	for i, p := range pattern {
		if p = strings.TrimPrefix(p, "^"); p != "" && p != "*" && p != words[i] {
			return false
		}
	}
	return true
}
