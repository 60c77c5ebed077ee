CREATE TABLE users (id uuid PRIMARY KEY);
CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE notes (
    org_id uuid NOT NULL REFERENCES orgs ON DELETE CASCADE,
    id uuid UNIQUE,
    author uuid REFERENCES users,
    parent uuid REFERENCES notes (id), -- want "foreign key (parent) of notes omits the tenant, so a row can refer to another tenant's row of notes"
    partner uuid REFERENCES orgs, -- want "foreign key (partner) of notes omits the tenant, so a row can refer to another tenant's row of orgs"
    PRIMARY KEY (org_id, id)
);
CREATE TABLE comments (id uuid PRIMARY KEY, note_id uuid REFERENCES notes (id) ON DELETE CASCADE);
CREATE TABLE tags (
    org_id uuid NOT NULL,
    note uuid REFERENCES notes (id) ON DELETE SET NULL, -- want "foreign key (note) of tags omits the tenant, so a row can refer to another tenant's row of notes, and ON DELETE SET NULL works across tenants"
    other uuid REFERENCES notes (id) ON DELETE RESTRICT ON UPDATE CASCADE, -- want "foreign key (other) of tags omits the tenant, so a row can refer to another tenant's row of notes, and ON UPDATE CASCADE works across tenants"
    swapped uuid,
    FOREIGN KEY (org_id, note) REFERENCES notes ON DELETE CASCADE,
    FOREIGN KEY (swapped, org_id) REFERENCES notes -- want "foreign key (swapped, org_id) of tags omits the tenant, so a row can refer to another tenant's row of notes"
);
ALTER TABLE users ADD favourite uuid REFERENCES notes (id);
CREATE TABLE twice (
    org_id uuid NOT NULL PRIMARY KEY,
    note uuid REFERENCES notes (id) ON DELETE CASCADE ON UPDATE CASCADE -- want "foreign key (note) of twice omits the tenant, so a row can refer to another tenant's row of notes, and ON DELETE CASCADE and ON UPDATE CASCADE work across tenants"
);
