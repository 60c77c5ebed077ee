package prover

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// unpinned explains why an occurrence is not confined to a tenant and what to write.
func (p *prover) unpinned(st *query.Statement, at pin) finding.Finding {
	owner := p.own.Of(at.base.Table)
	f := finding.Finding{Rule: ruleOf(at), Base: at.base, Pos: at.base.Pos}
	name := occurrence(at.base)
	if at.target && at.write == query.Insert {
		f.Message = "INSERT into " + name + " does not set the tenant"
		if at.parent > 0 {
			f.Message = "INSERT into " + name + " may refer to another tenant's row of " + owner.Parents[at.parent-1].Table.Name.String() + ", whose row it then is as well"
		}
		f.Hint = p.insertHint(st, at, owner)
		if why, hint := inexact(at, owner); why != "" {
			f.Message, f.Hint = f.Message+": "+why, hint
		}
		return f
	}
	verb := "reads"
	if at.target {
		verb = map[query.WriteKind]string{query.Update: "updates", query.Delete: "deletes", query.Merge: "changes"}[at.write]
	}
	f.Message = fmt.Sprintf("%s rows of every tenant in %s", verb, name)
	if ruleOf(at) == "unscoped-conflict" {
		f.Message = "ON CONFLICT DO UPDATE can update another tenant's row of " + name
	}
	f.Hint = advice(st, at.base, p.pinning(st, at, owner))
	if pl := (location{tenant: owner.Column}); at.base.Via != "" && owner.Kind == tenancy.Column {
		if pl.find(st.Root, at.base, ""); pl.shown != "" {
			f.Hint = fmt.Sprintf("add the condition %s = %s, which confines what %s shows", pl.shown, p.suggestParam(st, at.level), at.base.Via)
		}
	}
	if ruleOf(at) == "unscoped-conflict" {
		f.Hint = fmt.Sprintf("name a conflict target that includes %s, or add WHERE %s to DO UPDATE", ownerNames(at.base, owner), p.pinning(st, at, owner))
	}
	for _, n := range at.params {
		if info := st.Param(n); info != nil && info.Nullable {
			f.Rule, f.Message = "nullable-tenant", "the tenant of "+name+" is a nullable parameter, so a caller can leave it out"
			f.Hint = "use sqlc.arg instead of sqlc.narg"
		}
	}
	exact, hint := inexact(at, owner)
	switch why := nearMiss(st, at.base, owner); {
	case exact != "":
		f.Message, f.Hint = f.Message+": "+exact, hint
	case why != "":
		f.Message += ": " + why
	case at.role == certificate.Read:
		f.Message += p.elsewhere(st, at)
	}
	return f
}

// elsewhere says why a condition that stands somewhere else does not do.
func (p *prover) elsewhere(st *query.Statement, at pin) string {
	var pl location
	pl.find(st.Root, at.base, "")
	if pl.behind != "" {
		return ": " + pl.behind + "; filter inside"
	}
	for _, other := range p.pins {
		if other.base != at.base && other.level == at.level && len(other.params) > 0 && other.role == certificate.Read {
			return fmt.Sprintf(": what confines %s says nothing of %s", other.base.Alias, at.base.Alias)
		}
	}
	return ""
}

// ownerNames are the columns of a table that decide whose a row is.
func ownerNames(b *query.Base, owner tenancy.Owner) string {
	if owner.Kind == tenancy.Column {
		return b.Table.Columns[owner.Column].Name
	}
	return "the columns that refer to the parent"
}

func ruleOf(at pin) string {
	switch {
	case !at.target:
		return "unscoped-table"
	case at.write == query.Insert:
		return "unscoped-insert"
	case slices.ContainsFunc(at.env.witnesses, func(w *witness) bool { return w.written }):
		return "unscoped-conflict"
	}
	return "unscoped-write"
}

func occurrence(b *query.Base) string {
	name := b.Table.Name.String()
	if b.Via != "" {
		return name + " (through " + b.Via + ")"
	}
	if b.Alias != b.Table.Name.Name {
		return name + " " + b.Alias
	}
	return name
}

// pinning is the condition that would pin the occurrence.
func (p *prover) pinning(st *query.Statement, at pin, owner tenancy.Owner) string {
	return p.belongs(at.base.Table, at.base.Alias, p.suggestParam(st, at.level), len(p.db.Tables))
}

