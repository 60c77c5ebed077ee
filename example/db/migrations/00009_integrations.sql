-- +goose Up
-- Other services that an organization sends notes to, and the secrets by which
-- they know it. A secret is sealed by a key of this service's that the database
-- does not have, and is never shown again: the hint is its last characters.
CREATE TABLE integrations (
    org_id       uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name         text NOT NULL,
    endpoint     text NOT NULL, -- one of those that the service knows by name
    sealed       bytea NOT NULL,
    hint         text NOT NULL,
    set_by       uuid NOT NULL REFERENCES users (id),
    set_at       timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    last_result  text NOT NULL DEFAULT '',
    PRIMARY KEY (org_id, name)
);

-- +goose Down
DROP TABLE integrations;
