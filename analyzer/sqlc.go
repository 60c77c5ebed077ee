package analyzer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqlcmodel"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/config"
)

// SQLC knows of the queries of one schema what sqlc refuses and which of their columns it
// gives a Go type that cannot hold the NULL that they may have. It runs nothing. No proof
// rests on what it says.
type SQLC struct {
	model *sqlcmodel.Model
	types sqlcmodel.GoTypes
	names goNames
	// unused tells that sqlc leaves out models that no query uses.
	unused, querier bool
	// database is true where sqlc asks a database what it cannot infer.
	database bool
}

// NewSQLC reads the schema files as sqlc does, whole as they are in the order in which sqlc
// reads them. It returns what sqlc refuses of them. Whether there are repositories decides which names have to be exported.
func NewSQLC(files []SchemaFile, db *catalog.Database, entry config.SQL, repositories bool) (*SQLC, []Diagnostic) {
	s := sqlcOf(entry, repositories)
	s.model = sqlcmodel.New(options(entry), schemaFacts{db})
	var ds []Diagnostic
	for _, f := range files {
		src := newSource(f.Path, f.Text)
		for _, e := range s.model.Apply(f.Text) {
			d := src.diagnostic("", sqlcRefusal(e, query.Span{Start: e.Offset, End: e.Offset + 1}))
			ds = append(ds, d)
		}
	}
	return s, ds
}

// For is what s knows of the schema for another entry of the same files.
func (s *SQLC) For(entry config.SQL) *SQLC {
	other := sqlcOf(entry, s.names.repositories)
	other.model = s.model.With(options(entry))
	return other
}

// sqlcOf is what the options of an entry say.
func sqlcOf(entry config.SQL, repositories bool) *SQLC {
	return &SQLC{types: goTypes(entry.Go), names: goNamesOf(entry.Go, repositories), unused: entry.Go.OmitUnusedStructs,
		querier: entry.Go.EmitInterface, database: entry.Database.Line > 0}
}

func options(entry config.SQL) sqlcmodel.Options {
	return sqlcmodel.Options{StrictFunctions: entry.StrictFunctionChecks, LooseOrder: entry.LooseOrderBy}
}

func goTypes(g config.Go) sqlcmodel.GoTypes {
	types := sqlcmodel.GoTypes{PGX5: g.SQLPackage == "" || g.SQLPackage == "pgx/v5"}
	for _, o := range g.Overrides {
		if o.Engine != "" && o.Engine != "postgresql" || o.GoType == (config.GoType{}) {
			continue
		}
		m := sqlcmodel.Override{DBType: o.DBType, Column: o.Column, Nullable: o.Nullable, Pointer: o.GoType.Pointer || o.GoType.Slice}
		m.Go = o.GoType.Type
		if o.GoType.Spec != "" {
			m.Go = o.GoType.Spec[strings.LastIndexByte(o.GoType.Spec, '/')+1:]
		} else if o.GoType.Import != "" {
			m.Go = cmp.Or(o.GoType.Package, o.GoType.Import[strings.LastIndexByte(o.GoType.Import, '/')+1:]) + "." + o.GoType.Type
		}
		types.Overrides = append(types.Overrides, m)
	}
	return types
}

// schemaFacts is what the catalog says of NULL and of foreign keys.
type schemaFacts struct{ db *catalog.Database }

func (f schemaFacts) NotNull(schema, table, column string) (notNull, known bool) {
	t := f.db.Table(catalog.Name{Schema: schema, Name: table})
	if t == nil || t.Unsure != "" || t.Replaced {
		return false, false
	}
	c := t.Column(column)
	if c == nil {
		return false, false
	}
	// A domain may have a NOT NULL of its own.
	return c.NotNull, c.NotNull || c.Type.Name.Schema == "pg_catalog" || c.Value.Kind == "enum" && c.Value.Type == c.Type.Name
}

