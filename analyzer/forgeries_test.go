package analyzer_test

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

const (
	holdsNot = "does not hold at its place"
	plain    = "SELECT n.id FROM notes n WHERE n.org_id = $1"
	derived  = "SELECT x.id FROM (SELECT n.org_id, n.id FROM notes n) x WHERE x.org_id = $1"
	withs    = "WITH a AS (SELECT n.org_id, n.id FROM notes n), b AS (SELECT a.id FROM a WHERE a.org_id = $1) SELECT id FROM b"
	union    = "SELECT x.org_id FROM (SELECT n.org_id FROM notes n UNION ALL SELECT m.org_id FROM notes m) x WHERE x.org_id = $1"
	member   = "SELECT t.id FROM tasks t WHERE t.org_id IN (SELECT n.org_id FROM notes n WHERE n.org_id = $1)"
	arms     = "SELECT n.id FROM notes n WHERE n.org_id = $1 AND n.id = 1 OR n.org_id = $1 AND n.id = 2"
	promise  = "SELECT t.id FROM (SELECT n.org_id, n.id FROM notes n WHERE n.org_id = $1) x JOIN tasks t ON t.org_id = x.org_id"
)

// forgeries are one for each thing that the checker looks at.
var forgeries = slices.Concat(structure, placing, conditions, constraints, claims, writing)

// structure is wrong in the frame of the certificate or of the statement.
var structure = []forgery{
	{"a row with the id of a table", plain, func(x *forger) { x.c.Rows = map[query.RelID]certificate.Row{0: {}} }, "id 0 is taken"},
	{"a sub-select with the id of a table", plain, func(x *forger) { x.c.Subs = map[query.RelID]*query.Sub{0: {}} }, "id 0 is taken"},
	{"one id for two things", plain, func(x *forger) {
		x.c.Rows, x.c.Subs = map[query.RelID]certificate.Row{900: {}}, map[query.RelID]*query.Sub{900: {}}
	}, "id 900 is taken"},
	{"a WITH query with the id of a table", withs, func(x *forger) { x.c.Demands[0].Body = 0 }, "id 0 is taken"},
	{"a WITH query with two bodies", withs, func(x *forger) {
		other := *x.c.Demands[0]
		other.Body += 50
		x.c.Demands = append(x.c.Demands, &other)
	}, "WITH query a stands for several relations"},
	{"a tenant that the statement has no parameter for", plain, func(x *forger) { x.c.Tenants[0] = 7 }, "parameter 7 cannot be the tenant of level 0"},
	{"a tenant that may be null", plain, func(x *forger) { x.st.Params[0].Nullable = true }, "parameter 1 cannot be the tenant of level 0"},
	{"a tenant that is a list", plain, func(x *forger) { x.st.Params[0].Slice = true }, "parameter 1 cannot be the tenant of level 0"},
	{"no tenants at all", plain, func(x *forger) { x.c.Tenants = nil }, "has no tenant parameter"},
	{"no tenant of the level", plain, func(x *forger) { x.c.Tenants[0] = 0 }, "has no tenant parameter"},
	{"a table that nobody declared", "SELECT id FROM undeclared", func(*forger) {}, "table undeclared is not declared"},
	{"no pin", plain, func(x *forger) { x.c.Pins = nil }, "nothing pins table notes"},
	{"a pin of another role", plain, func(x *forger) { x.c.Pins[0].Role = certificate.Existing }, "nothing pins table notes"},
	{"a pin of another action", plain, func(x *forger) { x.c.Pins[0].Action = 1 }, "nothing pins table notes"},
	{"a pin of another occurrence", "SELECT m.id FROM notes n, notes m WHERE n.org_id = $1", func(x *forger) {
		x.c.Tenants[0] = 1
		x.pin("m").Row, x.pin("m").Chain = x.pin("n").Row, x.proof("n", x.by("n.org_id = $1", x.at("n", 0), param(1)))
	}, "the proof of table notes is about another row"},
	{"the chain of another occurrence", "SELECT m.id FROM notes n, notes m WHERE n.org_id = $1", func(x *forger) {
		x.c.Tenants[0] = 1
		x.pin("m").Chain = x.proof("n", x.by("n.org_id = $1", x.at("n", 0), param(1)))
	}, "starts at"},
	{"a chain that ends too early", plain, func(x *forger) { x.pin("n").Chain = x.pin("n").Chain[:1] }, "a chain ends at"},
	{"an unknown query", plain, func(x *forger) { x.st.Root = &query.Opaque{} }, "the checker does not know *query.Opaque"},
	{"an unknown relation", plain, func(x *forger) {
		x.st.Root.(*query.Select).From = append(x.st.Root.(*query.Select).From, &query.Opaque{})
	}, "the checker does not know *query.Opaque"},
	{"an unknown expression", plain, func(x *forger) { x.st.Root.(*query.Select).Out[0].Expr = &query.Opaque{} }, "the checker does not know *query.Opaque"},
	{"an unknown write", "DELETE FROM notes WHERE org_id = $1", func(x *forger) { x.write().Kind = 99 }, "the checker does not know"},
	{"a WITH query that is referred to from an earlier one", withs, func(x *forger) {
		with := x.st.Root.(*query.Select).With
		with[0], with[1] = with[1], with[0]
	}, "WITH query a is referred to after it was checked"},
	{"a recursive WITH query that is referred to from an earlier one", "WITH RECURSIVE a AS (SELECT n.id FROM notes n WHERE n.org_id = $1 UNION SELECT n.id FROM notes n JOIN a ON a.id = n.parent_id WHERE n.org_id = $1), b AS (SELECT a.id FROM a) SELECT b.id FROM b", func(x *forger) {
		with := x.st.Root.(*query.Select).With
		with[0], with[1] = with[1], with[0]
	}, "WITH query a is referred to after it was checked"},
	{"a WITH query that stands nowhere", withs, func(x *forger) { x.st.Root.(*query.Select).With = x.st.Root.(*query.Select).With[1:] }, "WITH query a is referred to, and nothing checks it"},
	{"an unknown reason", plain, func(x *forger) { x.step("n", certificate.Condition).Kind = certificate.MayRead }, holdsNot},
}

