package tenantstream_test

import (
	"testing"

	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// What two filters let through together is what each of them does.
func TestFiltersTogether(t *testing.T) {
	label := func(name, value string) map[string]string { return map[string]string{name: value} }
	filters := []tenantstream.Filter{
		{}, {Types: []string{"a"}}, {Types: []string{"b"}}, {Types: []string{"a", "b"}}, {Labels: label("x", "1")}, {Labels: label("x", "2")},
		{Labels: label("y", "")}, {Types: []string{"a"}, Labels: map[string]string{"x": "1", "y": "2"}},
	}
	events := []tenantstream.Event{
		{Type: "a"}, {Type: "b"}, {Type: "c"}, {Type: "a", Labels: label("x", "1")}, {Type: "b", Labels: label("x", "2")}, {Type: "a", Labels: label("y", "")},
		{Type: "a", Labels: map[string]string{"x": "1", "y": "2"}}, {Type: "a", Labels: map[string]string{"x": "1", "y": "2", "z": "3"}},
	}
	let := 0
	for _, f := range filters {
		for _, g := range filters {
			for _, h := range filters[:4] {
				for _, e := range events {
					want := f.Matches(e) && g.Matches(e) && h.Matches(e)
					if got := f.And(g).And(h).Matches(e); got != want {
						t.Errorf("%+v and %+v and %+v: %+v: got %v", f, g, h, e, got)
					}
					if want {
						let++
					}
				}
			}
		}
	}
	if let < 100 {
		t.Errorf("only %d are let through", let)
	}
}
