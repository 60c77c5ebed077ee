package templates

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"
)

const pgxPath = "github.com/jackc/pgx/v5"

// txFile prints tx.go: the repositories inside of a transaction, and how to get
// there. Transactions of an inner level of tenancy have methods of their own,
// which take the ids of the levels around it as well.
func txFile(m Model) *jen.File {
	f := newFile(m)
	f.ImportName(pgxPath, "pgx")
	comment(f, "Tx holds the repositories bound to one tenant's transaction.")
	f.Type().Id("Tx").Struct(slices.Concat([]jen.Code{jen.Id("db").Op("*").Qual(Runtime, "Tx")}, fakesField(m), []jen.Code{jen.Line()}, fields(m))...)
	f.Line()
	f.Func().Id("newTx").Params(jen.Id("db").Op("*").Qual(Runtime, "Tx")).Op("*").Id("Tx").Block(
		jen.Return(jen.Op("&").Id("Tx").Add(multi(append([]jen.Code{jen.Id("db").Op(":").Id("db")}, bound(m, "db")...)))),
	)
	for level := range m.IDs {
		f.Line()
		inTx(f, m, level)
		f.Line()
		inTxWith(f, m, level)
		f.Line()
		joinTx(f, m, level)
		f.Line()
		savepoint(f, m, level)
	}
	f.Line()
	afterCommit(f, "tx", "Tx", "AfterCommit")
	f.Line()
	comment(f, "Executor is the transaction as package tenant takes it, to notify from within it for instance.")
	f.Func().Params(jen.Id("tx").Op("*").Id("Tx")).Id("Executor").Params().Qual(Runtime, "Executor").Block(jen.Return(jen.Id("tx").Dot("db")))
	return f
}

// txName is InTx, or InProjectTx for an inner level.
func txName(prefix string, id ID) string { return prefix + id.Level + "Tx" }

// methods are the methods of Repositories and Tx, whose names no repository can have.
func (m Model) methods() []string {
	names := []string{"Verify", "Executor", "AfterCommit"}
	if len(m.CrossTenant) > 0 {
		names = append(names, crossTenant)
	}
	if len(m.OfTenants) > 0 {
		names = append(names, ofTenants)
	}
	if len(m.Unproved) > 0 {
		names = append(names, unproved)
	}
	for _, id := range m.IDs {
		names = append(names, txName("In", id), txName("In", id)+"With", txName("Join", id))
	}
	return names
}

// through are the levels from the outermost to the given one.
func through(level int) []int {
	var levels []int
	for l := range level + 1 {
		levels = append(levels, l)
	}
	return levels
}

// whose says whose a transaction is: "one tenant", or "one OrgID and ProjectID".
func whose(m Model, level int) string {
	if len(m.IDs) == 1 {
		return "one tenant"
	}
	var names []string
	for _, id := range m.IDs[:level+1] {
		names = append(names, id.Type)
	}
	return "one " + strings.Join(names, " and ")
}

func inTx(f *jen.File, m Model, level int) {
	name := txName("In", m.IDs[level])
	comment(f,
		name+" calls fn in a transaction of "+whose(m, level)+", which is committed when fn returns",
		"nil and rolled back otherwise. Methods of tx refuse the id of another tenant; those of r refuse",
		"the context that fn is given, for they are not part of the transaction (tenant.ErrOutsideTx).")
	txMethod(f, m, level, "r", "Repositories", name).Block(
		jen.Return(jen.Qual(Gen, "InTx").Call(jen.Id("ctx"), jen.Id("r").Dot("db"), scope(m, through(level)), callback(m, "r"))),
	)
}

