-- The example's queries, each broken in one way. "want" names the rule that must
-- refuse it. Each is also run on a server, where it must be seen to leak; one that
-- cannot leak there says why after "unseen". "accepted" marks a gap: the query leaks,
-- and nothing refuses it yet.

-- A plain read without the tenant.
-- want unscoped-table
-- name: SelectByID :one
SELECT * FROM notes WHERE id = @note_id;

-- A page of everybody's notes.
-- want unscoped-table
-- name: SelectPage :many
SELECT id, title FROM notes ORDER BY updated_at DESC, id LIMIT @page_size OFFSET @page_offset;

-- The joined table is found by a key that other organizations use too.
-- want unscoped-table
-- name: Join :many
SELECT n.id, p.name
FROM notes n
JOIN projects p ON p.id = n.project_id
WHERE n.org_id = @org_id;

-- The other way round: the pinned table is the wrong one.
-- want unscoped-table
-- name: JoinOtherSide :many
SELECT n.id, p.name
FROM projects p
JOIN notes n ON n.project_id = p.id
WHERE p.org_id = @org_id;

-- want unscoped-table
-- name: LeftJoin :many
SELECT n.id, n.title, p.name AS project
FROM notes n
LEFT JOIN projects p ON p.id = n.project_id
WHERE n.org_id = @org_id
ORDER BY n.id, p.name;

-- A condition in ON removes no row of the preserved side.
-- want unscoped-table
-- name: OnPreservedSide :many
SELECT n.id, n.title, p.name AS project
FROM notes n
LEFT JOIN projects p ON n.org_id = @org_id AND p.org_id = n.org_id AND p.id = n.project_id;

-- want unscoped-table
-- name: FullJoin :many
SELECT t.name, nt.note_id
FROM tags t
FULL JOIN note_tags nt ON nt.org_id = t.org_id AND nt.tag_id = t.id AND t.org_id = @org_id;

-- want unscoped-table
-- name: Aggregate :many
SELECT status, count(*) FROM notes GROUP BY status;

-- FILTER keeps the groups of others, and HAVING comes after the count.
-- want unscoped-table
-- name: AggregateFilter :many
SELECT status, count(*) FILTER (WHERE org_id = @org_id) FROM notes GROUP BY status;

-- want unscoped-table
-- name: AggregateHaving :many
SELECT status, count(*) FROM notes GROUP BY status HAVING bool_or(org_id = @org_id);

-- The window counts everybody's notes before the outer query filters them.
-- want unscoped-table
-- name: WindowBeforeFilter :many
SELECT s.id, s.place
FROM (SELECT n.org_id, n.id, row_number() OVER (ORDER BY n.updated_at, n.id) AS place FROM notes n) s
WHERE s.org_id = @org_id;

-- want unscoped-table
-- name: Exists :many
SELECT t.name
FROM tags t
WHERE t.org_id = @org_id AND EXISTS (SELECT 1 FROM note_tags nt WHERE nt.tag_id = t.id);

-- want unscoped-table
-- name: NotExists :execrows
DELETE FROM tags t
WHERE t.org_id = @org_id AND NOT EXISTS (SELECT 1 FROM note_tags nt WHERE nt.tag_id = t.id);

-- want unscoped-table
-- name: InSubselect :many
SELECT p.name FROM projects p WHERE p.org_id = @org_id AND p.id IN (SELECT n.project_id FROM notes n);

-- want unscoped-table
-- name: ScalarSubselect :one
SELECT o.name, (SELECT count(*) FROM notes n) AS notes FROM organizations o WHERE o.id = @org_id;

-- want unscoped-table
-- name: CTE :many
WITH recent AS (SELECT n.id, n.project_id FROM notes n WHERE n.status = 'published')
SELECT p.name, count(r.id)
FROM projects p
JOIN recent r ON r.project_id = p.id
WHERE p.org_id = @org_id
GROUP BY p.org_id, p.id;

-- want unscoped-write
-- name: WritingCTE :one
WITH taken AS (DELETE FROM invitations i WHERE i.email = @email RETURNING i.org_id, i.email)
SELECT count(*) FROM taken t WHERE t.org_id = @org_id;

-- The recursion starts at home and climbs into other trees: ids are not unique.
-- want unscoped-table
-- name: RecursiveTerm :many
WITH RECURSIVE tree AS (
    SELECT d.org_id, d.id, d.name FROM departments d WHERE d.org_id = @org_id AND d.parent_id IS NULL
    UNION ALL
    SELECT c.org_id, c.id, c.name FROM departments c JOIN tree t ON t.id = c.parent_id
)
SELECT id, name FROM tree;

