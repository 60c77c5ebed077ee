package ddl

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// aggregateParts are the functions that an aggregate consists of: it has no text of its own, and does what
// they do (PostgreSQL manual, CREATE AGGREGATE).
type aggregateParts struct {
	declared []*catalog.Function
	unknown  bool // one of them is neither PostgreSQL's nor of a schema file
}

// partNames are the parameters of CREATE AGGREGATE that name functions.
var partNames = map[string]bool{"sfunc": true, "finalfunc": true, "combinefunc": true, "serialfunc": true, "deserialfunc": true, "msfunc": true, "minvfunc": true, "mfinalfunc": true,
	"sfunc1": true, "sfunc2": true} // and those of old

// partsOf notes the functions of an aggregate, all overloads of each.
func (l *loader) partsOf(f *catalog.Function, definition []*pg.Node) {
	var p aggregateParts
	for _, n := range definition {
		d := n.GetDefElem()
		if !partNames[strings.ToLower(d.GetDefname())] {
			continue
		}
		name := parsetree.Qualified(d.GetArg().GetTypeName().GetNames())
		declared := pgtype.Resolve(l.db.Functions, name, l.path, pgtype.AnyCount).Declared
		p.declared = append(p.declared, declared...)
		if len(declared) == 0 && !harmless(name) && !pgtype.ExtensionFunction(l.db.Extensions, name.Name) && !l.trustsUnseen(name) {
			p.unknown = true
		}
	}
	l.parts[f] = p
}

// reachOf is what a function may change.
func (l *loader) reachOf(f *catalog.Function, seen seen) reach {
	if f.Kind != "aggregate" {
		return l.reach(f.Body, f.Language, seen)
	}
	r := reach{all: l.parts[f].unknown}
	for _, part := range l.parts[f].declared {
		if !seen[part] && !l.trusts(part) {
			seen[part] = true
			r.add(l.reachOf(part, seen))
		}
	}
	return r
}

// code is the text that a function runs.
func (l *loader) code(f *catalog.Function) string {
	if f.Kind != "aggregate" {
		return f.Body
	}
	text := ""
	for _, part := range l.parts[f].declared {
		if !l.trusts(part) {
			text += part.Body + "\n"
		}
	}
	return text
}
