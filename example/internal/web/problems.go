package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// problemPage says why there is no page. Its words are the same whatever another organization has.
type problemPage struct {
	Status      int
	Title, Text string
	Bills       string // where the bills are, when paying them helps
}

// words are what the kinds of problems of docs/request.md are to a person.
var words = map[string]problemPage{
	"not-found":  {Title: "There is no such page", Text: "It may have been deleted, or the address may be wrong."},
	"mismatch":   {Title: "This is not where you are", Text: "You are signed in at one organization, and the address names another one, or nothing at all. Choose where you want to be."},
	"suspended":  {Title: "This organization is suspended", Text: "Nothing can be read or changed for now, and nothing is lost. Whoever owns the organization has been told why, and can write to support to have it served again."},
	"inactive":   {Title: "This organization is closed", Text: "It is not served any more."},
	"unpaid":     {Title: "An invoice is overdue", Text: "The organization is served again as soon as it is paid. Until then, nothing is lost."},
	"permission": {Title: "This is not for your role", Text: "Somebody who administers the organization can give you a role that may do this."},
	"policy":     {Title: "Not from here", Text: "The organization allows its members to come from some networks alone, and you are in another one."},
	"quota":      {Title: "That is all there is", Text: "The plan of the organization does not allow more of this for now."},
}

// answer is how the middleware answers what it refuses.
func (w *Web) answer(rw http.ResponseWriter, r *http.Request, p tenanthttp.Problem) {
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") || strings.HasSuffix(r.URL.Path, ".css") {
		p.ServeHTTP(rw, r) // nobody reads it
		return
	}
	if p.Status == http.StatusUnauthorized {
		to := "/sign-in"
		if r.Method == http.MethodGet && local(r.URL.RequestURI()) != "" {
			to += "?next=" + url.QueryEscape(r.URL.RequestURI())
		}
		http.Redirect(rw, r, to, http.StatusSeeOther)
		return
	}
	_, kind, _ := strings.Cut(p.Type, "#")
	shown, ok := words[kind]
	if !ok {
		shown = problemPage{Title: "Something went wrong", Text: "It is not your fault, and it has been written down. Try again in a while."}
	}
	shown.Status = p.Status
	if p.Status == http.StatusTooManyRequests {
		shown.Text = "These were many requests within a short time. Try again in a minute."
	}
	if kind == "unpaid" {
		if org := r.PathValue("org"); org != "" {
			shown.Bills = pathOf(org, "invoices")
		}
	}
	w.showProblem(rw, r, shown)
}

// problem answers with the page that an error is.
func (w *Web) problem(rw http.ResponseWriter, r *http.Request, err error) {
	status, message := app.Explain(err)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		w.showProblem(rw, r, problemPage{Status: http.StatusRequestEntityTooLarge, Title: "This is too large", Text: "Less can be sent at once."})
	case status == http.StatusNotFound:
		shown := words["not-found"]
		shown.Status = status
		w.showProblem(rw, r, shown)
	case tenanthttp.ProblemOf(err).Status != http.StatusInternalServerError, status == http.StatusInternalServerError:
		if status == http.StatusInternalServerError {
			w.log.ErrorContext(r.Context(), "a request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		}
		if _, outside := tenanthttp.CurrentPerson(r.Context()); outside != nil {
			w.answer(rw, r, tenanthttp.ProblemOf(err))
			return
		}
		tenanthttp.Error(rw, r, err) // by answer, once it is told
	default:
		w.showProblem(rw, r, problemPage{Status: status, Title: "This did not work", Text: strings.ToUpper(message[:1]) + message[1:] + "."})
	}
}

// showProblem renders the page of a problem, with a way on: where the person belongs.
func (w *Web) showProblem(rw http.ResponseWriter, r *http.Request, shown problemPage) {
	p := &page{Title: shown.Title, Body: shown}
	p.may, _ = tenant.CurrentMember(r.Context()) // nobody, where nobody got in
	person, err := w.authenticate(r)
	if err == nil {
		err = w.fillPerson(r.Context(), p, person)
	}
	if err != nil && !errors.Is(err, tenant.ErrUnauthenticated) {
		w.log.ErrorContext(r.Context(), "a problem's page lacks whose it is", "error", err)
	}
	w.render(rw, r, shown.Status, "problem", p)
}
