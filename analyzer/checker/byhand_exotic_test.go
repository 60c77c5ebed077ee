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
	fullSame   = "SELECT n.id, t.id FROM notes n FULL JOIN tasks t ON t.org_id = n.org_id WHERE n.org_id = $1 OR (t.org_id = $1 OR t.org_id IS NULL)"
	fullFrom   = "SELECT n.id, x.id FROM notes n FULL JOIN (SELECT t.org_id, t.id FROM tasks t) x ON x.org_id = n.org_id WHERE n.org_id = $1 OR x.org_id = $1"
	fullJoin   = "SELECT n.id, t.id FROM notes n FULL JOIN tasks t ON t.org_id = n.org_id AND t.id = n.id WHERE n.org_id = $1 OR t.org_id = $1"
	correlated = "SELECT n.id, (SELECT count(*) FROM notes m WHERE m.org_id = t.org_id) FROM notes n LEFT JOIN tasks t ON t.org_id = n.org_id AND t.id = n.id WHERE n.org_id = $1"
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
	{certificate.Fed, "SELECT count(*) FILTER (WHERE n.org_id = $1) AS a, sum(CASE WHEN n.org_id = $1 AND n.id > 0 THEN n.id END) AS b FROM notes n", func(x *hand) *hand {
		fed := x.step(certificate.Fed, x.st.Root, x.col("n", 0), certificate.Param(1))
		fed.Premises = []certificate.Chain{{x.by("n.org_id = $1", 0)}, {x.by("n.org_id = $1", 1)}}
		return x.pins("n", owned(x.base("n").ID), fed)
	}, map[string]func(x *hand){
		"by nothing":                  func(x *hand) { x.last(1).Node = nil },
		"by one filter":               func(x *hand) { x.last(1).Premises = x.last(1).Premises[:1] },
		"by another's filter":         func(x *hand) { x.last(1).Premises[1] = x.last(1).Premises[0] },
		"of an aggregate without one": func(x *hand) { x.aggregate(0).Filter = nil },
		"of groups":                   func(x *hand) { x.level().Group = &query.Group{By: []query.Expr{&query.Col{Rel: 0, Index: 2}}} },
		"of no group by":              func(x *hand) { x.level().Group = &query.Group{Sets: true} },
		"of rows":                     func(x *hand) { x.level().Aggregate = false },
		"of windows":                  func(x *hand) { x.level().Windows = []query.Window{{}} },
		"with effects":                func(x *hand) { x.level().Volatile = true },
		"of rows that are locked":     func(x *hand) { x.level().Locks = true },
		"of no aggregate": func(x *hand) {
			x.level().Out, x.last(1).Premises = nil, nil
		},
		"by a filter with a sub-select": func(x *hand) {
			o := x.aggregate(0)
			o.Filter = &query.And{Args: []query.Expr{o.Filter, &query.Sub{Kind: query.Exists, Query: &query.Select{}}}}
		},
		"and an aggregate of all": func(x *hand) { x.level().Having = &query.Op{Aggregate: true, Folds: true} },
		"and one to sort by": func(x *hand) {
			x.level().Rest = []query.Expr{&query.Op{Args: []query.Expr{&query.Op{Aggregate: true, Folds: true}}}}
		},
		"and what may be one": func(x *hand) { x.level().Having = &query.Op{Folds: true} },
		"and one in another":  func(x *hand) { o := x.aggregate(0); o.Args = append(o.Args, &query.Op{Aggregate: true, Folds: true}) },
		"and one out of a subquery": func(x *hand) {
			x.level().Having = &query.Sub{Query: &query.Select{Out: []query.Output{{Expr: &query.Op{Folds: true}}}}}
		},
		"and columns that nobody knows": func(x *hand) { x.level().Out = append(x.level().Out, query.Output{Open: true}) },
		"of another level":              func(x *hand) { other := *x.level(); x.last(1).Node = &other },
	}},
	{certificate.EitherSide, fullJoin, (*hand).eitherSides, map[string]func(x *hand){
		"by nothing":                func(x *hand) { x.last(1).Node = nil },
		"of another OR":             func(x *hand) { or := *any1[*query.Or](x); x.last(1).Node = &or },
		"of an OR without arms":     func(x *hand) { any1[*query.Or](x).Args = nil },
		"that one arm does not say": func(x *hand) { any1[*query.Or](x).Args[1] = &query.IsNotNull{Arg: &query.Col{Rel: 0}} },
		"of another column":         func(x *hand) { x.eq("t.org_id = $1", 0).L.(*query.Col).Index = 1 },
		"of another parameter":      func(x *hand) { x.eq("t.org_id = $1", 0).R.(*query.Param).Number = 2 },
		"that ON does not make one": func(x *hand) {
			any1[*query.Join](x).On = &query.Or{Args: []query.Expr{any1[*query.Join](x).On, x.eq("t.id = n.id", 0)}}
		},
		"that ON compares otherwise": func(x *hand) { x.eq("t.org_id = n.org_id", 0).R.(*query.Col).Index = 1 },
		"that an arm says of texts":  func(x *hand) { x.eq("t.org_id = $1", 0).AsText = true },
		"of a type that is loose":    func(x *hand) { x.table("tasks").Columns[0].Value.Nondeterministic = true },
		"under NOT":                  func(x *hand) { x.level().Where = &query.Not{Arg: x.level().Where} },
		"of a LEFT JOIN":             func(x *hand) { any1[*query.Join](x).Kind = query.Left },
		"of a join that may miss": func(x *hand) {
			j := any1[*query.Join](x)
			x.level().From = []query.Rel{&query.Join{Kind: query.Left, Left: &query.Rows{ID: 77}, Right: j}}
		},
	}},
	{certificate.EitherSide, fullSame, func(x *hand) *hand {
		or, inner := any1[*query.Or](x), part(x, 1, func(*query.Or) bool { return true })
		or.Args = append(or.Args[:1:1], inner.Args...)
		x.isNull().Negation.(*query.IsNotNull).Arg = &query.Param{Number: 1}
		return x.eitherSides()
	}, map[string]func(x *hand){
		"where an arm wants a null of another parameter": func(x *hand) { x.isNull().Negation.(*query.IsNotNull).Arg = &query.Param{Number: 2} },
		"where an arm wants a null of a side":            func(x *hand) { x.isNull().Negation.(*query.IsNotNull).Arg = &query.Col{Rel: x.base("t").ID} },
		"where every arm does":                           func(x *hand) { any1[*query.Or](x).Args = any1[*query.Or](x).Args[2:] },
	}},
	{certificate.EitherSide, fullFrom, func(x *hand) *hand {
		either := func(c certificate.Term) certificate.Step {
			return x.step(certificate.EitherSide, any1[*query.Or](x), c, certificate.Param(1))
		}
		return x.pins("n", owned(x.base("n").ID), either(x.col("n", 0))).
			pins("t", owned(x.base("t").ID), x.step(certificate.Output, x.inner(), x.col("t", 0), x.out(0)), either(x.out(0)))
	}, map[string]func(x *hand){
		"of a column that is computed":     func(x *hand) { x.inner().Out[0].Expr = &query.Op{Args: []query.Expr{x.inner().Out[0].Expr}} },
		"of columns that nobody knows":     func(x *hand) { x.inner().Out[1].Open = true },
		"of a column that is not there":    func(x *hand) { x.inner().Out = nil },
		"of a type that is loose in there": func(x *hand) { x.table("tasks").Columns[0].Value.Nondeterministic = true },
		"of a union": func(x *hand) {
			d := any1[*query.Derived](x)
			d.Query = &query.SetOp{Left: d.Query, Right: d.Query, Out: x.inner().Out}
		},
		"behind LIMIT": func(x *hand) { x.inner().Limited = true },
	}},
	{certificate.Condition, "SELECT n.org_id, count(*) FROM notes n GROUP BY n.org_id HAVING n.org_id = $1 AND count(*) > 1", func(x *hand) *hand { return x.plainly("n") }, map[string]func(x *hand){
		"in HAVING of other groups":  func(x *hand) { x.level().Group.By = []query.Expr{&query.Col{Rel: 0, Index: 1}} },
		"in HAVING of grouping sets": func(x *hand) { x.level().Group.Sets = true },
		"in HAVING of rows and one":  func(x *hand) { x.level().Aggregate = true },
		"in HAVING of one row":       func(x *hand) { x.level().Group, x.level().Aggregate = nil, true },
		"in HAVING behind effects":   func(x *hand) { x.level().Volatile = true },
		"under OR in HAVING":         func(x *hand) { x.level().Having = &query.Or{Args: x.level().Having.(*query.And).Args} },
		"of an aggregate in HAVING":  func(x *hand) { x.level().Having = &query.Op{Args: []query.Expr{x.level().Having}, Aggregate: true} },
	}},
	{certificate.Condition, correlated, func(x *hand) *hand {
		return x.plainly("n").pins("t", owned(x.base("t").ID), x.by("t.org_id = n.org_id", 0), x.by("n.org_id = $1", 0)).
			pins("m", owned(x.base("m").ID), x.by("m.org_id = t.org_id", 0), x.by("t.org_id = n.org_id", 0), x.by("n.org_id = $1", 0))
	}, map[string]func(x *hand){
		"in ON, where a row may miss": func(x *hand) { x.m().Where = &query.Or{Args: []query.Expr{x.eq("m.org_id = t.org_id", 0)}} },
		"in ON, of any row":           func(x *hand) { x.m().Where = nil },
		"in ON, under OR":             func(x *hand) { any1[*query.Join](x).On = &query.Or{Args: []query.Expr{any1[*query.Join](x).On}} },
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

func (x *hand) level() *query.Select { return x.st.Root.(*query.Select) }

// m is the level that reads the table m.
func (x *hand) m() *query.Select {
	return part(x, 0, func(s *query.Select) bool { b, ok := s.From[0].(*query.Base); return ok && b.Alias == "m" })
}

func (x *hand) aggregate(n int) *query.Op {
	return part(x, n, func(o *query.Op) bool { return o.Aggregate })
}

// eitherSides pins both sides of a FULL JOIN by the OR above it.
func (x *hand) eitherSides() *hand {
	for _, alias := range []string{"n", "t"} {
		x.pins(alias, owned(x.base(alias).ID), x.step(certificate.EitherSide, any1[*query.Or](x), x.col(alias, 0), certificate.Param(1)))
	}
	return x
}
