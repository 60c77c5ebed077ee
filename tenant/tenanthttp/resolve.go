package tenanthttp

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tenantgen/tenantgen/tenant"
)

// Kind says what names a tenant.
type Kind string

// The kinds of keys of this package; an application may have its own.
const (
	BySlug   Kind = "slug"
	ByDomain Kind = "domain" // in lower case, without port and trailing dot
	ByID     Kind = "id"
)

// Key is what a request calls its tenant.
type Key struct {
	Kind  Kind
	Value string
}

// Resolver says what a request calls its tenant: nothing, once, or several times, and then all of it has to be the same
// tenant. What is malformed is tenant.ErrUnknown: nobody has such a name. A custom one may ask CurrentPerson(r.Context()).
type Resolver func(r *http.Request) ([]Key, error)

// Any takes what any of the resolvers find, one at least. All that they find has to be the same tenant: none comes first.
func Any(resolvers ...Resolver) Resolver { return combine(false, resolvers) }

// All wants every one of the resolvers to find something, and all of it to be the same tenant.
func All(resolvers ...Resolver) Resolver { return combine(true, resolvers) }

func combine(all bool, resolvers []Resolver) Resolver {
	resolvers = slices.Clone(resolvers)
	return func(r *http.Request) ([]Key, error) {
		var keys []Key
		var missing error
		for _, resolve := range resolvers {
			found, err := resolve(r)
			switch {
			case err != nil && errors.Is(err, tenant.ErrMissingClaim) && !errors.Is(err, errMalformed) && !all:
				missing = err
			case err != nil:
				return nil, err
			case len(found) == 0 && all:
				return nil, tenant.ErrNoTenant
			}
			keys = append(keys, found...)
		}
		if len(keys) == 0 && missing != nil {
			return nil, missing
		}
		return keys, nil
	}
}

// PathPrefix finds the tenant in the path after a prefix: for /t/, in /t/acme/notes. A path that a router may read otherwise,
// with an escape in the prefix or the name, with dots or empty parts anywhere, is nobody's. The prefix stays in the path. It
// panics when the prefix does not begin and end with a slash.
func PathPrefix(prefix string, kind Kind) Resolver {
	if !strings.HasPrefix(prefix, "/") || !strings.HasSuffix(prefix, "/") || ambiguous(prefix) {
		panic("tenanthttp: PathPrefix: not a prefix of paths")
	}
	return func(r *http.Request) ([]Key, error) {
		if ambiguous(r.URL.Path) {
			return nil, tenant.ErrUnknown
		}
		rest, ok := strings.CutPrefix(r.URL.EscapedPath(), prefix)
		if ok != strings.HasPrefix(r.URL.Path, prefix) {
			return nil, tenant.ErrUnknown // it is there once it is unescaped
		}
		if !ok {
			return nil, nil
		}
		name, _, _ := strings.Cut(rest, "/")
		return one(kind, name) // which has no escapes
	}
}

// ambiguous reports whether a path has parts that some routers clean away.
func ambiguous(path string) bool {
	if strings.Contains(path, "\\") || strings.Contains(path, "//") {
		return true
	}
	return slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool { return part == "." || part == ".." })
}

// PathValue finds the tenant in a wildcard of the route's pattern, such as {org} in GET /orgs/{org}/notes. The middleware has
// to be inside of the ServeMux for that.
func PathValue(name string, kind Kind) Resolver {
	return func(r *http.Request) ([]Key, error) {
		value := r.PathValue(name)
		if value == "" && !strings.Contains(r.Pattern, "{"+name) {
			return nil, nil
		}
		return one(kind, value)
	}
}

// Header finds the tenant in a header. One that is repeated, or a list, is nobody's: proxies and servers differ in which they take.
func Header(name string, kind Kind) Resolver {
	return func(r *http.Request) ([]Key, error) {
		values := r.Header.Values(name)
		switch {
		case len(values) == 0:
			return nil, nil
		case len(values) > 1 || strings.Contains(values[0], ","):
			return nil, tenant.ErrUnknown
		}
		return one(kind, values[0])
	}
}

// Query finds the tenant in a parameter of the query string, and nowhere in a body. A parameter that is repeated, and a query
// string that servers read in different ways, are nobody's.
func Query(name string, kind Kind) Resolver {
	return func(r *http.Request) ([]Key, error) {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return nil, tenant.ErrUnknown
		}
		values, ok := query[name]
		switch {
		case !ok:
			return nil, nil
		case len(values) != 1:
			return nil, tenant.ErrUnknown
		}
		return one(kind, values[0])
	}
}

// maxName is the length of the longest domain, and so of the longest name of a tenant.
const maxName = 253

// one is the one key of a resolver.
func one(kind Kind, name string) ([]Key, error) {
	key := Key{kind, name}
	if !key.valid() {
		return nil, tenant.ErrUnknown
	}
	return []Key{key}, nil
}

// valid reports whether a key can be anybody's: there is something to look up, of bounded length, without what is written
// differently than it looks.
func (k Key) valid() bool {
	if k.Kind == "" || k.Value == "" || len(k.Value) > maxName || !utf8.ValidString(k.Value) || k.Value == "." || k.Value == ".." {
		return false
	}
	return !strings.ContainsFunc(k.Value, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsGraphic(r) || strings.ContainsRune(`/\%`, r) || k.Kind != ByID && r > unicode.MaxASCII
	})
}
