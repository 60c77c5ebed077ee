package verify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// What a connection may take. A catalog that is locked for longer, by a migration for
// instance, is no reason to make that wait for us.
const (
	connectTimeout   = 10 * time.Second
	statementTimeout = 30 * time.Second
	lockTimeout      = 2 * time.Second
	closeTimeout     = 2 * time.Second
)

// Run connects to the database of a connection string, or of the PG* variables of the
// environment when it is empty, and compares it in one read-only transaction that sees
// one state. An error says what kept it from looking and never holds the password.
func Run(ctx context.Context, connString string, o Options) (*Report, error) {
	cfg, err := pgx.ParseConfig(connString)
	if err != nil {
		// The parser's message quotes the text, and what it makes of a malformed one is no password to it.
		return nil, errors.New("the connection string cannot be read; write postgres://user@host:port/database, with the password in PGPASSWORD or a password file")
	}
	secrets := secretsOf(connString, cfg)
	conn, err := connect(ctx, cfg)
	if err != nil {
		return nil, scrubbed(fmt.Sprintf("cannot connect to database %s on %s:%d as %s", cfg.Database, cfg.Host, cfg.Port, cfg.User), err, secrets)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		conn.Close(ctx)
	}()
	r, err := inTransaction(ctx, conn, o)
	if err != nil {
		return nil, scrubbed("cannot verify database "+cfg.Database, err, secrets)
	}
	return r, nil
}

// connect prepares no statement, so that a pooler between us and the server does not
// have to know any.
func connect(ctx context.Context, cfg *pgx.ConnConfig) (*pgx.Conn, error) {
	cfg.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	cfg.StatementCacheCapacity, cfg.DescriptionCacheCapacity = 0, 0
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "tenantgen verify"
	}
	return pgx.ConnectConfig(ctx, cfg)
}

func inTransaction(ctx context.Context, conn *pgx.Conn, o Options) (*Report, error) {
	tx, err := begin(ctx, conn)
	if err != nil {
		return nil, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		tx.Rollback(ctx)
	}()
	return Inspect(ctx, tx, o)
}

// begin starts the transaction. It sets limits for it alone: a pooled session is somebody
// else's afterwards.
func begin(ctx context.Context, conn *pgx.Conn) (pgx.Tx, error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, err
	}
	for _, limit := range []struct {
		name string
		is   time.Duration
	}{{"statement_timeout", statementTimeout}, {"lock_timeout", lockTimeout}, {"idle_in_transaction_session_timeout", statementTimeout}} {
		if _, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL %s = %d", limit.name, limit.is.Milliseconds())); err != nil {
			return nil, err // closing the connection ends the transaction
		}
	}
	return tx, nil
}

// secretsOf lists the texts that no message may hold.
func secretsOf(connString string, cfg *pgx.ConnConfig) []string {
	list := []string{connString, cfg.Password, url.QueryEscape(cfg.Password), url.PathEscape(cfg.Password)}
	if u, err := url.Parse(connString); err == nil {
		list = append(list, u.Query().Get("sslpassword"))
		if u.User != nil {
			_, raw, _ := strings.Cut(u.User.String(), ":")
			list = append(list, raw)
		}
	}
	return list
}

// scrubbed returns an error that says what failed and why. A text that holds a secret is
// left out as a whole: with the secret cut out it would tell where it was.
func scrubbed(what string, err error, secrets []string) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("verify was interrupted: %w", context.Canceled)
	}
	reason, code := err.Error(), ""
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		code = "SQLSTATE " + pg.Code + "; "
		if errors.As(err, new(*pgconn.ConnectError)) {
			reason = pg.Message
		}
	}
	text := what + ": " + reason
	if slices.ContainsFunc(secrets, func(s string) bool { return s != "" && strings.Contains(text, s) }) {
		return errors.New("cannot verify the database: (" + code + "the text is not shown, because the password is in it)")
	}
	return errors.New(text)
}
