// Package browser_test looks at the pages of the example as people do: in Chromium, several people side by side. The service is a process of
// its own, as go run ./example starts it, and what it prints is all that is known of it.
package browser_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

func TestMain(m *testing.M) {
	code := m.Run()
	close(shared.done)
	shared.ended.Wait()
	if shared.server != nil {
		if err := shared.server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

const (
	// envBrowser names the program of another Chromium than the one that is installed.
	envBrowser = "TENANTGEN_TEST_BROWSER"
	// envPictures names a directory that pictures of all pages are written to.
	envPictures = "TENANTGEN_TEST_PICTURES"

	// long is for what has to come, on a machine that does much else.
	long = 2 * time.Minute
)

// shared is the browser and the service of all tests.
var shared = struct {
	mu      sync.Mutex
	browser context.Context
	server  *pgserver.Server
	service *service
	err     error
	done    chan struct{} // closed after the last test
	ended   sync.WaitGroup
}{done: make(chan struct{})}

// chromium is the program to start.
func chromium() (string, error) {
	if path := os.Getenv(envBrowser); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no browser, and pages that nobody has looked at are not tested: apt-get install chromium, or name one by " + envBrowser)
}

func startBrowser() (context.Context, error) {
	path, err := chromium()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WSURLReadTimeout(long))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which Chromium has for nobody but users
	}
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	browser, closeBrowser := chromedp.NewContext(allocator)
	if err := chromedp.Do(browser); err != nil {
		end()
		return nil, fmt.Errorf("%s does not start: %w", path, err)
	}
	shared.ended.Go(func() {
		<-shared.done
		closeBrowser()
		end()
	})
	return browser, nil
}

// site returns the service, in front of which a browser runs. A machine without a browser fails the test.
func site(t *testing.T) *service {
	t.Helper()
	pgserver.Long(t)
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.service == nil && shared.err == nil {
		shared.browser, shared.err = startBrowser()
		if shared.err == nil {
			shared.server, shared.err = pgserver.Start(context.Background(), pgserver.Options{})
		}
		if shared.err == nil {
			shared.service, shared.err = startService(shared.server)
		}
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.service
}

// A machine without a browser is told what to install; nothing is passed over.
func TestWithoutABrowser(t *testing.T) {
	t.Setenv(envBrowser, "")
	t.Setenv("PATH", t.TempDir())
	if path, err := chromium(); err == nil || !strings.Contains(err.Error(), "apt-get install chromium") || !strings.Contains(err.Error(), envBrowser) {
		t.Errorf("got %q, %v", path, err)
	}
}
