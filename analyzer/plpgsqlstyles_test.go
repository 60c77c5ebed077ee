package analyzer_test

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

const styledSchema = `
CREATE TABLE articles (org_id int NOT NULL, id int NOT NULL, title text, slug text, body text, email text, tags text[] NOT NULL DEFAULT '{}', state text NOT NULL DEFAULT 'draft',
	search tsvector, words int, version int NOT NULL DEFAULT 1, price numeric, tax numeric, total numeric, data jsonb NOT NULL DEFAULT '{}', digest text, token uuid,
	starts_at timestamptz, ends_at timestamptz, minutes int, published_at timestamptz, deleted_at timestamptz, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz,
	rank int, lat float8, lon float8, phone text, path text, locked bool NOT NULL DEFAULT false, PRIMARY KEY (org_id, id));
`

// styledBodies are triggers in the styles that public applications have, in our own words, which do nothing
// but compute: each has a query that writes the table.
var styledBodies = map[string]string{
	"updated_at, where something changed":   `BEGIN IF NEW IS DISTINCT FROM OLD THEN NEW.updated_at := clock_timestamp(); END IF; RETURN NEW; END`,
	"updated_at, where all columns changed": `BEGIN IF row(NEW.*) IS DISTINCT FROM row(OLD.*) THEN NEW.updated_at = now(); RETURN NEW; ELSE RETURN OLD; END IF; END`,
	"updated_at in UTC":                     `BEGIN NEW.updated_at = timezone('utc', now()); RETURN NEW; END`,
	"created_at that stays":                 `BEGIN NEW.created_at := OLD.created_at; NEW.updated_at := current_timestamp; RETURN NEW; END`,
	"search vector with weights":            `BEGIN NEW.search := setweight(to_tsvector('english', coalesce(NEW.title, '')), 'A') || setweight(to_tsvector('english', coalesce(NEW.body, '')), 'C'); RETURN NEW; END`,
	"search vector of tags":                 `BEGIN NEW.search = to_tsvector('simple', coalesce(NEW.title, '') || ' ' || array_to_string(NEW.tags, ' ')); RETURN NEW; END`,
	"slug of the title":                     `BEGIN IF NEW.slug IS NULL OR NEW.slug = '' THEN NEW.slug := trim(both '-' from regexp_replace(lower(NEW.title), '[^a-z0-9]+', '-', 'g')); END IF; RETURN NEW; END`,
	"slug with the id":                      `DECLARE base text; BEGIN base := left(lower(replace(NEW.title, ' ', '-')), 40); NEW.slug := format('%s-%s', base, NEW.id); RETURN NEW; END`,
	"slug, translated":                      `BEGIN NEW.slug := translate(lower(NEW.title), 'äöü ', 'aou-'); RETURN NEW; END`,
	"email in lower case":                   `BEGIN NEW.email := lower(btrim(NEW.email)); IF NEW.email !~ '^[^@]+@[^@]+$' THEN RAISE EXCEPTION 'no email: %', NEW.email USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END`,
	"version that counts":                   `BEGIN IF NEW.version <> OLD.version THEN RAISE EXCEPTION 'stale' USING ERRCODE = '40001', HINT = 'read it again'; END IF; NEW.version := OLD.version + 1; RETURN NEW; END`,
	"states in order":                       `BEGIN IF TG_OP = 'UPDATE' AND OLD.state = 'done' AND NEW.state <> 'done' THEN RAISE EXCEPTION 'article % is done', OLD.id; END IF; RETURN NEW; END`,
	"states by CASE":                        `BEGIN CASE NEW.state WHEN 'draft' THEN NEW.published_at := NULL; WHEN 'live' THEN NEW.published_at := coalesce(NEW.published_at, now()); ELSE RAISE EXCEPTION 'state %', NEW.state; END CASE; RETURN NEW; END`,
	"published when it goes live":           `BEGIN IF NEW.state = 'live' AND (TG_OP = 'INSERT' OR OLD.state IS DISTINCT FROM 'live') THEN NEW.published_at = now(); END IF; RETURN NEW; END`,
	"total of price and tax":                `BEGIN NEW.tax := round(coalesce(NEW.price, 0) * 0.19, 2); NEW.total := NEW.price + NEW.tax; RETURN NEW; END`,
	"minutes between":                       `BEGIN NEW.minutes := extract(epoch FROM (NEW.ends_at - NEW.starts_at))::int / 60; RETURN NEW; END`,
	"ends after it starts":                  `BEGIN ASSERT NEW.ends_at > NEW.starts_at, 'ends before it starts'; RETURN NEW; END`,
	"ends an hour later":                    `BEGIN NEW.ends_at := coalesce(NEW.ends_at, NEW.starts_at + interval '1 hour'); NEW.starts_at := date_trunc('minute', NEW.starts_at); RETURN NEW; END`,
	"words that are counted":                `BEGIN NEW.words := coalesce(array_length(regexp_split_to_array(btrim(NEW.body), '\s+'), 1), 0); RETURN NEW; END`,
	"digest of the body":                    `BEGIN NEW.digest := encode(sha256(convert_to(NEW.body, 'UTF8')), 'hex'); RETURN NEW; END`,
	"digest by md5":                         `BEGIN IF NEW.body IS DISTINCT FROM OLD.body THEN NEW.digest = md5(NEW.body || NEW.title); END IF; RETURN NEW; END`,
	"token for who has none":                `BEGIN NEW.token := coalesce(NEW.token, gen_random_uuid()); RETURN NEW; END`,
	"settings with defaults":                `BEGIN NEW.data := '{"color": "red"}'::jsonb || coalesce(NEW.data, '{}'); NEW.data := jsonb_set(NEW.data, '{seen}', to_jsonb(now())); RETURN NEW; END`,
	"settings without what is secret":       `BEGIN NEW.data := NEW.data - 'password' - 'secret'; IF jsonb_typeof(NEW.data) <> 'object' THEN RAISE EXCEPTION 'no object'; END IF; RETURN NEW; END`,
	"tags in order":                         `DECLARE t text; kept text[] := '{}'; BEGIN FOREACH t IN ARRAY NEW.tags LOOP IF lower(t) <> ALL (kept) THEN kept := kept || lower(t); END IF; END LOOP; NEW.tags := kept; RETURN NEW; END`,
	"tags that are trimmed by a loop":       `DECLARE i int; BEGIN FOR i IN 1..coalesce(cardinality(NEW.tags), 0) LOOP NEW.tags[i] := btrim(NEW.tags[i]); END LOOP; RETURN NEW; END`,
	"phone without blanks":                  `BEGIN NEW.phone := nullif(regexp_replace(NEW.phone, '\D', '', 'g'), ''); IF length(NEW.phone) NOT BETWEEN 6 AND 15 THEN RAISE WARNING 'phone % looks odd', NEW.phone; END IF; RETURN NEW; END`,
	"place on the globe":                    `BEGIN IF NEW.lat NOT BETWEEN -90 AND 90 OR abs(NEW.lon) > 180 THEN RAISE EXCEPTION USING MESSAGE = 'no place', DETAIL = NEW.lat || ', ' || NEW.lon; END IF; NEW.lat := round(NEW.lat::numeric, 6); RETURN NEW; END`,
	"what is locked stays":                  `BEGIN IF OLD.locked THEN NEW.title := OLD.title; NEW.body := OLD.body; RAISE NOTICE 'locked: %', OLD.id; END IF; RETURN NEW; END`,
	"what is deleted stays":                 `BEGIN IF OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NOT NULL THEN RAISE EXCEPTION 'it is deleted'; END IF; RETURN NEW; END`,
	"an argument that names the language":   `BEGIN NEW.search := to_tsvector(TG_ARGV[0]::regconfig, coalesce(NEW.body, '')); RETURN NEW; END`,
	"by which table and when":               `BEGIN IF TG_WHEN <> 'BEFORE' OR TG_LEVEL <> 'ROW' THEN RAISE EXCEPTION '%.%: not so', TG_TABLE_SCHEMA, TG_TABLE_NAME; END IF; NEW.updated_at := now(); RETURN NEW; END`,
	"rank between bounds":                   `BEGIN NEW.rank := greatest(0, least(coalesce(NEW.rank, 50), 100)); RETURN NEW; END`,
	"path below its own":                    `BEGIN NEW.path := concat_ws('/', nullif(split_part(NEW.path, '/', 1), ''), NEW.slug); RETURN NEW; END`,
	"a WHILE that shortens":                 `BEGIN WHILE octet_length(NEW.title) > 200 LOOP NEW.title := left(NEW.title, -1); END LOOP; RETURN NEW; END`,
}

