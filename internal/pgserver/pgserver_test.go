package pgserver

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) {
	if os.Getenv("PGSERVER_TEST_CHILD") != "" {
		child()
	}
	os.Exit(Main(m))
}

// child starts a server, says where it is, and never ends by itself.
func child() {
	s, err := Start(context.Background(), Options{})
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
	os.Stdout.WriteString(s.socket + "\n" + s.URL("postgres") + "\n")
	select {}
}

func connect(t *testing.T, databaseURL string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func TestStartStop(t *testing.T) {
	Long(t)
	t.Setenv(EnvURL, "")
	s, err := Start(t.Context(), Options{Settings: map[string]string{"work_mem": "7MB"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []string{s.URL("postgres"), s.SocketURL("postgres")} {
		var mem, listen string
		row := connect(t, u).QueryRow(t.Context(), "select current_setting('work_mem'), current_setting('listen_addresses')")
		if err := row.Scan(&mem, &listen); err != nil || mem != "7MB" || listen != "127.0.0.1" {
			t.Errorf("%s: work_mem %s, listen_addresses %s, %v", u, mem, listen, err)
		}
	}
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	expectGone(t, s.socket, s.URL("postgres"))
}

// What is committed outlives a restart, and what is not does not; the files go with Stop all the same.
func TestRestart(t *testing.T) {
	Long(t)
	t.Setenv(EnvURL, "")
	s, err := Start(t.Context(), Options{Settings: map[string]string{"synchronous_commit": "on"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	databaseURL, err := s.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := connect(t, databaseURL)
	ExecForTest(t, before, "create table kept (n int); insert into kept values (1)")
	ExecForTest(t, before, "begin; insert into kept values (2)")
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := before.Ping(t.Context()); err == nil {
		t.Error("a connection outlives the restart")
	}
	var kept []int
	if err := connect(t, databaseURL).QueryRow(t.Context(), "select array_agg(n) from kept").Scan(&kept); err != nil || len(kept) != 1 {
		t.Errorf("kept are %v: %v", kept, err)
	}
	if _, err := s.NewDatabase(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	expectGone(t, s.socket, databaseURL)
}

func TestRestartOfAServerThatIsNotOurs(t *testing.T) {
	own := ForTest(t)
	t.Setenv(EnvURL, own.URL("postgres"))
	s, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Restart(t.Context()); err == nil || !strings.Contains(err.Error(), EnvURL) {
		t.Errorf("got %v", err)
	}
	connect(t, own.URL("postgres"))
}

// A killed test binary (timeout, out of memory, Ctrl-\) used to be how servers pile up on a developer's machine.
func TestServerDiesWithItsOwner(t *testing.T) {
	Long(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PGSERVER_TEST_CHILD=1", EnvURL+"=")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1024)
	n, _ := out.Read(buf)
	dir, databaseURL, ok := strings.Cut(strings.TrimSpace(string(buf[:n])), "\n")
	if !ok {
		t.Fatalf("the child said %q", buf[:n])
	}
	connect(t, databaseURL)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	expectGone(t, dir, databaseURL)
}

func expectGone(t *testing.T, dir, databaseURL string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		_, err := os.Stat(dir)
		conn, connErr := pgx.Connect(context.Background(), databaseURL)
		if connErr == nil {
			conn.Close(context.Background())
		}
		if os.IsNotExist(err) && connErr != nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still there: directory: %v, connection: %v", err, connErr)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestDatabasesAreSeparate(t *testing.T) {
	a, b := connect(t, DatabaseForTest(t)), connect(t, DatabaseForTest(t))
	if _, err := a.Exec(t.Context(), "create table t ()"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Exec(t.Context(), "create table t ()"); err != nil {
		t.Error("a table of one database exists in another:", err)
	}
}

func TestCopy(t *testing.T) {
	original := DatabaseForTest(t)
	conn := connect(t, original)
	if _, err := conn.Exec(t.Context(), "create table t as select 7 as n"); err != nil {
		t.Fatal(err)
	}
	conn.Close(t.Context())
	s := ForTest(t)
	copied, err := s.CopyDatabase(t.Context(), original)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := connect(t, copied).QueryRow(t.Context(), "select n from t").Scan(&n); err != nil || n != 7 {
		t.Error(n, err)
	}
	if err := s.DropDatabase(t.Context(), copied); err != nil {
		t.Error(err)
	}
}

func TestDirectory(t *testing.T) {
	Long(t)
	t.Setenv(EnvURL, "")
	dir := "/tmp"
	t.Setenv(EnvDir, dir)
	s, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := filepath.Dir(s.socket); got != dir {
		t.Errorf("the server lives in %s, want %s", got, dir)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	t.Setenv(EnvDir, "/no/such/directory")
	if _, err := Start(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), "/no/such/directory") {
		t.Errorf("got %v", err)
	}
}

// Test binaries start at the same time, and the first of them find no template.
func TestConcurrentFirstStarts(t *testing.T) {
	Long(t)
	found, err := findInstallation("")
	if err != nil {
		t.Fatal(err)
	}
	found.version += "-" + randomName() // a template that cannot exist yet
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			template, err := found.template(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			s, err := found.start(t.Context(), template, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	template, err := found.template(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(template)
	if drafts, _ := filepath.Glob(template + ".draft-*"); len(drafts) > 0 {
		t.Errorf("left behind: %v", drafts)
	}
}

func TestExistingServer(t *testing.T) {
	own := ForTest(t)
	t.Setenv(EnvURL, own.URL("postgres"))
	s, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	created, err := s.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	connect(t, created)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if conn, err := pgx.Connect(t.Context(), created); err == nil {
		conn.Close(t.Context())
		t.Error("the database outlives Stop")
	}
	connect(t, own.URL("postgres")) // not ours to stop
}

func TestExistingServerMustBeOurs(t *testing.T) {
	own := ForTest(t)
	if err := own.admin(t.Context(), "create role pgserver_weak login"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { own.admin(context.Background(), "drop role pgserver_weak") })
	t.Setenv(EnvURL, strings.Replace(own.URL("postgres"), superuser+"@", "pgserver_weak@", 1))
	if _, err := Start(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), "superuser") {
		t.Errorf("got %v", err)
	}
}

func TestMismatchedBinariesAreRefused(t *testing.T) {
	dir := t.TempDir()
	for program, version := range map[string]string{"initdb": "14.1", "postgres": "15.2"} {
		script := "#!/bin/sh\necho '" + program + " (PostgreSQL) " + version + "'\n"
		if err := os.WriteFile(dir+"/"+program, []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	_, err := inspect(dir, &account{uid: os.Geteuid(), gid: os.Getegid()})
	if err == nil || !strings.Contains(err.Error(), `initdb is version "14.1" and postgres is version "15.2"`) {
		t.Errorf("got %v", err)
	}
}

func TestStartErrorTellsWhatTheServerSaid(t *testing.T) {
	Long(t)
	t.Setenv(EnvURL, "")
	_, err := Start(t.Context(), Options{Settings: map[string]string{"no_such_setting": "1"}})
	if err == nil || !strings.Contains(err.Error(), "no_such_setting") {
		t.Errorf("got %v", err)
	}
}

// A machine without pgbouncer is told what to install; the test is not skipped.
func TestNoPgBouncer(t *testing.T) {
	t.Setenv(EnvPgBouncer, "/no/such/program")
	if _, err := findPgBouncer(); err == nil || !strings.Contains(err.Error(), "apt-get install pgbouncer") {
		t.Errorf("got %v", err)
	}
}
