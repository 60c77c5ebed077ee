package tenantblob_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"
	"golang.org/x/text/unicode/norm"

	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/gen"
	"github.com/tenantgen/tenantgen/tenant/tenantblob"
)

var (
	acme   = gen.NewScope(setting, "acme")
	globex = gen.NewScope(setting, "globex")
)

// Two tenants have files of the same names, and neither has any way to the other's.
func TestTenantsApart(t *testing.T) {
	for kind, bucket := range buckets(t) {
		s := tenantblob.New(bucket, setting)
		a, g := of(t, s, acme), of(t, s, globex)
		put(t, a, "notes/one.txt", "of acme")
		put(t, a, "notes/two.txt", "of acme, too")
		put(t, g, "notes/one.txt", "of globex")
		want := []string{"organizations/acme/files/notes/one.txt", "organizations/acme/files/notes/two.txt", "organizations/globex/files/notes/one.txt"}
		if got := keys(t, bucket); !slices.Equal(got, want) {
			t.Errorf("%s: keys %q", kind, got)
		}
		if got, err := get(t, g, "notes/one.txt"); got != "of globex" || err != nil {
			t.Errorf("%s: globex reads %q, %v", kind, got, err)
		}
		if _, err := get(t, g, "notes/two.txt"); !errors.Is(err, tenantblob.ErrNotFound) {
			t.Errorf("%s: globex reads acme's: %v", kind, err)
		}
		if got := names(t, g, ""); !slices.Equal(got, []string{"notes/one.txt"}) {
			t.Errorf("%s: globex lists %q", kind, got)
		}
		if got := names(t, a, "notes/t"); !slices.Equal(got, []string{"notes/two.txt"}) {
			t.Errorf("%s: acme lists %q", kind, got)
		}
		if err := g.Copy(t.Context(), "notes/two.txt", "mine.txt"); !errors.Is(err, tenantblob.ErrNotFound) {
			t.Errorf("%s: globex copies acme's: %v", kind, err)
		}
		if err := g.Delete(t.Context(), "notes/two.txt"); !errors.Is(err, tenantblob.ErrNotFound) {
			t.Errorf("%s: globex deletes acme's: %v", kind, err)
		}
		if err := a.Copy(t.Context(), "notes/one.txt", "copy.txt"); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if f, err := a.Stat(t.Context(), "copy.txt"); err != nil || f.Size != 7 || f.ContentType != "text/plain" {
			t.Errorf("%s: the copy is %+v, %v", kind, f, err)
		}
		if err := a.Copy(t.Context(), "notes/two.txt", "copy.txt"); !errors.Is(err, tenantblob.ErrExists) {
			t.Errorf("%s: a copy over another: %v", kind, err)
		}
		if err := a.Put(t.Context(), "copy.txt", "", strings.NewReader("x")); !errors.Is(err, tenantblob.ErrExists) {
			t.Errorf("%s: a name that is taken: %v", kind, err)
		}
		if err := a.Erase(t.Context()); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if got := keys(t, bucket); !slices.Equal(got, want[2:]) {
			t.Errorf("%s: after Erase: %q", kind, got)
		}
	}
}

// A part of a tenant has files of its own, and goes with the tenant.
func TestPartsOfATenant(t *testing.T) {
	bucket := memblob.OpenBucket(nil)
	s := tenantblob.New(bucket, setting)
	project := of(t, s, acme.And(gen.NewScope("app.project_id", "7")))
	put(t, project, "plan.txt", "secret")
	put(t, of(t, s, acme), "plan.txt", "everybody's")
	if got := keys(t, bucket); !slices.Equal(got, []string{"organizations/acme/files/plan.txt", "organizations/acme/parts/app.project_5fid/7/files/plan.txt"}) {
		t.Errorf("keys %q", got)
	}
	if got := names(t, of(t, s, acme), ""); len(got) != 1 {
		t.Errorf("acme lists %q", got)
	}
	if err := project.Erase(t.Context()); err != nil || len(keys(t, bucket)) != 1 {
		t.Errorf("%v, %q", err, keys(t, bucket))
	}
}

func TestNoTenant(t *testing.T) {
	s := tenantblob.New(memblob.OpenBucket(nil), setting)
	for scope, want := range map[tenant.Scope]error{
		{}:                        tenant.ErrNoTenant,
		gen.NewScope(setting, ""): tenant.ErrNoTenant,
		gen.NewScope(setting, "00000000-0000-0000-0000-000000000000"): tenant.ErrNoTenant,
		acme.And(gen.NewScope("app.project_id", "")):                  tenant.ErrNoTenant,
		gen.NewScope("app.customer_id", "acme"):                       tenantblob.ErrScope,
	} {
		if _, err := s.Of(scope); !errors.Is(err, want) {
			t.Errorf("%v: got %v, want %v", scope, err, want)
		}
	}
	for _, root := range []string{"", "..", "a/b", "a/../b", "%2e%2e"} {
		if _, err := tenantblob.New(memblob.OpenBucket(nil), setting, tenantblob.WithRoot(root)).Of(acme); !errors.Is(err, tenantblob.ErrName) {
			t.Errorf("root %q: got %v", root, err)
		}
	}
}

