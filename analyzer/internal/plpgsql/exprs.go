package plpgsql

import (
	"encoding/json"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/internal/treejson"
)

// expr is a text that PL/pgSQL gives to SQL. Mode is how it parses it
// (src/include/parser/parser.h, RawParseMode).
type expr struct {
	Of struct {
		Query string `json:"query"`
		Mode  int    `json:"parseMode"`
	} `json:"PLpgSQL_expr"`
}

// The modes: a statement, an expression, and an assignment to a name of so many parts.
const (
	modeStatement = 0
	modeExpr      = 2
	modeAssign1   = 3
	modeAssign3   = 5
)

func (e *expr) text() string {
	if e == nil {
		return ""
	}
	return e.Of.Query
}

// parse returns the one SELECT of a text.
func (r *reader) parse(line int, text, query string) *pg.Node {
	tree, err := treejson.Parse(query)
	if err != nil || len(tree.Stmts) != 1 {
		r.refuse(line, text, "tenantgen does not know this form of expression")
		return nil
	}
	s := tree.Stmts[0].Stmt.GetSelectStmt()
	if s == nil || s.GetIntoClause() != nil {
		r.refuse(line, text, "does more than compute")
		return nil
	}
	return tree.Stmts[0].Stmt
}

// selected is the one column of a SELECT.
func selected(n *pg.Node) *pg.Node {
	if list := n.GetSelectStmt().GetTargetList(); len(list) == 1 {
		return list[0].GetResTarget().GetVal()
	}
	return nil
}

// fields are the parts of a name, nil for anything else.
func fields(n *pg.Node) []string {
	all := n.GetColumnRef().GetFields()
	if names := parsetree.Strings(all); len(names) == len(all) {
		return names
	}
	return nil
}

// step adds a statement that computes expressions.
func (r *reader) step(s Step, all ...*expr) {
	text := s.Text
	s.Text = short(text)
	for _, e := range all {
		switch {
		case e == nil:
			r.refuse(s.Line, text, "tenantgen does not know this form of statement")
		case e.Of.Mode == modeExpr:
			n := r.parse(s.Line, text, "SELECT "+e.Of.Query)
			if r.unread == nil && selected(n) == nil && n.GetSelectStmt().GetOp() <= pg.SetOperation_SETOP_NONE {
				r.refuse(s.Line, text, "tenantgen does not know this form of expression")
			}
			s.Queries = append(s.Queries, n)
		case e.Of.Mode == modeStatement:
			s.Queries = append(s.Queries, r.parse(s.Line, text, e.Of.Query))
		default:
			r.refuse(s.Line, text, "tenantgen does not know this form of expression")
		}
	}
	r.add(s)
}

func (r *reader) add(s Step) {
	if len(r.body.Steps) >= maxSteps {
		r.refuse(s.Line, s.Text, "the body has more statements than tenantgen reads")
		return
	}
	r.body.Steps = append(r.body.Steps, s)
}

// assigned adds a statement that assigns to a variable, by its number: PL/pgSQL has found
// out what the name means.
func (r *reader) assigned(s Step, no int, all ...*expr) {
	if no < 0 || no >= len(r.datums) {
		r.refuse(s.Line, s.Text, "tenantgen does not know what it assigns")
		return
	}
	switch d := r.datums[no]; {
	case d.kind == "var":
	case d.kind == "field" && d.parent == r.newNo:
		s.Kind, s.Field = Assigns, d.name
	case d.kind == "field" && d.parent == r.oldNo:
		r.refuse(s.Line, s.Text, "changes the row as it was")
	default:
		r.refuse(s.Line, s.Text, "assigns a whole row")
	}
	r.step(s, all...)
}

// assign reads name := expression, where the name may have subscripts that compute something.
func (r *reader) assign(raw json.RawMessage) {
	var s struct {
		Line int   `json:"lineno"`
		Var  int   `json:"varno"`
		Expr *expr `json:"expr"`
	}
	if !r.decode(raw, &s) {
		return
	}
	target, value, ok := cut(s.Expr.text())
	if !ok || s.Expr.Of.Mode < modeAssign1 || s.Expr.Of.Mode > modeAssign3 {
		r.refuse(s.Line, s.Expr.text(), "tenantgen does not know this form of assignment")
		return
	}
	all := []*expr{expression(value)}
	if strings.Contains(target, "[") {
		all = append(all, expression(target))
	}
	r.assigned(Step{Line: s.Line, Text: s.Expr.text()}, s.Var, all...)
}

