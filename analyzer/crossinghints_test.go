package analyzer_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/analyzer"
)

const crossingSchema = `
-- schema.sql --
CREATE TABLE orgs (id uuid PRIMARY KEY, slug text NOT NULL UNIQUE, name text, stripe_customer_id text UNIQUE);
CREATE TABLE people (org_id uuid NOT NULL, id uuid PRIMARY KEY, email text NOT NULL, nick text, UNIQUE (org_id, nick));
CREATE UNIQUE INDEX ON people (lower(email));
CREATE TABLE api_tokens (org_id uuid NOT NULL, id uuid PRIMARY KEY, person_id uuid REFERENCES people, token_hash bytea NOT NULL UNIQUE, "tokenName" text UNIQUE, last_used timestamptz, revoked_at timestamptz);
CREATE TABLE api_calls (id bigint PRIMARY KEY, token_id uuid NOT NULL REFERENCES api_tokens, trace_token text UNIQUE);
CREATE TABLE domains (org_id uuid NOT NULL, host text PRIMARY KEY, verified boolean NOT NULL DEFAULT false);
CREATE TABLE logins (org_id uuid NOT NULL, provider text, provider_user_id text, kind int, email text, PRIMARY KEY (provider, provider_user_id), UNIQUE (email, kind));
CREATE TABLE invitations (org_id uuid NOT NULL, id uuid PRIMARY KEY, invite_code text UNIQUE, country_code text UNIQUE, public_id text UNIQUE, token_id uuid UNIQUE, expires_at timestamptz);
CREATE TABLE jobs (org_id uuid NOT NULL, id bigint PRIMARY KEY, queue text NOT NULL, status text NOT NULL, run_at timestamptz NOT NULL, sent_at timestamptz, person_id uuid REFERENCES people, n int, owner_id uuid, UNIQUE (org_id, status, n));
CREATE TABLE "apiKeys" (org_id uuid NOT NULL, id uuid PRIMARY KEY, key text UNIQUE, scope text UNIQUE);
CREATE TABLE plans (org_id uuid NOT NULL, id uuid PRIMARY KEY, key text UNIQUE, name text UNIQUE);
CREATE TABLE outbox (org_id uuid NOT NULL, id bigint PRIMARY KEY, done boolean NOT NULL, gone_at timestamptz, processed boolean NOT NULL);
CREATE TABLE letters (org_id uuid NOT NULL, id bigint PRIMARY KEY, done boolean NOT NULL, gone_at timestamptz, processed boolean NOT NULL);
-- tenancy --
tenant orgs id
parent api_calls api_tokens token_id=id
-- queries.sql --
`