// Whatever an id is, it is one segment, and no other id's: not where case does not count, nor where somebody decodes it.
func TestIDsAreSegments(t *testing.T) {
	bucket := memblob.OpenBucket(nil)
	s := tenantblob.New(bucket, setting)
	ids := []string{"acme", "Acme", "ACME", "acme.", ".acme", "..", ".", "a..b", "a._2e.b", "a/b", "a_2fb", "a%2fb", `a\b`, "é", "e\u0301", " ", "acme ", "7", "07", "0b9c1f6e-2f1c-4a7e-9d55-000000000001"}
	for _, id := range ids {
		put(t, of(t, s, gen.NewScope(setting, id)), "f", "x")
	}
	seen := map[string]bool{}
	for _, key := range keys(t, bucket) {
		parts := strings.Split(key, "/")
		if len(parts) != 4 || parts[0] != "organizations" || parts[2] != "files" || path.Clean(key) != key {
			t.Errorf("key %q", key)
		}
		for _, same := range []string{parts[1], strings.ToLower(parts[1]), norm.NFKC.String(parts[1])} {
			if same != parts[1] {
				t.Errorf("%q is written %q elsewhere", parts[1], same)
			}
		}
		seen[parts[1]] = true
	}
	if len(seen) != len(ids) || !seen["acme"] || !seen["0b9c1f6e-2f1c-4a7e-9d55-000000000001"] {
		t.Errorf("%d prefixes of %d ids: %v", len(seen), len(ids), seen)
	}
}

var hostile = []string{
	"", ".", "..", "...", "../x", "a/../b", "a/..", "./a", "a/./b", "/a", "/", "//", "a//b", "a/", `a\b`, `..\x`, `C:\x`,
	"%2e%2e/x", "%2E%2E/x", "..%2fx", "%2f", "%252e%252e%252fx", "%25252f", "a%5cb", "a%2fb", "a%00b", "a\x00b", "a\nb", "a\x7fb", "a\u202eb", "a\u200bb",
	"\u2024\u2024/x", "\uff0e\uff0e/x", "a\uff0fb", "a\uff3cb", "a\u2215b", "a\u2044b", "a\u29f8b", "\u2026", "%ef%bc%8f", "a%ff", "a\xffb",
	"__0x2f__", "a/__0x2e____0x2e__/b", "a__0X5C__b", " a", "a ", "a/ /b", ". .", "a%20", "a\u00a0", "%zz%2e%2e%2fx%zz/%2e%2e", strings.Repeat("a", 241), strings.Repeat("a/", 400) + "a",
}

var fine = []string{"a.txt", ".env", "a..b", "a/b/c.tar.gz", "100%", "50% off", "100%25", "a b", "Ünïcode/日本語.txt", "ﬁle", "a+b&c=d?#e", "~a", "_", "a:b", "naïve…", "📄.pdf"}

func TestNames(t *testing.T) {
	for kind, bucket := range buckets(t) {
		f := of(t, tenantblob.New(bucket, setting), acme)
		put(t, f, "there", "x")
		for _, name := range hostile {
			_, stat := f.Stat(t.Context(), name)
			_, _, read := f.Get(t.Context(), name)
			_, sign := f.SignedURL(t.Context(), name, time.Minute)
			_, upload := f.SignedUploadURL(t.Context(), name, "", time.Minute)
			for op, err := range map[string]error{
				"Put": f.Put(t.Context(), name, "", strings.NewReader("x")), "Stat": stat, "Get": read, "Delete": f.Delete(t.Context(), name),
				"Copy from": f.Copy(t.Context(), name, "b"), "Copy to": f.Copy(t.Context(), "there", name), "SignedURL": sign, "SignedUploadURL": upload,
			} {
				if !errors.Is(err, tenantblob.ErrName) {
					t.Errorf("%s: %s %q: got %v", kind, op, name, err)
				}
			}
			if slices.Contains([]string{"", "a/"}, name) {
				continue // beginnings of names
			}
			var list error
			for _, list = range f.List(t.Context(), name) {
			}
			if !errors.Is(list, tenantblob.ErrName) {
				t.Errorf("%s: List %q: got %v", kind, name, list)
			}
		}
		if got := keys(t, bucket); len(got) != 1 {
			t.Errorf("%s: keys %q", kind, got)
		}
		for _, name := range fine {
			put(t, f, name, name)
			if got, err := get(t, f, name); got != name || err != nil {
				t.Errorf("%s: %q reads %q, %v", kind, name, got, err)
			}
		}
		if got := names(t, f, ""); len(got) != len(fine)+1 {
			t.Errorf("%s: lists %q", kind, got)
		}
	}
}

