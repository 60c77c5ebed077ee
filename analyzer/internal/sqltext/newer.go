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
	{18, "ALTER", "CONSTRAINT * ^NOT", "named NOT NULL constraints of a table"},
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
			return fmt.Sprintf("%s came with PostgreSQL %d, and the parser that is built in is that of %d: write it in older syntax", n.title, n.version, builtIn)
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
