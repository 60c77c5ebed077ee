package bench

import (
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/bench/internal/measure"
)

// What is measured at one millisecond must really be.
func TestDelay(t *testing.T) {
	pool := measure.NewDatabase(t, 1, 1, 1).Pool(t, "bench_plain", 20*time.Millisecond)
	if err := pool.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for range 5 {
		if err := pool.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took < 100*time.Millisecond {
		t.Errorf("five round trips of 20 ms took %v", took)
	}
}
