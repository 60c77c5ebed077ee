-- +goose Up
-- When and by whom whoever has a token was signed in: an organization may bound
-- the first, and require the second. '' is this service itself.
ALTER TABLE api_tokens ADD COLUMN signed_in_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE api_tokens ADD COLUMN provider text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE api_tokens DROP COLUMN provider;
ALTER TABLE api_tokens DROP COLUMN signed_in_at;
