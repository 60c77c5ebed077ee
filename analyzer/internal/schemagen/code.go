package schemagen

import (
	"fmt"
	"slices"
)

// writer makes an SQL function that writes, for statements to call in a condition.
func (g *gen) writer() {
	t := g.owned()
	typ := t.column(t.Tenant).Type
	with := pick(g.rng, fmt.Sprintf("DELETE FROM %s WHERE %s = $1 RETURNING 1", t.Name, t.Tenant),
		fmt.Sprintf("UPDATE %s SET %s = NULL WHERE %s = $1 RETURNING 1", t.Name, g.data(t, "text").Name, t.Tenant))
	g.after("CREATE FUNCTION purge(%s) RETURNS bigint LANGUAGE sql AS $$ WITH d AS (%s) SELECT count(*) FROM d $$", bare(typ), with)
	g.snippet("bool", "purge(%s) >= 0", "tenant")
	g.snippet("int", "purge(%s)", "tenant")
	if g.chance(40) {
		g.after("CREATE FUNCTION twice(%s) RETURNS bigint LANGUAGE sql AS $$ %s; SELECT 1::bigint $$", bare(typ), with)
		g.snippet("bool", "twice(%s) >= 0", "tenant")
	}
}

// bare is a type without its collation: a function's parameters have none.
func bare(typ string) string {
	for i := range typ {
		if i+8 < len(typ) && typ[i:i+8] == " COLLATE" {
			return typ[:i]
		}
	}
	return typ
}

// sqlFunction makes functions in SQL that read by their argument.
func (g *gen) sqlFunction() {
	t := g.owned()
	c := g.data(t, "text")
	typ := bare(t.column(t.Tenant).Type)
	path := pick(g.rng, "", "", " SET search_path = public")
	strict := pick(g.rng, "", " STABLE", " STRICT", " IMMUTABLE")
	where := pick(g.rng, "WHERE q."+t.Tenant+" = $1", "WHERE q."+t.Tenant+" = $1", "WHERE $1 = q."+t.Tenant+" ORDER BY q.id LIMIT 1", "")
	g.after("CREATE FUNCTION names(%s) RETURNS SETOF text LANGUAGE sql%s%s AS $$ SELECT q.%s::text FROM %s q %s $$", typ, path, strict, c.Name, t.Name, where)
	g.after("CREATE FUNCTION size(%s) RETURNS bigint LANGUAGE sql%s%s AS $$ SELECT count(*) FROM %s q %s $$", typ, path, strict, t.Name, pick(g.rng, "WHERE q."+t.Tenant+" = $1", "WHERE q."+t.Tenant+" = $1", ""))
	g.snippet("int", "size(%s)", "tenant")
	g.snippet("bool", "%s::text IN (SELECT names(%s))", "text", "tenant")
	g.snippet("bool", "EXISTS (SELECT 1 FROM names(%s) f)", "tenant")
	if g.chance(40) {
		g.after("CREATE FUNCTION held(int) RETURNS bool LANGUAGE sql AS $$ SELECT count(*) FILTER (WHERE $1 > 0) > 0 $$")
		g.snippet("bool", "held(%s)", "int")
	}
}

// functionPath makes a function that means another table than where it is called.
func (g *gen) functionPath() {
	t := g.owned()
	g.after("CREATE SCHEMA ref")
	g.after("CREATE TABLE ref.%s (id int PRIMARY KEY)", t.Name)
	g.s.Also = append(g.s.Also, "ref."+t.Name)
	g.after("CREATE FUNCTION public.total() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM %s $$", t.Name)
	g.after("SET search_path = ref, public")
	g.after("CREATE VIEW public.fv AS SELECT 1 AS id, public.total() AS num")
	if g.chance(50) {
		g.after("CREATE FUNCTION public.inner_total() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT public.total() $$")
		g.snippet("int", "inner_total()")
	}
	g.after("SET search_path = public")
	g.snippet("int", "total()")
	g.s.views = append(g.s.views, &Table{Name: "fv", view: true, Kind: Global, Columns: []*Column{{Name: "id", class: "int", values: ints}, {Name: "num", class: "int", values: ints}}})
}

// vouchedByName vouches for one function; another of its name reads.
func (g *gen) vouchedByName() {
	t := g.owned()
	count := fmt.Sprintf("BEGIN RETURN (SELECT count(*) FROM %s); END", t.Name)
	g.after("CREATE SCHEMA util")
	g.after("CREATE FUNCTION util.amount() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$")
	g.after("CREATE FUNCTION public.amount() RETURNS bigint LANGUAGE plpgsql AS $$ %s $$", count)
	g.after("CREATE FUNCTION util.slug(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN lower($1); END $$")
	g.after("CREATE FUNCTION util.slug(int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*)::text FROM %s); END $$", t.Name)
	g.vouch("util.amount")
	g.vouch("util.slug")
	g.snippet("int", "amount()")
	g.snippet("int", "util.amount()")
	g.snippet("text", "util.slug(%s)", "text")
	g.snippet("text", "util.slug(%s)", "int")
}

// aggregate vouches for an aggregate, which PostgreSQL computes over the rows of a level.
func (g *gen) aggregate() {
	g.before("CREATE AGGREGATE most(int) (SFUNC = int4larger, STYPE = int)")
	g.before("CREATE AGGREGATE most(text) (SFUNC = text_larger, STYPE = text)")
	g.vouch("most")
	g.snippet("int", "(SELECT most(%s::int))", "int")
	g.snippet("text", "(SELECT most(%s::text))", "text")
	g.snippet("int", "most(%s::int)", "int")
	if g.chance(40) {
		g.snippet("int", "most(%s::int) OVER ()", "int")
	}
}

