package tenantusage_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/internal/pgtest"
	"github.com/tenantgen/tenantgen/tenant/internal/tabletest"
	"github.com/tenantgen/tenantgen/tenant/tenantusage"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func newMeter(t *testing.T, column string) *tenantusage.Meter {
	t.Helper()
	m, err := tenantusage.New(tenantusage.Config{TenantColumn: column, Peaks: []string{"storage", "seats"},
		Now: func() time.Time { return month.Add(10 * 24 * time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func newLab(t *testing.T, kind tabletest.Kind, change ...func(*pgxpool.Config)) (*tabletest.Lab, *tenant.DB, *tenantusage.Meter) {
	t.Helper()
	lab, m := tabletest.New(t, kind, "usage"), newMeter(t, kind.Column)
	return lab, tenant.New(lab.Pool(t, "app", change...), gen.WithSetting(tabletest.Setting), tenant.WithTracer(m)), m
}

// used reads what a tenant has used, without the times, which differ.
func used(t *testing.T, db *tenant.DB, m *tenantusage.Meter, scope tenant.Scope) string {
	t.Helper()
	var got tenantusage.Used
	err := tabletest.InTx(t.Context(), db, scope, func(ctx context.Context, tx tabletest.Tx) (err error) {
		got, err = m.Of(ctx, tx, month.Add(time.Hour))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{tenantusage.DatabaseTime, tenantusage.RequestTime} {
		delete(got, kind)
	}
	return fmt.Sprint(got)
}

// cut breaks connections after a flush was sent and before its answer is read.
type cut struct {
	net.Conn
	breaks *atomic.Bool
}

func (c cut) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == nil && c.breaks.Load() {
		time.Sleep(50 * time.Millisecond) // the server commits
		c.Conn.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

func unreachable(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), "postgres://nobody@127.0.0.1:1/nowhere?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}
