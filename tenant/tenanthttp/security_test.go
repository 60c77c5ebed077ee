package tenanthttp_test

import (
	"errors"
	"math"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
)

// The client's address is what the last proxy of ours saw, whatever the client says.
func TestAddress(t *testing.T) {
	m, err := tenanthttp.New(tenanthttp.Config{
		Authenticate: authenticate, Resolve: tenanthttp.Any(), Directory: tenanthttp.NewDirectory(lookup(), tenanthttp.Limits{}), Member: member,
		Proxies: []netip.Prefix{proxy, netip.MustParsePrefix("fd00::/8")},
	})
	if err != nil {
		t.Fatal(err)
	}
	const said = "X-Forwarded-For"
	for name, c := range map[string]struct {
		request func(*http.Request)
		want    string
	}{
		"direct":                          {from("203.0.113.9:1"), "203.0.113.9"},
		"direct, and says something":      {both(from("203.0.113.9:1"), header(said, "198.51.100.1")), "203.0.113.9"},
		"by a proxy":                      {both(from("10.0.0.1:1"), header(said, "198.51.100.1")), "198.51.100.1"},
		"by a proxy, and says something":  {both(from("10.0.0.1:1"), header(said, "192.0.2.1, 198.51.100.1")), "198.51.100.1"},
		"in a header of its own":          {both(from("10.0.0.1:1"), header(said, "192.0.2.1", "198.51.100.1")), "198.51.100.1"},
		"by two proxies":                  {both(from("10.0.0.1:1"), header(said, "192.0.2.1, 198.51.100.1, 10.0.0.2")), "198.51.100.1"},
		"says that it is a proxy":         {both(from("10.0.0.1:1"), header(said, "192.0.2.1, 10.0.0.3, 198.51.100.1")), "198.51.100.1"},
		"a proxy that says nothing":       {from("10.0.0.1:1"), "10.0.0.1"},
		"from inside":                     {both(from("10.0.0.1:1"), header(said, "10.0.0.7")), "10.0.0.7"},
		"a proxy that says what is none":  {both(from("10.0.0.1:1"), header(said, "198.51.100.1, unknown")), "invalid IP"},
		"a proxy that says an empty part": {both(from("10.0.0.1:1"), header(said, "198.51.100.1, ")), "invalid IP"},
		"with a port":                     {both(from("10.0.0.1:1"), header(said, "198.51.100.1:8080")), "198.51.100.1"},
		"version 6":                       {both(from("[fd00::1]:1"), header(said, "2001:db8::7")), "2001:db8::7"},
		"version 6 in brackets":           {both(from("[fd00::1]:1"), header(said, "[2001:db8::7]:443")), "2001:db8::7"},
		"version 4 as 6":                  {both(from("[::ffff:10.0.0.1]:1"), header(said, "::ffff:198.51.100.1")), "198.51.100.1"},
		"a zone":                          {from("[fe80::1%eth0]:1"), "fe80::1"},
		"a socket":                        {both(from("@"), header(said, "198.51.100.1")), "invalid IP"},
	} {
		if got := tenanthttp.AddressOf(m, asked(t, c.request)); got.String() != c.want {
			t.Errorf("%s: got %v, want %s", name, got, c.want)
		}
	}
}

func TestSecurity(t *testing.T) {
	now := time.Now()
	office := netip.MustParsePrefix("198.51.100.0/24")
	in, out := netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("203.0.113.9")
	for name, c := range map[string]struct {
		security tenanthttp.Security
		person   tenanthttp.Person
		from     netip.Addr
		policy   string
	}{
		"nothing asked":           {tenanthttp.Security{}, tenanthttp.Person{}, netip.Addr{}, ""},
		"from the office":         {tenanthttp.Security{Networks: []netip.Prefix{office}}, tenanthttp.Person{}, in, ""},
		"from elsewhere":          {tenanthttp.Security{Networks: []netip.Prefix{office}}, tenanthttp.Person{}, out, tenanthttp.PolicyAddress},
		"from nowhere":            {tenanthttp.Security{Networks: []netip.Prefix{office}}, tenanthttp.Person{}, netip.Addr{}, tenanthttp.PolicyAddress},
		"from anywhere at all":    {tenanthttp.Security{Networks: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}, tenanthttp.Person{}, netip.Addr{}, tenanthttp.PolicyAddress},
		"a new session":           {tenanthttp.Security{SessionAge: time.Hour}, tenanthttp.Person{Since: now.Add(-time.Hour)}, in, ""},
		"an old session":          {tenanthttp.Security{SessionAge: time.Hour}, tenanthttp.Person{Since: now.Add(-time.Hour - 1)}, in, tenanthttp.PolicySessionAge},
		"a session of no age":     {tenanthttp.Security{SessionAge: time.Hour}, tenanthttp.Person{}, in, tenanthttp.PolicySessionAge},
		"no age, of any age":      {tenanthttp.Security{SessionAge: math.MaxInt64}, tenanthttp.Person{}, in, tenanthttp.PolicySessionAge},
		"a session of tomorrow":   {tenanthttp.Security{SessionAge: time.Hour}, tenanthttp.Person{Since: now.Add(24 * time.Hour)}, in, tenanthttp.PolicySessionAge},
		"a clock that is ahead":   {tenanthttp.Security{SessionAge: time.Hour}, tenanthttp.Person{Since: now.Add(time.Second)}, in, ""},
		"an age below zero":       {tenanthttp.Security{SessionAge: -1}, tenanthttp.Person{Since: now}, in, tenanthttp.PolicySessionAge},
		"single sign-on":          {tenanthttp.Security{Provider: "https://idp.acme.org"}, tenanthttp.Person{Provider: "https://idp.acme.org"}, in, ""},
		"another one's provider":  {tenanthttp.Security{Provider: "https://idp.acme.org"}, tenanthttp.Person{Provider: "https://idp.globex.org"}, in, tenanthttp.PolicyProvider},
		"a password":              {tenanthttp.Security{Provider: "https://idp.acme.org"}, tenanthttp.Person{}, in, tenanthttp.PolicyProvider},
		"more than is asked for":  {tenanthttp.Security{}, tenanthttp.Person{Provider: "https://idp.acme.org"}, out, ""},
		"one of several networks": {tenanthttp.Security{Networks: []netip.Prefix{office, netip.MustParsePrefix("203.0.113.0/24")}}, tenanthttp.Person{}, out, ""},
	} {
		err := c.security.Check(c.person, c.from, now)
		var refused *tenant.PolicyError
		if c.policy == "" && err != nil || c.policy != "" && (!errors.As(err, &refused) || refused.Policy != c.policy) {
			t.Errorf("%s: got %v, want %q", name, err, c.policy)
		}
	}
}