-- want unscoped-table
-- name: RecursiveStart :many
WITH RECURSIVE tree AS (
    SELECT d.org_id, d.id, d.name FROM departments d WHERE d.id = @department_id
    UNION ALL
    SELECT c.org_id, c.id, c.name FROM departments c JOIN tree t ON t.org_id = c.org_id AND t.id = c.parent_id
)
SELECT id, name FROM tree;

-- want unscoped-table
-- name: SetOperation :many
SELECT name FROM tags WHERE org_id = @org_id
UNION
SELECT name FROM departments;

-- What is left after EXCEPT depends on what is taken away.
-- want unscoped-table
-- name: SetExcept :many
SELECT name FROM tags WHERE org_id = @org_id
EXCEPT
SELECT title FROM notes
EXCEPT
SELECT t.name FROM tags t JOIN note_tags nt ON nt.tag_id = t.id;

-- want unscoped-table
-- name: Or :many
SELECT id, title FROM notes WHERE org_id = @org_id OR status = 'published';

-- AND binds more tightly than OR.
-- want unscoped-table
-- name: OrPrecedence :many
SELECT id, title FROM notes WHERE org_id = @org_id AND status = 'draft' OR author_id = @author_id;

-- want unscoped-table
-- name: OptionalTenant :many
SELECT id, title FROM notes WHERE sqlc.narg('org_id')::uuid IS NULL OR org_id = sqlc.narg('org_id');

-- want unscoped-table
-- name: CoalescedTenant :many
SELECT id, title FROM notes WHERE org_id = coalesce(sqlc.narg('org_id'), org_id);

-- want nullable-tenant
-- unseen: nothing equals null, but who forgets the tenant should hear of it
-- name: NullableTenant :many
SELECT id, title FROM notes WHERE org_id = sqlc.narg('org_id');

-- Somebody's id has found its way into the text.
-- want unscoped-table
-- name: LiteralTenant :many
SELECT id, title FROM notes WHERE org_id = '00000000-0000-4000-8000-0a0000000001';

-- want mixed-tenants
-- name: TwoParameters :many
SELECT n.title, t.name FROM notes n, tags t WHERE n.org_id = @org_id AND t.org_id = @other_org;

-- want unscoped-table
-- name: AnyTenant :many
SELECT id, title FROM notes WHERE org_id = ANY (ARRAY[@org_id, @other_org]::uuid[]);

-- want unscoped-table
-- name: NotTenant :many
SELECT id, title FROM notes WHERE org_id <> @org_id;

-- The one row for each title is chosen among everybody's rows.
-- want unscoped-table
-- name: DistinctOnBetween :many
SELECT s.id, s.title
FROM (SELECT DISTINCT ON (n.title) n.org_id, n.id, n.title FROM notes n ORDER BY n.title, n.updated_at, n.id) s
WHERE s.org_id = @org_id;

-- want unscoped-table
-- name: LimitBetween :many
SELECT s.id, s.title
FROM (SELECT n.org_id, n.id, n.title FROM notes n ORDER BY n.updated_at, n.id LIMIT 3) s
WHERE s.org_id = @org_id;

-- want unscoped-table
-- name: Lateral :many
SELECT p.name, l.title
FROM projects p
CROSS JOIN LATERAL (SELECT n.title FROM notes n WHERE n.project_id = p.id) l
WHERE p.org_id = @org_id;

-- A comment's id is not a tenant.
-- want unscoped-table
-- name: ChildRead :many
SELECT c.id, c.body FROM note_comments c WHERE c.id = @comment_id;

-- want unscoped-table
-- name: ChildReadByNote :many
SELECT c.id, c.body FROM note_comments c WHERE c.note_id = @note_id;

-- The parent is there, but not joined on its key.
-- want unscoped-table
-- name: ChildJoinedByAuthor :many
SELECT c.id, c.body FROM note_comments c JOIN notes n ON n.author_id = c.author_id WHERE n.org_id = @org_id;

-- want unscoped-insert
-- name: ChildInsert :one
INSERT INTO note_comments (note_id, author_id, body) VALUES (@note_id, @author_id, @body) RETURNING *;

-- want unscoped-write
-- name: ChildUpdate :execrows
UPDATE note_comments SET body = @body WHERE id = @comment_id AND author_id = @author_id;

-- want tenant-change
-- name: ChildMoved :execrows
UPDATE note_comments c
SET note_id = @note_id
FROM notes n
WHERE n.id = c.note_id AND n.org_id = @org_id;

-- A row for somebody else.
-- want unscoped-insert
-- name: InsertValues :one
INSERT INTO departments (org_id, name) VALUES ('00000000-0000-4000-8000-0a0000000001', @name) RETURNING *;

