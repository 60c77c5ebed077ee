package vet

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// proved judges a constant text that a call runs, and what its tenant's parameter gets.
func (s *sqlScan) proved(c *call, r run, text sql) {
	sent := rewritten{text: text.String()}
	switch {
	case r.args.colons:
		sent = rewriteColons(sent.text)
	case r.args.byName:
		sent = rewrite(sent.text)
	}
	if controls(sent.text) {
		return
	}
	for _, q := range s.judge(sent.text) {
		s.reads(c.in, q)
		for i, d := range q.Diagnostics {
			if s.allowed(c) {
				break
			}
			f := s.refused(c, r, text, sent, q, d)
			if i == 0 {
				f.Fixes = s.fixed(c, r, text)
			}
			s.report(f)
		}
		switch q.Verdict {
		case analyzer.CrossTenant:
			s.place(Place{Pos: c.Pos(), Kind: "go-cross-tenant", Category: q.Category, Reason: q.Reason, Name: firstLine(q.Text), Func: funcName(c.in)})
		case analyzer.OfTenants:
			s.place(Place{Pos: c.Pos(), Kind: "go-tenants", Reason: q.Reason, Name: firstLine(q.Text), Func: funcName(c.in)})
			s.tenants(c, r, sent, q)
		case analyzer.Scoped:
			s.tenants(c, r, sent, q)
		}
		s.parameters(c, r, q)
	}
}

// reads notes whose rows a function reads.
func (s *sqlScan) reads(in *ast.FuncDecl, q *analyzer.Result) {
	of := ofAnybody
	if q.Verdict == analyzer.Scoped || q.Verdict == analyzer.Global {
		of = ofTenant
	}
	s.out.rows[in] = max(s.out.rows[in], of)
}

func (s *scan) place(p Place) { s.out.Places = append(s.out.Places, p) }

func firstLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// refused is what the proof says of a statement, at its place in the Go code.
func (s *sqlScan) refused(c *call, r run, text sql, sent rewritten, q *analyzer.Result, d analyzer.Diagnostic) Finding {
	pos, end := s.span(r, text, sent, d)
	return Finding{Pos: pos, End: end, Rule: d.Rule, Severity: d.Severity, Message: d.Message, Hint: numbered(d.Hint, q), Table: d.Table, Func: funcName(c.in), Text: q.Text}
}

var namedParameter = regexp.MustCompile(`@[a-z_][a-z0-9_]*`)

// numbered writes the next number for a parameter in a hint, which has a name where the statement has no parameter yet.
func numbered(hint string, q *analyzer.Result) string {
	next := 1
	for _, p := range q.Params {
		if p.Name != "" {
			return hint
		}
		next = max(next, p.Number+1)
	}
	return namedParameter.ReplaceAllLiteralString(hint, fmt.Sprintf("$%d", next))
}

// span is where a finding stands in the Go code: in the literal, or else where the text comes from.
func (s *sqlScan) span(r run, text sql, sent rewritten, d analyzer.Diagnostic) (token.Pos, token.Pos) {
	start, end := sent.before(offset(sent.text, d.Line, d.Column)), sent.before(offset(sent.text, d.EndLine, d.EndColumn))
	pos := text.pos(start)
	if !pos.IsValid() || s.pass.Fset.File(pos) == nil {
		return r.at.Pos(), r.at.End()
	}
	if end > start {
		if last := text.pos(end - 1); last >= pos {
			return pos, last + 1
		}
	}
	return pos, pos + 1
}

// offset is that of a line and a column, which counts characters from 1.
func offset(text string, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			return len(text)
		}
		at += i + 1
	}
	for i := range text[at:] {
		if column--; column == 0 {
			return at + i
		}
	}
	return len(text)
}

// tenants holds what the tenants' parameters get to be ids of tenants.
func (s *sqlScan) tenants(c *call, r run, sent rewritten, q *analyzer.Result) {
	for level, number := range q.Tenants {
		switch {
		case number == query.BySetting:
			s.untyped(c, r.at, q, "the statement leaves the tenant column to its default, which nothing sets here", "give it a parameter, and the tenant's id")
		case number <= 0 || s.vet.PlainIDs != "":
		case len(s.ids) == 0:
			s.untyped(c, r.at, q, "nobody knows whose rows it touches: tenants' ids have no type", "name it in options.tenantgen.vet.id_types; or say in plain_ids why there is none")
		default:
			s.tenantArgument(c, r, sent, q, level, number)
		}
	}
}

