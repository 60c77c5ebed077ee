package verify_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/verify"
)

// oddSchema has what the example lacks: partitions, names that need quotes, a child of
// two parents, enums, domains, serial columns, triggers, views, functions.
const oddSchema = `
CREATE SCHEMA "My App";
CREATE TYPE "My App"."Kind" AS ENUM ('a', 'b');
CREATE DOMAIN short AS varchar(40);
CREATE TABLE tenants (id varchar(40) PRIMARY KEY, name text NOT NULL);
CREATE TABLE "My App"."Order" (
    "tenantId" varchar(40) NOT NULL REFERENCES tenants (id), id bigserial, "Kind" "My App"."Kind", code short, tags text[] NOT NULL DEFAULT '{}', amount numeric(10, 2), note char(3), at timestamp,
    PRIMARY KEY ("tenantId", id), UNIQUE (id)
);
CREATE TABLE events ("tenantId" varchar(40) NOT NULL, day integer NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY ("tenantId", day, id)) PARTITION BY RANGE (day);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20) PARTITION BY HASH (id);
CREATE TABLE events_2_0 PARTITION OF events_2 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE lines (id uuid PRIMARY KEY, order_id bigint REFERENCES "My App"."Order" (id), parent_id uuid REFERENCES lines (id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE line_notes (id uuid PRIMARY KEY, line_id uuid REFERENCES lines (id) ON DELETE SET NULL ON UPDATE CASCADE, order_id bigint REFERENCES "My App"."Order" (id));
CREATE INDEX ON events ("tenantId", id) WHERE day > 3;
CREATE UNIQUE INDEX ON "My App"."Order" ("tenantId", lower(note));
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER keep BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TRIGGER keep BEFORE UPDATE ON lines FOR EACH ROW EXECUTE FUNCTION keep();
CREATE VIEW open_orders AS SELECT * FROM "My App"."Order";
CREATE MATERIALIZED VIEW order_counts AS SELECT "tenantId", count(*) FROM "My App"."Order" GROUP BY 1;
CREATE RULE nothing AS ON DELETE TO tenants DO INSTEAD NOTHING;
CREATE TABLE settings (id int PRIMARY KEY);
CREATE TABLE documents ("tenantId" varchar(40) NOT NULL, id uuid, visibility text, owner varchar(40), deleted_at timestamptz, size bigint, PRIMARY KEY ("tenantId", id));
`

const oddTables = `
    app_role: tenantgen_odd_app
    tables:
      tenants: {tenant_column: id}
      settings: {global: true}
      documents: {read_also: "visibility = 'public' OR visibility IN ('link', 'org') AND id IS NOT NULL", restrict: "deleted_at IS NULL AND size BETWEEN 0 AND 10"}
      lines: {parent: My App.Order, on: {order_id: id}}
      line_notes: {parent: [{table: lines, on: {line_id: id}}, {table: My App.Order, on: {order_id: id}}]}
`

