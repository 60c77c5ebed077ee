package tenant

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func withTables(names ...string) Option {
	return func(db *DB) { db.tables = append(db.tables, names...) }
}

// Problem is a way around row-level security that Verify found.
type Problem struct {
	Object  string // the role, table or setting, such as "table public.notes"
	Message string // what is wrong with it
	Fix     string // what to do, mostly a statement of SQL
	// Database is where, as host:port/name, on a DB with several.
	Database string
}

// VerifyError lists everything that Verify found.
type VerifyError struct{ Problems []Problem }

// Error has a line for each problem, with its fix.
func (e *VerifyError) Error() string {
	var text strings.Builder
	text.WriteString("tenant: the database does not keep tenants apart:")
	for _, p := range e.Problems {
		text.WriteString("\n  ")
		if p.Database != "" {
			text.WriteString(p.Database + ": ")
		}
		fmt.Fprintf(&text, "%s: %s (%s)", p.Object, p.Message, p.Fix)
	}
	return text.String()
}

// verify looks at every database, and lists the problems of all.
func (db *DB) verify(ctx context.Context) error {
	if db.fake {
		return nil
	}
	if len(db.tables) == 0 {
		return errors.New("tenant: there is no table to verify: use WithTables")
	}
	all, err := db.everywhere(ctx)
	if err == nil && len(all) == 0 {
		err = ErrNoPool
	}
	if err != nil {
		return fmt.Errorf("tenant: verify: %w", err)
	}
	var problems []Problem
	for i, d := range all {
		cross := db.cross
		if i > 0 {
			cross = nil // has been looked at
		}
		more, err := db.problems(ctx, d, cross)
		if err != nil {
			return fmt.Errorf("tenant: verify: %w", err)
		}
		problems = append(problems, more...)
	}
	if len(problems) > 0 {
		return &VerifyError{problems}
	}
	return nil
}

// problems looks at one database, and at the pool for cross-tenant work, if any.
func (db *DB) problems(ctx context.Context, d database, cross *pgxpool.Pool) ([]Problem, error) {
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	v := &verifier{ctx: ctx, conn: conn}
	if db.routes != nil {
		v.where = address(d.pool.Config().ConnConfig)
	}
	v.roles()
	v.known(db.tables)
	v.tables(db.tables)
	v.settings(db.settings)
	v.cross(cross)
	distributed := v.shards(db.tables)
	if v.err == nil && len(distributed) > 0 {
		conn.Release() // reaches takes one as every call does
		v.err = db.reaches(ctx, d, distributed[0], v.found)
	}
	if v.err != nil && v.where != "" {
		v.err = fmt.Errorf("%s: %w", v.where, v.err)
	}
	return v.problems, v.err
}

// verifier collects problems; after an error it does nothing more.
type verifier struct {
	ctx      context.Context
	conn     *pgxpool.Conn
	where    string // of several databases
	problems []Problem
	err      error
}

func (v *verifier) found(object, message, fix string) {
	v.problems = append(v.problems, Problem{Object: object, Message: message, Fix: fix, Database: v.where})
}

// each runs a query and calls f for each of its rows, scanned into dest.
func (v *verifier) each(sql string, args []any, dest []any, f func()) {
	if v.err != nil {
		return
	}
	rows, err := v.conn.Query(v.ctx, sql, args...)
	if err == nil {
		_, err = pgx.ForEachRow(rows, dest, func() error {
			f()
			return nil
		})
	}
	v.err = err
}

// roles looks at the role that logged in, which RESET ROLE returns to, at the one in force, and at those that either can
// become by SET ROLE. A superuser can become all.
func (v *verifier) roles() {
	var who, role string
	var super bool
	v.each(`select who.rolname, r.rolname, r.rolsuper
		from pg_catalog.pg_roles who join pg_catalog.pg_roles r
		  on r.oid = who.oid or not who.rolsuper and pg_catalog.pg_has_role(who.oid, r.oid, 'MEMBER')
		where who.rolname in (current_user, session_user) and (r.rolsuper or r.rolbypassrls)
		order by 1, 2`, nil, []any{&who, &role, &super}, func() {
		attribute := "BYPASSRLS"
		if super {
			attribute = "SUPERUSER"
		}
		quoted := pgx.Identifier{role}.Sanitize()
		if role == who {
			v.found("role "+who, "has "+attribute+", so that row-level security does not hold for it",
				"ALTER ROLE "+quoted+" NO"+attribute+", or connect as another role")
			return
		}
		v.found("role "+who, "can become "+role+", which has "+attribute,
			"REVOKE "+quoted+" FROM "+pgx.Identifier{who}.Sanitize())
	})
}

// known looks for the tables.
func (v *verifier) known(tables []string) {
	var name string
	v.each(`select name from unnest($1::text[]) name where pg_catalog.to_regclass(name) is null order by 1`,
		[]any{tables}, []any{&name}, func() {
			v.found("table "+name, "does not exist", "run the migrations")
		})
}

