package tenantblob_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantblob"
)

// limited is a quota in memory.
type limited struct {
	mu    sync.Mutex
	limit int64
	used  map[string]int64
}

var errFull = errors.New("full")

func (q *limited) Reserve(_ context.Context, scope tenant.Scope, n int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.used[scope.ID()]+n > q.limit {
		return errFull
	}
	q.used[scope.ID()] += n
	return nil
}

func (q *limited) Release(ctx context.Context, scope tenant.Scope, n int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.used[scope.ID()] -= n
	return nil
}

// The quota has the bytes that the bucket has, whatever fails.
func TestQuota(t *testing.T) {
	for kind, bucket := range buckets(t) {
		q := &limited{limit: 3 << 20, used: map[string]int64{}}
		s := tenantblob.New(bucket, setting, tenantblob.WithQuota(q))
		a := of(t, s, acme)
		expect := func(what string, want int64) {
			t.Helper()
			if got := q.used["acme"]; got != want || q.used["globex"] != 0 {
				t.Errorf("%s: %s: %v used, want %d", kind, what, q.used, want)
			}
		}
		big := strings.Repeat("x", 2<<20)
		put(t, a, "big", big)
		expect("a file", 2<<20)
		if err := a.Put(t.Context(), "second", "", strings.NewReader(big)); !errors.Is(err, errFull) {
			t.Errorf("%s: too much: %v", kind, err)
		}
		expect("one that does not fit", 2<<20)
		if err := a.Copy(t.Context(), "big", "second"); !errors.Is(err, errFull) {
			t.Errorf("%s: too much by copying: %v", kind, err)
		}
		expect("a copy that does not fit", 2<<20)
		put(t, a, "rest", big[:1<<20])
		expect("to the last byte", 3<<20)
		if err := a.Delete(t.Context(), "rest"); err != nil {
			t.Error(err)
		}
		expect("a file deleted", 2<<20)
		if err := a.Put(t.Context(), "big", "", strings.NewReader("x")); !errors.Is(err, tenantblob.ErrExists) {
			t.Errorf("%s: got %v", kind, err)
		}
		expect("a name that is taken", 2<<20)
		broken := errors.New("broken")
		if err := a.Put(t.Context(), "third", "", io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
			t.Errorf("%s: got %v", kind, err)
		}
		expect("content that fails", 2<<20)
		ctx, cancel := context.WithCancel(t.Context())
		stopping := io.MultiReader(strings.NewReader("abc"), readerFunc(func([]byte) (int, error) { cancel(); return 0, io.EOF }))
		if err := a.Put(ctx, "third", "", stopping); err == nil {
			t.Errorf("%s: a call that was cancelled wrote", kind)
		}
		expect("a call that is cancelled", 2<<20)
		if _, err := a.SignedUploadURL(t.Context(), "third", "", time.Minute); !errors.Is(err, tenantblob.ErrUncounted) {
			t.Errorf("%s: got %v", kind, err)
		}
		if got := names(t, a, ""); !slices.Equal(got, []string{"big"}) {
			t.Errorf("%s: files %q", kind, got)
		}
		if err := a.Erase(t.Context()); err != nil {
			t.Error(err)
		}
		expect("all erased", 0)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Many write the same name at once: one wins, and only its bytes count.
func TestQuotaAtOnce(t *testing.T) {
	for kind, bucket := range buckets(t) {
		q := &limited{limit: 1 << 30, used: map[string]int64{}}
		a := of(t, tenantblob.New(bucket, setting, tenantblob.WithQuota(q)), acme)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { _ = a.Put(t.Context(), "same", "", strings.NewReader("twelve bytes")) })
		}
		wg.Wait()
		if q.used["acme"] != 12 {
			t.Errorf("%s: %d bytes used", kind, q.used["acme"])
		}
	}
}
