package confirm

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// predicates are the partial unique keys whose predicate does not follow from what ours says of it. By ON
// CONFLICT with a WHERE the server infers a partial index only where its predicate follows (PostgreSQL
// manual, INSERT, conflict_target): nothing is executed.
func (s *server) predicates(ctx context.Context, db *catalog.Database) ([]*Difference, error) {
	var found []*Difference
	for _, t := range db.Tables {
		if t.Unsure != "" || t.Rules || t.External || t.Temporary {
			continue // no proof rests on its keys, or there is no such inference
		}
		for _, k := range t.Keys {
			if !k.Partial || len(k.Where) == 0 || k.Expression {
				continue
			}
			why, err := s.unimplied(ctx, t, k)
			if err != nil {
				return nil, err
			}
			if why != "" {
				found = append(found, &Difference{What: "table " + t.Name.String() + ", predicate of unique key " + k.Name, Table: t.Name.String(), Pos: k.Pos, Ours: tests(t, k.Where, false), Server: why})
			}
		}
	}
	return found, nil
}

// unimplied is the key's predicate where it does not follow from the tests, "" where it does.
func (s *server) unimplied(ctx context.Context, t *catalog.Table, k *catalog.Key) (string, error) {
	table := quoted(t.Name)
	var columns []string
	for _, c := range k.Columns {
		columns = append(columns, pgx.Identifier{c}.Sanitize())
	}
	rows, err := s.rows(ctx, fmt.Sprintf("EXPLAIN (FORMAT JSON, COSTS OFF) INSERT INTO %s DEFAULT VALUES ON CONFLICT (%s) WHERE %s DO NOTHING", table, strings.Join(columns, ", "), tests(t, k.Where, true)))
	if err == nil {
		var plans []struct {
			Plan struct {
				Arbiters []string `json:"Conflict Arbiter Indexes"`
			}
		}
		if err := json.Unmarshal([]byte(rows[0][0]), &plans); err != nil || len(plans) != 1 {
			return "", fmt.Errorf("read a plan: %w", err)
		}
		if slices.Contains(plans[0].Plan.Arbiters, k.Name) {
			return "", nil
		}
	} else if code(err) == "" {
		return "", err
	}
	has, err := s.rows(ctx, fmt.Sprintf("SELECT pg_catalog.pg_get_expr(indpred, indrelid) FROM pg_catalog.pg_index WHERE indrelid = %s::pg_catalog.regclass AND indexrelid = %s::pg_catalog.regclass",
		literal(table), literal(quoted(catalog.Name{Schema: t.Name.Schema, Name: k.Name}))))
	if err != nil || len(has) == 0 {
		return "no such key", nil // which is a difference of its own
	}
	return has[0][0], nil
}

// tests are tests of columns as a condition. With all it has every spelling of each: the server compares
// predicates by how they are written.
func tests(t *catalog.Table, where []catalog.Test, all bool) string {
	var parts []string
	for _, w := range where {
		column := pgx.Identifier{w.Column}.Sanitize()
		switch {
		case w.Kind == catalog.IsNull:
			parts = append(parts, column+" IS NULL")
		case w.Kind == catalog.IsNotNull:
			parts = append(parts, column+" IS NOT NULL")
		default:
			parts = append(parts, column+" = "+literal(w.Value))
			if all {
				parts = append(parts, column+"::text = "+literal(w.Value))
			}
			if i := t.ColumnIndex(w.Column); all && i >= 0 && t.Columns[i].Value.Type.Name == "bool" {
				parts = append(parts, column+" IS "+strings.ToUpper(w.Value))
			}
		}
	}
	return strings.Join(parts, " AND ")
}
