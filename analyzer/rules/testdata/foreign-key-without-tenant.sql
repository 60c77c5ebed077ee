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
CREATE TABLE comments (
    id uuid PRIMARY KEY, note_id uuid REFERENCES notes (id) ON DELETE CASCADE,
    reply_to uuid REFERENCES comments ON DELETE CASCADE, -- want "foreign key (reply_to) of comments omits the tenant, so a row can refer to another tenant's row of comments, and ON DELETE CASCADE works across tenants"
    quoted uuid REFERENCES notes (id) -- want "foreign key (quoted) of comments omits the tenant, so a row can refer to another tenant's row of notes"
);
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
CREATE TABLE likes (org_id uuid NOT NULL, comment uuid REFERENCES comments); -- want "foreign key (comment) of likes omits the tenant, so a row can refer to another tenant's row of comments"
CREATE TABLE visits (org_id uuid NOT NULL, id uuid NOT NULL, n int NOT NULL, note uuid REFERENCES notes (id)) PARTITION BY LIST (n); -- want "foreign key (note) of visits omits the tenant, so a row can refer to another tenant's row of notes"
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES IN (1);
ALTER TABLE visits_1 ADD FOREIGN KEY (id) REFERENCES notes (id); -- want "foreign key (id) of visits_1 omits the tenant, so a row can refer to another tenant's row of notes"
CREATE TABLE drafts (idea uuid REFERENCES notes (id)) INHERITS (tags); -- want "foreign key (idea) of drafts omits the tenant, so a row can refer to another tenant's row of notes"
