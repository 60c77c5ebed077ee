package browser_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// person is somebody with a browser window of their own, which shares nothing with the others' (a browser context, as of incognito windows).
type person struct {
	*service
	t    *testing.T
	name string
	ctx  context.Context

	mu       sync.Mutex
	events   []string // that the page was told of by its stream
	console  []string // what pages complained about
	expected []string // what they may complain about
}

// visitor opens a window in which nobody has signed in. At the end of the test there must be nothing on its console.
func (s *service) visitor(t *testing.T, name string) *person {
	t.Helper()
	p := &person{service: s, t: t, name: name}
	var closeWindow context.CancelFunc
	p.ctx, closeWindow = chromedp.NewContext(shared.browser, chromedp.WithNewBrowserContext())
	if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(p.ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(p.ctx, p.hear); err != nil {
		t.Fatal(err)
	}
	console := chromedp.Console(p.ctx)
	go func() {
		for m, err := range console {
			if err != nil {
				return
			}
			p.complain(m)
		}
	}()
	t.Cleanup(func() {
		closeWindow()
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.console) > 0 {
			t.Errorf("pages of %s complained: %q", p.name, p.console)
		}
	})
	return p
}

// hear notes what a page's stream brings.
func (p *person) hear(ev any) {
	if e, ok := ev.(*network.EventEventSourceMessageReceived); ok {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.events = append(p.events, e.EventName+" "+e.EventID+" "+e.Data)
	}
}

// complain notes what a page's console is told: errors, and whatever the policy of its content has kept from happening.
func (p *person) complain(m chromedp.ConsoleMessage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := fmt.Sprintf("%s %s: %s (%s)", m.Type, m.Source, m.Text, m.URL)
	for _, e := range p.expected {
		if strings.Contains(text, e) {
			return
		}
	}
	if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleException || m.Type == chromedp.ConsoleWarning || m.Source == "security" {
		p.console = append(p.console, text)
	}
}

// expect says what a console may complain about, such as the status of a page that is refused.
func (p *person) expect(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, text)
}

// person opens a window in which somebody signs in, as they are told to.
func (s *service) person(t *testing.T, name string) *person {
	t.Helper()
	p := s.visitor(t, name)
	p.open(s.signIns[name])
	p.click("#sign-in")
	p.see("#current-organization")
	return p
}

// do does steps, within a time.
func (p *person) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, long)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v\n%s", p.name, err, p.at())
	}
}

// at says where a person is.
func (p *person) at() string {
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	return text
}

// open goes to a page; {acme} and {globex} are the organizations' parts of addresses.
func (p *person) open(address string) {
	p.t.Helper()
	if strings.HasPrefix(address, "/") || strings.HasPrefix(address, "{") {
		address = p.service.url + strings.NewReplacer("{acme}", "/app/"+acme, "{globex}", "/app/"+globex).Replace(address)
	}
	p.do(chromedp.Navigate(address))
}

// refused opens a page, whose status its console is told of, too.
func (p *person) refused(address string) {
	p.t.Helper()
	p.expect("the server responded with a status of")
	p.open(address)
	p.see("#refusal")
}

func (p *person) click(selector string) { p.t.Helper(); p.do(chromedp.Click(selector)) }

func (p *person) see(selector string) { p.t.Helper(); p.do(chromedp.WaitVisible(selector)) }

// fill replaces what is in a field.
func (p *person) fill(selector, text string) {
	p.t.Helper()
	value := evaluate[string](p, fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.value = ""; return e.value })()`, selector))
	if value != "" {
		p.t.Fatalf("%s keeps %q", selector, value)
	}
	p.do(chromedp.SendKeys(selector, text))
}

// evaluate returns what an expression is in a person's page.
func evaluate[T any](p *person, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, long)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("%s: %s: %v\n%s", p.name, expression, err, p.at())
	}
	return value
}

// wait waits until an expression is true in the page, whichever page that is by then.
func (p *person) wait(expression string) {
	p.t.Helper()
	for end := time.Now().Add(long); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(p.ctx, long)
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		cancel()
		if err == nil && yes {
			return
		}
	}
	p.t.Fatalf("%s: it never happens: %s\n%s", p.name, expression, p.at())
}

// shows waits for a text on the page.
func (p *person) shows(text string) {
	p.t.Helper()
	p.wait(`document.body.innerText.includes(` + strconv.Quote(text) + `)`)
}

// all is everything that a person's page has and was told of.
func (p *person) all() string {
	p.t.Helper()
	html := evaluate[string](p, `location.href + document.documentElement.outerHTML`)
	p.mu.Lock()
	defer p.mu.Unlock()
	return html + "\n" + strings.Join(p.events, "\n")
}

// hasNothingOf fails the test when a page has a text of somebody else.
func (p *person) hasNothingOf(texts ...string) {
	p.t.Helper()
	all := p.all()
	for _, text := range texts {
		if at := strings.Index(all, text); at >= 0 {
			p.t.Errorf("%s has %q: …%s…", p.name, text, all[max(0, at-100):min(len(all), at+100)])
		}
	}
}

// awaited returns what a promise of a person's page comes to.
func awaited[T any](p *person, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, long)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %s: %v", p.name, expression, err)
	}
	return value
}
