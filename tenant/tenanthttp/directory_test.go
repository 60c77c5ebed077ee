package tenanthttp_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

var acmeSlug = tenanthttp.Key{Kind: tenanthttp.BySlug, Value: "acme"}

// counted counts the lookups.
func counted(n *atomic.Int64, f tenanthttp.Lookup) tenanthttp.Lookup {
	return func(ctx context.Context, key tenanthttp.Key) (tenanthttp.Entry, error) {
		n.Add(1)
		return f(ctx, key)
	}
}

func TestDirectoryKeeps(t *testing.T) {
	var n atomic.Int64
	d := tenanthttp.NewDirectory(counted(&n, lookup()), tenanthttp.Limits{Lifetime: time.Hour})
	now := time.Now()
	d.SetNow(func() time.Time { return now })
	find := func(slug string, err error, lookups int64) {
		t.Helper()
		e, got := d.Find(t.Context(), tenanthttp.Key{Kind: tenanthttp.BySlug, Value: slug})
		if !errors.Is(got, err) || err == nil && e.Tenant.Slug != slug || n.Load() != lookups {
			t.Errorf("%s: got %v, %v after %d lookups, want %d", slug, e.Tenant.Scope, got, n.Load(), lookups)
		}
	}
	find("acme", nil, 1)
	find("acme", nil, 1)
	find("nobody", tenant.ErrUnknown, 2)
	find("nobody", tenant.ErrUnknown, 2)
	find("globex", nil, 3)
	d.Forget("org-acme")
	find("globex", nil, 3)
	find("acme", nil, 4)
	find("nobody", tenant.ErrUnknown, 5) // it could have been acme's new name
	d.Forget("")
	find("globex", nil, 6)
	now = now.Add(time.Hour - time.Nanosecond)
	find("globex", nil, 6)
	now = now.Add(time.Nanosecond)
	find("globex", nil, 7)
	find("nobody", tenant.ErrUnknown, 8)
}

// The same name in another kind of key is another key.
func TestDirectoryTellsKindsApart(t *testing.T) {
	d := tenanthttp.NewDirectory(lookup(), tenanthttp.Limits{})
	if _, err := d.Find(t.Context(), acmeSlug); err != nil {
		t.Fatal(err)
	}
	if e, err := d.Find(t.Context(), tenanthttp.Key{Kind: tenanthttp.ByID, Value: "acme"}); !errors.Is(err, tenant.ErrUnknown) {
		t.Errorf("got %v, %v", e, err)
	}
}

func TestDirectoryIsBounded(t *testing.T) {
	d := tenanthttp.NewDirectory(lookup(), tenanthttp.Limits{Size: 2})
	d.Find(t.Context(), acmeSlug)
	for i := range 100 {
		d.Find(t.Context(), tenanthttp.Key{Kind: tenanthttp.BySlug, Value: fmt.Sprint("nobody-", i)})
	}
	if known, absent := d.Len(); known != 1 || absent != 2 {
		t.Errorf("kept %d and %d", known, absent)
	}
	var n atomic.Int64
	many := tenanthttp.NewDirectory(counted(&n, func(_ context.Context, key tenanthttp.Key) (tenanthttp.Entry, error) { return org(key.Value), nil }), tenanthttp.Limits{Size: 2})
	for _, slug := range []string{"a", "b", "a", "c", "a"} { // b was not asked for the longest
		many.Find(t.Context(), tenanthttp.Key{Kind: tenanthttp.BySlug, Value: slug})
	}
	if known, _ := many.Len(); known != 2 || n.Load() != 3 {
		t.Errorf("kept %d after %d lookups", known, n.Load())
	}
}

// What cannot be anybody's name is not looked up, nor kept.
func TestDirectoryRefusesKeys(t *testing.T) {
	var n atomic.Int64
	d := tenanthttp.NewDirectory(counted(&n, lookup()), tenanthttp.Limits{})
	for _, key := range []tenanthttp.Key{
		{}, {Value: "acme"}, {Kind: tenanthttp.BySlug}, {Kind: tenanthttp.BySlug, Value: strings.Repeat("a", 1<<20)}, {Kind: tenanthttp.BySlug, Value: "a\x00"},
	} {
		if _, err := d.Find(t.Context(), key); !errors.Is(err, tenant.ErrUnknown) {
			t.Errorf("got %v", err)
		}
	}
	if known, absent := d.Len(); known+absent != 0 || n.Load() != 0 {
		t.Errorf("kept %d and %d after %d lookups", known, absent, n.Load())
	}
}

