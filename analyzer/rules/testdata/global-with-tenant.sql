CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE plans (
  id int PRIMARY KEY,
  org_id uuid); -- want "table plans is declared global and has the tenant column org_id, by which no policy tells its rows apart"
CREATE TABLE users (
  id int PRIMARY KEY,
  favourite uuid REFERENCES orgs); -- want "table users is declared global and refers to orgs, whose rows belong to tenants"
