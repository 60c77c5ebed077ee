package confirm

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// bound is what an occurrence of a relation is in the server's tree.
type bound struct {
	at  *level
	rte int
}

// matcher lays the statement that was proved and the server's tree side by side.
type matcher struct {
	w     *world
	q     *Query
	rels  map[query.RelID]bound
	bases map[query.RelID]*query.Base
	ctes  map[*nodetree.Node]*query.CTE
	// bodies are the trees of functions' bodies.
	bodies map[uint32]*nodetree.Node
	found  []*Difference
	rests  map[any]bool // nodes that the certificate rests on
	subs   map[*query.Sub]*nodetree.Node
	views  map[uint32]*nodetree.Node
	// laid are the functions whose body was laid beside ours, known those that ours knows to run.
	laid  map[uint32]bool
	known map[catalog.Name]bool
	// writes are the commands on each table that is written to.
	writes map[catalog.Name]map[string]bool
	// perRow tells that the statement reads relations, so that its expressions run for rows.
	perRow bool
}

func (m *matcher) differ(at query.Span, what, ours, server string) {
	m.found = append(m.found, &Difference{Query: m.q, At: at, What: what, Ours: ours, Server: server})
}

// compare reads one statement by the server and lays it beside ours.
func (s *server) compare(ctx context.Context, w *world, q *Query) ([]*Difference, error) {
	list, params, err := s.tree(ctx, q.SQL)
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused) && q.Unparsed:
		return nil, nil // both refuse it
	case errors.As(err, &refused):
		return []*Difference{{Query: q, What: "the statement", Ours: "a statement that it accepts", Server: refused.Message, Refused: true, Unread: refused.Code == undefinedFunction || refused.Code == undefinedSchema}}, nil
	case err != nil:
		return nil, err
	case q.Unparsed:
		return []*Difference{{Query: q, Newer: true, What: "this is syntax of PostgreSQL " + s.version + "; the parser built in is that of 16"}}, nil
	case q.Statement == nil || len(q.Statement.Opaque) > 0:
		return nil, nil
	}
	m := &matcher{w: w, q: q, rels: map[query.RelID]bound{}, bases: map[query.RelID]*query.Base{}, ctes: map[*nodetree.Node]*query.CTE{}, rests: restsOn(q.Certificate), subs: map[*query.Sub]*nodetree.Node{}, laid: map[uint32]bool{}, writes: map[catalog.Name]map[string]bool{}}
	if m.bodies, err = s.bodies(ctx, w, list); err != nil {
		return nil, err
	}
	m.views = w.views
	if len(list) != 1 {
		m.differ(query.Span{}, "the statement", "one statement", fmt.Sprintf("%d, which rules made of it", len(list)))
		return m.found, nil
	}
	top := newLevel(list[0].(*nodetree.Node), nil)
	m.perRow = len(top.query.Node("jointree").Nodes("fromlist")) > 0
	m.query(q.Statement.Root, top)
	m.parameters(top, params)
	m.functions(list)
	return m.found, nil
}

// query lays a query beside a level.
func (m *matcher) query(ours query.Query, l *level) {
	switch ours := ours.(type) {
	case *query.Select:
		m.kind(l, "a SELECT", cmdSelect)
		m.with(ours.With, l)
		m.sel(ours, l)
	case *query.SetOp:
		m.with(ours.With, l)
		m.setOp(ours, l)
	case *query.Values:
		m.with(ours.With, l)
		m.values(ours, l)
	case *query.Write:
		m.with(ours.With, l)
		m.write(ours, l)
	case nil, *query.Opaque:
	default:
		panic(query.Unexpected(ours))
	}
}

// Kinds of a QUERY (nodes.h, CmdType).
const (
	cmdSelect = 1
	cmdUpdate = 2
	cmdInsert = 3
	cmdDelete = 4
	cmdMerge  = 5
)

var commands = map[int]string{cmdSelect: "SELECT", cmdUpdate: "UPDATE", cmdInsert: "INSERT", cmdDelete: "DELETE", cmdMerge: "MERGE"}

func (m *matcher) kind(l *level, ours string, want int) {
	if got := l.query.Int("commandType", 0); got != want {
		m.differ(query.Span{}, "the command", ours, commands[got])
	}
	if want == cmdSelect && l.query.Node("setOperations") != nil {
		m.differ(query.Span{}, "a query", ours, "a set operation")
	}
}

