package templates

import (
	"go/ast"
	"go/parser"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// gentest is the package that runs the test of isolation.
const gentest = Gen + "/gentest"

// isolationFile prints isolation_test.go. It is outside of the package, so that what
// makes its fixture may import the package.
func isolationFile(m Model) *jen.File {
	id, path := m.IDs[0], m.Isolation.ImportPath
	f := newFileOf(m, m.Package+"_test")
	f.ImportName(path, m.Package)
	f.ImportName(pgxPath, "pgx")
	f.ImportName(gentest, "gentest")
	fixture := jen.Qual(gentest, "Fixture").Types(jen.Qual(path, id.Type), jen.Id("isolationArgs"))
	comment(f,
		"isolationTenants are two tenants in a database, as TestIsolation needs them. Write, in a file of your own in this directory,",
		"",
		"\tfunc isolationFixture(t *testing.T) isolationTenants { … }")
	f.Type().Id("isolationTenants").Op("=").Add(fixture)
	f.Line()
	comment(f,
		"TestIsolation calls every method that takes "+article(id.Type)+" for one tenant, and wants another tenant's rows to make no difference,",
		"under row-level security and without it.")
	f.Func().Id("TestIsolation").Params(jen.Id("t").Op("*").Qual("testing", "T")).Block(
		jen.Qual(gentest, "Run").Call(jen.Id("t"), jen.Id("isolationFixture").Call(jen.Id("t")), jen.Id("isolationMethods")),
	)
	f.Line()
	isolationArgs(f, m)
	f.Line()
	isolationMethods(f, m)
	return f
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
	id := m.IDs[0]
	repo := func(name string) *jen.Statement { return jen.Qual(test.ImportPath, name) }
	types := jen.Types(repo(id.Type), jen.Op("*").Add(repo("Tx")), jen.Id("isolationArgs"))
	ctx := jen.Id("ctx").Qual("context", "Context")
	db := jen.Id("db").Op("*").Qual(Runtime, "DB")
	tables := make([]jen.Code, len(m.Tables))
	for i, name := range m.Tables {
		tables[i] = jen.Lit(name)
	}
	calls := make([]jen.Code, len(test.Calls))
	for i, c := range test.Calls {
		calls[i] = isolationCall(f, m, c)
	}
	comment(f, "isolationMethods are all that take "+article(id.Type)+".")
	f.Var().Id("isolationMethods").Op("=").Qual(gentest, "Methods").Add(types).Add(multi([]jen.Code{
		jen.Id("Tables").Op(":").Index().String().Add(multi(tables)),
		jen.Id("Verify").Op(":").Func().Params(ctx, db).Error().Block(
			jen.Return(repo("New").Call(jen.Id("db")).Dot("Verify").Call(jen.Id("ctx"))),
		),
		jen.Id("JoinTx").Op(":").Func().Params(ctx, db, jen.Id("tx").Qual(pgxPath, "Tx"), jen.Id(id.Arg).Add(repo(id.Type)),
			jen.Id("fn").Func().Params(jen.Qual("context", "Context"), jen.Op("*").Add(repo("Tx"))).Error()).Error().Block(
			jen.Return(repo("New").Call(jen.Id("db")).Dot("JoinTx").Call(jen.Id("ctx"), jen.Id("tx"), jen.Id(id.Arg), jen.Id("fn"))),
		),
		jen.Id("Calls").Op(":").Index().Qual(gentest, "Call").Add(types).Add(multi(calls)),
	}))
}

// readers are the methods of a batch's results, and the functions that collect them.
var readers = map[string][2]string{"batchexec": {"Exec", "BatchExec"}, "batchmany": {"Query", "Batch"}, "batchone": {"QueryRow", "Batch"}}

func isolationCall(f *jen.File, m Model, c IsolationCall) jen.Code {
	id, path := m.IDs[0], m.Isolation.ImportPath
	call := jen.Id("tx").Dot(c.Repository).Dot(c.Method.Name).CallFunc(func(g *jen.Group) {
		g.Id("ctx")
		g.Id(id.Arg)
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
	if c.Method.Write {
		fields = append(fields, jen.Id("Write").Op(":").True())
	}
	fields = append(fields, jen.Id("Do").Op(":").Func().Params(
		jen.Id("ctx").Qual("context", "Context"),
		jen.Id("tx").Op("*").Qual(path, "Tx"),
		jen.Id(id.Arg).Qual(path, id.Type),
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
