package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// related is a step between two rows that have one owner, 1 and 2.
type related struct {
	k        *checker
	st       *certificate.Step
	from, to *row
	s        *scope
}

// relate has a step from a row of one table to a row of another, whose columns are
// equal in pairs.
func relate(t *testing.T, kind certificate.Kind, from, to string, pairs ...tenancy.Pair) *related {
	k := world(t, `
CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL, slug text, UNIQUE (id), UNIQUE (org_id, id));
CREATE TABLE tasks (org_id int NOT NULL, note_id int NOT NULL, FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id));
CREATE TABLE comments (note_id int REFERENCES notes (id), other int);
CREATE TABLE files (org_id int NOT NULL, id int NOT NULL);
`, child("comments", of("notes", "note_id=id")))
	x := &related{k: k, st: &certificate.Step{A: certificate.Owner(1), B: certificate.Owner(2), Kind: kind}, s: &scope{seen: k.seen}}
	x.s.rows = []row{{id: 1, table: k.table(from)}, {id: 2, table: k.table(to)}}
	x.from, x.to = &x.s.rows[0], &x.s.rows[1]
	for _, p := range pairs {
		a, b := certificate.Column(1, p.Child), certificate.Column(2, p.Parent)
		x.s.made = append(x.s.made, equal([][2]certificate.Term{{a, b}})...)
		x.st.Premises = append(x.st.Premises, certificate.Chain{{A: a, B: b, Kind: certificate.Given}})
	}
	return x
}

func (x *related) holds() (ok bool, said string) {
	said = refused(func() { ok = x.k.isRelated(x.st, x.s) })
	return ok, said
}

// amiss tries each thing that is amiss with a step that holds, alone.
func amiss(t *testing.T, start func() *related, spoils map[string]func(x *related)) {
	t.Helper()
	x := start()
	if ok, said := x.holds(); !ok {
		t.Errorf("it does not hold as it is: %s", said)
	}
	x = start()
	x.st.A, x.st.B = x.st.B, x.st.A
	if ok, said := x.holds(); !ok {
		t.Errorf("it does not hold from the other end: %s", said)
	}
	for name, spoil := range spoils {
		x := start()
		spoil(x)
		if ok, said := x.holds(); ok || said != "" {
			t.Errorf("%s: %t, %s", name, ok, said)
		}
	}
}

var amissAnywhere = map[string]func(x *related){
	"no owner":          func(x *related) { x.st.A = certificate.Column(1, 0) },
	"no owner there":    func(x *related) { x.st.B = certificate.Column(2, 0) },
	"no row":            func(x *related) { x.st.A = certificate.Owner(8) },
	"no row there":      func(x *related) { x.st.B = certificate.Owner(8) },
	"no table":          func(x *related) { x.from.table = nil },
	"no table there":    func(x *related) { x.to.table = nil },
	"too few premises":  func(x *related) { x.st.Premises = nil },
	"too many premises": func(x *related) { x.st.Premises = append(x.st.Premises, nil) },
	"an empty premise":  func(x *related) { x.st.Premises[0] = nil },
	"a premise of another": func(x *related) {
		x.st.Premises[0] = certificate.Chain{{A: certificate.Column(1, 9), B: certificate.Column(2, 9), Kind: certificate.Given}}
	},
	"a premise to another": func(x *related) {
		x.st.Premises[0] = certificate.Chain{{A: x.st.Premises[0][0].A, B: certificate.Column(2, 9), Kind: certificate.Given}}
	},
	"a column not known":    func(x *related) { x.from.has = func(int) bool { return false } },
	"a column not known of": func(x *related) { x.to.has = func(int) bool { return false } },
	"unsure, there":         func(x *related) { x.to.table.Unsure = "DO" },
	"nulls":                 func(x *related) { x.nullable() },
}

// nullable lets the columns of all premises be null.
func (x *related) nullable() {
	for _, p := range x.st.Premises {
		x.from.table.Columns[p[0].A.Number()].NotNull, x.to.table.Columns[p[0].B.Number()].NotNull = false, false
	}
}

func TestSameRow(t *testing.T) {
	start := func() *related {
		x := relate(t, certificate.SameRow, "notes", "notes", tenancy.Pair{Child: 1, Parent: 1})
		x.st.Key = x.from.table.Keys[0]
		return x
	}
	amiss(t, start, amissAnywhere)
	amiss(t, start, map[string]func(x *related){
		"made":          func(x *related) { x.from.written = true },
		"made there":    func(x *related) { x.to.written = true },
		"no key":        func(x *related) { x.st.Key = nil },
		"another's key": func(x *related) { key := *x.st.Key; x.st.Key = &key },
		"no such key":   func(x *related) { x.st.Key.Partial = true },
		"a class":       func(x *related) { x.st.Key.Class = true },
		"two tables":    func(x *related) { x.from.table = x.k.table("files") },
	})
}

