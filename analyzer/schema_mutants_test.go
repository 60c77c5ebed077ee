package analyzer_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// TestMutantsOfSchemas breaks what proofs rest on, one thing at a time: a key, a foreign
// key, a NOT NULL, the type of a column, what a write runs. Of each accepted query of
// the cases that has to do with it, the new verdict must be a refusal, or its proof must
// rest on something else; and then it is run on a server in two states, as a mutant of a
// query is (TestMutants, which also says what TENANTGEN_MUTANTS is). go test breaks one schema in three, TENANTGEN_MUTANTS=0 all.
func TestMutantsOfSchemas(t *testing.T) {
	pgserver.Long(t)
	skip := sampled("TENANTGEN_MUTANTS", 500)
	total := newSchemaMutants()
	cases := loadCases(t)
	t.Cleanup(func() { total.report(t, len(cases)) })
	eachCase(t, cases, func(c *testCase, t *testing.T) *schemaMutants {
		m := newSchemaMutants()
		m.run(t, c, skip)
		return m
	}, total.add)
}

type schemaMutants struct {
	cases, schemas, verdicts, ran, pairs int
	refused, accepted, met               map[string]int
}

func newSchemaMutants() *schemaMutants {
	return &schemaMutants{refused: map[string]int{}, accepted: map[string]int{}, met: map[string]int{}}
}

func (m *schemaMutants) add(o *schemaMutants) {
	m.cases, m.schemas, m.verdicts, m.ran, m.pairs = m.cases+o.cases, m.schemas+o.schemas, m.verdicts+o.verdicts, m.ran+o.ran, m.pairs+o.pairs
	addCounts(m.refused, o.refused)
	addCounts(m.accepted, o.accepted)
	addCounts(m.met, o.met)
}

func (m *schemaMutants) report(t *testing.T, cases int) {
	for _, k := range slices.Sorted(maps.Keys(m.met)) {
		t.Logf("%-44s %5d refused %5d accepted", k, m.refused[k], m.accepted[k])
	}
	t.Logf("%d schemas, %d verdicts; of the accepted, %d were run in %d pairs of states", m.schemas, m.verdicts, m.ran, m.pairs)
	for _, b := range breakages {
		if m.met[b.kind] == 0 && m.cases == cases {
			t.Errorf("no case has something for: %s", b.kind)
		}
	}
}

// run breaks the schema of one case in every place.
func (m *schemaMutants) run(t *testing.T, c *testCase, skip int) {
	m.cases++
	accepted := slices.DeleteFunc(c.analysis().File("queries.sql", c.queries), func(r *analyzer.Result) bool {
		return r.Verdict == analyzer.Rejected || r.Verdict == analyzer.CrossTenant || marked(r, "norun") || marked(r, "oracle") || marked(r, "idle")
	})
	for _, x := range brokenSchemas(c) {
		broken := *c
		broken.schema = x.schema
		m.met[x.kind]++
		concerned := slices.DeleteFunc(slices.Clone(accepted), func(r *analyzer.Result) bool { return x.table != "" && !concerns(r, x.table) })
		if len(concerned) == 0 || skip > 0 && !drawn(c.name+x.String(), 2) {
			continue // there is no verdict to be had, or it is for .ci/nightly
		}
		if broken.load() != "" {
			m.refused[x.kind]++
			continue
		}
		m.schemas++
		var survivors strings.Builder
		for _, r := range concerned {
			m.verdicts++
			text := c.statement(r)
			v := broken.analysis().File("queries.sql", text)[0]
			if v.Verdict == analyzer.Rejected {
				m.refused[x.kind]++
				continue
			}
			m.accepted[x.kind]++
			if why := broken.restsOn(t, x, v, text); why != "" {
				t.Errorf("%s: %s is %s: %s", x, r.Name, v.Verdict, why)
			}
			if drawn(x.String()+text, skip) {
				survivors.WriteString(regexp.MustCompile(`(?m)^(-- name: .*)$`).ReplaceAllString(text, "$1\n-- fails: it may not fit the broken schema"))
			}
		}
		if broken.queries = survivors.String(); broken.queries != "" {
			n := broken.mutatedSchema(t, x)
			m.ran, m.pairs = m.ran+n.accepted, m.pairs+n.runs
		}
	}
}