func expression(text string) *expr {
	e := &expr{}
	e.Of.Query, e.Of.Mode = text, modeExpr
	return e
}

// cut splits an assignment at its := or =.
func cut(text string) (target, value string, ok bool) {
	toks, err := sqltext.Tokens(text)
	if err != nil {
		return "", "", false
	}
	open := 0
	for _, t := range toks {
		switch is := text[t.Start:t.End]; {
		case is == "[" || is == "(":
			open++
		case is == "]" || is == ")":
			open--
		case open == 0 && (is == ":=" || is == "="):
			return text[:t.Start], text[t.End:], true
		}
	}
	return "", "", false
}

// returns reads RETURN. A trigger has to return one of its rows, or none: any other may be
// anybody's.
func (r *reader) returns(raw json.RawMessage) {
	var s struct {
		Line int   `json:"lineno"`
		Expr *expr `json:"expr"`
	}
	if !r.decode(raw, &s) {
		return
	}
	step := Step{Kind: Returns, Line: s.Line, Text: "RETURN " + s.Expr.text()}
	if !r.body.Trigger {
		if s.Expr == nil {
			r.add(step)
			return
		}
		r.step(step, s.Expr)
		return
	}
	if s.Expr == nil { // the parser's own, behind the last statement: to get there is an error (src/pl/plpgsql/src/pl_exec.c)
		r.add(Step{Kind: Raises, Line: s.Line, Text: "END"})
		return
	}
	rows := []string{r.row(s.Line, s.Expr.text())}
	if either(s.Expr.text()) {
		rows = []string{"new", "old"}
	}
	for _, step.Row = range rows {
		if !slices.Contains([]string{"new", "old", "null"}, step.Row) {
			r.refuse(s.Line, step.Text, "returns another row than the trigger's")
		}
		r.add(step)
	}
}

// either reports COALESCE of both rows, of which DELETE has no new one, and INSERT no old
// one (PostgreSQL manual, 43.10.1). Written otherwise it may be something else.
func either(text string) bool {
	toks, err := sqltext.Tokens(text)
	if err != nil {
		return false
	}
	var words []string
	for _, t := range toks {
		words = append(words, strings.ToLower(text[t.Start:t.End]))
	}
	return slices.Contains([]string{"coalesce ( new , old )", "coalesce ( old , new )"}, strings.Join(words, " "))
}

// row is what a trigger returns by a text of one token: more may be a query of which the
// row is an alias.
func (r *reader) row(line int, text string) string {
	if toks, err := sqltext.Tokens(text); err != nil || len(toks) != 1 {
		return ""
	}
	val := selected(r.parse(line, text, "SELECT "+text))
	if val.GetAConst().GetIsnull() {
		return "null"
	}
	return strings.Join(fields(val), ".")
}

// perform reads PERFORM, which is a SELECT whose rows nobody gets.
func (r *reader) perform(raw json.RawMessage) {
	var s struct {
		Line int   `json:"lineno"`
		Expr *expr `json:"expr"`
	}
	if r.decode(raw, &s) {
		r.step(Step{Line: s.Line, Text: "PERFORM" + strings.TrimPrefix(s.Expr.text(), "SELECT")}, s.Expr)
	}
}

// sql reads SELECT … INTO.
func (r *reader) sql(raw json.RawMessage) {
	var s struct {
		Line   int                        `json:"lineno"`
		SQL    *expr                      `json:"sqlstmt"`
		Into   bool                       `json:"into"`
		Strict bool                       `json:"strict"`
		Target map[string]json.RawMessage `json:"target"`
	}
	if !r.decode(raw, &s) {
		return
	}
	step := Step{Line: s.Line, Text: s.SQL.text()}
	if r.parse(s.Line, step.Text, s.SQL.text()) == nil {
		return
	}
	if !s.Into {
		r.refuse(s.Line, step.Text, "tenantgen does not know this form of statement")
		return
	}
	r.step(step, s.SQL)
	r.into(step, s.Target)
}

// into reads what a query's columns are assigned to.
func (r *reader) into(step Step, target map[string]json.RawMessage) {
	kind, raw := r.only(target)
	var row struct {
		Name   string `json:"refname"`
		Line   int    `json:"lineno"`
		Fields []struct {
			Name string `json:"name"`
			No   int    `json:"varno"`
		} `json:"fields"`
	}
	if kind != "PLpgSQL_row" {
		r.refuse(step.Line, step.Text, "assigns a whole row")
		return
	}
	if !r.decode(raw, &row) {
		return
	}
	for _, f := range row.Fields {
		r.assigned(step, f.No)
	}
}
