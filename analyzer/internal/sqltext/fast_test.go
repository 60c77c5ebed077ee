package sqltext

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// The lines in front of a statement are told by themselves from what sqlc drops: what is said of a text is what is said
// when every line is scanned.
func TestDroppedLineInFront(t *testing.T) {
	pieces := []string{"-- name: A :one", "--", "  -- b", "\t", " ", "\n", "\r\n", "\r", "\v", "\f", "\u00a0", "\u0085", "/* c */", "/* d", "e */", "# f", "/*+ h */", "SELECT 1", "'", "$$", "--'", ";", "-- g\rAND false", "*/ OR true -- i"}
	r := rand.New(rand.NewPCG(1, 2))
	dropped := 0
	for range 200_000 {
		var b strings.Builder
		for range 1 + r.IntN(7) {
			b.WriteString(pieces[r.IntN(len(pieces))])
			if r.IntN(2) == 0 {
				b.WriteByte('\n')
			}
		}
		text := b.String()
		got, want := DroppedLine(text, 0, len(text)), droppedByScan(text)
		if got != want {
			t.Fatalf("%q: %v, not %v", text, got, want)
		}
		if want.Known() {
			dropped++
		}
	}
	if dropped < 1000 {
		t.Errorf("%d texts with a line that is dropped are too few", dropped)
	}
}

// droppedByScan is DroppedLine for a whole text, without a word about lines in front.
func droppedByScan(raw string) query.Span {
	start := len(raw) - len(strings.TrimLeftFunc(raw, isSpace))
	raw = strings.TrimSpace(raw)
	tokens, err := scan(raw)
	if err != nil {
		return query.Span{}
	}
	at := 0
	for line := range strings.Lines(raw) {
		span := query.Span{Start: at, End: at + len(strings.TrimRight(line, "\r\n"))}
		at += len(line)
		if looksLikeComment(raw[span.Start:span.End]) && !onlyComment(tokens, raw, span) {
			return query.Span{Start: start + span.Start, End: start + span.End}
		}
	}
	return query.Span{}
}

// Parses refuses what Parser refuses, with the same words.
func TestParses(t *testing.T) {
	for _, text := range []string{"", ";", "SELECT 1", "SELECT 1; SELECT", "SELEC 1", "SELECT 'a", "SELECT $$", "SELECT 1 FROM WHERE", "/*", "SELECT E'\\u00'", "SELECT U&'\\D800'",
		"INSERT INTO n VALUES (1) RETURNING RETURNING", "SELECT 1 AS \"\"", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END"} {
		_, err := Parser(text)
		got := Parses(text)
		if (got == nil) != (err == nil) || err != nil && got.Error() != err.Error() {
			t.Errorf("%q: %v, not %v", text, got, err)
		}
	}
}
