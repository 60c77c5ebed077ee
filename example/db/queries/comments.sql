-- ListComments returns the comments of a note, oldest first.
-- name: ListComments :many
SELECT c.id, c.author_id, u.name AS author, c.body, c.created_at
FROM note_comments c
JOIN notes n ON n.id = c.note_id
JOIN users u ON u.id = c.author_id
WHERE n.org_id = @org_id AND n.id = @note_id AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @viewer_id)))
ORDER BY c.created_at, c.id;

-- AddComment comments on a note. The note_id comes from a note of the
-- organization: for another organization's note there is no row, and no comment.
-- name: AddComment :one
INSERT INTO note_comments (note_id, author_id, body)
SELECT n.id, @author_id, @body
FROM notes n
WHERE n.org_id = @org_id AND n.id = @note_id AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @author_id)))
RETURNING *;

-- EditComment changes the text of one's own comment.
-- name: EditComment :execrows
UPDATE note_comments c
SET body = @body
WHERE c.id = @comment_id
  AND c.author_id = @author_id
  AND c.note_id IN (
      SELECT n.id FROM notes n
      WHERE n.org_id = @org_id AND n.id = @note_id AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @author_id))));

-- DeleteComment deletes a comment of a note, of one author only when one is given.
-- name: DeleteComment :execrows
DELETE FROM note_comments c
USING notes n
WHERE n.id = c.note_id AND n.org_id = @org_id AND n.id = @note_id AND c.id = @comment_id
  AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @viewer_id)))
  AND (sqlc.narg('author_id')::uuid IS NULL OR c.author_id = sqlc.narg('author_id'));

-- CountCommentsByAuthor counts who takes part in the organization's discussions, as far as a person may see them.
-- name: CountCommentsByAuthor :many
SELECT c.author_id, u.name AS author, count(*) AS comments
FROM note_comments c
JOIN users u ON u.id = c.author_id
WHERE EXISTS (SELECT 1 FROM notes n WHERE n.id = c.note_id AND n.org_id = @org_id AND (n.project_id IS NULL OR n.project_id NOT IN (SELECT hidden_projects(@org_id, @viewer_id))))
GROUP BY c.author_id, u.name
ORDER BY comments DESC, u.name;
