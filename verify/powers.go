package verify

import (
	"fmt"
	"slices"
	"strings"
)

// predefined roles that no policy or grant holds back, with what they do (PostgreSQL
// manual, 22.5).
var predefined = map[string]string{
	"pg_read_all_data":          "reads every table",
	"pg_write_all_data":         "writes every table",
	"pg_read_server_files":      "reads the server's files",
	"pg_write_server_files":     "writes the server's files",
	"pg_execute_server_program": "runs programs on the server",
	"pg_read_all_stats":         "sees the statements that other sessions run",
	"pg_create_subscription":    "copies rows of other servers into tables",
	"pg_database_owner":         "owns what the database's owner owns",
}

// harmlessRoles are predefined roles that show and change no row: they read settings,
// count pages, or cost the server time. What pg_monitor is a member of is judged by itself.
var harmlessRoles = []string{"pg_monitor", "pg_read_all_settings", "pg_stat_scan_tables", "pg_signal_backend", "pg_checkpoint", "pg_maintain",
	"pg_use_reserved_connections", "pg_signal_autovacuum_worker"}

// powers names what of a role row-level security does not stop. Of a role that is the
// application's for good, everything that it owns counts.
func (p *pass) powers(r *role, app bool) []string {
	var list []string
	for _, a := range attributes(r) {
		list = append(list, "has "+a)
	}
	if what := predefined[r.name]; what != "" {
		list = append(list, what)
	} else if strings.HasPrefix(r.name, "pg_") && !slices.Contains(harmlessRoles, r.name) {
		list = append(list, "is a predefined role that tenantgen does not know")
	}
	if owned := p.owns(r, app); len(owned) > 0 {
		list = append(list, "owns "+shortened(owned))
	}
	return list
}

func attributes(r *role) []string {
	var list []string
	for _, a := range []struct {
		has  bool
		name string
	}{{r.superuser, "SUPERUSER"}, {r.bypassRLS, "BYPASSRLS"}, {r.replication, "REPLICATION"}, {r.createRole, "CREATEROLE"}} {
		if a.has {
			list = append(list, a.name)
		}
	}
	return list
}

// owns lists what of the database a role owns: schemas and tables of the application, or
// everything.
func (p *pass) owns(r *role, everything bool) []string {
	var list []string
	if p.live.databaseOwner == r.oid {
		list = append(list, "database "+p.live.database)
	}
	for _, s := range p.live.schemas {
		if s.owner == r.oid {
			list = append(list, "schema "+s.name)
		}
	}
	for _, rel := range p.live.relations {
		if rel.owner == r.oid && (everything || p.promised.byName[rel.name] != nil || p.owned[rel]) {
			list = append(list, rel.what()+" "+rel.name.String())
		}
	}
	if everything {
		list = append(list, p.live.otherwiseOwned[r.oid]...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// owners reads who owns what besides schemas and the relations that tables reads, such
// as functions, types, sequences and large objects. Temporary objects end with their session.
func (r *reader) owners() {
	var owner oid
	var what string
	r.each("pg_shdepend", `SELECT d.refobjid, i.type || ' ' || i.identity FROM pg_shdepend d, pg_identify_object(d.classid, d.objid, d.objsubid) i
		WHERE d.deptype = 'o' AND d.refclassid = 'pg_authid'::regclass AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
		  AND d.classid NOT IN ('pg_namespace'::regclass, 'pg_user_mapping'::regclass) AND coalesce(i.schema, '') !~ '^pg_(temp|toast)'
		  AND NOT (d.classid = 'pg_class'::regclass AND EXISTS (SELECT FROM pg_class c WHERE c.oid = d.objid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')))
		ORDER BY 1, 2`, []any{&owner, &what}, func() {
		r.live.otherwiseOwned[owner] = append(r.live.otherwiseOwned[owner], what)
	})
}

// shortened lists the first few of many.
func shortened(list []string) string {
	if len(list) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:3], ", "), len(list)-3)
	}
	return strings.Join(list, ", ")
}
