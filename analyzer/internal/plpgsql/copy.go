package plpgsql

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// withoutCopy writes NEW for the record that a trigger copies NEW into before anything
// else, as Hasura's functions do:
//
//	DECLARE _new record;
//	BEGIN
//	  _new := NEW;
//	  _new.updated_at = now();
//	  RETURN _new;
//
// libpg_query knows no fields of records that are declared. What is done to the copy then
// counts as done to NEW, which may be more than what is returned, and never less: another
// assignment to the whole copy is one to NEW, which is not read.
func withoutCopy(body string) string {
	toks := tokens(body)
	word := func(i int) string {
		if i < 0 || i >= len(toks) {
			return ""
		}
		return strings.ToLower(toks[i].Text(body))
	}
	at := func(i int, words ...string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { i++; return word(i-1) != w })
	}
	begin := slices.IndexFunc(toks, func(t sqllex.Token) bool { return strings.EqualFold(t.Text(body), "begin") })
	if begin < 0 {
		return body
	}
	name := word(begin + 1)
	length := 0
	switch { // := is two tokens here
	case at(begin+2, ":", "=", "new", ";"):
		length = 5
	case at(begin+2, "=", "new", ";"):
		length = 4
	default:
		return body
	}
	for i := range begin {
		if word(i) == name && name != "new" && name != "old" && at(i+1, "record", ";") && (word(i-1) == "declare" || word(i-1) == ";") {
			return renamed(body, toks, name, i, begin+1, length)
		}
	}
	return body
}

// renamed blanks the declaration and the copying and writes NEW for the name elsewhere;
// lines stay what they are.
func renamed(body string, toks []sqllex.Token, name string, declared, copied, length int) string {
	var b strings.Builder
	end := 0
	for i, t := range toks {
		b.WriteString(body[end:t.Start])
		end = t.End
		field := i > 0 && toks[i-1].Text(body) == "."
		switch {
		case i >= declared && i < declared+3 || i >= copied && i < copied+length:
			b.WriteString(" ")
		case t.Kind == sqllex.Word && strings.EqualFold(t.Text(body), name) && !field:
			b.WriteString("NEW")
		default:
			b.WriteString(t.Text(body))
		}
	}
	return b.String() + body[end:]
}
