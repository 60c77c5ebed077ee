-- GetSubscription returns whether the organization is served, and up to when it has paid.
-- name: GetSubscription :one
SELECT * FROM subscriptions WHERE org_id = @org_id;

-- Activate serves the organization, which has paid up to a day. What was paid for stays.
-- name: Activate :exec
INSERT INTO subscriptions (org_id, status, paid_through)
VALUES (@org_id, 'active', @paid_through)
ON CONFLICT (org_id) DO UPDATE
SET status = 'active', paid_through = GREATEST(subscriptions.paid_through, excluded.paid_through);

-- MarkUnpaid stops serving the organization when an invoice is overdue.
-- name: MarkUnpaid :execrows
UPDATE subscriptions s
SET status = 'unpaid'
WHERE s.org_id = @org_id AND s.status = 'active'
  AND EXISTS (SELECT 1 FROM invoices i WHERE i.org_id = s.org_id AND i.paid_at IS NULL AND i.due_on < @today::date);

-- WriteInvoice writes the invoice of a month, once: 0 rows, there is one already.
-- name: WriteInvoice :execrows
INSERT INTO invoices (org_id, month, lines, total_cents, due_on)
VALUES (@org_id, @month, @lines, @total_cents, @due_on)
ON CONFLICT (org_id, month) DO NOTHING;

-- GetInvoice returns the invoice of a month.
-- name: GetInvoice :one
SELECT * FROM invoices WHERE org_id = @org_id AND month = @month;

-- ListInvoices returns all of them, newest first.
-- name: ListInvoices :many
SELECT * FROM invoices WHERE org_id = @org_id ORDER BY month DESC;

-- PayInvoice notes a payment. 0 rows: there is no such invoice, or it was paid before.
-- name: PayInvoice :execrows
UPDATE invoices
SET paid_at = now(), payment = @payment::text
WHERE org_id = @org_id AND month = @month AND paid_at IS NULL;

-- ListOrganizationsToBill is what the monthly run goes over, one organization at a time.
-- tenantgen:cross-tenant billing the monthly run writes an invoice for each organization
-- name: ListOrganizationsToBill :many
SELECT id, plan_id FROM organizations ORDER BY id;
