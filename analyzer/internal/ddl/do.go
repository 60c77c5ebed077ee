package ddl

import (
	"encoding/json"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/internal/treejson"
)

// additions is a DO block of constraints to add, and nothing else.
type additions struct {
	statements []string
	// again is true when the block leaves a constraint as it is that is there already.
	again bool
}

// constraints reads a DO block as the DDL that it contains, where all of it adds named
// constraints to tables: what migration tools write so that it can run twice. It reports
// false, and has done nothing, when the block is any other.
func (l *loader) constraints(s *pg.DoStmt) (bool, error) {
	b, ok := l.block(s)
	if !ok {
		return false, nil
	}
	var nodes []*pg.Node
	for _, text := range b.statements {
		tree, err := treejson.Parse(text)
		if err != nil || len(tree.Stmts) != 1 || !addsConstraints(tree.Stmts[0].Stmt.GetAlterTableStmt()) {
			return false, nil
		}
		nodes = append(nodes, tree.Stmts[0].Stmt)
	}
	if b.again && (len(nodes) != 1 || len(nodes[0].GetAlterTableStmt().GetCmds()) != 1) {
		return false, nil // one that is there undoes the others
	}
	if b.again && l.hasUnseen(nodes[0].GetAlterTableStmt()) {
		return false, nil
	}
	outer := l.stmt
	defer func() { l.stmt = outer }()
	for i, n := range nodes {
		if b.again && l.hasAlready(n.GetAlterTableStmt()) {
			continue
		}
		l.stmt = outer.within(b.statements[i])
		if err := l.apply(n); err != nil {
			return true, err
		}
	}
	return true, nil
}

// within is the statement of which the text stands in s: where it is not found as it is,
// as in a string with quotes, its places are those of s.
func (s statement) within(text string) statement {
	at := max(strings.Index(s.source(), text), 0)
	return statement{text: text, base: s.base + s.start + at, end: len(text), vouch: s.vouch}
}

// addsConstraints reports whether all that a statement does is to add named constraints
// to a table.
func addsConstraints(s *pg.AlterTableStmt) bool {
	if s.GetObjtype() != pg.ObjectType_OBJECT_TABLE || s.GetMissingOk() {
		return false
	}
	for _, n := range s.GetCmds() {
		c := n.GetAlterTableCmd()
		if c.GetSubtype() != pg.AlterTableType_AT_AddConstraint || c.GetDef().GetConstraint().GetConname() == "" {
			return false
		}
	}
	return len(s.GetCmds()) > 0
}

// hasAlready reports whether PostgreSQL raises duplicate_object, since the table has a
// constraint of the name. For one with an index it raises duplicate_table.
func (l *loader) hasAlready(s *pg.AlterTableStmt) bool {
	t, err := l.table(s.GetRelation())
	c := s.GetCmds()[0].GetAlterTableCmd().GetDef().GetConstraint()
	indexed := c.GetContype() != pg.ConstrType_CONSTR_FOREIGN && c.GetContype() != pg.ConstrType_CONSTR_CHECK
	return err == nil && !indexed && t.hasConstraint(c.GetConname())
}

// hasUnseen reports whether duplicate_object may be raised for what is no constraint of the table here: a constraint trigger, a
// NOT NULL (from PostgreSQL 18 on), a check of an heir.
func (l *loader) hasUnseen(s *pg.AlterTableStmt) bool {
	t, err := l.table(s.GetRelation())
	name := s.GetCmds()[0].GetAlterTableCmd().GetDef().GetConstraint().GetConname()
	return l.constraintTriggers[name] || l.notNulls[name] || notNullName().MatchString(name) ||
		err == nil && slices.ContainsFunc(t.descendants(false)[1:], func(d *table) bool { return d.hasConstraint(name) })
}

// node is a node of PL/pgSQL: one field, named after its kind.
type node = map[string]json.RawMessage

// block reads a DO block whose body is statements of SQL alone, with no variables and no
// other handler than EXCEPTION WHEN duplicate_object THEN NULL.
func (l *loader) block(s *pg.DoStmt) (additions, bool) {
	if _, language := block(s); language != "plpgsql" {
		return additions{}, false
	}
	text, err := pg.ParsePlPgSqlToJSON(l.stmt.source())
	var read []struct {
		Function struct {
			Datums []node `json:"datums"`
			Action node   `json:"action"`
		} `json:"PLpgSQL_function"`
	}
	if err != nil || json.Unmarshal([]byte(text), &read) != nil || len(read) != 1 || !ownVariables(read[0].Function.Datums) {
		return additions{}, false
	}
	var b additions
	return b, b.add(read[0].Function.Action) && len(b.statements) > 0
}

// ownVariables reports whether all variables are those that every block has.
func ownVariables(datums []node) bool {
	for _, d := range datums {
		var v struct {
			Name string `json:"refname"`
		}
		if json.Unmarshal(d["PLpgSQL_var"], &v) != nil || v.Name != "found" && v.Name != "sqlstate" && v.Name != "sqlerrm" {
			return false
		}
	}
	return true
}

// add reads a node; it reports false for one that is not known in all its fields.
func (b *additions) add(n node) bool {
	for kind, raw := range n {
		switch kind {
		case "PLpgSQL_stmt_block":
			return len(n) == 1 && b.addBlock(raw)
		case "PLpgSQL_stmt_execsql":
			return len(n) == 1 && b.addStatement(raw)
		case "PLpgSQL_stmt_return":
			return len(n) == 1 && string(raw) == "{}" // what ends every block
		}
	}
	return false
}

func (b *additions) addBlock(raw json.RawMessage) bool {
	var block struct {
		Body       []node          `json:"body"`
		Exceptions json.RawMessage `json:"exceptions"`
	}
	if !fields(raw, &block, "lineno", "body", "exceptions") || block.Exceptions != nil && (b.again || len(b.statements) > 0 || !ignoresDuplicate(block.Exceptions)) {
		return false
	}
	b.again = b.again || block.Exceptions != nil
	for _, n := range block.Body {
		if !b.add(n) {
			return false
		}
	}
	return true
}

func (b *additions) addStatement(raw json.RawMessage) bool {
	var s struct {
		SQL struct {
			Expr struct {
				Query string `json:"query"`
			} `json:"PLpgSQL_expr"`
		} `json:"sqlstmt"`
	}
	b.statements = append(b.statements, "")
	ok := fields(raw, &s, "lineno", "sqlstmt")
	b.statements[len(b.statements)-1] = s.SQL.Expr.Query
	return ok && s.SQL.Expr.Query != ""
}

// fields reads an object that has no other fields.
func fields(raw json.RawMessage, to any, names ...string) bool {
	var fields node
	if json.Unmarshal(raw, &fields) != nil || json.Unmarshal(raw, to) != nil {
		return false
	}
	known := sqltext.Words(strings.Join(names, " "))
	for name := range fields {
		if !known[name] {
			return false
		}
	}
	return true
}

// ignoresDuplicate reports whether a handler is WHEN duplicate_object THEN NULL.
func ignoresDuplicate(raw json.RawMessage) bool {
	return string(raw) == `{"PLpgSQL_exception_block":{"exc_list":[{"PLpgSQL_exception":{"conditions":[{"PLpgSQL_condition":{"condname":"duplicate_object"}}]}}]}}`
}
