package gentest_test

import (
	"fmt"

	"github.com/tenantgen/tenantgen/tenant/gen/gentest"
)

// What the application fills in, in the generated test's own types, and the excuses that it may need.
func ExampleFixture() {
	type args struct{ Notes struct{ NoteID int64 } }
	f := gentest.Fixture[int64, args]{A: 1, B: 2}
	f.ArgsA.Notes.NoteID, f.ArgsB.Notes.NoteID = 7, 8
	f.FindNothing = map[string]string{"Notes.Purge": "nothing is old enough"}
	f.Adjust = map[string]func(*args){"Notes.AddNote": func(a *args) { a.Notes.NoteID += 1000 }}
	fmt.Println(f.A != f.B, f.ArgsA.Notes.NoteID)
	// Output: true 7
}
