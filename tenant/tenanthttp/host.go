package tenanthttp

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/tenant"
)

// Subdomain finds the tenant's slug in the request's host: for example.com, in acme.example.com. Deeper names are nobody's, and
// the base itself names no tenant. It panics when the base is no domain.
//
// The host is the request's own. What X-Forwarded-Host says is taken in its place only in requests from the given proxies,
// which have to set it or remove what came with the request.
func Subdomain(base string, proxies ...netip.Prefix) Resolver {
	base, ok := domain(base)
	if !ok {
		panic("tenanthttp: Subdomain: not a domain")
	}
	return func(r *http.Request) ([]Key, error) {
		host, err := hostOf(r, proxies)
		if err != nil || host == "" {
			return nil, err
		}
		slug, ok := strings.CutSuffix(host, "."+base)
		switch {
		case !ok:
			return nil, nil
		case strings.Contains(slug, "."):
			return nil, tenant.ErrUnknown
		}
		return one(BySlug, slug)
	}
}

// Domain finds the tenant by the request's host, which the directory looks up as ByDomain: one that the tenant brought, and has
// shown to be theirs. Hosts at or below the given bases, which are the service's own, name nobody here; they are Subdomain's.
// X-Forwarded-Host is not read; use DomainBehind for that.
func Domain(own ...string) Resolver { return DomainBehind(nil, own...) }

// DomainBehind is Domain with the proxies whose X-Forwarded-Host is believed, as in Subdomain.
func DomainBehind(proxies []netip.Prefix, own ...string) Resolver {
	bases := make([]string, len(own))
	for i, name := range own {
		base, ok := domain(name)
		if !ok {
			panic("tenanthttp: Domain: not a domain")
		}
		bases[i] = base
	}
	return func(r *http.Request) ([]Key, error) {
		host, err := hostOf(r, proxies)
		if err != nil || host == "" {
			return nil, err
		}
		for _, base := range bases {
			if host == base || strings.HasSuffix(host, "."+base) {
				return nil, nil
			}
		}
		return one(ByDomain, host)
	}
}

// hostOf is the host that a request was sent to, as a domain in its one spelling; "" when it is an address, as of a health check.
func hostOf(r *http.Request, proxies []netip.Prefix) (string, error) {
	host := r.Host
	if forwarded := r.Header.Values("X-Forwarded-Host"); len(forwarded) > 0 && within(peer(r), proxies) {
		if len(forwarded) > 1 {
			return "", tenant.ErrUnknown
		}
		host = forwarded[0] // a list is no domain
	}
	if strings.Contains(host, ":") && !strings.HasSuffix(host, "]") {
		name, port, err := net.SplitHostPort(host)
		if err != nil {
			return "", tenant.ErrUnknown
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", tenant.ErrUnknown
		}
		host = name
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return "", nil
	}
	name, ok := domain(host)
	if !ok {
		return "", tenant.ErrUnknown
	}
	return name, nil
}

// domain returns the one spelling of a domain's name: letters, digits and hyphens in lower case (RFC 1123, 2.1), without the dot
// of the root. Names in other scripts are in hosts as xn--, as browsers send them, and never as they are read; what looks like
// an address, with a number at its end, is none (WHATWG URL, 4.3, "ends in a number").
func domain(name string) (string, bool) {
	name = strings.TrimSuffix(name, ".")
	lower := []byte(name)
	for i, c := range lower {
		switch {
		case 'A' <= c && c <= 'Z':
			lower[i] = c + 'a' - 'A'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '.':
		default:
			return "", false
		}
	}
	labels := strings.Split(string(lower), ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", false
		}
	}
	last := labels[len(labels)-1]
	if _, err := strconv.ParseUint(last, 0, 64); err == nil || strings.Trim(last, "0123456789") == "" {
		return "", false
	}
	return string(lower), true
}
