-- +goose Up
-- Who there is: organizations (the tenants), people, and who belongs where.

-- The price list. It belongs to nobody, so every organization may read it.
CREATE TABLE plans (
    id          text PRIMARY KEY,
    name        text NOT NULL,
    price_cents integer NOT NULL,
    max_notes   integer NOT NULL,
    max_members integer NOT NULL
);

INSERT INTO plans (id, name, price_cents, max_notes, max_members) VALUES
    ('free', 'Free', 0, 100, 3),
    ('team', 'Team', 1900, 10000, 50);

-- The tenant root: an organization belongs to itself.
CREATE TABLE organizations (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    slug       text NOT NULL UNIQUE,
    name       text NOT NULL,
    plan_id    text NOT NULL DEFAULT 'free' REFERENCES plans (id),
    settings   jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);

-- People. They have no org_id, because a person can be in several organizations.
CREATE TABLE users (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email      text NOT NULL UNIQUE,
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TYPE member_role AS ENUM ('viewer', 'member', 'admin', 'owner');

CREATE TABLE memberships (
    org_id     uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role       member_role NOT NULL DEFAULT 'member',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, user_id)
);

-- "Which organizations is this person in?" is asked across tenants.
CREATE INDEX memberships_user ON memberships (user_id);

-- E-mail domains an organization has proved to own. A domain routes people to
-- one organization, so it is unique among all of them.
CREATE TABLE organization_domains (
    org_id      uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    domain      text NOT NULL,
    verified_at timestamptz,
    PRIMARY KEY (org_id, domain)
);

CREATE UNIQUE INDEX organization_domains_verified ON organization_domains (domain) WHERE verified_at IS NOT NULL;

-- +goose Down
DROP TABLE organization_domains;
DROP TABLE memberships;
DROP TYPE member_role;
DROP TABLE users;
DROP TABLE organizations;
DROP TABLE plans;