// tables looks at the tables and at what inherits from them: a partition that is addressed directly is protected by its
// own policies only. One that the role may not touch needs none.
func (v *verifier) tables(tables []string) {
	var name, owner, user string
	var named, touched, enabled, forced, owned, truncate bool
	v.each(`with recursive tree as (
		  select pg_catalog.to_regclass(name)::oid as oid, true as named from unnest($1::text[]) name
		  union
		  select i.inhrelid, false from pg_catalog.pg_inherits i join tree on i.inhparent = tree.oid
		)
		select pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.pg_get_userbyid(c.relowner), current_user::text,
		  bool_or(tree.named), pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE')
		    or pg_catalog.has_table_privilege(c.oid, 'DELETE'),
		  c.relrowsecurity, c.relforcerowsecurity,
		  exists (select from pg_catalog.pg_roles who where who.rolname in (current_user, session_user)
		    and not who.rolsuper and pg_catalog.pg_has_role(who.oid, c.relowner, 'MEMBER')),
		  pg_catalog.has_table_privilege(c.oid, 'TRUNCATE')
		from tree join pg_catalog.pg_class c using (oid) join pg_catalog.pg_namespace n on n.oid = c.relnamespace
		group by c.oid, n.nspname order by 1`,
		[]any{tables}, []any{&name, &owner, &user, &named, &touched, &enabled, &forced, &owned, &truncate}, func() {
			table, role := "table "+name, pgx.Identifier{user}.Sanitize()
			if named || touched {
				switch {
				case !enabled:
					v.found(table, "has row-level security disabled", "ALTER TABLE "+name+" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
				case !forced:
					v.found(table, "does not force row-level security on its owner", "ALTER TABLE "+name+" FORCE ROW LEVEL SECURITY")
				}
			}
			if owned {
				v.found(table, "belongs to "+owner+", which the application is or can become, so that it can switch row-level security off",
					"connect as a role that is no member of "+owner)
			} else if truncate {
				v.found(table, "may be truncated by "+user+", which no policy prevents", "REVOKE TRUNCATE ON "+name+" FROM "+role+", or from PUBLIC")
			}
		})
}

// settings looks whether connections come with a tenant, by ALTER ROLE, ALTER DATABASE or the connection string.
func (v *verifier) settings(settings []string) {
	var name string
	v.each(`select name from unnest($1::text[]) name
		where coalesce(pg_catalog.current_setting(name, true), '') <> '' order by 1`,
		[]any{settings}, []any{&name}, func() {
			v.found("setting "+name, "has a value on a connection nobody has used", "remove it from ALTER ROLE ... SET, ALTER DATABASE ... SET and the connection string")
		})
}

// cross compares the roles of the two pools, and looks whether policies bind the sessions of the cross-tenant one: BYPASSRLS
// is an attribute of the role in force, which membership does not pass on (PostgreSQL manual, 22.2), so that a login that is
// only a member of such a role silently sees no row.
func (v *verifier) cross(pool *pgxpool.Pool) {
	if v.err != nil || pool == nil {
		return
	}
	var role string
	var member *string
	var free bool
	v.err = pool.QueryRow(v.ctx, `select current_user::text, r.rolsuper or r.rolbypassrls, (select b.rolname::text from pg_catalog.pg_roles b
		where b.rolbypassrls and not b.rolsuper and pg_catalog.pg_has_role(r.oid, b.oid, 'MEMBER') order by 1 limit 1)
		from pg_catalog.pg_roles r where r.rolname = current_user`).Scan(&role, &free, &member)
	if v.err != nil {
		return
	}
	var same bool
	v.each("select current_user = $1", []any{role}, []any{&same}, func() {
		if same {
			v.found("role "+role, "is the role of the cross-tenant pool too", "give WithCrossTenantPool a pool of a role of its own")
		}
	})
	if !free && !same {
		v.boundAcross(role, member)
	}
}

// boundAcross reports a role of the cross-tenant pool that policies bind.
func (v *verifier) boundAcross(role string, member *string) {
	message, login := "is the role of the cross-tenant pool and lacks BYPASSRLS, so that its queries silently see no row", pgx.Identifier{role}.Sanitize()
	if member == nil {
		v.found("role "+role, message, "ALTER ROLE "+login+" BYPASSRLS")
		return
	}
	v.found("role "+role, message+": its membership of "+*member+" does not pass that on",
		fmt.Sprintf("ALTER ROLE %s SET role = %s, or options=-c%%20role=%s in the pool's connection string, so that its sessions run as %s; or ALTER ROLE %s BYPASSRLS",
			login, pgx.Identifier{*member}.Sanitize(), *member, *member, login))
}
