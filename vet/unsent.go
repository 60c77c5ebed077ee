package vet

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// texts are the fields of drivers' types that are sent as SQL without a call that is judged.
var texts = map[string][]string{
	"github.com/jackc/pgx/v5.QueuedQuery": {"SQL"},
	"github.com/jackc/pgx/v5.TxOptions":   {"BeginQuery", "CommitQuery"},
	"github.com/jackc/pgx/v4.TxOptions":   {"BeginQuery"},
	"github.com/jackc/pgproto3/v2.Query":  {"String"}, "github.com/jackc/pgx/v5/pgproto3.Query": {"String"},
	"github.com/jackc/pgproto3/v2.Parse": {"Query"}, "github.com/jackc/pgx/v5/pgproto3.Parse": {"Query"},
}

// runners are drivers' functions that run what nobody sees, or reach what belongs to no tenant.
var runners = map[string]string{
	sqlxPath + ".LoadFile": "runs what stands in a file", sqlxPath + ".LoadFileContext": "runs what stands in a file",
	"github.com/jackc/pgx/v5.LargeObjects": "reaches the large objects of every tenant", "github.com/jackc/pgx/v4.LargeObjects": "reaches the large objects of every tenant",
	"github.com/jackc/pgx/v5/pgconn.Conn": "sends what is written into it", "github.com/jackc/pgx/v5/pgconn.Hijack": "hands out a connection",
}

// unsent reports SQL that gets to a server by another way than a call that is judged: in a field of a driver's type, or from a file.
func (s *sqlScan) unsent(n ast.Node, in *ast.FuncDecl) {
	switch n := n.(type) {
	case *ast.CompositeLit:
		t := namedType(s.pass.TypesInfo.TypeOf(n))
		fields, _ := under[*types.Struct](s.pass.TypesInfo.TypeOf(n))
		for i, e := range n.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				if key, ok := kv.Key.(*ast.Ident); ok {
					s.field(kv.Value, t, key.Name, in)
				}
			} else if fields != nil && i < fields.NumFields() {
				s.field(e, t, fields.Field(i).Name(), in)
			}
		}
	case *ast.AssignStmt:
		for i, e := range n.Lhs {
			sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
			if selection := s.pass.TypesInfo.Selections[sel]; ok && selection != nil && selection.Kind() == types.FieldVal {
				value := e
				if len(n.Lhs) == len(n.Rhs) {
					value = n.Rhs[i]
				}
				s.field(value, namedType(s.pass.TypesInfo.TypeOf(sel.X)), sel.Sel.Name, in)
			}
		}
	case *ast.CallExpr:
		if fn, ok := called(s.pass.TypesInfo, n).(*types.Func); ok && fn.Pkg() != nil {
			if why := runners[fn.Pkg().Path()+"."+fn.Name()]; why != "" {
				s.unseen(n, in, fn.Name()+" "+why)
			}
		}
	}
}

// field reports a value of a field that is sent, but for what only begins or ends a transaction.
func (s *sqlScan) field(value ast.Expr, of *types.Named, name string, in *ast.FuncDecl) {
	if of == nil || of.Obj().Pkg() == nil || !slices.Contains(texts[of.Obj().Pkg().Path()+"."+of.Obj().Name()], name) {
		return
	}
	all, why := s.index.fold(value)
	if why == nil && !slices.ContainsFunc(all, func(t sql) bool { return t.holes() || strings.TrimSpace(t.String()) != "" && !controls(t.String()) }) {
		return
	}
	s.unseen(value, in, of.Obj().Name()+"."+name+" is sent as it is")
}

func (s *sqlScan) unseen(n ast.Node, in *ast.FuncDecl, message string) {
	s.out.rows[in] = ofAnybody
	if s.declared(s.vet.SQL, n.Pos()) != nil {
		return
	}
	s.report(Finding{Pos: n.Pos(), End: lineEnd(s.pass.Fset, n.Pos(), n.End()), Rule: unseenSQL.Name, Func: funcName(in), Text: shown(n), Message: message + ": nobody proves what it says",
		Hint: "hand the text to a function that runs it (Exec, Query, Batch.Queue); or declare the place under options.tenantgen.vet.sql, with the reason"})
}
