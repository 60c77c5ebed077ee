package tenantblob_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"gocloud.dev/blob/fileblob"

	"github.com/tenantgen/tenantgen/tenant/tenantblob"
)

// A list goes on while files are deleted, in a directory, too, and has every file that stays.
func TestListWhileFilesAreDeleted(t *testing.T) {
	bucket, err := fileblob.OpenBucket(t.TempDir(), &fileblob.Options{NoTempDir: true})
	if err != nil {
		t.Fatal(err)
	}
	defer bucket.Close()
	files, err := tenantblob.New(bucket, setting).Of(acme)
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string) {
		if err := files.Put(t.Context(), name, "text/plain", strings.NewReader(name)); err != nil {
			t.Error(err)
		}
	}
	put("a stays")
	put("z stays")
	done := make(chan bool)
	var deleting sync.WaitGroup
	for worker := range 4 {
		deleting.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				name := fmt.Sprintf("goes %d-%d", worker, i)
				put(name)
				if err := files.Delete(t.Context(), name); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 1000 {
		stay := 0
		for file, err := range files.List(t.Context(), "") {
			if err != nil {
				t.Errorf("a list fails: %v", err)
				break
			}
			if strings.HasSuffix(file.Name, " stays") {
				stay++
			}
		}
		if stay != 2 || t.Failed() {
			t.Errorf("%d of two files that stay are listed", stay)
			break
		}
	}
	close(done)
	deleting.Wait()
}
