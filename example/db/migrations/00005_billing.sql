-- +goose Up
-- What organizations owe, and whether they have paid.

CREATE TABLE subscriptions (
    org_id       uuid PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
    status       text NOT NULL CHECK (status IN ('active', 'unpaid')),
    paid_through date NOT NULL
);

-- An invoice for each month. The lines are what the month came to when it was written.
CREATE TABLE invoices (
    org_id      uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    month       date NOT NULL,
    lines       jsonb NOT NULL,
    total_cents bigint NOT NULL CHECK (total_cents >= 0),
    due_on      date NOT NULL,
    paid_at     timestamptz,
    payment     text,
    PRIMARY KEY (org_id, month)
);

-- +goose Down
DROP TABLE invoices;
DROP TABLE subscriptions;
