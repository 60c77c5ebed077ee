package tenant_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
)

// traffic counts the round trips of the connections that pass through it: the messages after which a client waits,
// Sync and Query of PostgreSQL's protocol.
type traffic struct {
	waits  atomic.Int64
	record func(message []byte) // told each, when there is one
}

func (tr *traffic) count() int64 { return tr.waits.Load() }

// tap makes a pool connect through a proxy that counts.
func (tr *traffic) tap(t *testing.T) func(*pgxpool.Config) {
	return func(config *pgxpool.Config) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		network, server := pgconn.NetworkAddress(config.ConnConfig.Host, config.ConnConfig.Port)
		go func() {
			for {
				client, err := listener.Accept()
				if err != nil {
					return
				}
				go tr.serve(client, network, server)
			}
		}()
		config.ConnConfig.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", listener.Addr().String())
		}
	}
}

func (tr *traffic) serve(client net.Conn, network, address string) {
	defer client.Close()
	server, err := net.Dial(network, address)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		io.Copy(client, server)
		client.Close()
	}()
	tr.forward(server, client)
}

// forward copies message by message. The first one, the startup packet, has no type.
func (tr *traffic) forward(server io.Writer, client io.Reader) {
	for first := true; ; first = false {
		header := make([]byte, 5)
		if first {
			header = header[:4]
		}
		if _, err := io.ReadFull(client, header); err != nil {
			return
		}
		size := binary.BigEndian.Uint32(header[len(header)-4:])
		message := append(header, make([]byte, size-4)...)
		if _, err := io.ReadFull(client, message[len(header):]); err != nil {
			return
		}
		if !first && (message[0] == 'S' || message[0] == 'Q') {
			tr.waits.Add(1)
		}
		if !first && tr.record != nil {
			tr.record(message)
		}
		if _, err := server.Write(message); err != nil {
			return
		}
	}
}

func TestRoundTrips(t *testing.T) {
	traffic := &traffic{}
	pool := newPool(t, newDatabase(t), "tenant_test_app", one, traffic.tap(t))
	db := tenant.New(pool, gen.WithSetting(setting), tenant.WithCrossTenantPool(pool))
	ctx := t.Context()
	count := func(name string, want int64, call func() error) {
		t.Helper()
		if err := call(); err != nil { // prepares
			t.Fatal(err)
		}
		before := traffic.count()
		if err := call(); err != nil {
			t.Fatal(err)
		}
		if got := traffic.count() - before; got != want {
			t.Errorf("%s: %d round trips, want %d", name, got, want)
		}
	}
	count("Exec", 1, func() error {
		_, err := gen.Scoped(db, acme, write).Exec(ctx, "update notes set size = 1")
		return err
	})
	count("QueryRow", 1, func() error {
		var n int
		return gen.Scoped(db, acme, read).QueryRow(ctx, "select count(*) from notes").Scan(&n)
	})
	count("Query", 1, func() error {
		rows, err := gen.Scoped(db, acme, read).Query(ctx, "select title from notes")
		if err != nil {
			return err
		}
		_, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	count("Global", 1, func() error {
		_, err := gen.Global(db, read).Exec(ctx, "select name from plans")
		return err
	})
	count("two levels", 1, func() error {
		_, err := gen.Scoped(db, acme.And(gen.NewScope("app.project_id", "1")), read).Exec(ctx, "select title from tasks")
		return err
	})
	count("SendBatch of three", 1, func() error {
		batch := &pgx.Batch{}
		for range 3 {
			batch.Queue("select title from notes")
		}
		return gen.Scoped(db, acme, read).SendBatch(ctx, batch).Close()
	})
	count("CrossTenant.InTx: begin, one, commit", 3, func() error {
		return gen.InCrossTenantTx(ctx, gen.CrossTenant(db, "counting"), func(ctx context.Context, x *tenant.CrossTenant) error {
			_, err := gen.Across(x, read).Exec(ctx, "select 1")
			return err
		})
	})
	count("JoinTx: begin, two before, one, two after, commit", 7, func() error {
		return pgx.BeginFunc(ctx, pool, func(outer pgx.Tx) error {
			return gen.JoinTx(ctx, db, outer, acme, func(ctx context.Context, tx *tenant.Tx) error {
				_, err := gen.Scoped(tx, acme, read).Exec(ctx, "select title from notes")
				return err
			})
		})
	})
	count("InTx with two statements: begin, two, commit", 4, func() error {
		return gen.InTx(ctx, db, acme, func(ctx context.Context, tx *tenant.Tx) error {
			for range 2 {
				if _, err := gen.Scoped(tx, acme, write).Exec(ctx, "update notes set size = 2"); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
