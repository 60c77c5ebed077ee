package tenantgen

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
)

// escapes reports whether a function that a query may run, itself or by others, could get past the
// policies: it has rights or settings of its own, its code could set another tenant, or it reads
// what has no policies. Names decide, as they do for fingerprint.
func escapes(u *Unit, q *analyzer.Result) bool {
	// A function that nobody vouches for may call one with its owner's rights by any way.
	if slices.ContainsFunc(u.Schema.Functions, func(f *catalog.Function) bool { return f.SecurityDefiner }) {
		return true
	}
	t := touch(u.Schema, q.Text)
	open := rules.OwnerViews(u.Schema, u.Tenancy)
	for o := range t.seen {
		switch o := o.(type) {
		case *catalog.Function:
			set := func(setting string) bool { return !strings.HasPrefix(setting, "search_path=") }
			if o.Unseen || o.Body == "" && o.Kind == "function" || slices.ContainsFunc(o.DefaultCalls, func(n catalog.Name) bool { return unpoliced(strings.ToLower(n.Name)) }) || slices.ContainsFunc(o.Settings, set) || o.Kind == "function" && o.Language != "sql" && o.Language != "plpgsql" || slices.ContainsFunc(words(o.Body), unpoliced) {
				return true
			}
		case *catalog.View:
			if slices.Contains(open, o) {
				return true
			}
		}
	}
	return false
}

// words are what may be a name or a key word in a text, also within its strings.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// unpolicedWords are those by which code changes settings, runs SQL that it makes, or reads what
// belongs to no table: sequences, the session, system columns and catalogs.
var unpolicedWords = []string{"set", "reset", "discard", "execute", "set_config", "setval", "currval", "lastval", "last_value", "ts_stat", "ts_rewrite",
	"information_schema", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "u"}

// unpoliced reports whether a word of a function's body is one of those, or of a family of such functions. SET
// is also a part of UPDATE: who wants a method then vouches for the function. u is what U&"…" begins with.
func unpoliced(word string) bool {
	return slices.Contains(unpolicedWords, word) || strings.HasPrefix(word, "pg_") && word != "pg_catalog" || strings.HasPrefix(word, "lo_") ||
		strings.HasPrefix(word, "dblink") || strings.Contains(word, "_to_xml")
}
