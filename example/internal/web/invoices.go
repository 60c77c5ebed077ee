package web

import (
	"encoding/json"
	"time"

	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/tenant/tenantusage"
)

// invoiceList is the page of invoices.
type invoiceList struct {
	Invoices []invoice
}

type invoice struct {
	Month, Due time.Time
	Lines      []tenantusage.Line
	Total      int64
	Paid       *time.Time
	Overdue    bool
}

// listInvoices is GET …/invoices. It is served when nothing else is.
func (w *Web) listInvoices(v *visit) error {
	rows, err := w.app.Billing().Invoices(v.r.Context(), v.org)
	if err != nil {
		return err
	}
	list := invoiceList{}
	for _, row := range rows {
		i := invoice{Month: row.Month.Time, Due: row.DueOn.Time, Total: row.TotalCents, Paid: row.PaidAt}
		i.Overdue = i.Paid == nil && time.Now().After(i.Due.AddDate(0, 0, 1))
		if err := json.Unmarshal(row.Lines, &i.Lines); err != nil {
			return err
		}
		list.Invoices = append(list.Invoices, i)
	}
	return w.show(v, "invoices", "Invoices", "invoices", list)
}

// payInvoice is POST …/invoices/{month}/pay.
func (w *Web) payInvoice(v *visit) error {
	month, err := time.Parse("2006-01", v.r.PathValue("month"))
	if err != nil {
		return app.ErrNotFound
	}
	if err := w.app.PayInvoice(v.r.Context(), v.org, month); err != nil {
		return w.again(v, err, (*Web).listInvoices)
	}
	return v.done("invoices", "paid")
}
