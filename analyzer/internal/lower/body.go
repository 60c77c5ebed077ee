package lower

import (
	"regexp"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/treejson"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// body is a function whose query is being lowered, with what its parameters stand for.
type body struct {
	fn     *catalog.Function
	args   []query.Expr
	types  []query.Type
	parent *body
}

// arg returns what parameter i stands for, counted from 0.
func (b *body) arg(i int) (query.Expr, query.Type, bool) {
	if i < 0 || i >= len(b.args) {
		return nil, query.Unknown, false
	}
	return b.args[i], b.types[i], true
}

// named returns what the parameter of that name stands for; a column of the name goes
// first (PostgreSQL manual, 38.5.1).
func (b *body) named(name string) (query.Expr, query.Type, bool) {
	if b == nil || name == "" {
		return nil, query.Unknown, false
	}
	return b.arg(slices.IndexFunc(pgtype.Inputs(b.fn), func(a catalog.Arg) bool { return a.Name == name }))
}

// ownParameter is a parameter behind the name of its function: f.x within f, where no relation goes by that name
// (PostgreSQL manual, 38.5.1).
func (x *exprs) ownParameter(fields []string) (query.Expr, query.Type, bool) {
	if len(fields) != 2 || x.l.body == nil || x.l.body.fn.Name.Name != fields[0] {
		return nil, query.Unknown, false
	}
	return x.l.body.named(fields[1])
}

// inlined lowers a call of an SQL function by its body: one SELECT, correlated with the
// arguments. Nothing is said of the value, but whatever it reads must be the tenant's.
// It reports false for a function whose body is not understood so well.
func (x *exprs) inlined(full []string, f *pg.FuncCall) (query.Expr, bool) {
	fn := x.only(full)
	if fn == nil || !parsetree.Plain(f) || fn.Language != "sql" || fn.Kind != "function" || fn.SecurityDefiner || hasSettings(fn) {
		return nil, false
	}
	in := pgtype.Inputs(fn)
	simple := !slices.ContainsFunc(in, func(a catalog.Arg) bool { return a.Mode != "in" || a.HasDefault })
	named := slices.ContainsFunc(f.GetArgs(), func(n *pg.Node) bool { return n.GetNamedArgExpr() != nil })
	if !simple || named || len(in) != len(f.GetArgs()) {
		return nil, false
	}
	for b := x.l.body; b != nil; b = b.parent {
		if b.fn == fn {
			return nil, false // recursion has no end here
		}
	}
	tree, err := treejson.Parse(fn.Body)
	if err != nil || len(tree.Stmts) != 1 || tree.Stmts[0].Stmt.GetSelectStmt() == nil {
		return nil, false
	}
	x.l.calls(fn)
	b := &body{fn: fn, parent: x.l.body}
	takes := x.takes(f)
	for i, n := range f.GetArgs() {
		e, t := x.expr(n)
		if t == pgtype.AnyType && i < len(takes) {
			x.l.typed(e, takes[i])
		}
		want := pgtype.Family(x.l.db, in[i].Type)
		if t != pgtype.AnyType && t != want || want == query.Unknown || pgtype.Modified(x.l.db, in[i].Type) {
			e, want = &query.Op{Args: []query.Expr{e}, Text: Text(e)}, query.Unknown
		}
		b.args, b.types = append(b.args, e), append(b.types, want)
	}
	q, at, refused := x.bodyQuery(b, tree.Stmts[0].Stmt, f.GetLocation())
	if refused != nil {
		return refused, true
	}
	return &query.Sub{Kind: query.Other, Query: q, Text: fn.Name.String() + "(…)", Pos: at}, true
}

// hasSettings reports SET clauses of a function but for search_path and harmless ones. What runs under them may
// mean something else, or be for somebody else: SET app.org_id = '2' is another tenant.
func hasSettings(fn *catalog.Function) bool {
	return slices.ContainsFunc(fn.Settings, func(s string) bool {
		name, _, _ := strings.Cut(s, "=")
		return name != "search_path" && !harmlessSetting.MatchString(name)
	})
}

// harmlessSetting are settings that say how values are read and printed, how long something may take, and how the planner
// goes about it (PostgreSQL manual, 20.4, 20.7, 20.8 and 20.11): none says for whom, or which rows a query means.
var harmlessSetting = regexp.MustCompile(`^(timezone|datestyle|intervalstyle|extra_float_digits|bytea_output|statement_timeout|lock_timeout|work_mem|maintenance_work_mem|` +
	`hash_mem_multiplier|effective_cache_size|random_page_cost|seq_page_cost|cpu_[a-z_]+_cost|enable_[a-z_]+|jit|jit_[a-z_]+_cost|plan_cache_mode|from_collapse_limit|join_collapse_limit|` +
	`max_parallel_workers_per_gather|min_parallel_[a-z_]+|parallel_[a-z_]+_cost|client_min_messages|log_[a-z_]+)$`)

// bodyQuery lowers the query of a function. Its names mean what they mean when it runs.
func (x *exprs) bodyQuery(b *body, n *pg.Node, loc int32) (query.Query, query.Span, *query.Opaque) {
	at := x.l.token(loc)
	if x.l.via != nil {
		at = x.l.via.at
	}
	if volatile(b.fn) {
		x.l.effects++
	}
	path, refused := x.l.bodyPath(b.fn, n, loc)
	if refused != nil {
		return nil, at, refused
	}
	savedBody, savedVia, savedPath, savedRun := x.l.body, x.l.via, x.l.path, x.l.running
	x.l.body, x.l.via, x.l.path = b, &via{&catalog.View{Name: b.fn.Name}, "function " + b.fn.Name.String(), at, savedVia, volatile(b.fn)}, path
	if !b.fn.Atomic && b.fn.SearchPath != nil {
		x.l.running = path
	}
	written, read := len(x.l.targets), len(x.l.reads)
	var q query.Query
	x.l.apart(func() { q = x.l.subquery(n, nil, nil) })
	x.l.body, x.l.via, x.l.path, x.l.running = savedBody, savedVia, savedPath, savedRun
	if volatile(b.fn) {
		x.l.live = append(x.l.live, liveBody{b, slices.Clone(x.l.reads[read:]), at})
	}
	if len(x.l.targets) > written && !x.once() {
		return nil, at, x.l.refuse(loc, "effect-in-condition", "function "+b.fn.Name.String()+" changes rows, and PostgreSQL may run it for rows of other tenants before it drops them",
			"call it in the select list of a SELECT without FROM, or write its statement in the query")
	}
	return q, at, nil
}

// once reports whether an expression is evaluated once, whatever rows there are: in the
// select list of a statement that has no FROM.
func (x *exprs) once() bool {
	return x.l.body == nil && x.l.via == nil && x.sc.parent == nil && len(x.sc.items) == 0 && len(x.l.clause) == 1 && x.l.clause[0] == rankTargets
}

// only returns the function that a name means when it means one, no built-in, and
// nobody vouches for it: that would be less to prove.
func (x *exprs) only(full []string) *catalog.Function {
	if len(full) == 0 || len(full) > 2 {
		return nil
	}
	name := parsetree.QualifiedName(full)
	if pgtype.IsSystemFunction(name.Name) {
		return nil
	}
	var found *catalog.Function
	for _, fn := range x.l.db.Functions {
		if fn.Name.Name != name.Name || name.Schema != "" && fn.Name.Schema != name.Schema {
			continue
		}
		if found != nil {
			return nil
		}
		found = fn
	}
	if found == nil || x.l.Vouches(found) {
		return nil
	}
	return found
}
