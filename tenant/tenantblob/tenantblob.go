// Package tenantblob keeps files of tenants in a bucket of gocloud.dev/blob (S3, Google Cloud Storage, Azure, a directory,
// memory), each tenant's under a prefix of its own that no name leads out of:
//
//	store := tenantblob.New(bucket, "app.org_id")
//	files, err := store.Of(orgID.Scope())
//	err = files.Put(ctx, "invoices/2026-11.pdf", "application/pdf", body)
//
// The file is organizations/<id>/files/invoices/2026-11.pdf in the bucket. [Files] has no method that takes a key, a bucket,
// or another tenant, so that copying, listing and signing stay within the tenant. What a name must be is said at [CheckName].
//
// A part of a tenant, such as a project of an organization, has files of its own, beside the organization's:
// organizations/<id>/parts/app.project_id/<id>/files/…
//
// It is a module of its own, so that an application that does not import it does not have gocloud.dev in its go.mod.
package tenantblob

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/tenantgen/tenantgen/tenant"
)

// Errors to test for with errors.Is.
var (
	// ErrNotFound is of a file that the tenant does not have. Whether another tenant has one of this name is not told.
	ErrNotFound = errors.New("tenantblob: there is no such file")
	// ErrExists is of a Put whose name is taken.
	ErrExists = errors.New("tenantblob: there is a file of this name")
	// ErrName is of a name that is refused: see CheckName.
	ErrName = errors.New("tenantblob: unusable name")
	// ErrScope is of a scope whose outermost setting is not the store's.
	ErrScope = errors.New("tenantblob: the scope is of another kind of tenant")
	// ErrUncounted refuses to sign a URL for uploads to a store with a quota: nobody would count what is sent there.
	ErrUncounted = errors.New("tenantblob: an upload by URL is not counted against the quota")
)

// Quota holds the bytes of a tenant's files. Reserve takes n more bytes before they are written, and an error of it, which
// is returned to the caller as it is, keeps them from being written. Release gives n bytes back: of a file that is deleted, or was not
// written after all. Both are called concurrently.
type Quota interface {
	Reserve(ctx context.Context, scope tenant.Scope, n int64) error
	Release(ctx context.Context, scope tenant.Scope, n int64) error
}

// Store is a bucket with the files of many tenants. It is safe for concurrent use.
type Store struct {
	bucket  *blob.Bucket
	setting string
	root    string
	quota   Quota
	guards  []tenant.Guard
}

// Option changes what New makes.
type Option func(*Store)

// WithQuota counts the bytes that tenants keep.
func WithQuota(q Quota) Option { return func(s *Store) { s.quota = q } }

// WithGuard adds a guard, which is asked before any I/O with the operation of the repository "Files": Put, Get, Stat, List, Copy,
// Delete and SignedURL, of which Put, Copy and Delete are writes, as is a SignedURL for uploads.
func WithGuard(guard tenant.Guard) Option {
	return func(s *Store) { s.guards = append(s.guards, guard) }
}

// WithRoot names the first part of all keys, "organizations" when it is not given. It is one segment.
func WithRoot(root string) Option { return func(s *Store) { s.root = root } }

// New returns a store on the bucket, which stays the caller's to close. Setting is that of the tenants' ids, such as
// app.org_id: two kinds of tenants with equal ids would share files otherwise.
func New(bucket *blob.Bucket, setting string, opts ...Option) *Store {
	s := &Store{bucket: bucket, setting: setting, root: "organizations"}
	for _, opt := range opts {
		opt(s)
	}
	return s
}

// Files are those of one tenant.
type Files struct {
	store *Store
	scope tenant.Scope
	base  string // organizations/<id>/
}

// Of returns the files of the scope's tenant, or of a part of it. It does no I/O.
func (s *Store) Of(scope tenant.Scope) (*Files, error) {
	if CheckName(s.root) != nil || strings.Contains(s.root, "/") {
		return nil, fmt.Errorf("%w: the store's root %q", ErrName, s.root)
	}
	if err := scope.Match(); err != nil {
		return nil, err
	}
	f := &Files{store: s, scope: scope}
	outermost := true
	for setting, id := range scope.Levels() {
		switch {
		case outermost && setting != s.setting:
			return nil, ErrScope
		case outermost:
			f.base = s.root + "/" + segment(id) + "/"
		default:
			f.base += "parts/" + segment(setting) + "/" + segment(id) + "/"
		}
		outermost = false
	}
	return f, nil
}

// segment writes an id as one segment of a key, so that no two ids have the same one, not where case does not
// count either: all but lower-case letters, digits, - and . within is written as _ and two hexadecimal digits.
func segment(id string) string {
	var b strings.Builder
	for i := range len(id) {
		c := id[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '.' && i > 0 && i < len(id)-1 && id[i-1] != '.':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return b.String()
}

// allow refuses a context that is for another tenant, and asks the guards.
func (f *Files) allow(ctx context.Context, name string, write bool) error {
	if t, err := tenant.Current(ctx); err == nil && t.Scope.Match(f) != nil && f.scope.Match(t.Scope) != nil {
		return &tenant.MismatchError{What: "context", Tx: t.Scope, Call: f.scope}
	}
	op := tenant.Operation{Name: name, Repository: "Files", Write: write}
	for _, guard := range f.store.guards {
		if err := guard(ctx, f.scope, op); err != nil {
			return err
		}
	}
	return nil
}

// key is the key of a name.
func (f *Files) key(name string) (string, error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	return f.base + "files/" + name, nil
}

// told makes an error of the bucket ours.
func told(err error) error {
	switch gcerrors.Code(err) {
	case gcerrors.OK:
		return nil
	case gcerrors.NotFound:
		return ErrNotFound
	}
	return &bucketError{err}
}

// bucketError is any other error of the bucket. Its text leaves out what the drivers' texts have: the key, and with it the
// tenant's id. errors.As finds them.
type bucketError struct{ err error }

func (e *bucketError) Error() string {
	return "tenantblob: the bucket failed: " + gcerrors.Code(e.err).String()
}

func (e *bucketError) Unwrap() error { return e.err }
