package lower

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/plpgsql"
	"github.com/tenantgen/tenantgen/analyzer/internal/treejson"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// A function whose body only computes needs nobody's word: it reads no table, changes
// nothing and runs nothing that was not judged by the rules for the query itself. What the
// body does in some case, and what is behind a condition, counts as done always.

// reading is what reading the body of a function found.
type reading struct {
	steps  []plpgsql.Step // of PL/pgSQL
	effect bool           // it calls what may differ from call to call
	shared bool           // it changes what all tenants share, such as a sequence
	unread *unread
}

// unread is what of a function stands in the way.
type unread struct {
	at        catalog.Pos
	text      string // the statement
	why, hint string
}

// String says it behind what is known of the function.
func (u *unread) String() string {
	switch {
	case u.text == "" && u.at.Line == 0:
		return ": " + u.why
	case u.text == "":
		return ": at " + u.at.String() + ", " + u.why
	}
	return ": at " + u.at.String() + ", " + u.text + ": " + u.why
}

// parsedBody is the body of a function, read once for all statements.
type parsedBody struct {
	body   *plpgsql.Body
	unread *plpgsql.Unread
}

// parsed reads the text of a body.
func (w *Lowerer) parsed(fn *catalog.Function) parsedBody {
	if w.bodies == nil {
		w.bodies = map[*catalog.Function]parsedBody{}
	}
	p, ok := w.bodies[fn]
	if !ok {
		if fn.Language == "sql" {
			p.body, p.unread = oneSelect(fn)
		} else {
			p.body, p.unread = plpgsql.Read(fn)
		}
		w.bodies[fn] = p
	}
	return p
}

// oneSelect is the body of an SQL function that is a single query.
func oneSelect(fn *catalog.Function) (*plpgsql.Body, *plpgsql.Unread) {
	if fn.Atomic && fn.Body == "" {
		return nil, &plpgsql.Unread{Line: 1, Why: "DDL behind it may have changed what its text means"}
	}
	tree, err := treejson.Parse(fn.Body)
	if err != nil || len(tree.Stmts) != 1 || tree.Stmts[0].Stmt.GetSelectStmt() == nil {
		return nil, &plpgsql.Unread{Line: 1, Why: "its body is more than one SELECT"}
	}
	return &plpgsql.Body{Steps: []plpgsql.Step{{Line: 1, Queries: []*pg.Node{tree.Stmts[0].Stmt}}}}, nil
}

// outside says what of a function's declaration takes it out of what its body says.
func outside(fn *catalog.Function) string {
	switch {
	case fn.SecurityDefiner:
		return "it runs with the rights of its owner"
	case fn.Leakproof:
		return "it may see rows before policies hide them"
	case fn.Kind != "function":
		return "it is no plain function"
	case fn.ReturnsSet:
		return "it returns rows"
	case hasSettings(fn):
		return "it runs with a setting of its own"
	case slices.ContainsFunc(fn.Args, func(a catalog.Arg) bool { return a.Mode != "in" && a.Mode != "out" }):
		return "it has a parameter that is more than a value"
	}
	return ""
}

// read judges the body of a function, of a trigger of t when there is one.
func (l *lowerer) read(fn *catalog.Function, t *catalog.Table, at int32) *reading {
	key := readingKey{fn, t, strings.Join(l.path, ","), strings.Join(l.running, ",")}
	if r := l.readings[key]; r != nil {
		return r
	}
	if l.readings == nil {
		l.readings = map[readingKey]*reading{}
	}
	r := l.judgeBody(fn, t, at)
	l.readings[key] = r
	return r
}

type readingKey struct {
	fn            *catalog.Function
	of            *catalog.Table
	path, running string
}

func (l *lowerer) judgeBody(fn *catalog.Function, t *catalog.Table, at int32) *reading {
	why := outside(fn)
	for b := l.body; b != nil; b = b.parent {
		if b.fn == fn {
			why = "it calls itself"
		}
	}
	if why == "" && plpgsql.IsTrigger(fn) != (t != nil) {
		why = "it is no function for this"
	}
	if why != "" {
		return &reading{unread: &unread{why: why}}
	}
	p := l.parsed(fn)
	if p.unread != nil {
		return &reading{unread: inBody(fn, p.unread.Line, p.unread.Text, p.unread.Why, "")}
	}
	in := l.inside(fn, at)
	r := &reading{steps: p.body.Steps, unread: in.computesAll(fn, p.body, t)}
	if r.unread == nil && len(in.params) > len(l.params) {
		r.unread = inBody(fn, 1, "", "it takes a parameter of the query", "")
	}
	if r.unread == nil {
		r.effect, r.shared = in.effects > 0, len(in.shared) > 0
		l.adopt(in)
	}
	l.big = in.big
	return r
}

// inBody is what stands in the way on a line of a body.
func inBody(fn *catalog.Function, line int, text, why, hint string) *unread {
	at := fn.BodyPos
	at.Line += line - 1
	return &unread{at, text, why, hint}
}

