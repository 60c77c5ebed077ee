package plpgsql

import "encoding/json"

// readers has the statements that are read.
var readers map[string]func(*reader, json.RawMessage)

func init() {
	readers = map[string]func(*reader, json.RawMessage){
		"PLpgSQL_stmt_block":     (*reader).block,
		"PLpgSQL_stmt_assign":    (*reader).assign,
		"PLpgSQL_stmt_if":        (*reader).ifThen,
		"PLpgSQL_stmt_case":      (*reader).caseWhen,
		"PLpgSQL_stmt_loop":      (*reader).loop,
		"PLpgSQL_stmt_while":     (*reader).while,
		"PLpgSQL_stmt_fori":      (*reader).forInteger,
		"PLpgSQL_stmt_fors":      (*reader).forRows,
		"PLpgSQL_stmt_foreach_a": (*reader).forEach,
		"PLpgSQL_stmt_exit":      (*reader).exit,
		"PLpgSQL_stmt_return":    (*reader).returns,
		"PLpgSQL_stmt_raise":     (*reader).raise,
		"PLpgSQL_stmt_assert":    (*reader).assert,
		"PLpgSQL_stmt_execsql":   (*reader).sql,
		"PLpgSQL_stmt_perform":   (*reader).perform,
	}
}

// others has what else there is, with what it does.
var others = map[string][2]string{
	"PLpgSQL_stmt_forc":         {"FOR … IN cursor", "loops over rows of a cursor"},
	"PLpgSQL_stmt_dynfors":      {"FOR … IN EXECUTE", "runs SQL that is put together when it runs"},
	"PLpgSQL_stmt_dynexecute":   {"EXECUTE", "runs SQL that is put together when it runs"},
	"PLpgSQL_stmt_return_next":  {"RETURN NEXT", "returns rows"},
	"PLpgSQL_stmt_return_query": {"RETURN QUERY", "returns rows of a query"},
	"PLpgSQL_stmt_getdiag":      {"GET DIAGNOSTICS", "tells what other statements did"},
	"PLpgSQL_stmt_open":         {"OPEN", "opens a cursor"},
	"PLpgSQL_stmt_fetch":        {"FETCH", "reads from a cursor"},
	"PLpgSQL_stmt_close":        {"CLOSE", "closes a cursor"},
	"PLpgSQL_stmt_call":         {"CALL", "calls a procedure"},
	"PLpgSQL_stmt_commit":       {"COMMIT", "ends the transaction"},
	"PLpgSQL_stmt_rollback":     {"ROLLBACK", "ends the transaction"},
}

type nodes = []map[string]json.RawMessage

// statements reads a list of statements.
func (r *reader) statements(list nodes) {
	for _, node := range list {
		kind, raw := r.only(node)
		if r.unread != nil {
			return
		}
		if read := readers[kind]; read != nil {
			read(r, raw)
			continue
		}
		var at struct {
			Line  int   `json:"lineno"`
			Query *expr `json:"query"`
		}
		_ = json.Unmarshal(raw, &at) // what it is does not matter any more
		what := others[kind]
		if what[0] == "" {
			what = [2]string{"", "tenantgen does not know this statement of PL/pgSQL"}
		}
		if at.Query != nil {
			what[0] += " " + at.Query.Of.Query
		}
		r.refuse(at.Line, what[0], what[1])
	}
}

func (r *reader) block(raw json.RawMessage) {
	var s struct {
		Line       int             `json:"lineno"`
		Label      string          `json:"label"`
		Body       nodes           `json:"body"`
		Exceptions json.RawMessage `json:"exceptions"`
	}
	if !r.decode(raw, &s) || !r.labelled(s.Line, s.Label) {
		return
	}
	if s.Exceptions != nil { // an error that is caught may come from anywhere below, and what ran before it is undone
		r.refuse(s.Line, "EXCEPTION", "catches errors")
		return
	}
	r.statements(s.Body)
}

// labelled refuses the label that would make NEW.x a variable x of the block.
func (r *reader) labelled(line int, label string) bool {
	if label == "new" || label == "old" {
		r.refuse(line, "<<"+label+">>", "a label has the name of the trigger's row")
	}
	return r.unread == nil
}

func (r *reader) ifThen(raw json.RawMessage) {
	var s struct {
		Line  int   `json:"lineno"`
		Cond  *expr `json:"cond"`
		Then  nodes `json:"then_body"`
		Elsif []struct {
			If struct {
				Line  int   `json:"lineno"`
				Cond  *expr `json:"cond"`
				Stmts nodes `json:"stmts"`
			} `json:"PLpgSQL_if_elsif"`
		} `json:"elsif_list"`
		Else nodes `json:"else_body"`
	}
	if !r.decode(raw, &s) {
		return
	}
	r.step(Step{Line: s.Line, Text: "IF " + s.Cond.text()}, s.Cond)
	r.statements(s.Then)
	for _, e := range s.Elsif {
		r.step(Step{Line: e.If.Line, Text: "ELSIF " + e.If.Cond.text()}, e.If.Cond)
		r.statements(e.If.Stmts)
	}
	r.statements(s.Else)
}

