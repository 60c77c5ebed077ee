-- UpsertTag makes a tag, or changes the colour of the one with this name.
-- name: UpsertTag :one
INSERT INTO tags (org_id, name, color)
VALUES (@org_id, @name, @color)
ON CONFLICT (org_id, name) DO UPDATE SET color = excluded.color
RETURNING *;

-- ListTags returns the tags with how often each is used.
-- name: ListTags :many
SELECT t.id, t.name, t.color, count(nt.note_id) AS notes
FROM tags t
LEFT JOIN note_tags nt ON nt.org_id = t.org_id AND nt.tag_id = t.id
WHERE t.org_id = @org_id
GROUP BY t.org_id, t.id
ORDER BY t.name;

-- ListTagsOfNotes returns the tags of several notes at once.
-- name: ListTagsOfNotes :many
SELECT nt.note_id, t.name, t.color
FROM note_tags nt
JOIN tags t ON (t.org_id, t.id) = (nt.org_id, nt.tag_id)
WHERE nt.org_id = @org_id AND nt.note_id = ANY(@note_ids::uuid[])
ORDER BY nt.note_id, t.name;

-- TagNote puts tags on a note; those it has already stay.
-- name: TagNote :execrows
INSERT INTO note_tags (org_id, note_id, tag_id)
SELECT n.org_id, n.id, t.id
FROM notes n
JOIN tags t ON t.org_id = n.org_id
WHERE n.org_id = @org_id AND n.id = @note_id AND t.name = ANY(@tags::text[])
  AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @viewer_id)))
ON CONFLICT (org_id, note_id, tag_id) DO NOTHING;

-- UntagNote takes a tag off a note.
-- name: UntagNote :execrows
DELETE FROM note_tags nt
USING tags t
WHERE nt.org_id = @org_id AND t.org_id = @org_id
  AND nt.note_id = @note_id AND nt.tag_id = t.id AND t.name = @tag
  AND EXISTS (
      SELECT 1 FROM notes n
      WHERE n.org_id = @org_id AND n.id = nt.note_id AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @viewer_id))));

-- DeleteUnusedTags deletes the tags that are on no note.
-- name: DeleteUnusedTags :many
DELETE FROM tags t
WHERE t.org_id = @org_id
  AND NOT EXISTS (SELECT 1 FROM note_tags nt WHERE nt.org_id = t.org_id AND nt.tag_id = t.id)
RETURNING t.name;
