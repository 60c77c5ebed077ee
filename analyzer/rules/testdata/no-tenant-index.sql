CREATE TABLE users (id uuid PRIMARY KEY);
CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE keyed (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));
CREATE TABLE indexed (org_id uuid NOT NULL, id uuid PRIMARY KEY);
CREATE INDEX ON indexed (org_id, id);
CREATE TABLE bare (org_id uuid NOT NULL, id uuid PRIMARY KEY); -- want "no index of bare is led by org_id, so every query of one tenant reads the rows of all"
CREATE TABLE behind (org_id uuid NOT NULL, id uuid, PRIMARY KEY (id, org_id)); -- want "no index of behind is led by org_id, so every query of one tenant reads the rows of all"
CREATE TABLE part (org_id uuid NOT NULL, done bool); -- want "no index of part is led by org_id, so every query of one tenant reads the rows of all"
CREATE INDEX ON part (org_id) WHERE done;
CREATE TABLE expr (org_id uuid NOT NULL, name text); -- want "no index of expr is led by org_id, so every query of one tenant reads the rows of all"
CREATE INDEX ON expr (lower(name), org_id);
CREATE TABLE listed (org_id uuid NOT NULL) PARTITION BY LIST (org_id);
CREATE TABLE listed_rest PARTITION OF listed DEFAULT;
CREATE TABLE dropped (org_id uuid NOT NULL); -- want "no index of dropped is led by org_id, so every query of one tenant reads the rows of all"
CREATE INDEX dropped_org ON dropped (org_id);
DROP INDEX dropped_org;
