package browser_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// service is the example, running.
type service struct {
	owner   string // the database's URL
	url     string
	signIns map[string]string // where somebody signs in, by their name
}

// The ids of the organizations, which are the same on every database (exampledb).
const (
	acme   = "aaaaaaaa-0000-4000-8000-000000000001"
	globex = "bbbbbbbb-0000-4000-8000-000000000002"
)

var (
	saysAddress = regexp.MustCompile(`is at (http://\S+)/\s`)
	saysSignIn  = regexp.MustCompile(`as (\w+), who [^:]*:\n\s+(http\S+)`)
)

// startService builds the example, starts it on a database of its own, and reads who may sign in.
func startService(server *pgserver.Server) (*service, error) {
	s := &service{signIns: map[string]string{}}
	var err error
	if s.owner, err = server.NewDatabase(context.Background()); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tenantgen-browser-")
	if err != nil {
		return nil, err
	}
	program := filepath.Join(dir, "example")
	build := exec.Command("go", "build", "-ldflags=-s", "-o", program, ".")
	build.Dir = filepath.Join("..", "..", "example")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the example: %w\n%s", err, out)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+s.owner, "ADDR=127.0.0.1:0")
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	shared.ended.Go(func() {
		<-shared.done
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		os.RemoveAll(dir)
	})
	return s, s.read(out)
}

// read reads the introduction, and has the rest be read.
func (s *service) read(out io.Reader) error {
	said, lines := "", bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C") {
		said += lines.Text() + "\n"
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if address := saysAddress.FindStringSubmatch(said); address != nil {
		s.url = address[1]
	}
	for _, m := range saysSignIn.FindAllStringSubmatch(said, -1) {
		s.signIns[m[1]] = m[2]
	}
	for _, name := range []string{"Alice", "Bob", "Carol", "Vera"} {
		if s.url == "" || s.signIns[name] == "" {
			return fmt.Errorf("the example does not say where it is and how %s signs in: %s", name, said)
		}
	}
	return nil
}

// asOwner changes something as whoever runs the service does.
func (s *service) asOwner(t *testing.T, sql string, args ...any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), long)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.owner)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sql, args...); err != nil {
		t.Fatal(err)
	}
}

// unique makes a text that no other test has.
func unique(text string) string { return fmt.Sprintf("%s %x", text, time.Now().UnixNano()) }
