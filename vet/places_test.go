package vet

import (
	"path/filepath"
	"testing"

	"github.com/tenantgen/tenantgen/config"
)

// What a declared place is about: a directory, what is below it, its tests, or something that is declared in it.
func TestPlaced(t *testing.T) {
	s := &settings{dir: "/app"}
	for _, c := range []struct {
		where, file, fn string
		want            bool
	}{
		{"internal/auth", "internal/auth/a.go", "SignIn", true},
		{"internal/auth", "internal/auth/a_test.go", "", true},
		{"internal/auth", "internal/auth/deep/a.go", "SignIn", false},
		{"internal/auth", "internal/auths/a.go", "SignIn", false},
		{"internal/auth/...", "internal/auth/a.go", "", true},
		{"internal/auth/...", "internal/auth/deep/a.go", "", true},
		{"internal/auth/...", "internal/auths/a.go", "", false},
		{"...", "a.go", "", true},
		{"...", "deep/a.go", "", true},
		{"...", "../other/a.go", "", false},
		{".", "a.go", "", true},
		{".", "deep/a.go", "", false},
		{"internal/auth.SignIn", "internal/auth/a.go", "SignIn", true},
		{"internal/auth.SignIn", "internal/auth/a.go", "Server.SignIn", false},
		{"internal/auth.SignIn", "internal/auth/a.go", "SignInAs", false},
		{"internal/auth.SignIn", "internal/auth/a.go", "", false},
		{"internal/auth.Server", "internal/auth/a.go", "Server", true},
		{"internal/auth.Server", "internal/auth/a.go", "Server.SignIn", true},
		{"internal/auth.Server", "internal/auth/a.go", "Servers.SignIn", false},
		{"internal/auth.Server.SignIn", "internal/auth/a.go", "Server.SignIn", true},
		{"internal/auth.Server.SignIn", "internal/auth/a.go", "Server", false},
		{"internal/auth.v2", "internal/auth.v2/a.go", "", true},
		{"internal/auth", "internal/auth.v2/a.go", "Server.SignIn", false},
		{"internal/*_test.go", "internal/a_test.go", "TestA", true},
		{"internal/*_test.go", "internal/a.go", "TestA", false},
		{"internal/*_test.go", "internal/auth/a_test.go", "TestA", false},
		{"internal/.../*_test.go", "internal/auth/a_test.go", "TestA", true},
		{"internal/.../*_test.go", "internal/auth/a.go", "TestA", false},
		{".../*_test.go", "a_test.go", "", true},
		{"*_test.go", "a_test.go", "", true},
		{"*_test.go", "a.go", "", false},
	} {
		if got := s.placed(&config.Declared{Where: c.where}, filepath.Join("/app", c.file), c.fn); got != c.want {
			t.Errorf("%s holds %s of %s: %t", c.where, c.fn, c.file, got)
		}
	}
}
