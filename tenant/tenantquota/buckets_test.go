package tenantquota

import (
	"strconv"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/tenant/gen"
)

// However many tenants come, a bounded number is remembered; who calls all the time is not forgotten.
func TestBucketsAreBounded(t *testing.T) {
	b := newBuckets()
	b.most = 3
	rate, now := Rate{Calls: 1, Per: time.Hour}, time.Now()
	busy := bucketKey{gen.NewScope("app.org_id", "busy"), "api"}
	if b.take(busy, rate, now) != 0 {
		t.Fatal("the first call is refused")
	}
	for i := range 100 {
		b.take(bucketKey{gen.NewScope("app.org_id", strconv.Itoa(i)), "api"}, rate, now)
		if b.take(busy, rate, now) == 0 {
			t.Fatalf("forgotten after %d others", i)
		}
	}
	if len(b.byKey) != 3 || b.order.Len() != 3 {
		t.Errorf("%d, %d are remembered", len(b.byKey), b.order.Len())
	}
}