func inTxWith(f *jen.File, m Model, level int) {
	name := txName("In", m.IDs[level])
	comment(f, name+"With is "+name+" with options, such as the isolation level.")
	txHead(f, "r", "Repositories", name+"With").ParamsFunc(func(g *jen.Group) {
		txParams(g, m, level)
		g.Id("opts").Qual(pgxPath, "TxOptions")
		g.Add(fnParam("Tx"))
	}).Error().Block(
		jen.Return(jen.Qual(Gen, "InTxWith").Call(jen.Id("ctx"), jen.Id("r").Dot("db"), scope(m, through(level)), jen.Id("opts"), callback(m, "r"))),
	)
}

func joinTx(f *jen.File, m Model, level int) {
	name := txName("Join", m.IDs[level])
	comment(f,
		name+" calls fn within a transaction that somebody else began as the application's role, in a",
		"savepoint of "+whose(m, level)+". It leaves the transaction without the tenant.")
	txMethod(f, m, level, "r", "Repositories", name, jen.Id("tx").Qual(pgxPath, "Tx")).Block(
		jen.Return(jen.Qual(Gen, "JoinTx").Call(jen.Id("ctx"), jen.Id("r").Dot("db"), jen.Id("tx"), scope(m, through(level)), callback(m, "r"))),
	)
}

func savepoint(f *jen.File, m Model, level int) {
	name := txName("In", m.IDs[level])
	comment(f,
		name+" calls fn in a savepoint: what fn did is undone when it fails, and the transaction goes",
		"on. It is for the transaction's own tenant.")
	txMethod(f, m, level, "tx", "Tx", name).Block(
		jen.Return(jen.Qual(Gen, "Savepoint").Call(jen.Id("ctx"), jen.Id("tx").Dot("db"), scope(m, through(level)), callback(m, "tx"))),
	)
}

// txMethod prints the head of a method that takes ids and a function.
func txMethod(f *jen.File, m Model, level int, receiver, typ, name string, more ...jen.Code) *jen.Statement {
	return txHead(f, receiver, typ, name).ParamsFunc(func(g *jen.Group) {
		txParams(g, m, level, more...)
		g.Add(fnParam("Tx"))
	}).Error()
}

func txHead(f *jen.File, receiver, typ, name string) *jen.Statement {
	return f.Func().Params(jen.Id(receiver).Op("*").Id(typ)).Id(name)
}

// txParams are the context, what is between, and the ids.
func txParams(g *jen.Group, m Model, level int, between ...jen.Code) {
	g.Id("ctx").Qual("context", "Context")
	for _, p := range between {
		g.Add(p)
	}
	for _, l := range through(level) {
		g.Id(m.IDs[l].Arg).Id(m.IDs[l].Type)
	}
}

// fnParam is the function that runs in a transaction.
func fnParam(typ string) jen.Code {
	return jen.Id("fn").Func().Params(jen.Id("ctx").Qual("context", "Context"), jen.Id("tx").Op("*").Id(typ)).Error()
}

// callback is what the runtime calls in place of fn. A test's fakes go with the transaction.
func callback(m Model, receiver string) jen.Code {
	tx := jen.Id("newTx").Call(jen.Id("db"))
	if m.Interfaces {
		tx.Dot("with").Call(jen.Id(receiver).Dot("fakes"))
	}
	return jen.Func().Params(jen.Id("ctx").Qual("context", "Context"), jen.Id("db").Op("*").Qual(Runtime, "Tx")).Error().Block(
		jen.Return(jen.Id("fn").Call(jen.Id("ctx"), tx)),
	)
}

// afterCommit prints the method that has a function called once the transaction is committed.
func afterCommit(f *jen.File, receiver, typ, function string) {
	comment(f,
		"AfterCommit has fn called once the transaction is committed, before InTx returns; not when it, or",
		"the savepoint that fn was asked for in, is rolled back. A transaction that somebody else commits",
		"refuses it (tenant.ErrNotBegunHere).")
	txHead(f, receiver, typ, "AfterCommit").Params(jen.Id("fn").Func().Params(jen.Qual("context", "Context"))).Error().Block(
		jen.Return(jen.Qual(Gen, function).Call(jen.Id(receiver).Dot("db"), jen.Id("fn"))),
	)
}
