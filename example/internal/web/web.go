// Package web is the notes service as pages: rendered here, by html/template, and working without JavaScript; a script of its own
// shows changes of others as they happen.
//
// It is the API of package app once more: a cookie instead of a header says who asks, and from there on the middleware, the permissions,
// the repositories and what is written are the same. There is no second check of whose something is, because there is no second way to it.
package web

import (
	"errors"
	"html/template"
	"log/slog"
	"net/http"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// Web serves the pages.
type Web struct {
	app      *app.App
	repos    *repo.Repositories
	requests *tenanthttp.Middleware
	pages    map[string]*template.Template
	assets   *assets
	log      *slog.Logger
}

// New makes the pages of a service.
func New(service *app.App, log *slog.Logger) (*Web, error) {
	w := &Web{app: service, repos: service.Repositories(), log: log}
	var err error
	if w.assets, err = newAssets(); err != nil {
		return nil, err
	}
	if w.pages, err = parsePages(w.assets); err != nil {
		return nil, err
	}
	w.requests, err = service.Middleware(w.authenticate, w.answer)
	return w, err
}

// route is a page inside an organization, or something that is done there.
type route struct {
	pattern    string
	permission string
	do         func(*Web, *visit) error
	upload     int64 // how much may be sent, when that is more than a form is
	unpaid     bool  // it is served while an invoice is overdue
}

// maxForm bounds what a form may send.
const maxForm = 1 << 20

// Handler returns all pages. Requests of other sites' pages that would change something are refused.
func (w *Web) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes() {
		mux.Handle(r.pattern, w.inOrganization(r))
	}
	mux.Handle("GET /app/{org}/events", w.requests.Wrap(w.app.Events()))
	mux.Handle("GET /app/{org}/brand.css", w.requests.Wrap(http.HandlerFunc(w.serveBrand)))
	mux.Handle("GET /app", w.requests.SignedIn(http.HandlerFunc(w.chooseOrganization)))
	mux.Handle("POST /invitations", w.requests.SignedIn(http.HandlerFunc(w.acceptInvitation)))
	mux.Handle("POST /switch", w.requests.SignedIn(http.HandlerFunc(w.switchOrganization)))
	mux.HandleFunc("GET /{$}", w.begin)
	mux.HandleFunc("GET /sign-in", w.showSignIn)
	mux.HandleFunc("POST /sign-in", w.signIn)
	mux.HandleFunc("POST /sign-out", w.signOut)
	mux.Handle("GET /static/", w.assets)
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) { w.problem(rw, r, app.ErrNotFound) })
	foreign := http.NewCrossOriginProtection()
	foreign.SetDenyHandler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.showProblem(rw, r, problemPage{Status: http.StatusForbidden, Title: "Not from here", Text: "This was sent by a page of another site, and nothing was done."})
	}))
	return app.Addressed(secured(foreign.Handler(mux)))
}

// policy lets pages load what this server has, and nothing else; scripts and styles are files, never parts of a page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secured sets what browsers are told of every answer.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// visit is a request of a member to their organization.
type visit struct {
	w      http.ResponseWriter
	r      *http.Request
	org    repo.OrgID
	user   uuid.UUID
	person tenanthttp.Person
	member tenant.Member

	failed error // of what was tried, to be told on the page that is shown again
}

// inOrganization serves a page to the members who have its permission.
func (w *Web) inOrganization(r route) http.Handler {
	limit := int64(maxForm)
	if r.upload > 0 {
		limit = r.upload
	}
	page := http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		req.Body = http.MaxBytesReader(rw, req.Body, limit)
		v, err := w.visitOf(rw, req)
		if err == nil && app.Unpaid(req.Context()) && !r.unpaid {
			err = tenant.ErrUnpaid
		}
		if err == nil {
			err = r.do(w, v)
		}
		if err != nil {
			w.problem(rw, req, err)
		}
	})
	return w.requests.Wrap(tenanthttp.Require(r.permission)(w.app.Limited(page)))
}

// visitOf reads what the middleware found out.
func (w *Web) visitOf(rw http.ResponseWriter, r *http.Request) (*visit, error) {
	ctx := r.Context()
	org, err1 := repo.OrgIDFrom(ctx)
	member, err2 := tenant.CurrentMember(ctx)
	person, err3 := tenanthttp.CurrentPerson(ctx)
	user, err4 := uuid.Parse(person.ID)
	return &visit{w: rw, r: r, org: org, user: user, person: person, member: member}, errors.Join(err1, err2, err3, err4)
}

// id reads an id of the path. What is no id names nothing.
func (v *visit) id(name string) (uuid.UUID, error) {
	id, err := uuid.Parse(v.r.PathValue(name))
	if err != nil {
		return uuid.Nil, app.ErrNotFound
	}
	return id, nil
}

// path is an address inside the visitor's organization.
func (v *visit) path(rest string) string { return pathOf(v.org.String(), rest) }

func pathOf(org, rest string) string { return "/app/" + org + "/" + rest }

// done goes on to a page, which says what was done.
func (v *visit) done(rest, notice string) error {
	http.Redirect(v.w, v.r, v.path(rest)+"?done="+notice, http.StatusSeeOther)
	return nil
}

// again shows a page once more, with what was wrong with what was sent from there. What the person could not have put right has a
// page of its own.
func (w *Web) again(v *visit, err error, show func(*Web, *visit) error) error {
	switch status, _ := app.Explain(err); status {
	case http.StatusBadRequest, http.StatusPaymentRequired, http.StatusConflict, http.StatusUnprocessableEntity:
		if !errors.Is(err, tenant.ErrUnpaid) {
			v.failed = err
			return show(w, v)
		}
	}
	return err
}
