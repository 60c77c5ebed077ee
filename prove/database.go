package prove

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// database is the throw-away database with the one connection to it.
type database struct {
	conn    *pgconn.PgConn
	url     string
	version string
	server  *pgserver.Server // nil for a database that somebody else runs
	before  string           // the objects that were there already, as an array of oids
	roles   string           // the roles that were there already, as an array of oids
	created []*string        // names of roles that the schema may create
	open    bool             // the savepoint of the last run is still to be rolled back
}

// own is the schema of what prove itself needs.
const own = "tenantgen_prove"

// open starts a server, or connects to the disposable database.
func open(ctx context.Context, o Options) (db *database, err error) {
	db = &database{url: o.DatabaseURL}
	if db.url == "" {
		if db.server, err = pgserver.Start(ctx, pgserver.Options{}); err != nil {
			return nil, err
		}
		if db.url, err = db.server.NewDatabase(ctx); err != nil {
			return nil, errors.Join(err, db.server.Stop())
		}
	}
	if err := db.connect(ctx, o.Timeout); err != nil {
		if db.conn != nil {
			db.conn.Close(context.WithoutCancel(ctx))
		}
		if db.server != nil {
			err = errors.Join(err, db.server.Stop())
		}
		return nil, err
	}
	return db, nil
}

func (db *database) connect(ctx context.Context, timeout time.Duration) error {
	config, err := pgconn.ParseConfig(db.url)
	if err != nil {
		return errors.New("the database URL is not valid") // pgconn's own message may hold the password
	}
	config.OnNotice = nil
	if db.conn, err = pgconn.ConnectConfig(ctx, config); err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	db.version = db.conn.ParameterStatus("server_version")
	if err := db.do(ctx, fmt.Sprintf("SET statement_timeout = %d; SET client_min_messages = error; SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex'; SET default_transaction_isolation = 'read committed'; SET jit = off", timeout.Milliseconds())); err != nil {
		return err
	}
	if db.server == nil {
		if err := db.alone(ctx); err != nil {
			return err
		}
		if err := db.clear(ctx); err != nil {
			return err
		}
	}
	rows, err := db.query(ctx, "SELECT coalesce(array_agg(oid), '{}')::text FROM ("+objects+") o")
	if err != nil {
		return err
	}
	db.before = *rows[0][0]
	return nil
}

// objects lists what a schema file can create, but for what belongs to something else. A
// column may depend on another one of its own table: PostgreSQL 14 notes that of generated ones.
const objects = `
SELECT c.classid, c.oid FROM (
	SELECT 'pg_catalog.pg_class'::regclass AS classid, oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
	UNION ALL SELECT 'pg_catalog.pg_type'::regclass, oid FROM pg_catalog.pg_type WHERE typtype IN ('e', 'd', 'r')
	UNION ALL SELECT 'pg_catalog.pg_proc'::regclass, oid FROM pg_catalog.pg_proc
	UNION ALL SELECT 'pg_catalog.pg_namespace'::regclass, oid FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_'
	UNION ALL SELECT 'pg_catalog.pg_extension'::regclass, oid FROM pg_catalog.pg_extension
	UNION ALL SELECT 'pg_catalog.pg_event_trigger'::regclass, oid FROM pg_catalog.pg_event_trigger
) c WHERE c.oid >= 16384
	AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = c.classid AND d.objid = c.oid AND d.refobjid <> d.objid AND (d.deptype IN ('e', 'a') AND d.objsubid = 0 OR d.deptype = 'i' AND d.refclassid <> 'pg_catalog.pg_type'::regclass))`

// userTables lists the tables of a database that belong to no extension.
const userTables = `
SELECT c.oid::regclass::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', '` + own + `') AND n.nspname !~ '^pg_(toast|temp)'
	AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1`