// belongs is the condition under which the row of t that goes by a name is the tenant's:
// of a child it asks its first parent, and so on up to a table with the tenant's column.
func (p *prover) belongs(t *catalog.Table, name, param string, depth int) string {
	owner := p.own.Of(t)
	if owner.Kind == tenancy.Column {
		return fmt.Sprintf("%s.%s = %s", name, t.Columns[owner.Column].Name, param)
	}
	if len(owner.Parents) == 0 || depth == 0 {
		return "its parent is the tenant's"
	}
	parent := owner.Parents[0]
	var on []string
	for _, pair := range parent.On {
		on = append(on, fmt.Sprintf("%s.%s = %s.%s", parent.Table.Name.Name, parent.Table.Columns[pair.Parent].Name, name, t.Columns[pair.Child].Name))
	}
	on = append(on, parentTests(parent, parent.Table.Name.Name)...)
	on = append(on, p.belongs(parent.Table, parent.Table.Name.Name, param, depth-1))
	exists := fmt.Sprintf("EXISTS (SELECT 1 FROM %s WHERE %s)", parent.Table.Name, strings.Join(on, " AND "))
	return strings.Join(append(matches(t, name, parent), exists), " AND ")
}

// matches are the conditions under which the row of t that goes by a name refers to a parent.
func matches(t *catalog.Table, name string, parent tenancy.Parent) []string {
	var all []string
	for _, m := range parent.When {
		all = append(all, fmt.Sprintf("%s.%s = '%s'", name, t.Columns[m.Column].Name, strings.ReplaceAll(m.Value, "'", "''")))
	}
	return all
}

// parentTests are the conditions on the row of a parent that goes by a name.
func parentTests(parent tenancy.Parent, name string) []string {
	var all []string
	for _, t := range parent.Where {
		all = append(all, name+"."+parent.Table.Columns[t.Column].Name+testText(t))
	}
	return all
}

func (p *prover) insertHint(st *query.Statement, at pin, owner tenancy.Owner) string {
	if at.outer != nil {
		return "put the parameter of the outer level into column " + at.base.Table.Columns[at.outer.Col].Name
	}
	if owner.Kind == tenancy.Child && len(owner.Parents) > 0 {
		parent := owner.Parents[max(0, at.parent-1)]
		hint := "insert a SELECT from " + parent.Table.Name.String() + " that is confined to the tenant, and take the key from it"
		if tests := parentTests(parent, parent.Table.Name.Name); len(tests) > 0 {
			hint = "insert a SELECT from " + parent.Table.Name.String() + " that is confined to the tenant and asks for " + strings.Join(tests, " AND ") + ", and take the key from it"
		}
		for _, m := range parent.When {
			hint += fmt.Sprintf(", with '%s' for %s", m.Value, at.base.Table.Columns[m.Column].Name)
		}
		if at.parent > 0 {
			hint += "; or leave " + at.base.Table.Columns[parent.On[0].Child].Name + " NULL"
		}
		return hint
	}
	return fmt.Sprintf("put %s into column %s in every row", p.suggestParam(st, at.level), at.base.Table.Columns[owner.Column].Name)
}

// suggestParam is the tenant parameter that the query uses already, else a new one
// in the query's own style.
func (p *prover) suggestParam(st *query.Statement, level int) string {
	for _, at := range p.pins {
		if at.level != level {
			continue
		}
		for _, n := range at.params {
			if info := st.Param(n); info != nil && !info.Nullable {
				return st.ParamText(n)
			}
		}
	}
	column := p.own.Levels[level].Columns[0]
	positional, next := false, 1
	for _, info := range st.Params {
		if info.Name == column {
			return "@" + column
		}
		positional = positional || info.Name == ""
		next = max(next, info.Number+1)
	}
	if positional {
		return fmt.Sprintf("$%d", next)
	}
	return "@" + column
}

// mixed reports occurrences that different parameters pin.
func (p *prover) mixed(st *query.Statement, level int, candidates map[int]int) finding.Finding {
	var names []string
	for _, n := range slices.Sorted(maps.Keys(candidates)) {
		names = append(names, st.ParamText(n))
	}
	for _, at := range slices.Backward(p.pins) {
		if at.level == level {
			return finding.Finding{Rule: "mixed-tenants", Base: at.base, Pos: at.base.Pos,
				Message: "the query uses several tenant parameters: " + strings.Join(names, ", "),
				Hint:    "compare every tenant column with the same parameter"}
		}
	}
	return finding.Finding{Rule: "mixed-tenants", Message: "the query uses several tenant parameters"}
}

// nearMiss looks for a condition on the occurrence's tenant column that looks
// sufficient and says why it is not.
func nearMiss(st *query.Statement, b *query.Base, owner tenancy.Owner) string {
	if owner.Kind != tenancy.Column {
		return ""
	}
	w := &misses{st: st, base: b, rel: b.ID, col: owner.Column}
	w.query(st.Root, "")
	return w.found
}

