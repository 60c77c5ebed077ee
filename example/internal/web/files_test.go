package web_test

import (
	"strings"
	"testing"
)

// A file is uploaded, listed, downloaded as something to be saved, and deleted; its bytes are counted, and given back.
func TestFiles(t *testing.T) {
	s := newSite(t)
	b := s.signIn(s.Alice)
	content := "<script>alert(1)</script>" + strings.Repeat("x", 2048)
	b.upload("{acme}/files", `C:\tmp\plan ä.html`, content).want(t, 200, "The file is kept", "plan ä.html", "2.0 KiB", "of 10.0 MiB")
	file := b.get("{acme}/files/plan%20%C3%A4.html")
	if file.text != content || file.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment; filename*=utf-8''plan%20%C3%A4.html") ||
		!strings.HasPrefix(file.header.Get("Content-Security-Policy"), "sandbox") || file.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", file.status, file.header)
	}
	b.upload("{acme}/files", "plan ä.html", "again").want(t, 409, "there is a file of this name")
	b.post("{acme}/files/delete", "name", "plan ä.html").want(t, 200, "The file is deleted", "No files are kept", "0 bytes")
	b.get("{acme}/files/plan%20%C3%A4.html").want(t, 404)
	b.post("{acme}/files/delete", "name", "plan ä.html").want(t, 404)
}

// Files are an organization's own: none is found, taken or deleted from another one, whatever is said instead of a name.
func TestForeignFiles(t *testing.T) {
	s := newSite(t)
	alice, bob := s.signIn(s.Alice), s.signIn(s.Bob)
	bob.upload("{globex}/files", "secret.txt", "of Globex").want(t, 200)
	alice.get("{acme}/files").want(t, 200, "No files are kept", "0 bytes", "not", "secret.txt")
	root := "organizations/" + s.Globex.ID.String() + "/files/secret.txt"
	for _, name := range []string{"secret.txt", root, strings.ReplaceAll(root, "/", "%2F")} {
		alice.get("{acme}/files/"+name).want(t, 404, "not", "of Globex")
		alice.get("{globex}/files/"+name).want(t, 403, "not", "of Globex")
	}
	for _, name := range []string{"..%2F..%2F" + s.Globex.ID.String() + "%2Ffiles%2Fsecret.txt", "%252e%252e%252fsecret.txt", "..%5Csecret.txt", "%00"} {
		alice.get("{acme}/files/"+name).want(t, 400, "file cannot have this name", "not", "of Globex")
	}
	for _, name := range []string{"secret.txt", "../../" + s.Globex.ID.String() + "/files/secret.txt", ""} {
		if page := alice.post("{acme}/files/delete", "name", name); page.status != 404 && page.status != 400 {
			t.Errorf("%q: %d", name, page.status)
		}
	}
	alice.post("{globex}/files/delete", "name", "secret.txt").want(t, 403)
	if file := bob.get("{globex}/files/secret.txt"); file.text != "of Globex" {
		t.Errorf("Bob has %d %s", file.status, file.text)
	}
}

// A viewer takes files, and neither brings nor deletes any.
func TestViewerOfFiles(t *testing.T) {
	s := newSite(t)
	alice, vera := s.signIn(s.Alice), s.signIn(s.Vera)
	seen := vera.listen("{acme}/events")
	alice.upload("{acme}/files", "open.txt", "to all of Acme").want(t, 200)
	vera.wait(seen, "file.added")
	vera.get("{acme}/files").want(t, 200, "open.txt", "not", "file-form", "data-delete")
	if file := vera.get("{acme}/files/open.txt"); file.text != "to all of Acme" {
		t.Errorf("Vera has %d %s", file.status, file.text)
	}
	vera.upload("{acme}/files", "vera.txt", "hers").want(t, 403)
	vera.post("{acme}/files/delete", "name", "open.txt").want(t, 403)
}

// The plan bounds the bytes of all files together, and one file is not larger than it may be; what was refused takes no room.
func TestStorageQuota(t *testing.T) {
	s := newSite(t)
	b := s.signIn(s.Alice)
	b.upload("{acme}/files", "huge.bin", strings.Repeat("x", 10<<20)).want(t, 413, "This is too large")
	b.upload("{acme}/files", "large.bin", strings.Repeat("x", 7<<20)).want(t, 200, "7.0 MiB")
	b.upload("{acme}/files", "more.bin", strings.Repeat("x", 7<<20)).want(t, 402, "the plan does not allow more of this", "7.0 MiB", "not", "more.bin")
	b.post("{acme}/files/delete", "name", "large.bin").want(t, 200, "0 bytes")
	b.upload("{acme}/files", "more.bin", strings.Repeat("x", 7<<20)).want(t, 200, "7.0 MiB")
	s.signIn(s.Bob).get("{globex}/files").want(t, 200, "0 bytes")
}
