package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
)

var alteredFunction = &rules.Rule{
	Name: "altered-function", Kind: rules.Database, Severity: rules.Error,
	Title: "a function is not what the schema files make it",
	Text: `Somebody vouched for the function that the schema files have, or its body was read: what has
been put in its place under its name is neither. Compared are the body, the language, SECURITY DEFINER, LEAKPROOF (such a function sees
rows before the policies do), VOLATILE, STRICT, the SET clauses and what it returns. PARALLEL, COST and ROWS
are for the planner alone. Bodies with BEGIN ATOMIC, which PostgreSQL does not keep as text, are judged where a query
calls the function.`,
}

var strayFunction = &rules.Rule{
	Name: "stray-function", Kind: rules.Database, Severity: rules.Error,
	Title: "a function, operator or cast is in no schema file, and queries may come to mean it",
	Text: `PostgreSQL looks for the best match of a name among all schemas of the search_path: a function lower(varchar) in public
goes before pg_catalog's lower(text), an operator = of two varchars likewise, and a cast runs where
nobody writes it (PostgreSQL manual, 10.2, 10.3 and 5.10.6). Reported are functions that are called as one of PostgreSQL's or
of the schema files', all operators in schemas of the search_path, and all casts, unless an extension made
them. Functions with names of their own are called by no query; those that are LEAKPROOF are
reported all the same, because whoever can call one learns what policies hide, and so is what was put into
pg_catalog.`,
	Bad:  `CREATE FUNCTION lower(varchar) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';`,
	Good: `DROP FUNCTION lower(varchar);`,
}

// functionsAgain compares the functions of the schema files with those of the database.
func (p *pass) functionsAgain() {
	for _, db := range p.promised.dbs {
		for _, want := range db.Functions {
			for _, have := range functionsNamed(p.again, want.Name) {
				if sameArguments(db, want, have) {
					p.function(db, want, have)
				}
			}
		}
	}
	for _, have := range p.again.Functions {
		f := Finding{Object: "function " + have.Name.String() + "(" + inputs(have) + ")", Is: "a function of schema " + have.Name.Schema, Promised: "none", Hint: "drop it, or add it to the schema files by a migration"}
		switch {
		case p.declaresFunction(have):
			continue
		case have.Leakproof:
			f.Message = "is in no schema file, and LEAKPROOF, so that it sees rows before the policies do"
			f.SQL = []string{"ALTER FUNCTION " + quote(have.Name) + "(" + signature(have) + ") NOT LEAKPROOF;"}
		case p.stands(have):
			f.Message = "is in no schema file, and is called as one that queries may mean"
		default:
			continue
		}
		p.found(strayFunction, f)
	}
	for _, name := range p.live.planted {
		p.found(strayFunction, Finding{Object: name, Message: "is in pg_catalog, but not PostgreSQL's own", Is: "in the schema that every session looks into first", Promised: "what PostgreSQL and extensions put there", Hint: "drop it; what replaced a function of PostgreSQL's is put right by initdb alone"})
	}
	for _, name := range p.live.leakproof {
		p.found(strayFunction, Finding{Object: "function " + name, Severity: rules.Warning, Message: "was made LEAKPROOF, so that it sees rows before the policies do, and may tell of them by an error", Is: "LEAKPROOF", Promised: "as PostgreSQL makes it",
			SQL: []string{"ALTER FUNCTION " + name + " NOT LEAKPROOF;"}})
	}
	p.strayCode()
}

func (p *pass) function(db *catalog.Database, want, have *catalog.Function) {
	var list []string
	for _, c := range []struct {
		same bool
		what string
	}{
		{want.Atomic == have.Atomic && (want.Atomic || strings.TrimSpace(want.Body) == strings.TrimSpace(have.Body)), "its body"},
		{want.Language == have.Language, "its language"}, {want.SecurityDefiner == have.SecurityDefiner, "SECURITY DEFINER"}, {want.Leakproof || !have.Leakproof, "LEAKPROOF"},
		{want.Volatility == have.Volatility, "its volatility"}, {want.Strict == have.Strict, "STRICT"}, {sameSettings(want.Settings, have.Settings), "its SET clauses"},
		{want.Kind == have.Kind && want.ReturnsSet == have.ReturnsSet && (want.Kind == "procedure" || want.Kind == "aggregate" || sameType(db, want.Returns, have.Returns)), "what it returns"},
	} {
		if !c.same && want.Kind != "aggregate" {
			list = append(list, c.what)
		}
	}
	if len(list) > 0 {
		var sql []string
		if have.Leakproof && !want.Leakproof {
			sql = []string{"ALTER FUNCTION " + quote(have.Name) + "(" + signature(have) + ") NOT LEAKPROOF;"}
		}
		p.found(alteredFunction, Finding{SQL: sql, Object: "function " + want.Name.String() + "(" + inputs(want) + ")", Message: "differs in " + strings.Join(list, " and "), Is: about(have), Promised: about(want),
			Hint: "apply the statement of the schema files that creates it again"})
	}
}

