package verify_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/verify"
)

// asReader is the connection string of the ordinary role.
func asReader(t *testing.T, databaseURL string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(reader)
	return u.String()
}

// An ordinary role that has been granted nothing sees everything that is wrong.
func TestRunAsOrdinaryRole(t *testing.T) {
	databaseURL := newExample(t)
	conn := connection(t, databaseURL)
	report, err := verify.Run(t.Context(), asReader(t, databaseURL), options(t))
	if err != nil || report.User != reader || !report.Clean() || len(report.Findings) != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	run(t, conn, "ALTER TABLE notes NO FORCE ROW LEVEL SECURITY")
	report, err = verify.Run(t.Context(), asReader(t, databaseURL), options(t))
	if err != nil || report.Clean() || len(report.Findings) != 2 || report.Findings[0].Rule.Name != "rls-not-forced" {
		t.Errorf("%+v, %v", report, err)
	}
}

// The transaction can change nothing, and waits for nothing for long.
func TestReadOnly(t *testing.T) {
	conn := connection(t, newExample(t))
	tx, err := verify.Begin(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	for name, want := range map[string]string{"transaction_read_only": "on", "transaction_isolation": "repeatable read", "statement_timeout": "30s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "30s"} {
		var is string
		if err := tx.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&is); err != nil || is != want {
			t.Errorf("%s is %q, %v; want %q", name, is, err, want)
		}
	}
	if _, err := tx.Exec(t.Context(), "INSERT INTO plans SELECT"); err == nil || !strings.Contains(err.Error(), "read-only transaction") {
		t.Errorf("a write: %v", err)
	}
	tx.Rollback(t.Context())
	var left string
	if err := conn.QueryRow(t.Context(), "SELECT current_setting('statement_timeout')").Scan(&left); err != nil || left != "0" {
		t.Errorf("the session keeps statement_timeout %s, %v", left, err)
	}
}

// Without one of the catalogs there is no verdict, but its name.
func TestUnreadableCatalog(t *testing.T) {
	conn := connection(t, newExample(t))
	for _, catalog := range []string{"pg_roles", "pg_auth_members", "pg_namespace", "pg_class", "pg_attribute", "pg_type", "pg_policy", "pg_index", "pg_constraint", "pg_trigger", "pg_rewrite",
		"pg_depend", "pg_inherits", "pg_amop", "pg_operator", "pg_proc", "pg_default_acl", "pg_db_role_setting", "pg_partitioned_table", "pg_database",
		"pg_language", "pg_foreign_server", "pg_event_trigger", "pg_shdepend", "pg_init_privs", "pg_collation", "pg_largeobject_metadata", "pg_subscription_rel"} {
		damaged(t, conn, "REVOKE SELECT ON pg_catalog."+catalog+" FROM PUBLIC; SET LOCAL ROLE "+reader, func(tx pgx.Tx) {
			report, err := verify.Inspect(t.Context(), tx, options(t))
			if err == nil || report != nil || !strings.Contains(err.Error(), "permission denied for ") || !strings.Contains(err.Error(), catalog) || !strings.Contains(err.Error(), "grant SELECT on it") {
				t.Errorf("%s: %v, %v", catalog, report, err)
			}
		})
	}
}

// Objects that stand in for those of pg_catalog are not asked.
func TestShadowedCatalog(t *testing.T) {
	conn := connection(t, newExample(t))
	damaged(t, conn, `CREATE SCHEMA shadow; GRANT USAGE ON SCHEMA shadow TO PUBLIC;
		CREATE TABLE shadow.pg_policy AS SELECT * FROM pg_policy WHERE false; CREATE TABLE shadow.pg_class AS SELECT * FROM pg_class WHERE false;
		CREATE FUNCTION shadow.pg_get_expr(pg_node_tree, oid) RETURNS text LANGUAGE sql AS 'SELECT ''true''';
		GRANT SELECT ON ALL TABLES IN SCHEMA shadow TO `+reader+`;
		CREATE TEMP TABLE pg_roles AS SELECT * FROM pg_catalog.pg_roles WHERE false;
		SET LOCAL search_path = pg_temp, shadow, pg_catalog, public`, func(tx pgx.Tx) {
		expect(t, inspect(t, tx, options(t)), nil)
	})
}