// concerns reports whether a query reads or writes a table.
func concerns(r *analyzer.Result, table string) bool {
	return slices.ContainsFunc(r.Relations, func(rel analyzer.Relation) bool { return rel.Table == table }) ||
		slices.ContainsFunc(r.Targets, func(t *catalog.Table) bool { return t.Name.String() == table })
}

// mutatedSchema runs what is accepted with a broken schema, when a server takes it: what
// PostgreSQL refuses itself says nothing.
func (c *testCase) mutatedSchema(t *testing.T, x brokenSchema) (n tally) {
	t.Run(x.kind, func(t *testing.T) { // whose database is gone when it ends: a case has hundreds
		l := newLab(t, c)
		if _, err := l.conn.Exec(t.Context(), c.schema).ReadAll(); err != nil {
			return
		}
		t.Logf("running with %s", x)
		n = l.mutatedQueries(t)
	})
	return n
}

// brokenSchema is the schema of a case with one thing broken.
type brokenSchema struct {
	kind, table, sql, schema string
	key                      *catalog.Key        // that identifies nothing any more
	foreign                  *catalog.ForeignKey // that says nothing any more
	write                    bool                // no write to the table can be proved
}

func (x brokenSchema) String() string { return x.kind + ": " + x.sql }

// restsOn says why the proof of an accepted query rests on what is broken, "" if it
// does not.
func (c *testCase) restsOn(t *testing.T, x brokenSchema, r *analyzer.Result, text string) string {
	if x.write && slices.ContainsFunc(r.Targets, func(t *catalog.Table) bool { return t.Name.String() == x.table }) {
		return "it writes to " + x.table
	}
	if r.Verdict != analyzer.Scoped || x.key == nil && x.foreign == nil {
		return ""
	}
	_, cert := c.analysis().Certify(t, text)
	why := ""
	eachStep(cert, func(s *certificate.Step) {
		switch {
		case x.key != nil && s.Kind == certificate.SameRow && slices.Equal(s.Key.Columns, x.key.Columns) && !c.otherKey(x):
			why = "rows are one by a key of " + strings.Join(x.key.Columns, ", ")
		case x.foreign != nil && s.Kind == certificate.ForeignKey && s.Foreign.Name == x.foreign.Name:
			why = "rows have one tenant by foreign key " + x.foreign.Name
		}
	})
	return why
}

// otherKey reports whether the table of a broken key has another one within its columns.
func (c *testCase) otherKey(x brokenSchema) bool {
	for _, tbl := range c.db.Tables {
		for _, k := range tbl.Keys {
			if slices.Equal(k.Columns, x.key.Columns) && tenancy.Identifies(tbl, k) && tbl.Name.String() != x.table {
				return true
			}
		}
	}
	return false
}

// eachStep visits all steps of the pins of a certificate.
func eachStep(c *certificate.Certificate, f func(*certificate.Step)) {
	var chain func(certificate.Chain)
	chain = func(ch certificate.Chain) {
		for i := range ch {
			f(&ch[i])
			for _, p := range ch[i].Premises {
				chain(p)
			}
		}
	}
	for _, p := range c.Pins {
		chain(p.Chain)
	}
	for _, ch := range c.Sets {
		chain(ch)
	}
}

// breakage makes broken schemas of one kind.
type breakage struct {
	kind string
	of   func(c *testCase, tbl *catalog.Table, add func(sql string, x brokenSchema))
}

