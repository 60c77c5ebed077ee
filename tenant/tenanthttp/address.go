package tenanthttp

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// peer is the address that a request really came from; the zero address when it has none, as on a socket.
func peer(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return plain(from.Addr())
}

// plain is an address in its one spelling: IPv4 as such, without a zone.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// within reports whether an address is in one of the networks. No address is in none.
func within(a netip.Addr, networks []netip.Prefix) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

// addressOf is the client's address: the last one, seen from here, that no proxy of ours has. What stands before it in
// X-Forwarded-For is what the client says, and may be anything. When one of our proxies says what is no address, there is none.
func (m *Middleware) addressOf(r *http.Request) netip.Addr {
	address := peer(r)
	list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, text := range slices.Backward(list) {
		if text = strings.TrimSpace(text); len(list) == 1 && text == "" || !within(address, m.config.Proxies) {
			return address
		}
		address = parseAddress(text)
	}
	return address
}

// parseAddress reads what proxies write: an address, with or without a port.
func parseAddress(text string) netip.Addr {
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return plain(a)
	}
	if a, err := netip.ParseAddrPort(text); err == nil {
		return plain(a.Addr())
	}
	return netip.Addr{}
}
