package sealed_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/tenantgen/tenantgen/example/internal/sealed"
)

func ring(t *testing.T, keys ...byte) *sealed.Keyring {
	t.Helper()
	var secrets [][]byte
	for _, k := range keys {
		secrets = append(secrets, bytes.Repeat([]byte{k}, sealed.KeySize))
	}
	k, err := sealed.New(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// What is sealed opens for its purpose, with its key, as it was, and not otherwise.
func TestOpensForItsPurposeOnly(t *testing.T) {
	old, both, other := ring(t, 1), ring(t, 2, 1), ring(t, 2)
	text := []byte("a secret of Acme's")
	box := old.Seal(text, "acme", "chat")
	if bytes.Contains(box, text) || bytes.Equal(box, old.Seal(text, "acme", "chat")) {
		t.Errorf("sealed: %q", box)
	}
	for _, k := range []*sealed.Keyring{old, both} {
		if got, err := k.Open(box, "acme", "chat"); err != nil || !bytes.Equal(got, text) {
			t.Errorf("got %q, %v", got, err)
		}
	}
	refuse := func(why string, k *sealed.Keyring, box []byte, purpose ...string) {
		t.Helper()
		if got, err := k.Open(box, purpose...); !errors.Is(err, sealed.ErrUnreadable) || got != nil {
			t.Errorf("%s: got %q, %v", why, got, err)
		}
	}
	refuse("another key", other, box, "acme", "chat")
	refuse("by a new key, opened with the old one", old, both.Seal(text, "acme", "chat"), "acme", "chat")
	refuse("another organization", old, box, "globex", "chat")
	refuse("another name", old, box, "acme", "tracker")
	refuse("the same letters", old, box, "acmec", "hat")
	refuse("no purpose", old, box)
	for _, n := range []int{0, 7, 8, 20, len(box) - 1} {
		refuse(fmt.Sprintf("%d bytes of it", n), old, box[:n], "acme", "chat")
	}
	for i := range box {
		changed := bytes.Clone(box)
		changed[i] ^= 1
		refuse(fmt.Sprintf("byte %d changed", i), old, changed, "acme", "chat")
	}
}

func TestKeys(t *testing.T) {
	if _, err := sealed.New(); err == nil {
		t.Error("a keyring without a key")
	}
	for _, size := range []int{0, 16, 31, 33} {
		if _, err := sealed.New(make([]byte, size)); err == nil {
			t.Errorf("a key of %d bytes", size)
		}
	}
}