// sameSettings compares SET clauses; what a session had when it created the function is
// not known.
func sameSettings(want, have []string) bool {
	return slices.EqualFunc(want, have, func(w, h string) bool {
		name, value, _ := strings.Cut(w, "=")
		return w == h || value == "?" && strings.HasPrefix(h, name+"=")
	})
}

func about(f *catalog.Function) string {
	text := f.Language
	if f.SecurityDefiner {
		text += " SECURITY DEFINER"
	}
	if f.Leakproof {
		text += " LEAKPROOF"
	}
	return oneLine(strings.ToUpper(f.Volatility) + " " + text + " " + strings.Join(f.Settings, " ") + ": " + shortText(f.Body))
}

func shortText(text string) string {
	if r := []rune(oneLine(text)); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return oneLine(text)
}

// inputTypes are those of the arguments that a call gives.
func inputTypes(f *catalog.Function) []catalog.TypeRef {
	var list []catalog.TypeRef
	for _, a := range f.Args {
		if a.Mode == "in" || a.Mode == "inout" || a.Mode == "variadic" {
			list = append(list, a.Type)
		}
	}
	return list
}

func inputs(f *catalog.Function) string {
	var list []string
	for _, t := range inputTypes(f) {
		list = append(list, t.Text())
	}
	return strings.Join(list, ", ")
}

// signature is the list of a function's arguments as ALTER FUNCTION tells it from others.
func signature(f *catalog.Function) string {
	var list []string
	for _, t := range inputTypes(f) {
		name := quote(t.Name)
		if t.Array {
			name += "[]"
		}
		list = append(list, name)
	}
	return strings.Join(list, ", ")
}

func sameArguments(db *catalog.Database, want, have *catalog.Function) bool {
	return slices.EqualFunc(inputTypes(want), inputTypes(have), func(w, h catalog.TypeRef) bool { return sameType(db, w, h) })
}

// declaresFunction reports whether a live function is one of the schema files.
func (p *pass) declaresFunction(have *catalog.Function) bool {
	return slices.ContainsFunc(p.promised.dbs, func(db *catalog.Database) bool {
		return slices.ContainsFunc(db.Functions, func(want *catalog.Function) bool { return want.Name == have.Name && sameArguments(db, want, have) })
	})
}

// stands reports whether a live function may be what a query means by another one's name.
func (p *pass) stands(have *catalog.Function) bool {
	called := p.live.builtins[have.Name.Name] || slices.ContainsFunc(p.promised.dbs, func(db *catalog.Database) bool {
		return slices.ContainsFunc(db.Functions, func(want *catalog.Function) bool { return want.Name.Name == have.Name.Name })
	})
	return called && p.promised.onPath(have.Name.Schema)
}

// onPath reports whether names without a schema may mean objects of this one.
func (m *promised) onPath(schema string) bool {
	return schema == "public" || slices.ContainsFunc(m.paths, func(path []string) bool { return slices.Contains(path, schema) })
}

// strayCode reports operators and casts that only the database has.
func (p *pass) strayCode() {
	for _, o := range p.again.Operators {
		if p.promised.onPath(o.Name.Schema) && !slices.ContainsFunc(p.promised.dbs, func(db *catalog.Database) bool {
			return slices.ContainsFunc(db.Operators, func(w *catalog.Operator) bool { return w.Name == o.Name && w.Function.Name == o.Function.Name })
		}) {
			p.found(strayFunction, Finding{Object: "operator " + o.Name.String(), Message: "is in no schema file", Is: "it calls " + o.Function.String(), Promised: "none", Hint: "DROP OPERATOR, or add it to the schema files by a migration"})
		}
	}
	for _, s := range p.again.Support {
		if !slices.ContainsFunc(p.promised.dbs, func(db *catalog.Database) bool {
			return slices.ContainsFunc(db.Support, func(w *catalog.Support) bool { return w.What == s.What })
		}) {
			p.found(strayFunction, Finding{Object: s.What, Message: "is in no schema file", Is: fmt.Sprint("it calls ", calls(s.Calls)), Promised: "none", Hint: "drop it, or add it to the schema files by a migration"})
		}
	}
}

func calls(names []catalog.Name) string {
	var list []string
	for _, n := range names {
		list = append(list, n.String())
	}
	if len(list) == 0 {
		return "nothing"
	}
	return joined(list)
}