// brokenSchemas lists the schemas of a case with one thing broken. Most of it is done by
// statements behind the schema.
func brokenSchemas(c *testCase) []brokenSchema {
	var all []brokenSchema
	for _, b := range breakages {
		for _, tbl := range c.db.Tables {
			if tbl.IsPartition {
				continue
			}
			b.of(c, tbl, func(sql string, x brokenSchema) {
				x.kind, x.table, x.sql = b.kind, tbl.Name.String(), sql
				if x.schema == "" {
					x.schema = strings.TrimRight(c.schema, "\n ;") + ";\n" + sql + ";\n"
				}
				all = append(all, x)
			})
		}
	}
	return all
}

// dropKey takes a key away, with the foreign keys that rest on it.
func dropKey(tbl *catalog.Table, k *catalog.Key) string {
	if k.Constraint || k.Primary {
		return fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s CASCADE", tbl.Name, k.Name)
	}
	return "DROP INDEX " + catalog.Name{Schema: tbl.Name.Schema, Name: k.Name}.String()
}

// weakKey replaces every key that identifies rows.
func weakKey(by string) func(*testCase, *catalog.Table, func(string, brokenSchema)) {
	return func(_ *testCase, tbl *catalog.Table, add func(string, brokenSchema)) {
		for _, k := range tbl.Keys {
			if tenancy.Identifies(tbl, k) {
				sql := dropKey(tbl, k)
				if by != "" {
					sql += "; " + strings.NewReplacer("<t>", tbl.Name.String(), "<columns>", strings.Join(k.Columns, ", "), "<first>", k.Columns[0]).Replace(by)
				}
				add(sql, brokenSchema{key: k})
			}
		}
	}
}

// weakForeign replaces every foreign key.
func weakForeign(suffix string, says bool) func(*testCase, *catalog.Table, func(string, brokenSchema)) {
	return func(_ *testCase, tbl *catalog.Table, add func(string, brokenSchema)) {
		for _, fk := range tbl.Foreign {
			sql := fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", tbl.Name, fk.Name)
			if suffix != "" {
				sql += fmt.Sprintf("; ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s) %s", tbl.Name, fk.Name,
					strings.Join(fk.Columns, ", "), fk.RefTable, strings.Join(fk.RefColumns, ", "), suffix)
			}
			x := brokenSchema{foreign: fk}
			if says {
				x.foreign = nil
			}
			add(sql, x)
		}
	}
}

// onTable adds statements that name the table.
func onTable(sql string, x brokenSchema) func(*testCase, *catalog.Table, func(string, brokenSchema)) {
	return func(_ *testCase, tbl *catalog.Table, add func(string, brokenSchema)) {
		add(strings.NewReplacer("<t>", tbl.Name.String(), "<name>", tbl.Name.Name).Replace(sql), x)
	}
}

// ofTenant adds statements about the tenant column of a table that has one.
func ofTenant(sql string) func(*testCase, *catalog.Table, func(string, brokenSchema)) {
	return func(c *testCase, tbl *catalog.Table, add func(string, brokenSchema)) {
		o := c.own.Of(tbl)
		if o.Kind != tenancy.Column {
			return
		}
		add(strings.NewReplacer("<t>", tbl.Name.String(), "<c>", tbl.Columns[o.Column].Name).Replace(sql), brokenSchema{})
	}
}