// styledRefusals are of the same kind, and refused: what catches errors goes on where others' rows made it fail.
var styledRefusals = map[string]string{
	"a failing cast that is caught": `BEGIN BEGIN NEW.rank := (NEW.data ->> 'rank')::int; EXCEPTION WHEN invalid_text_representation OR numeric_value_out_of_range THEN NEW.rank := 0; END; RETURN NEW; END`,
	"a listener who is told":        `BEGIN PERFORM pg_notify('articles', NEW.id::text); RETURN NEW; END`,
	"a row that is logged":          `BEGIN INSERT INTO articles (org_id, id) SELECT org_id + 1, id FROM articles; RETURN NEW; END`,
	"the next number of all":        `BEGIN NEW.rank := (SELECT max(rank) + 1 FROM articles); RETURN NEW; END`,
}

// styledDefaults are functions that defaults call, in the same styles.
var styledDefaults = map[string]string{
	"a short id":             `() RETURNS text LANGUAGE sql VOLATILE AS $$SELECT substr(md5(random()::text || clock_timestamp()::text), 1, 10)$$`,
	"a number with a prefix": `() RETURNS text LANGUAGE sql AS $$SELECT 'INV-' || to_char(now(), 'YYYY') || '-' || lpad(nextval('numbers')::text, 6, '0')$$`,
	"letters by chance": `() RETURNS text LANGUAGE plpgsql AS $$DECLARE chars constant text := 'abcdefghjkmnpqrstuvwxyz23456789'; out text := ''; i int; BEGIN
		FOR i IN 1..12 LOOP out := out || substr(chars, 1 + floor(random() * length(chars))::int, 1); END LOOP; RETURN out; END$$`,
	"a uuid of the time": `() RETURNS uuid LANGUAGE sql AS $$SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid$$`,
	"a number in base 36": `() RETURNS text LANGUAGE plpgsql AS $$DECLARE n bigint := (extract(epoch FROM clock_timestamp()) * 1000)::bigint; out text := ''; BEGIN
		WHILE n > 0 LOOP out := substr('0123456789abcdefghijklmnopqrstuvwxyz', (n % 36)::int + 1, 1) || out; n := n / 36; END LOOP; RETURN out; END$$`,
	"a month from now": `() RETURNS timestamptz LANGUAGE sql STABLE AS $$SELECT date_trunc('day', now()) + interval '1 month'$$`,
	"settings":         `() RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$SELECT jsonb_build_object('theme', 'dark', 'limits', jsonb_build_object('seats', 5))$$`,
}

