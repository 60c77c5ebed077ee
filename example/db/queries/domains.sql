-- ClaimDomain writes down that the organization says a domain is its own.
-- name: ClaimDomain :exec
INSERT INTO organization_domains (org_id, domain)
VALUES (@org_id, lower(@domain))
ON CONFLICT (org_id, domain) DO NOTHING;

-- VerifyDomain accepts a claim. It fails when another organization has verified the domain before.
-- name: VerifyDomain :execrows
UPDATE organization_domains
SET verified_at = now()
WHERE org_id = @org_id AND domain = lower(@domain) AND verified_at IS NULL;

-- ListDomains returns the domains the organization claims, verified or not.
-- name: ListDomains :many
SELECT domain, verified_at FROM organization_domains WHERE org_id = @org_id ORDER BY domain;

-- FindOrganizationByDomain routes an e-mail domain to the organization that has verified it.
-- tenantgen:cross-tenant tenant-root a new user is routed to an organization by a domain it has verified
-- name: FindOrganizationByDomain :one
SELECT o.id, o.slug, o.name
FROM organization_domains d
JOIN organizations o ON o.id = d.org_id
WHERE d.domain = @domain AND d.verified_at IS NOT NULL;
