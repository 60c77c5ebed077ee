-- +goose Up
-- What an organization shows of its notes to others: to those it names, or to
-- everybody as a template. It is a copy of the title and the body, so that
-- nothing else of a note is within their reach. Who may read it is in sqlc.yaml
-- (read_also); writing stays with whom it belongs to.
CREATE TABLE shared_notes (
    org_id      uuid NOT NULL,
    note_id     uuid NOT NULL,
    title       text NOT NULL,
    body        text NOT NULL,
    shared_with uuid[] NOT NULL DEFAULT '{}',
    template    boolean NOT NULL DEFAULT false,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, note_id),
    FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) ON DELETE CASCADE
);

CREATE INDEX shared_notes_note ON shared_notes (note_id);

-- +goose Down
DROP TABLE shared_notes;
