package config

import "strings"

// Tenant is the options.tenantgen block.
type Tenant struct {
	// Columns are the spellings of the tenant column; empty when Levels are given.
	Columns []string
	// ColumnAt is where they are written.
	ColumnAt Place
	// Levels are the levels of tenancy, outermost first.
	Levels []Level
	// Out is the directory of the generated repositories as written, "" when
	// there is none yet; Package their Go package name. See Config.RepoDir.
	Out, Package string
	// EmitInterface adds an interface for each repository, EmitIterators an
	// iterator for each query of many rows.
	EmitInterface, EmitIterators bool
	// EmitIsolationTest adds a test of two tenants over every method.
	EmitIsolationTest bool
	// QueryParameterLimit is how many parameters besides the tenant a method takes
	// plainly, not in a struct; nil: as sqlc has them, and one of sqlc's struct.
	QueryParameterLimit *int
	Migrations          Migrations
	// Baseline is the file that excuses refused queries, as written; "" for its usual name.
	Baseline                 string
	AppRole, CrossTenantRole string
	// Source is where policies find the tenant; empty when Levels are given.
	Source Source
	// Scale is how the database is spread over machines: "citus", or "" for one machine.
	Scale     string
	Tables    []Table    // in the order of the file
	Functions []Function // in the order of the file
	Rules     []Rule     // in the order of the file
	// Vet is about the Go code.
	Vet Vet
	// Present tells that the block exists.
	Present      bool
	Line, Column int
}

// Level is one level of tenancy.
type Level struct {
	Name, Column, Setting string
	Line                  int
}

// Migrations says where row-level-security migrations go. Dir is as written;
// Numbering is sequential, timestamp or, left to the format, "".
type Migrations struct {
	Dir, Format, Numbering string
	Line                   int
}

// Source is where a policy finds the tenant: exactly one field is set.
type Source struct {
	Setting string
	// JWTClaim is the way to a claim: the name of one at the top, or of one within it, and so on.
	JWTClaim []string
}

// Table is a declaration about one table.
type Table struct {
	// Name is the key as written, possibly schema-qualified.
	Name                string
	TenantColumn, Level string
	Global              bool
	// NoTenant says why a column of a global table that looks like the tenant's is none.
	NoTenant string
	// Parents are the tables through any one of which a row belongs to a tenant.
	Parents []Parent
	// ReadAlso is a condition under which rows of other tenants may be read.
	ReadAlso string
	// Restrict is a condition that policies add to the tenant's: without it a row is not
	// seen, and not written.
	Restrict     string
	Line, Column int
}

// Parent is one way to the tenant, by the columns of On.
type Parent struct {
	Table string
	On    []Pair
	// When are values that columns of the child have where this is its parent.
	When []Match
	// Where is a condition on the parent's row, of which On is a key then.
	Where string
	// NoForeignKey says why no foreign key has to keep the rows together.
	NoForeignKey string
	Line, Column int
}

// Pair is a column of the child and the column of the parent it refers to.
type Pair struct {
	Child, Parent string
}

// Match is a column with a value that tells parents apart.
type Match struct {
	Column, Value string
}

// Function is a user function somebody vouches for: it touches no tenant data.
type Function struct {
	Name, Reason string
	// Kind is what a function is whose definition is in no schema file: "function",
	// "aggregate", "window" or "set"; "" when that is not said.
	Kind         string
	Line, Column int
}

// Rule changes the severity of a rule: error, warning or off.
type Rule struct {
	Name, Severity, Reason string
	Except                 []Except
	Line, Column           int
}

// Except is an object that a rule says nothing of, and why.
type Except struct {
	Object, Reason string
	Line, Column   int
}

// except reads why a rule says nothing of an object.
func (f *Rule) except(p pair) {
	e := Except{Object: p.key.Value, Line: p.key.Line, Column: p.key.Column}
	str(&e.Reason).read(p.val)
	if strings.TrimSpace(e.Reason) == "" {
		p.val.errorf("say why", "no reason is given")
	}
	f.Except = append(f.Except, e)
}

// optionsShape takes what it knows nothing of: plugins of sqlc have options as well.
func optionsShape(bool) *Schema {
	own := new(Tenant).keys().shape(true)
	own.AnyOf = []*Schema{excluding("tenant_column", "levels"), excluding("levels", "tenant_column", "tenant_source")}
	return &Schema{Type: types{"object"}, Properties: map[string]*Schema{"tenantgen": own}, Required: []string{"tenantgen"}}
}