-- The tenant of a new row is that of a row found by a name.
-- want unscoped-insert unscoped-table
-- name: InsertValuesSubselect :one
INSERT INTO departments (org_id, name)
VALUES ((SELECT d.org_id FROM organization_domains d WHERE d.domain = @domain AND d.verified_at IS NOT NULL), @name) RETURNING *;

-- One row of two is somebody else's.
-- want unscoped-insert
-- name: InsertSecondRow :execrows
INSERT INTO departments (org_id, name) VALUES (@org_id, @name), (@other_org, @name);

-- want unscoped-table
-- name: InsertSelect :execrows
INSERT INTO departments (org_id, name) SELECT @org_id, n.title FROM notes n WHERE n.id = @note_id;

-- want unscoped-insert unscoped-table
-- name: InsertSelectForeign :execrows
INSERT INTO tags (org_id, name)
SELECT o.id, 'new' FROM organizations o WHERE EXISTS (SELECT 1 FROM tags t WHERE t.org_id = @org_id);

-- The key that decides is not the tenant's, so the row that is updated may be anybody's.
-- want unscoped-conflict
-- name: Upsert :execrows
INSERT INTO invitations (org_id, email, invited_by, token_hash, expires_at)
VALUES (@org_id, @email, @invited_by, @token_hash, @expires_at)
ON CONFLICT (token_hash) DO UPDATE SET role = 'viewer';

-- want tenant-change
-- name: UpsertTakesOver :execrows
INSERT INTO tags (org_id, name) VALUES (@org_id, @name)
ON CONFLICT (org_id, name) DO UPDATE SET org_id = @other_org;

-- want unscoped-write
-- name: Update :execrows
UPDATE projects SET archived_at = now() WHERE id = @project_id;

-- want tenant-change
-- name: UpdateTenant :execrows
UPDATE usage_counters SET org_id = '00000000-0000-4000-8000-0a0000000001' WHERE org_id = @org_id AND metric = @metric;

-- want unscoped-table
-- name: UpdateFromSource :execrows
UPDATE notes n
SET title = p.name
FROM projects p
WHERE n.org_id = @org_id AND p.id = n.project_id;

-- want unscoped-write
-- name: UpdateFromTarget :execrows
UPDATE notes n
SET status = 'archived'
FROM projects p
WHERE p.org_id = @org_id AND n.project_id = p.id;

-- want unscoped-table
-- name: UpdateSubselect :execrows
UPDATE organizations SET name = (SELECT count(*)::text FROM notes n) WHERE id = @org_id;

-- want unscoped-write
-- name: Delete :execrows
DELETE FROM api_tokens WHERE id = @token_id;

-- want unscoped-write
-- name: DeleteUsingTarget :execrows
DELETE FROM note_tags nt
USING tags t
WHERE t.org_id = @org_id AND nt.tag_id = t.id AND t.name = @tag;

-- want unscoped-table
-- name: DeleteUsingSource :execrows
DELETE FROM note_tags nt
USING tags t
WHERE nt.org_id = @org_id AND nt.tag_id = t.id AND t.name = @tag;

-- want unscoped-table
-- name: Returning :one
UPDATE organizations o SET name = @name WHERE o.id = @org_id RETURNING (SELECT count(*) FROM notes);

-- want unscoped-table
-- name: Merge :exec
MERGE INTO usage_counters u
USING (SELECT metric, sum(amount) AS amount FROM usage_counters GROUP BY metric) s
ON u.org_id = @org_id AND u.metric = s.metric
WHEN MATCHED THEN UPDATE SET amount = s.amount;

-- want unscoped-write
-- name: MergeTarget :exec
MERGE INTO usage_counters u
USING (SELECT c.metric, c.month FROM usage_counters c WHERE c.org_id = @org_id) s
ON u.metric = s.metric AND u.month = s.month
WHEN MATCHED THEN DELETE;

-- Users are global, but memberships, and tokens with them, go where their user goes.
-- want unscoped-write
-- name: DeleteGlobalCascades :execrows
DELETE FROM users WHERE id = @user_id;

-- Acme may remove its own member, but not what that person is elsewhere.
-- want unscoped-write
-- name: DeleteMemberCascades :execrows
DELETE FROM users u
USING memberships m
WHERE m.org_id = @org_id AND m.user_id = u.id AND u.id = @user_id;

-- Whether the plan can go tells whether anybody is on it.
-- accepted: a foreign key's refusal tells of rows that refer to a global one
-- name: DeleteGlobalReferenced :execrows
DELETE FROM plans WHERE id = @plan_id;

-- want unsupported-syntax
-- name: SystemColumn :many
SELECT n.id, n.ctid FROM notes n WHERE n.org_id = @org_id;
