package app

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"

	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"

	"github.com/tenantgen/tenantgen/example/internal/billing"
	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant/tenantblob"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
	"github.com/tenantgen/tenantgen/tenant/tenantstream"
)

// MaxFile is how large a file may be that is sent at once. How much an organization may keep is its plan's.
const MaxFile = 8 << 20

// newFiles keeps files in a bucket, each organization's below a prefix of its own, and within its plan.
func newFiles(bucket *blob.Bucket, bills *billing.Billing) *tenantblob.Store {
	if bucket == nil {
		bucket = memblob.OpenBucket(nil)
	}
	return tenantblob.New(bucket, "app.org_id", tenantblob.WithQuota(bills.Bytes()), tenantblob.WithGuard(operations.Guard))
}

// Files returns those of an organization, in the order of their names.
func (a *App) Files(ctx context.Context, org repo.OrgID) ([]tenantblob.File, error) {
	files, err := a.files.Of(org.Scope())
	if err != nil {
		return nil, err
	}
	list := []tenantblob.File{}
	for file, err := range files.List(ctx, "") {
		if err != nil {
			return nil, err
		}
		list = append(list, file)
	}
	return list, nil
}

// AddFile keeps a file, of a name that is not taken, if the plan has room for it.
func (a *App) AddFile(ctx context.Context, org repo.OrgID, name, contentType string, content io.Reader) error {
	files, err := a.files.Of(org.Scope())
	if err == nil {
		err = files.Put(ctx, name, contentType, content)
	}
	if err != nil {
		return err
	}
	return a.tellOfFile(ctx, org, "file.added", name)
}

// DeleteFile deletes a file. One that another organization has is not there.
func (a *App) DeleteFile(ctx context.Context, org repo.OrgID, name string) error {
	files, err := a.files.Of(org.Scope())
	if err == nil {
		err = files.Delete(ctx, name)
	}
	if err != nil {
		return err
	}
	return a.tellOfFile(ctx, org, "file.deleted", name)
}

func (a *App) tellOfFile(ctx context.Context, org repo.OrgID, what, name string) error {
	data, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		return err
	}
	return tenantstream.Publish(ctx, a.db, org.Scope(), tenantstream.Event{Type: what, Data: data})
}

// ServeFile sends the file {name} of the request's organization, to be saved and never to be shown in the service's own name: what members upload is theirs, not ours.
func (a *App) ServeFile(w http.ResponseWriter, r *http.Request) error {
	org, err := repo.OrgIDFrom(r.Context())
	if err != nil {
		return err
	}
	files, err := a.files.Of(org.Scope())
	if err != nil {
		return err
	}
	content, file, err := files.Get(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", file.ContentType)
	h.Set("Content-Length", strconv.FormatInt(file.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(file.Name)}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	_, _ = io.Copy(w, content) // a browser that has gone away is nobody to report to
	return nil
}

// inOrganizationRaw is inOrganization for what is no JSON.
func (a *App) inOrganizationRaw(permission string, do func(http.ResponseWriter, *http.Request) error) http.Handler {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := paid(r.Pattern, r.Context())
		if err == nil {
			err = do(w, r)
		}
		if err != nil {
			a.write(w, r, nil, err)
		}
	})
	return a.requests.Wrap(tenanthttp.Require(permission)(a.Limited(h)))
}

// listFiles is GET /orgs/{org}/files.
func (a *App) listFiles(ctx context.Context, c *call) (*reply, error) {
	return read(a.Files(ctx, c.org))
}

// putFile is PUT /orgs/{org}/files/{name...}, with the file as its body. Files are written once.
func (a *App) putFile(ctx context.Context, c *call) (*reply, error) {
	return nothing(a.AddFile(ctx, c.org, c.PathValue("name"), c.Header.Get("Content-Type"), http.MaxBytesReader(nil, c.Body, MaxFile)))
}

// deleteFile is DELETE /orgs/{org}/files/{name...}.
func (a *App) deleteFile(ctx context.Context, c *call) (*reply, error) {
	return nothing(a.DeleteFile(ctx, c.org, c.PathValue("name")))
}

// Billing is what the organizations have and pay.
func (a *App) Billing() *billing.Billing { return a.billing }
