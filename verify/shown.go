package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/rules"
)

// shownByViews judges the views over tenant tables that the application's role may
// use. Before PostgreSQL 15 a view cannot run with the rights of who reads it.
func (p *pass) shownByViews() {
	p.sorted(func(rel *relation) {
		if rel.kind != view && rel.kind != materialized {
			return
		}
		reach := p.reach(rel)
		tables := p.tenantTables(rel, map[*relation]bool{})
		if peeks := peeksOf(rel, map[*relation]bool{}); reach != "" && len(peeks) > 0 && (rel.kind == materialized || !rel.invoker) && p.promised.views[rel.name] == nil {
			p.found(systemGrant, Finding{Object: "view " + rel.name.String(), Message: "shows what its owner gets from " + shortened(peeks), Is: reach, Promised: "no grant to the application's role", SQL: p.revokeAll(rel)})
		}
		if len(tables) == 0 && rel.kind == view && (!rel.invoker || p.live.version < 150000) {
			p.writtenThrough(rel)
		}
		if reach == "" || len(tables) == 0 {
			return
		}
		f := Finding{Object: "view " + rel.name.String(), Is: reach, SQL: p.revokeAll(rel)}
		switch {
		case rel.kind == materialized:
			f.Message = "holds copies of rows of " + shortened(tables) + ", which row-level security does not reach"
			f.Promised, f.Severity, f.Hint = "no grant to the application's role", rules.Error, "use a view WITH (security_invoker), or a table with the tenant column"
			p.found(rules.Lookup("materialized-view"), f)
		case !rel.invoker || p.live.version < 150000:
			p.ownersView(rel, tables, f)
		}
	})
}

// writtenThrough reports writes through a view, which PostgreSQL makes of the table below with
// the rights of the view's owner: a tenant would change what all of them read.
func (p *pass) writtenThrough(rel *relation) {
	list, sql := p.writesOf(rel)
	if len(list) > 0 && len(rel.reads) > 0 {
		p.found(excessGrant, Finding{Object: "view " + rel.name.String(), Message: "the application's role may write through it to " + rel.reads[0].name.String() + " with the rights of " + p.live.roleName(rel.owner),
			Is: joined(list), Promised: "SELECT", SQL: sql})
	}
}

// writesOf lists what the application's roles may write to a relation, and what takes that away.
func (p *pass) writesOf(rel *relation) (list, sql []string) {
	for _, g := range p.held(rel) {
		if slices.Contains(ordinaryPrivileges[1:], g.privilege) {
			list = append(list, strings.ToUpper(g.privilege)+" of "+p.live.roleName(g.grantee))
			sql = append(sql, fmt.Sprintf("REVOKE INSERT, UPDATE, DELETE ON %s FROM %s;", quote(rel.name), p.grantee(g.grantee)))
		}
	}
	return list, slices.Compact(sql)
}

// peeksOf lists what a view shows besides relations of ours, through other views too.
func peeksOf(rel *relation, seen map[*relation]bool) []string {
	if seen[rel] {
		return nil
	}
	seen[rel] = true
	list := slices.Clone(rel.peeks)
	for _, r := range rel.reads {
		list = append(list, peeksOf(r, seen)...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// ownersView reports a view that reads as its owner: an error when row-level security
// does not hold for one of the owners on the way.
func (p *pass) ownersView(rel *relation, tables []string, f Finding) {
	f.Message = "reads " + shortened(tables) + " as its owner " + p.live.roleName(rel.owner) + ", whom the policies hold back"
	for _, owner := range p.readers(rel, map[*relation]bool{}) {
		if p.live.aboveRLS(owner) {
			f.Severity = rules.Error
			f.Message = "reads " + shortened(tables) + " as " + p.live.roleName(owner) + ", whom no policy holds back"
		}
	}
	f.Is, f.Promised = "the rights of the owner; "+f.Is, "security_invoker"
	if p.live.version >= 150000 {
		f.SQL = []string{fmt.Sprintf("ALTER VIEW %s SET (security_invoker = true);", quote(rel.name))}
	}
	p.found(rules.Lookup("view-without-security-invoker"), f)
}

// tenantTables lists the tenant tables that a view reads, through other views too.
func (p *pass) tenantTables(rel *relation, seen map[*relation]bool) []string {
	var list []string
	for _, r := range rel.reads {
		if seen[r] {
			continue
		}
		seen[r] = true
		if p.owned[r] {
			list = append(list, r.name.String())
		}
		list = append(list, p.tenantTables(r, seen)...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// readers lists the owners as whom a view and the views below it read.
func (p *pass) readers(rel *relation, seen map[*relation]bool) []oid {
	if seen[rel] || rel.kind != view {
		return nil
	}
	seen[rel] = true
	var list []oid
	if !rel.invoker || p.live.version < 150000 {
		list = append(list, rel.owner)
	}
	for _, r := range rel.reads {
		list = append(list, p.readers(r, seen)...)
	}
	return list
}

// definers judges the SECURITY DEFINER functions, and those in languages that are not trusted,
// that the application's role may call and nobody vouched for.
func (p *pass) definers() {
	for _, fn := range p.live.functions {
		var who, sql []string
		kind := "FUNCTION"
		if fn.procedure {
			kind = "PROCEDURE"
		}
		for _, g := range fn.grants {
			if p.holders[g.grantee] {
				who = append(who, strings.TrimSuffix("EXECUTE of "+p.live.roleName(g.grantee)+" through "+g.via, " through "))
				switch g.via {
				case "":
					sql = append(sql, fmt.Sprintf("REVOKE EXECUTE ON %s %s(%s) FROM %s;", kind, quote(fn.name), fn.args, p.grantee(g.grantee)))
				case "an operator class":
					sql = append(sql, fmt.Sprintf("ALTER %s %s(%s) SECURITY INVOKER;", kind, quote(fn.name), fn.args))
				default:
					sql = append(sql, fmt.Sprintf("REVOKE EXECUTE ON ROUTINE %s FROM %s;", g.via, p.grantee(g.grantee)))
				}
			}
		}
		if len(who) == 0 || p.options.Vouched(fn.name, fn.args) {
			continue
		}
		owner := p.live.roleName(fn.owner)
		if !fn.definer {
			p.found(systemGrant, Finding{Object: strings.ToLower(kind) + " " + fn.name.String() + "(" + fn.args + ")", Message: "is written in a language that nothing holds back", Is: joined(who), Promised: "no EXECUTE",
				SQL: slices.Compact(sql), Hint: "or declare it under options.tenantgen.functions with a reason"})
			continue
		}
		f := Finding{Object: strings.ToLower(kind) + " " + fn.name.String() + "(" + fn.args + ")", Message: "runs as its owner " + owner + ", whom the policies hold back",
			Is: joined(who), Promised: "SECURITY INVOKER, or no EXECUTE", SQL: slices.Compact(sql), Hint: "or declare it under options.tenantgen.functions with a reason"}
		if p.live.aboveRLS(fn.owner) {
			f.Severity, f.Message = rules.Error, "runs as its owner "+owner+", whom no policy holds back"
		}
		p.found(rules.Lookup("security-definer"), f)
	}
}
