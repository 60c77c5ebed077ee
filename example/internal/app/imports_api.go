package app

import (
	"context"
	"strconv"
)

// listImports is GET /orgs/{org}/imports.
func (a *App) listImports(ctx context.Context, c *call) (*reply, error) {
	return read(a.Imports(ctx, c.org))
}

// startImport is POST /orgs/{org}/imports?file=notes.csv, with the CSV file as its body.
func (a *App) startImport(ctx context.Context, c *call) (*reply, error) {
	return add(a.StartImport(ctx, c.org, c.URL.Query().Get("file"), c.Body))
}

// cancelImport is POST /orgs/{org}/imports/{job}/cancellation.
func (a *App) cancelImport(ctx context.Context, c *call) (*reply, error) {
	id, err := ImportID(c.PathValue("job"))
	if err != nil {
		return nil, err
	}
	return nothing(a.CancelImport(ctx, c.org, id))
}

// retryImport is POST /orgs/{org}/imports/{job}/retry.
func (a *App) retryImport(ctx context.Context, c *call) (*reply, error) {
	id, err := ImportID(c.PathValue("job"))
	if err != nil {
		return nil, err
	}
	return nothing(a.RetryImport(ctx, c.org, id))
}

// ImportID reads the id of an import. What is none names nothing.
func ImportID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, errNotFound
	}
	return id, nil
}
