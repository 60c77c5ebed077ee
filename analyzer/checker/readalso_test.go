package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// readable is a proof that what is read of notes is the tenant's, or public.
type readable struct {
	k        *checker
	b        *query.Base
	s        *scope
	st       *certificate.Step
	or       *query.Or
	own, all *query.Op
}

func readAlso(t *testing.T) *readable {
	x := &readable{k: world(t, "CREATE TABLE notes (org_id int NOT NULL, id int, public bool);"), own: &query.Op{}, all: &query.Op{Text: "public"}}
	x.b = x.k.base(1, "notes")
	x.k.own.Allow(x.b.Table, [][]string{{"public"}})
	x.k.st.Forms = map[query.Expr]query.Form{x.all: {Rel: 1, Text: "public"}}
	x.or = &query.Or{Args: []query.Expr{x.own, x.all}}
	x.s = &scope{seen: x.k.seen, truths: []query.Expr{x.or}, rows: []row{{id: 1, table: x.b.Table}}, made: equal([][2]certificate.Term{{certificate.Column(1, 0), certificate.Param(1)}})}
	x.st = &certificate.Step{A: certificate.Owner(1), B: certificate.Param(1), Kind: certificate.MayRead, Node: x.or, Premises: []certificate.Chain{{{A: certificate.Owner(1), B: certificate.Column(1, 0), Kind: certificate.Tenant}, {A: certificate.Column(1, 0), B: certificate.Param(1), Kind: certificate.Given}}, nil}}
	return x
}

// What lets rows of others be read; each thing that is amiss, alone.
func TestMayRead(t *testing.T) {
	const only, else1, not, says = "lets rows be read, and nothing else", "is about something else", "is not true of every row of notes that matters", "says something else than read_also of table notes"
	for name, c := range map[string]struct {
		spoil func(x *readable)
		want  string
	}{
		"":                  {func(*readable) {}, ""},
		"written to":        {func(x *readable) { x.k.target[x.b] = true }, only},
		"locked":            {func(x *readable) { x.k.st.Locks = true }, only},
		"no read_also":      {func(x *readable) { x.k.own.Allow(x.b.Table, nil) }, "has no read_also"},
		"no OR":             {func(x *readable) { x.st.Node = x.all }, else1},
		"another row":       {func(x *readable) { x.st.A = certificate.Owner(2) }, else1},
		"another tenant":    {func(x *readable) { x.st.B = certificate.Param(2) }, else1},
		"no arms":           {func(x *readable) { x.or.Args, x.st.Premises = nil, nil }, else1},
		"too few premises":  {func(x *readable) { x.st.Premises = x.st.Premises[:1] }, else1},
		"not true":          {func(x *readable) { x.s.truths = nil }, not},
		"not there":         {func(x *readable) { x.s.truths, x.s.padded, x.s.up = nil, true, &scope{truths: []query.Expr{x.or}} }, not},
		"another condition": {func(x *readable) { x.k.st.Forms[x.all] = query.Form{Rel: 1, Text: "secret"} }, "arm 2 " + says},
		"of another row":    {func(x *readable) { x.k.st.Forms[x.all] = query.Form{Rel: 2, Text: "public"} }, "arm 2 " + says},
		"of no form":        {func(x *readable) { x.k.st.Forms = nil }, "arm 2 " + says},
		"of another tenant": {func(x *readable) { x.formed(2) }, "arm 2 " + says},
		"of the tenant":     {func(x *readable) { x.formed(1) }, ""},
		"in AND": {func(x *readable) {
			x.or.Args[1] = &query.And{Args: []query.Expr{&query.And{Args: []query.Expr{x.own, x.all}}}}
		}, ""},
		"in OR":               {func(x *readable) { x.or.Args[1] = &query.Or{Args: []query.Expr{x.all, x.all}} }, ""},
		"in OR with more":     {func(x *readable) { x.or.Args[1] = &query.Or{Args: []query.Expr{x.all, x.own}} }, "arm 2 " + says},
		"an empty OR":         {func(x *readable) { x.or.Args[1] = &query.Or{} }, "arm 2 " + says},
		"one of two":          {func(x *readable) { x.k.own.Allow(x.b.Table, [][]string{{"public", "done"}}) }, "arm 2 " + says},
		"an empty read_also":  {func(x *readable) { x.k.own.Allow(x.b.Table, [][]string{{}}) }, "arm 2 " + says},
		"the other of two":    {func(x *readable) { x.k.own.Allow(x.b.Table, [][]string{{"done"}, {"public"}}) }, ""},
		"an arm not proved":   {func(x *readable) { x.st.Premises[0] = nil }, "arm 1 " + says},
		"an arm of another's": {func(x *readable) { x.st.Premises[0] = x.st.Premises[0][:1] }, "a chain ends at"},
	} {
		x := readAlso(t)
		c.spoil(x)
		expectRefusal(t, name, refused(func() { x.k.mayRead(x.st, x.b, 1, x.s) }), c.want)
	}
}

// formed gives the condition a parameter.
func (x *readable) formed(n int) {
	x.k.st.Forms[x.all] = query.Form{Rel: 1, Text: "public", Params: []*query.Param{{Number: n}}}
}
