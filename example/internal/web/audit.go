package web

import "github.com/tenantgen/tenantgen/example/internal/app"

// auditPage is what was refused, and what crossed organizations.
type auditPage struct {
	Events []auditEvent
}

type auditEvent struct {
	app.AuditEvent
	Who string
}

// listAudit is GET …/audit.
func (w *Web) listAudit(v *visit) error {
	events, err := w.app.Audit(v.r.Context(), v.org)
	if err != nil {
		return err
	}
	names, err := w.names(v)
	if err != nil {
		return err
	}
	page := auditPage{}
	for _, e := range events {
		who := names[e.User]
		if who == "" && e.User != "" {
			who = "somebody who is no member"
		}
		page.Events = append(page.Events, auditEvent{e, who})
	}
	return w.show(v, "audit", "Audit", "audit", page)
}
