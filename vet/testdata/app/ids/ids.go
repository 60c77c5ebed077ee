// Package ids has the type of tenants' ids. // want package:"analysed"
package ids

// OrgID is whose a row is.
type OrgID struct{ value [16]byte }

// Value is the id as the driver takes it.
func (id OrgID) Value() [16]byte { return id.value }

// With is no id's value.
func (id OrgID) With(other string) string { return other }
