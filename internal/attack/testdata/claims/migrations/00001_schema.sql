-- +goose Up
-- Tenants come from a claim. One row names nobody.
CREATE TABLE texts (id text PRIMARY KEY, org text NOT NULL, word text NOT NULL);
-- +goose Down
