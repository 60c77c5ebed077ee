package schemagen

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/config"
)

// snippet is an expression that a schema offers to statements. Each %s takes an
// expression of the class in args.
type snippet struct {
	class, text string
	args        []string
}

func (g *gen) snippet(class, text string, args ...string) {
	g.s.snippets = append(g.s.snippets, snippet{class, text, args})
}

func (g *gen) before(format string, args ...any) {
	g.s.Before = append(g.s.Before, fmt.Sprintf(format, args...))
}

func (g *gen) after(format string, args ...any) {
	g.s.After = append(g.s.After, fmt.Sprintf(format, args...))
}

func (g *gen) vouch(name string) {
	g.s.Functions = append(g.s.Functions, config.Function{Name: name, Reason: "computes from its arguments"})
}

// owned is a table with a tenant column, any is any table.
func (g *gen) owned() *Table { return g.tableOf(func(t *Table) bool { return t.Kind == Tenant }) }

func (g *gen) any() *Table { return g.tableOf(func(t *Table) bool { return t.Kind != Root }) }

func (g *gen) tableOf(ok func(*Table) bool) *Table {
	var out []*Table
	for _, t := range g.s.Tables {
		if ok(t) {
			out = append(out, t)
		}
	}
	return pick(g.rng, out...)
}

// data is a data column of a table, of a class if there is one.
func (g *gen) data(t *Table, class string) *Column {
	var out, all []*Column
	for _, c := range t.Columns {
		if c.Name == t.Tenant || c.json != nil || c.ref {
			continue
		}
		all = append(all, c)
		if c.class == class {
			out = append(out, c)
		}
	}
	if len(out) > 0 {
		return pick(g.rng, out...)
	}
	return pick(g.rng, all...)
}

// features adds code that runs unseen, views and declarations.
func (g *gen) features() {
	list := []struct {
		name    string
		percent int
		add     func()
	}{
		{"view", 40, g.view}, {"view with at operator", 4, g.atView}, {"reader", 45, g.reader}, {"writer", 8, g.writer},
		{"sql function", 16, g.sqlFunction}, {"function path", 7, g.functionPath}, {"vouched by name", 6, g.vouchedByName},
		{"aggregate", 8, g.aggregate}, {"vouched set", 5, g.vouchedSet}, {"trigger", 9, g.trigger}, {"rule", 5, g.rule},
		{"unfollowed DDL", 7, g.unfollowed}, {"later DDL", 12, g.later}, {"read_also", 6, g.readAlso}, {"restrict", 5, g.restrict},
		{"odd default", 8, g.oddDefault},
	}
	for _, f := range list {
		if g.feature(f.name, f.percent) {
			f.add()
		}
	}
}

