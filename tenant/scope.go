package tenant

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxInner bounds the depth of tenancy below the outermost level, so that a Scope is comparable and cheap.
const maxInner = 3

// claimsSetting is where PostgREST and Supabase put the claims of the verified token.
const claimsSetting = "request.jwt.claims"

// wayMark stands between the names of the way to a claim. PostgreSQL has no text with it.
const wayMark = "\x00"

// nilUUID is the text of a UUID nobody has set. It has a text like any other, and still names no tenant.
const nilUUID = "00000000-0000-0000-0000-000000000000"

// Scope names the tenant that a call runs for. Scope, a method of the generated ids, makes it. Scopes of the same tenant are
// equal (==); the zero Scope is no tenant, and is refused with ErrNoTenant.
type Scope struct {
	setting, text string // of the outermost level: what the policies read, and the id in it

	claim   string // the way to ID in a JSON document, joined by NUL
	inner   [maxInner]level
	depth   int    // how many of inner are used
	set     string // of several tenants: their ids, joined by NUL; text is an array of them then
	problem string // why the scope cannot be used
}

// level is one setting and the id it is set to.
type level struct{ setting, id string }

func newScope(setting, id string) Scope { return Scope{setting: setting, text: id} }

// newClaim is the scope of a tenant that is told to PostgreSQL as a claim of request.jwt.claims.
func newClaim(claim, id string) Scope {
	return Scope{setting: claimsSetting, text: id, claim: claim}
}

// newClaimWithin is the same for a claim within others, outermost first.
func newClaimWithin(id string, way []string) Scope {
	s := newClaim(strings.Join(way, wayMark), id)
	if len(way) == 0 || slices.ContainsFunc(way, func(name string) bool { return name == "" || strings.Contains(name, wayMark) }) {
		s.problem = "a claim without a name"
	}
	return s
}

// And narrows the scope to a part of the tenant, such as a project of the organization that s names. What is wrong with
// the result is reported by the call that it is used for.
func (s Scope) And(part Scope) Scope {
	if part.problem != "" {
		s.problem = part.problem
	}
	if s.set != "" || part.set != "" {
		s.problem = "a set of tenants has no parts"
	}
	if part.claim != "" {
		s.problem = "a claim is of the outermost level"
	}
	levels := part.levels()
	if len(levels) == 0 {
		levels = []level{{}} // no part is not all of it: refused as no tenant
	}
	for _, l := range levels {
		switch _, known := s.lookup(l.setting); {
		case s.depth == maxInner:
			s.problem = fmt.Sprintf("more than %d levels", maxInner+1)
		case known:
			s.problem = "two ids for " + l.setting
		default:
			s.inner[s.depth] = l
			s.depth++
		}
	}
	return s
}

// IsZero reports whether s names no tenant at all, as it does for global and cross-tenant calls.
func (s Scope) IsZero() bool { return s == Scope{} }

// ID is the id of the outermost level as text, "" when s names no tenant or a set of them.
func (s Scope) ID() string {
	if s.set != "" {
		return ""
	}
	return s.text
}

// Outermost is the scope of the whole tenant, without the parts of it that s is narrowed to. What is wrong with s stays
// wrong.
func (s Scope) Outermost() Scope {
	s.inner, s.depth = [maxInner]level{}, 0
	return s
}

// String lists the levels as setting=id, outermost first.
func (s Scope) String() string {
	var parts []string
	for _, l := range s.levels() {
		parts = append(parts, l.setting+"="+l.id)
	}
	return strings.Join(parts, " ")
}

// Levels ranges over the settings and ids, outermost first.
func (s Scope) Levels() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, l := range s.levels() {
			if !yield(l.setting, l.id) {
				return
			}
		}
	}
}

// levels returns all levels, outermost first.
func (s Scope) levels() []level {
	if s.setting == "" && s.text == "" {
		return nil
	}
	return append([]level{{s.setting, s.text}}, s.inner[:s.depth]...)
}

// lookup returns the id that s has for a setting, if any.
func (s Scope) lookup(setting string) (string, bool) {
	for _, l := range s.levels() {
		if l.setting == setting {
			return l.id, true
		}
	}
	return "", false
}

// check returns why no statement may run under s.
func (s Scope) check() error {
	if s.problem != "" {
		return errors.New("tenant: unusable scope: " + s.problem)
	}
	if s.set != "" {
		return errSet
	}
	levels := s.levels()
	if len(levels) == 0 {
		return ErrNoTenant
	}
	for _, l := range levels {
		if err := l.check(); err != nil {
			return err
		}
	}
	return nil
}

func (l level) check() error {
	switch {
	case l.id == "" || l.id == nilUUID || l.setting == "":
		return ErrNoTenant
	case !strings.Contains(l.setting, "."):
		// PostgreSQL's own settings have no dot: role and search_path are not to be reached from here.
		return fmt.Errorf("tenant: unusable scope: %q is not the name of a custom setting", l.setting)
	case !utf8.ValidString(l.id) || strings.Contains(l.id, "\x00"):
		return errors.New("tenant: unusable scope: PostgreSQL has no text for the id")
	}
	return nil
}

// admits reports whether a call may run inside a transaction for s. No level of it may differ. It may leave levels out,
// and add inner ones, being for a part of the same tenant then. The settings of all levels, outermost first, say what is
// inner.
func (s Scope) admits(call Scope, settings []string) bool {
	outermost := slices.Index(settings, s.setting)
	if s.claim != call.claim || s.setting != call.setting && (outermost < 0 || slices.Index(settings, call.setting) < outermost) {
		return false
	}
	for _, l := range call.levels() {
		if own, ok := s.lookup(l.setting); ok && own != l.id {
			return false
		}
	}
	return true
}

// assignments appends to an empty list what is set for s.
func (s Scope) assignments(list []assignment) []assignment {
	for _, l := range s.levels() {
		list = append(list, assignment{l.setting, l.id})
	}
	if s.claim != "" {
		list[0].value = claims(strings.Split(s.claim, wayMark), s.text)
	}
	return list
}

// claims is the document that has an id at the end of the way, and nothing else.
func claims(way []string, id string) string {
	var document any = id
	for _, name := range slices.Backward(way) {
		document = map[string]any{name: document}
	}
	text, _ := json.Marshal(document) // strings cannot fail, and check has refused what is not UTF-8
	return string(text)
}

// without returns the empty assignments of the settings that list does not have, in case the role or the connection
// comes with a value for them.
func without(list []assignment, known []string) []assignment {
	var empty []assignment
	for _, name := range known {
		same := func(a assignment) bool { return a.setting == name }
		if !slices.ContainsFunc(list, same) {
			empty = append(empty, assignment{setting: name})
		}
	}
	return empty
}
