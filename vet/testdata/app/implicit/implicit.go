// Package implicit makes ids without a call: of values whose type has no name, and byte by byte.
package implicit

import (
	"io"
	"net/http"

	"example.com/app/ids"
)

type note struct{ Org ids.OrgID }

func bare() ([16]byte, error)        { return [16]byte{}, nil }
func takes(ids.OrgID)                {}
func takesAll(int, ...ids.OrgID)     {}
func hands(raw [16]byte) ids.OrgID   { return raw }    // want `made-tenant-id: raw becomes an OrgID`
func both() (ids.OrgID, error)       { return bare() } // want `made-tenant-id: bare\(\) becomes an OrgID`
func own(org ids.OrgID) ids.OrgID    { return org }
func ValidDecode(*http.Request, any) {}

func assigned(raw [16]byte, more [][16]byte, byName map[string][16]byte, ch chan [16]byte) {
	var org ids.OrgID = raw   // want `made-tenant-id: raw becomes an OrgID`
	org = raw                 // want `made-tenant-id`
	org, _ = bare()           // want `made-tenant-id`
	org, _ = byName["a"]      // want `made-tenant-id`
	org = <-ch                // want `made-tenant-id`
	for _, org = range more { // want `made-tenant-id: an element of more becomes an OrgID`
	}
	takes(raw)                          // want `made-tenant-id`
	takesAll(1, org, raw)               // want `made-tenant-id`
	_ = note{raw}                       // want `made-tenant-id`
	_ = note{Org: raw}                  // want `made-tenant-id`
	_ = []ids.OrgID{raw}                // want `made-tenant-id`
	_ = [1]ids.OrgID{raw}               // want `made-tenant-id`
	_ = map[string]ids.OrgID{"a": raw}  // want `made-tenant-id`
	_ = map[ids.OrgID]string{raw: "a"}  // want `made-tenant-id`
	make(chan ids.OrgID) <- raw         // want `made-tenant-id`
	_ = func() ids.OrgID { return raw } // want `made-tenant-id`
	*new(ids.OrgID) = raw               // want `made-tenant-id`
}

func bytewise(org ids.OrgID, text []byte, r io.Reader) {
	org[0] = text[0]        // want `made-tenant-id: another OrgID is written into org`
	org[0]++                // want `made-tenant-id`
	copy(org[:], text)      // want `made-tenant-id`
	io.ReadFull(r, org[1:]) // want `made-tenant-id`
	p := org[:]
	p[0] = 1 // want `made-tenant-id`
	n := &note{}
	n.Org[0] = 1                 // want `made-tenant-id`
	for _, org[0] = range text { // want `made-tenant-id`
	}
}

func constants() {
	const text = "acme"
	var level ids.Level = text // want `made-tenant-id: text becomes a Level`
	level += level             // want `made-tenant-id: another Level is made of level`
}

func counted(n ids.Number) {
	n++ // want `made-tenant-id: another Number is made of n`
}

func filled(r *http.Request) {
	var n note
	ValidDecode(r, &n) // want `made-tenant-id: ValidDecode may write an OrgID into &n`
}

func addressed(r *http.Request, n note) {
	var v any = &n // want `made-tenant-id: whoever gets &n may write an OrgID`
	v = &n         // want `made-tenant-id`
	_ = []any{&n}  // want `made-tenant-id`
	_ = map[string]any{"note": &n}
	v = n
	_ = v
}

func good(org ids.OrgID, orgs []ids.OrgID, w io.Writer) {
	var other ids.OrgID
	other = org
	for _, other = range orgs {
	}
	takesAll(1, orgs...)
	takesAll(1, own(other))
	_ = note{Org: org}
	_ = func() (ids.OrgID, error) { return both() }
	w.Write(org[:])
	var none *ids.OrgID
	none = nil
	_ = none
}
