// Package checker replays the proof that a certificate holds. The prover searches: it closes
// equalities, iterates recursive queries and tries keys. The checker only follows: each
// step names the condition, constraint or declaration that it rests on, and Check makes
// sure that it holds at that place in the statement. The two share the nouns of packages
// query, catalog, tenancy and certificate, and no logic.
package checker

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Check replays c against st. It returns nil when every occurrence of a tenant table
// that st evaluates is pinned by a chain whose every step holds at its place, and
// otherwise the first thing that does not follow. db tells what the writes of st start.
func Check(db *catalog.Database, st *query.Statement, own *tenancy.Map, c *certificate.Certificate) (err error) {
	if c.Levels > 0 {
		own = own.Outward(c.Levels - 1)
	}
	k := &checker{db: db, st: st, own: own, cert: c, target: map[*query.Base]bool{}, writes: map[*query.Base]*query.Write{}, claims: map[*certificate.Claim]bool{}, rows: map[*certificate.RowClaim]bool{}, done: map[*query.CTE]bool{}, seen: map[query.Expr]relations{}, joins: &around{}}
	defer func() {
		if r := recover(); r != nil {
			why, ok := r.(refusal)
			if !ok {
				panic(r)
			}
			err = errors.New(string(why))
		}
	}()
	for id := range c.Rows {
		k.claimID(id)
	}
	for id := range c.Subs {
		k.claimID(id)
	}
	bodies := map[*query.CTE]query.RelID{}
	for _, n := range c.Demands {
		if id, ok := bodies[n.CTE]; !ok {
			k.claimID(n.Body)
			bodies[n.CTE] = n.Body
		} else if id != n.Body {
			k.fail("WITH query %s stands for several relations", n.CTE.Name)
		}
	}
	if c.Set {
		k.ofSet()
	}
	for level, n := range c.Tenants {
		if n != 0 && !k.usable(n) {
			k.fail("parameter %d cannot be the tenant of level %d", n, level)
		}
		if n != 0 && slices.Contains(c.Tenants[:level], n) {
			k.fail("parameter %d is the tenant of two levels", n)
		}
	}
	k.folded(st.Root, nil)
	k.triggers()
	k.query(st.Root, k.root(), link{rel: certificate.NoRel})
	for _, c := range k.referred {
		if !k.done[c] {
			k.fail("WITH query %s is referred to, and nothing checks it", c.Name)
		}
	}
	return nil
}

type refusal string

// unknown refuses a part of a statement that a switch over nodes does not name.
func unknown(n any) refusal { return refusal(fmt.Sprintf("the checker does not know %T", n)) }

type checker struct {
	db     *catalog.Database
	st     *query.Statement
	own    *tenancy.Map
	cert   *certificate.Certificate
	claims map[*certificate.Claim]bool
	rows   map[*certificate.RowClaim]bool
	target map[*query.Base]bool // of writes
	writes map[*query.Base]*query.Write
	done   map[*query.CTE]bool // whose references must all have been met
	open   []*query.CTE        // that are being checked
	ids    []query.RelID
	seen   map[query.Expr]relations
	joins  *around
	// referred are the WITH queries that something refers to.
	referred []*query.CTE
	matched  map[query.RelID]bool // rows of Statement.Latest that are being matched with those beside them
	way      *way                 // by which alone a new row is to be proved, nil for any
}

func (k *checker) root() *scope { return &scope{subs: k.cert.Subs, seen: k.seen, joins: k.joins} }

// claimID makes sure that an id of the certificate stands for nothing else.
func (k *checker) claimID(id query.RelID) {
	if int(id) < k.st.Rels || slices.Contains(k.ids, id) {
		k.fail("id %d is taken", id)
	}
	k.ids = append(k.ids, id)
}

// usable reports whether parameter n can hold a tenant: always one, never null. What the setting
// of the call says it does.
func (k *checker) usable(n int) bool {
	if k.cert.Set {
		return k.holdsSet(n)
	}
	return n == query.BySetting || slices.ContainsFunc(k.st.Params, func(p *query.ParamInfo) bool { return p.Number == n && !p.Nullable && !p.Slice })
}

// link ties the output columns of a query to the relation that stands for it
// outside. Columns of skip are converted on the way.
type link struct {
	rel  query.RelID
	skip []int
}

