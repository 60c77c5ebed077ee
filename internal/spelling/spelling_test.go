package spelling

import "testing"

func TestMeant(t *testing.T) {
	known := []string{"org_id", "title", "created_at", "id"}
	for word, want := range map[string]string{
		"orgid":      "did you mean \"org_id\"? If not, look again",
		"tilte":      "did you mean \"title\"? If not, look again",
		"created":    "did you mean \"created_at\"? If not, look again",
		"Created-At": "did you mean \"created_at\"? If not, look again",
		"headline":   "look again",
		"x":          "look again",
		"":           "look again",
	} {
		if got := Meant(word, known, "look again"); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"", "ab", 2}, {"ab", "", 2}, {"ca", "abc", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
