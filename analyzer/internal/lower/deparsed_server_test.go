package lower

import (
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/ddl"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

const deparsedSchema = `
CREATE SCHEMA "O dd";
CREATE TYPE "O dd".tid AS ENUM ('a', 'b');
CREATE DOMAIN orgd AS uuid;
CREATE DOMAIN short AS varchar(40);
CREATE DOMAIN shorter AS short;
CREATE TABLE shares (id int, doc_id int, with_org uuid, label varchar(30));
CREATE TABLE docs (org_id uuid, dom orgd, code varchar(20), padded bpchar, big bigint, small smallint, vis text, n int, pub boolean,
    d date, arr int[], label varchar, brief short, briefer shorter, "Odd one" "O dd".tid, num numeric, at timestamptz);
CREATE TABLE labels (label text, other varchar);
CREATE FUNCTION mine(text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
`

const claim = `(SELECT NULLIF(NULLIF(pg_catalog.current_setting('request.jwt.claims', true), '')::json ->> E'o''rg\\', '')::bigint)`

// claimWithin is a claim at the end of a way.
func claimWithin(way ...string) string {
	last := len(way) - 1
	document := "NULLIF((SELECT pg_catalog.current_setting('request.jwt.claims', true)), '')::json"
	for _, name := range way[:last] {
		document += " -> '" + name + "'"
	}
	return "NULLIF((SELECT " + document + " ->> '" + way[last] + "'), '')::bigint"
}

func setting(typ string) string {
	return "(SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::" + typ + ")"
}

// byKind is the condition of a child whose parents the values of a column tell apart.
func byKind(column string) string {
	one, two := "a", "b"
	if column == "docs.small" {
		one, two = "1", "2"
	}
	link := func(value, table string) string {
		return "(" + column + " = '" + value + "' AND EXISTS (SELECT 1 FROM public." + table + " AS parent WHERE parent.id = docs.n AND parent.with_org = " + setting("uuid") + "))"
	}
	return link(one, "shares") + " OR " + link(two, "shares")
}

// Conditions that policies have: ours, and those that people write for read_also.
var deparsedConditions = []string{
	"org_id = " + setting("uuid"),
	"dom = " + setting("public.orgd"),
	"code = " + setting("varchar"),
	"padded = " + setting("bpchar"),
	"big = " + setting("bigint"),
	"big = " + claim, "big = " + claimWithin("app_metadata", "org_id"), "big = " + claimWithin("app_metadata", "org id"), "big = " + claimWithin("org_id"), "big = " + claimWithin("a", "b", "0"), "big = " + claimWithin("a", "0", "b"),
	"small = " + setting("smallint"),
	"vis = " + setting("text"),
	"num = " + setting("numeric"),
	`"Odd one" = ` + setting(`"O dd".tid`),
	"(org_id = " + setting("uuid") + ") OR (vis = 'public')",
	"org_id = " + setting("uuid") + " AND vis = 'public' AND n BETWEEN 1 AND 2",
	"EXISTS (SELECT 1 FROM public.shares AS parent WHERE parent.doc_id = docs.n AND parent.with_org = " + setting("uuid") + ")",
	"(docs.n IS NULL OR EXISTS (SELECT 1 FROM public.shares AS parent WHERE parent.doc_id = docs.n AND EXISTS (SELECT 1 FROM public.docs AS parent2 WHERE parent2.n = parent.id AND parent2.org_id = " + setting("uuid") + "))) AND (docs.n IS NOT NULL)",
	byKind("docs.vis"), byKind("docs.label"), byKind("docs.code"), byKind(`docs."Odd one"`), byKind("docs.small"), "docs.vis = 'a' AND (docs.n IS NULL OR docs.vis IS DISTINCT FROM 'a')",
	"vis = 'public'", "docs.vis = 'public'", "pub", "NOT pub", "pub IS TRUE", "vis IS NULL", "vis IS NOT NULL",
	"code IN ('a', 'b')", "code IN ('a')", "code NOT IN ('a', 'b')", "vis IN ('a', 'b')", "n IN (1, 2)", "n = ANY (arr)", "n = ANY (ARRAY[1, 2])",
	"vis LIKE 'a%'", "vis NOT LIKE 'a%'", "vis ILIKE 'a%'", "vis ~ '^a'", "n BETWEEN 1 AND 4", "n NOT BETWEEN 1 AND 4",
	"vis IS DISTINCT FROM 'x'", "vis IS NOT DISTINCT FROM 'x'", "n = -1", "num = 1.5", "big = 5", "n = 1 OR n = 2 OR n = 3 AND pub", "(n = 1 OR n = 2) AND (pub AND (vis = 'a' AND num = 2))",
	"mine(vis)", "lower(code) = 'a'", "coalesce(pub, false)", "CASE WHEN pub THEN true ELSE false END", "d <= CURRENT_DATE", "at < now()", "at > now() - interval '1 day'",
	"arr @> '{1}'", `"Odd one" = 'a'`, "CURRENT_USER = 'x'", "pg_catalog.lower(vis) = 'a'", "vis || 'x' = 'ax'", "extract(year FROM d) = 2020", "true", "vis = $$public$$", "NOT (n = 1 AND n = 2)",
	"EXISTS (SELECT 1 FROM shares WHERE shares.doc_id = n)", "EXISTS (SELECT * FROM shares s WHERE doc_id = n AND s.with_org = org_id)", "n IN (SELECT doc_id FROM shares WHERE label = 'x')",
	"EXISTS (SELECT 1 FROM shares s JOIN shares z ON z.id = s.id WHERE s.doc_id = docs.n)", "n NOT IN (SELECT s.doc_id FROM shares s)", "code = 'x'", "dom = org_id", "code = vis",
	// The same name has other types elsewhere.
	"brief = " + setting("public.short"), "briefer = " + setting("public.shorter"), "label = " + setting("varchar"), "EXISTS (SELECT 1 FROM shares parent WHERE parent.doc_id = docs.n AND parent.label = " + setting("varchar") + ")",
	"label = (SELECT label FROM labels LIMIT 1)", "label = (SELECT l.other FROM labels l LIMIT 1)",
}

// PostgreSQL stores every condition and shows it again; what it shows is recognised,
// and is taken for none of the other conditions.
func TestSameCondition(t *testing.T) {
	db, errs := ddl.Load([]ddl.SchemaFile{{Path: "schema.sql", Text: deparsedSchema}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	conn := pgserver.ConnForTest(t)
	execute(t, conn, deparsedSchema)
	table := db.Table(catalog.Name{Schema: "public", Name: "docs"})
	shown := make([]string, len(deparsedConditions))
	for i, c := range deparsedConditions {
		shown[i] = deparse(t, conn, c)
	}
	for i, want := range deparsedConditions {
		for j, have := range shown {
			if same := SameCondition(db, table, want, have); same != (i == j || have == shown[i]) {
				t.Errorf("%s\nshown: %s\nof:    %s\nsame: %v", want, have, deparsedConditions[j], same)
			}
		}
	}
}

// Conditions that say something else, however little, are not taken for the wanted one.
func TestOtherCondition(t *testing.T) {
	db, _ := ddl.Load([]ddl.SchemaFile{{Path: "schema.sql", Text: deparsedSchema}})
	conn := pgserver.ConnForTest(t)
	execute(t, conn, deparsedSchema+`
		CREATE FUNCTION public.current_setting(text, boolean) RETURNS text LANGUAGE sql AS 'SELECT $1';
		CREATE FUNCTION public.same(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';
		CREATE OPERATOR public.= (FUNCTION = public.same, LEFTARG = uuid, RIGHTARG = uuid);
		CREATE SCHEMA other; CREATE TABLE other.shares (LIKE shares);`)
	table := db.Table(catalog.Name{Schema: "public", Name: "docs"})
	own := "org_id = " + setting("uuid")
	for _, c := range []struct{ want, have string }{
		{own, "true"}, {own, own + " OR true"}, {own, "(" + own + ") IS NOT FALSE"}, {own, "org_id <> " + setting("uuid")}, {own, "org_id >= " + setting("uuid")},
		{own, "dom = " + setting("uuid")},
		{own, "org_id = (SELECT NULLIF(pg_catalog.current_setting('app.other', true), '')::uuid)"},
		{own, "org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', false), '')::uuid)"},
		{own, "org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), 'x')::uuid)"},
		{own, "org_id = (SELECT NULLIF(public.current_setting('app.org_id', true), '')::uuid)"},
		{own, "org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid LIMIT 0)"},
		{own, "org_id = (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid WHERE false)"},
		{own, "org_id = (SELECT coalesce(pg_catalog.current_setting('app.org_id', true), '')::uuid)"},
		{own, "org_id = NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid"},
		{own, "org_id = ANY (SELECT NULLIF(pg_catalog.current_setting('app.org_id', true), '')::uuid)"},
		{own, "org_id OPERATOR(public.=) " + setting("uuid")},
		{own, "org_id = " + setting("uuid") + " AND true"},
		{"big = " + setting("bigint"), "big::int = (" + setting("bigint") + ")::int"},
		{"code = " + setting("varchar"), "code::varchar(1) = " + setting("varchar")},
		{"code = " + setting("varchar"), "code::bpchar = " + setting("bpchar")},
		{"n = 1", "n = 1.5"}, {"n = 1", "n::text = '1'"}, {"n = 1", "n = 11"}, {"vis = 'public'", "vis = 'Public'"}, {"vis = 'a'", "vis = NULL"}, {"at < now()", "at::date < now()"},
		{"n IN (1, 2)", "n NOT IN (1, 2)"}, {"n IN (1, 2)", "n = ALL (ARRAY[1, 2])"}, {"n BETWEEN 1 AND 4", "n > 1 AND n <= 4"}, {"vis LIKE 'a%'", "vis ILIKE 'a%'"},
		{"NOT pub", "pub"}, {"pub AND n = 1", "pub OR n = 1"}, {"n = 1 OR n = 2 AND pub", "(n = 1 OR n = 2) AND pub"},
		{"EXISTS (SELECT 1 FROM shares WHERE doc_id = n)", "EXISTS (SELECT 1 FROM shares WHERE doc_id = id)"},
		{"EXISTS (SELECT 1 FROM shares WHERE doc_id = n)", "EXISTS (SELECT 1 FROM other.shares WHERE doc_id = n)"},
		{"EXISTS (SELECT 1 FROM shares WHERE doc_id = n)", "EXISTS (SELECT max(id) FROM shares WHERE doc_id = n)"},
		{"EXISTS (SELECT 1 FROM shares WHERE doc_id = n)", "NOT EXISTS (SELECT 1 FROM shares WHERE doc_id = n)"},
		{"EXISTS (SELECT 1 FROM shares s JOIN shares z ON z.id = s.id)", "EXISTS (SELECT 1 FROM shares s LEFT JOIN shares z ON z.id = s.id)"},
		{"EXISTS (SELECT 1 FROM shares s, shares z WHERE z.id = docs.n)", "EXISTS (SELECT 1 FROM shares s, shares z WHERE s.id = docs.n)"},
		{"n IN (SELECT doc_id FROM shares)", "n IN (SELECT id FROM shares)"},
	} {
		if have := deparse(t, conn, c.have); SameCondition(db, table, c.want, have) {
			t.Errorf("%s\nis taken for %s", have, c.want)
		}
	}
	for _, text := range []string{"", "true); SELECT (true", "true) FROM docs WHERE (true", "1) AS x, (2", "a\x00", "org_id = "} {
		if SameCondition(db, table, text, text) {
			t.Errorf("%q is no condition", text)
		}
	}
}

// deparse shows a condition as PostgreSQL does in a policy.
func deparse(t *testing.T, conn *pgx.Conn, condition string) string {
	t.Helper()
	execute(t, conn, "SET search_path = public; DROP POLICY IF EXISTS p ON docs; CREATE POLICY p ON docs USING ("+condition+"); SET search_path = pg_catalog")
	var text string
	if err := conn.QueryRow(t.Context(), "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy").Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

func execute(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", sql, err))
	}
}

// No condition is in the list twice.
func TestDeparsedConditionsDiffer(t *testing.T) {
	sorted := slices.Sorted(slices.Values(deparsedConditions))
	if len(slices.Compact(sorted)) != len(deparsedConditions) {
		t.Error("a condition is listed twice")
	}
}
