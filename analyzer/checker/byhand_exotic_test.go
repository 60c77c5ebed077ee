package checker

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

const (
	orNull     = "SELECT n.id FROM notes n WHERE n.org_id = $1 OR n.org_id IS NULL"
	orNullJoin = "SELECT n.id FROM notes n JOIN tasks t ON t.id = n.id WHERE n.org_id = $1 AND (t.org_id = $1 OR t.org_id IS NULL)"
	orNullDeep = "SELECT n.id FROM notes n JOIN tasks t ON t.id = n.id WHERE n.org_id = $1 AND (t.org_id = $1 AND t.id > 0 OR (t.org_id = $1 OR t.org_id IS NULL))"
	asText     = "SELECT n.id FROM notes n WHERE n.org_id::text = $1::text"
)

func init() { byHand = append(byHand, exoticByHand...) }

// exoticByHand are certificates of what is no equality in AND.
var exoticByHand = []certified{
	{certificate.EveryArm, orNull, func(x *hand) *hand {
		return x.pins("n", owned(x.base("n").ID), x.arms("n", any1[*query.Or](x), certificate.Chain{x.by("n.org_id = $1", 0)}, nil))
	}, map[string]func(x *hand){
		"of a column that may be null":      func(x *hand) { x.table("notes").Columns[0].NotNull = false },
		"of rows of heirs":                  func(x *hand) { x.table("notes").Children = []catalog.Name{{Name: "heir"}} },
		"of a table that may be altered":    func(x *hand) { x.table("notes").Unsure = "DO" },
		"of no arm":                         func(x *hand) { x.last(1).Premises[0] = nil },
		"of another test":                   func(x *hand) { x.isNull().Negation = nil },
		"of a test of another column":       func(x *hand) { x.isNull().Negation.(*query.IsNotNull).Arg.(*query.Col).Index = 2 },
		"of a test of another relation":     func(x *hand) { x.isNull().Negation.(*query.IsNotNull).Arg.(*query.Col).Rel = 7 },
		"of a parameter that is no tenant":  func(x *hand) { x.isNull().Negation.(*query.IsNotNull).Arg = &query.Param{Number: 2} },
		"of a value that is not looked for": func(x *hand) { any1[*query.Or](x).Args[1] = x.isNull().Negation },
	}},
	{certificate.EveryArm, orNullJoin, func(x *hand) *hand {
		return x.plainly("n").pins("t", owned(x.base("t").ID), x.arms("t", any1[*query.Or](x), certificate.Chain{x.by("t.org_id = $1", 0)}, nil))
	}, map[string]func(x *hand){
		"of a row of nulls":       func(x *hand) { any1[*query.Join](x).Kind = query.Left },
		"of one side or neither":  func(x *hand) { any1[*query.Join](x).Kind = query.Full },
		"of the other relation's": func(x *hand) { x.isNull().Negation.(*query.IsNotNull).Arg.(*query.Col).Index = 7 },
	}},
	{certificate.EveryArm, orNullDeep, func(x *hand) *hand {
		inner := x.arms("t", part(x, 1, func(*query.Or) bool { return true }), certificate.Chain{x.by("t.org_id = $1", 1)}, nil)
		return x.plainly("n").pins("t", owned(x.base("t").ID), x.arms("t", any1[*query.Or](x), certificate.Chain{x.by("t.org_id = $1", 0)}, certificate.Chain{inner}))
	}, map[string]func(x *hand){
		"of a row of nulls": func(x *hand) { any1[*query.Join](x).Kind = query.Left },
		"of arms of others": func(x *hand) { x.last(1).Premises[1][0].Premises[0] = x.last(1).Premises[0] },
	}},
	{certificate.EveryArm, "SELECT n.id FROM notes n WHERE n.author_id IS NOT DISTINCT FROM $2 AND n.org_id IS NOT DISTINCT FROM $1", func(x *hand) *hand {
		return x.pins("n", owned(x.base("n").ID), x.arms("n", part(x, 1, func(*query.Or) bool { return true }), certificate.Chain{x.by("n.org_id = $1", 0)}, nil))
	}, map[string]func(x *hand){
		"of a nullable tenant": func(x *hand) { x.table("notes").Columns[0].NotNull, x.st.Params[0].Nullable = false, true },
		"of another's nulls":   func(x *hand) { x.last(1).Node = any1[*query.Or](x) },
	}},
	{certificate.Condition, asText, func(x *hand) *hand {
		return x.pins("n", owned(x.base("n").ID), x.by("n.org_id::text = $1", 0))
	}, map[string]func(x *hand){
		"that compares values":          func(x *hand) { x.eq("n.org_id::text = $1", 0).AsText = false },
		"with text of another kind":     func(x *hand) { x.st.Params[0].Equals = []query.Type{query.AsText("uuid")} },
		"with any text":                 func(x *hand) { x.st.Params[0].Equals = []query.Type{"text"} },
		"with a number":                 func(x *hand) { x.st.Params[0].Equals = []query.Type{"int"} },
		"with a number, too":            func(x *hand) { x.st.Params[0].Equals = append(x.st.Params[0].Equals, "int") },
		"with what is cut elsewhere":    func(x *hand) { x.st.Params[0].Elsewhere = append(x.st.Params[0].Elsewhere, query.Unknown) },
		"under casts of the schema":     func(x *hand) { x.db.Unknown = append(x.db.Unknown, &catalog.Unknown{What: "CREATE CAST"}) },
		"of a type with many spellings": func(x *hand) { x.table("notes").Columns[0].Value.Type.Name = "numeric" },
	}},
	{certificate.Condition, plainRead, func(x *hand) *hand { return x.plainly("n") }, map[string]func(x *hand){
		"with how a value is written": func(x *hand) { x.st.Params[0].Equals = []query.Type{query.AsText("int")} },
		"of what it is written as":    func(x *hand) { x.eq("n.org_id = $1", 0).AsText = true },
	}},
}

// arms is a step from the tenant column of a table to the tenant, by the chains of each arm.
func (x *hand) arms(alias string, or *query.Or, chains ...certificate.Chain) certificate.Step {
	s := x.step(certificate.EveryArm, or, x.col(alias, 0), certificate.Param(1))
	s.Premises = chains
	return s
}

// isNull is the first test for NULL.
func (x *hand) isNull() *query.Op {
	return part(x, 0, func(o *query.Op) bool { _, ok := o.Negation.(*query.IsNotNull); return ok })
}