// A schema of odd things keeps what is promised of it, whatever says who the tenant is.
func TestOddSchema(t *testing.T) {
	for name, source := range map[string]string{"setting": "{setting: app.tenant}", "claim": "{jwt_claim: tenant's}", "claim within": "{jwt_claim: [app_metadata, tenant's]}"} {
		t.Run(name, func(t *testing.T) {
			conn, o := newWorld(t, "    tenant_column: tenantId\n    tenant_source: "+source+oddTables, oddSchema)
			if errs := errorsOf(inspectAll(t, conn, o)); len(errs) > 0 {
				t.Errorf("found:\n%s", briefs(errs))
			}
			for _, c := range []damage{
				{"a new partition", "CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (20) TO (30)", []string{"events_3: unprotected-partition"}, false},
				{"a partition within reach", "CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (20) TO (30); GRANT DELETE ON events_3 TO tenantgen_odd_app", []string{"events_3: unprotected-partition: is part of events and lacks its protection (error)"}, false},
				{"a known partition", "ALTER TABLE events_2_0 NO FORCE ROW LEVEL SECURITY; DROP POLICY tenant_isolation_floor ON events_1; GRANT TRUNCATE ON events_1 TO tenantgen_odd_app", []string{"events_1: excess-grant", "events_1: missing-policy", "events_2_0: rls-not-forced"}, false},
				{"another parent of a child", "ALTER POLICY tenant_isolation_floor ON line_notes WITH CHECK (line_id IS NULL)", []string{"line_notes: altered-policy: policy tenant_isolation_floor differs in WITH CHECK"}, false},
				{"what else may be read", "ALTER POLICY tenant_isolation_floor_select ON documents USING (true); ALTER POLICY tenant_isolation_read ON documents USING (visibility IS NOT NULL AND deleted_at IS NULL AND size BETWEEN 0 AND 10)",
					[]string{"documents: altered-policy: policy tenant_isolation_floor_select differs in USING", "documents: altered-policy: policy tenant_isolation_read differs in USING"}, false},
				{"a restriction lifted", "ALTER POLICY tenant_isolation_floor_delete ON documents USING (\"tenantId\" IS NOT NULL); DROP POLICY tenant_isolation_floor_update ON documents",
					[]string{"documents: altered-policy: policy tenant_isolation_floor_delete differs in USING", "documents: missing-policy: policy tenant_isolation_floor_update"}, false},
				{"a heir of a child of two", "CREATE TABLE heir () INHERITS (line_notes)", []string{"heir: unprotected-partition"}, false},
				{"a trigger disabled", "ALTER TABLE lines DISABLE TRIGGER keep", []string{"lines: missing-trigger: trigger keep does not fire"}, false},
				{"a trigger gone", "DROP TRIGGER keep ON events", []string{"events: missing-trigger: trigger keep does not fire"}, true},
				{"another function of a trigger", "CREATE SCHEMA other; CREATE FUNCTION other.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; DROP TRIGGER keep ON lines; CREATE TRIGGER keep BEFORE UPDATE ON lines FOR EACH ROW EXECUTE FUNCTION other.keep()",
					[]string{"lines: stray-trigger: trigger keep"}, true},
				{"a trigger on a partition", "CREATE TRIGGER mine BEFORE INSERT ON events_1 FOR EACH ROW EXECUTE FUNCTION keep()", []string{"events_1: stray-trigger: trigger mine"}, false},
				{"a trigger on a partitioned table", "CREATE TRIGGER mine BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION keep()", []string{"events: stray-trigger: trigger mine"}, false},
				{"a view gone", "DROP VIEW open_orders; DROP MATERIALIZED VIEW order_counts; CREATE VIEW order_counts AS SELECT 1", []string{"view open_orders: missing-view", "view order_counts: missing-view"}, true},
				{"the owner's view", "GRANT SELECT ON open_orders, order_counts TO tenantgen_odd_app", []string{"view open_orders: view-without-security-invoker: reads My App.Order as postgres, whom no policy holds back (error)", "view order_counts: materialized-view: holds copies of rows of My App.Order, which row-level security does not reach (error)"}, false},
				{"a tenant from the start", "ALTER ROLE tenantgen_odd_app SET " + map[string]string{"setting": "app.tenant", "claim": "request.jwt.claims", "claim within": "request.jwt.claims"}[name] + " = '{}'", []string{"role tenantgen_odd_app: preset-tenant"}, false},
				{"an expression index gone", `DROP INDEX "My App"."Order_tenantId_lower_idx"`, []string{"table My App.Order: missing-key: unique key (tenantId)"}, true},
			} {
				testNew(t, conn, o, c)
			}
		})
	}
}