// What is accepted stays below the prefix, whoever decodes it how often.
func FuzzCheckName(f *testing.F) {
	for _, name := range slices.Concat(hostile, fine) {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if tenantblob.CheckName(name) != nil {
			return
		}
		for range 4 {
			for _, way := range []string{name, norm.NFKC.String(name), strings.ReplaceAll(name, `\`, "/")} {
				if key := path.Join("p", way); !strings.HasPrefix(key, "p/") || key != "p/"+way {
					t.Fatalf("%q is %q", name, key)
				}
			}
			plain, err := url.PathUnescape(name)
			if err != nil {
				return
			}
			name = plain
		}
	})
}

// A guard sees each operation, before any I/O, and its error is returned.
func TestGuard(t *testing.T) {
	denied := errors.New("denied")
	var seen []string
	bucket := memblob.OpenBucket(nil)
	bucket.Close() // whatever is done now fails otherwise
	f := of(t, tenantblob.New(bucket, setting, tenantblob.WithGuard(func(_ context.Context, scope tenant.Scope, op tenant.Operation) error {
		what := scope.ID() + " " + op.Repository + " " + op.Name
		if op.Write {
			what += " writes"
		}
		seen = append(seen, what)
		return denied
	})), acme)
	ctx := t.Context()
	_, stat := f.Stat(ctx, "a")
	_, _, read := f.Get(ctx, "a")
	_, sign := f.SignedURL(ctx, "a", time.Minute)
	_, upload := f.SignedUploadURL(ctx, "a", "", time.Minute)
	var list error
	for _, list = range f.List(ctx, "") {
	}
	for i, err := range []error{f.Put(ctx, "a", "", strings.NewReader("")), f.Copy(ctx, "a", "b"), f.Delete(ctx, "a"), f.Erase(ctx), stat, read, sign, upload, list} {
		if !errors.Is(err, denied) {
			t.Errorf("%d: got %v", i, err)
		}
	}
	want := []string{"Stat", "Get", "SignedURL", "SignedURL writes", "List", "Put writes", "Copy writes", "Delete writes", "Erase writes"}
	for i := range want {
		want[i] = "acme Files " + want[i]
	}
	if !slices.Equal(seen, want) {
		t.Errorf("seen %q", seen)
	}
}

// A context that is for another tenant has no files of this one; one for the organization has its projects', and the other way round.
func TestContextsOfOtherTenants(t *testing.T) {
	s := tenantblob.New(memblob.OpenBucket(nil), setting)
	seven, eight := acme.And(gen.NewScope("app.project_id", "7")), acme.And(gen.NewScope("app.project_id", "8"))
	for _, c := range []struct {
		context, files tenant.Scope
		fine           bool
	}{{acme, acme, true}, {acme, seven, true}, {seven, acme, true}, {acme, globex, false}, {seven, globex, false}, {seven, eight, false}, {globex, seven, false}} {
		ctx, err := tenant.NewContext(t.Context(), tenant.Tenant{Scope: c.context}, tenant.Member{})
		if err != nil {
			t.Fatal(err)
		}
		err = of(t, s, c.files).Put(ctx, "of "+c.context.String(), "", strings.NewReader("x"))
		if c.fine != (err == nil) || !c.fine && !errors.Is(err, tenant.ErrTenantMismatch) {
			t.Errorf("%v in the context of %v: got %v", c.files, c.context, err)
		}
	}
}

// A URL opens its own file, for its own time.
func TestSignedURL(t *testing.T) {
	var (
		signer *fileblob.URLSignerHMAC
		bucket *blob.Bucket
	)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, err := signer.KeyFromURL(r.Context(), r.URL)
		if err != nil {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		text, err := bucket.ReadAll(r.Context(), key)
		if err != nil {
			http.Error(w, "none", http.StatusNotFound)
			return
		}
		w.Write(text)
	}))
	defer server.Close()
	signer = fileblob.NewURLSignerHMAC(must(url.Parse(server.URL)), []byte("secret"))
	bucket = must(fileblob.OpenBucket(t.TempDir(), &fileblob.Options{URLSigner: signer}))
	s := tenantblob.New(bucket, setting)
	a := of(t, s, acme)
	put(t, a, "a.txt", "of acme")
	put(t, of(t, s, globex), "a.txt", "of globex")
	signed, err := a.SignedURL(t.Context(), "a.txt", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if status, text := fetch(t, signed); status != 200 || text != "of acme" {
		t.Errorf("got %d %q", status, text)
	}
	if status, text := fetch(t, strings.ReplaceAll(signed, "acme", "globex")); status != http.StatusForbidden {
		t.Errorf("the other tenant's: got %d %q", status, text)
	}
}

// An error of the bucket does not tell the key, which has the tenant's id in it.
func TestErrorsTellNoKey(t *testing.T) {
	bucket := memblob.OpenBucket(nil)
	f := of(t, tenantblob.New(bucket, setting), acme)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	bucket.Close()
	_, err := f.Stat(ctx, "secret.txt")
	if err == nil || strings.Contains(err.Error(), "acme") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
	if unwrapped := errors.Unwrap(err); unwrapped == nil {
		t.Error("the driver's error is lost")
	}
}
