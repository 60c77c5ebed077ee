package browser_test

import (
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A note is written, found and looked at with the keyboard alone, and whatever has the focus shows it.
func TestKeyboard(t *testing.T) {
	p := site(t).person(t, "Alice")
	p.open("{acme}/notes")
	p.press(kb.Tab)
	if text := evaluate[string](p, `document.activeElement.innerText`); text != "Skip to the content" {
		t.Errorf("the first is %q", text)
	}
	p.press(kb.Enter)
	p.wait(`document.activeElement.id === "main"`)
	p.tabTo("new-note")
	p.press(kb.Enter)
	p.see("#note-form")
	p.tabTo("title")
	title := unique("By keyboard")
	p.press(title)
	p.press(kb.Tab)
	p.press("some text")
	p.press(kb.Tab)
	p.press(kb.Enter)
	p.see("#notice")
	p.open("{acme}/notes")
	p.tabTo("search")
	p.press(title + kb.Enter)
	p.wait(`location.search.includes("search=")`)
	p.shows("1 note")
	// The menu opens, and every control of the page is reached.
	p.tabTo("current-organization")
	p.press(kb.Enter)
	p.tabTo("sign-out")
	p.reachesAll()
}

func (p *person) press(keys string) { p.t.Helper(); p.do(chromedp.KeyEvent(keys)) }

const focused = `(document.activeElement.id || document.activeElement.tagName + " " + document.activeElement.innerText)`

// tabTo presses Tab until the element with an id has the focus.
func (p *person) tabTo(id string) {
	p.t.Helper()
	for range 200 {
		if evaluate[string](p, focused) == id {
			return
		}
		p.press(kb.Tab)
		p.showsFocus()
	}
	p.t.Fatalf("%s: Tab never leads to %s", p.name, id)
}

// showsFocus: one sees where one is.
func (p *person) showsFocus() {
	p.t.Helper()
	hidden := evaluate[bool](p, `(() => {
		const e = document.activeElement, s = getComputedStyle(e);
		return e !== document.body && e.id !== "main" && (s.outlineStyle === "none" || parseFloat(s.outlineWidth) === 0);
	})()`)
	if hidden {
		p.t.Errorf("%s has the focus and does not show it", evaluate[string](p, focused))
	}
}

// reachesAll: Tab leads to every control that is shown.
func (p *person) reachesAll() {
	p.t.Helper()
	evaluate[bool](p, `document.activeElement.blur() || true`)
	const visible = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].filter(e => e.checkVisibility() && !e.disabled)`
	want := evaluate[int](p, visible+`.length`)
	reached := []int{}
	for range 3 * want {
		p.press(kb.Tab)
		if at := evaluate[int](p, visible+`.indexOf(document.activeElement)`); at >= 0 && !slices.Contains(reached, at) {
			reached = append(reached, at)
		}
	}
	if len(reached) != want {
		p.t.Errorf("Tab leads to %d of %d controls", len(reached), want)
	}
}
