CREATE TABLE users (id uuid PRIMARY KEY, email text UNIQUE);
CREATE TABLE orgs (id uuid PRIMARY KEY, slug text UNIQUE);
CREATE TABLE notes (
    org_id uuid NOT NULL,
    id uuid PRIMARY KEY,
    title text,
    slug text UNIQUE, -- want "unique key (slug) of notes omits the tenant, so a tenant can find out what others have"
    digest bytea UNIQUE,
    share_token text UNIQUE,
    author uuid REFERENCES users,
    UNIQUE (org_id, title),
    UNIQUE (author, title) -- want "unique key (author, title) of notes omits the tenant, so a tenant can find out what others have"
);
CREATE UNIQUE INDEX ON notes (lower(title)); -- want "unique key (an expression) of notes omits the tenant, so a tenant can find out what others have"
CREATE UNIQUE INDEX ON notes (org_id, lower(title));
CREATE UNIQUE INDEX ON notes (title) WHERE slug IS NULL; -- want "unique key (title) of notes omits the tenant, so a tenant can find out what others have"
CREATE TABLE comments (id uuid PRIMARY KEY, note_id uuid REFERENCES notes, no int, UNIQUE (note_id, no), name text UNIQUE); -- want "unique key (name) of comments omits the tenant, so a tenant can find out what others have"
CREATE TABLE numbered (id bigserial PRIMARY KEY, org_id uuid NOT NULL);
CREATE TABLE counted (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, org_id uuid NOT NULL);
CREATE TABLE chosen (id bigint PRIMARY KEY, org_id uuid NOT NULL); -- want "primary key (id) of chosen omits the tenant, so a tenant can find out what others have"
CREATE TABLE settings (org_id uuid PRIMARY KEY, host text UNIQUE);
CREATE TABLE tokens (org_id uuid NOT NULL, ids uuid[] UNIQUE); -- want "unique key (ids) of tokens omits the tenant, so a tenant can find out what others have"
CREATE TABLE log (org_id uuid NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, at date DEFAULT now(), n bigserial UNIQUE, name text DEFAULT 'x', PRIMARY KEY (at, id));
CREATE UNIQUE INDEX ON log (name); -- want "unique key (name) of log omits the tenant, so a tenant can find out what others have"
CREATE UNIQUE INDEX ON log (n, name); -- want "unique key (n, name) of log omits the tenant, so a tenant can find out what others have"
CREATE UNIQUE INDEX ON log (n, lower(name)); -- want "unique key (n, an expression) of log omits the tenant, so a tenant can find out what others have"
