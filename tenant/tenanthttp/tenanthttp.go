// Package tenanthttp finds out which tenant a request is for, and who asks, before a handler runs:
//
//	middleware, err := tenanthttp.New(tenanthttp.Config{
//		Authenticate: sessions.Person,                                                // who asks
//		Resolve:      tenanthttp.Any(tenanthttp.Subdomain("example.com"), tenanthttp.Claim("org_id", tenanthttp.ByID)),
//		Directory:    tenanthttp.NewDirectory(organizations.Find, tenanthttp.Limits{}), // which tenants there are
//		Member:       organizations.Member,                                           // who belongs to them
//	})
//	mux.Handle("GET /notes", middleware.Wrap(tenanthttp.Require("notes:read")(listNotes)))
//
// The handler has the tenant by tenant.Current(ctx), or by the generated repo.OrgIDFrom(ctx), and the member by
// tenant.CurrentMember(ctx). What the repositories do with that context they do for this tenant alone.
//
// What a request says of its tenant is a claim of whoever sent it. So nothing is served before the authenticated person is
// known to belong to the tenant, and where a request names its tenant more than once, all of it has to agree. Whoever does not
// belong to a tenant cannot tell whether it exists: an unknown tenant and one of others are answered with the same bytes. The
// time differs by the one look at the members that there is no tenant for.
//
// It stands on net/http and package tenant alone.
package tenanthttp

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
)

// Config is what a Middleware is made of.
type Config struct {
	// Authenticate says who sent the request, or tenant.ErrUnauthenticated. tenantjwt's Verifier has a method for it.
	Authenticate func(*http.Request) (Person, error)
	// Resolve says how the request names its tenant.
	Resolve Resolver
	// Directory has the tenants.
	Directory *Directory
	// Member says what the person is to the tenant, or tenant.ErrNotMember. It is asked for every request, so that whoever is
	// removed is out at once; its context is for the tenant, and for nobody of it.
	Member func(context.Context, Person, tenant.Tenant) (tenant.Member, error)
	// Proxies are the addresses of the reverse proxies in front of this server. Where the client's address matters, what they
	// say of it in X-Forwarded-For is believed, and nobody else.
	Proxies []netip.Prefix
	// Refused is told of every request that is refused, here, by Require or by a handler's Error, and of those that fail, for
	// logs and alerts; it may be nil. It runs before the answer is sent.
	Refused func(context.Context, Refusal)
	// Answer answers a request that is refused or fails, for pages, say; without it the Problem does itself, as JSON. The request
	// knows as much as was found out about it: where it is not refused by a handler, not the tenant. What a Problem
	// says of two tenants is the same where one of them must not be known to exist, and an Answer should keep it so.
	Answer func(http.ResponseWriter, *http.Request, Problem)
}

// Refusal is why a request is refused, and what is known of it by then.
type Refusal struct {
	Err     error
	Request *http.Request
	Person  Person
	Named   []Key         // how it names its tenant
	Tenant  tenant.Tenant // that it names, which may be another than the person's; zero when there is none
}

// Middleware serves requests for the tenant that they are for. It is safe for concurrent use.
type Middleware struct {
	config Config
	now    func() time.Time
}

// New returns a Middleware, or what its configuration lacks.
func New(c Config) (*Middleware, error) {
	if c.Authenticate == nil || c.Resolve == nil || c.Directory == nil || c.Member == nil {
		return nil, errors.New("tenanthttp: a middleware needs Authenticate, Resolve, Directory and Member")
	}
	c.Proxies = slices.Clone(c.Proxies)
	return &Middleware{config: c, now: time.Now}, nil
}

// Wrap serves next to the members of the tenant that the request is for.
func (m *Middleware) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		told := &Refusal{Request: r}
		ctx, err := m.enter(told)
		if err != nil {
			m.refuse(w, told, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, enteredKey{}, entered{m, *told})))
	})
}

// SignedIn serves next to whoever is authenticated, for no tenant: to list the tenants that somebody belongs to, say.
func (m *Middleware) SignedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		told := &Refusal{Request: r}
		ctx, err := m.authenticate(told)
		if err != nil {
			m.refuse(w, told, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, enteredKey{}, entered{m, *told})))
	})
}

