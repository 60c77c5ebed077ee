package ddl

import (
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/internal/treejson"
)

// PostgreSQL stores a policy with its names resolved, so it follows what is
// renamed or moved to another schema. The catalog keeps text; so that it follows
// too, the names in it are bound when the policy is created, and written anew at
// the end where they have changed.

// bound is the text of an expression and what the names in it stand for.
type bound struct {
	text  string
	refs  []ref    // in the order of the text
	other []string // names of columns that are not sure
}

// ref is a name in a text. One pointer is set; of a table in FROM, the name is qualified.
type ref struct {
	start, end int
	table      *table
	column     *column
	typ        *catalog.Type
	function   *catalog.Function
	relation   bool         // the table is written with its schema
	output     bool         // the column names an output column of a query
	literal    bool         // it is a string, which may be the label of an enum
	label      string       // of such a literal, today
	was        catalog.Name // when it was bound
}

func (r *ref) name() catalog.Name {
	switch {
	case r.literal:
		return catalog.Name{Name: r.label}
	case r.column != nil:
		return catalog.Name{Name: r.column.Name}
	case r.typ != nil:
		return r.typ.Name
	case r.function != nil:
		return r.function.Name
	case r.relation:
		return r.table.Name
	}
	return catalog.Name{Name: r.table.Name.Name}
}

// current returns the text with the names of today.
func (b *bound) current() string {
	var out strings.Builder
	at := 0
	for _, r := range b.refs {
		now := r.name()
		if now == r.was {
			continue
		}
		out.WriteString(b.text[at:r.start])
		if at = r.end; r.literal {
			out.WriteString("'" + strings.ReplaceAll(now.Name, "'", "''") + "'")
			continue
		}
		if now.Schema != "" {
			out.WriteString(catalog.QuoteIdent(now.Schema) + ".")
		}
		out.WriteString(catalog.QuoteIdent(now.Name))
		if r.output {
			out.WriteString(" AS " + catalog.QuoteIdent(r.was.Name))
		}
	}
	return out.String() + b.text[at:]
}

// reads reports whether the policy depends, or may depend, on a column or, with none, on a table.
func (p *policy) reads(t *table, c *column) bool {
	return p.bound(t, c) || c != nil && slices.Contains(slices.Concat(p.using.other, p.check.other), c.Name)
}

// bound reports whether the policy surely does. Its own table's name alone is no dependency.
func (p *policy) bound(t *table, c *column) bool {
	return slices.ContainsFunc(slices.Concat(p.using.refs, p.check.refs), func(r ref) bool {
		if c != nil {
			return r.column == c
		}
		return r.table == t && r.relation
	})
}

// dropPolicyUses drops the policies of tables that stay which read a table, or a
// column of it when one is given. A policy that only may read it is forgotten too:
// that has it created again, no more.
func (l *loader) dropPolicyUses(t *table, c *column, cascade bool) error {
	what := fmt.Sprintf("table %q", t.Name)
	if c != nil {
		what = fmt.Sprintf("column %q of table %q", c.Name, t.Name)
	}
	for _, other := range l.tables {
		if c == nil && other == t {
			continue
		}
		for _, p := range slices.Clone(other.policies) {
			if !p.reads(t, c) {
				continue
			}
			if !cascade && !l.dropping[other] && p.bound(t, c) {
				return withHint(errorf(-1, "cannot drop %s because policy %q on table %q depends on it", what, p.Name, other.Name),
					"drop its policies in the same migration, or with CASCADE: generate makes anew what is still wanted")
			}
			other.policies = remove(other.policies, p)
		}
	}
	return nil
}

// binder binds the names of one expression.
type binder struct {
	*loader
	toks []sqltext.Token
	skip int             // what stands before the expression in the text that was parsed
	ctes map[string]bool // names of WITH queries
	outs []*pg.ColumnRef // columns that name output columns
	bound
}

// scope are the tables whose columns can be named at a place, innermost first.
// An item without a table hides names that nobody knows.
type scope struct {
	outer *scope
	items []nameItem
}

type nameItem struct {
	name    string
	table   *table // nil for anything but a table
	aliased bool
}

// bind returns an expression on the rows of a table with its names bound. A name
// that cannot be resolved for sure stays as it is written.
func (l *loader) bind(t *table, text string) bound {
	c := l.condition(text)
	if c == nil {
		return bound{text: text}
	}
	b := &binder{loader: l, toks: c.toks, skip: len(beforeCondition), ctes: c.ctes, bound: bound{text: text}}
	own := &scope{items: []nameItem{{name: t.Name.Name, table: t}}}
	for _, n := range c.root.GetSelectStmt().GetTargetList() {
		b.visit(n, own)
	}
	slices.SortFunc(b.refs, func(x, y ref) int { return x.start - y.start })
	b.refs = slices.CompactFunc(b.refs, func(x, y ref) bool { return x.start == y.start })
	return b.bound
}

// condition is an expression by itself, as it was parsed. Nothing of it is changed: one text stands in the policies of many
// tables.
type condition struct {
	root *pg.Node
	toks []sqltext.Token
	ctes map[string]bool
}

// beforeCondition makes a statement of an expression.
const beforeCondition = "SELECT "

// condition parses an expression; nil is none.
func (l *loader) condition(text string) *condition {
	if c, ok := l.conditions[text]; ok {
		return c
	}
	var c *condition
	tree, err := treejson.Parse(beforeCondition + text)
	toks, scanErr := sqltext.Tokens(beforeCondition + text)
	if text != "" && err == nil && scanErr == nil && len(tree.GetStmts()) == 1 {
		root := tree.GetStmts()[0].GetStmt()
		c = &condition{root, toks, cteNames(root)}
	}
	if l.conditions == nil {
		l.conditions = map[string]*condition{}
	}
	l.conditions[text] = c
	return c
}

