-- The statements that package tenantaudit sends. They stand here as an application's queries do: tenantgen lint proves each
-- of them to be confined to one tenant, or of tables that are no tenant's (e2e/tables_test.go), and no other text is
-- sent. org_id stands for the application's tenant column.

-- Keep adds what happened to one tenant. What is sent again is there already.
-- name: Keep :exec
INSERT INTO tenant_audit (org_id, id, at, kind, severity, actor, address, repository, operation, reason, message)
SELECT $1, e.id, e.at, e.kind, e.severity, e.actor, e.address, e.repository, e.operation, e.reason, e.message
FROM (SELECT unnest($2::uuid[]) AS id, unnest($3::timestamptz[]) AS at, unnest($4::text[]) AS kind, unnest($5::text[]) AS severity,
             unnest($6::text[]) AS actor, unnest($7::text[]) AS address, unnest($8::text[]) AS repository, unnest($9::text[]) AS operation,
             unnest($10::text[]) AS reason, unnest($11::text[]) AS message) AS e
ON CONFLICT (org_id, id) DO NOTHING;

-- Events returns what happened to the tenant in a time, newest first.
-- name: Events :many
SELECT a.at, a.kind, a.severity, a.actor, a.address, a.repository, a.operation, a.reason, a.message
FROM tenant_audit a
WHERE a.org_id = $1 AND a.at >= $2 AND a.at < $3
ORDER BY a.at DESC, a.id
LIMIT $4;

-- KeepCrossing adds calls that were no tenant's.
-- name: KeepCrossing :exec
INSERT INTO tenant_audit_crossings (id, at, kind, severity, actor, address, repository, operation, category, reason, message)
SELECT e.id, e.at, e.kind, e.severity, e.actor, e.address, e.repository, e.operation, e.category, e.reason, e.message
FROM (SELECT unnest($1::uuid[]) AS id, unnest($2::timestamptz[]) AS at, unnest($3::text[]) AS kind, unnest($4::text[]) AS severity,
             unnest($5::text[]) AS actor, unnest($6::text[]) AS address, unnest($7::text[]) AS repository, unnest($8::text[]) AS operation,
             unnest($9::text[]) AS category, unnest($10::text[]) AS reason, unnest($11::text[]) AS message) AS e
ON CONFLICT (id) DO NOTHING;

-- Crossings returns them, newest first.
-- name: Crossings :many
SELECT c.at, c.kind, c.severity, c.actor, c.address, c.repository, c.operation, c.category, c.reason, c.message
FROM tenant_audit_crossings c
WHERE c.at >= $1 AND c.at < $2
ORDER BY c.at DESC, c.id
LIMIT $3;
