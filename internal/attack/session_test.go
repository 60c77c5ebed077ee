package attack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// session is a connection that works for one tenant, and everything that it was told.
type session struct {
	conn   *pgconn.PgConn
	tenant string
	seen   strings.Builder
	failed bool // the last statement
}

func newSession(t *testing.T, databaseURL, role, tenant string) *session {
	t.Helper()
	s := &session{tenant: tenant}
	config, err := pgconn.ParseConfig(as(t, databaseURL, role))
	if err != nil {
		t.Fatal(err)
	}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { fmt.Fprintf(&s.seen, "notice: %s %s\n", n.Message, n.Detail) }
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		fmt.Fprintf(&s.seen, "notification: %s %s\n", n.Channel, n.Payload)
	}
	if s.conn, err = pgconn.ConnectConfig(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	s.conn.Exec(t.Context(), fill("set app.org_id = '"+tenant+"'; set statement_timeout = '20s'; set lock_timeout = '300ms'", nil)).Close()
	return s
}

func (s *session) close() { s.conn.Close(context.Background()) }

// run runs a statement and writes down what comes of it: rows, counts, notices, errors. COPY's data follows it.
func (s *session) run(t *testing.T, sql string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var err error
	statement, data, _ := strings.Cut(sql, "\n")
	switch {
	case strings.HasSuffix(statement, " TO STDOUT"):
		var out bytes.Buffer
		_, err = s.conn.CopyTo(ctx, &out, statement)
		s.seen.Write(out.Bytes())
	case strings.HasSuffix(statement, " FROM STDIN"):
		var tag pgconn.CommandTag
		tag, err = s.conn.CopyFrom(ctx, strings.NewReader(data), statement)
		fmt.Fprintln(&s.seen, tag)
	default:
		var results []*pgconn.Result
		results, err = s.conn.Exec(ctx, sql).ReadAll()
		for _, result := range results {
			for _, row := range result.Rows {
				fmt.Fprintf(&s.seen, "%s\n", bytes.Join(row, []byte(" | ")))
			}
			fmt.Fprintln(&s.seen, result.CommandTag)
		}
	}
	s.failed = err != nil
	var pgErr *pgconn.PgError
	switch {
	case errors.As(err, &pgErr):
		fmt.Fprintf(&s.seen, "error: %s %s; %s; %s; %s\n", pgErr.Code, pgErr.Message, pgErr.Detail, pgErr.Hint, pgErr.Where)
	case err != nil:
		fmt.Fprintf(&s.seen, "error: %v\n", err)
	}
}

// lend lets another tenant work on the connection. What it sees is its own.
func (s *session) lend(t *testing.T, sql string) {
	t.Helper()
	sofar := s.seen.String()
	s.run(t, fill("set app.org_id = '$B'", nil))
	s.run(t, sql)
	if s.failed {
		t.Errorf("the next user of the connection failed: %s", s.seen.String()[len(sofar):])
	}
	s.run(t, fill("set app.org_id = '"+s.tenant+"'", nil))
	s.seen.Reset()
	s.seen.WriteString(sofar)
}
