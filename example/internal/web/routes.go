package web

import "github.com/tenantgen/tenantgen/example/internal/app"

// routes are the pages inside an organization, each with the permission of the API's route for the same.
func routes() []route {
	return []route{
		{pattern: "GET /app/{org}/notes", permission: "notes:read", do: (*Web).listNotes},
		{pattern: "GET /app/{org}/notes/new", permission: "notes:write", do: (*Web).newNote},
		{pattern: "POST /app/{org}/notes", permission: "notes:write", do: (*Web).createNote},
		{pattern: "GET /app/{org}/notes/{note}", permission: "notes:read", do: (*Web).showNote},
		{pattern: "POST /app/{org}/notes/{note}", permission: "notes:write", do: (*Web).saveNote},
		{pattern: "POST /app/{org}/notes/{note}/delete", permission: "notes:write", do: (*Web).deleteNote},

		{pattern: "GET /app/{org}/imports", permission: "jobs:read", do: (*Web).listImports},
		{pattern: "POST /app/{org}/imports", permission: "jobs:write", do: (*Web).startImport, upload: app.MaxImport + maxForm},
		{pattern: "POST /app/{org}/imports/{job}/cancel", permission: "jobs:cancel", do: (*Web).cancelImport},
		{pattern: "POST /app/{org}/imports/{job}/retry", permission: "jobs:write", do: (*Web).retryImport},
	}
}
