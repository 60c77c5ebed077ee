package app

import (
	"context"
	"strconv"

	"github.com/tenantgen/tenantgen/example/repo"
)

// quota locks the organization and returns what its plan still allows. Without
// the lock two requests could both find the last place free.
func quota(ctx context.Context, tx *repo.Tx, org repo.OrgID) (repo.GetQuotaRow, error) {
	if _, err := tx.Organizations.LockOrganization(ctx, org); err != nil {
		return repo.GetQuotaRow{}, err
	}
	return tx.Organizations.GetQuota(ctx, org)
}

// roomForNote reports an error when the plan allows no more notes, and
// otherwise counts the one to come.
func roomForNote(ctx context.Context, tx *repo.Tx, org repo.OrgID) error {
	q, err := quota(ctx, tx, org)
	if err != nil {
		return err
	}
	if q.Notes >= int64(q.MaxNotes) {
		return quotaExceeded("the plan " + q.Plan + " allows " + strconv.Itoa(int(q.MaxNotes)) + " notes")
	}
	return tx.Usage.RecordUsage(ctx, org, repo.RecordUsageParams{Metric: "notes_created", Amount: 1})
}