// reader makes a function that reads a tenant table, and runs it in a place that does
// not look like a call.
func (g *gen) reader() {
	from := g.owned()
	c := g.data(from, "text")
	language := pick(g.rng, "plpgsql", "plpgsql", "sql")
	body := func(expr string) string {
		if language == "sql" {
			return "$$ SELECT " + expr + " $$"
		}
		return "$$ BEGIN RETURN " + expr + "; END $$"
	}
	// The tables are made before: a function of plpgsql is not checked, one of sql is.
	deferred := g.before
	if language == "sql" {
		g.before("SET check_function_bodies = off")
	}
	free := fmt.Sprintf("NOT EXISTS (SELECT 1 FROM %s q WHERE q.%s::text = $1)", from.Name, c.Name)
	deferred("CREATE FUNCTION rd(text) RETURNS bool LANGUAGE %s IMMUTABLE AS %s", language, body(free))
	deferred("CREATE FUNCTION rdn() RETURNS bigint LANGUAGE %s IMMUTABLE AS %s", language, body("(SELECT count(*) FROM "+from.Name+")"))
	deferred("CREATE FUNCTION rdt(text) RETURNS text LANGUAGE %s IMMUTABLE AS %s", language, body(fmt.Sprintf("(SELECT $1 || count(*)::text FROM %s)", from.Name)))
	to := g.any()
	for to.Heir {
		to = g.any()
	}
	d := g.data(to, "text")
	g.s.targets = append(g.s.targets, to)
	places := []func(to *Table, d *Column){
		func(*Table, *Column) { g.snippet("bool", "rd(%s::text)", "text"); g.snippet("int", "rdn()") },
		func(to *Table, d *Column) {
			d.Default = map[bool]string{true: "rdt('a')", false: "rdn()"}[d.class == "text"]
		},
		func(to *Table, d *Column) { d.Check = "rd(" + d.Name + "::text)" },
		g.readingDomain, g.readingDomain, g.readingDomain,
		func(to *Table, d *Column) {
			to.col(&Column{Name: g.name("gen"), Type: "bool", class: "bool", Generated: "rd(" + d.Name + "::text)"})
		},
		func(to *Table, d *Column) {
			if pre := pick(g.rng, "CREATE INDEX", "CREATE UNIQUE INDEX"); g.chance(50) {
				to.More = append(to.More, fmt.Sprintf("%s ON %s ((rdt(%s::text)))", pre, to.Name, d.Name))
			} else {
				to.More = append(to.More, fmt.Sprintf("%s ON %s (%s) WHERE rd(%s::text)", pre, to.Name, d.Name, d.Name))
			}
		},
		func(to *Table, d *Column) { g.stop(to, "rd(NEW."+d.Name+"::text)") },
		func(to *Table, d *Column) { g.readingCast() },
		func(to *Table, d *Column) {
			g.before("CREATE FUNCTION op(text, text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RETURN rd($2); END $$")
			sign := pick(g.rng, "=~=", "+", "=", "~")
			g.before("CREATE OPERATOR public.%s (LEFTARG = text, RIGHTARG = text, FUNCTION = op)", sign)
			g.snippet("bool", "%s OPERATOR(public."+sign+") %s::text", "text", "text")
			g.snippet("bool", "%s::text "+sign+" %s::text", "text", "text")
		},
		func(to *Table, d *Column) { g.operatorClass(to) },
		func(to *Table, d *Column) {
			g.after("CREATE RULE r AS ON INSERT TO %s WHERE NOT rd(NEW.%s::text) DO INSTEAD NOTHING", to.Name, d.Name)
		},
		func(to *Table, d *Column) {
			g.before("CREATE FUNCTION step(bigint, text) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN coalesce($1, 0) + rdn(); END $$")
			g.before("CREATE AGGREGATE tally(text) (SFUNC = step, STYPE = bigint)")
			g.snippet("int", "(SELECT tally(x::text) FROM (VALUES ('a')) v(x))")
		},
		func(to *Table, d *Column) {
			g.before("CREATE FUNCTION wrap(text) RETURNS bool LANGUAGE sql AS $$ SELECT rd($1) $$")
			g.snippet("bool", "wrap(%s::text)", "text")
		},
		func(to *Table, d *Column) {
			g.after("CREATE VIEW rv AS SELECT id, rdn() AS num, rdt('a') AS slug FROM %s", to.Name)
			g.s.views = append(g.s.views, &Table{Name: "rv", view: true, Kind: to.Kind, Tenant: "", Columns: []*Column{
				{Name: "id", class: to.column("id").class, values: to.column("id").values}, {Name: "num", class: "int"}, {Name: "slug", class: "text"}}})
		},
		func(to *Table, d *Column) {
			to.Items = append(to.Items, fmt.Sprintf("EXCLUDE USING gist ((rdt(%s::text)) WITH =)", d.Name))
			g.before("CREATE EXTENSION IF NOT EXISTS btree_gist")
		},
	}
	places = append(places, func(to *Table, d *Column) {
		g.after("CREATE FUNCTION attr(%s) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN rdt('a'); END $$", to.Name)
		g.snippet("text", "(%s).attr", "row "+to.Name)
		g.snippet("text", "attr(%s)", "row "+to.Name)
	}, func(to *Table, d *Column) {
		g.before("CREATE FUNCTION public.upper(varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN rdt('a'); END $$")
		g.before("CREATE FUNCTION public.abs(name) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN rdn(); END $$")
		g.snippet("text", "upper(%s::varchar)", "text")
		g.snippet("text", "upper(%s)", "text")
		g.snippet("int", "abs(%s::name)", "text")
	}, func(to *Table, d *Column) {
		g.after("CREATE VIEW dv AS SELECT * FROM %s", to.Name)
		def := map[bool]string{true: "rdt('a')", false: "rdn()"}[d.class == "text"]
		g.after("ALTER VIEW dv ALTER COLUMN %s SET DEFAULT %s", d.Name, def)
		v := *to
		v.Name, v.view, v.More, v.Items, v.Links = "dv", true, nil, nil, nil
		g.s.views = append(g.s.views, &v)
		g.s.targets = append(g.s.targets, &v, &v)
	}, func(to *Table, d *Column) {
		g.before("CREATE FUNCTION opv(varchar, varchar) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RETURN rd($2); END $$")
		g.before("CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = opv)")
		g.snippet("bool", "%s::varchar = %s::varchar", "text", "text")
		g.snippet("bool", "%s::varchar IN (%s::varchar, 'b'::varchar)", "text", "text")
		g.snippet("bool", "%s::varchar IS DISTINCT FROM %s::varchar", "text", "text")
		g.snippet("bool", "nullif(%s::varchar, %s::varchar) IS NULL", "text", "text")
	})
	names := []string{"call", "default", "check", "domain", "domain", "domain", "generated", "index", "trigger when", "cast", "operator", "operator class", "rule", "aggregate", "wrapped", "view", "exclusion", "attribute", "overload", "view default", "hidden operator"}
	n := g.IntN(len(places))
	for i, name := range names {
		if contains(g.force, "reader: "+name) {
			n = i
		}
	}
	g.s.Features = append(g.s.Features, "reader: "+names[n])
	places[n](to, d)
}

