package tenant

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Citus keeps the rows in shards on several machines, tables of their own, which have the policies by copies. What stands
// on the machine that is asked says nothing of them.

// placed is a table as Citus has placed it.
type placed struct {
	Name     string   `json:"table"`
	Shard    string   `json:"shard"`
	Enabled  bool     `json:"enabled"`
	Forced   bool     `json:"forced"`
	Policies []string `json:"policies"`
}

// policiesOf lists the policies of the table that c is in pg_class, but for AS RESTRICTIVE, which gets lost on the way to
// the shards: migrations for Citus do not rest on it.
const policiesOf = `(select coalesce(json_agg(concat_ws(' ', polname, polcmd,
    (select string_agg(coalesce(r.rolname, 'public'), ',' order by r.rolname) from unnest(polroles) u(oid) left join pg_catalog.pg_roles r using (oid)),
    pg_catalog.pg_get_expr(polqual, polrelid), pg_catalog.pg_get_expr(polwithcheck, polrelid)) order by polname), '[]')
  from pg_catalog.pg_policy where polrelid = c.oid)`

// shardsOf asks a machine for its shards of the tables, which stand for %s, and the coordinator for the tables themselves,
// in a session like the others: what expressions look like depends on its search_path.
const shardsOf = `select coalesce(json_agg(json_build_object('table', t.name, 'shard', x.shard,
    'enabled', c.relrowsecurity, 'forced', c.relforcerowsecurity, 'policies', ` + policiesOf + `)), '[]')::text
from unnest(array[%s]::text[]) t(name) cross join pg_catalog.pg_dist_local_group g cross join lateral (
  select '' where g.groupid = 0
  union all select pg_catalog.shard_name(s.logicalrelid, s.shardid)
  from pg_catalog.pg_dist_shard s join pg_catalog.pg_dist_placement p using (shardid)
  where s.logicalrelid = pg_catalog.to_regclass(t.name) and p.groupid = g.groupid) x(shard)
join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(coalesce(nullif(x.shard, ''), t.name))`

// shards looks at the shards of the tables that Citus has placed, and returns the distributed ones among the tables.
func (v *verifier) shards(tables []string) []string {
	var there bool
	v.each("select pg_catalog.to_regclass('pg_catalog.pg_dist_partition') is not null", nil, []any{&there}, func() {})
	if v.err != nil || !there {
		return nil
	}
	var list, distributed []string
	var name, method string
	v.each(`select name, partmethod::text from unnest($1::text[]) name
		join pg_catalog.pg_dist_partition on logicalrelid = pg_catalog.to_regclass(name) order by 1`,
		[]any{tables}, []any{&name, &method}, func() {
			if list = append(list, name); method == "h" {
				distributed = append(distributed, name)
			}
		})
	if len(list) > 0 {
		v.compareShards(list)
	}
	return distributed
}

// compareShards holds every shard against the table that it is of.
func (v *verifier) compareShards(list []string) {
	tables, shards := map[string]placed{}, map[string][]placed{}
	var want int
	var node, text string
	var success bool
	v.each("select nodeid::text, success, coalesce(result, '') from pg_catalog.run_command_on_all_nodes($1)",
		[]any{fmt.Sprintf(shardsOf, literals(list))}, []any{&node, &success, &text}, func() {
			if !success {
				v.found("node "+node, "cannot be asked for its shards: "+text, "see whether the role can connect there, and use the tables' schemas")
				return
			}
			var there []placed
			v.err = cmp.Or(v.err, json.Unmarshal([]byte(text), &there))
			for _, p := range there {
				if p.Shard == "" {
					tables[p.Name] = p
				} else {
					shards[node] = append(shards[node], p)
				}
			}
		})
	v.each(`select count(*) from unnest($1::text[]) name join pg_catalog.pg_dist_shard on logicalrelid = pg_catalog.to_regclass(name)
		join pg_catalog.pg_dist_placement using (shardid)`, []any{list}, []any{&want}, func() {})
	for _, node := range slices.Sorted(maps.Keys(shards)) {
		for _, s := range shards[node] {
			want--
			v.shard(node, s, tables[s.Name])
		}
	}
	if v.err == nil && want > 0 {
		v.found("shards", fmt.Sprintf("%d of the tables could not be looked at", want), "see whether the role can use the tables' schemas on every node")
	}
}

// shard holds a shard against its table.
func (v *verifier) shard(node string, s, table placed) {
	object := "shard " + s.Shard + " on node " + node
	switch {
	case !s.Enabled || !s.Forced:
		v.found(object, "does not enable and force row-level security", "ALTER TABLE "+s.Name+" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, on the coordinator")
	case !slices.Equal(s.Policies, table.Policies):
		v.found(object, "has other policies than "+s.Name, "drop the policies of "+s.Name+" and create them again, on the coordinator")
	}
}

// literals spells texts for a statement that Citus hands on.
func literals(list []string) string {
	spelled := make([]string, len(list))
	for i, text := range list {
		spelled[i] = literal(text)
	}
	return strings.Join(spelled, ", ")
}

// probe finds the distribution column of a table, its type, and an id of that type which no tenant has; "" where none is
// known.
const probe = `select column_name, format_type, case
    when format_type = 'uuid' then 'ffffffff-ffff-4fff-bfff-fffffffffffe'
    when format_type in ('smallint', 'integer', 'bigint', 'numeric') then '32766'
    when format_type in ('text', 'character varying') then 'tenantgen probe' else '' end
  from (select a.attname as column_name, pg_catalog.format_type(a.atttypid, null) as format_type
    from pg_catalog.pg_dist_partition join pg_catalog.pg_attribute a on a.attrelid = logicalrelid
      and a.attname = pg_catalog.column_to_column_name(logicalrelid, partkey)
    where logicalrelid = pg_catalog.to_regclass($1)) x`

// reaches sends a query for a tenant that nobody is to the machine that would have its rows, in the way of every call, and
// looks what the tenant is there.
func (db *DB) reaches(ctx context.Context, d database, table string, found func(object, message, fix string)) error {
	var column, typ, id, got string
	if err := d.pool.QueryRow(ctx, probe, table).Scan(&column, &typ, &id); err != nil || id == "" || len(db.settings) == 0 {
		if errors.Is(err, pgx.ErrNoRows) {
			err = nil
		}
		return err
	}
	scope := newScope(db.settings[0], id)
	if scope.setting == claimsSetting {
		scope = newClaim("probe", id)
	}
	list := db.assignments(nil, scope)
	conn := &call{on: d.pool, base: d, blocks: db.blocks, before: list}
	var rows int
	sql := "select pg_catalog.count(*), coalesce(pg_catalog.current_setting(" + literal(list[0].setting) + ", true), '') from " + table +
		" where " + pgx.Identifier{column}.Sanitize() + " = " + literal(id) + "::" + typ
	if err := conn.QueryRow(ctx, sql).Scan(&rows, &got); err != nil {
		return err
	}
	if got == list[0].value && db.blocks != nil {
		return nil
	}
	found("table "+table, "is distributed by Citus, and the machines that have its rows are not told the tenant in "+scope.setting+", so that no rows are found",
		"set scale: citus and generate again")
	return nil
}
