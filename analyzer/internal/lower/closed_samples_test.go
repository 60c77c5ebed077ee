package lower_test

// closedSchema is what the samples are about. secrets is read by what is planted only.
const closedSchema = `
CREATE TABLE notes (id int PRIMARY KEY, org_id int NOT NULL, title text, tags text[], doc jsonb, UNIQUE (org_id, id));
CREATE TABLE secrets (id int PRIMARY KEY, org_id int NOT NULL);
CREATE TABLE plans (id int PRIMARY KEY, name text, price numeric(8, 2), parts point[]);
CREATE TYPE pair AS (a int, b int);
CREATE TABLE boxes (id int PRIMARY KEY, p pair, items int[], body xml);
`

// closedSamples are accepted statements in which each field that the lowering reads
// is filled at least once.
var closedSamples = []string{
	"SELECT 1, 'x', 1.5, true, NULL, B'1', X'1F', $1, $2::text",
	"SELECT DISTINCT n.*, n.a AS x, * FROM notes AS n (a, b) WHERE n.b = $1",
	"SELECT DISTINCT ON (org_id, id) title, count(*) OVER () FROM public.notes WHERE org_id = $1 ORDER BY org_id, id DESC NULLS LAST, title USING < LIMIT 5 OFFSET $2 FOR UPDATE OF notes SKIP LOCKED",
	"SELECT id FROM notes WHERE org_id = $1 ORDER BY id FETCH FIRST 3 ROWS WITH TIES",
	"SELECT id, count(*) FROM notes WHERE org_id = $1 GROUP BY org_id, 1, title || 'x' HAVING count(*) > 1 AND max(id) < 5",
	"SELECT name, grouping(name) FROM plans GROUP BY DISTINCT GROUPING SETS ((name), (), (id, name)), ROLLUP (id, name), CUBE (id)",
	"SELECT sum(id) OVER w, lag(id, 1) OVER (w ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING), count(*) OVER (PARTITION BY name ORDER BY id RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM plans WINDOW w AS (PARTITION BY name ORDER BY id)",
	"SELECT string_agg(DISTINCT name, ',' ORDER BY name) FILTER (WHERE id > 1), percentile_cont(0.5) WITHIN GROUP (ORDER BY id), concat(VARIADIC ARRAY['a', name]), make_interval(days => 1, hours => id) FROM plans",
	"VALUES (1, 'a'), ($1, 'b') ORDER BY 1 LIMIT 1",
	"(SELECT id FROM notes WHERE org_id = $1 UNION ALL SELECT id FROM plans) EXCEPT SELECT 3 INTERSECT SELECT 4 ORDER BY 1 OFFSET 2",
	"WITH a (x) AS MATERIALIZED (SELECT id FROM notes WHERE org_id = $1), b AS NOT MATERIALIZED (SELECT x FROM a) SELECT * FROM b, a c (y)",
	"WITH RECURSIVE r (id, org_id) AS (SELECT id, org_id FROM notes WHERE org_id = $1 UNION SELECT n.id, n.org_id FROM notes n JOIN r ON n.org_id = r.org_id AND n.id = r.id + 1) SELECT id FROM r",
	"WITH d AS (DELETE FROM notes WHERE org_id = $1 RETURNING id) SELECT id FROM d UNION SELECT 1",
	"SELECT n.title FROM notes n LEFT JOIN plans p ON p.id = n.id RIGHT JOIN plans q ON q.id = n.id AND n.org_id = $1 JOIN boxes USING (id) WHERE n.org_id = $1",
	"SELECT j.a FROM (plans p CROSS JOIN boxes b) AS j (a) FULL JOIN plans x ON x.id = j.a",
	"SELECT id, u.id FROM plans JOIN boxes USING (id) AS u NATURAL JOIN (SELECT 1 AS id) AS z (id)",
	"SELECT * FROM plans p, LATERAL (SELECT p.id) AS l (a), (SELECT 2) m",
	"SELECT a, b, o FROM ROWS FROM (generate_series(1, 3), jsonb_to_record('{}') AS (c int)) WITH ORDINALITY AS f (a, b, o)",
	"SELECT x.a FROM jsonb_to_recordset('[]') AS x (a int, b text COLLATE \"C\")",
	"SELECT 1 FROM ONLY notes WHERE org_id = ANY (ARRAY[$1::int]) AND title = ANY (tags) AND id <> ALL (ARRAY[1, 2]) AND org_id IN ($1) AND id NOT IN (3, 4)",
	"SELECT 1 FROM notes WHERE org_id = $1 AND (title LIKE 'a%' ESCAPE 'x' OR title NOT ILIKE 'b' OR title SIMILAR TO 'c') AND id BETWEEN 1 AND 2 AND id NOT BETWEEN SYMMETRIC 3 AND 4 AND id BETWEEN SYMMETRIC 1 AND 2 AND id NOT BETWEEN 5 AND 6",
	"SELECT nullif(id, 1), id IS DISTINCT FROM 2, id IS NOT DISTINCT FROM 3, -id, @id, id OPERATOR(pg_catalog.+) 1, (id, 1) = (2, 3), (1, id) <> (2, 2), ROW(id, 1) < ROW(1, 2), NOT (id = 1 OR id > 2) FROM plans",
	"SELECT id IS NULL, name IS NOT NULL, (id = 1) IS TRUE, (id = 1) IS NOT FALSE, (id = 1) IS UNKNOWN, (id = 1) IS NOT TRUE, (id = 1) IS FALSE, (id = 1) IS NOT UNKNOWN, (plans.*) IS NULL FROM plans",
	"SELECT CASE id WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE name END, CASE WHEN id > 1 THEN 2 END, coalesce(name, 'x'), greatest(1, id), least(id, 2), ROW(id, name), ARRAY[id, 1], ARRAY[[1], [2]], name COLLATE \"C\" FROM plans",
	"SELECT parts[1], parts[1:2], parts[:2], (parts[1])[0], id::bigint, name::varchar(3), price::numeric(10, 2), '{}'::int[], '{}'::int[3] FROM plans",
	"SELECT (p).a, (p).*, boxes, items[id] FROM boxes",
	"SELECT current_date, current_time(2), current_timestamp, current_timestamp(1), current_time, localtime, localtime(1), localtimestamp, localtimestamp(1), current_user, current_role, session_user, user, current_catalog, current_schema",
	"SELECT xmlelement(name a, xmlattributes(name AS b, id), 'x'), xmlforest(name AS c, id), xmlconcat('<a/>', '<b/>'), xmlpi(name d, 'x'), xmlparse(document '<a/>'), xmlparse(content '<a/>' preserve whitespace), xmlroot('<a/>', version '1.0', standalone yes), '<a/>'::xml IS DOCUMENT, xmlserialize(content '<a/>'::xml AS text), xmlserialize(document '<a/>'::xml AS text INDENT) FROM plans",
	"SELECT json_object('a': id, 'b' VALUE name FORMAT JSON NULL ON NULL WITH UNIQUE RETURNING jsonb), json_array(id, name ABSENT ON NULL RETURNING text FORMAT JSON ENCODING UTF8), name IS JSON, name IS NOT JSON OBJECT WITH UNIQUE KEYS, name IS JSON ARRAY, name IS JSON SCALAR, name IS JSON VALUE FROM plans",
	"SELECT EXISTS (SELECT 1 FROM notes n WHERE n.org_id = $1), id IN (SELECT id FROM plans), id = (SELECT max(id) FROM plans), ARRAY(SELECT name FROM plans), id > ALL (SELECT 1), id < ANY (SELECT 1), (id, 1) IN (SELECT 1, 2), id NOT IN (SELECT 3), id = ANY (SELECT id FROM plans) FROM plans",
	"SELECT extract(year FROM now()), position('a' IN name), substring(name FROM 1 FOR 2), overlay(name PLACING 'x' FROM 1), trim(BOTH 'x' FROM name), now() AT TIME ZONE 'UTC', (now(), now()) OVERLAPS (now(), now()), name IS NORMALIZED FROM plans",
	"SELECT sqlc.arg(a)::text, sqlc.narg('b'), @c, @d::int, sqlc.embed(plans) FROM plans",
	"INSERT INTO notes AS n (id, org_id, title) OVERRIDING SYSTEM VALUE VALUES (1, $1, DEFAULT), ($2, $1, 'x') ON CONFLICT (org_id, id) WHERE org_id > 1 DO UPDATE SET title = excluded.title, (doc, tags) = (SELECT NULL, NULL) WHERE n.org_id = $1 RETURNING id, n.*",
	"INSERT INTO notes (id, org_id) OVERRIDING USER VALUE SELECT id, $1 FROM plans ON CONFLICT ON CONSTRAINT notes_org_id_id_key DO NOTHING",
	"WITH a AS (SELECT 1 AS x) INSERT INTO plans SELECT x FROM a ON CONFLICT (id) DO NOTHING",
	"INSERT INTO plans DEFAULT VALUES",
	"WITH a AS (SELECT 1 AS x) UPDATE notes AS n SET title = DEFAULT, (doc, tags) = ($2, DEFAULT), tags[1] = 'x', tags[1:2] = '{}' FROM a, plans p WHERE n.org_id = $1 AND n.id = p.id RETURNING n.*, p.name AS y",
	"UPDATE boxes SET p.a = 1, items[id] = 2, (id, body) = (SELECT 1, '<a/>'), (items, p) = ROW('{}', NULL) WHERE id = 3",
	"WITH a AS (SELECT 1 AS x) MERGE INTO notes AS n USING (SELECT x FROM a) AS s ON n.id = s.x AND n.org_id = $1 WHEN MATCHED AND n.title = 'x' THEN UPDATE SET title = 'y', (doc, tags) = ($2, DEFAULT) WHEN MATCHED AND n.id = 1 THEN DELETE WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED AND s.x > 1 THEN INSERT (id, org_id, title) OVERRIDING USER VALUE VALUES (s.x, $1, DEFAULT) WHEN NOT MATCHED THEN DO NOTHING",
	"MERGE INTO plans USING boxes ON plans.id = boxes.id WHEN NOT MATCHED THEN INSERT DEFAULT VALUES",
	"WITH a AS (SELECT 1 AS x) DELETE FROM notes AS n USING a, plans p WHERE n.org_id = $1 AND n.id = p.id RETURNING title",
}
