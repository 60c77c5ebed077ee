package tenantusage

import (
	"io"
	"net/http"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
)

// Middleware counts the requests of the context's tenant, the bytes of their bodies and of the answers', and the time they
// take. It belongs behind what puts the tenant into the context, and counts nothing for a request without one.
func (m *Meter) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t, err := tenant.Current(r.Context())
		if err != nil {
			next.ServeHTTP(w, r)
			return
		}
		began, in, out := time.Now(), &counted{ReadCloser: r.Body}, &counting{ResponseWriter: w}
		if r.Body != nil && r.Body != http.NoBody {
			r = r.Clone(r.Context())
			r.Body = in
		}
		defer func() { // also when the handler panics
			m.mu.Lock()
			defer m.mu.Unlock()
			m.add(t.Scope, Requests, 1)
			m.add(t.Scope, BytesIn, in.n)
			m.add(t.Scope, BytesOut, out.n)
			m.add(t.Scope, RequestTime, time.Since(began).Microseconds())
			if member, err := tenant.CurrentMember(r.Context()); err == nil {
				m.active(t.Scope, member.ID)
			}
		}()
		next.ServeHTTP(out, r)
	})
}

// counted counts what is read.
type counted struct {
	io.ReadCloser
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n += int64(n)
	return n, err
}

// counting counts what is written.
type counting struct {
	http.ResponseWriter
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.n += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController flush and hijack.
func (c *counting) Unwrap() http.ResponseWriter { return c.ResponseWriter }
