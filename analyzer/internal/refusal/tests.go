package refusal

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// level is what one level of a statement asks of rows of tables, under AND alone.
type level struct {
	tests   []test
	limited bool
}

// test compares a column of a table with what is none of it.
type test struct {
	base  *query.Base
	index int  // of the column
	plain bool // it is compared itself, not what a function makes of it
	op    string
	// values are what it is compared with, none for IS NULL.
	values []query.Expr
}

func (t test) column() string { return t.base.Table.Columns[t.index].Name }

// levelsOf reads what the levels of a statement ask, each for itself.
func levelsOf(st *query.Statement) []level {
	bases := map[query.RelID]*query.Base{}
	each(st.Root, func(n query.Node) {
		if b, ok := n.(*query.Base); ok {
			bases[b.ID] = b
		}
	})
	var all []level
	each(st.Root, func(n query.Node) {
		if s, ok := n.(*query.Select); ok {
			all = append(all, level{testsOf(bases, append(ons(s.From), s.Where)), s.Limited})
		}
		if w, ok := n.(*query.Write); ok {
			all = append(all, level{testsOf(bases, append(ons(w.From), w.Where)), false})
		}
	})
	return all
}

// each calls f with a node and everything below it.
func each(n query.Node, f func(query.Node)) {
	f(n)
	query.Children(n, func(c query.Node) { each(c, f) })
}

// ons are the conditions of the inner joins of a FROM list.
func ons(from []query.Rel) []query.Expr {
	var all []query.Expr
	for _, r := range from {
		if j, ok := r.(*query.Join); ok && j.Kind == query.Inner {
			all = append(append(all, j.On), ons([]query.Rel{j.Left, j.Right})...)
		}
	}
	return all
}

// testsOf reads the conditions of a conjunction that compare a column.
func testsOf(bases map[query.RelID]*query.Base, conjuncts []query.Expr) []test {
	var all []test
	for _, e := range conjuncts {
		if and, ok := e.(*query.And); ok {
			all = append(all, testsOf(bases, and.Args)...)
		} else if t, ok := testOf(bases, e); ok {
			all = append(all, t)
		}
	}
	return all
}

func testOf(bases map[query.RelID]*query.Base, e query.Expr) (test, bool) {
	if or, ok := e.(*query.Or); ok {
		return oneOf(bases, or)
	}
	op := "="
	if not, ok := e.(*query.Not); ok {
		return compared(bases, "NOT", not.Arg)
	}
	if o, ok := e.(*query.Op); ok {
		op = o.Text
	} else if _, ok := e.(*query.Eq); !ok {
		return test{}, false
	}
	return compared(bases, op, query.Operands(e)...)
}

// oneOf reads a column IN a list of values, in whichever way it is written.
func oneOf(bases map[query.RelID]*query.Base, or *query.Or) (test, bool) {
	all := test{op: "IN"}
	for _, a := range or.Args {
		t, ok := testOf(bases, a)
		if !ok || t.op != "=" || all.base != nil && (t.base != all.base || t.index != all.index) {
			return test{}, false
		}
		all.base, all.index, all.plain, all.values = t.base, t.index, t.plain, append(all.values, t.values...)
	}
	return all, all.base != nil
}

var mirrored = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}

// compared reads a comparison whose one side has the one column that is in it.
func compared(bases map[query.RelID]*query.Base, op string, operands ...query.Expr) (test, bool) {
	sides := slices.Clone(operands)
	if len(sides) == 2 && len(columns(sides[0])) == 0 {
		sides[0], sides[1] = sides[1], sides[0]
		if m := mirrored[op]; m != "" {
			op = m
		}
	}
	if len(sides) == 0 || len(columns(sides[0])) != 1 || slices.ContainsFunc(sides[1:], func(e query.Expr) bool { return query.HasSub(e) || len(columns(e)) > 0 }) {
		return test{}, false
	}
	c := columns(sides[0])[0]
	_, plain := sides[0].(*query.Col)
	return test{bases[c.Rel], c.Index, plain, op, sides[1:]}, bases[c.Rel] != nil
}

// columns are those of an expression, outside of its subqueries.
func columns(e query.Expr) []*query.Col {
	if c, ok := e.(*query.Col); ok {
		return []*query.Col{c}
	}
	var all []*query.Col
	for _, o := range query.Operands(e) {
		all = append(all, columns(o)...)
	}
	return all
}

