-- name: Twigs :many
-- tenantgen:tenants
SELECT t.word FROM twigs t JOIN boughs b ON b.id = t.up JOIN trees x ON x.id = b.up WHERE x.org_id = ANY (@org_ids::uuid[]);

-- name: Pages :many
-- tenantgen:tenants
SELECT p.word FROM pages p JOIN documents d ON d.id = p.up WHERE d.org_id = ANY (@org_ids::uuid[]);

-- name: Drafts :many
-- tenantgen:tenants
SELECT word FROM drafts WHERE org_id = ANY (@org_ids::uuid[]) AND deleted IS NULL;
