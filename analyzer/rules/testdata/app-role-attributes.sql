CREATE ROLE app_tenant NOLOGIN;
CREATE ROLE web LOGIN IN ROLE app_tenant;
CREATE ROLE stranger SUPERUSER;
ALTER ROLE app_tenant REPLICATION CREATEDB; -- want "role app_tenant has REPLICATION, CREATEDB, and the application's queries run as it"
ALTER ROLE web BYPASSRLS; -- want "role web has BYPASSRLS, logs in, and can become app_tenant"
CREATE ROLE app_cross BYPASSRLS SUPERUSER; -- want "role app_cross has SUPERUSER, and the application's cross-tenant queries run as it"