func (r *reader) caseWhen(raw json.RawMessage) {
	var s struct {
		Line int   `json:"lineno"`
		Expr *expr `json:"t_expr"`
		Var  int   `json:"t_varno"`
		When []struct {
			When struct {
				Line  int   `json:"lineno"`
				Expr  *expr `json:"expr"`
				Stmts nodes `json:"stmts"`
			} `json:"PLpgSQL_case_when"`
		} `json:"case_when_list"`
		HaveElse bool  `json:"have_else"`
		Else     nodes `json:"else_stmts"`
	}
	if !r.decode(raw, &s) {
		return
	}
	if s.Expr != nil {
		r.step(Step{Line: s.Line, Text: "CASE " + s.Expr.text()}, s.Expr)
	}
	for _, w := range s.When {
		r.step(Step{Line: w.When.Line, Text: "WHEN " + w.When.Expr.text()}, w.When.Expr)
		r.statements(w.When.Stmts)
	}
	r.statements(s.Else)
}

func (r *reader) loop(raw json.RawMessage) {
	var s struct {
		Line  int    `json:"lineno"`
		Label string `json:"label"`
		Body  nodes  `json:"body"`
	}
	if r.decode(raw, &s) && r.labelled(s.Line, s.Label) {
		r.statements(s.Body)
	}
}

func (r *reader) while(raw json.RawMessage) {
	var s struct {
		Line  int    `json:"lineno"`
		Label string `json:"label"`
		Cond  *expr  `json:"cond"`
		Body  nodes  `json:"body"`
	}
	if r.decode(raw, &s) && r.labelled(s.Line, s.Label) {
		r.step(Step{Line: s.Line, Text: "WHILE " + s.Cond.text()}, s.Cond)
		r.statements(s.Body)
	}
}

// forInteger reads FOR i IN a..b, whose variable is one of its own.
func (r *reader) forInteger(raw json.RawMessage) {
	var s struct {
		Line    int             `json:"lineno"`
		Label   string          `json:"label"`
		Var     json.RawMessage `json:"var"` // is among the datums
		Lower   *expr           `json:"lower"`
		Upper   *expr           `json:"upper"`
		Step    *expr           `json:"step"`
		Reverse bool            `json:"reverse"`
		Body    nodes           `json:"body"`
	}
	if !r.decode(raw, &s) || !r.labelled(s.Line, s.Label) {
		return
	}
	bounds := []*expr{s.Lower, s.Upper}
	if s.Step != nil {
		bounds = append(bounds, s.Step)
	}
	r.step(Step{Line: s.Line, Text: "FOR … IN " + s.Lower.text() + ".." + s.Upper.text()}, bounds...)
	r.statements(s.Body)
}

// forRows reads FOR a, b IN query, which assigns the columns of each row to variables.
func (r *reader) forRows(raw json.RawMessage) {
	var s struct {
		Line  int                        `json:"lineno"`
		Label string                     `json:"label"`
		Var   map[string]json.RawMessage `json:"var"`
		Body  nodes                      `json:"body"`
		Query *expr                      `json:"query"`
	}
	if !r.decode(raw, &s) || !r.labelled(s.Line, s.Label) {
		return
	}
	step := Step{Line: s.Line, Text: "FOR … IN " + s.Query.text()}
	r.step(step, s.Query)
	r.into(step, s.Var)
	r.statements(s.Body)
}

func (r *reader) forEach(raw json.RawMessage) {
	var s struct {
		Line  int    `json:"lineno"`
		Label string `json:"label"`
		Var   int    `json:"varno"`
		Slice int    `json:"slice"`
		Expr  *expr  `json:"expr"`
		Body  nodes  `json:"body"`
	}
	if r.decode(raw, &s) && r.labelled(s.Line, s.Label) {
		r.assigned(Step{Line: s.Line, Text: "FOREACH … IN ARRAY " + s.Expr.text()}, s.Var, s.Expr)
		r.statements(s.Body)
	}
}

func (r *reader) exit(raw json.RawMessage) {
	var s struct {
		Line   int    `json:"lineno"`
		IsExit bool   `json:"is_exit"`
		Label  string `json:"label"`
		Cond   *expr  `json:"cond"`
	}
	if r.decode(raw, &s) && s.Cond != nil {
		r.step(Step{Line: s.Line, Text: "WHEN " + s.Cond.text()}, s.Cond)
	}
}

// raise reads RAISE. The level is one of src/include/utils/elog.h: ERROR ends the statement,
// all below is a message.
func (r *reader) raise(raw json.RawMessage) {
	var s struct {
		Line    int    `json:"lineno"`
		Level   int    `json:"elog_level"`
		Name    string `json:"condname"`
		Message string `json:"message"`
		Params  []expr `json:"params"`
		Options []struct {
			Option struct {
				Type int   `json:"opt_type"`
				Expr *expr `json:"expr"`
			} `json:"PLpgSQL_raise_option"`
		} `json:"options"`
	}
	if !r.decode(raw, &s) {
		return
	}
	step := Step{Kind: Tells, Line: s.Line, Text: "RAISE '" + s.Message + "'"}
	if s.Level == errorLevel {
		step.Kind = Raises
	}
	var all []*expr
	for i := range s.Params {
		all = append(all, &s.Params[i])
	}
	for _, o := range s.Options {
		all = append(all, o.Option.Expr)
	}
	r.step(step, all...)
}

const errorLevel = 21

func (r *reader) assert(raw json.RawMessage) {
	var s struct {
		Line    int   `json:"lineno"`
		Cond    *expr `json:"cond"`
		Message *expr `json:"message"`
	}
	if !r.decode(raw, &s) {
		return
	}
	all := []*expr{s.Cond}
	if s.Message != nil {
		all = append(all, s.Message)
	}
	r.step(Step{Kind: Raises, Line: s.Line, Text: "ASSERT " + s.Cond.text()}, all...)
}
