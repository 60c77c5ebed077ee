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

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/tenant/tenantroute"
)

// versions are migrations as goose has them.
var versions = []string{
	"-- +goose Up\nCREATE TABLE notes (org_id text NOT NULL, title text NOT NULL);\nGRANT SELECT, INSERT ON notes TO tenant_test_app;\n-- +goose Down\nDROP TABLE notes;\n",
	"-- +goose Up\nALTER TABLE notes ADD COLUMN pinned boolean NOT NULL DEFAULT false;\n-- +goose Down\nALTER TABLE notes DROP COLUMN pinned;\n",
}

// applyAsGoose brings a place up to date as goose does: each file in a transaction, and a table of those that have run.
func (h *hosting) applyAsGoose(ctx context.Context, place tenantroute.Place) error {
	conn, err := pgx.Connect(ctx, h.urls[place.Database])
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	if path := place.SearchPath(); path != "" {
		if _, err := conn.Exec(ctx, "create schema if not exists "+path+"; grant usage on schema "+path+" to tenant_test_app; set search_path = "+path); err != nil {
			return err
		}
	}
	if _, err := conn.Exec(ctx, "create table if not exists goose_db_version (version_id int primary key)"); err != nil {
		return err
	}
	for i, text := range versions {
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			tag, err := tx.Exec(ctx, "insert into goose_db_version values ($1) on conflict do nothing", i+1)
			if err != nil || tag.RowsAffected() == 0 {
				return err
			}
			up, _, _ := strings.Cut(text, "-- +goose Down")
			_, err = tx.Exec(ctx, up)
			return err
		})
		if err != nil {
			return fmt.Errorf("version %d: %w", i+1, err)
		}
	}
	return nil
}

func (h *hosting) version(database, schema string) string {
	h.t.Helper()
	return strings.Join(strings.Fields(h.rows(database, "(select version_id as org_id, '' as title from "+schema+".goose_db_version) v")), "")
}

// All places are migrated, each once and told of; one that fails keeps no other one from it; and the next run does the rest.
func TestMigrate(t *testing.T) {
	h := newHosting(t, map[string][]string{"a": nil, "b": nil, "c": nil})
	for name := range h.urls {
		h.exec(name, "drop table notes")
	}
	h.exec("b", "create schema one; create table one.notes (taken int)")
	places := []tenantroute.Place{
		{Database: "a", Schema: "one"}, {Database: "a", Schema: "Two's"}, {Database: "b", Schema: "one"}, {Database: "b", Schema: "two"},
		{Database: "c"}, {Database: "a", Schema: "one"},
	}
	var told []tenantroute.Progress
	m := tenantroute.Migration{Apply: h.applyAsGoose, Progress: func(p tenantroute.Progress) { told = append(told, p) }}
	err := m.Migrate(t.Context(), places)
	var failed *tenantroute.PlaceError
	if !errors.As(err, &failed) || failed.Place != places[2] || !strings.Contains(err.Error(), `b/one: version 1: ERROR: relation "notes" already exists`) {
		t.Errorf("got %v", err)
	}
	if len(told) != 5 || told[4].Done != 5 || told[4].Failed != 1 || told[4].Total != 5 {
		t.Errorf("told %+v", told)
	}
	for _, p := range told {
		if (p.Err != nil) != (p.Place == places[2]) || p.Took <= 0 {
			t.Errorf("told %+v", p)
		}
	}
	h.exec("b", "drop table one.notes")
	told = nil
	if err := m.Migrate(t.Context(), places); err != nil || len(told) != 5 {
		t.Errorf("the second time: %v, %d", err, len(told))
	}
	for _, c := range []struct{ database, schema string }{{"a", "one"}, {"a", `"Two's"`}, {"b", "one"}, {"b", "two"}, {"c", "public"}} {
		h.exec(c.database, "insert into "+c.schema+".notes values ('x', 'y', true)")
	}
	h.put("x", tenantroute.Place{Database: "a", Schema: "Two's"})
	_, db := h.router()
	if err := add(t.Context(), db, "x", "in the new schema"); err != nil {
		t.Error(err)
	}
	if got := h.rows("a", `"Two's".notes`); got != "x:in the new schema x:y" {
		t.Errorf("there is %q", got)
	}
}

// The places of a database come one after the other, databases side by side, and never more than there may be.
func TestMigrateSideBySide(t *testing.T) {
	var places []tenantroute.Place
	for i := range 30 {
		places = append(places, tenantroute.Place{Database: fmt.Sprint("d", i%6), Schema: fmt.Sprint("s", i)})
	}
	var mu sync.Mutex
	var running, most atomic.Int64
	busy := map[string]bool{}
	start := make(chan struct{})
	m := tenantroute.Migration{Databases: 3, Apply: func(_ context.Context, p tenantroute.Place) error {
		if running.Add(1) == 3 {
			select {
			case <-start:
			default:
				close(start)
			}
		}
		<-start // until three have begun
		most.Store(max(most.Load(), running.Load()))
		mu.Lock()
		if busy[p.Database] {
			t.Errorf("two at a time in %s", p.Database)
		}
		busy[p.Database] = true
		mu.Unlock()
		mu.Lock()
		busy[p.Database] = false
		mu.Unlock()
		running.Add(-1)
		return nil
	}}
	if err := m.Migrate(t.Context(), places); err != nil || most.Load() > 3 {
		t.Errorf("%v, %d at the same time", err, most.Load())
	}
}

// After too many failures, or when the context has ended, no further place is begun, and each of these is told.
func TestMigrateStops(t *testing.T) {
	places := []tenantroute.Place{{Database: "d", Schema: "0"}, {Database: "d", Schema: "1"}, {Database: "d", Schema: "2"}, {Database: "d", Schema: "3"}}
	var begun []string
	oops := errors.New("oops")
	ctx, cancel := context.WithCancel(t.Context())
	m := tenantroute.Migration{StopAfter: 2, Apply: func(_ context.Context, p tenantroute.Place) error {
		begun = append(begun, p.Schema)
		switch p.Schema {
		case "0":
			panic(oops)
		case "1":
			return oops
		}
		return nil
	}}
	err := m.Migrate(ctx, places)
	if fmt.Sprint(begun) != "[0 1]" || !errors.Is(err, tenantroute.ErrNotBegun) || !errors.Is(err, oops) || strings.Count(err.Error(), "not begun") != 2 || !strings.Contains(err.Error(), "d/0: tenantroute: the migration panicked: oops") {
		t.Errorf("%v: %v", begun, err)
	}
	begun, m.StopAfter = nil, 0
	if err := m.Migrate(ctx, places); fmt.Sprint(begun) != "[0 1 2 3]" || errors.Is(err, tenantroute.ErrNotBegun) {
		t.Errorf("%v: %v", begun, err)
	}
	cancel()
	begun = nil
	if err := m.Migrate(ctx, places); len(begun) > 0 || !errors.Is(err, context.Canceled) || strings.Count(err.Error(), "not begun") != 4 {
		t.Errorf("%v: %v", begun, err)
	}
	if err := m.Migrate(t.Context(), slices.Concat(places, []tenantroute.Place{{Schema: "x"}})); !errors.Is(err, tenantroute.ErrNoPlace) || len(begun) > 0 {
		t.Errorf("%v: %v", begun, err)
	}
	if err := (tenantroute.Migration{}).Migrate(t.Context(), places); err == nil {
		t.Error("nothing is applied")
	}
	if err := m.Migrate(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