// A look-up before there is a tenant, and a job, are told of the declaration beside the condition; nobody else is.
func TestHintsOfCrossing(t *testing.T) {
	c := newCase(t, "crossing", txtar.Parse([]byte(crossingSchema)))
	a := c.analysis()
	for _, w := range []struct{ query, category string }{
		// By what somebody shows.
		{"SELECT org_id FROM api_tokens WHERE token_hash = $1", "token-lookup"},
		{"SELECT org_id FROM api_tokens WHERE @token_hash = token_hash AND revoked_at IS NULL", "token-lookup"},
		{"SELECT org_id FROM api_tokens WHERE token_hash = sha256(convert_to(@token, 'UTF8'))", "token-lookup"},
		{`SELECT org_id FROM api_tokens WHERE "tokenName" = $1`, "token-lookup"},
		{"UPDATE api_tokens SET last_used = now() WHERE token_hash = $1", "token-lookup"},
		{"SELECT p.id FROM api_tokens t JOIN people p ON p.id = t.person_id WHERE t.token_hash = $1", "token-lookup"},
		{"SELECT p.id FROM people p JOIN api_tokens t ON p.id = t.person_id AND p.org_id = t.org_id AND t.token_hash = $1", "token-lookup"},
		{"SELECT id FROM api_calls WHERE trace_token = $1", "token-lookup"},
		{"SELECT org_id FROM people WHERE lower(email) = lower(@email)", "token-lookup"},
		{"SELECT org_id FROM domains WHERE host = @host AND verified", "token-lookup"},
		{"SELECT org_id FROM logins WHERE provider = @provider AND provider_user_id = @subject", "token-lookup"},
		{"SELECT org_id FROM logins WHERE (provider, provider_user_id) = (@provider, @subject)", "token-lookup"},
		{"SELECT org_id FROM invitations WHERE invite_code = $1", "token-lookup"},
		{"SELECT id FROM orgs WHERE slug = $1", "tenant-root"},
		{"SELECT id FROM orgs WHERE stripe_customer_id = $1", "tenant-root"},
		{`SELECT org_id FROM "apiKeys" WHERE key = $1`, "token-lookup"},
		{"SELECT org_id FROM logins WHERE email = @email AND kind = 1", "token-lookup"},
		// Not by ids, nor by what is no key, nor by part of one.
		{"SELECT token_hash FROM api_tokens WHERE id = $1", ""},
		{"SELECT org_id FROM invitations WHERE public_id = $1", ""},
		{"SELECT org_id FROM invitations WHERE token_id = $1", ""},
		{"SELECT org_id FROM invitations WHERE country_code = $1", ""},
		{"SELECT id FROM people WHERE nick = $1", ""},
		{"SELECT id FROM people WHERE email = $1", ""},
		{"SELECT id FROM people WHERE lower(nick) = $1", ""},
		{"SELECT org_id FROM logins WHERE provider = @provider", ""},
		{"SELECT org_id FROM logins WHERE provider = @provider AND provider_user_id <> @subject", ""},
		{"SELECT org_id FROM logins WHERE provider = @provider AND provider_user_id > @subject", ""},
		{"SELECT org_id FROM people WHERE lower(email) > lower(@email)", ""},
		{`SELECT org_id FROM "apiKeys" WHERE scope = $1`, ""},
		{"SELECT org_id FROM plans WHERE key = $1", ""},
		{"SELECT org_id FROM plans WHERE name = $1", ""},
		{"SELECT org_id FROM logins WHERE email = @email AND kind > 1", ""},
		{"SELECT org_id FROM api_tokens WHERE token_hash = coalesce((SELECT token_hash FROM api_tokens LIMIT 1), $1)", ""},
		{"SELECT org_id FROM api_tokens WHERE token_hash = $1 OR id = $2", ""},
		{"SELECT org_id FROM api_tokens WHERE NOT token_hash = $1", ""},
		{"SELECT org_id FROM api_tokens WHERE token_hash > $1", ""},
		{"SELECT org_id FROM api_tokens WHERE token_hash = (SELECT token_hash FROM api_tokens LIMIT 1)", ""},
		{"SELECT p.id FROM people p LEFT JOIN api_tokens t ON t.token_hash = $1", ""},
		{"SELECT t.org_id FROM api_tokens t JOIN people p ON t.token_hash = sha256(convert_to(p.email, 'UTF8'))", ""},
		// Not where the query knows a tenant.
		{"SELECT t.org_id FROM api_tokens t, people p WHERE t.token_hash = @token AND p.org_id = @org_id", ""},
		{"SELECT org_id FROM api_tokens WHERE token_hash = @token AND org_id = ANY (@org_ids::uuid[])", ""},
		{"SELECT org_id FROM api_tokens WHERE token_hash = @token AND org_id = coalesce(@org_id, org_id)", ""},
		{"SELECT org_id FROM api_tokens WHERE token_hash = @token AND org_id = sqlc.narg(org_id)", ""},
		{"SELECT org_id, @org_id::uuid FROM api_tokens WHERE token_hash = @token", ""},
		{"SELECT t.org_id FROM api_tokens t, people p, people q WHERE t.token_hash = @token AND p.org_id = @org_id AND q.org_id = @other", ""},
		{"SELECT t.org_id FROM api_tokens t, people p WHERE t.token_hash = @token AND p.org_id = sqlc.narg(o)", ""},
		// Jobs.
		{"SELECT id FROM jobs WHERE queue = @queue ORDER BY id FOR UPDATE SKIP LOCKED", "background"},
		{"UPDATE jobs SET status = 'running' WHERE id IN (SELECT id FROM jobs WHERE status = 'new' ORDER BY id LIMIT 10 FOR UPDATE SKIP LOCKED) RETURNING id", "background"},
		{"WITH c AS (SELECT id FROM jobs FOR NO KEY UPDATE SKIP LOCKED) UPDATE jobs j SET n = 1 FROM c WHERE j.id = c.id", "background"},
		{"SELECT id FROM jobs WHERE status = 'pending' ORDER BY run_at LIMIT 20", "background"},
		{"SELECT id FROM jobs WHERE status IN ('Queued', 'retry') ORDER BY run_at LIMIT $1", "background"},
		{"SELECT id FROM jobs WHERE status = 'queued' OR status = 'retry' LIMIT $1", "background"},
		{"SELECT id FROM jobs WHERE sent_at IS NULL ORDER BY id LIMIT 100", "background"},
		{"SELECT id FROM jobs WHERE run_at <= now() ORDER BY run_at LIMIT 100", "background"},
		{"SELECT id FROM jobs WHERE now() - interval '1 minute' > run_at ORDER BY run_at LIMIT 100", "background"},
		{"SELECT id FROM outbox WHERE NOT done ORDER BY id LIMIT 100", "background"},
		{"SELECT id FROM outbox WHERE done = false ORDER BY id LIMIT 100", "background"},
		{"SELECT id FROM outbox WHERE gone_at IS NULL LIMIT 100", "background"},
		{"SELECT id FROM letters WHERE NOT processed LIMIT 100", "background"},
		{"SELECT id FROM letters WHERE processed = false LIMIT 100", "background"},
		{"SELECT id FROM jobs WHERE status = 'new' LIMIT 100", "background"},
		{"DELETE FROM invitations WHERE expires_at < now()", "background"},
		{"DELETE FROM invitations WHERE expires_at <= $1", "background"},
		{"DELETE FROM invitations WHERE id > $1 AND expires_at < now()", "background"},
		{"DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE expires_at < now() LIMIT 1000)", "background"},
		{"UPDATE invitations SET invite_code = NULL WHERE expires_at < now()", "background"},
		// Not by ids, nor lists.
		{"SELECT id FROM jobs WHERE id = $1 FOR UPDATE SKIP LOCKED", ""},
		{"SELECT id FROM jobs WHERE id = ANY (@ids::bigint[]) FOR UPDATE SKIP LOCKED", ""},
		{"SELECT id FROM jobs WHERE id IN ($1, $2) FOR UPDATE SKIP LOCKED", ""},
		{"SELECT id FROM jobs WHERE person_id = $1 AND status = 'pending' ORDER BY id LIMIT 1", ""},
		{"SELECT id FROM jobs WHERE owner_id = $1 AND status = 'pending' ORDER BY id LIMIT 1", ""},
		{"DELETE FROM invitations WHERE id = $1 AND expires_at < now()", ""},
		{"SELECT id FROM jobs WHERE id = $1 FOR UPDATE", ""},
		{"SELECT id FROM jobs FOR UPDATE NOWAIT", ""},
		{"SELECT id FROM jobs WHERE status = 'pending' ORDER BY run_at", ""},
		{"SELECT id FROM letters WHERE NOT done LIMIT 100", ""},
		{"SELECT id FROM letters WHERE gone_at IS NULL LIMIT 100", ""},
		{"SELECT id FROM letters WHERE NOT (done = processed) LIMIT 100", ""},
		{"SELECT id FROM letters WHERE processed LIMIT 100", ""},
		{"SELECT id FROM letters WHERE processed = true LIMIT 100", ""},
		{"SELECT id FROM jobs WHERE status <> 'pending' LIMIT 20", ""},
		{"SELECT id FROM jobs WHERE status > 'pending' LIMIT 20", ""},
		{"SELECT id FROM jobs WHERE status = @status ORDER BY run_at LIMIT 20", ""},
		{"SELECT id FROM jobs WHERE status IN ('pending', @status) ORDER BY run_at LIMIT 20", ""},
		{"SELECT id FROM jobs WHERE run_at < @cursor ORDER BY run_at DESC LIMIT 20", ""},
		{"SELECT id FROM jobs WHERE run_at > now() ORDER BY run_at LIMIT 20", ""},
		{"SELECT id FROM jobs WHERE sent_at IS NOT NULL ORDER BY id LIMIT 20", ""},
		{"DELETE FROM invitations WHERE expires_at > now()", ""},
		{"DELETE FROM jobs WHERE n < 3", ""},
		{"SELECT count(*) FROM invitations WHERE expires_at < now()", ""},
		{"DELETE FROM invitations WHERE expires_at < now() AND org_id <> @org_id", ""},
		{"INSERT INTO jobs (id, queue, status, run_at) SELECT 1, 'q', 'pending', run_at FROM jobs WHERE run_at < now()", ""},
	} {
		text := "-- name: Q :many\n" + w.query + ";"
		r := a.File("queries.sql", text)[0]
		if got := offered(t, r); got != w.category {
			t.Errorf("%s: %q, want %q: %+v", w.query, got, w.category, r.Diagnostics)
		}
		if w.category == "" {
			continue
		}
		declared := strings.Replace(text, "\n", "\n-- tenantgen:cross-tenant "+w.category+" as its hint says\n", 1)
		if r := a.File("queries.sql", declared)[0]; r.Verdict != analyzer.CrossTenant || len(r.Diagnostics) > 0 {
			t.Errorf("%s: with the declaration it is %s: %+v", w.query, r.Verdict, r.Diagnostics)
		}
	}
}

