package tenantstream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// Members see the events of the runs that their lists show.
func ExampleNew() {
	var db *tenant.DB // tenant.New(pool)
	hub := tenantstream.New(db, tenantstream.WithListScope(func(ctx context.Context) (tenantstream.Filter, error) {
		m, err := tenant.CurrentMember(ctx)
		return tenantstream.Filter{Labels: map[string]string{"team": m.Role}}, err
	}))
	mux := http.NewServeMux()
	mux.Handle("GET /events", hub.SSE()) // in the middleware that resolves tenant and member
	fmt.Println(len(hub.Connections(gen.NewScope("app.org_id", "acme"))))
	// Output: 0
}

// An event that is published in a transaction is sent at its commit.
func ExamplePublish() {
	run := func(ctx context.Context, tx *tenant.Tx, org tenant.Scope) error {
		return tenantstream.Publish(ctx, tx, org, tenantstream.Event{
			Type: "note.created", Labels: map[string]string{"notebook": "7"}, Data: json.RawMessage(`{"id": 12}`),
		})
	}
	_ = run // repos.InTx(ctx, orgID, func(ctx context.Context, tx *repo.Tx) error { … tx.Executor() … })
	err := tenantstream.Publish(context.Background(), nil, tenant.Scope{}, tenantstream.Event{Type: "tenantstream.mine"})
	fmt.Println(err)
	// Output: tenantstream: unusable event: the type "tenantstream.mine" is the package's own
}

func ExampleFilter() {
	f := tenantstream.Filter{Types: []string{"run.done"}, Labels: map[string]string{"team": "red"}}
	e := tenantstream.Event{Type: "run.done", Labels: map[string]string{"team": "red", "run": "7"}}
	fmt.Println(f.Matches(e), f.And(tenantstream.Filter{Labels: map[string]string{"team": "blue"}}).Matches(e))
	// Output: true false
}
