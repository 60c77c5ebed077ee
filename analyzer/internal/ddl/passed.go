package ddl

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// explain executes EXPLAIN: what is in it is run by ANALYZE alone, but planning it may run
// functions that do not change. A table that it would create is there only when it is run.
func (l *loader) explain(s *pg.ExplainStmt) error {
	inner := s.GetQuery()
	if as := inner.GetCreateTableAsStmt(); as != nil && !analyzes(s) {
		inner = as.GetQuery()
	}
	if inner.GetRefreshMatViewStmt() != nil && !analyzes(s) {
		return nil
	}
	if into := inner.GetSelectStmt(); into != nil && !analyzes(s) {
		into.IntoClause = nil
	}
	return l.apply(inner)
}

func analyzes(s *pg.ExplainStmt) bool {
	found := false
	for _, n := range s.GetOptions() {
		if d := n.GetDefElem(); d.GetDefname() == "analyze" {
			found = isTrue(d)
		}
	}
	return found
}

// declareCursor reads the query of a cursor, which FETCH runs, or COMMIT where it is WITH HOLD.
func (l *loader) declareCursor(s *pg.DeclareCursorStmt) error {
	if s.GetOptions()&cursorOptHold != 0 {
		return withHint(errorf(-1, "a cursor WITH HOLD is not supported in a schema file: COMMIT runs its query"), "leave out WITH HOLD, and fetch from it within the transaction")
	}
	late := l.late()
	err := l.apply(s.GetQuery())
	l.cursors, l.elapsed = true, late
	return err
}

// cursorOptHold is CURSOR_OPT_HOLD of src/include/nodes/parsenodes.h.
const cursorOptHold = 0x20

// besideCursors are the statements that leave what a cursor's query runs as it was declared.
var besideCursors = map[string]bool{"declare_cursor_stmt": true, "fetch_stmt": true, "close_portal_stmt": true, "transaction_stmt": true}

// fetch executes FETCH and MOVE, which run the query of a cursor: its functions as they are by
// now, not as they were when it was declared.
func (l *loader) fetch(*pg.FetchStmt) error {
	if l.late() {
		u := l.unknown("FETCH from a cursor that is declared before other statements", catalog.Name{})
		if u.Reason = l.stmt.vouch; u.Reason == "" {
			l.unsure(reach{all: true}, u)
		}
	}
	return nil
}

// late reports whether FETCH may run other code than was read where the cursor was declared.
func (l *loader) late() bool { return l.cursors && l.elapsed }

// serverSettings are those that say how much a server does at a time, what it keeps and what it
// writes into its log: none of them changes what a statement means, or runs code.
var serverSettings = lazyre.New(`^(work_mem|maintenance_work_mem|autovacuum_work_mem|logical_decoding_work_mem|shared_buffers|temp_buffers|effective_cache_size|huge_pages|` +
	`max_[a-z_]+|min_wal_size|min_parallel_[a-z_]+|wal_(level|buffers|compression|keep_size|writer_[a-z_]+|sender_timeout|receiver_[a-z_]+|log_hints)|checkpoint_[a-z_]+|bgwriter_[a-z_]+|` +
	`autovacuum|autovacuum_[a-z_]+|vacuum_[a-z_]+|log_[a-z_]+|logging_collector|track_[a-z_]+|random_page_cost|seq_page_cost|cpu_[a-z_]+_cost|parallel_[a-z_]+_cost|effective_io_concurrency|` +
	`maintenance_io_concurrency|default_statistics_target|statement_timeout|lock_timeout|idle_[a-z_]+_timeout|deadlock_timeout|tcp_[a-z_]+|authentication_timeout|enable_[a-z_]+|jit|jit_[a-z_]+_cost|` +
	`superuser_reserved_connections|reserved_connections|listen_addresses|port|pg_stat_statements\.[a-z_]+|auto_explain\.[a-z_]+)$`)

// alterSystem executes ALTER SYSTEM, which changes what every session begins with.
func (l *loader) alterSystem(s *pg.AlterSystemStmt) error {
	set := s.GetSetstmt()
	if set.GetKind() != pg.VariableSetKind_VAR_RESET_ALL && serverSettings().MatchString(strings.ToLower(set.GetName())) {
		return nil
	}
	what := "ALTER SYSTEM SET " + set.GetName()
	if set.GetName() == "" {
		what = "ALTER SYSTEM RESET ALL"
	}
	return withHint(errorf(-1, "%s is not supported in a schema file: it may change what statements mean in every session", what), "set it where the server is configured, or for one role: ALTER ROLE … SET")
}

// objectTitle names a kind of object as statements do.
func objectTitle(kind pg.ObjectType) string {
	return strings.ReplaceAll(strings.TrimPrefix(kind.String(), "OBJECT_"), "_", " ")
}

// moveOperator executes ALTER OPERATOR … SET SCHEMA. Which of several of one name it is, their
// operands say, which the catalog does not hold: then all of them are in both schemas.
func (l *loader) moveOperator(o *pg.ObjectWithArgs, schema string) {
	name := parsetree.Qualified(o.GetObjname())
	var found []*catalog.Operator
	for _, op := range l.db.Operators {
		if op.Name.Name == name.Name && (name.Schema == "" || op.Name.Schema == name.Schema) {
			found = append(found, op)
		}
	}
	for _, op := range found {
		if len(found) > 1 {
			copied := *op
			l.db.Operators = append(l.db.Operators, &copied)
		}
		op.Name.Schema = schema
	}
}
