package rules

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// fires reports triggers that run a function as its owner for whoever writes the row:
// nobody needs EXECUTE for that (PostgreSQL manual, CREATE TRIGGER).
func (p *Pass) fires(f *catalog.Function) {
	if !f.SecurityDefiner || p.App.Vouched != nil && p.App.Vouched(f) {
		return
	}
	fired := func(on catalog.Name, triggers []*catalog.Trigger) {
		for _, g := range triggers {
			if g.Function == f.Name {
				p.report(f.Definer, on.String(), excuse("use SECURITY INVOKER"),
					"trigger "+g.Name+" of "+on.String()+" runs function "+f.Name.String()+" with the rights of its owner, whom row-level security may not stop, for whoever writes the row")
			}
		}
	}
	for _, t := range p.DB.Tables {
		fired(t.Name, t.Triggers)
	}
	for _, v := range p.DB.Views {
		fired(v.Name, v.Triggers)
	}
}

// trustedExtensions may be installed by who is no superuser, so nothing in them is for
// superusers only (PostgreSQL manual, appendix F, and pgvector's control file).
var trustedExtensions = []string{"plpgsql", "btree_gin", "btree_gist", "citext", "cube", "dict_int", "fuzzystrmatch", "hstore",
	"intarray", "isn", "lo", "ltree", "pgcrypto", "pg_trgm", "seg", "tablefunc", "tcn", "tsm_system_rows", "tsm_system_time",
	"unaccent", "uuid-ossp", "vector"}

// excessOnFunctions says why the right to run every function of a schema is too much.
func (p *Pass) excessOnFunctions() string {
	for _, e := range p.DB.Extensions {
		if !slices.Contains(trustedExtensions, e) {
			return "the extension " + e + " may keep functions in it for superusers, such as dblink_connect_u and pg_file_write"
		}
	}
	return ""
}
