package confirm

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/internal/nodetree"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// server is the throw-away database with the one connection to it.
type server struct {
	conn    *pgconn.PgConn
	url     string
	version string
	own     *pgserver.Server // nil for a database that somebody else runs
	printed map[string]string
}

func open(ctx context.Context, o Options) (s *server, err error) {
	s = &server{url: o.DatabaseURL}
	if s.url == "" {
		if s.own, err = pgserver.Start(ctx, pgserver.Options{}); err != nil {
			return nil, err
		}
		if s.url, err = s.own.NewDatabase(ctx); err != nil {
			return nil, errors.Join(err, s.own.Stop())
		}
	}
	if err := s.connect(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// connect begins a session that prints the trees of what it prepares, once they are asked for. The
// server's log is spared them.
func (s *server) connect(ctx context.Context) error {
	if s.conn != nil {
		s.conn.Close(ctx)
	}
	config, err := pgconn.ParseConfig(s.url)
	if err != nil {
		return errors.New("the database URL is not valid") // pgconn's own message may hold the password
	}
	s.printed = map[string]string{}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { s.printed[n.Message] = n.Detail }
	if s.conn, err = pgconn.ConnectConfig(ctx, config); err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	s.version, _, _ = strings.Cut(s.conn.ParameterStatus("server_version"), " ")
	return nil
}

func (s *server) close() error {
	if s.conn != nil {
		s.conn.Close(context.Background())
	}
	if s.own != nil {
		return s.own.Stop()
	}
	return nil
}

func (s *server) do(ctx context.Context, sql string) error {
	_, err := s.conn.Exec(ctx, sql).ReadAll()
	return err
}

// create runs the schema files. A file goes to the server as one text, so that the server says
// where its statements end; where one of them must not run within the transaction that this is,
// they are sent one by one, after what the file did has been undone.
func (s *server) create(ctx context.Context, files []File) error {
	for _, f := range files {
		err := s.do(ctx, f.Text)
		if code(err) == activeTransaction || code(err) == newEnumValue || code(err) == duplicateObject {
			err = s.oneByOne(ctx, f)
		}
		if err != nil && !strings.HasPrefix(err.Error(), f.Path+":") {
			err = fmt.Errorf("%s:%d: the schema cannot be created: %w", f.Path, lineOf(f.Text, err), err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// What PostgreSQL says of statements that must not stand with others (PostgreSQL manual, appendix A).
const (
	activeTransaction = "25001"
	newEnumValue      = "55P04"
	duplicateObject   = "42710"
	undefinedFunction = "42883"
	undefinedSchema   = "3F000"
)

// roleStatement creates a role. Roles belong to the whole server, and may be there already.
var roleStatement = regexp.MustCompile(`(?is)^\s*CREATE\s+(ROLE|USER|GROUP)\b`)

func (s *server) oneByOne(ctx context.Context, f File) error {
	for _, at := range f.Statements {
		text := f.Text[at.Start:at.End]
		if err := s.do(ctx, text); err != nil && (code(err) != duplicateObject || !roleStatement.MatchString(text)) {
			return fmt.Errorf("%s:%d: the schema cannot be created: %w", f.Path, 1+strings.Count(f.Text[:at.Start], "\n"), err)
		}
	}
	return nil
}

// lineOf is the line of an error in the text that was sent.
func lineOf(text string, err error) int {
	var pe *pgconn.PgError
	n := 0
	if errors.As(err, &pe) {
		n = int(pe.Position) - 1
	}
	line := 1
	for _, r := range text {
		if n--; n < 0 {
			break
		}
		if r == '\n' {
			line++
		}
	}
	return line
}

// code is the SQLSTATE of an error, "" when it has none.
func code(err error) string {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code
	}
	return ""
}

// searchPath begins the session that reads queries: what files set for their own session is no
// setting of the application's.
func (s *server) searchPath(ctx context.Context, path []string) error {
	if err := s.connect(ctx); err != nil {
		return err
	}
	s.quiet(ctx)
	return s.do(ctx, setPath(path)+"; SET client_min_messages = log; SET debug_pretty_print = off; SET debug_print_parse = on; SET debug_print_rewritten = on")
}

// setPath sets the search path: public where nothing is said.
func setPath(path []string) string {
	var names []string
	for _, p := range path {
		names = append(names, pgx.Identifier{p}.Sanitize())
	}
	if len(names) == 0 {
		names = []string{"public"}
	}
	return "SET search_path = " + strings.Join(names, ", ")
}

// quiet spares the server's log what is printed for us, where we may say so.
func (s *server) quiet(ctx context.Context) { _ = s.do(ctx, "SET log_min_messages = panic") }

// tree prepares a statement and returns what PostgreSQL makes of it, views expanded, and the types
// that it gives the parameters. SEARCH and CYCLE are rewritten into columns that nobody wrote: such
// a statement is returned as it was before.
func (s *server) tree(ctx context.Context, sql string) (nodetree.List, []uint32, error) {
	clear(s.printed)
	described, err := s.conn.Prepare(ctx, "", sql, nil)
	if err != nil {
		return nil, nil, err
	}
	parsed, err := s.tell("parse tree:")
	if err != nil {
		return nil, nil, err
	}
	if _, one := parsed.(*nodetree.Node); one && extended(parsed) {
		return nodetree.List{parsed}, described.ParamOIDs, nil
	}
	rewritten, err := s.tell("rewritten parse tree:")
	if err != nil {
		return nil, nil, err
	}
	list, ok := rewritten.(nodetree.List)
	if !ok {
		return nil, nil, errors.New("PostgreSQL printed something other than a list of trees")
	}
	return list, described.ParamOIDs, nil
}

// tell is a tree that the server has printed.
func (s *server) tell(title string) (nodetree.Value, error) {
	text, ok := s.printed[title]
	if !ok {
		return nil, errors.New("PostgreSQL printed no " + strings.TrimSuffix(title, ":") + " of the statement: debug_print_parse has no effect there")
	}
	return nodetree.Parse(text)
}

// extended reports SEARCH or CYCLE.
func extended(tree nodetree.Value) bool {
	found := false
	nodetree.Walk(tree, func(n *nodetree.Node) bool {
		found = found || n.Name == "COMMONTABLEEXPR" && (n.Node("search_clause") != nil || n.Node("cycle_clause") != nil)
		return !found
	})
	return found
}

// rows are the results of a statement as texts.
func (s *server) rows(ctx context.Context, sql string) ([][]string, error) {
	res := s.conn.ExecParams(ctx, sql, nil, nil, nil, nil).Read()
	if res.Err != nil {
		return nil, fmt.Errorf("read the catalog: %w", res.Err)
	}
	rows := make([][]string, len(res.Rows))
	for i, r := range res.Rows {
		rows[i] = make([]string, len(r))
		for j, v := range r {
			rows[i][j] = string(v)
		}
	}
	return rows, nil
}