func (m *Middleware) refuse(w http.ResponseWriter, told *Refusal, err error) {
	m.tell(*told, err)
	m.answer(w, told.Request, ProblemOf(err))
}

func (m *Middleware) answer(w http.ResponseWriter, r *http.Request, p Problem) {
	if m.config.Answer == nil {
		p.ServeHTTP(w, r)
		return
	}
	m.config.Answer(w, r, p)
}

func (m *Middleware) tell(told Refusal, err error) {
	told.Err = err
	if m.config.Refused != nil {
		m.config.Refused(told.Request.Context(), told)
	}
}

type enteredKey struct{}

// entered is the middleware that a request came through, and as what.
type entered struct {
	m  *Middleware
	as Refusal // without an error
}

// enter returns the context that the request goes on with.
func (m *Middleware) enter(told *Refusal) (context.Context, error) {
	ctx, err := m.authenticate(told)
	if err != nil {
		return nil, err
	}
	if told.Named, err = m.config.Resolve(told.Request.WithContext(ctx)); err != nil {
		return nil, err
	}
	found, err := m.find(ctx, told)
	if err != nil {
		return nil, err
	}
	told.Tenant = found.Tenant
	member, err := m.member(ctx, told.Person, found.Tenant)
	if err != nil {
		return nil, err
	}
	// Only now is there anything to be told of the tenant.
	if err := found.Tenant.Status.Err(); err != nil {
		return nil, err
	}
	if err := found.Security.check(told.Person, m.addressOf(told.Request), m.now()); err != nil {
		return nil, err
	}
	return tenant.NewContext(ctx, found.Tenant, member)
}

func (m *Middleware) authenticate(told *Refusal) (context.Context, error) {
	person, err := m.config.Authenticate(told.Request)
	if err != nil {
		return nil, err
	}
	if person.ID == "" {
		return nil, tenant.ErrUnauthenticated
	}
	told.Person = person
	return withPerson(told.Request.Context(), person), nil
}

// find returns the one tenant that a request names, however often it does. Where it names several, or one that there is
// not, it is told so only to a member of one of them: others would learn which there are.
func (m *Middleware) find(ctx context.Context, told *Refusal) (Entry, error) {
	if len(told.Named) == 0 {
		return Entry{}, tenant.ErrNoTenant
	}
	var known []Entry
	agree := true
	for _, key := range told.Named {
		e, err := m.config.Directory.Find(ctx, key)
		switch {
		case errors.Is(err, tenant.ErrUnknown):
			agree = false
		case err != nil:
			return Entry{}, err
		default:
			known = append(known, e)
			agree = agree && e.Tenant.Scope == known[0].Tenant.Scope
		}
	}
	if agree {
		return known[0], nil
	}
	return Entry{}, m.disagree(ctx, told, known)
}

// disagree is why a request is refused that names several tenants, or one that there is not.
func (m *Middleware) disagree(ctx context.Context, told *Refusal, known []Entry) error {
	for i, e := range known {
		if slices.ContainsFunc(known[:i], func(o Entry) bool { return o.Tenant.Scope == e.Tenant.Scope }) {
			continue
		}
		_, err := m.member(ctx, told.Person, e.Tenant)
		switch {
		case errors.Is(err, tenant.ErrNotMember):
			continue
		case err != nil:
			return err
		}
		told.Tenant = e.Tenant
		mismatch := &tenant.MismatchError{What: "request", Tx: e.Tenant.Scope}
		for _, o := range known {
			if o.Tenant.Scope != e.Tenant.Scope {
				mismatch.Call = o.Tenant.Scope
			}
		}
		return mismatch
	}
	return tenant.ErrUnknown
}

// member asks what the person is to the tenant.
func (m *Middleware) member(ctx context.Context, person Person, t tenant.Tenant) (tenant.Member, error) {
	ctx, err := tenant.NewContext(ctx, t, tenant.Member{})
	if err != nil {
		return tenant.Member{}, err
	}
	member, err := m.config.Member(ctx, person, t)
	if err == nil && member.ID == "" {
		err = tenant.ErrNotMember
	}
	return member, err
}
