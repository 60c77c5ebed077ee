package confirm

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// policies are the policies that say something else on the server than by the text that ours has of them,
// which the server is given in their place, in a transaction that comes to nothing. A text whose names are
// no longer found says nothing.
func (s *server) policies(ctx context.Context, db *catalog.Database) (found []*Difference, err error) {
	if err := s.do(ctx, "BEGIN; "+setPath(db.SearchPath)); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.do(ctx, "ROLLBACK")) }()
	for _, t := range db.Tables {
		if t.Unsure != "" || t.Temporary {
			continue
		}
		for _, p := range t.Policies {
			d, err := s.policy(ctx, t, p)
			if err != nil {
				return nil, err
			}
			found = append(found, d...)
		}
	}
	return found, nil
}

func (s *server) policy(ctx context.Context, t *catalog.Table, p *catalog.Policy) ([]*Difference, error) {
	table, name := quoted(t.Name), pgx.Identifier{p.Name}.Sanitize()
	read := "SELECT coalesce(pg_catalog.pg_get_expr(polqual, polrelid), ''), coalesce(pg_catalog.pg_get_expr(polwithcheck, polrelid), '') FROM pg_catalog.pg_policy WHERE polrelid = " + literal(table) + "::pg_catalog.regclass AND polname = " + literal(p.Name)
	text := ""
	if p.Using != "" {
		text += " USING (" + p.Using + ")"
	}
	if p.Check != "" {
		text += " WITH CHECK (" + p.Check + ")"
	}
	if err := s.do(ctx, "SAVEPOINT before"); err != nil {
		return nil, err
	}
	has, err := s.rows(ctx, read)
	if err == nil {
		err = s.do(ctx, "ALTER POLICY "+name+" ON "+table+text)
	}
	var says [][]string
	if err == nil {
		says, err = s.rows(ctx, read)
	}
	var refused *pgconn.PgError
	if err != nil && !errors.As(err, &refused) {
		return nil, err
	}
	if err := s.do(ctx, "ROLLBACK TO before"); err != nil || refused != nil || len(has) != 1 || len(says) != 1 {
		return nil, err // one that is not there is a difference of its own
	}
	var found []*Difference
	for i, clause := range []string{"USING", "WITH CHECK"} {
		ours := []string{p.Using, p.Check}[i]
		if has[0][i] != says[0][i] || (ours == "") != (has[0][i] == "") {
			found = append(found, &Difference{What: "table " + t.Name.String() + ", policy " + p.Name + ", " + clause, Table: t.Name.String(), Pos: p.Pos, Ours: orNone(ours), Server: orNone(has[0][i])})
		}
	}
	return found, nil
}
