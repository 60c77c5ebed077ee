package templates

import (
	"cmp"
	"errors"
	"fmt"
	"go/token"
	"path"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// QueryFacts is what the analyzer knows of a query.
type QueryFacts struct {
	// Name is the query's name, File the path of its SQL file.
	Name, File string
	// Line is that of the query in File, 0 where it is not known.
	Line int
	// Verdict is "scoped", "global", "cross_tenant" or "tenants".
	Verdict Verdict
	// TenantParams are the n of the tenant's $n in the statement that sqlc emits,
	// for each level of tenancy, that of the array of them of a query for a set; 0 where the query needs none, BySetting where it has the
	// tenant from the setting that the method sets, and no parameter for it.
	TenantParams []int
	// Certificate says in one line why the query is scoped.
	Certificate string
	// Assumes says in one line what that rests on though nothing guarantees it, "" mostly.
	Assumes string
	// Comments are the lines of the author's comment, without "--".
	Comments []string
	// Write reports that the query changes data.
	Write bool
	// Category and Reason are what a query declares that is not for one tenant.
	Category, Reason string
}

// BySetting is no parameter: see QueryFacts.
const BySetting = -1

func (f QueryFacts) place() string {
	if f.Line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// Options say how the package is to be made.
type Options struct {
	// Package is the name of the emitted package.
	Package string
	// Config is the configuration that the files are of, by its path in their module.
	Config string
	// SQLCImportPath is the import path of sqlc's package.
	SQLCImportPath string
	// Levels are the levels of tenancy, outermost first; mostly it is one.
	Levels []Level
	// Tables are the tables that row-level security protects, quoted as in SQL.
	Tables []string
	// InnerTables are those of each level within the outermost, for the test of isolation.
	InnerTables [][]string
	// Parts say how levels of tenancy lie in each other.
	Parts []Part
	// Citus reports that the tables are distributed by Citus.
	Citus bool
	// Types are the schema's types that pgx has to be told of, quoted as in SQL.
	Types []string
	// ParameterLimit is how many parameters besides the tenant a method takes plainly,
	// not in a struct; nil leaves those plain that sqlc has plain, and otherwise one.
	ParameterLimit *int
	// Interfaces adds an interface for each repository, Iterators a method that
	// iterates to each query of many rows.
	Interfaces, Iterators bool
	// TestImportPath is the import path of the emitted package, when it gets a test of
	// isolation.
	TestImportPath string
}

// Level is a level of tenancy: organizations, or the projects that they have.
type Level struct {
	// Name is the level's in the configuration, "" when it is the only one.
	Name string
	// Column names the id type, e.g. org_id.
	Column string
	// Type is the column's type in SQL, below its domains. It is only looked at when no query
	// takes an id of this level, or when one takes it as a type of which nothing else is known.
	Type string
	// Own says of types of the application's, by their import paths and names, what they are
	// declared to be, "" for what no id can be converted to.
	Own map[string]Kind
	// Setting is the configuration parameter that the policies read, e.g. app.org_id.
	Setting string
	// Set is the one that holds the tenants of a call for a set of them.
	Set string
	// Claim is the way to the claim of a JSON document in Setting that holds the tenant, as with
	// request.jwt.claims; empty when Setting holds the tenant itself.
	Claim []string
}

// Part is how the runtime finds out whether a tenant of an inner level lies in one of an
// outer level: by SQL, where $1 is the inner one and $2 the outer.
type Part struct{ Inner, Outer, SQL string }

// builder carries the state of one Build.
type builder struct {
	pkg     *sqlc.Package
	queries []sqlc.Query
	facts   map[string]QueryFacts
	opts    Options
	model   Model
	claims  claims
	errs    []error
}

// Build joins what sqlc generated with what was proved, and settles all names.
// It reports everything that stands in the way at once.
func Build(pkg *sqlc.Package, facts []QueryFacts, opts Options) (Model, error) {
	b := &builder{pkg: pkg, queries: slices.Clone(pkg.Queries), facts: map[string]QueryFacts{}, opts: opts, claims: claims{}}
	b.model = Model{Package: opts.Package, Config: opts.Config, BuildTags: pkg.BuildTags, SQLC: opts.SQLCImportPath, TakesDB: pkg.TakesDB, Tables: opts.Tables,
		SQLCPackage: pkg.Name, Interfaces: opts.Interfaces, Citus: opts.Citus, Types: opts.Types, Parts: opts.Parts}
	if !token.IsIdentifier(opts.Package) || opts.SQLCImportPath == "" {
		return Model{}, fmt.Errorf("%q is no name for a package of repositories over %q", opts.Package, opts.SQLCImportPath)
	}
	if len(opts.Levels) == 0 || slices.ContainsFunc(opts.Levels, func(l Level) bool { return l.Setting == "" }) {
		return Model{}, errors.New("there is no setting for the tenant; the runtime would refuse every call")
	}
	b.match(facts)
	b.identities()
	if err := errors.Join(b.errs...); err != nil {
		return Model{}, err // without it, what follows would only repeat it
	}
	b.types()
	b.repositories()
	b.isolation()
	b.errs = append(b.errs, b.claims.clashes()...)
	if err := errors.Join(b.errs...); err != nil {
		return Model{}, err
	}
	return b.model, nil
}

func (b *builder) errorf(format string, args ...any) {
	b.errs = append(b.errs, fmt.Errorf(format, args...))
}

// match pairs queries and facts. A query without facts was not proved and must
// not be emitted; facts without a query mean that the two read different files.
func (b *builder) match(facts []QueryFacts) {
	for _, f := range facts {
		if _, ok := b.facts[f.Name]; ok {
			b.errorf("%s: query %s: there are two queries of this name", f.File, f.Name)
		}
		b.facts[f.Name] = f
	}
	known := map[string]bool{}
	for i := range b.queries {
		q := &b.queries[i]
		known[q.Name] = true
		f, ok := b.facts[q.Name]
		if !ok {
			b.errorf("%s: query %s: sqlc generated it, but it was not checked", q.File, q.Name)
			continue
		}
		if q.File == "" {
			q.File = baseName(f.File)
		}
		if err := b.checkFacts(*q, f); err != nil {
			b.errorf("%s: query %s: %w", f.File, q.Name, err)
		}
	}
	for _, f := range facts {
		if !known[f.Name] {
			b.errorf("%s: query %s: it was checked, but sqlc generated no method for it", f.File, f.Name)
		}
	}
}

func baseName(file string) string { return path.Base(strings.ReplaceAll(file, `\`, "/")) }

func (b *builder) checkFacts(q sqlc.Query, f QueryFacts) error {
	used := func(n int) bool { return n != 0 }
	wrong := slices.IndexFunc(f.TenantParams, func(n int) bool { return n < BySetting || n > len(q.Args) })
	switch {
	case baseName(f.File) != q.File:
		return fmt.Errorf("sqlc read it from %s", q.File)
	case f.Verdict == Scoped && wrong >= 0:
		return fmt.Errorf("the tenant is $%d, but the statement has %d parameters", f.TenantParams[wrong], len(q.Args))
	case f.Verdict == Scoped && (!slices.ContainsFunc(f.TenantParams, used) || len(f.TenantParams) > len(b.opts.Levels)):
		return fmt.Errorf("%d levels of tenancy have the parameters %v", len(b.opts.Levels), f.TenantParams)
	case f.Verdict == OfTenants:
		return b.checkSet(q, f)
	case !slices.Contains([]Verdict{Scoped, Global, CrossTenant, Unproved}, f.Verdict):
		return fmt.Errorf("a query with the verdict %q cannot be emitted", f.Verdict)
	}
	return nil
}

// tenantArg is an argument of a query that is the tenant of a level.
type tenantArg struct {
	sqlc.Arg
	level int
	set   bool // it is a slice of them
}

// one is the type of one tenant.
func (t tenantArg) one() sqlc.Type {
	if t.set {
		return element(t.Type)
	}
	return t.Type
}

// tenantArgs returns the arguments that are tenants, of a query for one or for a set of them.
func (b *builder) tenantArgs(q sqlc.Query) []tenantArg {
	f := b.facts[q.Name]
	if f.Verdict != Scoped && f.Verdict != OfTenants {
		return nil
	}
	var list []tenantArg
	for level, n := range f.TenantParams {
		if n >= 1 && n <= len(q.Args) {
			list = append(list, tenantArg{q.Args[n-1], level, f.Verdict == OfTenants})
		}
	}
	return list
}

// identities settles the id types of all levels.
func (b *builder) identities() {
	for level, l := range b.opts.Levels {
		var uses []use
		for _, q := range b.queries {
			for _, arg := range b.tenantArgs(q) {
				if arg.level == level {
					uses = append(uses, use{q.Name, b.facts[q.Name].place(), arg.one()})
				}
			}
		}
		id, err := identity(l, uses)
		if err != nil {
			b.errs = append(b.errs, err)
		}
		if level == 0 {
			id.Level = ""
		}
		b.model.IDs = append(b.model.IDs, id)
	}
}

// types decides what is re-exported: all that sqlc's package exports, for a
// method must not return what its caller cannot name.
func (b *builder) types() {
	for _, m := range b.pkg.Models {
		if token.IsExported(m.Name) {
			b.model.Models = append(b.model.Models, m.Name)
			b.claims.add(m.Name, "the model "+m.Name+" of sqlc")
		}
	}
	for _, e := range b.pkg.Enums {
		if !token.IsExported(e.Name) {
			continue
		}
		b.model.Enums = append(b.model.Enums, e)
		for _, name := range slices.Concat([]string{e.Name, e.Null, e.All}, e.Consts) {
			b.claims.add(name, "the enumeration "+e.Name+" of sqlc")
		}
	}
	for _, q := range b.queries {
		if q.Row != nil {
			b.model.Rows = append(b.model.Rows, q.Row.Name)
			b.claims.add(q.Row.Name, "the rows of query "+q.Name)
		}
		if q.BatchResults != "" {
			b.model.Batches = append(b.model.Batches, q.BatchResults)
			b.claims.add(q.BatchResults, "the results of query "+q.Name)
		}
	}
	if len(b.model.Batches) > 0 {
		b.claims.add(errBatchClosed, "the error of a closed batch")
	}
	for _, id := range b.model.IDs {
		for _, name := range IDNames(id.Type) {
			b.claims.add(name, "the id of tenant column "+id.Column)
		}
	}
	for _, name := range []string{"Repositories", "New", "Tx"} {
		b.claims.add(name, "the "+name+" that tenantgen emits")
	}
}

// repositories makes one repository for each SQL file, and the cross-tenant type.
func (b *builder) repositories() {
	byFile := map[string][]Method{}
	for _, q := range b.queries {
		m, err := b.method(q)
		if err != nil {
			b.errorf("%s: query %s: %w", b.facts[q.Name].File, q.Name, err)
			continue
		}
		methods := []Method{m}
		if it, ok := b.iterators(q, m); ok {
			methods = append(methods, it)
		}
		switch m.Verdict {
		case CrossTenant:
			b.model.CrossTenant = append(b.model.CrossTenant, methods...)
		case OfTenants:
			b.model.OfTenants = append(b.model.OfTenants, methods...)
		case Unproved:
			b.model.Unproved = append(b.model.Unproved, methods...)
		default:
			byFile[q.File] = append(byFile[q.File], methods...)
		}
	}
	for source, methods := range byFile {
		slices.SortStableFunc(methods, func(x, y Method) int { return cmp.Compare(x.Name, y.Name) })
		stem, file := sourceNames(source)
		if stem == "" {
			b.errorf("%s: its name gives no name for a Go type", source)
			continue
		}
		r := Repository{Type: stem + "Repository", Field: stem, File: file, Source: source, Methods: methods}
		b.model.Repositories = append(b.model.Repositories, r)
	}
	slices.SortFunc(b.model.Repositories, func(x, y Repository) int { return cmp.Compare(x.Source, y.Source) })
	fields := claims{}
	for _, name := range b.model.methods() {
		fields.add(name, "the method "+name+" of Repositories")
	}
	for _, r := range b.model.Repositories {
		b.claims.add(r.Type, "the repository of "+r.Source)
		fields.add(r.Field, "the field of Repositories for "+r.Source)
	}
	b.errs = append(b.errs, fields.clashes()...)
	b.interfaces()
	if len(b.model.CrossTenant) > 0 {
		b.claims.add(crossTenant, "the CrossTenant that tenantgen emits")
		b.crossTenantMethods()
	}
	if len(b.model.OfTenants) > 0 {
		b.claims.add(ofTenants, "the OfTenants that tenantgen emits")
	}
	if len(b.model.Unproved) > 0 {
		b.claims.add(unproved, "the Unproved that tenantgen emits")
	}
}

// crossTenantMethods refuses queries that are called as the other methods of CrossTenant are.
func (b *builder) crossTenantMethods() {
	methods := claims{}
	for _, name := range []string{"Err", "InTx", "AfterCommit"} {
		methods.add(name, "the method "+name+" of CrossTenant")
	}
	if b.opts.Interfaces {
		methods.add(interfaceName(crossTenant), "what CrossTenant embeds")
	}
	for _, m := range b.model.CrossTenant {
		methods.add(m.Name, "the query "+m.Name)
	}
	b.errs = append(b.errs, methods.clashes()...)
}

// interfaces claims the names of interfaces.
func (b *builder) interfaces() {
	if !b.opts.Interfaces {
		return
	}
	for _, r := range b.model.Repositories {
		b.claims.add(interfaceName(r.Type), "the interface of "+r.Type)
	}
	if len(b.model.CrossTenant) > 0 {
		b.claims.add(interfaceName(crossTenant), "the interface of "+crossTenant)
	}
	if len(b.model.OfTenants) > 0 {
		b.claims.add(interfaceName(ofTenants), "the interface of "+ofTenants)
	}
	if len(b.model.Unproved) > 0 {
		b.claims.add(interfaceName(unproved), "the interface of "+unproved)
	}
	for _, name := range []string{transactor, newFake, fakes} {
		b.claims.add(name, "the "+name+" that tenantgen emits")
	}
}
