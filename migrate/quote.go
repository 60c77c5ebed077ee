package migrate

import (
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// reserved holds the words that PostgreSQL 14 to 18 do not accept as every kind
// of name, so that quote_ident quotes them: all keywords but the unreserved.
var reserved = wordSet(`
	all analyse analyze and any array as asc asymmetric authorization between
	bigint binary bit boolean both case cast char character check coalesce
	collate collation column concurrently constraint create cross
	current_catalog current_date current_role current_schema current_time
	current_timestamp current_user dec decimal default deferrable desc distinct
	do else end except exists extract false fetch float for foreign freeze from
	full grant greatest group grouping having ilike in initially inner inout
	int integer intersect interval into is isnull join json json_array
	json_arrayagg json_exists json_object json_objectagg json_query json_scalar
	json_serialize json_table json_value lateral leading least left like limit
	localtime localtimestamp merge_action national natural nchar none normalize
	not notnull null nullif numeric offset on only or order out outer overlaps
	overlay placing position precision primary real references returning right
	row select session_user setof similar smallint some substring symmetric
	system_user table tablesample then time timestamp to trailing treat trim
	true union unique user using values varchar variadic verbose when where
	window with xmlattributes xmlconcat xmlelement xmlexists xmlforest
	xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// QuoteIdent returns an identifier as SQL, quoted only where PostgreSQL needs
// it, as its quote_ident does.
func QuoteIdent(name string) string {
	if plainIdent(name) && !reserved[name] {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// plainIdent reports whether name, unquoted, reads back as itself, keywords aside.
func plainIdent(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c == '_' || 'a' <= c && c <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// QuoteName returns a name as SQL, with its schema when it has one: what it
// means must not depend on the search path of whoever runs the migration.
func QuoteName(n catalog.Name) string {
	if n.Schema == "" {
		return QuoteIdent(n.Name)
	}
	return QuoteIdent(n.Schema) + "." + QuoteIdent(n.Name)
}

// QuoteLiteral returns a string constant as SQL that means the same under
// either value of standard_conforming_strings.
func QuoteLiteral(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return "E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}

// dollarQuote returns a dollar-quote delimiter that does not occur in the body.
// The tag also tells our own DO blocks from those of the application.
func dollarQuote(body string) string {
	tag := "$tenantgen$"
	for strings.Contains(body, tag) {
		tag = tag[:len(tag)-1] + "_$"
	}
	return tag
}
