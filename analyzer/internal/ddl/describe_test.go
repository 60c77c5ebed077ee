package ddl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

func full(n catalog.Name) string { return n.Schema + "." + n.Name }

// fact is one kind of fact, as the loader and as the server tell it.
type fact struct {
	name   string
	loaded func(*loader) []string
	sql    string
}

var facts = []fact{
	{"table", describeTables, `
		select format('%s.%s by=%s(%s) part=%s rls=%s force=%s', NSP, relname,
			coalesce((select case partstrat when 'r' then 'range' when 'l' then 'list' else 'hash' end from pg_partitioned_table p where partrelid = c.oid), ''),
			coalesce((select string_agg(coalesce(attname, ''), ',' order by o) from pg_partitioned_table p, unnest(partattrs) with ordinality k(n, o)
				left join pg_attribute a on attnum = n and n <> 0 and attrelid = (select c.oid) where partrelid = c.oid), ''),
			relispartition, relrowsecurity, relforcerowsecurity)
		from pg_class c join pg_namespace n on n.oid = relnamespace where IS_USER_SCHEMA and relkind in ('r', 'p', 'f')`},
	{"column", describeColumns, `
		select format('%s.%s %s %s %s.%s%s mod=%s notnull=%s default=%s generated=%s identity=%s', NSP, relname,
			row_number() over (partition by c.oid order by attnum), attname,
			(select nspname from pg_namespace where oid = coalesce(e.typnamespace, y.typnamespace)), coalesce(e.typname, y.typname),
			case when e.oid is not null then '[]' else '' end, atttypmod <> -1,
			attnotnull, atthasdef and attgenerated = '', attgenerated <> '', attidentity <> '')
		from pg_class c join pg_namespace n on n.oid = relnamespace join pg_attribute a on attrelid = c.oid and attnum > 0 and not attisdropped
		join pg_type y on y.oid = atttypid left join pg_type e on e.oid = y.typelem and y.typcategory = 'A' and y.typname like '\_%'
		where IS_USER_SCHEMA and relkind in ('r', 'p', 'f')`},
	{"index", describeIndexes, `
		select format('%s.%s %s (%s) unique=%s primary=%s constraint=%s partial=%s deferrable=%s nnd=%s valid=%s %s', NSP, c.relname, i.relname,
			(select string_agg(coalesce(attname, ''), ',' order by o) from unnest(indkey::int2[]) with ordinality k(n, o)
				left join pg_attribute a on attnum = n and n <> 0 and attrelid = indrelid where o <= indnkeyatts),
			indisunique, indisprimary, exists (select from pg_constraint where conindid = i.oid and contype in ('p', 'u')),
			indpred is not null, not indimmediate, indnullsnotdistinct, indisvalid, amname)
		from pg_index x join pg_class i on i.oid = indexrelid join pg_am m on m.oid = i.relam
		join pg_class c on c.oid = indrelid join pg_namespace n on n.oid = c.relnamespace
		where IS_USER_SCHEMA and c.relkind in ('r', 'p', 'f')`},
	{"foreign key", describeForeign, `
		select format('%s.%s %s (%s) -> %s (%s) del=%s upd=%s valid=%s special=%s', NSP, c.relname, conname,
			(select string_agg(attname, ',' order by o) from unnest(conkey) with ordinality k(n, o) join pg_attribute on attnum = n and attrelid = conrelid),
			(select format('%s.%s', nspname, relname) from pg_class r join pg_namespace m on m.oid = relnamespace where r.oid = confrelid),
			(select string_agg(attname, ',' order by o) from unnest(confkey) with ordinality k(n, o) join pg_attribute on attnum = n and attrelid = confrelid),
			confdeltype, confupdtype, convalidated, confmatchtype = 'f' or condeferred or confdelsetcols is not null)
		from pg_constraint k join pg_class c on c.oid = conrelid join pg_namespace n on n.oid = c.relnamespace
		where IS_USER_SCHEMA and contype = 'f'
		and not exists (select from pg_constraint p where p.oid = k.conparentid and p.conrelid = k.conrelid)`},
	{"check", describeChecks, `
		select format('%s.%s %s', NSP, relname, conname) from pg_constraint k join pg_class c on c.oid = conrelid
		join pg_namespace n on n.oid = relnamespace where IS_USER_SCHEMA and contype = 'c'`},
	{"inheritance", describeInheritance, `
		select format('%s.%s < %s', NSP, c.relname, (select format('%s.%s', nspname, relname) from pg_class p join pg_namespace m on m.oid = relnamespace where p.oid = inhparent))
		from pg_inherits join pg_class c on c.oid = inhrelid join pg_namespace n on n.oid = relnamespace
		where IS_USER_SCHEMA and relkind in ('r', 'p', 'f')`},
	{"policy", describePolicies, `
		select format('%s.%s %s permissive=%s roles=%s %s using=%s check=%s', schemaname, tablename, policyname, permissive, roles,
			lower(cmd), qual is not null, with_check is not null) from pg_policies`},
	{"trigger", describeTriggers, `
		select format('%s.%s %s %s %s(%s) %s', NSP, relname, tgname,
			case when tgtype & 2 <> 0 then 'before' when tgtype & 64 <> 0 then 'instead of' else 'after' end,
			'', concat_ws(',', case when tgtype & 4 <> 0 then 'insert' end, case when tgtype & 16 <> 0 then 'update' end,
				case when tgtype & 8 <> 0 then 'delete' end, case when tgtype & 32 <> 0 then 'truncate' end),
			(select format('%s.%s', nspname, proname) from pg_proc p join pg_namespace m on m.oid = pronamespace where p.oid = tgfoid))
		from pg_trigger join pg_class c on c.oid = tgrelid join pg_namespace n on n.oid = relnamespace where not tgisinternal`},
	{"view", describeViews, `
		select format('%s.%s materialized=%s invoker=%s', NSP, relname, relkind = 'm',
			coalesce((select option_value::bool from pg_options_to_table(reloptions) where option_name = 'security_invoker'), false))
		from pg_class c join pg_namespace n on n.oid = relnamespace where IS_USER_SCHEMA and relkind in ('v', 'm')`},
	{"function", describeFunctions, `
		select format('%s.%s(%s) %s definer=%s strict=%s set=%s %s', nspname, proname,
			(select coalesce(string_agg(coalesce(e.typname, y.typname) || case when e.oid is null then '' else '[]' end, ',' order by o), '')
				from unnest(proargtypes) with ordinality a(id, o) join pg_type y on y.oid = id
				left join pg_type e on e.oid = y.typelem and y.typcategory = 'A' and y.typname like '\_%'),
			case provolatile when 'v' then 'volatile' when 's' then 'stable' else 'immutable' end, prosecdef, proisstrict, proretset, prokind)
		from pg_proc p join pg_namespace n on n.oid = pronamespace where IS_USER_SCHEMA
		and not exists (select from pg_depend where objid = p.oid and deptype in ('i', 'e'))`},
	{"enum", describeEnums, `
		select format('%s.%s %s', nspname, typname, (select string_agg(enumlabel, ',' order by enumsortorder) from pg_enum where enumtypid = t.oid))
		from pg_type t join pg_namespace n on n.oid = typnamespace where IS_USER_SCHEMA and typtype = 'e'`},
	{"domain", describeDomains, `
		select format('%s.%s', nspname, typname) from pg_type t join pg_namespace n on n.oid = typnamespace where IS_USER_SCHEMA and typtype = 'd'`},
	{"sequence", describeSequences, `
		select format('%s.%s', NSP, relname) from pg_class c join pg_namespace n on n.oid = relnamespace where IS_USER_SCHEMA and relkind = 'S'`},
	{"schema", func(l *loader) []string { return l.db.Schemas }, `
		select nspname from pg_namespace n where IS_USER_SCHEMA and nspname !~ '^pg_temp'`},
	{"grant", describeGrants, `
		select format('%s.%s %s %s', NSP, relname, lower(privilege_type), case when grantee = 0 then 'public' else grantee::regrole::text end)
		from pg_class c join pg_namespace n on n.oid = relnamespace, aclexplode(relacl)
		where grantee <> relowner and IS_USER_SCHEMA and relkind in ('r', 'p', 'f', 'v', 'm', 'S')`},
}

