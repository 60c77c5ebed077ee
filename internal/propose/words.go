package propose

import (
	"fmt"
	"strings"
)

// The kinds of reasons. Names are of what the words want.
const (
	NoReason ReasonKind = iota
	IsRoot
	NamedAsRoot
	HasTenantsOf
	OtherSpelling
	RefersToRoot
	ByForeignKey
	MayHaveParent
	CalledAfterParent
	ResemblesParent
	OneOfParents
	AnyOfParents
	NothingTies
	InSeveral
	// Of choices that are left open.
	IfShared
	IfNobodys
	IfTenant
	IfParent
	// Why they are.
	OtherType
	SeveralTenants
	PerhapsTenant
	LooksLikeTenant
	HasPolicies
	CalledLikeTenants
	IsPolymorphic
	HasHeir
	IsForeign
	IsTemporary
	UnsureTable
	RefersToUnknown
	RefersToOpen
	EndsLikeParent
	PartOfTenants
	LookedUpBy
	DiffersByEntry
	Unsayable
	Refused
)

// sentences are the words of each kind; %[1]s, %[2]s are names, %[3]s all of them.
var sentences = map[ReasonKind]string{
	IsRoot:            "the tenants themselves: referred to by %[3]s of other tables",
	NamedAsRoot:       "the tenants themselves, by its name: no foreign key refers to it",
	HasTenantsOf:      "a tenant's by what %[3]s of other tables refers to",
	OtherSpelling:     "its tenant is in %[1]s",
	RefersToRoot:      "%[1]s refers to %[2]s",
	ByForeignKey:      "by foreign key %[1]s",
	MayHaveParent:     "by foreign key %[1]s; a row without %[2]s is nobody's, and no tenant sees it",
	CalledAfterParent: "%[1]s is called after %[2]s, but no foreign key says so: lint asks for one, or for no_foreign_key: <why>",
	ResemblesParent:   "a guess: %[1]s may mean %[2]s, and no foreign key says so: lint asks for one, or for no_foreign_key: <why>",
	OneOfParents:      "a CHECK has one of %[3]s set",
	AnyOfParents:      "whichever of %[3]s is set; proofs assume that they agree, CHECK (num_nonnulls(%[3]s) = 1) would say so",
	NothingTies:       "nobody's: no tenant column, and no key to a table that is a tenant's",
	InSeveral:         "in several tenants, by %[1]s: every tenant's queries may read all rows of it, so reach them through %[1]s (docs/tenants.md)",
	IfShared:          "where every tenant may read all rows of it, whatever %[1]s says",
	IfNobodys:         "where every tenant may read all rows of it",
	IfTenant:          "where %[1]s says whose a row is",
	IfParent:          "where %[1]s refers to %[2]s",
	OtherType:         "%[1]s has another type than the columns that refer to it",
	SeveralTenants:    "%[3]s all refer to tenants: which one says whose a row is?",
	PerhapsTenant:     "%[1]s refers to a tenant and may be NULL: a tenant's own rows beside shared ones?",
	LooksLikeTenant:   "%[1]s looks like a tenant's, and is not the tenant column",
	HasPolicies:       "it has row-level security: whose rows does that tell apart?",
	CalledLikeTenants: "it is called as the tenants are, but no key or type ties their column to it",
	IsPolymorphic:     "%[1]s and %[2]s say what a row belongs to: list its parents as {table: …, on: {%[2]s: id}, when: {%[1]s: …}}",
	HasHeir:           "rows of %[1]s are rows of it",
	IsForeign:         "it is a foreign table, on which no policy can be",
	IsTemporary:       "it is a temporary table",
	UnsureTable:       "it is not sure what it looks like: %[1]s",
	RefersToUnknown:   "%[1]s refers to %[2]s, which no schema file creates",
	RefersToOpen:      "%[1]s refers to %[2]s, or may, and that is open",
	EndsLikeParent:    "%[1]s may mean %[2]s, which is a tenant's, and no foreign key says so",
	PartOfTenants:     "%[1]s of %[2]s is unique, so a row is of one row of a tenant's: give it a column that says whose it is",
	LookedUpBy:        "its rows are looked up by %[1]s, and nothing says what that refers to",
	DiffersByEntry:    "entries of sql have different tables of this name",
	Unsayable:         "its name, or a column's, cannot be written in this file: rename it",
	Refused:           "%[1]s",
}

// String says a reason.
func (r Reason) String() string {
	name := func(i int) string {
		if i < len(r.Names) {
			return r.Names[i]
		}
		return ""
	}
	form := strings.NewReplacer("%[1]s", name(0), "%[2]s", name(1), "%[3]s", strings.Join(r.Names, ", ")).Replace(sentences[r.Kind])
	if r.Kind == NothingTies && len(r.Names) > 0 {
		form += fmt.Sprintf("; shared by what refers to it: %s", few(r.Names))
	}
	if len(r.Unexplained) > 0 {
		form += "; nothing says what its " + few(r.Unexplained) + " refers to"
	}
	return form
}

// few lists names, and counts those that are too many to be read.
func few(names []string) string {
	const most = 4
	if len(names) > most+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
