package vet

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"
)

// sink is a function that runs a text as SQL.
type sink struct {
	sql int // the parameter with the text
	// args is the parameter with the first argument of the statement, -1 for none that can be told.
	args int
	// later tells that the arguments are given to what the function returns.
	later bool
	// colons tells that parameters are written :name, as sqlx reads them, and the one argument has them as fields.
	colons bool
}

// colonNames are functions of sqlx, and of interfaces like it, that take parameters by :name. BindNamed and Named only make the text that
// is run next, and are judged as if they ran it.
var colonNames = []string{"Named", "BindNamed", "NamedExec", "NamedExecContext", "NamedQuery", "NamedQueryContext", "PrepareNamed", "PrepareNamedContext"}

// colonSink tells of such a function.
func colonSink(name string, sig *types.Signature) (sink, bool) {
	last := sig.Params().Len() - 1
	if !slices.Contains(colonNames, name) || last < 0 || sig.Variadic() {
		return sink{}, false
	}
	if strings.HasPrefix(name, "Prepare") {
		return sink{sql: last, args: -1, later: true, colons: true}, sig.Params().At(last).Type() == types.Typ[types.String]
	}
	return sink{sql: last - 1, args: last, colons: true}, last > 0 && sig.Params().At(last-1).Type() == types.Typ[types.String] && isAny(sig.Params().At(last).Type())
}

// binds reports whether such a function makes a text and its arguments of what it is given: query, args, err := db.BindNamed(text, row).
func binds(fn *types.Func) bool {
	sig := fn.Signature()
	_, ok := colonSink(fn.Name(), sig)
	return ok && sig.Results().Len() == 3 && isText(sig.Results().At(0).Type())
}

const sqlxPath = "github.com/jmoiron/sqlx"

// drivers are the packages whose functions run SQL, by their parameters' names: sql or query.
var drivers = []string{
	"github.com/jackc/pgx/v5", "github.com/jackc/pgx/v5/pgxpool", "github.com/jackc/pgx/v5/pgconn", "github.com/jackc/pgx/v5/stdlib",
	"github.com/jackc/pgx/v4", "github.com/jackc/pgx/v4/pgxpool", "github.com/jackc/pgconn", "github.com/jackc/pgx/v4/stdlib",
	"database/sql", "database/sql/driver", sqlxPath, "github.com/tenantgen/tenantgen/tenant/gen",
}

// sinkOf tells of a function that it runs SQL, by where it is declared or by what it looks like.
func sinkOf(fn *types.Func) (sink, bool) {
	sig := fn.Signature()
	recv := sig.Recv()
	if fn.Pkg() != nil && fn.Pkg().Path() == sqlxPath || recv != nil && types.IsInterface(recv.Type()) {
		if k, ok := colonSink(fn.Name(), sig); ok {
			return k, true
		}
	}
	if fn.Pkg() != nil && slices.Contains(drivers, fn.Pkg().Path()) {
		return driverSink(fn, sig)
	}
	if recv != nil && types.IsInterface(recv.Type()) {
		return shapedSink(fn.Name(), sig)
	}
	return sink{}, false
}

// driverSink tells by the names of parameters.
func driverSink(fn *types.Func, sig *types.Signature) (sink, bool) {
	if r := sig.Results(); r.Len() > 0 && isText(r.At(0).Type()) {
		return sink{}, false // sqlx.In, Rebind and the like make a text, and run none
	}
	for i := range sig.Params().Len() {
		p := sig.Params().At(i)
		if p.Type() == types.Typ[types.String] && (p.Name() == "sql" || p.Name() == "query") {
			return sink{sql: i, args: argsBehind(sig, i), later: strings.HasPrefix(fn.Name(), "Prepare") || strings.HasPrefix(fn.Name(), "MustPrepare")}, true
		}
	}
	return sink{}, false
}

// verbs begin the names of methods that run SQL.
var verbs = []string{"Exec", "Query", "Prepare", "MustExec", "NamedExec", "NamedQuery", "Select", "Get", "Queue"}

// shapedSink tells of an interface's method that it runs SQL: it is called like one of a driver's, and returns what a
// driver does, or takes a text and any number of arguments. sqlc's DBTX is such an interface.
func shapedSink(name string, sig *types.Signature) (sink, bool) {
	if !slices.ContainsFunc(verbs, func(v string) bool { return strings.HasPrefix(name, v) }) {
		return sink{}, false
	}
	at := -1
	for i := range sig.Params().Len() {
		if sig.Params().At(i).Type() == types.Typ[types.String] {
			at = i
		}
	}
	if at < 0 {
		return sink{}, false
	}
	args := argsBehind(sig, at)
	switch {
	case name == "Queue" && args < 0:
		return sink{}, false
	case strings.HasPrefix(name, "Get"), strings.HasPrefix(name, "Select"): // sqlx's: where the rows go stands in front
		if at == 0 || args < 0 || !isAny(sig.Params().At(at-1).Type()) {
			return sink{}, false
		}
	}
	if args < 0 && !slices.ContainsFunc(slices.Collect(results(sig)), ofDriver) {
		return sink{}, false
	}
	return sink{sql: at, args: args, later: strings.HasPrefix(name, "Prepare")}, true
}

// results ranges over the types of results.
func results(sig *types.Signature) func(func(types.Type) bool) {
	return func(yield func(types.Type) bool) {
		for i := range sig.Results().Len() {
			if !yield(sig.Results().At(i).Type()) {
				return
			}
		}
	}
}

// ofDriver reports whether a type, or what it points to, is a driver's.
func ofDriver(t types.Type) bool {
	n := namedType(t)
	return n != nil && n.Obj().Pkg() != nil && slices.Contains(drivers, n.Obj().Pkg().Path())
}

// namedType is the declared type of t, or of what it points to; nil for none.
func namedType(t types.Type) *types.Named {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	n, _ := types.Unalias(t).(*types.Named)
	return n
}

// argsBehind is the variadic ...any behind the text, -1 when there is none.
func argsBehind(sig *types.Signature, at int) int {
	last := sig.Params().Len() - 1
	if !sig.Variadic() || last != at+1 {
		return -1
	}
	if slice, ok := sig.Params().At(last).Type().(*types.Slice); !ok || !isAny(slice.Elem()) {
		return -1
	}
	return last
}

// isAny reports whether a type takes any value.
func isAny(t types.Type) bool {
	i, ok := types.Unalias(t).Underlying().(*types.Interface)
	return ok && i.Empty()
}

// called is the function that a call calls, or the variable that holds it; nil where neither is known.
func called(info *types.Info, call *ast.CallExpr) types.Object {
	switch o := typeutil.Callee(info, call).(type) {
	case *types.Func:
		return o.Origin()
	case *types.Var:
		return o
	}
	return nil
}