func styledCase(name, schema string) *testCase {
	return &testCase{name: name, tenant: config.Tenant{Columns: []string{"org_id"}}, schema: styledSchema + schema}
}

func styledTrigger(name, body string) *testCase {
	schema := "CREATE FUNCTION body() RETURNS trigger LANGUAGE plpgsql AS $body$\n" + body + "$body$;\nCREATE TRIGGER one BEFORE UPDATE ON articles FOR EACH ROW EXECUTE FUNCTION body('english');"
	if !strings.Contains(body, "OLD.") {
		schema += "\nCREATE TRIGGER two BEFORE INSERT ON articles FOR EACH ROW EXECUTE FUNCTION body('english');"
	}
	return styledCase(name, schema)
}

const styledQueries = "-- name: U :exec\nUPDATE articles SET title = $2 WHERE org_id = $1 AND id = $3;\n-- name: I :exec\nINSERT INTO articles (org_id, id, title) VALUES ($1, $2, $3);\n"

// Bodies that only compute need no vouching.
func TestStyledBodies(t *testing.T) {
	for name, body := range styledBodies {
		styledTrigger(name, body).judged(t, analyzer.Scoped, styledQueries)
	}
	for name, body := range styledRefusals {
		styledTrigger(name, body).judged(t, analyzer.Rejected, styledQueries)
	}
	for name, made := range styledDefaults {
		_, typ, _ := strings.Cut(made, "RETURNS ")
		typ, _, _ = strings.Cut(typ, " ")
		c := styledCase(name, "CREATE SEQUENCE numbers;\nCREATE FUNCTION made"+made+";\nCREATE TABLE orders (org_id int NOT NULL, id int NOT NULL, code "+typ+" NOT NULL DEFAULT made());")
		c.judged(t, analyzer.Scoped, "-- name: I :exec\nINSERT INTO orders (org_id, id) VALUES ($1, $2);")
	}
}

// judged wants one verdict on all queries.
func (c *testCase) judged(t *testing.T, want analyzer.Verdict, queries string) {
	t.Helper()
	if problem := c.load(); problem != "" {
		t.Errorf("%s: %s", c.name, problem)
		return
	}
	for _, r := range c.analysis().File("q.sql", queries) {
		if r.Verdict != want {
			t.Errorf("%s: %s is %s: %+v", c.name, r.Name, r.Verdict, r.Diagnostics)
		}
	}
}
