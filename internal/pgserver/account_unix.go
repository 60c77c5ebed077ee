//go:build unix

package pgserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// unprivileged returns the account to run the server as.
func unprivileged() (*account, error) {
	if os.Geteuid() != 0 {
		return &account{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, fmt.Errorf("pgserver: account %s: %w", name, err)
		}
		return &account{uid: uid, gid: gid, switched: true}, nil
	}
	return nil, errors.New("pgserver: PostgreSQL refuses to run as root, and there is neither an account postgres nor nobody")
}

// apply makes cmd run as the account, and in a session of its own: the terminal's Ctrl-C is for us, who then stop it.
func (a *account) apply(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if a.switched {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
}

// own gives dir to the account, and refuses one in a shared place that somebody else has put there first.
func (a *account) own(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || (int(stat.Uid) != os.Geteuid() && int(stat.Uid) != a.uid) {
		return fmt.Errorf("pgserver: %s belongs to somebody else", dir)
	}
	if int(stat.Uid) == a.uid {
		return nil
	}
	if err := os.Lchown(dir, a.uid, a.gid); err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	return nil
}
