-- ShareNote shows a note to another organization, which can read it from now on and do nothing else with it.
-- name: ShareNote :execrows
INSERT INTO shared_notes (org_id, note_id, title, body, shared_with)
SELECT n.org_id, n.id, n.title, n.body, ARRAY[@with_org::uuid]
FROM notes n
WHERE n.org_id = @org_id AND n.id = @note_id
ON CONFLICT (org_id, note_id) DO UPDATE
SET shared_with = array_append(array_remove(shared_notes.shared_with, @with_org::uuid), @with_org::uuid);

-- UnshareNote takes that back.
-- name: UnshareNote :execrows
UPDATE shared_notes
SET shared_with = array_remove(shared_with, @with_org::uuid)
WHERE org_id = @org_id AND note_id = @note_id AND @with_org::uuid = ANY (shared_with);

-- OfferTemplate makes a note a template for everybody, or takes that back.
-- name: OfferTemplate :execrows
INSERT INTO shared_notes (org_id, note_id, title, body, template)
SELECT n.org_id, n.id, n.title, n.body, @template
FROM notes n
WHERE n.org_id = @org_id AND n.id = @note_id
ON CONFLICT (org_id, note_id) DO UPDATE SET template = excluded.template;

-- RefreshShared shows others what a note has become.
-- name: RefreshShared :execrows
UPDATE shared_notes s
SET title = n.title, body = n.body, updated_at = now()
FROM notes n
WHERE s.org_id = @org_id AND s.note_id = @note_id AND n.org_id = s.org_id AND n.id = s.note_id;

-- GetShares returns whom a note of the organization's is shown to.
-- name: GetShares :one
SELECT coalesce(s.shared_with, '{}')::uuid[] AS shared_with, coalesce(s.template, false)::boolean AS template
FROM notes n
LEFT JOIN shared_notes s ON s.org_id = n.org_id AND s.note_id = n.id
WHERE n.org_id = @org_id AND n.id = @note_id AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @viewer_id)));

-- ListSharedWithUs returns the notes that other organizations have shared with this one.
-- name: ListSharedWithUs :many
SELECT s.note_id, s.org_id, s.title, s.updated_at
FROM shared_notes s
WHERE (s.org_id = @org_id OR @org_id = ANY (s.shared_with)) AND s.org_id <> @org_id
ORDER BY s.updated_at DESC, s.note_id
LIMIT 100;

-- GetSharedNote returns a note that is shown to the organization: one that is shared with it, a template, or one that it shares itself.
-- name: GetSharedNote :one
SELECT s.note_id, s.org_id, s.title, s.body, s.updated_at
FROM shared_notes s
WHERE (s.org_id = @org_id OR s.template OR @org_id = ANY (s.shared_with)) AND s.note_id = @note_id;

-- ListTemplates returns everybody's templates.
-- name: ListTemplates :many
SELECT s.note_id, s.org_id, s.title, s.updated_at
FROM shared_notes s
WHERE (s.org_id = @org_id OR s.template) AND s.template
ORDER BY s.updated_at DESC, s.note_id
LIMIT 100;

-- CopyTemplate writes a draft of the organization's own with the content of a template, whoever's it is.
-- name: CopyTemplate :one
INSERT INTO notes (org_id, author_id, title, body)
SELECT @org_id, @author_id, s.title, s.body
FROM shared_notes s
WHERE (s.org_id = @org_id OR s.template) AND s.template AND s.note_id = @note_id
RETURNING *;
