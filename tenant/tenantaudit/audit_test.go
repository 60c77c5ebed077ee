package tenantaudit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
	"github.com/tenantgen/tenantgen/tenant/internal/tabletest"
	"github.com/tenantgen/tenantgen/tenant/tenantaudit"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var (
	read      = tenant.Operation{Name: "GetNote", Repository: "NotesRepository", Command: "one"}
	write     = tenant.Operation{Name: "AddNote", Repository: "NotesRepository", Command: "exec", Write: true}
	errDenied = errors.New("denied")
)

// book is a log in memory.
type book struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// lines are the entries of the log, the fields given with spaces between.
func (b *book) lines(t *testing.T, fields ...string) (list []string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for line := range strings.Lines(b.text.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, f := range fields {
			if s, ok := entry[f].(string); ok {
				words = append(words, s)
			}
		}
		list = append(list, strings.Join(words, " "))
	}
	return list
}

func newAuditor(t *testing.T, c tenantaudit.Config) (*tenantaudit.Auditor, *book) {
	t.Helper()
	b := &book{}
	c.Log = slog.New(slog.NewJSONHandler(b, nil))
	if c.TenantColumn == "" {
		c.TenantColumn = "org_id"
	}
	a, err := tenantaudit.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

// guard refuses notes that nobody may read.
func guard(_ context.Context, _ tenant.Scope, op tenant.Operation) error {
	if op.Name == "Secret" {
		return errDenied
	}
	return nil
}

// What there is to be kept is kept, by whom and from where, for the tenant whose it is; everything else is not.
func TestAudit(t *testing.T) {
	for _, kind := range tabletest.Kinds() {
		t.Run(kind.Type, func(t *testing.T) {
			lab := tabletest.New(t, kind, "audit")
			a, log := newAuditor(t, tenantaudit.Config{TenantColumn: kind.Column})
			db := tenant.New(lab.Pool(t, "app"), gen.WithSetting(tabletest.Setting), tenant.WithCrossTenantPool(lab.Pool(t, "admin")),
				tenant.WithTracer(a), tenant.WithGuard(guard))
			vera := tenantaudit.WithAddress(tabletest.For(t, t.Context(), kind.Acme, "free"), "10.0.0.7")
			everything(t, vera, db, kind)
			if got, want := log.lines(t, "kind", "severity", "operation", "reason"), []string{
				"mismatch critical GetNote", "mismatch critical InTx", "mismatch critical InnerNote", "policy critical Forge", "refused warning Secret",
				"unproved info Old it is old", "unproved warning Old it is old", "refused warning InTx", "cross-tenant info Invoices the invoices of March", "refused warning Invoices",
			}; !slices.Equal(got, want) {
				t.Errorf("the log has\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if err := a.Flush(vera, db); err != nil {
				t.Fatal(err)
			}
			if waiting, dropped := a.Waiting(); waiting != 0 || dropped != 0 {
				t.Errorf("%d wait, %d are dropped", waiting, dropped)
			}
			tenants := fmt.Sprintf(`select format('%%s: %%s %%s', "%s", kind, operation) from tenant_audit where actor = 'vera' and address = '10.0.0.7' order by at, id`, kind.Column)
			id := kind.Acme.ID()
			if got, want := lab.Rows(t, tenants), []string{id + ": mismatch GetNote", id + ": mismatch InTx", id + ": mismatch InnerNote", id + ": policy Forge",
				id + ": refused Secret", id + ": unproved Old", id + ": unproved Old"}; !slices.Equal(got, want) {
				t.Errorf("the table has %q, want %q", got, want)
			}
			if got := lab.Rows(t, "select message from tenant_audit where message like '%' || $1::text || '%'", kind.Globex.ID()); kind.Type != "bigint" && len(got) > 0 {
				t.Errorf("a tenant is told of another one: %q", got)
			}
			got := lab.Rows(t, "select format('%s %s %s %s', kind, operation, category, message) from tenant_audit_crossings order by at, id")
			want := []string{"mismatch GetNote", "mismatch InTx", "mismatch InnerNote", "refused InTx", "cross-tenant Invoices billing", "refused Invoices"}
			if len(got) != len(want) {
				t.Fatalf("the other table has %q", got)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], want[i]) || i < 3 && !strings.Contains(got[i], kind.Globex.String()) {
					t.Errorf("the other table has %q at %d, want %q", got[i], i, want[i])
				}
			}
		})
	}
}

// everything makes each kind of call.
func everything(t *testing.T, vera context.Context, db *tenant.DB, kind tabletest.Kind) {
	t.Helper()
	column := kind.Column
	named := func(name string) tenant.Operation {
		return tenant.Operation{Name: name, Repository: "NotesRepository", Command: "exec"}
	}
	_, _ = gen.Scoped(db, kind.Acme, read).Exec(vera, "select 1")
	_, _ = gen.Scoped(db, kind.Acme, read).Exec(vera, "select 1/0") // an error like any other
	_, _ = gen.Scoped(db, kind.Globex, read).Exec(vera, "select 1") // another tenant's
	_ = tabletest.InTx(vera, db, kind.Globex, func(context.Context, tabletest.Tx) error { return nil })
	_ = tabletest.InTx(vera, db, kind.Acme, func(ctx context.Context, tx tabletest.Tx) error {
		_, err := gen.Scoped(tx.Executor(), kind.Globex, named("InnerNote")).Exec(ctx, "select 1")
		return err // which the transaction fails with: it is told once all the same
	})
	_, _ = gen.Scoped(db, kind.Acme, named("Forge")).Exec(vera, `insert into tenant_audit ("`+column+`", id, at, kind, severity, actor, address, repository, operation, reason, message)
		values ($1, gen_random_uuid(), now(), '', '', '', '', '', '', '', '')`, kind.Globex.ID())
	_, _ = gen.Scoped(db, kind.Acme, named("Secret")).Exec(vera, "select 1")
	old := named("Old")
	old.Reason = "it is old"
	_, _ = gen.Unproved(db, kind.Acme, old).Exec(vera, "select 1")
	_, _ = gen.Unproved(db, kind.Acme, old).Exec(vera, "select 1/0")
	_ = tabletest.InTx(vera, db, tenant.Scope{}, func(context.Context, tabletest.Tx) error { return nil })
	invoices := tenant.Operation{Name: "Invoices", Repository: "InvoicesRepository", Category: tenant.Billing, Command: "many"}
	_ = gen.InCrossTenantTx(vera, gen.CrossTenant(db, "the invoices of March"), func(ctx context.Context, x *tenant.CrossTenant) error {
		_, err := gen.Across(x, invoices).Exec(ctx, "select 1")
		return err
	})
	_, _ = gen.Across(gen.CrossTenant(db, " "), invoices).Exec(vera, "select 1")
}
