package tenantblob_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantblob"
)

const setting = "app.org_id"

// buckets are one in memory and one in a directory, whose own directory is returned with it.
func buckets(t *testing.T) map[string]*blob.Bucket {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bucket")
	files, err := fileblob.OpenBucket(dir, &fileblob.Options{CreateDir: true})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*blob.Bucket{"memory": memblob.OpenBucket(nil), "directory": files}
	t.Cleanup(func() {
		for _, b := range all {
			b.Close()
		}
		// Nothing beside the bucket's directory: a name that led out of it would have made something.
		if beside, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(beside) != 1 {
			t.Errorf("beside the bucket: %v, %v", beside, err)
		}
	})
	return all
}

func of(t *testing.T, s *tenantblob.Store, scope tenant.Scope) *tenantblob.Files {
	t.Helper()
	f, err := s.Of(scope)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func put(t *testing.T, f *tenantblob.Files, name, content string) {
	t.Helper()
	if err := f.Put(t.Context(), name, "text/plain", strings.NewReader(content)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func get(t *testing.T, f *tenantblob.Files, name string) (string, error) {
	t.Helper()
	r, _, err := f.Get(t.Context(), name)
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	return string(text), err
}

func names(t *testing.T, f *tenantblob.Files, prefix string) []string {
	t.Helper()
	var all []string
	for file, err := range f.List(t.Context(), prefix) {
		if err != nil {
			t.Fatalf("%q: %v", prefix, err)
		}
		all = append(all, file.Name)
	}
	return all
}

func keys(t *testing.T, b *blob.Bucket) []string {
	t.Helper()
	var all []string
	for it := b.List(nil); ; {
		o, err := it.Next(t.Context())
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o.Key)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func fetch(t *testing.T, address string) (int, string) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(text))
}
