-- +goose Up
-- Tenants whose ids a cast would change, or call equal.
CREATE DOMAIN short AS varchar(3);
CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE texts (id text PRIMARY KEY, org text NOT NULL, word text NOT NULL);
CREATE TABLE domains (id text PRIMARY KEY, org short NOT NULL, word text NOT NULL);
CREATE TABLE varchars (id text PRIMARY KEY, org varchar(3) NOT NULL, word text NOT NULL);
CREATE TABLE chars (id text PRIMARY KEY, org char(3) NOT NULL, word text NOT NULL);
CREATE TABLE names (id text PRIMARY KEY, org name NOT NULL, word text NOT NULL);
CREATE TABLE numbers (id text PRIMARY KEY, org numeric(8,0) NOT NULL, word text NOT NULL);
CREATE TABLE letters (id text PRIMARY KEY, org text COLLATE anycase NOT NULL, word text NOT NULL);
-- +goose Down
