package checker

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/internal/ddl"
	"github.com/tenantgen/tenantgen/analyzer/internal/lower"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// world is a checker that knows a schema and its owners: tables with org_id belong to
// tenants, and declared says the rest. Its certificate says nothing.
func world(t *testing.T, schema string, declared ...config.Table) *checker {
	t.Helper()
	return worldOf(t, schema, config.Tenant{Columns: []string{"org_id"}, Tables: declared})
}

func worldOf(t *testing.T, schema string, tenant config.Tenant) *checker {
	t.Helper()
	db, errs := ddl.Load([]ddl.SchemaFile{{Path: "schema.sql", Text: schema}})
	for _, err := range errs {
		t.Fatal(err)
	}
	own, problems := tenancy.Classify(db, tenant)
	for _, p := range problems {
		if p.Table == nil {
			t.Fatal(p.Msg)
		}
	}
	return &checker{db: db, own: own, st: &query.Statement{}, cert: &certificate.Certificate{Tenants: []int{1}}, target: map[*query.Base]bool{}, writes: map[*query.Base]*query.Write{},
		claims: map[*certificate.Claim]bool{}, rows: map[*certificate.RowClaim]bool{}, done: map[*query.CTE]bool{}, seen: map[query.Expr]relations{}}
}

// lower gives k the statement to check.
func (k *checker) lower(t *testing.T, sql string) *query.Statement {
	t.Helper()
	k.st = (&lower.Lowerer{DB: k.db}).Lower(sqltext.Split(sql)[0], sql)
	for _, o := range k.st.Opaque {
		t.Fatalf("%s: %s", sql, o.Reason)
	}
	return k.st
}

// table is a table of the schema public.
func (k *checker) table(name string) *catalog.Table {
	return k.db.Table(catalog.Name{Schema: "public", Name: name})
}

// base is an occurrence of a table.
func (k *checker) base(id query.RelID, name string) *query.Base {
	return &query.Base{ID: id, Table: k.table(name), Alias: name}
}

// foreign is the first foreign key of a table.
func (k *checker) foreign(table string) *catalog.ForeignKey { return k.table(table).Foreign[0] }

// assumeKeys lets the certificate assume every foreign key.
func (k *checker) assumeKeys() {
	for _, t := range k.db.Tables {
		for _, fk := range t.Foreign {
			k.cert.Assume(certificate.Premise{Kind: certificate.ForeignKeyPremise, Table: t.Name, Constraint: fk.Name, Columns: fk.Columns})
		}
	}
}

// assumeLevels lets the certificate assume that every row agrees with itself.
func (k *checker) assumeLevels() {
	for _, t := range k.db.Tables {
		for level := range k.own.Of(t).Level {
			if k.own.Holder(t, level) >= 0 {
				k.cert.Assume(certificate.LevelsAgree(k.own, t, level))
			}
		}
	}
}

// global and child are declarations; the columns of child are pairs: note_id=id.
func global(table string) config.Table { return config.Table{Name: table, Global: true} }

func child(table string, parents ...config.Parent) config.Table {
	return config.Table{Name: table, Parents: parents}
}

func of(table string, pairs ...string) config.Parent {
	p := config.Parent{Table: table, NoForeignKey: "test"}
	for _, pair := range pairs {
		c, to, _ := strings.Cut(pair, "=")
		p.On = append(p.On, config.Pair{Child: c, Parent: to})
	}
	return p
}

// equal are equalities that hold by construction, for steps of kind Given of no node.
func equal(pairs [][2]certificate.Term) []construction {
	var all []construction
	for _, p := range pairs {
		all = append(all, construction{kind: certificate.Given, a: p[0], b: p[1]})
	}
	return all
}

// refused runs f and returns what the checker fails with, "" when it does not.
func refused(f func()) (said string) {
	defer func() {
		if r := recover(); r != nil {
			said = string(r.(refusal))
		}
	}()
	f()
	return ""
}

// expectRefusal compares what is said with what must be a part of it, "" for no refusal.
func expectRefusal(t *testing.T, name, said, want string) {
	t.Helper()
	if want == "" && said != "" || !strings.Contains(said, want) {
		t.Errorf("%s: refused with %q, want %q", name, said, want)
	}
}

// changes lists effects as text, in order.
func changes(es []effect) string {
	var all []string
	for _, e := range es {
		var what []string
		for c, yes := range e.changed {
			if yes {
				what = append(what, c)
			}
		}
		slices.Sort(what)
		if e.deleted {
			what = append(what, "deleted")
		}
		all = append(all, strings.Join(append([]string{e.table.Name.String()}, what...), " "))
	}
	return strings.Join(all, ", ")
}