// options reads options, of which only tenantgen is ours.
func (r *reader) options(v value, c *Config) {
	for _, p := range v.pairs() {
		if p.key.Value == "tenantgen" {
			c.Tenant = Tenant{Present: true, Line: p.key.Line, Column: p.key.Column}
			if v.r.bare {
				v.r.add(p.key.Line, p.key.Column, "edit it by hand: tenantgen lint says what it lacks", "options.tenantgen is there already")
				return
			}
			p.val.strict = true
			if p.val.null() {
				p.val.errorf(minimalBlock, "nothing is set")
				return
			}
			c.Tenant.read(p.val)
		}
	}
}

func (t *Tenant) read(v value) {
	v.object(t.keys())
	if c, ok := v.get("tenant_column"); ok {
		t.ColumnAt = Place{c.n.Line, c.n.Column}
	}
	t.check(v)
}

// keys are those of options.tenantgen.
func (t *Tenant) keys() fields {
	return fields{
		"tenant_column": spellings(&t.Columns, "name the column that holds the tenant").says("the column that says whose a row is; a list of spellings, where tables differ"),
		"levels": setting{read: func(v value) { v.list(t.level) }, takes: levelsShape}.
			says("levels of tenancy in place of tenant_column, the outermost first: an organization has projects"),
		"out":                   str(&t.Out).says("the directory of the generated repositories"),
		"package":               str(&t.Package).says("the name of their Go package; that of the directory, if it is left out"),
		"emit_interface":        boolean(&t.EmitInterface).says("an interface for each repository, and fakes of them"),
		"emit_iterators":        boolean(&t.EmitIterators).says("an iterator for each query of many rows"),
		"emit_isolation_test":   boolean(&t.EmitIsolationTest).says("a test that calls every method as two tenants"),
		"query_parameter_limit": limit(&t.QueryParameterLimit).says("how many parameters besides the tenant a method takes plainly, not in a struct"),
		"migrations":            object(t.Migrations.keys()).then(func(v value) { t.Migrations.Line = v.n.Line }).says("where migrations with row-level security go"),
		"baseline":              str(&t.Baseline).says("the file that excuses refused queries, until they change"),
		"app_role":              role(&t.AppRole).says("the role that the application's sessions run as"),
		"cross_tenant_role":     role(&t.CrossTenantRole).says("the role of the pool for queries that are declared cross-tenant"),
		"tenant_source":         t.Source.setting().says("where policies find the tenant"),
		"scale":                 oneOf(&t.Scale, "citus").says("how the database is spread over machines"),
		"tables":                named(t.table, tableShape).says("whose rows a table has that has no tenant column, or another one"),
		"functions":             named(t.function, new(Function).shape).says("functions that somebody vouches for: they touch no tenant's data"),
		"vet":                   {read: t.Vet.read, takes: vetShape, about: "what tenantgen vet knows of the Go code: types of ids, and places of which it says nothing"},
		"rules":                 named(t.rule, new(Rule).shape).says("the severity of rules, and the objects of which they say nothing"),
	}
}

func (s *Source) setting() setting {
	either := object(fields{
		"setting":   str(&s.Setting).says("the setting that has the tenant, such as app.org_id"),
		"jwt_claim": claim(&s.JWTClaim).says("the claim of request.jwt.claims that has the tenant; a list: the way to one within another"),
	})
	keys := either.takes
	either.takes = func(strict bool) *Schema {
		o := keys(strict)
		o.AnyOf = []*Schema{excluding("setting", "jwt_claim"), excluding("jwt_claim", "setting")}
		return o
	}
	return either
}

// claim reads the name of a claim, or a list: the way to one within another.
func claim(dst *[]string) setting {
	return setting{takes: oneOrMore(someText), read: func(v value) {
		if isList(v) {
			if *dst = v.texts(); len(v.n.Content) == 0 {
				v.errorf("name the claim that holds the tenant", "empty list")
			}
		} else if s, ok := v.text(); ok && s != "" {
			*dst = []string{s}
		}
	}}
}

