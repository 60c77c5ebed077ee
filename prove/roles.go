package prove

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// Roles belong to the whole server (PostgreSQL manual, 22.1), so that runs in several of
// its databases share those of one name: the first run that needs a role creates it and
// marks it, the last one that holds something for it drops it.

// mark is the comment of roles that prove created.
const mark = "created by tenantgen prove, which drops it"

// lockKey is what runs lock: on a database, to have it alone, and on the maintenance
// database while they create or drop roles.
const lockKey = 8245106532718

// alone makes sure that no other run uses the database.
func (db *database) alone(ctx context.Context) error {
	rows, err := db.query(ctx, fmt.Sprintf("SELECT pg_catalog.pg_try_advisory_lock(%d)::int", lockKey))
	if err == nil && *rows[0][0] == "0" {
		err = errors.New("prove runs in this database already; name another one")
	}
	return err
}

// withRoles does what creates or drops roles, one run at a time.
func (db *database) withRoles(ctx context.Context, do func() error) error {
	if db.server != nil {
		return do() // nobody else is there
	}
	config, err := pgconn.ParseConfig(db.url)
	if err != nil {
		return errors.New("the database URL is not valid")
	}
	config.Database, config.OnNotice = "postgres", nil
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return do() // it may be missing or closed to us: then we trust that nobody else proves
	}
	defer conn.Close(context.WithoutCancel(ctx)) // which gives the lock back
	if _, err := conn.Exec(ctx, fmt.Sprintf("SELECT pg_catalog.pg_advisory_lock(%d)", lockKey)).ReadAll(); err != nil {
		return fmt.Errorf("wait for another run on this server: %w", err)
	}
	return do()
}

// readRoles notes the roles that were there already, without those that a run created.
func (db *database) readRoles(ctx context.Context) error {
	rows, err := db.query(ctx, `SELECT coalesce(array_agg(oid), '{}')::text FROM pg_catalog.pg_roles
		WHERE pg_catalog.shobj_description(oid, 'pg_authid') IS DISTINCT FROM `+literal(ptr(mark)))
	if err == nil {
		db.roles = *rows[0][0]
	}
	return err
}

func ptr(s string) *string { return &s }

// ours lists the roles of this run that were not there before, by name.
func (db *database) ours(ctx context.Context) ([]string, error) {
	if db.roles == "" {
		return nil, nil // it never came to creating any
	}
	rows, err := db.query(ctx, "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = ANY ($1::text[]) AND oid <> ALL ('"+db.roles+"'::oid[]) ORDER BY 1", arrayText(db.created))
	var names []string
	for _, r := range rows {
		names = append(names, *r[0])
	}
	return names, err
}

// markRoles lets other runs know whose roles those are, and holds something for each in this database: what nothing
// depends on, the run that ends first would drop.
func (db *database) markRoles(ctx context.Context) error {
	names, err := db.ours(ctx)
	for _, n := range names {
		err = errors.Join(err, db.do(ctx, "COMMENT ON ROLE "+ident(n)+" IS "+literal(ptr(mark))), db.do(ctx, "GRANT USAGE ON SCHEMA "+own+" TO "+ident(n)))
	}
	return err
}

// dropRoles removes the roles that the schema files and the policies created, unless
// another run still uses them.
func (db *database) dropRoles(ctx context.Context) error {
	names, err := db.ours(ctx)
	for _, n := range names {
		dropErr := db.do(ctx, "DROP OWNED BY "+ident(n))
		if dropErr == nil {
			dropErr = db.do(ctx, "DROP ROLE "+ident(n))
		}
		if code(dropErr) != "2BP01" {
			err = errors.Join(err, dropErr)
		}
	}
	return err
}

var roleStatement = lazyre.New(`(?is)^\s*(?:CREATE|DROP)\s+(?:ROLE|USER|GROUP)\s+(?:IF\s+EXISTS\s+)?("(?:[^"]|"")+"|[^\s;"]+)`)

// sharedRole reports whether a statement failed for nothing but that another run has
// created the role that it creates, or uses the one that it drops.
func (db *database) sharedRole(ctx context.Context, sql string, err error) bool {
	m := roleStatement().FindStringSubmatch(sql)
	if m == nil || code(err) != "42710" && code(err) != "2BP01" {
		return false
	}
	name := strings.ToLower(m[1])
	if strings.HasPrefix(m[1], `"`) {
		name = strings.ReplaceAll(strings.Trim(m[1], `"`), `""`, `"`)
	}
	rows, err := db.query(ctx, "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1 AND pg_catalog.shobj_description(oid, 'pg_authid') = $2", &name, ptr(mark))
	return err == nil && len(rows) == 1
}

// code is the SQLSTATE of an error, "" when it has none.
func code(err error) string {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code
	}
	return ""
}
