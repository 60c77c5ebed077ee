-- +goose Up
-- How people and programs get in, and what they use.

-- A token works in the one organization it was made for. Only its SHA-256 is
-- kept. Who leaves the organization loses the token with the membership.
CREATE TABLE api_tokens (
    org_id       uuid NOT NULL,
    id           uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id      uuid NOT NULL,
    name         text NOT NULL,
    token_hash   bytea NOT NULL UNIQUE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, user_id) REFERENCES memberships (org_id, user_id) ON DELETE CASCADE
);

CREATE INDEX api_tokens_user ON api_tokens (org_id, user_id);

CREATE TABLE invitations (
    org_id      uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    email       text NOT NULL,
    role        member_role NOT NULL DEFAULT 'member',
    invited_by  uuid NOT NULL REFERENCES users (id),
    token_hash  bytea NOT NULL UNIQUE,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (org_id, email)
);

-- One counter per organization, metric and month.
CREATE TABLE usage_counters (
    org_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    metric text NOT NULL,
    month  date NOT NULL,
    amount bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, metric, month)
);

-- +goose Down
DROP TABLE usage_counters;
DROP TABLE invitations;
DROP TABLE api_tokens;