// vouchedSet vouches for a function that returns a set, also of no rows.
func (g *gen) vouchedSet() {
	g.before("CREATE FUNCTION upto(int) RETURNS SETOF int LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT generate_series(1, $1 - 1); END $$")
	g.vouch("upto")
	g.snippet("bool", "EXISTS (SELECT upto(%s::int))", "int")
	g.snippet("int", "upto(%s::int)", "int")
}

func (g *gen) trigger() {
	t := g.any()
	g.before("CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN coalesce(NEW, OLD); END $$")
	g.after("CREATE TRIGGER touch BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION touch()", pick(g.rng, "INSERT", "UPDATE", "DELETE", "INSERT OR UPDATE OR DELETE"), t.Name)
	if g.chance(70) {
		g.vouch("touch")
	}
	if g.chance(30) {
		u := g.owned()
		g.before("CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM %s; RETURN NULL; END $$", u.Name)
		g.after("CREATE TRIGGER note AFTER DELETE ON %s EXECUTE FUNCTION note()", t.Name)
	}
}

func (g *gen) rule() {
	t, u := g.any(), g.owned()
	g.after("CREATE RULE also AS ON %s TO %s DO %s", pick(g.rng, "INSERT", "UPDATE", "DELETE"), t.Name,
		pick(g.rng, "ALSO DELETE FROM "+u.Name, "INSTEAD NOTHING", "ALSO SELECT * FROM "+u.Name))
}

// unfollowed changes constraints in DDL that the analyzer does not follow.
func (g *gen) unfollowed() {
	t := g.any()
	var drop []string
	for _, item := range t.Items {
		var name string
		if _, err := fmt.Sscanf(item, "CONSTRAINT %s ", &name); err == nil {
			drop = append(drop, fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s CASCADE", t.Name, name))
		}
	}
	for _, c := range t.Columns {
		if c.NotNull {
			drop = append(drop, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL", t.Name, c.Name))
		}
	}
	if len(drop) == 0 {
		return
	}
	g.s.targets = append(g.s.targets, t)
	sql := pick(g.rng, drop...)
	switch g.IntN(5) {
	case 0:
		g.after("DO $$ BEGIN %s; END $$", sql)
	case 1:
		g.after("DO $$ BEGIN EXECUTE '%s'; END $$", sql)
	case 2:
		half := len("ALTER TABLE ") + 1
		g.after("DO $$ BEGIN EXECUTE '%s' || '%s'; END $$", sql[:half], sql[half:])
	case 3:
		g.after("CREATE PROCEDURE change() LANGUAGE plpgsql AS $$ BEGIN %s; END $$", sql)
		g.after("CALL change()")
	default:
		g.after("CREATE FUNCTION change() RETURNS void LANGUAGE plpgsql AS $$ BEGIN %s; END $$", sql)
		g.after("SELECT change()")
	}
}

// later changes the schema after it was made, as migrations do.
func (g *gen) later() {
	for range 1 + g.IntN(2) {
		t := g.any()
		c := pick(g.rng, t.Columns...)
		var names []string
		for _, item := range t.Items {
			var name string
			if _, err := fmt.Sscanf(item, "CONSTRAINT %s ", &name); err == nil {
				names = append(names, name)
			}
		}
		choices := []string{"DISABLE TRIGGER ALL", fmt.Sprintf("ALTER COLUMN %s DROP NOT NULL", c.Name), "ALTER COLUMN id DROP DEFAULT"}
		for _, n := range names {
			choices = append(choices, fmt.Sprintf("DROP CONSTRAINT IF EXISTS %s CASCADE", n), "DROP CONSTRAINT "+n+" CASCADE")
		}
		if c.class == "text" && c.Generated == "" {
			choices = append(choices, fmt.Sprintf("ALTER COLUMN %s TYPE %s", c.Name, pick(g.rng, "text COLLATE ci", "varchar(3)", "char(4)", "text")))
		}
		if c.class == "int" && c.Generated == "" {
			choices = append(choices, fmt.Sprintf("ALTER COLUMN %s TYPE numeric(8,0)", c.Name))
		}
		text := pick(g.rng, choices...)
		if slices.Contains([]string{"DISABLE TRIGGER ALL"}, text) && g.chance(80) {
			continue
		}
		g.after("ALTER TABLE %s %s", t.Name, text)
		g.s.targets = append(g.s.targets, t)
		if len(text) > 12 && text[len(text)-2:] == "ci" {
			g.before("CREATE COLLATION IF NOT EXISTS ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
		}
	}
}

func (g *gen) readAlso() {
	t := g.owned()
	c := g.data(t, "bool")
	t.ReadAlso = c.Name + " IS NULL"
	if c.class == "bool" && g.chance(70) {
		t.ReadAlso = c.Name
	} else if len(c.values) > 0 && g.chance(50) {
		t.ReadAlso = fmt.Sprintf("%s = '%s'", c.Name, c.values[0])
	}
}

func (g *gen) restrict() {
	t := g.owned()
	t.Restrict = g.data(t, "text").Name + " IS NULL"
}

// oddDefault gives a column that decides about owners or references a default.
func (g *gen) oddDefault() {
	t := g.any()
	for _, c := range t.Columns {
		if (c.ref || c.Name == t.Tenant) && c.Generated == "" && len(c.values) > 0 {
			c.Default = "'" + pick(g.rng, c.values...) + "'"
		}
	}
}