func (f schemaFacts) Refers(schema, table string, columns []string, toSchema, toTable string, toColumns []string) bool {
	t := f.db.Table(catalog.Name{Schema: schema, Name: table})
	if t == nil {
		return false
	}
	return slices.ContainsFunc(t.Foreign, func(k *catalog.ForeignKey) bool {
		if k.RefTable != (catalog.Name{Schema: toSchema, Name: toTable}) {
			return false
		}
		for i, c := range k.Columns {
			at := slices.Index(columns, c)
			if col := t.Column(c); col == nil || !col.NotNull || i < len(k.RefColumns) && (at < 0 || toColumns[at] != k.RefColumns[i]) {
				// A column that the condition compares with something else, as the tenant is with
				// its parameter, is none of those that lead to the row.
				if at >= 0 || col == nil || !col.NotNull {
					return false
				}
			}
		}
		return slices.ContainsFunc(k.Columns, func(c string) bool { return slices.Contains(columns, c) })
	})
}

// file adds to the results of a query file what sqlc makes of the statements that are not
// refused. It is the last to read their trees, which it changes.
func (s *SQLC) file(src *source, units []*sqltext.Unit, results []*Result) {
	if s == nil {
		return
	}
	for i, r := range results {
		u := units[i]
		if r.Verdict == Rejected || u.Base != 0 { // it is written anew, or its file does not parse
			continue
		}
		q := s.model.Predict(src.text, u)
		r.TenantTypes = s.tenantTypes(q, r)
		found := s.findings(q, u)
		if len(found) == 0 && u.Name != "" {
			found = s.names.findings(u, q, r)
		}
		for _, f := range found {
			r.Diagnostics = append(r.Diagnostics, src.diagnostic(r.Name, f))
		}
		for _, c := range q.Columns {
			if f, ok := s.null(q, c); ok {
				d := src.diagnostic(r.Name, f)
				if c.Null.Doubt {
					d.Severity = Warning
				}
				r.Diagnostics = append(r.Diagnostics, d)
			}
		}
		slices.SortStableFunc(r.Diagnostics, func(x, y Diagnostic) int {
			return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
		})
	}
}

func (s *SQLC) findings(q *sqlcmodel.Query, u *sqltext.Unit) []finding.Finding {
	switch {
	case q.Error != nil:
		at := u.Span
		if q.Error.Offset >= 0 {
			at = query.Span{Start: q.Error.Offset, End: q.Error.Offset + 1}
		}
		if s.database && q.Error.Lifted {
			return nil
		}
		return []finding.Finding{sqlcRefusal(q.Error, at)}
	case q.Name == "":
		return []finding.Finding{{Rule: "sqlc-refuses", Pos: u.Span, Message: "sqlc leaves this statement out: it has no name",
			Hint: "write -- name: Name :command in a line of its own in front of it, spelled exactly so, with :one, :many, :exec or another command of sqlc's"}}
	case q.Unread && q.Parameters:
		return []finding.Finding{{Rule: "sqlc-refuses", Pos: u.Span, Message: "sqlc does not read MERGE: it finds no parameter in it, and sends the text as it is",
			Hint: "write INSERT … ON CONFLICT (…) DO UPDATE SET …, or an UPDATE and an INSERT … SELECT … WHERE NOT EXISTS (…)"}}
	}
	return nil
}

// tenantTypes are what sqlc takes the tenant parameters of a query for.
func (s *SQLC) tenantTypes(q *sqlcmodel.Query, r *Result) []string {
	var list []string
	for _, number := range r.Tenants {
		kind := ""
		if i := slices.IndexFunc(q.Params, func(p *sqlcmodel.Parameter) bool { return p.Number == number }); number > 0 && i >= 0 {
			kind = s.model.Kind(s.types, q.Params[i].Column)
		}
		list = append(list, kind)
	}
	return list
}

// Duplicates reports, of all queries of an entry, those of a name that an earlier one has.
func (s *SQLC) Duplicates(results []*Result) {
	first := map[string]*Result{}
	for _, r := range results {
		if r.Name == "" || r.Verdict == Rejected {
			continue
		}
		f := first[r.Name]
		if f == nil {
			first[r.Name] = r
			continue
		}
		r.Diagnostics = append(r.Diagnostics, Diagnostic{Rule: "sqlc-refuses", Severity: Error, Query: r.Name, File: r.File, Line: r.Line, Column: 1, EndLine: r.Line, EndColumn: 2,
			Message: "sqlc refuses it: duplicate query name: " + r.Name, Hint: fmt.Sprintf("%s:%d has that name: give one of the two another", f.File, f.Line)})
	}
}
