package verify

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/migrate"
)

// All registers the rules that only a live database can break. Their examples stand
// on the database of the example application: Bad is what somebody does to it, Good
// what takes it back.
var All = []*rules.Rule{
	missingTable, missingColumn, alteredColumn, strayColumn, strayTable, missingView, alteredInheritance,
	missingKey, missingForeignKey, strayForeignKey, missingCheck, strayCall, missingTrigger, alteredTrigger, strayTrigger, strayRule, alteredFunction, strayFunction,
	rlsDisabled, rlsNotForced, missingPolicy, alteredPolicy, formerPolicies, extraPolicy, unprotectedPartition, foreignTable,
	missingRole, roleAttributes, roleMembership, roleOwns, loginRole, crossTenantRole, crossTenantLogin, compiledPlans, presetTenant, presetSetting,
	missingGrant, excessGrant, publicGrant, schemaCreate, defaultPrivileges, systemGrant, outwardFunction, loginTrigger, subscribedTable, publishedTable,
	nonLeakproofIndex, unprovedQuery, unreadObject,
}

// Schema rules that are judged on the live tables too, and those that judge with the
// live privileges what lint reports wherever it stands.
var (
	shared  = lookup("nullable-tenant-column", "key-without-tenant", "foreign-key-without-tenant", "foreign-key-nulls-tenant", "levels-without-foreign-key", "no-tenant-index")
	viewing = lookup("view-without-security-invoker", "materialized-view", "security-definer")
)

func lookup(names ...string) []*rules.Rule {
	list := make([]*rules.Rule, len(names))
	for i, n := range names {
		list[i] = rules.Lookup(n)
	}
	return list
}

// Rules lists every rule that a finding may have.
func Rules() []*rules.Rule { return slices.Concat(All, shared, viewing) }

// Lookup returns the named rule of All, or nil.
func Lookup(name string) *rules.Rule {
	for _, r := range All {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// checks are carried out in this order; each reports findings of several rules.
var checks = []func(*pass){
	(*pass).readAgain, (*pass).structure, (*pass).views, (*pass).strayTables, (*pass).inheritance, (*pass).constraints, (*pass).values, (*pass).schemaRules, (*pass).triggers, (*pass).functionsAgain, (*pass).tableCalls,
	(*pass).protection, (*pass).shards, (*pass).partitions, (*pass).role, (*pass).cross, (*pass).presets, (*pass).settings, (*pass).logins, (*pass).grants, (*pass).schemaGrants, (*pass).creates, (*pass).system, (*pass).outward, (*pass).published, (*pass).defaults,
	(*pass).shownByViews, (*pass).definers, (*pass).indexes,
	(*pass).proofs, // when the others have found nothing
}

// pass is one comparison.
type pass struct {
	options  Options
	promised *promised
	live     *live
	own      *tenancy.Map       // of the live tables
	holders  map[oid]bool       // the application's roles, what they can become, and PUBLIC
	apps     []*role            // those of the application's roles that exist
	crossing []*role            // those of cross-tenant queries that exist
	owned    map[*relation]bool // whose rows belong to tenants
	again    *catalog.Database  // the live database as schema files would give it
	findings []Finding
}

func newPass(o Options, want *promised, have *live) *pass {
	p := &pass{options: o, promised: want, live: have, own: o.Classify(have.db), holders: map[oid]bool{public: true}, owned: map[*relation]bool{}}
	for _, name := range want.appRoles {
		if r := have.roleNamed(name); r != nil {
			p.apps = append(p.apps, r)
			for _, b := range have.reaches(r) {
				p.holders[b.oid] = true
			}
		}
	}
	for _, want := range want.crossing {
		if r := have.roleNamed(want.name); r != nil {
			p.crossing = append(p.crossing, r)
		}
	}
	for _, rel := range have.relations {
		if p.belongs(rel) {
			p.owned[rel] = true
			for _, d := range rel.descendants() {
				p.owned[d] = true
			}
		}
	}
	return p
}

// belongs reports whether a table's rows belong to tenants, by promise or by the look
// of it.
func (p *pass) belongs(rel *relation) bool {
	if t := p.promised.byName[rel.name]; t != nil {
		return t.protected()
	}
	k := p.own.Of(rel.table).Kind
	return rel.isTable() && (k == tenancy.Column || k == tenancy.Child)
}

// found adds a finding with the severity that its rule has by default.
func (p *pass) found(r *rules.Rule, f Finding) {
	f.Rule = r
	if f.Severity == "" {
		f.Severity = r.Severity
	}
	p.findings = append(p.findings, f)
}

// tables visits each promised table that is there, in the order of the names.
func (p *pass) tables(visit func(*promisedTable, *relation)) {
	for _, t := range p.promised.tables {
		if rel := p.live.byName[t.Name]; rel != nil && rel.isTable() {
			visit(t, rel)
		}
	}
}

// sorted visits every live relation in the order of the names.
func (p *pass) sorted(visit func(*relation)) {
	for _, rel := range p.live.sorted() {
		visit(rel)
	}
}

// held lists what the application's roles may do with a relation, by their own grants,
// by those of roles that they can become, and by those of PUBLIC.
func (p *pass) held(rel *relation) []grant {
	return slices.DeleteFunc(slices.Clone(rel.grants), func(g grant) bool { return !p.holders[g.grantee] })
}

// reach says in words how the application's role can use a relation, "" when it
// cannot.
func (p *pass) reach(rel *relation) string {
	var list []string
	for _, g := range p.held(rel) {
		list = append(list, strings.ToUpper(g.privilege)+" of "+p.live.roleName(g.grantee))
	}
	if p.holders[rel.owner] {
		list = append(list, "ownership of "+p.live.roleName(rel.owner))
	}
	return joined(list)
}

// joined sorts a list, drops what is in it twice, and prints it.
func joined(list []string) string {
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ", ")
}

func quote(n catalog.Name) string { return migrate.QuoteName(n) }

// grantee prints a role of a grant for SQL.
func (p *pass) grantee(id oid) string {
	if id == public {
		return "PUBLIC"
	}
	return migrate.QuoteIdent(p.live.roleName(id))
}