// eachTable formats lines for each table.
func eachTable(l *loader, f func(t *table, add func(format string, args ...any))) []string {
	var out []string
	for _, t := range l.tables {
		f(t, func(format string, args ...any) {
			out = append(out, full(t.Name)+" "+fmt.Sprintf(format, args...))
		})
	}
	return out
}

// tf prints a boolean as format('%s') does.
func tf(b bool) string { return map[bool]string{true: "t", false: "f"}[b] }

func describeTables(l *loader) []string {
	return eachTable(l, func(t *table, add func(string, ...any)) {
		add("by=%s(%s) part=%s rls=%s force=%s", t.PartitionBy, strings.Join(t.PartitionKey, ","), tf(t.IsPartition), tf(t.RLS), tf(t.ForceRLS))
	})
}

func describeColumns(l *loader) []string {
	return eachTable(l, func(t *table, add func(string, ...any)) {
		for i, c := range t.Columns {
			array := ""
			if c.Type.Array {
				array = "[]"
			}
			add("%d %s %s%s mod=%s notnull=%s default=%s generated=%s identity=%s", i+1, c.Name, full(c.Type.Name), array, tf(c.Type.Modified),
				tf(c.NotNull), tf(c.HasDefault), tf(c.Generated), tf(c.Identity))
		}
	})
}

