package sqlcmodel

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// edit is a change of the text that sqlc sends (source.Edit): what stands at a place is
// replaced.
type edit struct {
	at     int
	length func(rest string) int
	text   string
	named  string // of a parameter written @name
}

func exactly(old string) func(string) int { return func(string) int { return len(old) } }

// edited changes a text as source.Mutate does, from its end to its start, and reads the
// result once more.
func edited(text string, edits []edit) error {
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(b.at, a.at) })
	s := text
	for i, e := range edits {
		if e.at > len(s) || e.at < 0 {
			return &Error{Kind: Other, Message: "edit start location is out of bounds", Offset: -1}
		}
		length := e.length(s[e.at:])
		if e.at+length > len(s) {
			return &Error{Kind: Other, Message: "edit stop location is out of bounds", Offset: -1}
		}
		if i > 0 && edits[i-1].at < e.at+length {
			return &Error{Kind: Edits, Message: "2 edits overlap", Offset: -1}
		}
		s = s[:e.at] + e.text + s[e.at+length:]
	}
	if !slices.ContainsFunc(edits, func(e edit) bool { return !e.parses(text) }) {
		return nil
	}
	if err := sqltext.Parses(s); err != nil {
		return &Error{Kind: Edits, Message: "edited query syntax is invalid: " + err.Error(), Offset: -1}
	}
	return nil
}

// parses reports whether a text that parses does so with this edit, too: wherever the grammar has an operator in front of an expression it
// has a parameter, if nothing that stands beside @name becomes part of $1.
func (e edit) parses(text string) bool {
	end := e.at + 1 + len(e.named)
	return e.named != "" && end <= len(text) && text[e.at:end] == "@"+e.named &&
		(e.at == 0 || strings.IndexByte(" \t\n([,", text[e.at-1]) >= 0) && (end == len(text) || strings.IndexByte(" \t\n)],:;", text[end]) >= 0)
}

// spelled is the text of sqlc.arg(name) as rewrite.paramFromFuncCall puts it together.
func spelled(call *pg.FuncCall, name string) (string, bool) {
	function := strings.Join(texts(call.Funcname), ".")
	if len(search[*pg.A_Const](&pg.Node{Node: &pg.Node_List{List: &pg.List{Items: call.Args}}})) > 0 {
		name = "'" + name + "'"
	}
	first := location(call.Args[0])
	blanks := int(first-1-call.Location) - len(function)
	if blanks < 0 {
		return "", false
	}
	return function + strings.Repeat(" ", blanks) + "(" + name + ")", true
}

func location(n *pg.Node) int32 {
	switch e := unwrap(n).(type) {
	case *pg.ColumnRef:
		return e.Location
	case *pg.A_Const:
		return e.Location
	}
	return 0
}

// reserved are the words that sqlc puts into quotes (postgresql.IsReservedKeyword).
var reserved = words(`int4 int8 int2 float4 float8 bool bpchar timestamptz timetz all analyse analyze and any array as asc
asymmetric authorization binary both case cast check collate collation column concurrently constraint create
cross current_catalog current_date current_role current_schema current_time current_timestamp current_user
default deferrable desc distinct do else end except false fetch for foreign freeze from full grant group
having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime
localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
returning right select session_user similar some symmetric table tablesample then to trailing true union
unique user using variadic verbose when where window with`)

var plainIdent = regexp.MustCompile(`^[a-z_][a-z0-9_$]*$`)

func quoted(name string) string {
	if reserved[strings.ToLower(name)] || strings.ToLower(name) != name || !plainIdent.MatchString(name) {
		return `"` + name + `"`
	}
	return name
}

// stars are the edits that write out every star of a statement (compiler.expandStmt).
func (q *statement) stars(list []*pg.Node, tables []*table) []edit {
	var edits []edit
	for _, t := range list {
		res := t.GetResTarget()
		if ref := res.GetVal().GetColumnRef(); ref != nil && hasStar(ref) {
			edits = append(edits, q.star(res, ref, tables))
		}
	}
	return edits
}

func (q *statement) star(res *pg.ResTarget, ref *pg.ColumnRef, tables []*table) edit {
	scope := strings.Join(texts(ref.Fields), ".")
	counts := map[string]int{}
	if scope == "" {
		for _, t := range tables {
			for _, c := range t.columns {
				counts[c.Name]++
			}
		}
	}
	var columns []string
	for _, t := range tables {
		if scope != "" && scope != t.rel.name {
			continue
		}
		for _, c := range t.columns {
			name := quoted(cmp.Or(res.Name, c.Name))
			if scope != "" {
				name = quoted(scope) + "." + name
			}
			if counts[name] > 1 {
				name = quoted(t.rel.name) + "." + name
			}
			columns = append(columns, name)
		}
	}
	e := edit{at: int(res.Location), length: starLength(ref), text: strings.Join(columns, ", ")}
	if em := find(q.embeds, ref); em != nil {
		e.length = exactly("sqlc.embed(" + em.name + ")")
	}
	return e
}

// starLength measures a star in the text, whose names may have quotes.
func starLength(ref *pg.ColumnRef) func(string) int {
	return func(rest string) int {
		length := 0
		for i, f := range ref.Fields {
			name := "*"
			if s := f.GetString_(); s != nil {
				name = quoted(s.Sval)
			}
			if i > 0 {
				length++
			}
			if wrapped := `"` + name + `"`; length <= len(rest) && !strings.HasPrefix(rest[length:], name) && strings.HasPrefix(rest[length:], wrapped) {
				name = wrapped
			}
			length += len(name)
		}
		return length
	}
}