func TestParentRow(t *testing.T) {
	start := func() *related {
		x := relate(t, certificate.ParentRow, "comments", "notes", tenancy.Pair{Child: 0, Parent: 1})
		parent := x.k.own.Of(x.from.table).Parents[0]
		x.st.Parent = &parent
		return x
	}
	for name, spoil := range amissAnywhere {
		amiss(t, start, map[string]func(x *related){name: spoil})
	}
	amiss(t, start, map[string]func(x *related){
		"no parent":     func(x *related) { x.st.Parent = nil },
		"another table": func(x *related) { x.to.table = x.k.table("files") },
		"other columns": func(x *related) { x.st.Parent.On = []tenancy.Pair{{Child: 1, Parent: 1}} },
		"sometimes":     func(x *related) { x.st.Parent.When = []tenancy.Match{{}} },
		"some rows":     func(x *related) { x.st.Parent.Where = []tenancy.Test{{}} },
		"a new parent":  func(x *related) { x.to.written = true },
		"no columns": func(x *related) {
			x.k.own.Of(x.from.table).Parents[0].On, x.st.Parent.On, x.st.Premises = nil, nil, nil
		},
		"a child no more": func(x *related) { x.from.table = x.k.table("tasks") },
	})
	x := start()
	x.k.table("comments").Foreign = nil
	_, said := x.holds()
	expectRefusal(t, "no foreign key", said, "does not say that parent-link")
	x = start()
	x.k.table("comments").Foreign, x.from.written = nil, true
	if ok, said := x.holds(); !ok {
		t.Errorf("the parent of a new row is there: %s", said)
	}
}

func TestForeignKeyStep(t *testing.T) {
	start := func() *related {
		x := relate(t, certificate.ForeignKey, "tasks", "notes", tenancy.Pair{Child: 1, Parent: 1})
		x.st.Foreign = x.from.table.Foreign[0]
		return x
	}
	amiss(t, start, amissAnywhere)
	amiss(t, start, map[string]func(x *related){
		"unsure":        func(x *related) { x.from.table.Unsure = "DO" },
		"made":          func(x *related) { x.from.written = true },
		"made there":    func(x *related) { x.to.written = true },
		"no key":        func(x *related) { x.st.Foreign = nil },
		"a class":       func(x *related) { x.st.Foreign.Class = true },
		"another's key": func(x *related) { key := *x.st.Foreign; x.st.Foreign = &key },
		"not valid":     func(x *related) { x.st.Foreign.NotValid = true },
		"two types":     func(x *related) { x.to.table.Columns[0].Value.Type.Name = "text" },
		"another table": func(x *related) { x.to.table = x.k.table("files") },
		"no tenant":     func(x *related) { x.st.Foreign.Columns, x.st.Foreign.RefColumns = []string{"note_id"}, []string{"id"} },
	})
}

// A chain leads from its start to its end by steps that hold, and not past a literal.
func TestFollows(t *testing.T) {
	a, b, c, lit := certificate.Column(1, 0), certificate.Column(1, 1), certificate.Column(1, 2), certificate.Literal(1)
	link := func(x, y certificate.Term) certificate.Step {
		return certificate.Step{A: x, B: y, Kind: certificate.Given}
	}
	k := &checker{cert: &certificate.Certificate{}, st: &query.Statement{Literals: []string{"a"}}, db: &catalog.Database{}}
	s := &scope{made: equal([][2]certificate.Term{{a, b}, {b, c}, {a, lit}, {lit, c}})}
	for _, x := range []struct {
		name     string
		chain    certificate.Chain
		from, to certificate.Term
		want     string
	}{
		{"none", nil, a, a, ""},
		{"none to another", nil, a, b, "a chain ends at"},
		{"one", certificate.Chain{link(a, b)}, a, b, ""},
		{"two", certificate.Chain{link(a, b), link(b, c)}, a, c, ""},
		{"backwards", certificate.Chain{link(b, a)}, b, a, ""},
		{"from another", certificate.Chain{link(a, b)}, c, b, "step 1 of a chain starts at"},
		{"a gap", certificate.Chain{link(a, b), link(a, b)}, a, b, "step 2 of a chain starts at"},
		{"to another", certificate.Chain{link(a, b)}, a, c, "a chain ends at"},
		{"what does not hold", certificate.Chain{link(a, c)}, a, c, "does not hold at its place"},
		{"to a literal", certificate.Chain{link(a, lit)}, a, lit, ""},
		{"from a literal", certificate.Chain{link(lit, c)}, lit, c, ""},
		{"past a literal", certificate.Chain{link(a, lit), link(lit, c)}, a, c, "goes by a literal"},
	} {
		expectRefusal(t, x.name, refused(func() { k.follows(x.chain, x.from, x.to, s) }), x.want)
	}
}

// A chain that holds step by step may still compare what is equal and not the same.
func TestFollowsOneFamily(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int, slug text);")
	for col, want := range map[int]string{1: "", 2: "need not be the same"} {
		eq := &query.Eq{L: &query.Col{Rel: 1}, R: &query.Col{Rel: 1, Index: col}}
		s := &scope{seen: k.seen, rows: []row{{id: 1, table: k.table("notes")}}, truths: []query.Expr{eq}}
		a, b := certificate.Column(1, 0), certificate.Column(1, col)
		expectRefusal(t, "a comparison", refused(func() { k.follows(certificate.Chain{{A: a, B: b, Kind: certificate.Condition, Node: eq}}, a, b, s) }), want)
	}
}
