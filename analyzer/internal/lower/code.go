package lower

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// judge refuses functions that run unseen and that nobody vouched for.
func (l *lowerer) judge(calls []catalog.Name, at int32) {
	x := &exprs{l: l, sc: &scope{}}
	for i, fn := range calls {
		if slices.Contains(calls[:i], fn) {
			continue
		}
		x.function(fullName(fn), at)
	}
}

// typeRef resolves a type name as written in a query, where it stands for making a value
// of the type.
func (l *lowerer) typeRef(t *pg.TypeName) catalog.TypeRef {
	l.typeShape(t)
	names := parsetree.Strings(t.GetNames())
	if len(names) == 0 || t.GetSetof() || t.GetPctType() {
		return catalog.TypeRef{Array: len(t.GetArrayBounds()) > 0, Modified: len(t.GetTypmods()) > 0}
	}
	ref := l.namedType(parsetree.Qualified(t.GetNames()))
	ref.Array = ref.Array || len(t.GetArrayBounds()) > 0
	ref.Modified = len(t.GetTypmods()) > 0
	l.makes(ref, t.GetLocation())
	return ref
}

// namedType finds the type that a name means: pg_catalog is searched first unless the path
// has it, every table and view is a type, and _x is the array of x.
func (l *lowerer) namedType(n catalog.Name) catalog.TypeRef {
	path := []string{n.Schema}
	if n.Schema == "" {
		path = l.path
		if !slices.Contains(path, pgtype.SystemSchema) {
			path = append([]string{pgtype.SystemSchema}, path...)
		}
	}
	for _, s := range path {
		if full := (catalog.Name{Schema: s, Name: n.Name}); l.hasType(full) {
			return catalog.TypeRef{Name: full}
		}
		if of, array := strings.CutPrefix(n.Name, "_"); array && l.hasType(catalog.Name{Schema: s, Name: of}) {
			return catalog.TypeRef{Name: catalog.Name{Schema: s, Name: of}, Array: true}
		}
	}
	return catalog.TypeRef{Name: n}
}

func (l *lowerer) hasType(n catalog.Name) bool {
	if n.Schema == pgtype.SystemSchema {
		return pgtype.BuiltinTypes[n.Name]
	}
	return l.db.Type(n) != nil || l.db.Table(n) != nil || l.db.View(n) != nil
}

// makes refuses a value of a type whose checks run functions that nobody vouched for.
func (l *lowerer) makes(t catalog.TypeRef, at int32) {
	l.judge(l.making(t), at)
	l.sees(t, at)
}

// making lists the functions that making a value of a type runs.
func (l *lowerer) making(t catalog.TypeRef) []catalog.Name {
	if u := l.db.Type(t.Name); u != nil {
		return u.Calls
	}
	if u := l.db.Table(t.Name); u != nil {
		return u.RowCalls
	}
	if v := l.db.View(t.Name); v != nil {
		return v.RowCalls
	}
	return nil
}

// sees notes that the statement has values of a type, for what PostgreSQL runs for them.
func (l *lowerer) sees(t catalog.TypeRef, at int32) {
	if len(l.db.Support) == 0 || t.Name.Schema == pgtype.SystemSchema {
		return
	}
	if l.seen == nil {
		l.seen = map[catalog.Name]query.Span{}
	}
	parts := []catalog.Name{t.Name}
	if l.db.View(t.Name) != nil { // its row may have any type
		for _, u := range l.db.Types {
			parts = append(parts, u.Name)
		}
	}
	pos := l.token(at)
	if l.via != nil {
		pos = l.via.at
	}
	for _, p := range append(parts, l.db.Parts(t)...) {
		if _, ok := l.seen[p]; !ok {
			l.seen[p] = pos
		}
	}
}

// supports refuses what PostgreSQL runs by itself for the types that the statement has
// values of, when all of it is lowered.
func (l *lowerer) supports() {
	types := make([]catalog.Name, 0, len(l.seen))
	for name := range l.seen {
		types = append(types, name)
	}
	if len(l.spread) > 0 && len(l.domains) > 0 {
		l.via = &via{what: "a value of a domain", at: l.spread[0]}
		l.judge(l.domains, -1)
		l.via = nil
	}
	for _, s := range l.db.Support {
		if !s.Concerns(types) {
			continue
		}
		for _, t := range s.Types {
			if pos := l.seen[t.Name]; pos.Known() {
				l.via = &via{what: s.What, at: pos}
			}
		}
		l.judge(s.Calls, -1)
		l.via = nil
	}
}

// spreads notes a construct that may make a literal or a field a value of a domain because
// a column beside it is one, as in lag(title, 1, 'x').
func (l *lowerer) spreads(at int32) {
	pos := l.token(at)
	if !pos.Known() {
		pos = query.Span{Start: l.start, End: l.start + 1}
	}
	l.spread = append(l.spread, pos)
}

// spreading are the built-in functions of which one parameter takes the type of another,
// or that make rows of the type of a row; so do those whose names begin with array_.
var spreading = sqltext.Words("lag lead width_bucket json_populate_record json_populate_recordset jsonb_populate_record jsonb_populate_recordset")

// polymorphic reports a parameter whose type follows from the arguments.
func polymorphic(a catalog.Arg) bool {
	return a.Type.Name.Schema == pgtype.SystemSchema && strings.HasPrefix(a.Type.Name.Name, "any")
}

// signature refuses a call that makes values of types whose checks run functions: of its
// parameters and results, and of a type that goes by the same name, to which the call may
// be a cast (PostgreSQL manual, 10.3).
func (l *lowerer) signature(full []string, at int32) {
	if len(full) == 0 {
		return
	}
	name := full[len(full)-1]
	if spreading[name] || strings.HasPrefix(name, "array_") {
		l.spreads(at)
	}
	for _, fn := range l.db.Functions {
		if fn.Name.Name != name {
			continue
		}
		l.makes(fn.Returns, at)
		if slices.ContainsFunc(fn.Args, polymorphic) {
			l.spreads(at)
		}
		for _, a := range fn.Args {
			l.makes(a.Type, at)
		}
	}
	for _, s := range l.db.Schemas {
		if n := (catalog.Name{Schema: s, Name: name}); l.hasType(n) {
			l.makes(catalog.TypeRef{Name: n}, at)
		}
	}
}

// holds refuses a table whose policies run functions that nobody vouched for, and notes
// the types of its columns. Beside a column that is an array or row of a domain, or a
// range over one, a literal is made one too, as in tags = '{x}'.
func (l *lowerer) holds(t *catalog.Table, at int32) {
	for _, c := range t.Columns {
		l.sees(c.Type, at)
		if u := l.db.Type(c.Type.Name); c.Type.Array || u == nil || u.Kind != "domain" {
			l.judge(l.making(c.Type), at)
		} else {
			l.domains = append(l.domains, u.Calls...)
		}
	}
	if t.RLS {
		l.judge(t.PolicyCalls, at)
	}
	l.planned(t, at)
}
