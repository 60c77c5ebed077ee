package plpgsql

import (
	"encoding/json"
	"slices"
	"strings"
)

// reader turns libpg_query's tree of one function (pg_query_json_plpgsql.c) into a Body. The
// first thing that it does not know ends the reading.
type reader struct {
	body         *Body
	datums       []datum
	newNo, oldNo int // the datums of the new and the old row, -1 when there are none
	unread       *Unread
}

// datum is a variable as PL/pgSQL numbers them.
type datum struct {
	kind   string // "var", "row", "rec" or "field"
	name   string
	parent int // of a field
}

// refuse notes what is not read.
func (r *reader) refuse(line int, text, why string) {
	if r.unread == nil {
		r.unread = &Unread{Line: max(line, 1), Text: short(text), Why: why}
	}
}

// decode reads one node; a field that v does not have is one that nobody thought of.
func (r *reader) decode(raw json.RawMessage, v any) bool {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil || d.More() {
		r.refuse(1, "", "tenantgen does not know this form of PL/pgSQL")
	}
	return r.unread == nil
}

// only returns the one entry of a node.
func (r *reader) only(node map[string]json.RawMessage) (string, json.RawMessage) {
	if len(node) == 1 {
		for kind, raw := range node {
			return kind, raw
		}
	}
	r.refuse(1, "", "tenantgen does not know this form of PL/pgSQL")
	return "", nil
}

// function reads the whole tree.
func (r *reader) function(text string) {
	var all []struct {
		Function struct {
			New    int                          `json:"new_varno"`
			Old    int                          `json:"old_varno"`
			Datums []map[string]json.RawMessage `json:"datums"`
			Action struct {
				Block json.RawMessage `json:"PLpgSQL_stmt_block"`
			} `json:"action"`
		} `json:"PLpgSQL_function"`
	}
	if !r.decode(json.RawMessage(text), &all) || len(all) != 1 || all[0].Function.Action.Block == nil {
		r.refuse(1, "", "tenantgen does not know this form of PL/pgSQL")
		return
	}
	fn := all[0].Function
	if r.body.Trigger {
		r.newNo, r.oldNo = fn.New, fn.Old
		r.body.Names = append(r.body.Names, triggerVariables...)
	}
	for _, d := range fn.Datums {
		r.datum(d)
	}
	if !r.rows() {
		r.refuse(1, "", "a variable has the name of the trigger's row")
	}
	r.block(fn.Action.Block)
}

// triggerVariables are what PL/pgSQL tells a trigger function, beside the rows (manual, 43.10.1).
var triggerVariables = strings.Fields("tg_name tg_when tg_level tg_op tg_relid tg_relname tg_table_name tg_table_schema tg_nargs tg_argv")

// rows reports whether NEW and OLD are the rows of the trigger wherever they are named, and
// only there.
func (r *reader) rows() bool {
	for i, d := range r.datums {
		isRow := r.body.Trigger && (i == r.newNo && d.name == "new" || i == r.oldNo && d.name == "old")
		if isRow != (d.kind == "rec") || !isRow && d.kind == "var" && (d.name == "new" || d.name == "old" || slices.Contains(triggerVariables, d.name)) {
			return false
		}
	}
	return !r.body.Trigger || r.newNo != r.oldNo && r.newNo < len(r.datums) && r.oldNo < len(r.datums) && r.datums[r.newNo].kind == "rec" && r.datums[r.oldNo].kind == "rec"
}

// datum reads one variable.
func (r *reader) datum(node map[string]json.RawMessage) {
	kind, raw := r.only(node)
	switch kind {
	case "PLpgSQL_var":
		r.variable(raw)
	case "PLpgSQL_rec":
		var v struct {
			Name string `json:"refname"`
			No   int    `json:"dno"`
			Line int    `json:"lineno"`
		}
		r.decode(raw, &v)
		r.datums = append(r.datums, datum{kind: "rec", name: v.Name})
	case "PLpgSQL_recfield":
		var v struct {
			Name   string `json:"fieldname"`
			Parent int    `json:"recparentno"`
		}
		r.decode(raw, &v)
		r.datums = append(r.datums, datum{"field", v.Name, v.Parent})
	case "PLpgSQL_row": // what INTO names, which its statement says once more
		r.datums = append(r.datums, datum{kind: "row"})
	default:
		r.refuse(1, "", "tenantgen does not know this kind of variable")
	}
}

func (r *reader) variable(raw json.RawMessage) {
	var v struct {
		Name string `json:"refname"`
		Line int    `json:"lineno"`
		Type struct {
			Type struct {
				Name string `json:"typname"`
			} `json:"PLpgSQL_type"`
		} `json:"datatype"`
		Constant bool  `json:"isconst"`
		NotNull  bool  `json:"notnull"`
		Default  *expr `json:"default_val"`
	}
	if !r.decode(raw, &v) {
		return
	}
	r.datums = append(r.datums, datum{kind: "var", name: v.Name})
	r.body.Names = append(r.body.Names, v.Name)
	text := v.Name + " " + v.Type.Type.Name
	if v.Type.Type.Name != "UNKNOWN" { // made by PL/pgSQL, or a parameter
		r.typed(v.Line, text, v.Type.Type.Name)
	}
	if v.Default != nil {
		r.step(Step{Line: v.Line, Text: text}, v.Default)
	}
}

// typed reads the type of a declared variable.
func (r *reader) typed(line int, text, name string) {
	v := Variable{Line: line, Text: short(text)}
	if of, like := strings.CutSuffix(name, "%TYPE"); like {
		v.Like = fields(selected(r.parse(line, text, "SELECT "+of)))
		if len(v.Like) == 0 {
			r.refuse(line, text, "tenantgen does not know this type")
		}
	} else {
		v.Type = r.parse(line, text, "SELECT CAST(NULL AS "+name+")")
		if cast := selected(v.Type).GetTypeCast(); cast == nil || len(v.Type.GetSelectStmt().GetFromClause()) > 0 || !cast.GetArg().GetAConst().GetIsnull() || strings.EqualFold(strings.TrimSpace(name), "record") {
			r.refuse(line, text, "a variable that holds a row may be returned in its place")
		}
	}
	r.body.Variables = append(r.body.Variables, v)
}
