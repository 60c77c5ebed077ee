package web_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/tenantgen/tenantgen/tenant/tenantusage"
)

var record = regexp.MustCompile(`<dt>Name</dt><dd class="code">([^<]+)</dd><dt>Type</dt><dd class="code">TXT</dd><dt>Value</dt><dd class="code">([^<]+)</dd>`)

// A domain is claimed, shown with the record that proves it, and verified once the DNS has it.
func TestDomains(t *testing.T) {
	s := newSite(t)
	b := s.signIn(s.Alice)
	b.get("{acme}/domains").want(t, 200, "acme.example", "Verified", "not", "globex.example")
	b.post("{acme}/domains", "domain", "no domain").want(t, 400, "this is no domain")
	page := b.post("{acme}/domains", "domain", "Labs.Acme.Example.")
	page.want(t, 200, "The claim is noted", "labs.acme.example", `data-verify="labs.acme.example"`)
	b.post("{acme}/domains/labs.acme.example/verify").want(t, 409, "the DNS does not have the record yet", `data-verify="labs.acme.example"`)
	shown := record.FindStringSubmatch(page.text)
	s.dns[shown[1]] = []string{"something else", shown[2]}
	bob := s.signIn(s.Bob)
	bob.post("{globex}/domains", "domain", "labs.acme.example").want(t, 200)
	bob.post("{globex}/domains/labs.acme.example/verify").want(t, 409) // the record is Acme's
	b.post("{acme}/domains/labs.acme.example/verify").want(t, 200, "The domain is verified", "not", "data-verify")
	s.signIn(s.Vera).get("{acme}/domains").want(t, 403)
	s.signIn(s.Vera).post("{acme}/domains", "domain", "vera.example").want(t, 403)
}

// The usage page has the organization's own numbers, as a chart and as a table.
func TestUsage(t *testing.T) {
	s := newSite(t)
	bills := s.app.Billing()
	if err := bills.Meter.Add(s.Acme.ID.Scope(), tenantusage.Requests, 12_345); err != nil {
		t.Fatal(err)
	}
	if err := s.app.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	month := time.Now().UTC().Format("Jan 2006")
	s.signIn(s.Alice).get("{acme}/usage").want(t, 200, `<dd id="requests">12,345</dd>`, "Seats: 3 of 3", `<svg class="chart"`, "The most were 12,345, in "+month,
		`<th scope="row">`+month+`</th><td class="number">12,345</td>`)
	s.signIn(s.Bob).get("{globex}/usage").want(t, 200, `<dd id="requests">0</dd>`, "There were none", "not", "12,345")
	s.signIn(s.Vera).get("{acme}/usage").want(t, 403)
}

