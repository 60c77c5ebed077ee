package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Every page of every role, and those of who is refused: each control has a name, nothing reaches out at the side on a telephone, texts can be
// read in light and dark, and the console has nothing to say.
func TestEveryPage(t *testing.T) {
	s := site(t)
	seen := map[string]bool{}
	for _, name := range []string{"Alice", "Vera", "Carol"} {
		p := s.person(t, name)
		for _, path := range p.pages("/app", "{acme}/notes") {
			shape := shapeOf(path)
			seen[shape] = true
			p.open(path)
			p.looksRight(name + " " + shape)
		}
	}
	for _, shape := range []string{"/app", "/app/acme/notes", "/app/acme/notes/new", "/app/acme/notes/1"} {
		if !seen[shape] {
			t.Errorf("no way leads to %s, but to %v", shape, seen)
		}
	}
	nobody, alice := s.visitor(t, "nobody"), s.person(t, "Alice")
	nobody.open("/sign-in")
	nobody.looksRight("sign-in")
	for _, path := range []string{"/nowhere", "{globex}/notes", "{acme}/notes/" + globex} {
		alice.refused(path)
		alice.looksRight("refused " + shapeOf(path))
	}
}

var ids = regexp.MustCompile(`/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|/\d+\b`)

// shapeOf leaves out which thing a page is about.
func shapeOf(path string) string {
	path = strings.NewReplacer("{acme}", "/app/acme", "{globex}", "/app/globex", "/app/"+acme, "/app/acme", "/app/"+globex, "/app/globex").Replace(path)
	path, _, _ = strings.Cut(path, "?")
	return ids.ReplaceAllString(path, "/1")
}

// pages are the addresses that links lead to, one of each shape.
func (p *person) pages(begin ...string) (all []string) {
	p.t.Helper()
	known := map[string]bool{}
	for _, path := range begin {
		known[shapeOf(path)] = true
	}
	for waiting := begin; len(waiting) > 0; waiting = waiting[1:] {
		p.open(waiting[0])
		all = append(all, waiting[0])
		links := evaluate[[]string](p, `[...document.links].filter(a => a.origin === location.origin && !a.download).map(a => a.pathname + a.search)`)
		for _, link := range links {
			if shape := shapeOf(link); !known[shape] && shape != "/" && p.isPage(link) {
				known[shape] = true
				waiting = append(waiting, link)
			}
		}
	}
	return all
}

// isPage reports whether an address is one of a page, not of a file.
func (p *person) isPage(link string) bool {
	return awaited[bool](p, fmt.Sprintf(`fetch(%q).then(r => r.ok && (r.headers.get("Content-Type") || "").startsWith("text/html") && !r.headers.get("Content-Disposition"))`, link))
}

// looksRight examines the page that a person is at, wide and narrow, in light and dark.
func (p *person) looksRight(what string) {
	p.t.Helper()
	// What was folded away is looked at, too.
	evaluate[bool](p, `document.querySelectorAll("main details").forEach(d => d.open = true) || true`)
	if title := evaluate[string](p, `document.title`); strings.TrimSpace(title) == "" {
		p.t.Errorf("%s has no title", what)
	}
	if n := evaluate[int](p, `document.querySelectorAll("h1").length`); n != 1 {
		p.t.Errorf("%s has %d headings of the first level", what, n)
	}
	p.hasNames(what)
	for _, scheme := range []string{"light", "dark"} {
		p.prefers(scheme)
		for _, width := range []int64{380, 1280} {
			p.do(chromedp.EmulateViewport(width, 900))
			if wide := evaluate[int64](p, `document.documentElement.scrollWidth`); wide > width {
				p.t.Errorf("%s is %d wide at %d: %v", what, wide, width, evaluate[[]string](p, fmt.Sprintf(sticksOut, width)))
			}
			p.picture(fmt.Sprintf("%s %s %d", what, scheme, width))
		}
		for _, pale := range evaluate[[]string](p, contrasts) {
			p.t.Errorf("%s in %s: %s", what, scheme, pale)
		}
	}
	p.prefers("light")
}

const sticksOut = `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > %d).map(e => e.tagName + "#" + e.id + "." + e.className).slice(0, 5)`

// contrasts lists texts that WCAG 2.2, 1.4.3, calls too pale for what is behind them: 4.5 to 1, or 3 to 1 where they are large.
const contrasts = `(() => {
	const paint = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
	const rgba = (color) => { paint.clearRect(0, 0, 1, 1); paint.fillStyle = color; paint.fillRect(0, 0, 1, 1); const d = paint.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
	const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
	const ground = (e) => { const c = e ? rgba(getComputedStyle(e).backgroundColor) : [255, 255, 255, 1]; return c[3] === 1 ? c : over(c, ground(e.parentElement)); };
	const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, part, i) => { const v = c[i] / 255; return sum + part * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); }, 0);
	const pale = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (texts.nextNode()) {
		const e = texts.currentNode.parentElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
		if (!texts.currentNode.data.trim() || !e.checkVisibility() || box.width < 2 || e.closest("svg, option, :disabled, script, style")) continue;
		const back = ground(e), [a, b] = [light(over(rgba(style.color), back)), light(back)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
		const large = parseFloat(style.fontSize) >= 24 || parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700;
		if (ratio < (large ? 3 : 4.5)) pale.push(ratio.toFixed(2) + " to 1: " + texts.currentNode.data.trim().slice(0, 40));
	}
	return pale;
})()`

// controls are the roles of what a person operates, and of pictures and bars, which say something as well.
var controls = []string{"button", "link", "textbox", "searchbox", "combobox", "listbox", "checkbox", "radio", "slider", "spinbutton", "switch", "tab", "menuitem",
	"DisclosureTriangle", "ColorWell", "Date", "progressbar", "ProgressIndicator", "meter", "image", "img", "table", "dialog"}

// hasNames: every control has a name, as those are told who do not see the page.
func (p *person) hasNames(what string) {
	p.t.Helper()
	tree, err := chromedp.Call(p.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		p.t.Fatal(err)
	}
	found := 0
	for _, node := range tree.Nodes {
		role := valueOf(node.Role)
		if node.Ignored || !slices.Contains(controls, role) {
			continue
		}
		found++
		if strings.TrimSpace(valueOf(node.Name)) == "" {
			p.t.Errorf("%s: a %s has no name: %s", what, role, node.NodeID)
		}
	}
	if found == 0 {
		p.t.Errorf("%s has no control at all: %d nodes", what, len(tree.Nodes))
	}
}

func valueOf(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	return strings.Trim(string(v.Value), `"`)
}

// prefers has a person prefer light or dark.
func (p *person) prefers(scheme string) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	if err != nil {
		p.t.Fatal(err)
	}
}

// picture writes what a person sees, where somebody wants to look at it.
func (p *person) picture(name string) {
	p.t.Helper()
	dir := os.Getenv(envPictures)
	if dir == "" {
		return
	}
	image, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, strings.NewReplacer(" ", "-", "/", "_").Replace(name)+".png"), image, 0o644)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}
