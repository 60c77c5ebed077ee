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

		{pattern: "GET /app/{org}/files", permission: "files:read", do: (*Web).listFiles},
		{pattern: "POST /app/{org}/files", permission: "files:write", do: (*Web).addFile, upload: app.MaxFile + maxForm},
		{pattern: "GET /app/{org}/files/{name...}", permission: "files:read", do: (*Web).getFile},
		{pattern: "POST /app/{org}/files/delete", permission: "files:write", do: (*Web).deleteFile},

		{pattern: "GET /app/{org}/members", permission: "members:read", do: (*Web).listMembers},
		{pattern: "POST /app/{org}/invitations", permission: "invitations:write", do: (*Web).invite},
		{pattern: "POST /app/{org}/members/{user}", permission: "members:write", do: (*Web).changeRole},
		{pattern: "POST /app/{org}/members/{user}/remove", permission: "members:write", do: (*Web).removeMember},

		{pattern: "GET /app/{org}/domains", permission: "domains:read", do: (*Web).listDomains},
		{pattern: "POST /app/{org}/domains", permission: "domains:write", do: (*Web).claimDomain},
		{pattern: "POST /app/{org}/domains/{domain}/verify", permission: "domains:write", do: (*Web).verifyDomain},

		{pattern: "GET /app/{org}/usage", permission: "usage:read", do: (*Web).showUsage, unpaid: true},
		{pattern: "GET /app/{org}/invoices", permission: "usage:read", do: (*Web).listInvoices, unpaid: true},
		{pattern: "POST /app/{org}/invoices/{month}/pay", permission: "organizations:plan", do: (*Web).payInvoice, unpaid: true},
		{pattern: "GET /app/{org}/audit", permission: "audit:read", do: (*Web).listAudit},

		{pattern: "GET /app/{org}/settings", permission: "organizations:read", do: (*Web).showSettings},
		{pattern: "POST /app/{org}/settings", permission: "organizations:write", do: (*Web).saveSettings},
		{pattern: "POST /app/{org}/plan", permission: "organizations:plan", do: (*Web).changePlan},
		{pattern: "POST /app/{org}/tokens", permission: "tokens:write", do: (*Web).createToken},
		{pattern: "POST /app/{org}/tokens/{token}/revoke", permission: "tokens:write", do: (*Web).revokeToken},
	}
}