// readingDomain makes a domain whose CHECK reads, and runs it somewhere.
func (g *gen) readingDomain(to *Table, d *Column) {
	g.before("CREATE DOMAIN newtext AS text CHECK (rd(VALUE))")
	places := []struct {
		name string
		add  func()
	}{
		{"column", func() { to.col(&Column{Name: g.name("dom"), Type: "newtext", class: "text", values: texts}) }},
		{"array", func() { g.snippet("text", "((ARRAY[%s::text]::newtext[])[1])::text", "text") }},
		{"cast", func() { g.snippet("text", "(%s::text::newtext)::text", "text") }},
		{"row", func() {
			g.after("CREATE TYPE pair AS (a int, b newtext)")
			g.snippet("text", "(ROW(1, %s::text)::pair)::text", "text")
			g.snippet("text", "(jsonb_populate_record(NULL::pair, jsonb_build_object('b', %s::text))).b::text", "text")
		}},
		{"table row", func() {
			g.after("CREATE TABLE shape (a int, b newtext)")
			g.s.Also = append(g.s.Also, "shape")
			g.snippet("text", "(jsonb_populate_record(NULL::shape, jsonb_build_object('b', %s::text))).b::text", "text")
		}},
		{"parameter", func() {
			g.before("CREATE FUNCTION idp(newtext) RETURNS text LANGUAGE sql AS $$ SELECT $1::text || '!' $$")
			g.snippet("text", "idp(%s::text)", "text")
		}},
		{"result", func() {
			g.before("CREATE FUNCTION idr(text) RETURNS newtext LANGUAGE sql AS $$ SELECT $1 $$")
			g.snippet("text", "idr(%s::text)::text", "text")
		}},
		{"check", func() { d.Check = d.Name + "::text::newtext IS NOT NULL" }},
		{"default", func() {
			if d.class == "text" {
				d.Default = "'a'::text::newtext"
			}
		}},
		{"generated", func() {
			to.col(&Column{Name: g.name("gen"), Type: "text", class: "text", Generated: "(" + d.Name + "::text::newtext)::text"})
		}},
		{"index", func() {
			to.More = append(to.More, fmt.Sprintf("CREATE INDEX ON %s (((%s::text::newtext)::text))", to.Name, d.Name))
		}},
		{"trigger when", func() { g.stop(to, "(NEW."+d.Name+"::text::newtext) IS NOT NULL") }},
		{"domain over domain", func() {
			g.before("CREATE DOMAIN nested AS newtext")
			g.snippet("text", "(%s::text::nested)::text", "text")
			to.col(&Column{Name: g.name("dom"), Type: "nested", class: "text", values: texts})
		}},
	}
	p := pick(g.rng, places...)
	for _, x := range places {
		if contains(g.force, "domain: "+x.name) {
			p = x
		}
	}
	g.s.Features = append(g.s.Features, "domain: "+p.name)
	p.add()
}

