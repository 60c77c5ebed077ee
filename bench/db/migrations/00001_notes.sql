-- +goose Up
CREATE TABLE orgs (
    id   uuid PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE notes (
    org_id     uuid        NOT NULL REFERENCES orgs,
    id         bigint      NOT NULL,
    title      text        NOT NULL,
    body       text        NOT NULL,
    starred    boolean     NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX notes_by_time ON notes (org_id, created_at DESC);

-- +goose Down
DROP TABLE notes;
DROP TABLE orgs;
