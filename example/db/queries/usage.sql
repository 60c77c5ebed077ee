-- RecordUsage adds to this month's counter.
-- name: RecordUsage :exec
INSERT INTO usage_counters (org_id, metric, month, amount)
VALUES (@org_id, @metric, date_trunc('month', now())::date, @amount)
ON CONFLICT (org_id, metric, month) DO UPDATE
SET amount = usage_counters.amount + excluded.amount;

-- ListUsage returns the counters of one metric, newest first, with the running total of its year.
-- name: ListUsage :many
SELECT u.month, u.amount,
       sum(u.amount) OVER (PARTITION BY u.org_id, date_trunc('year', u.month) ORDER BY u.month)::bigint AS year_to_date
FROM usage_counters u
WHERE u.org_id = @org_id AND u.metric = @metric
ORDER BY u.month DESC;