// readingCast makes a cast that runs a function that reads.
func (g *gen) readingCast() {
	g.before("CREATE TYPE tally AS (n bigint)")
	g.before("CREATE FUNCTION to_tally(text) RETURNS tally LANGUAGE plpgsql AS $$ BEGIN RETURN ROW(rdn())::tally; END $$")
	g.before("CREATE CAST (text AS tally) WITH FUNCTION to_tally(text)%s", pick(g.rng, "", " AS ASSIGNMENT", " AS IMPLICIT"))
	g.snippet("text", "(%s::text::tally)::text", "text")
	g.snippet("text", "(CAST(%s::text AS tally)).n::text", "text")
}

// operatorClass makes a type whose order reads, and a column of it.
func (g *gen) operatorClass(to *Table) {
	g.before("CREATE TYPE rank AS (n bigint)")
	g.before("CREATE FUNCTION rcmp(rank, rank) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN CASE WHEN rdn() > 3 THEN ($1).n - ($2).n ELSE ($2).n - ($1).n END; END $$")
	g.before("CREATE FUNCTION rlt(rank, rank) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN rcmp($1, $2) < 0; END $$")
	g.before("CREATE FUNCTION req(rank, rank) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN ($1).n = ($2).n AND rdn() > 2; END $$")
	g.before("CREATE OPERATOR <<<< (LEFTARG = rank, RIGHTARG = rank, FUNCTION = rlt)")
	g.before("CREATE OPERATOR ==== (LEFTARG = rank, RIGHTARG = rank, FUNCTION = req)")
	g.before("CREATE OPERATOR CLASS rank_ops DEFAULT FOR TYPE rank USING btree AS OPERATOR 1 <<<<, OPERATOR 3 ====, FUNCTION 1 rcmp(rank, rank)")
	to.col(&Column{Name: "rnk", Type: "rank", class: "rank", values: []string{"(1)", "(2)", "(3)"}})
	g.snippet("bool", "EXISTS (SELECT 1 FROM (VALUES ('(1)'::rank), ('(2)'::rank)) v(x) ORDER BY x OFFSET 1)")
	g.snippet("int", "(SELECT (max(y)) FROM (SELECT DISTINCT x, (x).n AS y FROM (VALUES ('(1)'::rank), ('(1)'::rank)) v(x)) w)")
	g.snippet("text", "(SELECT x::text FROM (VALUES ('(1)'::rank), ('(2)'::rank)) v(x) ORDER BY x LIMIT 1)")
	if g.chance(40) {
		to.Items = append(to.Items, "UNIQUE (rnk)")
	}
}

// stop makes a trigger with a condition.
func (g *gen) stop(to *Table, when string) {
	g.before("CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN %s; END $$", pick(g.rng, "NEW", "NEW", "NULL"))
	g.after("CREATE TRIGGER tr BEFORE %s ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION stop()", pick(g.rng, "INSERT", "INSERT OR UPDATE", "UPDATE"), to.Name, when)
	g.vouch("stop")
}

func contains(list []string, x string) bool {
	return strings.Contains("\x00"+strings.Join(list, "\x00")+"\x00", "\x00"+x+"\x00")
}
