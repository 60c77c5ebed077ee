//go:build !unix

package pgserver

import (
	"errors"
	"os/exec"
)

// unprivileged fails where there is no /bin/sh to keep the server.
func unprivileged() (*account, error) {
	return nil, errors.New("pgserver: cannot start PostgreSQL on this system; set " + EnvURL + " to a superuser's URL of a running server")
}

func (a *account) apply(*exec.Cmd) {}

func (a *account) own(string) error { return nil }
