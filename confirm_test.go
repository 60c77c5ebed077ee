package tenantgen

import "testing"

// Findings of the second reader count as those of lint do: characters, from 1.
func TestLineColumn(t *testing.T) {
	for at, want := range map[int][2]int{0: {1, 1}, 3: {1, 3}, 4: {2, 1}, 6: {2, 2}, 7: {2, 3}} {
		if line, column := lineColumn("é=\né=1", at); line != want[0] || column != want[1] {
			t.Errorf("byte %d: %d:%d, want %d:%d", at, line, column, want[0], want[1])
		}
	}
}
