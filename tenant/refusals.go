package tenant

import (
	"errors"
	"time"
)

// Why a request, a job or a call is refused, to be tested for with errors.Is. tenanthttp answers each with its status.
// No text names a tenant.
var (
	// ErrUnauthenticated is of a request without valid credentials.
	ErrUnauthenticated = errors.New("tenant: not authenticated")
	// ErrUnknown is of a tenant that the directory does not have.
	ErrUnknown = errors.New("tenant: unknown tenant")
	// ErrNotMember is of somebody who does not belong to the tenant. To them there is no such tenant.
	ErrNotMember = errors.New("tenant: not a member")
	// ErrSuspended is of a tenant that is not served for now.
	ErrSuspended = errors.New("tenant: suspended")
	// ErrUnpaid is of a tenant that is not served until it pays.
	ErrUnpaid = errors.New("tenant: payment required")
	// ErrInactive is of a tenant that is not served yet, or no more.
	ErrInactive = errors.New("tenant: inactive")
	// ErrMissingClaim is of verified credentials that do not name a tenant.
	ErrMissingClaim = errors.New("tenant: the token names no tenant")
	// ErrPermission is of a member who may not do this. The error is a *PermissionError.
	ErrPermission = errors.New("tenant: not permitted")
	// ErrPolicy is of a request that the tenant's own security settings refuse. The error is a *PolicyError.
	ErrPolicy = errors.New("tenant: refused by the tenant's security settings")
	// ErrQuotaExceeded is of a limit that is reached. The error is a *QuotaError.
	ErrQuotaExceeded = errors.New("tenant: quota exceeded")
)

// PermissionError tells what a member would need.
type PermissionError struct {
	// Permission is its name, or that of an OAuth scope.
	Permission string
}

// Error is the text of ErrPermission with the permission.
func (e *PermissionError) Error() string { return ErrPermission.Error() + ": needs " + e.Permission }

// Is makes errors.Is(err, ErrPermission) true.
func (e *PermissionError) Is(target error) bool { return target == ErrPermission }

// PolicyError tells which security setting of the tenant refuses a request.
type PolicyError struct {
	// Policy is address, session-age or sso.
	Policy string
}

// Error is the text of ErrPolicy with the policy.
func (e *PolicyError) Error() string { return ErrPolicy.Error() + ": " + e.Policy }

// Is makes errors.Is(err, ErrPolicy) true.
func (e *PolicyError) Is(target error) bool { return target == ErrPolicy }

// QuotaError tells which limit is reached.
type QuotaError struct {
	// Key names what is limited, such as projects or api-calls.
	Key string
	// Limit is how much the tenant may have, Used how much it has, Asked how much more was asked for.
	Limit, Used, Asked int64
	// Retry is when waiting helps: the limit is a rate, or of a period that ends then. It is zero where only another plan,
	// or giving up something, helps.
	Retry time.Time
}

// Error is the text of ErrQuotaExceeded with the key.
func (e *QuotaError) Error() string { return ErrQuotaExceeded.Error() + ": " + e.Key }

// Is makes errors.Is(err, ErrQuotaExceeded) true.
func (e *QuotaError) Is(target error) bool { return target == ErrQuotaExceeded }
