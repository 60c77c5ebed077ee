package vet

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

const sqlDoc = `prove SQL in Go code as tenantgen proves files of queries

Statements that are handed to pgx, database/sql or sqlx as constants, also through functions of the
application, are proved to be confined to one tenant, and whatever stands in the place of the tenant's
parameter has to be an id of one. SQL that is no constant is reported: nobody proves what it says.`

// newTenantSQL makes the analyzer of statements.
func newTenantSQL(from source) *analysis.Analyzer {
	return &analysis.Analyzer{Name: "tenantsql", Doc: sqlDoc, URL: docs + "tenantsql", ResultType: resultType, FactTypes: []analysis.Fact{(*runsSQL)(nil), (*analysed)(nil)},
		Run: func(pass *analysis.Pass) (any, error) {
			s, err := from(pass)
			if err != nil || s == nil {
				return &Findings{}, err
			}
			return newSQLScan(newScan(pass, "tenantsql", s)).run(), nil
		}}
}

const docs = "https://github.com/tenantgen/tenantgen/blob/main/docs/vet.md#"

// sqlScan looks for statements.
type sqlScan struct {
	*scan
	index *index
	// helpers are the functions of this package that run a text which they are given, with the variables that hold one.
	helpers map[types.Object]*runsSQL
	calls   []*call
}

// call is a call with the function that it is in.
type call struct {
	*ast.CallExpr
	in   *ast.FuncDecl
	file *ast.File
}

func newSQLScan(s *scan) *sqlScan {
	s.out.index = newIndex(s.pass.TypesInfo, s.pass.Files)
	return &sqlScan{scan: s, index: s.out.index, helpers: map[types.Object]*runsSQL{}}
}

func (s *sqlScan) run() *Findings {
	for _, f := range s.files {
		for _, d := range f.Decls {
			in, _ := d.(*ast.FuncDecl)
			ast.Inspect(d, func(n ast.Node) bool {
				s.unsent(n, in)
				if c, ok := n.(*ast.CallExpr); ok {
					s.calls = append(s.calls, &call{c, in, f})
				}
				return true
			})
		}
	}
	s.findHelpers()
	for _, c := range s.calls {
		for _, r := range s.runs(c) {
			s.statement(c, r)
		}
		s.copied(c)
	}
	s.values()
	s.through()
	for fn, fact := range s.helpers {
		if fn, ok := fn.(*types.Func); ok {
			s.pass.ExportObjectFact(fn, fact)
		}
	}
	s.pass.ExportPackageFact(&analysed{})
	return s.done()
}

// allowed reports whether a place is declared to run SQL that is not proved.
func (s *sqlScan) allowed(c *call) bool {
	return s.declared(s.vet.SQL, c.Pos()) != nil
}

// run is a text that a call runs as SQL, with what its parameters get.
type run struct {
	texts []sql
	why   *dynamic // why the text is not known
	at    ast.Expr // of the call, that the text comes from
	args  arguments
	later bool // the arguments come later
}

// runs are the texts that a call runs: as one of a driver's functions, or as one that hands its text on.
func (s *sqlScan) runs(c *call) []run {
	fn := called(s.pass.TypesInfo, c.CallExpr)
	if fn == nil {
		return nil
	}
	if f, ok := fn.(*types.Func); ok {
		if k, ok := sinkOf(f); ok {
			if k = methodExpr(s.pass.TypesInfo, c.CallExpr, k); k.sql >= len(c.Args) {
				return []run{{why: &dynamic{c, "its arguments are what a call returns"}, at: c.CallExpr}}
			}
			if s.bound(c, k) {
				return nil
			}
			texts, why := s.index.fold(c.Args[k.sql])
			return []run{{texts: texts, why: why, at: c.Args[k.sql], args: s.arguments(c, k), later: k.later}}
		}
	}
	if fact := s.fact(fn); fact != nil {
		return s.handedOn(c, fact)
	}
	if f, ok := fn.(*types.Func); ok {
		return s.strange(c, f)
	}
	return nil
}

// methodExpr shifts the parameters where the receiver is the first: (*pgxpool.Pool).Exec(pool, ctx, …).
func methodExpr(info *types.Info, c *ast.CallExpr, k sink) sink {
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok {
		return k
	}
	if selection := info.Selections[sel]; selection != nil && selection.Kind() == types.MethodExpr {
		k.sql++
		if k.args >= 0 {
			k.args++
		}
	}
	return k
}

// statement judges what a call runs.
func (s *sqlScan) statement(c *call, r run) {
	if r.why != nil {
		s.dynamic(c, r.at, r.why)
		return
	}
	if r.args.rewritten {
		s.dynamic(c, r.at, &dynamic{r.at, "an argument makes another statement of it"})
		return
	}
	for _, text := range r.texts {
		of, one := text.owner()
		switch {
		case !one:
			s.dynamic(c, r.at, &dynamic{r.at, "parameters of several functions make it"})
		case of == nil:
			s.proved(c, r, text)
		case s.helpers[of] == nil || len(s.helpers[of].Texts) >= maxTemplates:
			s.dynamic(c, r.at, &dynamic{r.at, "there are too many texts that it may be"})
		} // otherwise whoever calls the function is judged
	}
}

// dynamic reports SQL that is no constant.
func (s *sqlScan) dynamic(c *call, at ast.Node, why *dynamic) {
	s.out.rows[c.in] = ofAnybody
	if s.allowed(c) {
		return
	}
	place := ast.Node(at)
	if file := s.pass.Fset.File(at.Pos()); file != nil && s.pass.Fset.File(why.at.Pos()) == file {
		place = why.at
	}
	end := place.End()
	if line := s.pass.Fset.Position(place.Pos()).Line; s.pass.Fset.Position(end).Line != line {
		end = lineEnd(s.pass.Fset, place.Pos(), end)
	}
	s.report(Finding{Pos: place.Pos(), End: end, Rule: dynamicSQL.Name, Func: funcName(c.in), Text: written(c.CallExpr),
		Message: "the SQL that " + callee(s.pass.TypesInfo, c.CallExpr) + " runs is no constant: " + why.why,
		Hint:    "write the statements out, one constant for each; or declare the place under options.tenantgen.vet.sql, with the reason"})
}

// lineEnd is the end of the line of a position, at most end.
func lineEnd(fset *token.FileSet, at, end token.Pos) token.Pos {
	f := fset.File(at)
	if line := f.Line(at); line < f.LineCount() {
		return min(end, f.LineStart(line+1)-1)
	}
	return end
}

// control are statements that touch no rows.
var control = []string{"BEGIN", "START TRANSACTION", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET TRANSACTION"}

// controls reports whether a text only begins or ends a transaction.
func controls(text string) bool {
	text = strings.ToUpper(strings.Join(strings.Fields(strings.TrimRight(strings.TrimSpace(text), ";")), " "))
	if strings.ContainsAny(text, ";'\"$-/") {
		return false
	}
	for _, c := range control {
		if rest, ok := strings.CutPrefix(text, c); ok && (rest == "" || rest[0] == ' ') {
			return true
		}
	}
	return false
}
