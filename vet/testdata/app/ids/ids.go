// Package ids has the types of tenants' ids. // want package:"analysed"
package ids

import "context"

// OrgID is whose a row is.
type OrgID [16]byte

// Value is the id as the driver takes it.
func (id OrgID) Value() [16]byte { return id }

// Raw is the id's bytes, with a method that changes them.
type Raw [16]byte

// Set sets them.
func (r *Raw) Set(text []byte) { copy(r[:], text) }

// Raw are its bytes.
func (id OrgID) Raw() Raw { return Raw(id) }

// With is no id's value.
func (id OrgID) With(other string) string { return other }

// Parse makes one of a text.
func Parse(text string) (id OrgID) {
	copy(id[:], text)
	return OrgID(id)
}

// FromContext is the id of whoever asks.
func FromContext(context.Context) OrgID { return OrgID{} }

// Copy copies one.
func Copy(id OrgID) OrgID { return id }

// Level is another type of ids.
type Level string

// Number is one more.
type Number int64
