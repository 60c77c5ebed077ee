package ddl

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// distribute executes SELECT create_distributed_table('t', 'column'),
// create_reference_table('t') and undistribute_table('t') of Citus (Citus
// documentation, Citus Utility Functions), and reports whether it was one of them. A
// call whose arguments are no constants stays an unknown one.
func (l *loader) distribute(s *pg.SelectStmt) bool {
	if len(s.GetTargetList()) != 1 || len(s.GetFromClause()) > 0 {
		return false
	}
	f := s.GetTargetList()[0].GetResTarget().GetVal().GetFuncCall()
	name, args := parsetree.LastString(f.GetFuncname()), f.GetArgs()
	if len(f.GetFuncname()) != 1 || len(args) == 0 {
		return false
	}
	t := l.tableByText(stringConst(args[0]))
	if t == nil {
		return false
	}
	switch name {
	case "create_distributed_table":
		if len(args) < 2 || t.col(stringConst(args[1])) == nil {
			return false
		}
		t.DistributedBy, t.Reference = stringConst(args[1]), false
	case "create_reference_table":
		t.DistributedBy, t.Reference = "", true
	case "undistribute_table":
		t.DistributedBy, t.Reference = "", false
	default:
		return false
	}
	return true
}

func stringConst(n *pg.Node) string {
	if c := n.GetTypeCast(); c != nil {
		n = c.GetArg()
	}
	return n.GetAConst().GetSval().GetSval()
}

// tableByText finds a table by the text of a regclass constant.
func (l *loader) tableByText(text string) *table {
	parts, ok := splitName(text)
	if !ok {
		return nil
	}
	rv := &pg.RangeVar{Relname: parts[len(parts)-1], Inh: true}
	if len(parts) == 2 {
		rv.Schemaname = parts[0]
	}
	if rel := l.find(parsetree.RangeName(rv)); rel != nil {
		return rel.table
	}
	return nil
}

// splitName splits a possibly quoted and qualified name (PostgreSQL manual, 8.19).
func splitName(text string) ([]string, bool) {
	var parts []string
	for part := ""; text != ""; text = text[min(1, len(text)):] {
		end := 0
		for quoted := false; end < len(text) && (quoted || text[end] != '.'); end++ {
			if text[end] == '"' {
				quoted = !quoted
			}
		}
		if part, text = text[:end], text[end:]; part == "" || len(parts) == 2 {
			return nil, false
		}
		parts = append(parts, unquote(part))
	}
	return parts, len(parts) > 0
}
