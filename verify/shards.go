package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// Citus keeps the rows of a table in shards on several machines: tables of their own, which have copies of its policies.

// copied is a table, or a shard of it, as a machine has it. Policies say nothing of AS
// RESTRICTIVE, which gets lost on the way to the shards.
type copied struct {
	Shard    string   `json:"shard"` // "" for the table itself, on the coordinator
	Enabled  bool     `json:"enabled"`
	Forced   bool     `json:"forced"`
	Policies []string `json:"policies"`
	node     string
}

// copiesOf asks a machine for its shards of a table, which stands for %[1]s, and the coordinator for the table itself, in
// a session like the others: what expressions look like depends on its search_path.
const copiesOf = `SELECT coalesce(json_agg(json_build_object('shard', x.shard, 'enabled', c.relrowsecurity, 'forced', c.relforcerowsecurity,
  'policies', (SELECT coalesce(json_agg(concat_ws(' ', polname, polcmd,
      (SELECT string_agg(coalesce(r.rolname, 'public'), ',' ORDER BY r.rolname) FROM unnest(polroles) u(oid) LEFT JOIN pg_catalog.pg_roles r USING (oid)),
      pg_catalog.pg_get_expr(polqual, polrelid), pg_catalog.pg_get_expr(polwithcheck, polrelid)) ORDER BY polname), '[]')
    FROM pg_catalog.pg_policy WHERE polrelid = c.oid))), '[]')::text
FROM pg_catalog.pg_dist_local_group g CROSS JOIN LATERAL (
  SELECT '' WHERE g.groupid = 0
  UNION ALL SELECT pg_catalog.shard_name(s.logicalrelid, s.shardid)
  FROM pg_catalog.pg_dist_shard s JOIN pg_catalog.pg_dist_placement p USING (shardid)
  WHERE s.logicalrelid = pg_catalog.to_regclass(%[1]s) AND p.groupid = g.groupid) x(shard)
JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(coalesce(nullif(x.shard, ''), %[1]s))`

// shards reads the copies of every table that Citus has placed, by asking all machines.
func (r *reader) shards() {
	var citus bool
	r.each("pg_class", "SELECT to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL", []any{&citus}, func() {})
	if r.err != nil || !citus {
		return
	}
	var relid oid
	var count int
	expected := map[oid]int{}
	r.each("pg_dist_partition", `SELECT logicalrelid::oid, (SELECT count(*) FROM pg_dist_shard s JOIN pg_dist_placement USING (shardid) WHERE s.logicalrelid = p.logicalrelid)
		FROM pg_dist_partition p`, []any{&relid, &count}, func() { expected[relid] = count })
	for _, id := range slices.Sorted(maps.Keys(expected)) {
		if rel := r.live.relations[id]; rel != nil {
			rel.placed = true
			r.copies(rel)
			rel.unseen += expected[id]
		}
	}
}

func (r *reader) copies(rel *relation) {
	command := fmt.Sprintf(copiesOf, migrate.QuoteLiteral(migrate.QuoteName(rel.name)))
	var node, text string
	var success bool
	r.each("run_command_on_all_nodes", "SELECT nodeid::text, success, coalesce(result, '') FROM run_command_on_all_nodes("+migrate.QuoteLiteral(command)+")",
		[]any{&node, &success, &text}, func() {
			if !success {
				r.err = fmt.Errorf("node %s cannot be asked for its shards: %s", node, text)
				return
			}
			var list []copied
			if err := json.Unmarshal([]byte(text), &list); err != nil && r.err == nil {
				r.err = err
			}
			for _, c := range list {
				if c.node = node; c.Shard == "" {
					rel.original = c
					continue
				}
				rel.unseen--
				rel.copies = append(rel.copies, c)
			}
		})
	slices.SortFunc(rel.copies, func(a, b copied) int { return strings.Compare(a.Shard, b.Shard) })
}

// shards compares the copies of the tables that have policies with the tables.
func (p *pass) shards() {
	p.sorted(func(rel *relation) {
		if !p.owned[rel] {
			return
		}
		if rel.unseen > 0 {
			p.found(unreadObject, Finding{Object: "table " + rel.name.String(), Table: rel.name, Message: fmt.Sprintf("has %d shards that could not be looked at", rel.unseen),
				Hint: "let the role that verify connects as use the table's schema on every node"})
		}
		for _, c := range rel.copies {
			p.shard(rel.name, c, rel.original)
		}
	})
}

func (p *pass) shard(table catalog.Name, have, want copied) {
	f := Finding{Object: "shard " + have.Shard + " on node " + have.node, Table: table}
	switch {
	case !have.Enabled:
		f.Message, f.SQL = "has row-level security disabled", []string{"ALTER TABLE " + quote(table) + " ENABLE ROW LEVEL SECURITY;"}
		p.found(rlsDisabled, f)
	case !have.Forced:
		f.Message, f.SQL = "does not force row-level security on its owner", []string{"ALTER TABLE " + quote(table) + " FORCE ROW LEVEL SECURITY;"}
		p.found(rlsNotForced, f)
	case !slices.Equal(have.Policies, want.Policies):
		f.Is, f.Promised = strings.Join(have.Policies, "; "), strings.Join(want.Policies, "; ")
		f.Message, f.Hint = "has other policies than "+table.String(), "drop the table's policies and create them again, on the coordinator"
		p.found(alteredPolicy, f)
	}
}