// visit binds the names in a tree.
func (b *binder) visit(m parsetree.Message, names *scope) {
	switch n := m.(type) {
	case *pg.SelectStmt:
		names = &scope{outer: names}
		for _, f := range n.GetFromClause() {
			b.fromItem(f, names)
		}
		for _, out := range n.GetTargetList() {
			if r := out.GetResTarget(); r.GetName() == "" {
				b.outs = append(b.outs, r.GetVal().GetColumnRef())
			}
		}
	case *pg.ColumnRef:
		b.columnRef(n, names)
	case *pg.RangeVar:
		if t := b.tableNamed(n); t != nil {
			b.add(n.GetLocation(), parts(n.GetSchemaname(), n.GetRelname()), ref{table: t, relation: true})
		}
	case *pg.TypeName:
		name := parsetree.Qualified(n.GetNames())
		for _, schema := range b.lookupPath(name.Schema) {
			if typ := b.db.Type(catalog.Name{Schema: schema, Name: name.Name}); typ != nil {
				b.add(n.GetLocation(), parts(name.Schema, name.Name), ref{typ: typ})
				break
			}
		}
	case *pg.A_Const:
		if s := n.GetSval(); s != nil {
			b.add(n.GetLocation(), 1, ref{literal: true, label: s.GetSval()})
		}
	case *pg.FuncCall:
		name := parsetree.Qualified(n.GetFuncname())
		if fs := b.functions(name); len(fs) == 1 {
			b.add(n.GetLocation(), parts(name.Schema, name.Name), ref{function: fs[0]})
		}
	}
	parsetree.Children(m, func(child parsetree.Message) { b.visit(child, names) })
}

func parts(schema, name string) int {
	if schema == "" || name == "" {
		return 1
	}
	return 2
}

// fromItem adds what an element of FROM offers.
func (b *binder) fromItem(n *pg.Node, names *scope) {
	switch e := n.GetNode().(type) {
	case *pg.Node_RangeVar:
		item := nameItem{name: e.RangeVar.GetRelname()}
		if a := e.RangeVar.GetAlias(); a != nil {
			item.name, item.aliased = a.GetAliasname(), true
		}
		if len(e.RangeVar.GetAlias().GetColnames()) == 0 {
			item.table = b.tableNamed(e.RangeVar)
		}
		names.items = append(names.items, item)
	case *pg.Node_JoinExpr:
		if e.JoinExpr.GetAlias() != nil || e.JoinExpr.GetIsNatural() || len(e.JoinExpr.GetUsingClause()) > 0 {
			names.items = append(names.items, nameItem{})
			return
		}
		b.fromItem(e.JoinExpr.GetLarg(), names)
		b.fromItem(e.JoinExpr.GetRarg(), names)
	default:
		names.items = append(names.items, nameItem{})
	}
}

// tableNamed returns the table that a name in FROM means, nil for anything else.
func (b *binder) tableNamed(r *pg.RangeVar) *table {
	if r.GetSchemaname() == "" && b.ctes[r.GetRelname()] {
		return nil
	}
	if rel := b.find(parsetree.RangeName(r)); rel != nil {
		return rel.table
	}
	return nil
}

// columnRef binds a column by its own name, by table.column or by schema.table.column.
func (b *binder) columnRef(n *pg.ColumnRef, names *scope) {
	fields := parsetree.Strings(n.GetFields())
	if len(fields) != len(n.GetFields()) {
		return // a *
	}
	if len(fields) == 1 {
		if c := names.column(fields[0]); c != nil {
			b.add(n.GetLocation(), 1, ref{column: c, output: slices.Contains(b.outs, n)})
		} else {
			b.other = append(b.other, fields[0])
		}
		return
	}
	last := len(fields) - 1
	item := names.item(fields[last-1])
	if item == nil || item.table == nil || item.table.col(fields[last]) == nil || last > 2 {
		b.other = append(b.other, fields[last])
		return
	}
	i := b.tokenAt(n.GetLocation())
	if !item.aliased {
		b.addAt(i, last, ref{table: item.table, relation: last == 2})
	}
	b.addAt(i+2*last, 1, ref{column: item.table.col(fields[last]), output: slices.Contains(b.outs, n)})
}

// column finds the column that a bare name means, nil when that is not sure.
func (s *scope) column(name string) *column {
	for ; s != nil; s = s.outer {
		var found *column
		for _, it := range s.items {
			if it.table == nil {
				return nil
			}
			if c := it.table.col(name); c != nil {
				found = c
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

func (s *scope) item(name string) *nameItem {
	for ; s != nil; s = s.outer {
		for i := range s.items {
			if s.items[i].name == name {
				return &s.items[i]
			}
		}
	}
	return nil
}

func (b *binder) tokenAt(location int32) int {
	return slices.IndexFunc(b.toks, func(t sqltext.Token) bool { return t.Start == int(location) })
}

// add binds a name of so many parts at a place of the parsed text.
func (b *binder) add(location int32, parts int, r ref) { b.addAt(b.tokenAt(location), parts, r) }

func (b *binder) addAt(token, parts int, r ref) {
	last := token + 2*(parts-1)
	if token < 0 || last >= len(b.toks) {
		return
	}
	r.start, r.end, r.was = b.toks[token].Start-b.skip, b.toks[last].End-b.skip, r.name()
	b.refs = append(b.refs, r)
}