// testNew damages a world and looks at what is found besides what it always has.
func testNew(t *testing.T, conn *pgx.Conn, o verify.Options, c damage) {
	t.Helper()
	known := map[string]bool{}
	for _, f := range inspectAll(t, conn, o).Findings {
		known[brief(f)] = true
	}
	added := func(tx pgx.Tx) []verify.Finding {
		return slices.DeleteFunc(inspectAll(t, tx, o).Findings, func(f verify.Finding) bool { return known[brief(f)] })
	}
	t.Run(c.name, func(t *testing.T) {
		damaged(t, conn, c.do, func(tx pgx.Tx) {
			found := added(tx)
			expect(t, found, c.want)
			for _, f := range found {
				for _, s := range f.SQL {
					run(t, tx, s)
				}
			}
			if left := added(tx); !c.keep && len(left) > 0 {
				t.Errorf("the statements leave:\n%s", briefs(left))
			}
		})
	})
}

func errorsOf(r *verify.Report) []verify.Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f verify.Finding) bool { return f.Severity != rules.Error })
}

// Each level of tenancy has its own setting, and its own policies.
func TestLevels(t *testing.T) {
	conn, o := newWorld(t, `    levels: [{name: org, column: org_id, setting: app.org}, {name: project, column: project_id, setting: app.project}]
    app_role: tenantgen_odd_app
    tables: {orgs: {tenant_column: id, level: org}}
`, `CREATE TABLE orgs (id bigint PRIMARY KEY);
		CREATE TABLE projects (org_id bigint NOT NULL REFERENCES orgs, project_id bigint NOT NULL, PRIMARY KEY (org_id, project_id));
		CREATE TABLE members (org_id bigint NOT NULL, id bigint, project_id bigint, PRIMARY KEY (org_id, id));
`)
	if r := inspectAll(t, conn, o); len(errorsOf(r)) > 0 || r.Policies != 6 {
		t.Fatalf("%d policies; found:\n%s", r.Policies, briefs(r.Findings))
	}
	for _, c := range []damage{
		{"the other level's setting", "ALTER POLICY tenant_isolation_floor ON members USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.project', true)), '')::bigint)", []string{"members: altered-policy: policy tenant_isolation_floor differs in USING"}, false},
		{"the outer level is set", "ALTER ROLE tenantgen_odd_app SET app.org = '1'", []string{"role tenantgen_odd_app: preset-tenant"}, false},
		{"the inner level is set", "ALTER ROLE tenantgen_odd_app SET app.project = '1'", []string{"role tenantgen_odd_app: preset-tenant"}, false},
	} {
		testNew(t, conn, o, c)
	}
}

// What else may be read, and what nobody may see, can mention the tenant.
func TestReadAlso(t *testing.T) {
	conn, o := newWorld(t, `    tenant_column: org_id
    tenant_source: {setting: app.org}
    app_role: tenantgen_odd_app
    tables: {documents: {read_also: pub OR owner = @org_id, restrict: NOT hidden}}
`, "CREATE TABLE documents (org_id bigint NOT NULL, id bigint, owner bigint, pub boolean, hidden boolean, PRIMARY KEY (org_id, id));\n")
	if r := inspectAll(t, conn, o); len(errorsOf(r)) > 0 || r.Policies != 6 {
		t.Fatalf("%d policies; found:\n%s", r.Policies, briefs(r.Findings))
	}
	const current = "NULLIF((SELECT pg_catalog.current_setting('app.org', true)), '')::bigint"
	for _, c := range []damage{
		{"the same", "ALTER POLICY tenant_isolation_read ON documents USING ((pub OR owner = " + current + ") AND NOT hidden)", nil, false},
		{"no restriction", "ALTER POLICY tenant_isolation_read ON documents USING (pub OR owner = " + current + ")", []string{"documents: altered-policy: policy tenant_isolation_read differs in USING"}, false},
		{"another column", "ALTER POLICY tenant_isolation_read ON documents USING ((pub OR id = " + current + ") AND NOT hidden)", []string{"documents: altered-policy: policy tenant_isolation_read differs in USING"}, false},
		{"OR and AND", "ALTER POLICY tenant_isolation_read ON documents USING (pub OR owner = " + current + " AND NOT hidden)", []string{"documents: altered-policy: policy tenant_isolation_read differs in USING"}, false},
	} {
		testNew(t, conn, o, c)
	}
}
