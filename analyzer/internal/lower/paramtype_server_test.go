package lower

import (
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/internal/ddl"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

const paramSchema = `
CREATE DOMAIN three AS varchar(3);
CREATE TYPE floats AS RANGE (subtype = float8);
CREATE TABLE t (id int, big bigint, sum numeric, body text, short varchar(5), dom three, nm name, code char(3), f float8, u uuid, doc jsonb,
	day date, at timestamptz, tags text[], names name[], ids bigint[], fs float8[], r floats);
CREATE FUNCTION plain(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION threes(three) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION padded(bpchar) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION three(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
`

// paramPlaces are conditions over t that give $1 its type.
var paramPlaces = []string{
	"id = $1", "$1 < big", "sum >= $1", "body <> $1", "short = $1", "dom = $1", "nm = $1", "code = $1", "f > $1", "u = $1", "doc = $1", "day = $1", "at < $1",
	"$1 = 'x'", "id + $1 > 0", "$1 * sum > 0", "f - $1 > 0", "- $1 > 0", "|/ $1 > 0", "day + $1 > day", "day - $1 > 1", "at - $1 > '1s'", "id ^ $1 > 0", "sum % $1 > 0",
	"body || $1 = ''", "$1 || short = ''", "nm || $1 = ''", "code || $1 = ''", "$1 || 'x' = ''", "'x' || $1 = ''", "doc || $1 = doc", "tags || $1 = tags",
	"body LIKE $1", "short ILIKE $1", "nm LIKE $1", "code LIKE $1", "$1 LIKE 'x'", "body ~ $1", "body SIMILAR TO $1",
	"doc ->> $1 = ''", "doc -> $1 = doc", "doc ? $1", "doc #>> $1 = ''", "doc @> $1", "doc ->> 'x' = $1", "doc #>> '{x}' < $1", "lower(body) = $1", "upper(r) = $1", "lower(short) > $1",
	"id BETWEEN $1 AND 5", "f BETWEEN 1 AND $1", "$1 BETWEEN 'a' AND 'b'", "body IS DISTINCT FROM $1", "nm IS DISTINCT FROM $1",
	"COALESCE($1, body) = ''", "COALESCE(big, $1, 1) = 1", "COALESCE($1, sum, 1.5) = 1", "COALESCE($1, f) = 1", "COALESCE($1, big, f) = 1", "COALESCE($1, 'x') = ''", "COALESCE($1, dom) = ''",
	"NULLIF($1, '') = ''", "NULLIF(nm, $1) = ''", "GREATEST($1, code) = ''", "LEAST($1, short) = ''",
	"CASE WHEN true THEN $1 ELSE nm END = ''", "CASE WHEN true THEN body ELSE $1 END = ''", "CASE body WHEN $1 THEN true END", "CASE nm WHEN $1 THEN true END", "CASE $1 WHEN 'x' THEN true END",
	"id IN (1, $1)", "body IN ('x', $1)", "body IN ($1, 'x'::name)", "big IN ($1, 1.5::float8)", "big IN (1, $1, 2)", "$1 IN ('x', 'y')", "$1 IN ('x', nm)", "short IN ($1, 'y')",
	"$1 = ANY (tags)", "$1 = ANY (names)", "$1 <> ALL (ids)", "$1 = ANY (fs)", "$1 = ANY ('{}'::text[])", "$1 = ANY ('{}'::name[])", "$1 = ANY ('{}'::varchar(3)[])", "body = ANY (ARRAY[$1])",
	"tags = ARRAY[$1]", "ARRAY[$1, nm] = names", "ARRAY[$1]::name[] = names", "ARRAY[$1, body]::text[] = tags", "ARRAY[ARRAY[$1]]::char(2)[] = '{}'", "ids @> ARRAY[$1, 1]",
	"(id, body) = (1, $1)", "(id, nm) < (1, $1)", "(id, $1) IN (SELECT id, nm FROM t)", "$1 IN (SELECT body FROM t)", "$1 NOT IN (SELECT nm FROM t)", "$1 = (SELECT f FROM t LIMIT 1)", "body = (SELECT $1)",
	"EXISTS (SELECT $1)", "EXISTS (SELECT body UNION SELECT $1)", "EXISTS (SELECT nm UNION SELECT $1)", "EXISTS (SELECT $1 UNION SELECT 'x')", "EXISTS (SELECT $1 EXCEPT VALUES (f))", "EXISTS (VALUES ($1), (nm))",
	"EXISTS (VALUES ($1), ('x'))", "EXISTS (VALUES (1), ($1))", "EXISTS (SELECT 1 LIMIT $1)", "EXISTS (SELECT 1 OFFSET $1)",
	"plain($1) = 1", "threes($1) = 1", "padded($1) = 1", "three($1) = 'x'", "lower($1) = ''", "upper($1) = ''", "initcap($1) = ''", "hashtext($1) = 1", "pg_notify('x', $1) IS NULL", "nameconcatoid($1, 1) = ''",
	"array_position(names, $1) = 1", "array_position(tags, $1) = 1", "concat(big, $1::text) = ''", "$1::varchar(2) = ''", "$1::three = ''", "$1::char(2) = ''", "$1::int = 1", "$1::text = ''", "$1::date = day",
}

// TestParamTypesAgainstServer: a type that a place was not known to give may change the
// tenant. Where a place is known, PostgreSQL must give its type or refuse the statement.
func TestParamTypesAgainstServer(t *testing.T) {
	db, errs := ddl.Load([]ddl.SchemaFile{{Path: "schema.sql", Text: paramSchema}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	conn := pgserver.ConnForTest(t)
	pgserver.ExecForTest(t, conn, paramSchema)
	asked, known := 0, 0
	for _, cond := range paramPlaces {
		text := "SELECT 1 FROM t WHERE " + cond
		types := paramOf((&Lowerer{DB: db}).Lower(sqltext.Split(text)[0], text))
		ps, err := conn.Prepare(t.Context(), "", text)
		if err != nil {
			t.Logf("%s: %v", cond, err)
			continue
		}
		name := serverTypes[ps.ParamOIDs[0]]
		asked++
		if slices.Contains(types, query.Unknown) {
			continue
		}
		known++
		if got := pgtype.Families[name]; !slices.Contains(types, got) || got == query.Unknown {
			t.Errorf("%s: the parameter is of type %d, and not of %q", cond, ps.ParamOIDs[0], types)
		}
	}
	if asked < 90 || known < 50 {
		t.Errorf("the server knew %d places, we %d", asked, known)
	}
}

func paramOf(st *query.Statement) []query.Type {
	if len(st.Params) != 1 {
		return []query.Type{query.Unknown}
	}
	return append(slices.Clone(st.Params[0].Equals), st.Params[0].Elsewhere...)
}

// serverTypes are the types of families by their numbers in pg_type.
var serverTypes = map[uint32]string{
	16: "bool", 20: "int8", 23: "int4", 25: "text", 1043: "varchar", 1082: "date", 1184: "timestamptz", 1700: "numeric", 2950: "uuid", 3802: "jsonb",
}
