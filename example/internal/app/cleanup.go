package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/tenantgen/tenantgen/example/repo"
)

// CleanUp deletes expired tokens now and then, until ctx is done. It is a
// background job for all organizations at once, so the handle that it takes is
// not the one that requests are served with.
func CleanUp(ctx context.Context, all *repo.CrossTenant, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		switch gone, err := all.DeleteExpiredTokens(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.ErrorContext(ctx, "clean-up failed", "error", err)
		case gone > 0:
			log.InfoContext(ctx, "expired tokens deleted", "tokens", gone)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
