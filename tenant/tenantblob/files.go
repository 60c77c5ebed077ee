package tenantblob

import (
	"context"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/tenantgen/tenantgen/tenant"
)

// File describes a file.
type File struct {
	Name        string // as Put was given it
	Size        int64  // in bytes
	ContentType string // "" in a list: buckets do not tell there
	ModTime     time.Time
}

// Get returns a reader of the whole file, which the caller closes.
func (f *Files) Get(ctx context.Context, name string) (io.ReadCloser, File, error) {
	key, err := f.begin(ctx, "Get", name, false)
	if err != nil {
		return nil, File{}, err
	}
	r, err := f.store.bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, File{}, told(err)
	}
	return r, File{Name: name, Size: r.Size(), ContentType: r.ContentType(), ModTime: r.ModTime()}, nil
}

// Stat describes the file.
func (f *Files) Stat(ctx context.Context, name string) (File, error) {
	key, err := f.begin(ctx, "Stat", name, false)
	if err != nil {
		return File{}, err
	}
	a, err := f.store.bucket.Attributes(ctx, key)
	if err != nil {
		return File{}, told(err)
	}
	return File{Name: name, Size: a.Size, ContentType: a.ContentType, ModTime: a.ModTime}, nil
}

// List ranges over the tenant's files whose names begin with a prefix, in the order of their names. An error ends it.
func (f *Files) List(ctx context.Context, prefix string) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		if err := f.list(ctx, prefix, yield); err != nil {
			yield(File{}, err)
		}
	}
}

func (f *Files) list(ctx context.Context, prefix string, yield func(File, error) bool) error {
	if err := f.allow(ctx, "List", false); err != nil {
		return err
	}
	if err := checkPrefix(prefix); err != nil {
		return err
	}
	return f.under(ctx, f.base+"files/", prefix, func(o *blob.ListObject) (bool, error) {
		return yield(File{Name: strings.TrimPrefix(o.Key, f.base+"files/"), Size: o.Size, ModTime: o.ModTime}, nil), nil
	})
}

// asked is how often the same part of a list is asked for, of a bucket that says that something is not there.
const asked = 20

// under calls do for each object below base whose name begins with a prefix, until it returns false or fails. A directory fails to
// list what is deleted at that moment: it is asked again, from where it stopped.
func (f *Files) under(ctx context.Context, base, prefix string, do func(*blob.ListObject) (bool, error)) error {
	it, absent := f.store.bucket.List(&blob.ListOptions{Prefix: base + prefix}), 0
	for {
		o, err := it.Next(ctx)
		switch {
		case err == io.EOF:
			return nil
		case gcerrors.Code(err) == gcerrors.NotFound && absent < asked:
			absent++
			continue
		case err != nil:
			return told(err)
		}
		absent = 0
		if more, err := do(o); err != nil || !more {
			return err
		}
	}
}

// Delete removes the file, and gives its bytes back.
func (f *Files) Delete(ctx context.Context, name string) error {
	key, err := f.begin(ctx, "Delete", name, true)
	if err != nil {
		return err
	}
	a, err := f.store.bucket.Attributes(ctx, key)
	if err != nil {
		return told(err)
	}
	return f.remove(ctx, key, a.Size)
}

func (f *Files) remove(ctx context.Context, key string, size int64) error {
	if err := f.store.bucket.Delete(ctx, key); err != nil {
		return told(err)
	}
	return f.release(ctx, size)
}

// Erase removes all that the tenant has, its parts' files as well: for a tenant that leaves. Guards see it as the write Erase.
func (f *Files) Erase(ctx context.Context) error {
	if err := f.allow(ctx, "Erase", true); err != nil {
		return err
	}
	return f.under(ctx, f.base, "", func(o *blob.ListObject) (bool, error) {
		err := f.store.bucket.Delete(ctx, o.Key)
		switch {
		case gcerrors.Code(err) == gcerrors.NotFound: // somebody else was faster
			return true, nil
		case err != nil:
			return false, told(err)
		}
		return true, f.release(ctx, o.Size)
	})
}

// Copy copies a file to a name that is not taken yet.
func (f *Files) Copy(ctx context.Context, from, to string) error {
	source, err := f.begin(ctx, "Copy", from, true)
	if err != nil {
		return err
	}
	target, err := f.key(to)
	if err != nil {
		return err
	}
	// Read and written again: a bucket's own copy overwrites what there is, and nobody would know how large that was.
	r, err := f.store.bucket.NewReader(ctx, source, nil)
	if err != nil {
		return told(err)
	}
	defer r.Close()
	return f.write(ctx, target, r.ContentType(), r)
}

// SignedURL returns a URL that anybody who has it may read the file by for a while, as long as the bucket signs URLs.
func (f *Files) SignedURL(ctx context.Context, name string, expiry time.Duration) (string, error) {
	key, err := f.begin(ctx, "SignedURL", name, false)
	if err != nil {
		return "", err
	}
	return f.signed(ctx, key, &blob.SignedURLOptions{Method: http.MethodGet, Expiry: expiry})
}

// SignedUploadURL returns one that a client may upload the file to, of that content type. A store with a quota refuses it.
func (f *Files) SignedUploadURL(ctx context.Context, name, contentType string, expiry time.Duration) (string, error) {
	key, err := f.begin(ctx, "SignedURL", name, true)
	if err != nil {
		return "", err
	}
	if f.store.quota != nil {
		return "", ErrUncounted
	}
	return f.signed(ctx, key, &blob.SignedURLOptions{Method: http.MethodPut, ContentType: contentType, EnforceAbsentContentType: contentType == "", Expiry: expiry})
}

func (f *Files) signed(ctx context.Context, key string, opts *blob.SignedURLOptions) (string, error) {
	url, err := f.store.bucket.SignedURL(ctx, key, opts)
	return url, told(err)
}

// begin asks the guards and checks the name.
func (f *Files) begin(ctx context.Context, op, name string, write bool) (key string, err error) {
	if err := f.allow(ctx, op, write); err != nil {
		return "", err
	}
	return f.key(name)
}

// Scope is whose files these are.
func (f *Files) Scope() tenant.Scope { return f.scope }
