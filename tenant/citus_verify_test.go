package tenant_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// Verify looks at the machines that have the rows, and whether they are told the tenant.
func TestCitusVerify(t *testing.T) {
	c := newCitus(t)
	tables := gen.WithTables("public.notes", "public.tasks")
	for name, test := range map[string]struct {
		worker string // run on one of the machines
		opts   []tenant.Option
		want   []string // of the problems, all of them
	}{
		"all is well":              {opts: []tenant.Option{gen.WithCitus()}},
		"without WithCitus":        {want: []string{"table public.notes: is distributed by Citus, and the machines"}},
		"a shard not enabled":      {worker: "alter table %s disable row level security", opts: []tenant.Option{gen.WithCitus()}, want: []string{"does not enable and force"}},
		"a shard not forced":       {worker: "alter table %s no force row level security", opts: []tenant.Option{gen.WithCitus()}, want: []string{"does not enable and force"}},
		"a shard without":          {worker: "drop policy tenant on %s", opts: []tenant.Option{gen.WithCitus()}, want: []string{"has other policies than public.notes"}},
		"a shard with one more":    {worker: "create policy more on %s using (true)", opts: []tenant.Option{gen.WithCitus()}, want: []string{"has other policies than public.notes"}},
		"a shard with another":     {worker: "alter policy tenant on %s using (true)", opts: []tenant.Option{gen.WithCitus()}, want: []string{"has other policies than public.notes"}},
		"a shard for another role": {worker: "alter policy tenant on %s to tenant_test_admin", opts: []tenant.Option{gen.WithCitus()}, want: []string{"has other policies than public.notes"}},
	} {
		t.Run(name, func(t *testing.T) {
			undo := onShard(t, c.Workers[0], test.worker)
			db := tenant.New(newPool(t, c.URL, "tenant_test_app", one), append(test.opts, tables, gen.WithSetting(setting, "app.project_id"))...)
			err := gen.Verify(t.Context(), db)
			undo()
			var found *tenant.VerifyError
			if len(test.want) == 0 && err == nil {
				return
			}
			if !errors.As(err, &found) || len(found.Problems) != len(test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			for i, p := range found.Problems {
				if !strings.Contains(p.Object+": "+p.Message, test.want[i]) {
					t.Errorf("got %+v, want %q", p, test.want[i])
				}
			}
		})
	}
}

// onShard changes one shard of notes, behind the coordinator's back, and returns what makes it what it was.
func onShard(t *testing.T, worker, sql string) func() {
	t.Helper()
	if sql == "" {
		return func() {}
	}
	config, err := pgx.ParseConfig(worker)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["citus.enable_manual_changes_to_shards"] = "on"
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	var shard string
	err = conn.QueryRow(t.Context(), `select shard_name(logicalrelid, shardid) from pg_dist_shard join pg_dist_placement using (shardid)
		where logicalrelid = 'notes'::regclass and groupid = (select groupid from pg_dist_local_group) order by 1 limit 1`).Scan(&shard)
	if err != nil {
		t.Fatal(err)
	}
	run := func(statements ...string) {
		for _, sql := range statements {
			if _, err := conn.Exec(t.Context(), strings.ReplaceAll(sql, "%s", shard)); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
	}
	run(sql)
	return func() {
		const condition = "(org_id = nullif(pg_catalog.current_setting('app.org_id', true), '')::uuid)"
		run("alter table %s enable row level security, force row level security", "drop policy if exists more on %s", "drop policy if exists tenant on %s",
			"create policy tenant on %s using "+condition+" with check "+condition)
		conn.Close(t.Context())
	}
}
