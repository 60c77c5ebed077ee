-- +goose Up
-- A set of tenants reads all but moss, and the last.
CREATE TABLE trees (id text PRIMARY KEY, org_id uuid NOT NULL, word text NOT NULL);
CREATE TABLE boughs (id text PRIMARY KEY, up text NOT NULL REFERENCES trees ON DELETE CASCADE, word text NOT NULL);
CREATE TABLE twigs (id text PRIMARY KEY, up text NOT NULL REFERENCES boughs ON DELETE CASCADE, word text NOT NULL);
CREATE TABLE moss (id text PRIMARY KEY, up text NOT NULL REFERENCES trees ON DELETE CASCADE, word text NOT NULL);
CREATE TABLE documents (id text PRIMARY KEY, org_id uuid NOT NULL, public bool NOT NULL, word text NOT NULL);
CREATE TABLE pages (id text PRIMARY KEY, up text NOT NULL REFERENCES documents ON DELETE CASCADE, word text NOT NULL);
CREATE TABLE drafts (id text PRIMARY KEY, org_id uuid NOT NULL, deleted date, word text NOT NULL);
CREATE TABLE secrets (id text PRIMARY KEY, org_id uuid NOT NULL, word text NOT NULL);
-- +goose Down