// spellings reads a name or a list of different ones.
func spellings(dst *[]string, hint string) setting {
	several := func(strict bool) *Schema {
		s := oneOrMore(someText)(strict)
		s.AnyOf[1].UniqueItems = true
		return s
	}
	return setting{takes: several, read: func(v value) {
		if !isList(v) {
			if s, ok := v.text(); ok {
				*dst = []string{s}
			}
			return
		}
		seen := map[string]bool{}
		v.list(func(e value) {
			s, ok := e.text()
			if ok && seen[s] {
				e.errorf("", "%q is listed twice", s)
			} else if ok {
				*dst = append(*dst, s)
			}
			seen[s] = true
		})
		if len(v.n.Content) == 0 {
			v.errorf(hint, "empty list")
		}
	}}
}

func (t *Tenant) level(v value) {
	l := Level{Line: v.n.Line}
	v.object(l.keys())
	if l.Setting == "" && l.Column != "" {
		l.Setting = "app." + l.Column
	}
	t.Levels = append(t.Levels, l)
}

func levelsShape(strict bool) *Schema {
	s := listOf(new(Level).keys().shape)(strict)
	s.MinItems = 1
	return s
}

func (l *Level) keys() fields {
	const hint = "a level is {name: org, column: organization_id, setting: app.org_id}"
	return fields{
		"name":    need(hint, str(&l.Name)).says("what the level is called in generated code"),
		"column":  need(hint, str(&l.Column)).says("the column that says whose a row is at this level"),
		"setting": str(&l.Setting).says("the setting that has the tenant of this level; app.<column>, if it is left out"),
	}
}

func (m *Migrations) keys() fields {
	return fields{
		"dir": need("name the directory of the migrations, e.g. dir: db/migrations", str(&m.Dir)).says("the directory of the migrations"),
		"format": need("say which tool runs them: goose, golang-migrate, dbmate, tern, plain, atlas",
			oneOf(&m.Format, "goose", "golang-migrate", "dbmate", "tern", "plain", "atlas")).says("the tool that runs them"),
		"numbering": oneOf(&m.Numbering, "sequential", "timestamp").says("how new ones are numbered; as the tool does, if it is left out"),
	}
}

// entries reads a mapping whose keys are names of the user's.
func (v value) entries(each func(name pair)) {
	for _, p := range v.pairs() {
		if p.key.Value == "" {
			v.r.add(p.key.Line, p.key.Column, "", "%san empty name", v.prefix())
			continue
		}
		each(p)
	}
}

func (t *Tenant) function(p pair) {
	f := Function{Name: p.key.Value, Line: p.key.Line, Column: p.key.Column}
	if strings.Contains(f.Name, "(") && !strings.HasSuffix(f.Name, ")") {
		p.val.errorf("write schema.function(type, type)", "no signature")
	}
	if p.val.null() {
		p.val.errorf(vouchHint, "no reason is given")
		return
	}
	p.val.object(f.keys())
	t.Functions = append(t.Functions, f)
}

const vouchHint = `write {safe: "why it touches no tenant data"}`

func (f *Function) keys() fields {
	return fields{
		"safe": need(vouchHint, str(&f.Reason)).says("why it touches no tenant's data"),
		"kind": oneOf(&f.Kind, "function", "aggregate", "window", "set").says("what it is, where no schema file creates it"),
	}
}

func (f *Function) shape(strict bool) *Schema { return f.keys().shape(strict) }

func (t *Tenant) rule(p pair) {
	f := Rule{Name: p.key.Value, Line: p.key.Line, Column: p.key.Column}
	const hint = "write {severity: warning}, {severity: off, reason: …} or {except: {<object>: <why>}}"
	if p.val.null() {
		p.val.errorf(hint, "no severity is given")
		return
	}
	p.val.object(f.keys())
	if len(f.Except) == 0 {
		p.val.need("severity", hint)
	}
	if f.Severity == "off" {
		p.val.need("reason", "say why nobody needs this rule here")
	}
	t.Rules = append(t.Rules, f)
}

func (f *Rule) keys() fields {
	return fields{
		"severity": oneOf(&f.Severity, "error", "warning", "off").says("error, warning or off"),
		"reason":   str(&f.Reason).says("why, where it is off"),
		"except":   named(f.except, someText).says("the objects of which the rule says nothing, each with the reason"),
	}
}

func (f *Rule) shape(strict bool) *Schema {
	s := f.keys().shape(strict)
	s.AnyOf = []*Schema{{Required: []string{"severity"}}, with("except", &Schema{MinProperties: 1})}
	s.If, s.Then = with("severity", &Schema{Const: "off"}), &Schema{Required: []string{"reason"}}
	return s
}