func (k *checker) query(q query.Query, s *scope, to link) {
	switch q := q.(type) {
	case *query.Select:
		k.matching(q.From, func() { k.level(q, s, to) })
		k.with(q.With, s)
	case *query.SetOp:
		if q.Limited {
			to = link{rel: certificate.NoRel}
		}
		for i, o := range q.Out {
			if o.Type == query.Unknown {
				to.skip = append(slices.Clip(to.skip), i)
			}
		}
		k.query(q.Left, s, to)
		k.query(q.Right, s, to)
		k.exprs(q.Rest, s)
		k.with(q.With, s)
	case *query.Values:
		for _, row := range q.Rows {
			k.exprs(row, s)
		}
		k.exprs(q.Rest, s)
		k.with(q.With, s)
	case *query.Write:
		if k.cert.Set {
			k.fail("what is confined to a set of tenants writes")
		}
		k.matching(matchedBy(q), func() { k.write(q, s) })
		k.with(q.With, s)
	default:
		panic(unknown(q))
	}
}

// with checks WITH queries after all references to them, last one first. What every
// reference asks of a column filters the query itself.
func (k *checker) with(ctes []*query.CTE, s *scope) {
	for _, c := range slices.Backward(ctes) {
		k.done[c] = true
		to, body := link{rel: certificate.NoRel}, s
		if _, write := c.Query.(*query.Write); !write && !c.Recursive {
			body = s.child()
			for _, n := range k.cert.Demands {
				if n.CTE == c {
					to.rel = n.Body
					body.made = append(body.made, construction{kind: certificate.Demanded, by: c, a: certificate.Column(n.Body, n.Col), b: certificate.Param(n.Param)})
				}
			}
		}
		k.open = append(k.open, c)
		k.query(c.Query, body, to)
		k.open = k.open[:len(k.open)-1]
	}
}

// reference makes sure that it asks for all that is needed of the WITH query, which is
// checked after all references to it but those within itself.
func (k *checker) reference(r *query.CTERef, s *scope) {
	if k.done[r.CTE] && (!r.CTE.Recursive || !slices.Contains(k.open, r.CTE)) {
		k.fail("WITH query %s is referred to after it was checked", r.CTE.Name)
	}
	k.referred = append(k.referred, r.CTE)
	for _, n := range k.cert.Demands {
		if n.CTE == r.CTE {
			k.follows(n.By[r.ID], certificate.Column(r.ID, n.Col), certificate.Param(n.Param), s)
		}
	}
}

// level checks one SELECT level (PostgreSQL manual, SELECT, Description: the order in
// which its clauses take effect).
func (k *checker) level(q *query.Select, s *scope, to link) {
	rows, unfiltered := s.child(), s.child()
	rows.made = k.passed(q, to)
	unfiltered.made = rows.made
	rows.fromLevel(q)
	rows.level = q
	for _, r := range q.From {
		k.rel(r, rows)
	}
	k.filter(q.From, q.Where, unfiltered)
	groups := rows
	if !perRow(q) {
		groups = s
	}
	for _, o := range q.Out {
		k.perGroup(o.Expr, rows, groups)
	}
	if q.Group != nil {
		k.exprs(q.Group.By, rows)
	}
	k.perGroup(q.Having, rows, groups)
	for _, e := range slices.Concat(q.DistinctOn, q.Rest) {
		k.perGroup(e, rows, groups)
	}
}

// filter checks the subqueries of WHERE. For the rows that another conjunct drops
// they do not matter, nor for those that the conjunct itself drops unevaluated.
func (k *checker) filter(from []query.Rel, where query.Expr, s *scope) {
	if where == nil || !hasSub(where) {
		return
	}
	args := []query.Expr{where}
	if and, ok := where.(*query.And); ok {
		args = and.Args
	}
	for i, a := range args {
		if !hasSub(a) {
			continue
		}
		in := s.child()
		in.onlyWhere(a)
		for _, r := range from {
			in.present(r)
		}
		for j, other := range args {
			if i != j {
				in.assume(other)
			}
		}
		k.condition(a, in)
	}
}

// condition checks the subqueries of a condition that only matters where the other
// conjuncts of its AND are true.
func (k *checker) condition(e query.Expr, s *scope) {
	switch e := e.(type) {
	case *query.And:
		k.filter(nil, e, s)
	case *query.Or:
		for _, a := range e.Args {
			k.condition(a, s)
		}
	default:
		k.expr(e, s)
	}
}

