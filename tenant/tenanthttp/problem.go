package tenanthttp

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
)

// Problem is the answer to a request that is refused: a problem of RFC 9457.
type Problem struct {
	// Type is where the kind of problem is described.
	Type string `json:"type"`
	// Title says it in words that are the same each time.
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Permission is what the member lacks, Scope what the token lacks, Policy which security setting of the tenant refuses.
	Permission string `json:"permission,omitempty"`
	Scope      string `json:"scope,omitempty"`
	Policy     string `json:"policy,omitempty"`
	// Quota is the limit that is reached.
	Quota *QuotaProblem `json:"quota,omitempty"`

	retry     time.Time
	challenge string // of WWW-Authenticate
}

// QuotaProblem is a tenant.QuotaError in an answer.
type QuotaProblem struct {
	Key   string `json:"key"`
	Limit int64  `json:"limit"`
	Used  int64  `json:"used"`
}

// types is where the kinds of problems are described.
const types = "https://github.com/tenantgen/tenantgen/blob/main/docs/request.md#"

// kinds are the errors that have an answer of their own. Those of somebody who does not belong to the tenant are one kind,
// whichever it is.
var kinds = []struct {
	is     error
	status int
	kind   string
	title  string
}{
	{tenant.ErrUnauthenticated, http.StatusUnauthorized, "unauthenticated", "Not authenticated"},
	{tenant.ErrUnknown, http.StatusNotFound, "not-found", "Not found"},
	{tenant.ErrNotMember, http.StatusNotFound, "not-found", "Not found"},
	{tenant.ErrNoTenant, http.StatusNotFound, "not-found", "Not found"},
	{tenant.ErrNotPart, http.StatusNotFound, "not-found", "Not found"},
	{tenant.ErrMissingClaim, http.StatusForbidden, "missing-claim", "The token names no tenant"},
	{tenant.ErrTenantMismatch, http.StatusForbidden, "mismatch", "The request names two tenants"},
	{tenant.ErrSuspended, http.StatusForbidden, "suspended", "Suspended"},
	{tenant.ErrInactive, http.StatusForbidden, "inactive", "Not active"},
	{tenant.ErrUnpaid, http.StatusPaymentRequired, "unpaid", "Payment required"},
	{tenant.ErrPermission, http.StatusForbidden, "permission", "Not permitted"},
	{tenant.ErrPolicy, http.StatusForbidden, "policy", "Refused by a security setting"},
	{tenant.ErrQuotaExceeded, http.StatusPaymentRequired, "quota", "Quota exceeded"},
}

// ProblemOf returns the answer to an error of package tenant, of this package or of generated repositories. What it does not
// know is the server's own, with status 500, of which nothing is told.
func ProblemOf(err error) Problem {
	p := Problem{Type: "about:blank", Title: http.StatusText(http.StatusInternalServerError), Status: http.StatusInternalServerError}
	for _, k := range kinds {
		if errors.Is(err, k.is) {
			p = Problem{Type: types + k.kind, Title: k.title, Status: k.status}
			p.tell(err)
			break
		}
	}
	return p
}

// tell adds what the error's own type says.
func (p *Problem) tell(err error) {
	var permission *tenant.PermissionError
	var scope *ScopeError
	var policy *tenant.PolicyError
	var quota *tenant.QuotaError
	switch {
	case p.Status == http.StatusUnauthorized:
		p.challenge = "Bearer"
	case p.Status == http.StatusNotFound:
		// What follows would tell one from the other.
	case errors.As(err, &permission):
		p.Permission = permission.Permission
	case errors.As(err, &scope):
		p.Scope, p.challenge = scope.Scope, `Bearer error="insufficient_scope"` // RFC 6750, 3.1
	case errors.As(err, &policy):
		p.Policy = policy.Policy
		if policy.Policy != PolicyAddress { // to sign in again helps: RFC 9470, 3
			p.Status, p.challenge = http.StatusUnauthorized, `Bearer error="insufficient_user_authentication"`
		}
	case errors.As(err, &quota):
		p.Quota = &QuotaProblem{quota.Key, quota.Limit, quota.Used}
		if !quota.Retry.IsZero() {
			p.Status, p.retry = http.StatusTooManyRequests, quota.Retry
		}
	}
}

// Error answers a request with the problem that an error is; handlers use it for what repositories return. Behind a Middleware
// its Refused is told, and its Answer answers.
func Error(w http.ResponseWriter, r *http.Request, err error) {
	in, ok := r.Context().Value(enteredKey{}).(entered)
	if !ok {
		ProblemOf(err).ServeHTTP(w, r)
		return
	}
	in.m.tell(in.as, err)
	in.m.answer(w, r, ProblemOf(err))
}

// ServeHTTP writes the problem.
func (p Problem) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	body, err := json.Marshal(p)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	if p.challenge != "" {
		h.Set("WWW-Authenticate", p.challenge)
	}
	if !p.retry.IsZero() {
		h.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(time.Until(p.retry).Seconds())))))
	}
	w.WriteHeader(p.Status)
	w.Write(append(body, '\n'))
}
