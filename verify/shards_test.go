package verify

import (
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// A shard has what its table has, whatever that is: each thing alone. TestCitusMigrations changes
// shards of a real Citus.
func TestShards(t *testing.T) {
	table := copied{Enabled: true, Forced: true, Policies: []string{"tenant_isolation * app x", "floor r public y"}}
	same := copied{Shard: "notes_1", Enabled: true, Forced: true, Policies: table.Policies, node: "2"}
	with := func(f func(c *copied)) copied {
		c := same
		f(&c)
		return c
	}
	for name, c := range map[string]struct {
		rel  relation
		want string
	}{
		"same":       {relation{copies: []copied{same, same}}, ""},
		"disabled":   {relation{copies: []copied{same, with(func(c *copied) { c.Enabled = false })}}, "rls-disabled: shard notes_1 on node 2 has row-level security disabled"},
		"not forced": {relation{copies: []copied{with(func(c *copied) { c.Forced = false })}}, "rls-not-forced: shard notes_1 on node 2 does not force row-level security on its owner"},
		"fewer":      {relation{copies: []copied{with(func(c *copied) { c.Policies = c.Policies[:1] })}}, "altered-policy: shard notes_1 on node 2 has other policies than notes"},
		"another":    {relation{copies: []copied{with(func(c *copied) { c.Policies = []string{c.Policies[0], "floor r public true"} })}}, "altered-policy: shard notes_1 on node 2 has other policies than notes"},
		"not seen":   {relation{copies: []copied{same}, unseen: 3}, "unread-object: table notes has 3 shards that could not be looked at"},
	} {
		rel := c.rel
		rel.name, rel.original = catalog.Name{Schema: "public", Name: "notes"}, table
		for _, owned := range []bool{true, false} {
			p := &pass{live: &live{byName: map[catalog.Name]*relation{rel.name: &rel}, relations: map[oid]*relation{1: &rel}}, owned: map[*relation]bool{&rel: owned}}
			p.shards()
			var got []string
			for _, f := range p.findings {
				got = append(got, f.Rule.Name+": "+f.Object+" "+f.Message)
				if len(f.SQL) == 0 && f.Hint == "" || f.Table != rel.name {
					t.Errorf("%s: incomplete: %+v", name, f)
				}
			}
			want := map[bool]string{true: c.want}[owned]
			if text := strings.Join(got, "\n"); text != want {
				t.Errorf("%s, a tenant's %v: found %q, want %q", name, owned, text, want)
			}
		}
	}
}
