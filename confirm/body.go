package confirm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// bodies reads the bodies of the SQL functions that trees call, and of those that these call. The
// server reads a body when it is written in a function of the same parameters: BEGIN ATOMIC keeps
// the tree (PostgreSQL manual, CREATE FUNCTION).
func (s *server) bodies(ctx context.Context, w *world, trees nodetree.Value) (map[uint32]*nodetree.Node, error) {
	bodies := map[uint32]*nodetree.Node{}
	queue := []nodetree.Value{trees}
	for len(queue) > 0 {
		var calls []uint32
		nodetree.Walk(queue[0], func(n *nodetree.Node) bool {
			if id := n.OID("funcid"); n.Name == "FUNCEXPR" && w.procs[id] != nil && !w.procs[id].builtin {
				calls = append(calls, id)
			}
			return true
		})
		queue = queue[1:]
		for _, id := range calls {
			if _, done := bodies[id]; done || w.procs[id].language != "sql" || w.procs[id].kind != "f" {
				continue
			}
			body, err := s.body(ctx, id)
			if err != nil {
				return nil, err
			}
			if bodies[id] = body; body != nil {
				queue = append(queue, body)
			}
		}
	}
	return bodies, nil
}

// body is the one query of an SQL function's body, nil where there are several, or the server does
// not read it without a call.
func (s *server) body(ctx context.Context, id uint32) (*nodetree.Node, error) {
	rows, err := s.rows(ctx, fmt.Sprintf(`SELECT coalesce(prosqlbody::text, ''), prosrc, pg_catalog.pg_get_function_arguments(oid), pg_catalog.pg_get_function_result(oid),
		coalesce((SELECT pg_catalog.substr(c, 13) FROM pg_catalog.unnest(proconfig) c WHERE c LIKE 'search\_path=%%'), ''), pg_catalog.quote_ident(proname) FROM pg_catalog.pg_proc WHERE oid = %d`, id))
	if err != nil || len(rows) != 1 {
		return nil, err
	}
	text := rows[0][0]
	if text == "" {
		if text, err = s.copied(ctx, rows[0]); err != nil || text == "" {
			return nil, err
		}
	}
	v, err := nodetree.Parse(text)
	if err != nil {
		return nil, err
	}
	return onlyNode(v), nil
}

// onlyNode is the one node of lists in lists, nil where there are several.
func onlyNode(v nodetree.Value) *nodetree.Node {
	for range 3 {
		list, ok := v.(nodetree.List)
		if !ok || len(list) != 1 {
			break
		}
		v = list[0]
	}
	n, _ := v.(*nodetree.Node)
	return n
}

// copied has the server read a body as that of another function, which does not stay. It has the name of the first, by which
// the body may call its parameters.
func (s *server) copied(ctx context.Context, fn []string) (string, error) {
	if err := s.do(ctx, "BEGIN"); err != nil {
		return "", err
	}
	defer s.do(context.WithoutCancel(ctx), "ROLLBACK")
	if fn[4] != "" {
		if err := s.do(ctx, "SET LOCAL search_path = "+fn[4]); err != nil {
			return "", nil
		}
	}
	body := strings.TrimSuffix(strings.TrimSpace(fn[1]), ";")
	create := "CREATE FUNCTION pg_temp." + fn[5] + "(" + fn[2] + ") RETURNS " + fn[3] + " LANGUAGE sql BEGIN ATOMIC " + body + "\n; END"
	if err := s.do(ctx, create); err != nil {
		return "", nil
	}
	rows, err := s.rows(ctx, "SELECT prosqlbody::text FROM pg_catalog.pg_proc WHERE pronamespace = pg_catalog.pg_my_temp_schema()")
	if err != nil || len(rows) != 1 {
		return "", err
	}
	return rows[0][0], nil
}

// body lays the query of ours in the place of a call beside that of the function.
func (m *matcher) body(ours query.Query, call *nodetree.Node, l *level) {
	inner := newLevel(m.bodies[call.OID("funcid")], l)
	inner.body, inner.apart, inner.args = true, true, nil
	for _, a := range call.Nodes("args") {
		inner.args = append(inner.args, l.term(a))
	}
	m.query(ours, inner)
}

// vouched has the server resolve the functions that somebody vouches for: a name alone means a function
// only where there is but one of it.
func (s *server) vouched(ctx context.Context, w *world, keys []string) error {
	for _, key := range keys {
		name := strings.TrimSpace(key)
		if i := strings.IndexByte(name, '('); i >= 0 {
			if !strings.Contains(name[:i], ".") {
				name = "public." + name
			}
			rows, err := s.rows(ctx, "SELECT coalesce(pg_catalog.to_regprocedure("+literal(name)+")::pg_catalog.oid, 0)")
			var refused *pgconn.PgError
			switch {
			case errors.As(err, &refused): // what is no signature vouches for nothing
			case err != nil:
				return err
			default:
				w.vouched[oid(rows[0][0])] = true
			}
			continue
		}
		n := catalog.ParseName(name)
		n.Schema = cmp.Or(n.Schema, "public")
		var all []uint32
		for id, f := range w.procs {
			if f.name == n {
				all = append(all, id)
			}
		}
		if len(all) == 1 {
			w.vouched[all[0]] = true
		}
	}
	return nil
}

// quoted is a name as SQL has it.
func quoted(n catalog.Name) string { return pgx.Identifier{n.Schema, n.Name}.Sanitize() }

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
