CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION two() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 2'; -- want "function two runs with the rights of its owner, whom row-level security may not stop"
CREATE PROCEDURE three() LANGUAGE sql SECURITY DEFINER AS 'SELECT 2'; -- want "procedure three runs with the rights of its owner, whom row-level security may not stop"
CREATE FUNCTION four() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 4';
ALTER FUNCTION four SECURITY INVOKER;