// inside is a lowerer for the body of fn, whose names mean what they mean when it runs.
func (l *lowerer) inside(fn *catalog.Function, at int32) *lowerer {
	if l.seen == nil {
		l.seen = map[catalog.Name]query.Span{}
	}
	in := *l
	pos := l.token(at)
	if l.via != nil {
		pos = l.via.at
	}
	in.body = &body{fn: fn, parent: l.body}
	for _, a := range fn.Args {
		in.body.args = append(in.body.args, &query.Op{Text: a.Name})
		in.body.types = append(in.body.types, query.Unknown)
	}
	in.via = &via{view: &catalog.View{Name: fn.Name}, what: "function " + fn.Name.String(), at: pos, parent: l.via}
	in.opaque, in.effects, in.shared, in.targets, in.wrote, in.reads, in.live, in.clause = nil, 0, nil, nil, nil, nil, nil, nil
	return &in
}

// adopt keeps what the statement has to know of a body that was read.
func (l *lowerer) adopt(in *lowerer) {
	l.rels, l.called, l.draws, l.domains, l.spread, l.unsaid = in.rels, in.called, in.draws, in.domains, in.spread, in.unsaid
}

// computesAll reports what of a body does more than compute.
func (l *lowerer) computesAll(fn *catalog.Function, b *plpgsql.Body, t *catalog.Table) *unread {
	sc := l.variables(b, t)
	if t == nil {
		l.makes(fn.Returns, -1)
	}
	for _, a := range fn.Args {
		l.makes(a.Type, -1)
	}
	if o := l.refused(); o != nil {
		return inBody(fn, 1, "", o.Reason, o.Hint)
	}
	for _, v := range b.Variables {
		if o := l.variable(v, sc); o != nil {
			return inBody(fn, v.Line, v.Text, o.Reason, o.Hint)
		}
	}
	for _, s := range b.Steps {
		if s.Kind == plpgsql.Tells && t == nil {
			return inBody(fn, s.Line, s.Text, "sends a message, which may be about any row", "")
		}
		for _, q := range s.Queries {
			if o := l.computes(q, sc); o != nil {
				return inBody(fn, s.Line, s.Text, o.Reason, o.Hint)
			}
		}
	}
	return nil
}

// variables is the scope of the expressions of a body.
func (l *lowerer) variables(b *plpgsql.Body, t *catalog.Table) *scope {
	names := &item{colsVisible: true}
	for _, n := range b.Names {
		if n != "" && names.column(n).col == nil && !names.column(n).ambiguous {
			names.cols = append(names.cols, column{n, &query.Op{Text: n}, query.Unknown})
		}
	}
	sc := &scope{level: 1, items: []*item{names}}
	if t == nil {
		return sc
	}
	for _, row := range []string{"new", "old"} {
		it := &item{name: row, named: true}
		for _, c := range t.Columns {
			it.cols = append(it.cols, column{c.Name, &query.Op{Text: qualify(row, c.Name)}, pgtype.Family(l.db, c.Type)})
			l.makes(c.Type, -1)
		}
		sc.items = append(sc.items, it)
	}
	return sc
}

// variable refuses a declared variable whose type runs what nobody vouched for.
func (l *lowerer) variable(v plpgsql.Variable, sc *scope) *query.Opaque {
	if v.Type != nil {
		return l.computes(v.Type, sc)
	}
	if len(v.Like) == 1 { // another variable, whose type was looked at
		return l.refused()
	}
	n := catalog.Name{Name: v.Like[0]}
	if len(v.Like) == 3 {
		n = catalog.Name{Schema: v.Like[0], Name: v.Like[1]}
	}
	path := l.running
	if l.body.fn.SearchPath != nil {
		path = searchPath(l.body.fn.SearchPath)
	}
	t := l.db.LookupTable(n.Schema, n.Name, path)
	if t == nil || t.Column(v.Like[len(v.Like)-1]) == nil {
		return l.refuse(-1, "unknown-column", "there is no such column", "")
	}
	l.makes(t.Column(v.Like[len(v.Like)-1]).Type, -1)
	return l.refused()
}

// computes refuses a query of a body that does more than compute a value.
func (l *lowerer) computes(n *pg.Node, sc *scope) *query.Opaque {
	path, refused := l.bodyPath(l.body.fn, n, -1)
	if refused != nil {
		return refused
	}
	savedPath, savedRun := l.path, l.running
	if l.path = path; l.body.fn.SearchPath != nil && !l.body.fn.Atomic {
		l.running = path
	}
	var q query.Query
	l.apart(func() { q = l.subquery(n, sc, nil) })
	l.path, l.running = savedPath, savedRun
	if o := l.refused(); o != nil {
		return o
	}
	if what := rowsOf(q); what != "" {
		return l.refuse(-1, "undeclared-function", what, "")
	}
	return nil
}

// refused is the first thing that was refused.
func (l *lowerer) refused() *query.Opaque {
	if l.big != nil {
		return l.big
	}
	if len(l.opaque) > 0 {
		return l.opaque[0]
	}
	return nil
}

// rowsOf says which table a query reads or changes, "" when none.
func rowsOf(n query.Node) string {
	if b, ok := n.(*query.Base); ok {
		return "reads table " + b.Table.Name.String()
	}
	if w, ok := n.(*query.Write); ok {
		return "changes table " + w.Target.Table.Name.String()
	}
	what := ""
	query.Children(n, func(c query.Node) {
		if what == "" {
			what = rowsOf(c)
		}
	})
	return what
}