// misses walks a statement with the reason why a condition at that place proves nothing.
type misses struct {
	st    *query.Statement
	base  *query.Base
	rel   query.RelID
	col   int
	found string
	best  bool // found is about a comparison with a parameter
}

func (w *misses) query(q query.Query, why string) {
	switch q := q.(type) {
	case *query.Select:
		for _, r := range q.From {
			w.relation(r)
		}
		w.expr(q.Where, why)
		w.expr(q.Having, "HAVING filters groups, after the rows of other tenants went into them")
		for _, o := range q.Out {
			w.output(o.Expr)
		}
		w.with(q.With)
	case *query.SetOp:
		w.query(q.Left, why)
		w.query(q.Right, why)
		w.with(q.With)
	case *query.Write:
		for _, r := range q.From {
			w.relation(r)
		}
		w.expr(q.Where, why)
		w.with(q.With)
		if q.Source != nil {
			w.query(q.Source, why)
		}
	}
}

// output looks at an output expression: only what is a condition there is a mistake.
func (w *misses) output(e query.Expr) {
	switch e := e.(type) {
	case *query.Eq:
		w.equality(e, "a condition in the select list filters nothing")
	case *query.Sub:
		w.query(e.Query, "")
	default:
		for _, part := range query.Operands(e) {
			w.output(part)
		}
	}
}

func (w *misses) with(ctes []*query.CTE) {
	for _, c := range ctes {
		w.query(c.Query, "")
	}
}

func (w *misses) relation(r query.Rel) {
	switch r := r.(type) {
	case *query.Derived:
		w.query(r.Query, "")
	case *query.Join:
		w.relation(r.Left)
		w.relation(r.Right)
		why := ""
		if w.preserved(r) {
			why = "the ON of " + r.Kind.String() + " does not filter the preserved side; put it into WHERE"
		}
		w.expr(r.On, why)
	}
}

// preserved reports whether the occurrence is on a side whose rows the ON of r keeps.
func (w *misses) preserved(r *query.Join) bool {
	var left, right location
	left.rel(r.Left, w.base, false, "", "")
	right.rel(r.Right, w.base, false, "", "")
	return left.found && (r.Kind == query.Left || r.Kind == query.Full) || right.found && (r.Kind == query.Right || r.Kind == query.Full)
}

func (w *misses) expr(e query.Expr, why string) {
	switch e := e.(type) {
	case *query.And:
		for _, a := range e.Args {
			w.expr(a, why)
		}
	case *query.Or:
		for _, a := range e.Args {
			w.expr(a, "the condition stands under OR, and another arm lets other rows through; put it in front: "+"… AND (… OR …)")
		}
	case *query.Not:
		w.expr(e.Arg, "the condition is negated")
	case *query.Eq:
		w.equality(e, why)
	case *query.Op:
		if w.mentions(e) && w.found == "" {
			w.found = "\"" + e.Text + "\" is not an equality with one tenant"
			if why != "" {
				w.found = why
			}
		}
		for _, a := range e.Args {
			w.expr(a, why)
		}
	case *query.Sub:
		var inside location
		if inside.find(e.Query, w.base, ""); inside.found {
			why = "" // its own conditions are what counts there
		}
		w.query(e.Query, why)
	}
}

func (w *misses) mentions(o *query.Op) bool {
	return slices.ContainsFunc(o.Args, func(a query.Expr) bool {
		c, ok := a.(*query.Col)
		return ok && c.Rel == w.rel && c.Index == w.col
	})
}

func (w *misses) equality(e *query.Eq, why string) {
	for _, side := range [][2]query.Expr{{e.L, e.R}, {e.R, e.L}} {
		c, ok := side[0].(*query.Col)
		_, param := side[1].(*query.Param)
		if !ok || c.Rel != w.rel || c.Index != w.col || w.found != "" && (w.best || !param) {
			continue
		}
		w.best = param
		switch other := side[1].(type) {
		case *query.Const:
			w.found = e.Text + " names one tenant for every caller; use a parameter"
		case *query.Col:
			w.found = e.Text + " ties it to a column that is not confined to the tenant either"
		case *query.Op:
			w.found = e.Text + " compares with a computed value"
		case *query.Param:
			if mixed := mixedParam(w.st, other); mixed != "" {
				w.found = mixed
			}
		}
		// Elsewhere, too, a column that is confined to nothing would not do.
		if why != "" && (param || w.found == "") {
			w.found = e.Text + ": " + why
		}
	}
}
