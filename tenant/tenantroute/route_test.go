package tenantroute_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenantroute"
)

var (
	read  = tenant.Operation{Name: "ListNotes", Repository: "NotesRepository", Command: "many"}
	write = tenant.Operation{Name: "AddNote", Repository: "NotesRepository", Command: "exec", Write: true}
)

// Shared tables, a schema, a database, and all of it in one hosting, behind the same calls.
func TestHybrid(t *testing.T) {
	h := newHosting(t, map[string][]string{"main": {"acme", `"Big Co"`}, "second": {"acme"}, "own": nil})
	_, db := h.router()
	for id, place := range map[string]tenantroute.Place{
		"small": {Database: "main"}, "tiny": {Database: "main"}, "acme": {Database: "main", Schema: "acme"},
		"big": {Database: "main", Schema: "Big Co"}, "eu-acme": {Database: "second", Schema: "acme"}, "vip": {Database: "own"},
	} {
		h.put(id, place)
	}
	for id := range h.places {
		if err := add(t.Context(), db, id, "hello-"+id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		err := gen.InTx(t.Context(), db, org(id), func(ctx context.Context, tx *tenant.Tx) error {
			_, err := gen.Scoped(tx, org(id), write).Exec(ctx, "insert into notes (org_id, title) values ($1, 'tx')", id)
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	for id := range h.places {
		if got, want := list(t, db, id), "hello-"+id+" tx"; got != want {
			t.Errorf("%s sees %q", id, got)
		}
	}
	for _, c := range []struct{ database, table, want string }{
		{"main", "notes", "small:hello-small small:tx tiny:hello-tiny tiny:tx"}, {"main", "acme.notes", "acme:hello-acme acme:tx"},
		{"main", `"Big Co".notes`, "big:hello-big big:tx"}, {"second", "acme.notes", "eu-acme:hello-eu-acme eu-acme:tx"}, {"second", "notes", ""}, {"own", "notes", "vip:hello-vip vip:tx"},
	} {
		if got := h.rows(c.database, c.table); got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.table, c.database, got, c.want)
		}
	}
	if n := h.opened.Load(); n != 3 {
		t.Errorf("%d pools for 3 databases", n)
	}
	if n := h.asked.Load(); n != 6 {
		t.Errorf("asked %d times for the places of 6 tenants", n)
	}
}

// Where nobody knows a place, nothing is opened, and nothing sent.
func TestUnknown(t *testing.T) {
	h := newHosting(t, nil)
	broken := errors.New("the directory is down")
	for name, c := range map[string]struct {
		place tenantroute.Place
		err   error
		want  error
		opens int64
	}{
		"unknown":     {tenantroute.Place{}, tenant.ErrUnknown, tenant.ErrUnknown, 0},
		"down":        {tenantroute.Place{Database: "main"}, broken, broken, 0},
		"no place":    {tenantroute.Place{}, nil, tenantroute.ErrNoPlace, 0},
		"no database": {tenantroute.Place{Schema: "acme"}, nil, tenantroute.ErrNoPlace, 0},
	} {
		h.opened.Store(0)
		_, db := h.router(func(cfg *tenantroute.Config) {
			cfg.Place = func(context.Context, tenant.Scope) (tenantroute.Place, error) { return c.place, c.err }
		})
		for range 2 {
			if err := add(t.Context(), db, "acme", "x"); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		err := gen.InTx(t.Context(), db, org("acme"), func(context.Context, *tenant.Tx) error { t.Error("the function is called"); return nil })
		if !errors.Is(err, c.want) {
			t.Errorf("%s: InTx: %v", name, err)
		}
		if n := h.opened.Load(); n != c.opens {
			t.Errorf("%s: %d pools are opened", name, n)
		}
	}
	_, db := h.router(func(cfg *tenantroute.Config) {
		cfg.Place = func(context.Context, tenant.Scope) (tenantroute.Place, error) {
			return tenantroute.Place{Database: "gone"}, nil
		}
	})
	if err := add(t.Context(), db, "acme", "x"); err == nil || !strings.Contains(err.Error(), "no database gone") {
		t.Errorf("got %v", err)
	}
	_, db = h.router(func(cfg *tenantroute.Config) {
		cfg.Place = func(context.Context, tenant.Scope) (tenantroute.Place, error) {
			return tenantroute.Place{Database: "nil"}, nil
		}
		cfg.Open = func(context.Context, string) (*pgxpool.Pool, error) { return nil, nil }
	})
	if err := add(t.Context(), db, "acme", "x"); !errors.Is(err, tenantroute.ErrNoPlace) {
		t.Errorf("got %v", err)
	}
}

// There are never more pools than there may be. The one that was not used for longest goes, and none that a call has.
func TestBounded(t *testing.T) {
	h := newHosting(t, map[string][]string{"a": nil, "b": nil, "c": nil})
	for _, name := range []string{"a", "b", "c"} {
		h.put(name, tenantroute.Place{Database: name})
	}
	r, db := h.router(func(c *tenantroute.Config) { c.MaxPools, c.Wait = 2, 200*time.Millisecond })
	names := func() (list []string) {
		for name := range r.Opened() {
			list = append(list, name)
		}
		slices.Sort(list)
		return list
	}
	for i, c := range []struct{ id, open string }{{"a", "[a]"}, {"b", "[a b]"}, {"a", "[a b]"}, {"c", "[a c]"}, {"b", "[b c]"}} {
		if err := add(t.Context(), db, c.id, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(names()); got != c.open {
			t.Errorf("after %d: %s are open, want %s", i, got, c.open)
		}
		time.Sleep(5 * time.Millisecond)
	}
	err := gen.InTx(t.Context(), db, org("b"), func(ctx context.Context, tx *tenant.Tx) error {
		rows, err := gen.Scoped(db, org("c"), read).Query(tenant.OutsideTx(ctx), "select title from notes")
		if err != nil {
			return err
		}
		if err := add(tenant.OutsideTx(ctx), db, "a", "no room"); !errors.Is(err, tenantroute.ErrBusy) {
			t.Errorf("with both in use: %v", err)
		}
		ended, cancel := context.WithCancel(tenant.OutsideTx(ctx))
		cancel()
		if err := add(ended, db, "a", "given up"); !errors.Is(err, context.Canceled) {
			t.Errorf("given up: %v", err)
		}
		done := make(chan error, 1)
		go func() { done <- add(tenant.OutsideTx(ctx), db, "a", "waited") }()
		time.Sleep(20 * time.Millisecond)
		rows.Close()
		if err := <-done; err != nil {
			t.Errorf("once one is free: %v", err)
		}
		_, err = gen.Scoped(tx, org("b"), write).Exec(ctx, "insert into notes (org_id, title) values ('b', 'still open')")
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if got, want := h.rows("a", "notes")+" "+h.rows("b", "notes"), "a:0 a:2 a:waited b:1 b:4 b:still open"; got != want {
		t.Errorf("there is %q, want %q", got, want)
	}
}

// A pool that nobody uses is closed after a while, and one that somebody uses is not.
func TestIdle(t *testing.T) {
	h := newHosting(t, map[string][]string{"a": nil, "b": nil})
	h.put("a", tenantroute.Place{Database: "a"})
	h.put("b", tenantroute.Place{Database: "b"})
	r, db := h.router(func(c *tenantroute.Config) { c.IdleAfter = 50 * time.Millisecond })
	if err := add(t.Context(), db, "a", "x"); err != nil {
		t.Fatal(err)
	}
	rows, err := gen.Scoped(db, org("b"), read).Query(t.Context(), "select generate_series(1, 3)::text")
	if err != nil {
		t.Fatal(err)
	}
	for wait := 0; len(r.Opened()) > 1; wait++ {
		if wait > 200 {
			t.Fatal("a is not closed")
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond)
	if titles, err := pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || len(titles) != 3 {
		t.Errorf("%v, %v", titles, err)
	}
	for wait := 0; len(r.Opened()) > 0; wait++ {
		if wait > 200 {
			t.Fatal("b is not closed")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := add(t.Context(), db, "a", "again"); err != nil {
		t.Errorf("it is opened again: %v", err)
	}
}

// Who is moved is found in the new place once that is told, or soon after.
func TestForget(t *testing.T) {
	h := newHosting(t, map[string][]string{"a": nil, "b": nil})
	h.put("x", tenantroute.Place{Database: "a"})
	r, db := h.router(func(c *tenantroute.Config) { c.Remember = time.Hour })
	_ = add(t.Context(), db, "x", "1")
	h.put("x", tenantroute.Place{Database: "b"})
	_ = add(t.Context(), db, "x", "2")
	r.Forget(org("x"))
	_ = add(t.Context(), db, "x", "3")
	_, soon := h.router(func(c *tenantroute.Config) { c.Remember = time.Millisecond })
	_ = add(t.Context(), soon, "x", "4")
	h.put("x", tenantroute.Place{Database: "a"})
	time.Sleep(5 * time.Millisecond)
	_ = add(t.Context(), soon, "x", "5")
	if a, b := h.rows("a", "notes"), h.rows("b", "notes"); a != "x:1 x:2 x:5" || b != "x:3 x:4" {
		t.Errorf("%q and %q", a, b)
	}
}

// Many tenants of five databases at the same time, with room for two pools: every row is where it belongs, and nobody is
// interrupted.
func TestConcurrently(t *testing.T) {
	databases := map[string][]string{}
	for i := range 4 {
		databases[fmt.Sprint("d", i)] = []string{"s0", "s1"}
	}
	h := newHosting(t, databases)
	for i := range 12 {
		place := tenantroute.Place{Database: fmt.Sprint("d", i%4)}
		if i >= 4 {
			place.Schema = fmt.Sprint("s", i/4-1)
		}
		h.put(fmt.Sprint("t", i), place)
	}
	_, db := h.router(func(c *tenantroute.Config) {
		c.MaxPools, c.Wait, c.IdleAfter, c.Remember, c.RememberMost = 2, time.Minute, 3*time.Millisecond, time.Millisecond, 5
	})
	var wg sync.WaitGroup
	for worker := range 12 {
		wg.Go(func() {
			for turn := range 8 {
				id := fmt.Sprint("t", (worker+turn)%12)
				if err := add(t.Context(), db, id, fmt.Sprint(worker, "-", turn)); err != nil {
					t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
	wg.Wait()
	total := 0
	for i := range 12 {
		place := h.places[fmt.Sprint("t", i)]
		table := "notes"
		if place.Schema != "" {
			table = place.Schema + ".notes"
		}
		for row := range strings.FieldsSeq(h.rows(place.Database, table)) {
			if !strings.HasPrefix(row, fmt.Sprintf("t%d:", i)) {
				t.Errorf("%s has %s", place, row)
			}
			total++
		}
	}
	if total != 12*8 {
		t.Errorf("%d rows, want %d", total, 12*8)
	}
}

// One asks for all who want to know at the same time; what cannot be told is asked again, and a panic harms nobody else.
func TestAskedOnce(t *testing.T) {
	h := newHosting(t, map[string][]string{"a": nil})
	var asked atomic.Int64
	start := make(chan struct{})
	_, db := h.router(func(c *tenantroute.Config) {
		c.Place = func(context.Context, tenant.Scope) (tenantroute.Place, error) {
			<-start
			switch asked.Add(1) {
			case 1:
				return tenantroute.Place{}, errors.New("down for a moment")
			case 2:
				panic("oops")
			}
			return tenantroute.Place{Database: "a"}, nil
		}
	})
	var failed atomic.Int64
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			defer func() {
				if recover() != nil {
					failed.Add(1)
				}
			}()
			if err := add(t.Context(), db, "x", fmt.Sprint(i)); err != nil {
				failed.Add(1)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	close(start)
	wg.Wait()
	if failed.Load() != 2 || asked.Load() != 3 {
		t.Errorf("%d failed, asked %d times", failed.Load(), asked.Load())
	}
}

func TestAll(t *testing.T) {
	h := newHosting(t, map[string][]string{"a": nil, "b": nil})
	names := []string{"a", "b"}
	databases := func(context.Context) ([]string, error) { return names, nil }
	r, db := h.router(func(c *tenantroute.Config) { c.Databases, c.MaxPools = databases, 2 })
	if pools, err := r.All(t.Context()); err != nil || len(pools) != 2 || pools[0] == pools[1] {
		t.Errorf("%v, %v", pools, err)
	}
	h.exec("b", "alter table notes no force row level security")
	var wrong *tenant.VerifyError
	err := gen.Verify(t.Context(), db.With(gen.WithTables("public.notes")))
	if !errors.As(err, &wrong) || len(wrong.Problems) != 1 || !strings.Contains(wrong.Problems[0].Object, "notes") {
		t.Errorf("Verify: %v", err)
	}
	names, h.urls["c"] = []string{"a", "b", "c"}, h.urls["a"]
	if _, err := r.All(t.Context()); err == nil {
		t.Error("more than there may be")
	}
	r, _ = h.router()
	if _, err := r.All(t.Context()); err == nil {
		t.Error("nobody says which there are")
	}
}

func TestClose(t *testing.T) {
	h := newHosting(t, map[string][]string{"a": nil, "b": nil})
	h.put("a", tenantroute.Place{Database: "a"})
	h.put("b", tenantroute.Place{Database: "b"})
	r, db := h.router()
	if err := add(t.Context(), db, "b", "x"); err != nil {
		t.Fatal(err)
	}
	err := gen.InTx(t.Context(), db, org("a"), func(ctx context.Context, tx *tenant.Tx) error {
		r.Close()
		if err := add(tenant.OutsideTx(ctx), db, "b", "x"); !errors.Is(err, tenantroute.ErrClosed) {
			t.Errorf("got %v", err)
		}
		_, err := gen.Scoped(tx, org("a"), write).Exec(ctx, "insert into notes (org_id, title) values ('a', 'at last')")
		return err
	})
	if err != nil || h.rows("a", "notes") != "a:at last" {
		t.Errorf("what was going on: %v", err)
	}
	if open := r.Opened(); len(open) != 0 {
		t.Errorf("open: %v", open)
	}
}

func TestConfig(t *testing.T) {
	for name, change := range map[string]func(*tenantroute.Config){
		"no places":     func(c *tenantroute.Config) { c.Place = nil },
		"nobody opens":  func(c *tenantroute.Config) { c.Open = nil },
		"pools":         func(c *tenantroute.Config) { c.MaxPools = -1 },
		"idle":          func(c *tenantroute.Config) { c.IdleAfter = -1 },
		"wait":          func(c *tenantroute.Config) { c.Wait = -1 },
		"remember":      func(c *tenantroute.Config) { c.Remember = -1 },
		"remember many": func(c *tenantroute.Config) { c.RememberMost = -1 },
	} {
		h := &hosting{}
		c := tenantroute.Config{Place: h.place, Open: h.open}
		change(&c)
		if _, err := tenantroute.New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
