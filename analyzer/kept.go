package analyzer

import (
	"encoding/json"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// kept is a result as it is written down: positions are those of the statement alone, with the comments in front; tables, views and
// functions are known by their places in the catalog.
type kept struct {
	Name, Command    string
	Line             int        // of the name comment
	Text             query.Span // in what is kept with it
	Verdict          Verdict
	Routable         []bool // one, or none
	Tenants          []int
	TenantTypes      []string
	Apart            int
	Relations        []keptRelation
	Params           []Param
	Assumes          []Premise
	Comments         []string
	Category, Reason string
	Targets, Calls   []int
	Uses             []keptUse
	Draws            []Draw
	Diagnostics      []Diagnostic
}

type keptRelation struct {
	Table, Alias string
	Line, Column int
	Proof        []string
	Links        string // JSON of []Link, which are mostly not asked for
}

type keptUse struct {
	Table, View int // one of them is -1
	Privileges  []string
}

// on writes it on a tape, or reads it there.
func (k *kept) on(t *tape) {
	t.string(&k.Name)
	t.string(&k.Command)
	t.int(&k.Line)
	t.span(&k.Text)
	text(t, &k.Verdict)
	list(t, &k.Routable, t.bool)
	t.ints(&k.Tenants)
	t.strings(&k.TenantTypes)
	t.int(&k.Apart)
	list(t, &k.Relations, func(r *keptRelation) {
		t.string(&r.Table)
		t.string(&r.Alias)
		t.int(&r.Line)
		t.int(&r.Column)
		t.strings(&r.Proof)
		t.string(&r.Links)
	})
	list(t, &k.Params, func(p *Param) {
		t.int(&p.Number)
		t.string(&p.Name)
	})
	list(t, &k.Assumes, t.premise)
	t.strings(&k.Comments)
	t.string(&k.Category)
	t.string(&k.Reason)
	t.ints(&k.Targets)
	t.ints(&k.Calls)
	list(t, &k.Uses, func(u *keptUse) {
		t.int(&u.Table)
		t.int(&u.View)
		t.strings(&u.Privileges)
	})
	list(t, &k.Draws, func(d *Draw) {
		t.name(&d.Sequence)
		t.int(&d.Line)
		t.int(&d.Column)
	})
	list(t, &k.Diagnostics, t.diagnostic)
}

func (t *tape) premise(p *Premise) {
	text(t, &p.Kind)
	t.name(&p.Table)
	t.string(&p.Constraint)
	t.strings(&p.Columns)
	t.string(&p.Text)
	t.string(&p.Pos.File)
	t.int(&p.Pos.Offset)
	t.int(&p.Pos.Line)
	t.int(&p.Pos.Column)
}

func (t *tape) diagnostic(d *Diagnostic) {
	for _, s := range []*string{&d.Rule, (*string)(&d.Severity), &d.Message, &d.Query, &d.Table, &d.File, &d.Hint} {
		t.string(s)
	}
	for _, n := range []*int{&d.Line, &d.Column, &d.EndLine, &d.EndColumn} {
		t.int(n)
	}
	t.bool(&d.Mended)
}

// keep writes a result down that was found at a place of a file; nil where it is refused, which is for the analysis to say each
// time, or names what is not in the catalog.
func (a *Analyzer) keep(r *Result, src *source, piece query.Span) *kept {
	at := r.start() - piece.Start
	if r.Verdict == Rejected || r.reading.Statement == nil || at < 0 || at+len(r.Text) > piece.End-piece.Start {
		return nil
	}
	links := r.Relations
	r, ok := r.movedFrom(src, piece.Start)
	k := &kept{Name: r.Name, Command: r.Command, Line: r.Line, Text: query.Span{Start: at, End: at + len(r.Text)}, Verdict: r.Verdict,
		Tenants: r.Tenants, TenantTypes: r.TenantTypes, Apart: r.Apart, Params: r.Params, Assumes: r.Assumes, Comments: r.Comments, Category: r.Category, Reason: r.Reason, Draws: r.Draws, Diagnostics: r.Diagnostics}
	if r.Routable != nil {
		k.Routable = []bool{*r.Routable}
	}
	from := src.start(piece.Start)
	for i, rel := range r.Relations {
		text, err := json.Marshal(movedLinks(links[i].Links(), from.back))
		ok = ok && err == nil
		k.Relations = append(k.Relations, keptRelation{rel.Table, rel.Alias, rel.Line, rel.Column, rel.Proof, string(text)})
	}
	for _, t := range r.Targets {
		k.Targets = append(k.Targets, slices.Index(a.db.Tables, t))
	}
	for _, f := range r.Calls {
		k.Calls = append(k.Calls, slices.Index(a.db.Functions, f))
	}
	for _, u := range r.Uses {
		use := keptUse{slices.Index(a.db.Tables, u.Table), slices.Index(a.db.Views, u.View), u.Privileges}
		ok = ok && (use.Table < 0) != (use.View < 0)
		k.Uses = append(k.Uses, use)
	}
	if !ok || slices.Contains(k.Targets, -1) || slices.Contains(k.Calls, -1) {
		return nil
	}
	return k
}

// recall makes a result of what was written down, at the place where the statement stands now; nil where that is not of this catalog.
func (a *Analyzer) recall(k *kept, src *source, piece query.Span) *Result {
	text := src.text[piece.Start:piece.End]
	if k.Text.Start < 0 || k.Text.End > len(text) || k.Text.Start > k.Text.End || k.Verdict == Rejected {
		return nil
	}
	r := &Result{Name: k.Name, Command: k.Command, File: src.file, Line: k.Line, Text: text[k.Text.Start:k.Text.End], Verdict: k.Verdict,
		Tenants: k.Tenants, TenantTypes: k.TenantTypes, Apart: k.Apart, levels: a.own.Levels, Params: k.Params, Assumes: k.Assumes, Comments: k.Comments, Category: k.Category, Reason: k.Reason, Draws: k.Draws, Diagnostics: k.Diagnostics}
	if len(k.Routable) == 1 {
		r.Routable = &k.Routable[0]
	}
	to := src.start(piece.Start)
	for _, rel := range k.Relations {
		r.Relations = append(r.Relations, Relation{Table: rel.Table, Alias: rel.Alias, Line: rel.Line, Column: rel.Column, Proof: rel.Proof, recalled: &recalledLinks{rel.Links, to}})
	}
	ok := true
	for _, i := range k.Targets {
		r.Targets = append(r.Targets, at(a.db.Tables, i, &ok))
	}
	for _, i := range k.Calls {
		r.Calls = append(r.Calls, at(a.db.Functions, i, &ok))
	}
	for _, u := range k.Uses {
		use := Use{Privileges: u.Privileges}
		if u.View >= 0 {
			use.View = at(a.db.Views, u.View, &ok)
		} else {
			use.Table = at(a.db.Tables, u.Table, &ok)
		}
		r.Uses = append(r.Uses, use)
	}
	if !ok {
		return nil
	}
	return r.moved(to.forth)
}

// recalledLinks are the links of a relation of a statement that begins at a place.
type recalledLinks struct {
	text string
	at   place
}

// list reads them. What cannot be read is none: nobody wrote that.
func (l *recalledLinks) list() []Link {
	var links []Link
	if json.Unmarshal([]byte(l.text), &links) != nil {
		return nil
	}
	return movedLinks(links, l.at.forth)
}

// at is what stands at a place of a list; ok becomes false where nothing does.
func at[T catalog.Table | catalog.View | catalog.Function](list []*T, i int, ok *bool) *T {
	if i < 0 || i >= len(list) {
		*ok = false
		return nil
	}
	return list[i]
}