// given reports whether a test is about rows by their ids, or by those of rows that they refer to.
func (t test) given() bool {
	name, table := t.column(), t.base.Table
	has := func(columns []string) bool { return slices.Contains(columns, name) }
	id := slices.ContainsFunc(table.Keys, func(k *catalog.Key) bool { return has(k.Columns) && len(t.texts()) == 0 }) ||
		slices.ContainsFunc(table.Foreign, func(f *catalog.ForeignKey) bool { return has(f.Columns) }) || isID(name)
	return id && (t.op == "=" || t.op == "IN" || t.op == "= ANY")
}

// texts are the literals that a test compares with, none where it compares with something else, too.
func (t test) texts() []string {
	var all []string
	for _, v := range t.values {
		c, ok := uncast(v).(*query.Const)
		if !ok {
			return nil
		}
		all = append(all, strings.ToLower(strings.Trim(c.Text, "'")))
	}
	return all
}

// uncast is what casts are of.
func uncast(e query.Expr) query.Expr {
	if o, ok := e.(*query.Op); ok && strings.HasPrefix(o.Text, "::") && len(o.Args) == 1 {
		return uncast(o.Args[0])
	}
	return e
}

// waits reports whether a test finds work that waits: by a state, by what has not been done yet, or by its time.
// Of a table of jobs every state and every time that is not there yet is one.
func (t test) waits() bool {
	texts := t.texts()
	jobs := has(jobWords, words(t.base.Table.Name.Name))
	switch {
	case t.op == "IS NULL" || t.op == "NOT" || t.op == "=" && slices.Equal(texts, []string{"false"}):
		return jobs || has(doneWords, words(t.column()))
	case t.before():
		return slices.ContainsFunc(t.values, now)
	}
	return (t.op == "=" || t.op == "IN") && (has(waitingWords, texts) || jobs && len(texts) > 0)
}

// passed reports whether a test finds rows whose time has passed.
func (t test) passed() bool { return t.before() }

// before reports whether a test asks for times before one.
func (t test) before() bool {
	typ := t.base.Table.Columns[t.index].Value.Type.Name
	return (t.op == "<" || t.op == "<=") && (typ == "timestamptz" || typ == "timestamp" || typ == "date")
}

// now reports whether an expression is made of the current time.
func now(e query.Expr) bool {
	o, ok := e.(*query.Op)
	return ok && (o.Mutable || o.Volatile || slices.ContainsFunc(o.Args, now))
}

// What columns are called by which somebody outside finds a row, those of outside services, and of
// what has been done; and the states of what waits.
var (
	shownWords   = strings.Fields("token secret hash digest fingerprint signature nonce otp email mail username login phone domain subdomain host hostname slug handle")
	shownPairs   = strings.Fields("api-key access-key license-key invite-code invitation-code join-code verification-code device-code")
	outsideWords = strings.Fields("stripe paddle braintree chargebee paypal github gitlab bitbucket google slack shopify twilio okta auth0 clerk workos provider webhook")
	// jobWords are in the names of tables with jobs, showingTables in those of tables whose rows somebody outside shows
	// by a column that is called as in showingColumns.
	jobWords       = strings.Fields("job jobs queue queues outbox deliveries backlog")
	showingTables  = strings.Fields("token tokens key keys secret secrets session sessions invitation invitations invite invites credential credentials domain domains webhook webhooks")
	showingColumns = strings.Fields("key prefix name code value cookie")

	doneWords    = strings.Fields("processed sent dispatched delivered claimed handled notified synced locked enqueued picked published")
	waitingWords = strings.Fields("pending queued scheduled waiting ready runnable enqueued retry retrying retryable unsent unprocessed unclaimed")
)

// shows reports whether a column is called like what somebody outside shows.
func (t test) shows() bool {
	w := words(t.column())
	if isID(t.column()) {
		return len(w) > 1 && has(outsideWords, w)
	}
	for i := range w {
		if i > 0 && slices.Contains(shownPairs, w[i-1]+"-"+w[i]) {
			return true
		}
	}
	return has(shownWords, w) || len(w) == 1 && slices.Contains(showingColumns, w[0]) && has(showingTables, words(t.base.Table.Name.Name))
}

// isID reports whether a column is called like an id.
func isID(column string) bool {
	w := words(column)
	return len(w) > 0 && slices.Contains([]string{"id", "ids", "uuid", "uid", "guid"}, w[len(w)-1])
}

func has(list, some []string) bool {
	return slices.ContainsFunc(some, func(s string) bool { return slices.Contains(list, s) })
}

var wordsOf = regexp.MustCompile(`[A-Z]?[a-z]+[0-9]*|[A-Z]+|[0-9]+`)

// words are those of a name: token_hash and tokenHash are token, hash.
func words(name string) []string {
	all := wordsOf.FindAllString(name, -1)
	for i := range all {
		all[i] = strings.ToLower(all[i])
	}
	return all
}