func describeIndexes(l *loader) []string {
	return eachTable(l, func(t *table, add func(string, ...any)) {
		for _, x := range t.indexes {
			add("%s (%s) unique=%s primary=%s constraint=%s partial=%s deferrable=%s nnd=%s valid=%s %s", x.Name, strings.Join(x.Columns, ","), tf(x.Unique),
				tf(x.primary), tf(x.key), tf(x.Partial), tf(x.deferrable), tf(x.nullsNotDistinct), tf(x.valid()), x.Method)
		}
	})
}

func describeForeign(l *loader) []string {
	codes := map[string]string{"": "a", "restrict": "r", "cascade": "c", "set null": "n", "set default": "d"}
	return eachTable(l, func(t *table, add func(string, ...any)) {
		for _, f := range t.Foreign {
			add("%s (%s) -> %s (%s) del=%s upd=%s valid=%s special=%s", f.Name, strings.Join(f.Columns, ","), full(f.RefTable), strings.Join(f.RefColumns, ","),
				codes[f.OnDelete], codes[f.OnUpdate], tf(!f.NotValid), tf(f.Special))
		}
	})
}

func describeChecks(l *loader) []string {
	return eachTable(l, func(t *table, add func(string, ...any)) {
		for _, c := range t.checks {
			add("%s", c.name)
		}
	})
}

func describeInheritance(l *loader) []string {
	return eachTable(l, func(t *table, add func(string, ...any)) {
		for _, p := range t.Parents {
			add("< %s", full(p))
			if !slices.Contains(l.db.Table(p).Children, t.Name) {
				add("is no child of %s", full(p))
			}
		}
	})
}

func describePolicies(l *loader) []string {
	return eachTable(l, func(t *table, add func(string, ...any)) {
		for _, p := range t.Policies {
			kind := "PERMISSIVE"
			if p.Restrictive {
				kind = "RESTRICTIVE"
			}
			roles := "{" + strings.Join(slices.Sorted(slices.Values(p.Roles)), ",") + "}"
			add("%s permissive=%s roles=%s %s using=%s check=%s", p.Name, kind, roles, p.Command, tf(p.Using != ""), tf(p.Check != ""))
		}
	})
}

func describeTriggers(l *loader) []string {
	line := func(g *catalog.Trigger) string {
		return fmt.Sprintf("%s %s (%s) %s", g.Name, g.Timing, strings.Join(g.Events, ","), full(g.Function))
	}
	out := eachTable(l, func(t *table, add func(string, ...any)) {
		for _, g := range t.Triggers {
			add("%s", line(g))
		}
	})
	for _, v := range l.db.Views {
		for _, g := range v.Triggers {
			out = append(out, full(v.Name)+" "+line(g))
		}
	}
	return out
}

func describeViews(l *loader) []string {
	var out []string
	for _, v := range l.db.Views {
		out = append(out, fmt.Sprintf("%s materialized=%s invoker=%s", full(v.Name), tf(v.Materialized), tf(v.SecurityInvoker)))
	}
	return out
}

func describeFunctions(l *loader) []string {
	var out []string
	kinds := map[string]string{"function": "f", "procedure": "p", "aggregate": "a", "window": "w"}
	for _, f := range l.db.Functions {
		var args []string
		for _, a := range pgtype.InputTypes(f) {
			name := a.Name.Name
			if a.Array {
				name += "[]"
			}
			args = append(args, name)
		}
		out = append(out, fmt.Sprintf("%s(%s) %s definer=%s strict=%s set=%s %s", full(f.Name), strings.Join(args, ","), f.Volatility,
			tf(f.SecurityDefiner), tf(f.Strict), tf(f.ReturnsSet), kinds[f.Kind]))
	}
	return out
}

func describeEnums(l *loader) []string {
	var out []string
	for _, t := range l.db.Types {
		if t.Kind == "enum" {
			out = append(out, full(t.Name)+" "+strings.Join(t.Values, ","))
		}
	}
	return out
}

func describeDomains(l *loader) []string {
	var out []string
	for _, t := range l.db.Types {
		if t.Kind == "domain" {
			out = append(out, full(t.Name))
		}
	}
	return out
}

func describeSequences(l *loader) []string {
	var out []string
	for _, s := range l.sequences {
		out = append(out, full(s.name))
	}
	return out
}

func describeGrants(l *loader) []string {
	var out []string
	for _, g := range l.db.Grants {
		privileges := []string{g.Privilege}
		if g.Kind != "table" && g.Kind != "sequence" {
			continue
		}
		if g.Privilege == "all" {
			privileges = allPrivileges[g.Kind]
		}
		for _, p := range privileges {
			out = append(out, fmt.Sprintf("%s %s %s", full(g.On), p, g.Role))
		}
	}
	return out
}
