// Package lower turns the parse tree of a statement into the query IR, with every name
// resolved as PostgreSQL resolves it. What it does not understand becomes opaque, which
// no proof passes.
package lower

import (
	"regexp"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Lowerer turns parsed statements into the query IR. It is safe for one
// goroutine at a time.
type Lowerer struct {
	DB *catalog.Database
	// Vouched lists the functions of which the user says that they touch no tenant's data.
	Vouched pgtype.Vouches
	// Forms asks for the forms of conditions, which only read_also needs.
	Forms bool
	// Literals are the values to recognise constants by, which only polymorphic parents need.
	Literals []string
	// Followed reports whether a trigger only keeps a column in step with the tenant of the
	// row, also when some columns are assigned. Nil says no.
	Followed func(*catalog.Table, *catalog.Trigger, []string) bool
	views    map[*catalog.View]*pg.Node
	bodies   map[*catalog.Function]parsedBody
	// spellings are the patterns of how a parameter is spelled.
	spellings map[string]*regexp.Regexp
}

// Vouches reports whether somebody vouches for f.
func (w *Lowerer) Vouches(f *catalog.Function) bool { return w.Vouched.For(w.DB, f) }

// Lower lowers the statement of u, which is a part of text.
func (w *Lowerer) Lower(u *sqltext.Unit, text string) *query.Statement {
	if w.views == nil {
		w.views = map[*catalog.View]*pg.Node{}
	}
	l := &lowerer{Lowerer: w, db: w.DB, text: text, base: u.Base, path: searchPath(w.DB.SearchPath), running: searchPath(w.DB.SearchPath), start: u.Span.Start}
	l.ambiguous(u.Stmt)
	root := l.statement(u.Stmt)
	l.supports()
	l.refuseLive()
	l.refuseDropped(u)
	l.unfollowed()
	st := &query.Statement{Root: root, Opaque: l.opaque, Targets: l.targets}
	st.Params = l.numberParams()
	st.Forms, st.Locks, st.SkipsLocked, st.Views, st.Unsaid = l.forms, l.locked, l.skips, l.viewed, l.unsaid
	st.Draws, st.Calls, st.Fired, st.Unseen = l.draws, l.called, l.fired, l.unseen
	st.Literals = w.Literals
	st.Rels, st.Refreshed, st.Latest = int(l.rels), l.refreshed, l.latest
	if l.big != nil {
		st.Opaque = []*query.Opaque{l.big} // what follows from it helps nobody
	}
	return st
}

func searchPath(path []string) []string {
	if len(path) == 0 {
		return []string{"public"}
	}
	return path
}

// lowerer is the state of lowering one statement.
type lowerer struct {
	*Lowerer
	db     *catalog.Database
	viewed []*catalog.View
	draws  []query.Draw
	called []*catalog.Function
	fired  []*query.Fired
	// readings are the functions whose bodies were judged for this statement.
	readings map[readingKey]*reading
	text     string
	path     []string
	made     *scope // of the RETURNING of an INSERT, whose rows the statement itself makes or changes
	// running is the search path in force when the statement runs, in which functions
	// without one of their own find the names of their bodies.
	running []string
	start   int
	base    int // what to add to the parser's positions
	rels    query.RelID
	// refreshed and latest are what Statement.Refreshed and Latest become, refreshes numbers the materialized views
	// and calls of VOLATILE functions under expansion.
	refreshed map[query.RelID]int
	latest    map[query.RelID]int
	refreshes map[*via]int
	keyShares int // locking clauses FOR KEY SHARE so far
	opaque    []*query.Opaque
	params    []*paramUse
	uses      map[*query.Param]*paramUse
	// clause is the path of clauses to the node being lowered, in sqlc's order of
	// visiting them: it decides how sqlc numbers named parameters.
	clause  []byte
	effects int      // calls with effects so far
	shared  []int32  // calls that change shared state, since the last condition
	via     *via     // the view being expanded
	body    *body    // the function being expanded
	depth   []int    // levels of the columns seen inside an aggregate's arguments
	unsaid  []string // functions that may be aggregates
	unseen  bool     // a function is one that no schema file creates, and nothing is known of
	targets []*catalog.Table
	wrote   []wrote          // targets, with where they are written to
	reads   []*catalog.Table // tables so far, targets included
	live    []liveBody
	forms   map[query.Expr]query.Form
	// seen holds the user-defined types that the statement has values of, and where.
	seen map[catalog.Name]query.Span
	// domains holds what the checks of domains run that columns have, spread where other
	// values may become values of them.
	domains []catalog.Name
	spread  []query.Span
	locked  bool          // FOR UPDATE or its kin stands somewhere
	skips   bool          // SKIP LOCKED does
	items   int           // items of FROM clauses so far
	load    int           // relations so far, WITH queries counted at each use
	ands    int           // conditions under AND so far
	big     *query.Opaque // the limit that the statement breaks
	// tables are the tables of occurrences, texts the operations that yield text, and sides
	// what the elements of the innermost IN list are compared with, and they themselves.
	tables map[query.RelID]*catalog.Table
	texts  map[query.Expr]bool
	sides  []operand
	noted
	// defaulting are the functions whose parameters' defaults are being judged.
	defaulting []*catalog.Function
	// first names the first column of each sub-select in an expression.
	first map[*pg.SubLink]string
}

// via is a view or function under expansion: its own text has no position in the query.
type via struct {
	view   *catalog.View // for a function, one of its name
	what   string        // "view x" or "function x"
	at     query.Span
	parent *via
	live   bool // a VOLATILE function, whose query sees what is there when it runs
}

func (l *lowerer) newRel() query.RelID {
	if n := l.refreshOf(l.via); n != 0 {
		put(&l.refreshed, l.rels, n)
	}
	l.rels++
	return l.rels - 1
}

// filter lowers a condition that decides which rows matter. It may be evaluated
// for rows of other tenants too, so it must not change what they share.
func (l *lowerer) filter(f func()) {
	before := l.shared
	l.shared = nil
	f()
	for _, at := range l.shared {
		l.refuse(at, "effect-in-condition", "PostgreSQL may run this function for rows of other tenants before it drops them", "move the call to the select list")
	}
	l.shared = before
}

// in runs f with the clause rank pushed.
func (l *lowerer) in(rank byte, f func()) {
	l.clause = append(l.clause, rank)
	f()
	l.clause = l.clause[:len(l.clause)-1]
}

func (l *lowerer) statement(n *pg.Node) query.Query {
	if q := l.rows(n, nil, nil); q != nil {
		return q
	}
	if m := n.GetMergeStmt(); m != nil {
		return l.merge(m, nil)
	}
	name, _ := parsetree.Unwrap(n)
	title := parsetree.StatementTitle(name)
	if v := n.GetVacuumStmt(); v != nil && !v.GetIsVacuumcmd() {
		title = "ANALYZE"
	}
	return l.refuse(-1, "unsupported-statement", title+" statements are never confined to one tenant",
		"run it as a migration, or declare it with -- tenantgen:cross-tenant <category> <reason>")
}

// subquery lowers a statement that stands where rows are expected.
func (l *lowerer) subquery(n *pg.Node, outer *scope, env *cteEnv) query.Query {
	if q := l.rows(n, outer, env); q != nil {
		return q
	}
	return l.unsupported(n)
}

// rows lowers a statement that yields rows wherever it stands, nil for any other.
func (l *lowerer) rows(n *pg.Node, outer *scope, env *cteEnv) query.Query {
	switch s := n.GetNode().(type) {
	case *pg.Node_SelectStmt:
		return l.query(s.SelectStmt, outer, env)
	case *pg.Node_InsertStmt:
		return l.insert(s.InsertStmt, env)
	case *pg.Node_UpdateStmt:
		return l.update(s.UpdateStmt, env)
	case *pg.Node_DeleteStmt:
		return l.delete(s.DeleteStmt, env)
	}
	return nil
}
