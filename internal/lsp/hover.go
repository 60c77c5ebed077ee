package lsp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
)

// hover shows what stands at a position: a directive of ours and what it means; whose rows a table
// has; the verdict on the query, with the whole proof.
func (s *server) hover(_ context.Context, p atPosition) (any, error) {
	d := s.open[p.TextDocument.URI]
	if d == nil {
		return nil, nil
	}
	line := d.line(p.Position.Line)
	if said := directed(line); said != "" {
		return hover{markup{"markdown", said}, span{d.at(p.Position.Line+1, 1), d.end(p.Position.Line + 1)}}, nil
	}
	q := s.query(d, p.Position.Line)
	if q == nil {
		return nil, nil
	}
	said := proof(q)
	if s.editing != nil {
		if whose := s.editing.Whose(named(q, wordAt(line, len(d.upTo(p.Position))))); whose != "" {
			said = whose + "\n\n---\n\n" + said
		}
	}
	return hover{markup{"markdown", said}, span{d.at(q.Line, 1), d.end(lastLine(q, d))}}, nil
}

// proof says of a query what was proved, and why, or what was not.
func proof(q *analyzer.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** is %s\n", q.Name, strings.ReplaceAll(string(q.Verdict), "_", "-"))
	switch q.Verdict {
	case analyzer.Scoped, analyzer.OfTenants:
		for _, r := range q.Relations {
			fmt.Fprintf(&b, "\n- rows of `%s` (line %d)", alias(r), r.Line)
			reasons(&b, r.Reasons(), "  ")
		}
		for _, a := range q.Assumes {
			fmt.Fprintf(&b, "\n- assumes that %s", a.Text)
		}
	case analyzer.CrossTenant:
		fmt.Fprintf(&b, "\n%s: %s\n", q.Category, q.Reason)
	}
	for _, f := range q.Diagnostics {
		fmt.Fprintf(&b, "\n- %s: %s", f.Rule, f.Message)
		if f.Hint != "" {
			fmt.Fprintf(&b, "\n  (%s)", f.Hint)
		}
	}
	return b.String()
}

// reasons writes the steps of a proof, those that they rest on below them.
func reasons(b *strings.Builder, all []analyzer.Reason, indent string) {
	for _, r := range all {
		fmt.Fprintf(b, "\n%s- %s", indent, r.Text)
		if r.Line > 0 {
			fmt.Fprintf(b, " (line %d)", r.Line)
		}
		reasons(b, r.Because, indent+"  ")
	}
}

func alias(r analyzer.Relation) string {
	if r.Alias == r.Table {
		return r.Table
	}
	return r.Table + " " + r.Alias
}

// directed says what a directive on a line means, "" without one.
func directed(line string) string {
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), crossing)
	if !ok {
		return ""
	}
	category, reason, _ := strings.Cut(rest, " ")
	i := slices.Index(analyzer.Categories, category)
	if i < 0 || strings.TrimSpace(reason) == "" {
		return "`-- tenantgen:cross-tenant <category> <reason>` declares that the query below reaches across tenants. The categories are " + strings.Join(analyzer.Categories, ", ") + "."
	}
	return "The query below reaches across tenants (" + category + "): " + strings.TrimSpace(reason) +
		"\n\nIt is no method of the repositories, but one of `CrossTenant(reason)`, which has a pool of its own; `tenantgen audit` lists it."
}

// named is the table that a name stands for in a query: that of an alias, or its own.
func named(q *analyzer.Result, word string) string {
	alias, _, _ := strings.Cut(word, ".")
	for _, r := range q.Relations {
		if r.Alias == alias {
			return r.Table
		}
	}
	return word
}

// wordAt is the name that stands at an offset of a line, "" where none does.
func wordAt(line string, at int) string {
	part := func(r rune) bool {
		return r == '_' || r == '.' || r == '"' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80
	}
	start := strings.LastIndexFunc(line[:min(at, len(line))], func(r rune) bool { return !part(r) }) + 1
	end := strings.IndexFunc(line[start:], func(r rune) bool { return !part(r) })
	if end < 0 {
		return line[start:]
	}
	return line[start : start+end]
}
