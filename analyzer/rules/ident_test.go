package rules

import "testing"

// A hint names what is called like a key word so that it can be followed.
func TestIdent(t *testing.T) {
	if got, want := ident("order", "Org", "a b", "id"), `"order", "Org", "a b", id`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
