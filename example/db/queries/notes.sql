-- CreateNote writes a note, in a project that its author may see.
-- name: CreateNote :one
INSERT INTO notes (org_id, project_id, author_id, title, body)
SELECT @org_id, sqlc.narg('project_id'), @author_id, @title, @body
WHERE (sqlc.narg('project_id')::uuid IS NULL OR sqlc.narg('project_id')::uuid NOT IN (SELECT hidden_projects(@org_id, @author_id)))
RETURNING *;

-- GetNote returns a note that a person may see. Another organization's note is no row, like a note that never was.
-- name: GetNote :one
SELECT * FROM notes n WHERE n.org_id = @org_id AND n.id = @note_id AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @viewer_id)));

-- GetNoteDetails returns a note with what a page about it shows.
-- name: GetNoteDetails :one
SELECT sqlc.embed(n),
       u.name AS author,
       p.name AS project,
       (SELECT count(*) FROM note_comments c WHERE c.note_id = n.id) AS comments
FROM notes n
JOIN users u ON u.id = n.author_id
LEFT JOIN projects p ON p.org_id = n.org_id AND p.id = n.project_id
WHERE n.org_id = @org_id AND n.id = @note_id AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @viewer_id)));

-- ListNotes returns one page of the notes that a person may see and that match
-- every filter given, with the number of all of these.
-- name: ListNotes :many
SELECT n.id, n.title, n.status, n.project_id, p.name AS project, n.updated_at,
       count(*) OVER () AS total
FROM notes n
LEFT JOIN projects p ON p.org_id = n.org_id AND p.id = n.project_id
WHERE n.org_id = @org_id
  AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @viewer_id)))
  AND (sqlc.narg('project_id')::uuid IS NULL OR n.project_id = sqlc.narg('project_id'))
  AND (sqlc.narg('status')::note_status IS NULL OR n.status = sqlc.narg('status'))
  AND (sqlc.narg('search')::text IS NULL
       OR n.title ILIKE '%' || sqlc.narg('search') || '%'
       OR n.body ILIKE '%' || sqlc.narg('search') || '%')
  AND (sqlc.narg('tag')::text IS NULL OR EXISTS (
       SELECT 1
       FROM note_tags nt
       JOIN tags t ON t.org_id = nt.org_id AND t.id = nt.tag_id
       WHERE nt.org_id = n.org_id AND nt.note_id = n.id AND t.name = sqlc.narg('tag')))
ORDER BY n.updated_at DESC, n.id
LIMIT @page_size OFFSET @page_offset;

-- ListNotesByIDs returns the notes among the given ids that the organization has and the person may see.
-- name: ListNotesByIDs :many
SELECT * FROM notes n
WHERE n.org_id = @org_id AND n.id = ANY(@note_ids::uuid[]) AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @viewer_id)))
ORDER BY n.id;

-- UpdateNote changes what is given and leaves the rest.
-- name: UpdateNote :one
UPDATE notes
SET title = coalesce(sqlc.narg('title'), title),
    body = coalesce(sqlc.narg('body'), body),
    status = coalesce(sqlc.narg('status'), status),
    updated_at = now()
WHERE org_id = @org_id AND id = @note_id AND (project_id IS NULL OR project_id NOT IN (SELECT hidden_projects(@org_id, @viewer_id)))
RETURNING *;

-- MoveNotes puts notes into a project, which must be open.
-- name: MoveNotes :execrows
UPDATE notes n
SET project_id = p.id, updated_at = now()
FROM projects p
WHERE n.org_id = @org_id
  AND p.org_id = n.org_id
  AND p.id = @project_id
  AND p.archived_at IS NULL
  AND n.id = ANY(@note_ids::uuid[])
  AND p.id NOT IN (SELECT hidden_projects(@org_id, @viewer_id))
  AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @viewer_id)));

-- CopyNote writes a draft with the content of another note.
-- name: CopyNote :one
INSERT INTO notes (org_id, project_id, author_id, title, body)
SELECT n.org_id, n.project_id, @author_id, 'Copy of ' || n.title, n.body
FROM notes n
WHERE n.org_id = @org_id AND n.id = @note_id AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @author_id)))
RETURNING *;

-- DeleteNote deletes a note. 0 rows: there is none, or it is not yours.
-- name: DeleteNote :execrows
DELETE FROM notes n WHERE n.org_id = @org_id AND n.id = @note_id AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @viewer_id)));

-- DeleteNotesOfArchivedProjects cleans up and returns what is gone.
-- name: DeleteNotesOfArchivedProjects :many
DELETE FROM notes n
USING projects p
WHERE p.org_id = @org_id
  AND p.archived_at < @archived_before::timestamptz
  AND n.org_id = p.org_id
  AND n.project_id = p.id
RETURNING n.id, n.title;
