package vet

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"reflect"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/tenantgen/tenantgen/analyzer"
)

// Finding is what an analyzer reports.
type Finding struct {
	Pos, End token.Pos
	// Analyzer is whose finding it is, Rule one of the proof's rules or of Rules.
	Analyzer, Rule string
	Severity       analyzer.Severity
	Message, Hint  string
	Table          string // that it is about, "" for none
	// Func is the function or method it is in, "" outside of functions; Text what is refused there: the statement, or the
	// Go expression.
	Func, Text string
	Fixes      []analysis.SuggestedFix
}

// Place is something that was let pass on somebody's word, or that an audit lists.
type Place struct {
	Pos          token.Pos
	Kind         string // go-cross-tenant, go-tenants, go-id
	Name, Reason string
	Category     string
	Func         string
}

// Findings are what an analyzer has to say of a package. It is the result of each.
type Findings struct {
	Findings []Finding
	Places   []Place
	judged   bool // and not looked at for others alone
	// rows says of the functions that run statements whose rows these read.
	rows map[*ast.FuncDecl]rowsOf
	// index is that of the package, for the analyzers that stand on tenantsql.
	index *index
}

var resultType = reflect.TypeFor[*Findings]()

// scan is one analyzer's look at one package.
type scan struct {
	*settings
	pass  *analysis.Pass
	name  string
	files []*ast.File
	out   *Findings
	said  map[string]bool
	in    *ast.FuncDecl // that is being looked at, nil outside of functions
	// silent tells that the package is not judged: options.tenantgen.vet.packages does not name it.
	silent bool
	// handles are the types that were asked about.
	handles map[types.Type]string
	sets    typeutil.MethodSetCache
}

func newScan(pass *analysis.Pass, name string, s *settings) *scan {
	return &scan{settings: s, pass: pass, name: name, files: s.files(pass), silent: !s.mine(filepath.Join(directory(pass), "x.go")), out: &Findings{rows: map[*ast.FuncDecl]rowsOf{}}, said: map[string]bool{}, handles: map[types.Type]string{}}
}

// decls looks at every declaration.
func (s *scan) decls(look func(ast.Decl)) {
	for _, f := range s.files {
		for _, d := range f.Decls {
			s.in, _ = d.(*ast.FuncDecl)
			look(d)
		}
	}
}

// report says something of a place, once.
func (s *scan) report(f Finding) {
	f.Analyzer, f.Severity = s.name, cmp.Or(f.Severity, analyzer.Error)
	if !f.End.IsValid() {
		f.End = f.Pos
	}
	key := fmt.Sprint(f.Pos, f.End, f.Rule, f.Message)
	if s.said[key] {
		return
	}
	s.said[key] = true
	s.out.Findings = append(s.out.Findings, f)
}

// done hands the findings to the driver.
func (s *scan) done() *Findings {
	if s.silent {
		s.out.Findings, s.out.Places = nil, nil
	}
	s.out.judged = !s.silent
	slices.SortStableFunc(s.out.Findings, func(a, b Finding) int { return cmp.Compare(a.Pos, b.Pos) })
	for _, f := range s.out.Findings {
		s.pass.Report(f.diagnostic())
	}
	return s.out
}

func (f Finding) diagnostic() analysis.Diagnostic {
	return analysis.Diagnostic{Pos: f.Pos, End: f.End, Category: f.Rule, Message: f.Sentence(), SuggestedFixes: f.Fixes}
}

// Sentence is a finding in one line.
func (f Finding) Sentence() string {
	text := f.Rule + ": " + f.Message
	if f.Hint != "" {
		text += " (hint: " + f.Hint + ")"
	}
	return text
}

// fileName is the name of the file of a position.
func (s *scan) fileName(at token.Pos) string { return s.pass.Fset.Position(at).Filename }

// written is how an expression is written.
func written(e ast.Expr) string { return types.ExprString(e) }

// funcName is how places name a declared function: SignIn, Server.SignIn.
func funcName(d *ast.FuncDecl) string {
	if d == nil {
		return ""
	}
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	e := d.Recv.List[0].Type
	for {
		switch t := e.(type) {
		case *ast.StarExpr:
			e = t.X
			continue
		case *ast.IndexExpr:
			e = t.X
			continue
		case *ast.IndexListExpr:
			e = t.X
			continue
		case *ast.ParenExpr:
			e = t.X
			continue
		case *ast.Ident:
			return t.Name + "." + d.Name.Name
		}
		return d.Name.Name
	}
}
