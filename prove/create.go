package prove

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/migrate"
)

// frozen is what would be different in every run, made the same: in statements, and in
// column defaults, since the tables are created under this search_path. now() needs
// nothing, since all runs that are compared share a transaction.
const frozen = `
CREATE SCHEMA ` + own + `;
CREATE TABLE ` + own + `.created (name text);
CREATE TABLE ` + own + `.before (oids oid[]);
CREATE FUNCTION ` + own + `.next() RETURNS int LANGUAGE sql AS $$
	SELECT set_config('tenantgen_prove.n', (coalesce(nullif(current_setting('tenantgen_prove.n', true), ''), '0')::int + 1)::text, true)::int $$;
CREATE FUNCTION ` + own + `.gen_random_uuid() RETURNS uuid LANGUAGE sql AS $$
	SELECT ('00000000-0000-4000-8000-fe' || lpad(` + own + `.next()::text, 10, '0'))::uuid $$;
CREATE FUNCTION ` + own + `.uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT ` + own + `.gen_random_uuid()';
CREATE FUNCTION ` + own + `.uuidv7() RETURNS uuid LANGUAGE sql AS 'SELECT ` + own + `.gen_random_uuid()';
CREATE FUNCTION ` + own + `.random() RETURNS float8 LANGUAGE sql VOLATILE AS 'SELECT 0.25::float8';
CREATE FUNCTION ` + own + `.clock_timestamp() RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT pg_catalog.now()';
CREATE FUNCTION ` + own + `.statement_timestamp() RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT pg_catalog.now()';
CREATE FUNCTION ` + own + `.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE made text;
BEGIN
	EXECUTE statement INTO made;
	RETURN made;
EXCEPTION WHEN OTHERS THEN
	RETURN '!' || SQLSTATE || ' ' || SQLERRM;
END $$;
GRANT USAGE ON SCHEMA ` + own + ` TO PUBLIC`

// create applies the schema files and the policies that they lack.
func (db *database) create(ctx context.Context, in Input) error {
	if err := db.do(ctx, frozen); err != nil {
		return fmt.Errorf("create the schema %s: %w", own, err)
	}
	if err := db.do(ctx, "INSERT INTO "+own+".before VALUES ('"+db.before+"')"); err != nil {
		return err
	}
	for _, r := range in.Schema.Roles {
		db.created = append(db.created, &r.Name)
	}
	if in.AppRole != "" {
		db.created = append(db.created, &in.AppRole)
	}
	err := db.withRoles(ctx, func() error {
		err := db.readRoles(ctx)
		if err == nil {
			err = db.schema(ctx, in)
		}
		after := context.WithoutCancel(ctx)
		return errors.Join(err, db.note(after), db.markRoles(after))
	})
	if err != nil {
		return err
	}
	return db.do(ctx, "SET search_path = "+searchPath(in)+"; SET row_security = on; SET check_function_bodies = on")
}

// schema runs the schema files and the policies that they lack.
func (db *database) schema(ctx context.Context, in Input) error {
	if err := db.do(ctx, "SET search_path = public, "+own+", pg_catalog"); err != nil {
		return err
	}
	for _, f := range in.Files {
		if err := db.apply(ctx, f); err != nil {
			return err
		}
	}
	if err := db.freeze(ctx); err != nil {
		return err
	}
	for _, sql := range in.Policies {
		if err := db.do(ctx, sql); err != nil && !db.sharedRole(ctx, sql, err) {
			return fmt.Errorf("row-level security: %w\n%s", err, sql)
		}
	}
	return db.appRole(ctx, in.AppRole)
}

// appRole creates the application's role where neither files nor policies did: queries that touch no table give it no
// rights, and run as it nevertheless.
func (db *database) appRole(ctx context.Context, name string) error {
	if name == "" {
		return nil
	}
	there, err := db.query(ctx, "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", &name)
	if err != nil || len(there) > 0 {
		return err
	}
	return db.do(ctx, "CREATE ROLE "+ident(name))
}

// freeze puts what is frozen in the place of what extensions bring under the same names,
// and stands before it in the search path. Who may not do so gets undecided runs.
func (db *database) freeze(ctx context.Context) error {
	rows, err := db.query(ctx, `SELECT pg_catalog.format('CREATE OR REPLACE FUNCTION %I.%I() RETURNS uuid LANGUAGE sql AS %L', n.nspname, p.proname, 'SELECT `+own+`.gen_random_uuid()')
		FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
		WHERE p.oid >= 16384 AND p.proname IN ('gen_random_uuid', 'uuid_generate_v1', 'uuid_generate_v1mc', 'uuid_generate_v4') AND p.pronargs = 0 AND p.prorettype = 'pg_catalog.uuid'::regtype
			AND EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')`)
	for _, r := range rows {
		if err := db.do(ctx, *r[0]); err != nil && code(err) == "" {
			return err
		}
	}
	return err
}

// searchPath is the one that the schema files leave behind, with what is frozen before
// PostgreSQL's own.
func searchPath(in Input) string {
	var names []string
	for _, s := range in.Schema.SearchPath {
		names = append(names, ident(s))
	}
	if len(names) == 0 {
		names = []string{"public"}
	}
	return strings.Join(append(names, own, "pg_catalog"), ", ")
}

// apply runs the statements of a schema file, one by one: some cannot run within a
// transaction, as several in one message would.
func (db *database) apply(ctx context.Context, f analyzer.SchemaFile) error {
	for _, s := range analyzer.SchemaStatements(f.Text) {
		err := db.do(ctx, f.Text[s.Start:s.End])
		if err == nil || db.sharedRole(ctx, f.Text[s.Start:s.End], err) {
			continue
		}
		at := s.Start
		var pe *pgconn.PgError
		if errors.As(err, &pe) && pe.Position > 0 {
			at += byteOffset(f.Text[s.Start:s.End], int(pe.Position)-1)
		}
		return fmt.Errorf("%s:%d: the schema cannot be created: %w", f.Path, 1+strings.Count(f.Text[:at], "\n"), err)
	}
	return nil
}

// byteOffset is the offset of the n-th character of s.
func byteOffset(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// literal writes a value as SQL; nil is NULL.
func literal(v *string) string {
	if v == nil {
		return "NULL"
	}
	return migrate.QuoteLiteral(*v)
}

// arrayText writes values as PostgreSQL's array literal.
func arrayText(values []*string) *string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = "NULL"
		if v != nil {
			parts[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(*v) + `"`
		}
	}
	s := "{" + strings.Join(parts, ",") + "}"
	return &s
}