// An invoice is shown with its lines, and paid by the owner; one that is overdue leaves nothing but the bills.
func TestInvoices(t *testing.T) {
	s := newSite(t)
	ctx := t.Context()
	month := tenantusage.Month(time.Now()).AddDate(0, -3, 0)
	if _, err := s.repos.Organizations.ChangePlan(ctx, s.Acme.ID, "team"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.app.Billing().CloseMonth(ctx, s.db.CrossTenant("test"), month); err != nil {
		t.Fatal(err)
	}
	if err := s.repos.Billing.Activate(ctx, s.Acme.ID, pgtype.Date{Time: month, Valid: true}); err != nil {
		t.Fatal(err)
	}
	if dunned, err := s.app.Billing().Dun(ctx, s.Acme.ID); err != nil || !dunned {
		t.Fatalf("%v, %v", dunned, err)
	}
	pay := "invoices/" + month.Format("2006-01") + "/pay"
	b := s.signIn(s.Bob)
	b.get("{globex}/invoices").want(t, 200, "$0.00", "not", "$19.00")
	b.post("{acme}/"+pay).want(t, 403)
	alice := s.browser()
	alice.post("/sign-in", "token", s.Alice.Token).want(t, 402, "An invoice is overdue", "/invoices", "not", "Launch plan")
	for _, path := range []string{"notes", "notes/{a.note}", "files", "members", "settings"} {
		alice.get("{acme}/"+path).want(t, 402, "An invoice is overdue", "not", "secret")
	}
	alice.get("{acme}/usage").want(t, 200)
	alice.get("{acme}/invoices").want(t, 200, "Overdue", "$19.00", "the plan team", `id="pay-`+month.Format("2006-01")+`"`)
	alice.post("{acme}/invoices/1999-01/pay").want(t, 404)
	alice.post("{acme}/"+pay).want(t, 200, "The invoice is paid", "Paid", "not", "Overdue")
	alice.get("{acme}/notes").want(t, 200, "Launch plan")
	carol := s.signIn(s.Carol)
	carol.get("{acme}/invoices").want(t, 403)
	carol.post("{acme}/"+pay).want(t, 403)
}

// Who tries to reach another organization is seen in the audit of the one that they come from, which is not told which it was.
func TestAudit(t *testing.T) {
	s := newSite(t)
	s.signIn(s.Vera).get("{globex}/notes")
	s.signIn(s.Vera).post("{acme}/notes", "title", "x").want(t, 403)
	if err := s.app.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.signIn(s.Alice).get("{acme}/audit").want(t, 200, "Critical", "Warning", "Vera", "POST /app/"+s.Acme.ID.String()+"/notes", "not", "Bob")
	s.signIn(s.Bob).get("{globex}/audit").want(t, 200, "Nothing was refused", "not", "Vera")
	s.signIn(s.Vera).get("{acme}/audit").want(t, 403)
}

// Settings are saved by who administers, a plan is changed by the owner, and everybody has tokens of their own.
func TestSettings(t *testing.T) {
	s := newSite(t)
	b := s.signIn(s.Alice)
	b.get("{acme}/settings").want(t, 200, "settings-form", "Notes have comments", "checked", "This session")
	b.post("{acme}/settings", "name", "Acme & Co", "color", "#AA2200", "networks", "127.0.0.0/8\r\n::1/128", "comments", "").
		want(t, 200, "The settings are saved", "Acme &amp; Co", `value="#aa2200"`, "127.0.0.0/8", "not", "checked")
	if css := b.get("{acme}/brand.css"); !strings.Contains(css.text, "--brand: #aa2200;") || !strings.HasPrefix(css.header.Get("Content-Type"), "text/css") {
		t.Errorf("%d %s", css.status, css.text)
	}
	b.post("{acme}/settings", "color", "red; } body { display: none").want(t, 400, "a color is like")
	b.post("{acme}/settings", "color", "#000000", "networks", "everywhere").want(t, 400, "allowed_networks are a list of networks")
	b.post("{acme}/plan", "plan", "team").want(t, 200, "The plan is changed")
	b.post("{acme}/plan", "plan", "golden").want(t, 404)

	page := b.post("{acme}/tokens", "name", "a script")
	page.want(t, 200, "It is shown this once", "a script")
	token := regexp.MustCompile(`id="new-token">([^<]+)<`).FindStringSubmatch(page.text)[1]
	script := s.browser()
	script.post("/sign-in", "token", token).want(t, 200, "Launch plan")
	revoke := regexp.MustCompile(`<span class="name">a script</span><form method="post" action="([^"]+)"`).FindStringSubmatch(page.text)[1]
	s.signIn(s.Vera).post(revoke).want(t, 404) // it is Alice's
	b.post(revoke).want(t, 200, "of no use any more", "not", "a script")
	s.browser().post("/sign-in", "token", token).want(t, 401)

	vera := s.signIn(s.Vera)
	vera.get("{acme}/settings").want(t, 200, "Your tokens here", "not", "settings-form", "change-plan", "a script")
	vera.post("{acme}/settings", "color", "#000000").want(t, 403)
	vera.post("{acme}/plan", "plan", "free").want(t, 403)
}
