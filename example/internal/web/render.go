package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/example/repo"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

//go:embed templates/*.html
var templates embed.FS

// parsePages reads the templates, each in the layout that all share.
func parsePages(a *assets) (map[string]*template.Template, error) {
	layout, err := template.New("layout.html").Funcs(functions(a)).ParseFS(templates, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	files, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	pages := map[string]*template.Template{}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".html")
		own, err := layout.Clone()
		if err == nil {
			own, err = own.ParseFS(templates, file)
		}
		if err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		pages[name] = own
	}
	return pages, nil
}

// functions are what templates can say beside what Go's have.
func functions(a *assets) template.FuncMap {
	return template.FuncMap{
		"asset":   a.path,
		"date":    func(t time.Time) string { return t.UTC().Format("2 January 2006") },
		"moment":  func(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04") },
		"machine": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"bytes":   byteCount,
		"cents":   cents,
		"cents32": func(n int32) string { return cents(int64(n)) },
		"number":  number,
		"count":   count,
		"title": func(s string) string {
			if s == "" {
				return ""
			}
			return strings.ToUpper(s[:1]) + s[1:]
		},
	}
}

func cents(n int64) string { return fmt.Sprintf("$%d.%02d", n/100, n%100) }

// number is one as people read it: 12,345.
func number(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", number(n/1000), n%1000)
}

// count is a number with its noun.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// byteCount is a size as people read it.
func byteCount(n int64) string {
	switch {
	case n < 1<<10:
		return count(n, "byte", "bytes")
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

// page is what the layout shows around a page's own content.
type page struct {
	Title   string
	Path    string // which part of the navigation it belongs to
	Org     repo.ListOrganizationsOfUserRow
	Orgs    []repo.ListOrganizationsOfUserRow
	Person  repo.User
	Notice  string // of what was done
	Problem string // of what was tried
	Unpaid  bool
	Body    any

	may tenant.Member
}

// In reports whether the page is one of an organization.
func (p *page) In() bool { return p.Org.ID != uuid.Nil }

// May reports whether the visitor has a permission. What a page does not offer is refused all the same when it is asked for.
func (p *page) May(permission string) bool { return p.may.May(permission) == nil }

// To is an address in the page's organization.
func (p *page) To(rest string) string { return pathOf(p.Org.ID.String(), rest) }

// link is an entry of the navigation.
type link struct {
	Name, Rest, permission string
}

var navigation = []link{
	{"Notes", "notes", "notes:read"},
	{"Imports", "imports", "jobs:read"},
	{"Files", "files", "files:read"},
	{"Members", "members", "members:read"},
	{"Domains", "domains", "domains:read"},
	{"Usage", "usage", "usage:read"},
	{"Invoices", "invoices", "usage:read"},
	{"Audit", "audit", "audit:read"},
	{"Settings", "settings", "organizations:read"},
}

// Nav is what the visitor may look at.
func (p *page) Nav() []link {
	return slices.DeleteFunc(slices.Clone(navigation), func(l link) bool { return !p.May(l.permission) })
}

// notices are what a page says after something was done. The address names one; it cannot bring a text of its own.
var notices = map[string]string{
	"signed-out":   "You are signed out.",
	"switched":     "You are in another organization now.",
	"note-created": "The note is written.",
	"note-saved":   "The note is saved.",
	"note-deleted": "The note is deleted.",

	"import-started":   "The import has begun. You can go on with something else.",
	"import-cancelled": "The import is cancelled. The notes that were written stay.",
	"import-retried":   "The import goes on.",

	"file-added":   "The file is kept.",
	"file-deleted": "The file is deleted.",

	"joined":         "Welcome. You are a member now.",
	"role-changed":   "The role is changed, from the next click on.",
	"member-removed": "The person is no member any more, and signed out of this organization.",

	"domain-claimed":  "The claim is noted. It routes nobody until it is verified.",
	"domain-verified": "The domain is verified, and leads to this organization.",

	"paid":           "The invoice is paid. Thank you.",
	"settings-saved": "The settings are saved.",
	"plan-changed":   "The plan is changed.",
	"token-revoked":  "The token is of no use any more.",
}

// show renders a page inside the visitor's organization.
func (w *Web) show(v *visit, name, title, section string, body any) error {
	p := &page{Title: title, Path: section, Notice: notices[v.r.URL.Query().Get("done")], Unpaid: app.Unpaid(v.r.Context()), Body: body, may: v.member}
	if err := w.fillPerson(v.r.Context(), p, v.person); err != nil {
		return err
	}
	status := http.StatusOK
	if v.failed != nil {
		p.Notice = ""
		status, p.Problem = app.Explain(v.failed)
	}
	w.render(v.w, v.r, status, name, p)
	return nil
}

// fillPerson adds who looks, and where they belong.
func (w *Web) fillPerson(ctx context.Context, p *page, person tenanthttp.Person) error {
	user, err := uuid.Parse(person.ID)
	if err != nil {
		return tenant.ErrUnauthenticated
	}
	if p.Person, err = w.repos.Users.GetUser(ctx, user); err != nil {
		return err
	}
	if p.Orgs, err = w.app.OrganizationsOf(ctx, person); err != nil {
		return err
	}
	if t, err := tenant.Current(ctx); err == nil {
		for _, o := range p.Orgs {
			if o.ID.String() == t.ID() {
				p.Org = o
			}
		}
	}
	return nil
}

// render writes a page, whole or not at all. Nothing keeps it: it is one person's, and of this moment.
func (w *Web) render(rw http.ResponseWriter, r *http.Request, status int, name string, p *page) {
	var b bytes.Buffer
	if err := w.pages[name].Execute(&b, p); err != nil {
		w.log.ErrorContext(r.Context(), "a page cannot be rendered", "page", name, "error", err)
		http.Error(rw, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	_, _ = b.WriteTo(rw) // a browser that has gone away is nobody to report to
}

//go:embed static
var static embed.FS

// assets are the script and the style sheet, under addresses that change when they do.
type assets struct {
	version string
	files   http.Handler
}

func newAssets() (*assets, error) {
	below, err := fs.Sub(static, "static")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	sum := sha256.New()
	err = fs.WalkDir(below, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(below, name)
		sum.Write(content)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return &assets{hex.EncodeToString(sum.Sum(nil))[:12], http.FileServerFS(below)}, nil
}

func (a *assets) path(name string) string { return "/static/" + a.version + "/" + name }

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	prefix := "/static/" + a.version
	if strings.HasPrefix(r.URL.Path, prefix+"/") && !strings.HasSuffix(r.URL.Path, "/") {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.StripPrefix(prefix, a.files).ServeHTTP(w, r)
		return
	}
	http.NotFound(w, r)
}