// with lays WITH queries side by side, by their names: none is left out, and none is called twice.
func (m *matcher) with(ours []*query.CTE, l *level) {
	theirs := l.query.Nodes("cteList")
	for _, c := range theirs {
		i := slices.IndexFunc(ours, func(o *query.CTE) bool { return o.Name == c.Text("ctename") })
		if i < 0 {
			m.differ(query.Span{}, "WITH", "no query "+c.Text("ctename"), "one")
			continue
		}
		if m.ctes[c] = ours[i]; c.Node("ctequery") != nil {
			m.query(ours[i].Query, newLevel(c.Node("ctequery"), l))
		}
	}
	if len(ours) != len(theirs) {
		m.differ(query.Span{}, "WITH", fmt.Sprintf("%d queries", len(ours)), fmt.Sprint(len(theirs)))
	}
}

// cte finds the WITH query that a reference at a level means.
func (l *level) cte(rte *nodetree.Node) *nodetree.Node {
	at := l.up(rte.Int("ctelevelsup", 0))
	if at == nil {
		return nil
	}
	for _, c := range at.query.Nodes("cteList") {
		if c.Text("ctename") == rte.Text("ctename") {
			return c
		}
	}
	return nil
}

func (m *matcher) sel(ours *query.Select, l *level) {
	tree := l.query.Node("jointree")
	m.from(ours.From, tree.Nodes("fromlist"), l)
	l.wait(ours.Where, tree.Node("quals"))
	l.wait(ours.Having, l.query.Node("havingQual"))
	m.outputs(ours.Out, targets(l.query.Nodes("targetList")), l)
	m.folds(ours, l)
	m.subqueries(l, ours)
}

// targets are the columns of a result.
func targets(list []*nodetree.Node) []*nodetree.Node {
	return slices.DeleteFunc(list, func(t *nodetree.Node) bool { return t.Bool("resjunk") })
}

// outputs compares the columns of a result that stand for a column or a parameter.
func (m *matcher) outputs(ours []query.Output, theirs []*nodetree.Node, l *level) {
	open := slices.ContainsFunc(ours, func(o query.Output) bool { return o.Open })
	if !open && len(ours) != len(theirs) {
		m.differ(query.Span{}, "the result", fmt.Sprintf("%d columns", len(ours)), fmt.Sprint(len(theirs)))
		return
	}
	for i, o := range ours {
		if o.Open {
			return
		}
		m.value(o.Expr, theirs[i].Node("expr"), l, fmt.Sprintf("column %d of a result", i+1))
	}
}

// value compares an expression with the server's, where ours is a column or a parameter.
func (m *matcher) value(ours query.Expr, theirs *nodetree.Node, l *level, what string) {
	want, ok := m.term(ours)
	if !ok {
		return
	}
	if got := l.term(theirs); !want.same(got) || !m.keeps(want, got) {
		m.differ(spanOf(ours), what, m.say(want), m.say(got))
	}
}

func spanOf(e query.Expr) query.Span {
	switch e := e.(type) {
	case *query.Col:
		return e.Pos
	case *query.Param:
		return e.Pos
	case *query.Const:
		return e.Pos
	case *query.Eq:
		return e.Pos
	case *query.Sub:
		return e.Pos
	case *query.Op:
		return e.Pos
	}
	return query.Span{}
}

// term is what an expression of ours is in the server's tree; it is not ok for one that says
// nothing of its value.
func (m *matcher) term(e query.Expr) (term, bool) {
	switch e := e.(type) {
	case *query.Col:
		b, ok := m.rels[e.Rel]
		if !ok {
			return term{kind: unseenTerm}, true
		}
		col := e.Index + 1
		if base := m.bases[e.Rel]; base != nil {
			col = m.w.rels[b.at.entry(b.rte).OID("relid")].column(base.Table.Columns[e.Index].Name)
		}
		return term{kind: columnTerm, at: b.at, rte: b.rte, col: col}, true
	case *query.Param:
		return term{kind: paramTerm, col: e.Number}, true
	case *query.Const:
		return term{kind: constTerm, null: e.Null}, true
	}
	return term{}, false
}

// say names a term for people.
func (m *matcher) say(t term) string {
	switch t.kind {
	case columnTerm:
		rte := t.at.entry(t.rte)
		name := rte.Node("eref").Text("aliasname")
		cols := rte.Node("eref").Strings("colnames")
		if t.col >= 1 && t.col <= len(cols) {
			return name + "." + cols[t.col-1]
		}
		return fmt.Sprintf("%s.(column %d)", name, t.col)
	case paramTerm:
		return fmt.Sprintf("$%d", t.col)
	case unseenTerm:
		return "a column of a relation that is not in sight"
	case constTerm:
		if t.null {
			return "NULL"
		}
		return "a literal"
	case outputTerm:
		return fmt.Sprintf("column %d of the subquery", t.col)
	}
	if t.node != nil {
		return "something else (" + t.node.Name + ")"
	}
	return "nothing"
}
