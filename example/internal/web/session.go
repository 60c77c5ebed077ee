package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// sessionCookie holds a token of one organization, as the API's header does. Of the token the database has the hash alone.
const sessionCookie = "notes_session"

// authenticate finds out who asks, by the cookie.
func (w *Web) authenticate(r *http.Request) (tenanthttp.Person, error) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return tenanthttp.Person{}, tenant.ErrUnauthenticated
	}
	return w.app.Identify(r.Context(), cookie.Value)
}

// setCookie has the browser keep a session, or forget it when token is empty. No script can read it, and pages of other sites do not
// send it with what changes something.
func setCookie(w http.ResponseWriter, r *http.Request, token string, ends time.Time) {
	c := &http.Cookie{Name: sessionCookie, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil, Expires: ends}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// begin is GET /: to the notes, or to sign in.
func (w *Web) begin(rw http.ResponseWriter, r *http.Request) {
	person, err := w.authenticate(r)
	switch {
	case errors.Is(err, tenant.ErrUnauthenticated):
		http.Redirect(rw, r, "/sign-in", http.StatusSeeOther)
	case err != nil:
		w.problem(rw, r, err)
	default:
		http.Redirect(rw, r, pathOf(app.Home(person), "notes"), http.StatusSeeOther)
	}
}

// signInPage is the form to sign in with.
type signInPage struct {
	Token, Next, Wrong string
}

// showSignIn is GET /sign-in. A link with a token fills in the form and does not sign in: otherwise any page could sign its visitors
// in as somebody else.
func (w *Web) showSignIn(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	w.render(rw, r, http.StatusOK, "sign-in", &page{Title: "Sign in", Notice: notices[q.Get("done")], Body: signInPage{Token: q.Get("token"), Next: local(q.Get("next"))}})
}

// local is an address inside an organization, or nothing: nobody is sent to another site, whatever a link says.
func local(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.Path != "/app" && !strings.HasPrefix(next, "/app/") || strings.ContainsAny(next, "\\\r\n") || strings.Contains(next, "//") {
		return ""
	}
	return next
}

// signIn is POST /sign-in. The session is a token of its own, so that signing out leaves the one that was given.
func (w *Web) signIn(rw http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(rw, r.Body, maxForm)
	given := strings.TrimSpace(r.PostFormValue("token"))
	person, err := w.app.Identify(r.Context(), given)
	if errors.Is(err, tenant.ErrUnauthenticated) {
		body := signInPage{Next: local(r.PostFormValue("next")), Wrong: "Nobody has this token, or it has expired."}
		w.render(rw, r, http.StatusUnauthorized, "sign-in", &page{Title: "Sign in", Body: body})
		return
	}
	if err == nil {
		err = w.open(rw, r, person, app.Home(person))
	}
	if err != nil {
		w.problem(rw, r, err)
		return
	}
	to := local(r.PostFormValue("next"))
	if to == "" {
		to = pathOf(app.Home(person), "notes")
	}
	http.Redirect(rw, r, to, http.StatusSeeOther)
}

// open begins a session at an organization.
func (w *Web) open(rw http.ResponseWriter, r *http.Request, person tenanthttp.Person, home string) error {
	org, err := repo.ParseOrgID(home)
	if err != nil {
		return app.ErrNotFound
	}
	token, ends, err := w.app.OpenSession(r.Context(), org, person)
	if err != nil {
		return err
	}
	setCookie(rw, r, token, ends)
	return nil
}

// signOut is POST /sign-out. The session ends here too, not only in the browser.
func (w *Web) signOut(rw http.ResponseWriter, r *http.Request) {
	person, err := w.authenticate(r)
	if err == nil {
		err = w.app.CloseSession(r.Context(), person)
	}
	if err != nil && !errors.Is(err, tenant.ErrUnauthenticated) {
		w.problem(rw, r, err)
		return
	}
	setCookie(rw, r, "", time.Time{})
	http.Redirect(rw, r, "/sign-in?done=signed-out", http.StatusSeeOther)
}

// chooseOrganization is GET /app: where the person belongs.
func (w *Web) chooseOrganization(rw http.ResponseWriter, r *http.Request) {
	person, err := tenanthttp.CurrentPerson(r.Context())
	if err != nil {
		w.problem(rw, r, err)
		return
	}
	p := &page{Title: "Your organizations", Path: "/app", Body: r.URL.Query().Get("invitation")}
	if err := w.fillPerson(r.Context(), p, person); err != nil {
		w.problem(rw, r, err)
		return
	}
	w.render(rw, r, http.StatusOK, "organizations", p)
}

// switchOrganization is POST /switch: a session at another organization takes the place of this one. Which ones there are to choose
// from is asked anew; any other is not found, whether it exists or not.
func (w *Web) switchOrganization(rw http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(rw, r.Body, maxForm)
	person, err := tenanthttp.CurrentPerson(r.Context())
	if err == nil {
		err = w.belongs(r, person, r.PostFormValue("org"))
	}
	if err == nil {
		err = w.open(rw, r, person, r.PostFormValue("org"))
	}
	if err == nil {
		err = w.app.CloseSession(r.Context(), person)
	}
	if err != nil {
		w.problem(rw, r, err)
		return
	}
	http.Redirect(rw, r, pathOf(r.PostFormValue("org"), "notes")+"?done=switched", http.StatusSeeOther)
}

func (w *Web) belongs(r *http.Request, person tenanthttp.Person, org string) error {
	list, err := w.app.OrganizationsOf(r.Context(), person)
	if err != nil {
		return err
	}
	for _, o := range list {
		if o.ID.String() == org {
			return nil
		}
	}
	return app.ErrNotFound
}