// clear makes sure that the database is one to throw away: it holds no table, or only
// those that an earlier run, which was killed, created and could not drop.
func (db *database) clear(ctx context.Context) error {
	tables, err := db.query(ctx, userTables)
	if err != nil {
		return err
	}
	noted := map[string]bool{}
	if rows, err := db.query(ctx, "SELECT name FROM "+own+".created"); err == nil {
		for _, r := range rows {
			noted[*r[0]] = true
		}
	}
	var foreign []string
	for _, t := range tables {
		if !noted[*t[0]] {
			foreign = append(foreign, *t[0])
		}
	}
	if len(foreign) > 0 {
		more := ""
		if len(foreign) > 3 {
			foreign, more = foreign[:3], fmt.Sprintf(" and %d more", len(foreign)-3)
		}
		return fmt.Errorf("the database holds tables that prove did not create: %s%s; name an empty database, which prove may fill and empty again", strings.Join(foreign, ", "), more)
	}
	if len(noted) == 0 {
		return nil
	}
	keep, err := db.query(ctx, "SELECT coalesce(array_agg(o), '{}')::text FROM "+own+".before b, unnest(b.oids) o")
	if err != nil {
		return err
	}
	return db.drop(ctx, literal(keep[0][0])+"::oid[]")
}

// note writes down what there is now, so that the next run can tell if this one dies.
func (db *database) note(ctx context.Context) error {
	return db.do(ctx, "DELETE FROM "+own+".created; INSERT INTO "+own+".created "+userTables)
}

// drop removes every object that is not among the given oids.
func (db *database) drop(ctx context.Context, keep string) error {
	for range 3 { // one object may go with another
		rows, err := db.query(ctx, `SELECT format('DROP %s IF EXISTS %s CASCADE', replace(i.type, 'composite ', ''), i.identity)
			FROM (SELECT * FROM (`+objects+`) o WHERE o.oid <> ALL (`+keep+`)) o, pg_catalog.pg_identify_object(o.classid, o.oid, 0) i
			WHERE i.identity IS NOT NULL
			ORDER BY o.classid = 'pg_catalog.pg_namespace'::regclass AND i.identity = '`+own+`', o.classid <> 'pg_catalog.pg_namespace'::regclass`)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			if err := db.do(ctx, *r[0]); err != nil {
				return fmt.Errorf("empty the database again: %w", err)
			}
		}
	}
	return nil
}

// close empties the database again, or removes the server. It works after a cancellation, too.
func (db *database) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db.conn.Close(ctx)
	db.open = false
	if db.server != nil {
		return db.server.Stop()
	}
	config, err := pgconn.ParseConfig(db.url)
	if err != nil {
		return errors.New("the database URL is not valid")
	}
	if db.conn, err = pgconn.ConnectConfig(ctx, config); err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer db.conn.Close(ctx)
	// The session that had the lock may take a moment to end; the next run must find it free when this one returns.
	if err := db.do(ctx, fmt.Sprintf("SELECT pg_catalog.pg_advisory_lock(%d)", lockKey)); err != nil {
		return fmt.Errorf("wait for the end of the session that proved: %w", err)
	}
	err = db.drop(ctx, "'"+db.before+"'::oid[]")
	if err == nil {
		err = db.withRoles(ctx, func() error { return db.dropRoles(ctx) })
	}
	return errors.Join(err, db.do(ctx, fmt.Sprintf("SELECT pg_catalog.pg_advisory_unlock(%d)", lockKey)))
}

// do runs statements by the simple protocol.
func (db *database) do(ctx context.Context, sql string) error {
	_, err := db.conn.Exec(ctx, db.leave()+sql).ReadAll()
	return err
}

// leave is what ends the savepoint of the last run, before anything but another run.
func (db *database) leave() string {
	if !db.open {
		return ""
	}
	db.open = false
	return "ROLLBACK TO q; RELEASE q; "
}

// query returns the rows of a statement, null as nil.
func (db *database) query(ctx context.Context, sql string, values ...*string) ([][]*string, error) {
	s := &script{}
	s.statement(sql, values...)
	return db.rows(ctx, s)
}

// prepared is query for a statement that was prepared.
func (db *database) prepared(ctx context.Context, name string, values ...*string) ([][]*string, error) {
	s := &script{}
	s.prepared(name, values...)
	return db.rows(ctx, s)
}

func (db *database) rows(ctx context.Context, s *script) ([][]*string, error) {
	results, err := db.run(ctx, s)
	if err != nil {
		return nil, err
	}
	return texts(results[0].Rows), nil
}

func texts(rows [][][]byte) [][]*string {
	out := make([][]*string, len(rows))
	for i, r := range rows {
		out[i] = make([]*string, len(r))
		for j, v := range r {
			if v != nil {
				s := string(v)
				out[i][j] = &s
			}
		}
	}
	return out
}
