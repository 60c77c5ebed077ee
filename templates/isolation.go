package templates

import (
	"go/ast"
	"go/parser"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// gentest is the package that runs the test of isolation.
const gentest = Gen + "/gentest"

// isolationFile prints isolation_test.go. It is outside of the package, so that what
// makes its fixture may import the package.
func isolationFile(m Model) *jen.File {
	f := newFileOf(m, m.Package+"_test")
	f.ImportName(m.Isolation.ImportPath, m.Package)
	f.ImportName(pgxPath, "pgx")
	f.ImportName(gentest, "gentest")
	lines := []string{"isolationTenants are two tenants in a database, as TestIsolation needs them. Write, in a file of your own in this directory,", ""}
	for level := range m.IDs {
		lines = append(lines, "\tfunc "+isolationName(m, level, "isolationFixture")+"(t *testing.T) isolationTenants { … }")
	}
	comment(f, lines...)
	f.Type().Id("isolationTenants").Op("=").Qual(gentest, "Fixture").Types(isolationID(m), jen.Id("isolationArgs"))
	f.Line()
	if len(m.IDs) > 1 {
		comment(f, "isolationIDs are a tenant's ids at each level.")
		f.Type().Id("isolationIDs").StructFunc(func(g *jen.Group) {
			for _, id := range m.IDs {
				g.Id(id.Type).Qual(m.Isolation.ImportPath, id.Type)
			}
		})
		f.Line()
	}
	for level, id := range m.IDs {
		name, run, last := isolationName(m, level, "TestIsolation"), "Run", []jen.Code{}
		whose := "one tenant, and wants another tenant's rows to make no difference,"
		if level > 0 {
			run, last = "RunLevel", []jen.Code{jen.Lit(level)}
			whose = "one tenant, and wants those of another within the same " + m.IDs[level-1].Type + " to make no difference,"
		}
		takes := article(id.Type)
		if level == 0 && len(m.IDs) > 1 {
			takes = "an id"
		}
		comment(f, name+" calls every method that takes "+takes+" for "+whose, "under row-level security and without it.")
		f.Func().Id(name).Params(jen.Id("t").Op("*").Qual("testing", "T")).Block(
			jen.Qual(gentest, run).Call(append([]jen.Code{jen.Id("t"), jen.Id(isolationName(m, level, "isolationFixture")).Call(jen.Id("t")), jen.Id("isolationMethods")}, last...)...),
		)
		f.Line()
	}
	isolationArgs(f, m)
	f.Line()
	isolationMethods(f, m)
	return f
}

// isolationName is TestIsolation or isolationFixture, or for an inner level TestProjectIsolation and projectIsolationFixture.
func isolationName(m Model, level int, name string) string {
	inner := m.IDs[level].Level
	switch {
	case level == 0:
		return name
	case name == "TestIsolation":
		return "Test" + inner + "Isolation"
	}
	return strings.ToLower(inner[:1]) + inner[1:] + "IsolationFixture"
}

// isolationID is what names a tenant: its id, or its ids at each level.
func isolationID(m Model) *jen.Statement {
	if len(m.IDs) > 1 {
		return jen.Id("isolationIDs")
	}
	return jen.Qual(m.Isolation.ImportPath, m.IDs[0].Type)
}

// isolationIDArg is the name of an argument of that type, and what of it is the id of a level.
func isolationIDArg(m Model, level int) (string, *jen.Statement) {
	if len(m.IDs) > 1 {
		return "ids", jen.Id("ids").Dot(m.IDs[level].Type)
	}
	return m.IDs[0].Arg, jen.Id(m.IDs[0].Arg)
}

func article(noun string) string {
	switch noun[0] {
	case 'A', 'E', 'I', 'O', 'U':
		return "an " + noun
	}
	return "a " + noun
}

func isolationArgs(f *jen.File, m Model) {
	comment(f,
		"isolationArgs are what the methods are called with: for each repository a value for each name of a parameter, whichever",
		"method takes it. The zero value of what may be left out leaves it out.")
	f.Type().Id("isolationArgs").StructFunc(func(g *jen.Group) {
		for _, group := range m.Isolation.Groups {
			g.Id(group.Repository).StructFunc(func(g *jen.Group) {
				for _, field := range group.Fields {
					g.Id(field.Name).Add(typeCode(f, outside(field.Type, m)))
				}
			})
		}
	})
}

func isolationMethods(f *jen.File, m Model) {
	test := *m.Isolation
	repo := func(name string) *jen.Statement { return jen.Qual(test.ImportPath, name) }
	types := jen.Types(isolationID(m), jen.Op("*").Add(repo("Tx")), jen.Id("isolationArgs"))
	ctx := jen.Id("ctx").Qual("context", "Context")
	db := jen.Id("db").Op("*").Qual(Runtime, "DB")
	calls := make([]jen.Code, len(test.Calls))
	for i, c := range test.Calls {
		calls[i] = isolationCall(f, m, c)
	}
	values := []jen.Code{
		jen.Id("Tables").Op(":").Index().String().Add(multi(literals(m.Tables))),
		jen.Id("Verify").Op(":").Func().Params(ctx, db).Error().Block(
			jen.Return(repo("New").Call(jen.Id("db")).Dot("Verify").Call(jen.Id("ctx"))),
		),
		jen.Id("JoinTx").Op(":").Add(isolationJoin(m, 0)),
	}
	if len(test.Inner) > 0 {
		var inner []jen.Code
		for i, tables := range test.Inner {
			inner = append(inner, jen.Values(jen.Id("Tables").Op(":").Index().String().Add(multi(literals(tables))), jen.Id("JoinTx").Op(":").Add(isolationJoin(m, i+1))))
		}
		values = append(values, jen.Id("Inner").Op(":").Index().Qual(gentest, "Level").Types(isolationID(m), jen.Op("*").Add(repo("Tx"))).Add(multi(inner)))
	}
	values = append(values, jen.Id("Calls").Op(":").Index().Qual(gentest, "Call").Add(types).Add(multi(calls)))
	takes := article(m.IDs[0].Type)
	if len(m.IDs) > 1 {
		takes = "an id"
	}
	comment(f, "isolationMethods are all that take "+takes+".")
	f.Var().Id("isolationMethods").Op("=").Qual(gentest, "Methods").Add(types).Add(multi(values))
}

func literals(texts []string) []jen.Code {
	list := make([]jen.Code, len(texts))
	for i, text := range texts {
		list[i] = jen.Lit(text)
	}
	return list
}

// isolationJoin prints a function that joins a transaction for a tenant of a level.
func isolationJoin(m Model, level int) *jen.Statement {
	path := m.Isolation.ImportPath
	name, _ := isolationIDArg(m, level)
	args := []jen.Code{jen.Id("ctx"), jen.Id("tx")}
	for _, l := range through(level) {
		_, id := isolationIDArg(m, l)
		args = append(args, id)
	}
	return jen.Func().Params(jen.Id("ctx").Qual("context", "Context"), jen.Id("db").Op("*").Qual(Runtime, "DB"), jen.Id("tx").Qual(pgxPath, "Tx"), jen.Id(name).Add(isolationID(m)),
		jen.Id("fn").Func().Params(jen.Qual("context", "Context"), jen.Op("*").Qual(path, "Tx")).Error()).Error().Block(
		jen.Return(jen.Qual(path, "New").Call(jen.Id("db")).Dot(txName("Join", m.IDs[level])).Call(append(args, jen.Id("fn"))...)),
	)
}

// readers are the methods of a batch's results, and the functions that collect them.
var readers = map[string][2]string{"batchexec": {"Exec", "BatchExec"}, "batchmany": {"Query", "Batch"}, "batchone": {"QueryRow", "Batch"}}

func isolationCall(f *jen.File, m Model, c IsolationCall) jen.Code {
	path := m.Isolation.ImportPath
	idName, _ := isolationIDArg(m, 0)
	call := jen.Id("tx").Dot(c.Repository).Dot(c.Method.Name).CallFunc(func(g *jen.Group) {
		g.Id("ctx")
		for _, level := range c.Method.IDs {
			_, id := isolationIDArg(m, level)
			g.Add(id)
		}
		for _, arg := range c.Args {
			g.Add(testValue(f, m, c.Repository, arg))
		}
	})
	reader, batch := readers[c.Method.Command]
	switch {
	case batch:
		call = jen.Qual(gentest, reader[1]).Call(call.Dot(reader[0]))
	case c.Method.Element != nil:
		call = jen.Qual(gentest, "Rows").Call(call)
	case c.Method.Result == nil:
		call = jen.List(jen.Nil(), call)
	}
	args := jen.Id("args")
	if len(c.Args) == 0 {
		args = jen.Id("_")
	}
	fields := []jen.Code{jen.Id("Name").Op(":").Lit(c.Repository + "." + c.Method.Name)}
	if level := slices.Max(c.Method.IDs); level > 0 {
		fields = append(fields, jen.Id("Level").Op(":").Lit(level))
	}
	if c.Method.Write {
		fields = append(fields, jen.Id("Write").Op(":").True())
	}
	fields = append(fields, jen.Id("Do").Op(":").Func().Params(
		jen.Id("ctx").Qual("context", "Context"),
		jen.Id("tx").Op("*").Qual(path, "Tx"),
		jen.Id(idName).Add(isolationID(m)),
		args.Op("*").Id("isolationArgs"),
	).Params(jen.Any(), jen.Error()).Block(jen.Return(call)))
	return jen.Values(fields...)
}

// testValue prints an argument.
func testValue(f *jen.File, m Model, repository string, v TestValue) jen.Code {
	members := func() []jen.Code {
		var list []jen.Code
		for _, member := range v.Members {
			value := testValue(f, m, repository, member)
			if v.Struct != "" {
				value = jen.Id(member.Name).Op(":").Add(value)
			}
			list = append(list, value)
		}
		return list
	}
	switch {
	case v.Slice != nil:
		return jen.Index().Add(typeCode(f, outside(*v.Slice, m))).Values(members()...)
	case v.Struct != "":
		return jen.Qual(m.Isolation.ImportPath, v.Struct).Add(multi(members()))
	}
	field := jen.Id("args").Dot(repository).Dot(v.Field)
	if v.Pointer {
		return jen.Qual(gentest, "Pointer").Call(field)
	}
	return field
}

// outside is a type as it is written outside of the package of repositories.
func outside(t sqlc.Type, m Model) sqlc.Type {
	expr, err := parser.ParseExpr(t.Expr)
	if err != nil {
		return t // Render reports it
	}
	var own []int
	ast.Inspect(expr, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.IsExported() {
			own = append(own, int(id.Pos())-1)
		}
		_, foreign := n.(*ast.SelectorExpr)
		return !foreign
	})
	for _, at := range slices.Backward(own) {
		t.Expr = t.Expr[:at] + m.Package + "." + t.Expr[at:]
	}
	if len(own) > 0 {
		t.Imports = append(slices.Clone(t.Imports), sqlc.Import{Name: m.Package, Path: m.Isolation.ImportPath})
	}
	return t
}
