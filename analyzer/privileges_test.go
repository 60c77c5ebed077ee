package analyzer_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// TestUses asks PostgreSQL: a role with the listed privileges may run the statement, and
// without any one of them it may not; nor without the sequences that it draws from. ON CONFLICT,
// and UPDATE without a condition, need less than is granted. What functions do is not said here.
func TestUses(t *testing.T) {
	pgserver.Long(t)
	var checked, needed atomic.Int32
	t.Cleanup(func() {
		t.Logf("%d statements, %d privileges", checked.Load(), needed.Load())
		if !t.Failed() && (checked.Load() < 100 || needed.Load() < checked.Load()) {
			t.Error("too few")
		}
	})
	for _, c := range loadCases(t) {
		if len(c.db.Functions) > 0 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, c)
			l.exec(t, c.schema)
			role := `"uses_` + fmt.Sprint(len(c.queries)) + "_" + c.name + `"`
			l.exec(t, "BEGIN; CREATE ROLE "+role)
			for _, schema := range append(c.db.Schemas, "public") {
				l.exec(t, "GRANT USAGE ON SCHEMA "+schema+" TO "+role)
			}
			results := c.analysis().File("queries.sql", c.queries)
			for i, r := range results {
				if marked(r, "norun") || marked(r, "fails") || len(r.Uses)+len(r.Draws) == 0 {
					continue
				}
				sql, _ := positional(statementText(c.queries, results, i))
				checked.Add(1)
				for _, s := range drawnBy(r) {
					l.exec(t, "GRANT USAGE ON SEQUENCE "+labTable(&catalog.Table{Name: s})+" TO "+role)
				}
				if code := l.denied(t, role, sql, r.Uses, analyzer.Use{}, ""); code != "" {
					t.Errorf("line %d: %s may not run with %v: %s", r.Line, r.Name, r.Uses, code)
				}
				for _, use := range r.Uses {
					for _, p := range use.Privileges {
						if l.denied(t, role, sql, r.Uses, use, p) != "" {
							needed.Add(1)
						} else if p != "select" && p != "update" {
							t.Errorf("line %d: %s does not need %s on %s", r.Line, r.Name, p, use.Name())
						}
					}
				}
			}
		})
	}
}

// drawnBy lists the sequences that a statement takes numbers from, by itself or by the defaults of
// columns that it may leave out.
func drawnBy(r *analyzer.Result) []catalog.Name {
	var list []catalog.Name
	for _, d := range r.Draws {
		list = append(list, d.Sequence)
	}
	for _, use := range r.Uses {
		if use.Table != nil && slices.Contains(use.Privileges, "insert") {
			for _, c := range use.Table.Columns {
				list = append(list, c.Draws...)
			}
		}
	}
	return list
}

// denied runs a statement as a role with what it uses but for one privilege, and tells
// why that is not permitted, "" when it is.
func (l *lab) denied(t *testing.T, role, sql string, uses []analyzer.Use, but analyzer.Use, privilege string) string {
	t.Helper()
	setup := []string{"SAVEPOINT u"}
	for _, use := range uses {
		kept := slices.DeleteFunc(slices.Clone(use.Privileges), func(p string) bool { return use.Table == but.Table && use.View == but.View && p == privilege })
		if len(kept) > 0 {
			setup = append(setup, "GRANT "+strings.Join(kept, ", ")+" ON "+labTable(&catalog.Table{Name: use.Name()})+" TO "+role)
		}
	}
	l.exec(t, strings.Join(append(setup, "SET LOCAL ROLE "+role, "SAVEPOINT v"), ";"))
	defer l.exec(t, "ROLLBACK TO v; ROLLBACK TO u")
	desc, err := l.conn.Prepare(t.Context(), "", sql, nil)
	if err == nil { // privileges are checked before anything is evaluated
		err = l.conn.ExecParams(t.Context(), sql, make([][]byte, len(desc.ParamOIDs)), desc.ParamOIDs, nil, nil).Read().Err
	}
	var pe *pgconn.PgError
	if errors.As(err, &pe) && pe.Code == "42501" {
		return pe.Code + " " + pe.Message
	}
	return ""
}