// What connects, what fails and what is cancelled says so without the password.
func TestNoPasswordInErrors(t *testing.T) {
	const secret = "s3cr3t/%p"
	escaped := url.QueryEscape(secret)
	server, err := url.Parse(pgserver.DatabaseForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	with := func(user, path string) string {
		u := *server
		u.User, u.Path = url.UserPassword(user, secret), path
		return u.String()
	}
	for _, text := range []string{
		with("nobody_of_that_name", server.Path), with(server.User.Username(), "/no_such_database"), with(server.User.Username(), "/"+secret),
		"postgres://u:" + escaped + "@127.0.0.1:1/db", "postgres://u:" + escaped + "@127.0.0.1:port/db", "postgres://u:" + secret + "@127.0.0.1/db", "postgres://u:" + secret + "%zz@h/db",
		"host=127.0.0.1 port=1 user=u password=" + escaped, "host=127.0.0.1 port=x password=" + escaped, "host=127.0.0.1 password='" + secret, "password=" + escaped + " nonsense",
		"u:" + secret + "@127.0.0.1/db", "postgres://" + escaped + "@127.0.0.1:1/db?password=" + escaped, "postgres://u@127.0.0.1:1/db?sslmode=verify-full&sslkey=/nowhere&sslcert=/nowhere&sslpassword=" + escaped,
		"postgres://u:" + escaped + "@127.0.0.1/db?sslmode=" + escaped, "postgres://u:" + escaped + "@127.0.0.1/db?connect_timeout=" + escaped, "mysql://u:" + secret + "@h/db",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		_, err := verify.Run(ctx, text, options(t))
		cancel()
		if err == nil {
			t.Errorf("%s connects", text)
			continue
		}
		for _, s := range []string{secret, escaped, url.PathEscape(secret), "s3cr3t"} {
			if strings.Contains(err.Error(), s) {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}

// A migration that holds a lock makes verify give up soon, and so does the user.
func TestLockedAndCancelled(t *testing.T) {
	databaseURL := newExample(t)
	locker := connection(t, databaseURL)
	tx, err := locker.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), "LOCK TABLE pg_catalog.pg_default_acl IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	o, begin := options(t), time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := verify.Run(ctx, asReader(t, databaseURL), o); err == nil || time.Since(begin) > 2*time.Second {
		t.Errorf("after %s: %v", time.Since(begin), err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := verify.Run(stopped, asReader(t, databaseURL), o); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	begin = time.Now()
	if _, err := verify.Run(t.Context(), asReader(t, databaseURL), o); err == nil || !strings.Contains(err.Error(), "lock timeout") || time.Since(begin) > 20*time.Second {
		t.Errorf("locked, after %s: %v", time.Since(begin), err)
	}
}

// Whoever waits is told of each step before it is done, and of how many there are.
func TestProgress(t *testing.T) {
	conn, o := newWorld(t, "    tenant_column: org_id\n", "CREATE TABLE notes (id int PRIMARY KEY, org_id uuid NOT NULL);\n")
	var told []verify.Progress
	o.Progress = func(p verify.Progress) { told = append(told, p) }
	if _, err := verify.Run(t.Context(), conn.Config().ConnString(), o); err != nil {
		t.Fatal(err)
	}
	if len(told) == 0 || told[0].Done != 0 || told[0].Doing != "read pg_roles" {
		t.Fatalf("%+v", told)
	}
	last := told[0]
	for _, p := range told {
		if p.Total != last.Total || p.Done < last.Done {
			t.Errorf("%+v behind %+v", p, last)
		}
		last = p
	}
	if last.Done != last.Total-1 || last.Doing != "compare" {
		t.Errorf("at the end, %+v", last)
	}
}
