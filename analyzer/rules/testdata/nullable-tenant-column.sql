CREATE TABLE users (id uuid PRIMARY KEY, last_org uuid);
CREATE TABLE open (id uuid, org_id uuid); -- want "open.org_id can be NULL, so a row can belong to no tenant"
CREATE TABLE later (id uuid, org_id uuid);
ALTER TABLE later ALTER COLUMN org_id SET NOT NULL;
CREATE TABLE keyed (org_id uuid PRIMARY KEY);
CREATE TABLE parted (id uuid, org_id uuid) PARTITION BY HASH (id); -- want "parted.org_id can be NULL, so a row can belong to no tenant"
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TEMPORARY TABLE scratch (org_id uuid);