// One lookup serves all who wait for it, and one of them who leaves takes nothing from the others.
func TestDirectoryLooksUpOnce(t *testing.T) {
	var n atomic.Int64
	begun, release := make(chan struct{}, 100), make(chan struct{})
	d := tenanthttp.NewDirectory(counted(&n, func(ctx context.Context, key tenanthttp.Key) (tenanthttp.Entry, error) {
		begun <- struct{}{}
		<-release
		if ctx.Err() != nil {
			t.Error("the lookup's context is one request's")
		}
		return org(key.Value), nil
	}), tenanthttp.Limits{})
	leaving, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := d.Find(leaving, acmeSlug)
		left <- err
	}()
	<-begun
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if e, err := d.Find(t.Context(), acmeSlug); err != nil || e.Tenant.Slug != "acme" {
				t.Errorf("got %v, %v", e, err)
			}
		})
	}
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(release)
	all.Wait()
	if n.Load() != 1 {
		t.Errorf("%d lookups", n.Load())
	}
}

// What was asked before a change is not kept after it, and whoever asks after it does not get it.
func TestDirectoryForgetsFlights(t *testing.T) {
	var n atomic.Int64
	begun, release := make(chan struct{}, 2), make(chan struct{})
	d := tenanthttp.NewDirectory(func(_ context.Context, key tenanthttp.Key) (tenanthttp.Entry, error) {
		e := org(key.Value)
		if n.Add(1) == 1 {
			begun <- struct{}{}
			<-release
			return e, nil
		}
		e.Tenant.Status = tenant.StatusSuspended
		return e, nil
	}, tenanthttp.Limits{})
	before := make(chan tenanthttp.Entry)
	go func() {
		e, _ := d.Find(t.Context(), acmeSlug)
		before <- e
	}()
	<-begun
	d.Forget("org-acme")
	after := func() {
		t.Helper()
		if e, err := d.Find(t.Context(), acmeSlug); err != nil || e.Tenant.Status != tenant.StatusSuspended {
			t.Errorf("got %+v, %v", e.Tenant, err)
		}
	}
	after()
	close(release)
	if e := <-before; e.Tenant.Status != tenant.StatusActive {
		t.Errorf("got %+v", e)
	}
	after()
	if n.Load() != 2 {
		t.Errorf("%d lookups", n.Load())
	}
}

// What fails is not kept, nor taken for an answer.
func TestDirectoryFails(t *testing.T) {
	failed := errors.New("no connection")
	for name, f := range map[string]tenanthttp.Lookup{
		"an error": func(context.Context, tenanthttp.Key) (tenanthttp.Entry, error) { return org("acme"), failed },
		"a panic":  func(context.Context, tenanthttp.Key) (tenanthttp.Entry, error) { panic("oops") },
		"nothing":  func(context.Context, tenanthttp.Key) (tenanthttp.Entry, error) { return tenanthttp.Entry{}, nil },
		"no tenant": func(context.Context, tenanthttp.Key) (tenanthttp.Entry, error) {
			return tenanthttp.Entry{Tenant: tenant.Tenant{Slug: "acme"}}, nil
		},
	} {
		var n atomic.Int64
		d := tenanthttp.NewDirectory(counted(&n, f), tenanthttp.Limits{})
		for range 2 {
			if e, err := d.Find(t.Context(), acmeSlug); err == nil || errors.Is(err, tenant.ErrUnknown) || e.Tenant.Slug != "" {
				t.Errorf("%s: got %v, %v", name, e, err)
			}
		}
		if known, absent := d.Len(); known+absent != 0 || n.Load() != 2 {
			t.Errorf("%s: kept %d and %d after %d lookups", name, known, absent, n.Load())
		}
	}
}