// passed lists the output columns on which filtering outside is the same as
// filtering inside: not past LIMIT, a lock or volatile call, and only columns that
// every grouping, window and DISTINCT ON keeps apart.
func (k *checker) passed(q *query.Select, to link) []construction {
	if to.rel == certificate.NoRel || q.Limited || q.Locks || q.Volatile || q.Aggregate || q.Group != nil && q.Group.Sets {
		return nil
	}
	var pairs []construction
	for i, o := range q.Out[:width(q.Out)] {
		t, ok := certificate.TermOf(o.Expr)
		if !ok || slices.Contains(to.skip, i) {
			continue
		}
		apart := func(by []query.Expr) bool {
			return t.IsParam() || slices.ContainsFunc(by, func(e query.Expr) bool { u, ok := certificate.TermOf(e); return ok && u == t })
		}
		if q.Group != nil && !apart(q.Group.By) || q.DistinctOn != nil && !apart(q.DistinctOn) ||
			slices.ContainsFunc(q.Windows, func(w query.Window) bool { return !apart(w.PartitionBy) }) {
			continue
		}
		pairs = append(pairs, construction{kind: certificate.Output, by: q, index: i, a: t, b: certificate.Column(to.rel, i)})
	}
	return pairs
}

// rel checks the tables below r, where s holds on the rows of the whole FROM list.
func (k *checker) rel(r query.Rel, s *scope) {
	switch r := r.(type) {
	case *query.Base:
		k.pinned(r, certificate.Read, s)
	case *query.Derived:
		k.query(r.Query, s, link{rel: r.ID})
	case *query.CTERef:
		k.reference(r, s)
	case *query.Rows:
		k.exprs(r.Args, s)
	case *query.Join:
		k.join(r, s)
	default:
		panic(unknown(r))
	}
}

func (k *checker) join(j *query.Join, s *scope) {
	left, right, pair := s.sides(j)
	if pair == nil {
		pair = k.root()
	}
	k.rel(j.Left, left)
	k.rel(j.Right, right)
	k.filter([]query.Rel{j.Left, j.Right}, j.On, pair)
}

// sides is what is true on the rows of each side of a join that matter here, and of the pairs that its ON is evaluated
// for: nil says nothing. ON filters the nullable side, never the preserved one (PostgreSQL manual, 7.2.1.1).
func (s *scope) sides(j *query.Join) (left, right, pair *scope) {
	kind := s.kind(j)
	left, right, pair = s.child(), s.child(), s.child()
	left.padded, right.padded = kind == query.Right || kind == query.Full, kind == query.Left || kind == query.Full
	if left.padded {
		left.pads.below(j.Left)
		pair.pads.below(j.Left)
	}
	if right.padded {
		right.pads.below(j.Right)
		pair.pads.below(j.Right)
	}
	left.present(j.Left)
	right.present(j.Right)
	if kind == query.Inner || kind == query.Right {
		left.present(j.Right)
		left.assume(j.On)
	}
	if kind == query.Inner || kind == query.Left {
		right.present(j.Left)
		right.assume(j.On)
	}
	if kind == query.Full {
		left.side, right.side = sideOf{j, j.Left}, sideOf{j, j.Right}
		return left, right, nil // a pair that does not satisfy ON still yields both rows
	}
	return left, right, pair
}

// pinned makes sure that an occurrence belongs to the tenant.
func (k *checker) pinned(b *query.Base, role certificate.Role, s *scope) {
	k.pinnedBy(b, role, 0, s)
}

func (k *checker) pinnedBy(b *query.Base, role certificate.Role, action int, s *scope) {
	owner := k.own.Of(b.Table)
	switch owner.Kind {
	case tenancy.Global:
		return
	case tenancy.Undeclared:
		k.fail("table %s is not declared", b.Table.Name)
	}
	n := 0
	if owner.Level < len(k.cert.Tenants) {
		n = k.cert.Tenants[owner.Level]
	}
	if n == 0 {
		k.fail("table %s has no tenant parameter", b.Table.Name)
	}
	switch {
	case role != certificate.Inserted:
		k.levelsAgree(b.Table)
	case owner.Kind == tenancy.Column && len(owner.Parents) > 0:
		k.unlinked(b.Table)
		k.throughout(b, action, n, s)
		return
	case len(owner.Parents) > 1:
		k.unlinked(b.Table)
		k.pinnedByEach(b, action, n, s)
		return
	default:
		k.unlinked(b.Table)
	}
	p := k.cert.Pinned(b, role, action)
	if p == nil {
		k.fail("nothing pins table %s at byte %d", b.Table.Name, b.Pos.Start)
	}
	if role != certificate.Inserted && p.Row != b.ID {
		k.fail("the proof of table %s is about another row", b.Table.Name)
	}
	if k.cert.Set { // what read_also lets through is another tenant's
		k.follows(p.Chain, certificate.Owner(p.Row), certificate.Element(n), s)
		return
	}
	if len(p.Chain) == 1 && p.Chain[0].Kind == certificate.MayRead {
		k.mayRead(&p.Chain[0], b, n, s)
		return
	}
	k.follows(p.Chain, certificate.Owner(p.Row), certificate.Param(n), s)
}