// ofType changes the type of every tenant column of a schema at once, so that they can
// still be compared.
func ofType(typ string) func(*testCase, *catalog.Table, func(string, brokenSchema)) {
	return func(c *testCase, tbl *catalog.Table, add func(string, brokenSchema)) {
		if c.own.Of(tbl).Kind != tenancy.Column || tbl != firstOwned(c) {
			return
		}
		var sql []string
		for _, other := range c.db.Tables {
			if o := c.own.Of(other); o.Kind == tenancy.Column && len(other.Parents) == 0 {
				sql = append(sql, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s TYPE %s", other.Name, other.Columns[o.Column].Name, typ))
			}
		}
		add(strings.Join(sql, "; "), brokenSchema{schema: ""})
	}
}

func firstOwned(c *testCase) *catalog.Table {
	for _, tbl := range c.db.Tables {
		if c.own.Of(tbl).Kind == tenancy.Column {
			return tbl
		}
	}
	return nil
}

// badFunction returns a function that deletes rows of all tenants when a query runs it,
// and not when the test writes the rows of a state: queries have parameters.
func badFunction(args, returns, value string) string {
	return "CREATE FUNCTION broken(" + args + ") RETURNS " + returns + " LANGUAGE plpgsql AS 'BEGIN IF current_query() LIKE ''%$1%'' THEN DELETE FROM <t>; END IF; RETURN " + value + "; END'; "
}

var badTrigger = badFunction("", "trigger", "NULL")

// breakages are the ways to break a schema.
var breakages = []breakage{
	{"a key that is dropped", weakKey("")},
	{"a key that becomes partial", weakKey("CREATE UNIQUE INDEX ON <t> (<columns>) WHERE <first> IS NULL")},
	{"a key that becomes deferrable", weakKey("ALTER TABLE <t> ADD UNIQUE (<columns>) DEFERRABLE INITIALLY DEFERRED")},
	{"a key that becomes an expression", weakKey("CREATE UNIQUE INDEX ON <t> (<columns>, abs(1))")},
	{"a key that becomes a plain index", weakKey("CREATE INDEX ON <t> (<columns>)")},
	{"a foreign key that is dropped", weakForeign("", false)},
	{"a foreign key that becomes NOT VALID", weakForeign("NOT VALID", false)},
	{"a foreign key that becomes deferrable", weakForeign("DEFERRABLE", false)},
	{"a foreign key that deletes", weakForeign("ON DELETE CASCADE", true)},
	{"a foreign key that updates", weakForeign("ON UPDATE CASCADE", true)},
	{"a foreign key that sets null", weakForeign("ON DELETE SET NULL ON UPDATE SET NULL", true)},
	{"a foreign key that sets defaults", weakForeign("ON DELETE SET DEFAULT ON UPDATE SET DEFAULT", true)},
	{"a tenant column that may be null", ofTenant("ALTER TABLE <t> ALTER COLUMN <c> DROP NOT NULL")},
	{"a tenant column that is generated", ofTenant("ALTER TABLE <t> DROP COLUMN <c> CASCADE; ALTER TABLE <t> ADD COLUMN <c> int GENERATED ALWAYS AS (1 + 1) STORED")},
	{"a tenant column of another name", ofTenant("ALTER TABLE <t> RENAME COLUMN <c> TO another")},
	{"a tenant column with the default of another tenant", ofTenant("ALTER TABLE <t> ALTER COLUMN <c> SET DEFAULT '2'")},
	{"a tenant column with the default of another setting", ofTenant("ALTER TABLE <t> ALTER COLUMN <c> SET DEFAULT coalesce(current_setting('app.other', true), '2')::int")},
	{"tenant columns of type varchar(1)", ofType("varchar(1)")},
	{"tenant columns of type char(3)", ofType("char(3)")},
	{"tenant columns of type name", ofType("name")},
	{"tenant columns of type numeric(3, 0)", ofType("numeric(3, 0)")},
	{"tenant columns with a collation that takes A for a", func(c *testCase, tbl *catalog.Table, add func(string, brokenSchema)) {
		ofType("text COLLATE broken")(c, tbl, func(sql string, x brokenSchema) {
			add("CREATE COLLATION broken (provider = icu, locale = 'und-u-ks-level2', deterministic = false); "+sql, x)
		})
	}},
	{"a tenant column of a domain with a function", ofTenant(badFunction("int", "bool", "true") +
		"CREATE DOMAIN checked AS int CHECK (broken(VALUE)); ALTER TABLE <t> ALTER COLUMN <c> TYPE checked")},
	{"a rule", onTable("CREATE RULE broken AS ON UPDATE TO <t> DO ALSO DELETE FROM <t>", brokenSchema{write: true})},
	{"a trigger", onTable(badTrigger+"CREATE TRIGGER broken AFTER INSERT OR UPDATE OR DELETE ON <t> FOR EACH ROW EXECUTE FUNCTION broken()", brokenSchema{write: true})},
	{"a statement trigger", onTable(badTrigger+"CREATE TRIGGER broken AFTER INSERT OR UPDATE OR DELETE ON <t> EXECUTE FUNCTION broken()", brokenSchema{write: true})},
	{"a trigger of an inheriting table", onTable("CREATE TABLE heir () INHERITS (<t>); "+badTrigger+
		"CREATE TRIGGER broken AFTER UPDATE OR DELETE ON heir FOR EACH ROW EXECUTE FUNCTION broken()", brokenSchema{})},
	{"a check that runs a function", onTable(badFunction("", "bool", "true")+"ALTER TABLE <t> ADD CHECK (broken())", brokenSchema{})},
	{"a default that runs a function", onTable(badFunction("", "int", "1")+"ALTER TABLE <t> ADD COLUMN broken int DEFAULT broken()", brokenSchema{})},
	{"an inheriting table", func(c *testCase, tbl *catalog.Table, add func(string, brokenSchema)) {
		if tbl.PartitionBy != "" {
			return
		}
		for _, k := range tbl.Keys {
			add(fmt.Sprintf("CREATE TABLE heir () INHERITS (%s)", tbl.Name), brokenSchema{key: k})
		}
		for _, fk := range tbl.Foreign {
			add(fmt.Sprintf("CREATE TABLE heir () INHERITS (%s)", tbl.Name), brokenSchema{foreign: fk})
		}
	}},
	{"a unique index without the tenant", func(c *testCase, tbl *catalog.Table, add func(string, brokenSchema)) {
		for i, col := range tbl.Columns {
			if o := c.own.Of(tbl); o.Kind == tenancy.Column && o.Column != i {
				add(fmt.Sprintf("CREATE UNIQUE INDEX ON %s (%s)", tbl.Name, col.Name), brokenSchema{})
			}
		}
	}},
	{"an exclusion constraint without the tenant", func(c *testCase, tbl *catalog.Table, add func(string, brokenSchema)) {
		for i, col := range tbl.Columns {
			if o := c.own.Of(tbl); o.Kind == tenancy.Column && o.Column != i {
				add(fmt.Sprintf("ALTER TABLE %s ADD EXCLUDE (%s WITH =)", tbl.Name, col.Name), brokenSchema{})
			}
		}
	}},
	{"a table of the same name in front", onTable("CREATE SCHEMA front; CREATE TABLE front.<name> (LIKE <t>); SET search_path = front, public", brokenSchema{})},
	{"an aggregate with the name of a built-in", onTable("CREATE FUNCTION broken(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; CREATE AGGREGATE count(int) (SFUNC = broken, STYPE = int, INITCOND = '0'); CREATE AGGREGATE sum(int) (SFUNC = broken, STYPE = int, INITCOND = '0')", brokenSchema{})},
	{"a view with an INSTEAD OF trigger", func(c *testCase, tbl *catalog.Table, add func(string, brokenSchema)) {
		for _, v := range c.db.Views {
			if !v.Materialized && tbl == c.db.Tables[0] {
				add(strings.ReplaceAll(badTrigger, "<t>", tbl.Name.String())+"CREATE TRIGGER broken INSTEAD OF INSERT OR UPDATE OR DELETE ON "+v.Name.String()+
					" FOR EACH ROW EXECUTE FUNCTION broken()", brokenSchema{})
			}
		}
	}},
	{"a second statement in a body", func(c *testCase, tbl *catalog.Table, add func(string, brokenSchema)) {
		if tbl != c.db.Tables[0] {
			return
		}
		for _, at := range sqlBody.FindAllStringIndex(c.schema, -1) {
			add("second statement", brokenSchema{schema: c.schema[:at[1]-len("SELECT")] + "DELETE FROM " + tbl.Name.String() + "; " + c.schema[at[1]-len("SELECT"):]})
		}
	}},
}

var sqlBody = regexp.MustCompile(`(?i)LANGUAGE sql[^;']*(\$\$|')\s*SELECT`)