// A read by an array of tenants is told of the declaration for a set of them, where that does; nothing else is.
func TestHintsOfSets(t *testing.T) {
	one, levels := newCase(t, "sets", txtar.Parse([]byte(crossingSchema))), newCase(t, "levels", txtar.Parse([]byte(`
-- schema.sql --
CREATE TABLE jobs (org_id uuid NOT NULL, project_id uuid NOT NULL, id bigint PRIMARY KEY, status text);
-- tenancy --
level org org_id
level project project_id
-- queries.sql --
`)))
	for _, w := range []struct {
		c       *testCase
		query   string
		offered bool
	}{
		{one, "SELECT id FROM jobs WHERE org_id = ANY(@org_ids::uuid[]) AND status = 'due'", true},
		{one, "SELECT j.id FROM jobs j JOIN people p ON p.id = j.person_id AND p.org_id = j.org_id WHERE j.org_id = ANY(@org_ids::uuid[])", true},
		{one, "SELECT id FROM jobs WHERE org_id <> ALL(@org_ids::uuid[])", false},
		{one, "SELECT id FROM jobs WHERE id = ANY(@ids::bigint[])", false},
		{one, "SELECT id FROM jobs WHERE org_id = ANY(@org_ids::uuid[]) FOR UPDATE", false},
		{one, "UPDATE jobs SET n = 1 WHERE org_id = ANY(@org_ids::uuid[])", false},
		{levels, "SELECT id FROM jobs WHERE project_id = ANY(@project_ids::uuid[])", false},
	} {
		a, text := w.c.analysis(), "-- name: Q :many\n"+w.query+";"
		offered := false
		for _, d := range a.File("queries.sql", text)[0].Diagnostics {
			offered = offered || strings.HasSuffix(d.Hint, ", declare the query: -- tenantgen:tenants")
		}
		if offered != w.offered {
			t.Errorf("%s: offered is %t", w.query, offered)
		}
		if r := a.File("queries.sql", strings.Replace(text, "\n", "\n-- tenantgen:tenants\n", 1))[0]; w.offered && len(r.Diagnostics) > 0 {
			t.Errorf("%s: %+v", w.query, r.Diagnostics)
		}
	}
}

var offer = regexp.MustCompile(`^.+; or, where .+, declare the query: -- tenantgen:cross-tenant (\S+) <reason>$`)

// offered is the category that the hints of a refused query offer, once and beside another way.
func offered(t *testing.T, r *analyzer.Result) (category string) {
	t.Helper()
	if r.Verdict != analyzer.Rejected {
		t.Errorf("%s is %s: %+v", r.Text, r.Verdict, r.Diagnostics)
	}
	for _, d := range r.Diagnostics {
		if m := offer.FindStringSubmatch(d.Hint); m != nil {
			if category != "" {
				t.Errorf("%s: it is said twice", r.Text)
			}
			category = m[1]
		} else if strings.Contains(d.Hint, "cross-tenant") {
			t.Errorf("%s: %s", r.Text, d.Hint)
		}
	}
	return category
}
