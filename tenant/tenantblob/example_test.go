package tenantblob_test

import (
	"context"
	"fmt"
	"strings"

	"gocloud.dev/blob/memblob"

	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenantblob"
)

// In an application the scope is that of a generated id: orgID.Scope().
func Example() {
	ctx, bucket := context.Background(), memblob.OpenBucket(nil)
	defer bucket.Close()
	store := tenantblob.New(bucket, "app.org_id")
	acme, err := store.Of(gen.NewScope("app.org_id", "acme"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(acme.Put(ctx, "invoices/2026-11.txt", "text/plain", strings.NewReader("12.00")))
	fmt.Println(acme.Put(ctx, "../globex/files/invoices/2026-11.txt", "text/plain", strings.NewReader("0.00")))
	for file, err := range acme.List(ctx, "invoices/") {
		fmt.Println(file.Name, file.Size, err)
	}
	// Output:
	// <nil>
	// tenantblob: unusable name: a segment is empty, or nothing but dots
	// invoices/2026-11.txt 5 <nil>
}

func ExampleCheckName() {
	fmt.Println(tenantblob.CheckName("reports/november.pdf"))
	fmt.Println(tenantblob.CheckName("reports/%2e%2e/november.pdf"))
	// Output:
	// <nil>
	// tenantblob: unusable name: a segment is empty, or nothing but dots
}
