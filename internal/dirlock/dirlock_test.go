package dirlock

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestMain lets the test binary be the other process: it locks and waits to be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("DIRLOCK_TEST"); dir != "" {
		if _, err := Acquire(context.Background(), dir, func() {}); err != nil {
			os.Exit(1)
		}
		os.Stdout.WriteString("locked\n")
		time.Sleep(time.Minute)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestAcquire: another process waits, nobody waits for one that was killed, and no file is left.
func TestAcquire(t *testing.T) {
	dir := t.TempDir()
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), "DIRLOCK_TEST="+dir)
	out, err := other.StdoutPipe()
	if err := errors.Join(err, other.Start()); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatal(line)
	}
	told := 0
	ctx, cancel := context.WithTimeout(t.Context(), 5*pause)
	defer cancel()
	if _, err := Acquire(ctx, dir, func() { told++ }); !errors.Is(err, context.DeadlineExceeded) || told != 1 {
		t.Errorf("got %v, told %d times", err, told)
	}
	if release, err := Acquire(t.Context(), t.TempDir(), func() { t.Error("another directory is locked") }); err != nil {
		t.Error(err)
	} else {
		release()
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	other.Wait()
	for range 2 { // and again, after it is released
		release, err := Acquire(t.Context(), dir, func() {})
		if err != nil {
			t.Fatal(err)
		}
		release()
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestAcquireNothing(t *testing.T) {
	if _, err := Acquire(t.Context(), t.TempDir()+"/none", func() {}); err == nil {
		t.Error("a directory that is not there was locked")
	}
}
