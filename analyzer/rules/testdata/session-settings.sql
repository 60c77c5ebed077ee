ALTER ROLE app_tenant SET statement_timeout = '5s';
ALTER ROLE app_tenant SET app.org_id = 'a'; -- want "sessions of role app_tenant begin with a value of app.org_id: it holds the current tenant"
ALTER DATABASE app SET row_security = off; -- want "sessions of every role in database app begin with a value of row_security: it decides whether a statement that policies limit fails or is limited"
ALTER ROLE ALL SET search_path = nowhere; -- want "sessions of every role begin with a value of search_path: no schema file creates the schema nowhere"
