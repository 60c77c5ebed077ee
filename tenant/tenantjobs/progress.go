package tenantjobs

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tenantgen/tenantgen/tenant"
)

// Progress is how far a job is, as its worker has noted by Checkpoint.
type Progress struct {
	Done  int64 `json:"done"`
	Total int64 `json:"total"`
}

// Checkpoint notes how far the job is, in the transaction that did it, on tx.Executor(): they are committed together or not at all, so that an
// attempt after a crash finds in Progress what there is to go on from. Config.Observe is told within the transaction. Guards see the operation
// Jobs.Checkpoint, which Config.Permissions have to permit.
func (w *Work[T, L]) Checkpoint(ctx context.Context, on tenant.Executor, done, total int64) error {
	return w.checkpoint(ctx, on, Progress{Done: done, Total: total})
}

// checkpoint is that of any job. The record stays locked until the transaction ends: two attempts cannot both do the same.
func (j *Jobs[L]) checkpoint(ctx context.Context, on tenant.Executor, scope tenant.Scope, id int64, p Progress, e Event) error {
	return within(ctx, on, scope, tenant.Operation{Name: "Checkpoint", Command: tenant.CommandExec, Write: true}, func(ctx context.Context, tx *tenant.Tx, conn pgx.Tx) error {
		_, err := j.client.JobUpdateTx(ctx, conn, id, &river.JobUpdateParams{Output: p})
		switch {
		case errors.Is(err, rivertype.ErrNotFound):
			return ErrNotFound
		case err != nil:
			return err
		}
		e.Type, e.Done, e.Total = Progressed, p.Done, p.Total
		return j.observe(ctx, tx, scope, e)
	})
}

// progressOf is what a record's metadata have. They are nothing to rely on: whoever writes SQL may change them.
func progressOf(row *rivertype.JobRow) (p Progress) {
	var metadata map[string]json.RawMessage
	if json.Unmarshal(row.Metadata, &metadata) != nil || json.Unmarshal(metadata[rivertype.MetadataKeyOutput], &p) != nil || p.Done < 0 || p.Total < p.Done {
		return Progress{}
	}
	return p
}