// placing is about filters that act inside of a query though they stand outside: the
// statement was proved without what is put into it here.
var placing = []forgery{
	{"past LIMIT", derived, func(x *forger) { x.inner("x").Limited = true }, holdsNot},
	{"past FOR UPDATE", derived, func(x *forger) { x.inner("x").Locks = true }, holdsNot},
	{"past a volatile function", derived, func(x *forger) { x.inner("x").Volatile = true }, holdsNot},
	{"past an aggregate", derived, func(x *forger) { x.inner("x").Aggregate = true }, holdsNot},
	{"past grouping sets", derived, func(x *forger) {
		x.inner("x").Group = &query.Group{By: []query.Expr{x.inner("x").Out[0].Expr}, Sets: true}
	}, holdsNot},
	{"past groups by something else", derived, func(x *forger) { x.inner("x").Group = &query.Group{By: []query.Expr{x.inner("x").Out[1].Expr}} }, holdsNot},
	{"past DISTINCT ON something else", derived, func(x *forger) { x.inner("x").DistinctOn = []query.Expr{x.inner("x").Out[1].Expr} }, holdsNot},
	{"past a window over something else", derived, func(x *forger) {
		x.inner("x").Windows = []query.Window{{PartitionBy: []query.Expr{x.inner("x").Out[0].Expr}}, {PartitionBy: []query.Expr{x.inner("x").Out[1].Expr}}}
	}, holdsNot},
	{"through a computed column", derived, func(x *forger) { x.inner("x").Out[0].Expr = &query.Op{Args: []query.Expr{x.inner("x").Out[0].Expr}} }, holdsNot},
	{"behind an unknown number of columns", derived, func(x *forger) { x.inner("x").Out[0].Open = true }, holdsNot},
	{"past LIMIT of a set operation", union, func(x *forger) { x.derived("x").Query.(*query.SetOp).Limited = true }, holdsNot},
	{"through a column that is converted", union, func(x *forger) { x.derived("x").Query.(*query.SetOp).Out[0].Type = query.Unknown }, holdsNot},
	{"into a recursive WITH query", withs, func(x *forger) { x.c.Demands[0].CTE.Recursive = true }, holdsNot},
	{"a reference that does not ask", withs, func(x *forger) { x.c.Demands[0].By = nil }, "a chain ends at"},
	{"ON of the preserved side", "SELECT n.id FROM notes n LEFT JOIN plans p ON n.org_id = $1", func(x *forger) {
		x.proves("n", 1, x.by("n.org_id = $1", x.at("n", 0), param(1)))
	}, holdsNot},
	{"ON of the other preserved side", "SELECT n.id FROM plans p RIGHT JOIN notes n ON n.org_id = $1", func(x *forger) {
		x.proves("n", 1, x.by("n.org_id = $1", x.at("n", 0), param(1)))
	}, holdsNot},
	{"a sub-select in ON of a FULL JOIN, by what stands outside", "SELECT x.id FROM (SELECT p.id FROM plans p FULL JOIN plans q ON p.id = q.id AND EXISTS (SELECT FROM notes n WHERE n.org_id = p.id)) x WHERE x.id = $1", func(x *forger) {
		x.proves("n", 1, x.by("n.org_id = p.id", x.at("n", 0), x.at("p", 0)), x.filtered(x.at("p", 0), "x", 0), x.by("x.id = $1", x.outer("x", 0), param(1)))
	}, holdsNot},
	{"ON of a FULL JOIN", "SELECT n.id FROM plans p FULL JOIN notes n ON n.org_id = $1 AND p.id = n.id", func(x *forger) {
		x.proves("n", 1, x.by("n.org_id = $1", x.at("n", 0), param(1)))
	}, holdsNot},
}