// tenantArgument holds the argument of a tenant's parameter to be an id.
func (s *sqlScan) tenantArgument(c *call, r run, sent rewritten, q *analyzer.Result, level, number int) {
	param := sent.param(number)
	name, byName := sent.name(number)
	if n := paramName(q, number); n != "" {
		param, name, byName = "@"+n, n, true // which nothing replaces
	}
	a, ok := argument{}, false
	if byName {
		a, ok = r.args.named[name]
	} else if number <= len(r.args.list) {
		a, ok = r.args.list[number-1], true
	}
	hint := "hand it an id, of type " + s.idType(level) + ", or what its methods return"
	switch {
	case r.later:
		s.untyped(c, r.at, q, "the argument of "+param+", the tenant, is given to the prepared statement later, which nobody follows", "run the statement with its arguments")
	case r.args.unseen, !ok && r.args.rest != nil:
		s.untyped(c, r.at, q, "nobody sees what "+param+", the tenant, gets", "write the arguments out")
	case !ok:
		s.untyped(c, r.at, q, param+", the tenant, gets no argument", hint)
	case a.expr == nil && a.level != level:
		s.untyped(c, r.at, q, param+", the tenant, gets "+a.name+", which is no id of a tenant", hint)
	case a.expr != nil:
		if l, is := s.tenant(a.expr, 0); !is || l != level {
			s.untyped(c, a.expr, q, param+", the tenant, gets "+written(a.expr)+", which is no id of a tenant", hint)
		}
	}
}

// untyped reports an argument that is no id of a tenant, unless the place is declared.
func (s *sqlScan) untyped(c *call, at ast.Node, q *analyzer.Result, message, hint string) {
	if s.allowed(c) {
		return
	}
	s.report(Finding{Pos: at.Pos(), End: at.End(), Rule: untypedTenant.Name, Message: message, Hint: hint, Func: funcName(c.in), Text: q.Text})
}

// idType is the name of the type of ids of a level.
func (s *settings) idType(level int) string {
	found := ""
	for name, l := range s.ids {
		if l == level && (found == "" || name < found) {
			found = name
		}
	}
	return found[strings.LastIndexByte(found, '/')+1:]
}

func paramName(q *analyzer.Result, number int) string {
	for _, p := range q.Params {
		if p.Number == number {
			return p.Name
		}
	}
	return ""
}

var sqlcCall = regexp.MustCompile(`(?i)\bsqlc\s*\.`)

// parameters reports named parameters that nobody replaces: to PostgreSQL, @org_id is the absolute value of a column.
func (s *sqlScan) parameters(c *call, r run, q *analyzer.Result) {
	for _, p := range q.Params {
		if p.Name == "" {
			continue
		}
		if s.allowed(c) {
			return
		}
		message := "nothing replaces @" + p.Name + ", which PostgreSQL takes for the absolute value of a column"
		if sqlcCall.MatchString(q.Text) {
			message = "parameters of sqlc mean nothing outside of its files"
		}
		s.report(Finding{Pos: r.at.Pos(), End: r.at.End(), Rule: dynamicSQL.Name, Message: message, Func: funcName(c.in), Text: q.Text,
			Hint: "write $1, $2 and so on, or hand the arguments over as pgx.NamedArgs, written out"})
		return
	}
}

// copied judges the rows that pgx's CopyFrom writes.
func (s *sqlScan) copied(c *call) {
	fn, ok := called(s.pass.TypesInfo, c.CallExpr).(*types.Func)
	if !ok || fn.Name() != "CopyFrom" || fn.Signature().Params().Len() != 4 || len(c.Args) != 4 {
		return
	}
	if n := namedType(fn.Signature().Params().At(1).Type()); n == nil || n.Obj().Name() != "Identifier" || !ofDriver(n) {
		return
	}
	table, ok1 := s.names(c.Args[1])
	columns, ok2 := s.names(c.Args[2])
	if !ok1 || !ok2 || len(table) == 0 || len(columns) == 0 {
		s.dynamic(c, c.CallExpr, &dynamic{c.Args[1], "its table or its columns are not written out"})
		return
	}
	var params []string
	for i := range columns {
		params = append(params, fmt.Sprintf("$%d", i+1))
	}
	text := "INSERT INTO " + strings.Join(table, ".") + " (" + strings.Join(columns, ", ") + ") VALUES (" + strings.Join(params, ", ") + ")"
	for _, q := range s.judge(text) {
		for _, d := range q.Diagnostics {
			if s.allowed(c) {
				break
			}
			s.report(Finding{Pos: c.Args[1].Pos(), End: c.Args[1].End(), Rule: d.Rule, Severity: d.Severity, Message: d.Message, Hint: d.Hint, Table: d.Table, Func: funcName(c.in), Text: text})
		}
		if q.Verdict == analyzer.Scoped {
			s.untyped(c, c.Args[3], q, "nobody sees whose rows are copied into "+strings.Join(table, "."), "insert them with the tenant's id as a parameter, or declare the place under options.tenantgen.vet.sql")
		}
	}
}

// names are constants of a list that is written out, quoted as in SQL.
func (s *sqlScan) names(e ast.Expr) ([]string, bool) {
	lit, ok := ast.Unparen(s.only(e)).(*ast.CompositeLit)
	if !ok {
		return nil, false
	}
	var all []string
	for _, elt := range lit.Elts {
		text, ok := s.index.constant(elt)
		if !ok {
			return nil, false
		}
		all = append(all, `"`+strings.ReplaceAll(text, `"`, `""`)+`"`)
	}
	return all, true
}
