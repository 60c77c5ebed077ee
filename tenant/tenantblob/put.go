package tenantblob

import (
	"context"
	"errors"
	"io"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// Put writes a file of a name that is not taken yet (ErrExists; to replace one, Delete it first: one that is replaced while it is read, or
// by two at once, would have no size that a quota could count). An empty content type is found out from the content. With a quota the bytes are
// reserved before they are sent, a chunk at a time, and given back when the file is not written after all.
func (f *Files) Put(ctx context.Context, name, contentType string, content io.Reader) error {
	key, err := f.begin(ctx, "Put", name, true)
	if err != nil {
		return err
	}
	return f.write(ctx, key, contentType, content)
}

// chunk is how many bytes are reserved at a time.
const chunk = 1 << 20

// write writes a file all or not at all: a writer whose context has ended writes nothing (gocloud.dev/blob, Writer.Close).
func (f *Files) write(ctx context.Context, key, contentType string, content io.Reader) (err error) {
	writing, abort := context.WithCancel(ctx)
	defer abort()
	w, err := f.store.bucket.NewWriter(writing, key, &blob.WriterOptions{ContentType: contentType, IfNotExist: true})
	if err != nil {
		return told(err)
	}
	counted := &counter{files: f, from: content}
	_, err = io.Copy(w, reading{ctx, counted})
	if err != nil {
		abort()
		_ = w.Close() // the error of the context, which is known
		return errors.Join(err, f.release(ctx, counted.reserved))
	}
	if err := w.Close(); err != nil {
		told := told(err)
		if gcerrors.Code(err) == gcerrors.FailedPrecondition { // of IfNotExist
			told = ErrExists
		}
		return errors.Join(told, f.release(ctx, counted.reserved))
	}
	return f.release(ctx, counted.reserved-counted.read)
}

// counter reserves what is read from a file's content.
type counter struct {
	files          *Files
	from           io.Reader
	read, reserved int64
}

// reading is a counter with its context, as io.Reader has none.
type reading struct {
	ctx context.Context
	*counter
}

func (r reading) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.read += int64(n)
	for r.files.store.quota != nil && r.read > r.reserved {
		if quotaErr := r.reserve(); quotaErr != nil {
			return 0, quotaErr
		}
	}
	return n, err
}

// reserve reserves a chunk, or, where that is more than there is left, no more than has been read.
func (r reading) reserve() error {
	quota, scope, missing := r.files.store.quota, r.files.scope, r.read-r.reserved
	n := max(missing, chunk)
	err := quota.Reserve(r.ctx, scope, n)
	if err != nil && n > missing {
		n = missing
		err = quota.Reserve(r.ctx, scope, n)
	}
	if err == nil {
		r.reserved += n
	}
	return err
}

// release gives bytes back, also when the call's context has ended: that is a usual reason to do so.
func (f *Files) release(ctx context.Context, n int64) error {
	if f.store.quota == nil || n <= 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return f.store.quota.Release(ctx, f.scope, n)
}