// conditions are named for what they do not say.
var conditions = []forgery{
	{"a condition about another column", "SELECT n.id FROM notes n WHERE n.author_id = $1", func(x *forger) {
		x.proves("n", 1, x.by("n.author_id = $1", x.at("n", 0), param(1)))
	}, holdsNot},
	{"a condition about another parameter", "SELECT n.id FROM notes n WHERE n.org_id = $1 AND n.id = $2", func(x *forger) {
		x.proves("n", 2, x.by("n.org_id = $1", x.at("n", 0), param(2)))
	}, holdsNot},
	{"a condition about another column, the other way round", "SELECT n.id FROM notes n WHERE $1 = n.author_id", func(x *forger) {
		x.proves("n", 1, x.by("$1 = n.author_id", x.at("n", 0), param(1)))
	}, holdsNot},
	{"a condition about another parameter, the other way round", "SELECT n.id FROM notes n WHERE $1 = n.org_id AND $2 = n.id", func(x *forger) {
		x.proves("n", 2, x.by("$1 = n.org_id", x.at("n", 0), param(2)))
	}, holdsNot},
	{"a condition with a computed right side", plain, func(x *forger) { x.eq("n.org_id = $1").R = &query.Op{} }, holdsNot},
	{"a condition with a computed left side", plain, func(x *forger) { x.eq("n.org_id = $1").L = &query.Op{} }, holdsNot},
	{"a condition of an arm", "SELECT n.id FROM notes n WHERE n.org_id = $1 OR n.id = 1", func(x *forger) {
		x.proves("n", 1, x.by("n.org_id = $1", x.at("n", 0), param(1)))
	}, holdsNot},
	{"a condition that is negated", "SELECT n.id FROM notes n WHERE NOT (n.org_id = $1)", func(x *forger) {
		x.proves("n", 1, x.by("n.org_id = $1", x.at("n", 0), param(1)))
	}, holdsNot},
	{"a step from a parent to a stranger", "SELECT t.id FROM notes n, tasks t WHERE n.org_id = $1", func(x *forger) {
		x.proves("t", 1, certificate.Step{A: x.at("t", 0), B: x.at("n", 0), Kind: certificate.Output, Node: x.st.Root}, x.by("n.org_id = $1", x.at("n", 0), param(1)))
	}, holdsNot},
	{"a tenant column that is none", "SELECT n.id FROM notes n WHERE n.id = $1", func(x *forger) {
		x.proves("n", 1, x.by("n.id = $1", x.at("n", 1), param(1)))
		x.pin("n").Chain[0].B = x.at("n", 1)
	}, holdsNot},
	{"the tenant column of another row", "SELECT t.id FROM notes n, tasks t WHERE n.org_id = $1", func(x *forger) {
		x.proves("t", 1, x.by("n.org_id = $1", x.at("n", 0), param(1)))
		x.pin("t").Chain[0].B = x.at("n", 0)
	}, holdsNot},
	{"the tenant column of a child", "SELECT c.id FROM comments c WHERE c.id = $1", func(x *forger) {
		x.proves("c", 1, x.by("c.id = $1", x.at("c", 0), param(1)))
	}, holdsNot},
	{"a member by NOT IN", member, func(x *forger) { x.sub().Kind = query.Other }, holdsNot},
	{"a member of a column that differs in type", member, func(x *forger) { x.sub().Test[0] = nil }, holdsNot},
	{"a member at no place", member, func(x *forger) { x.step("t", certificate.Member).Index = -1 }, holdsNot},
	{"a member at a place that is not there", member, func(x *forger) { x.step("t", certificate.Member).Index = 1 }, holdsNot},
	{"a member of an aggregate", member, func(x *forger) { x.sub().Query.(*query.Select).Aggregate = true }, holdsNot},
	{"a member behind an unknown number of columns", member, func(x *forger) { x.sub().Query.(*query.Select).Out[0].Open = true }, holdsNot},
	{"a member of another column", "SELECT t.id FROM tasks t WHERE t.org_id IN (SELECT n.author_id FROM notes n WHERE n.org_id = $1)", func(x *forger) {
		x.proves("t", 1, certificate.Step{A: x.at("t", 0), B: x.at("n", 0), Kind: certificate.Member, Node: x.sub()}, x.by("n.org_id = $1", x.at("n", 0), param(1)))
	}, holdsNot},
	{"a disjunction without an arm's proof", arms, func(x *forger) {
		s := x.step("n", certificate.EveryArm)
		s.Premises = s.Premises[:1]
	}, holdsNot},
	{"a disjunction of nothing", arms, func(x *forger) {
		s := x.step("n", certificate.EveryArm)
		x.or().Args, s.Premises = nil, nil
	}, holdsNot},
	{"an arm that says nothing", "SELECT n.id FROM notes n WHERE n.org_id = $1 AND n.id = 1 OR n.id = 2", func(x *forger) {
		yes := certificate.Chain{x.by("n.org_id = $1", x.at("n", 0), param(1))}
		x.proves("n", 1, certificate.Step{A: x.at("n", 0), B: param(1), Kind: certificate.EveryArm, Node: x.or(), Premises: []certificate.Chain{yes, yes}})
	}, holdsNot},
	{"a promise of another query", promise, func(x *forger) {
		c := *x.step("t", certificate.Guaranteed).Claim
		c.Of = x.st.Root
		x.step("t", certificate.Guaranteed).Claim = &c
	}, holdsNot},
	{"a promise about another column", promise, func(x *forger) { x.step("t", certificate.Guaranteed).Claim.Col = 1 }, holdsNot},
	{"a promise of another value", promise, func(x *forger) { x.step("t", certificate.Guaranteed).Claim.Is = param(2) }, holdsNot},
	{"a promise with two proofs", promise, func(x *forger) {
		c := x.step("t", certificate.Guaranteed).Claim
		c.Proof = append(c.Proof, c.Proof[0])
	}, "a claim has 2 proofs"},
	{"a promise of an aggregate", promise, func(x *forger) { x.inner("x").Aggregate = true }, "an aggregate yields a row from none"},
	{"a promise about a computed column", promise, func(x *forger) { x.inner("x").Out[0].Expr = &query.Op{} }, "output column 1 is computed"},
	{"a promise behind an unknown number of columns", promise, func(x *forger) { x.inner("x").Out[0].Open = true }, "there is no output column 1"},
	{"a promise of a row that is not sure to be there", "SELECT t.id FROM plans p LEFT JOIN (SELECT n.org_id, n.id FROM notes n WHERE n.org_id = $1) x ON x.id = p.id CROSS JOIN tasks t WHERE t.org_id IS NOT DISTINCT FROM x.org_id AND t.id = $2", func(x *forger) {
		d := x.derived("x")
		claim := &certificate.Claim{Of: d.Query, Col: 0, Is: param(1), Proof: []certificate.Chain{{x.by("n.org_id = $1", x.at("n", 0), param(1))}}}
		x.proves("t", 1, x.filtered(x.at("t", 0), "x", 0), certificate.Step{A: x.outer("x", 0), B: param(1), Kind: certificate.Guaranteed, Claim: claim})
	}, holdsNot},
}
