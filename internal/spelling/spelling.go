// Package spelling finds the word that a misspelt one was meant to be.
package spelling

import "strings"

// Nearest is the one of known that word is nearest to, "" when none is near.
func Nearest(word string, known []string) string {
	best, bestDistance := "", len(word)/3+2
	folded := fold(word)
	for _, k := range known {
		if d := nearness(folded, fold(k)); d < bestDistance && d < len(k) {
			best, bestDistance = k, d
		}
	}
	return best
}

// Meant is a hint that begins with the nearest word, where there is one.
func Meant(word string, known []string, hint string) string {
	if near := Nearest(word, known); near != "" {
		return "did you mean \"" + near + "\"? If not, " + hint
	}
	return hint
}

// nearness is the distance, but a word that was cut short or went on is near.
func nearness(a, b string) int {
	d := distance(a, b)
	if min(len(a), len(b)) >= 3 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) {
		d = min(d, 1)
	}
	return d
}

// fold makes emitInterface and emit-interface equal to emit_interface.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// distance counts the edits that turn a into b, a swap of neighbours being one.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, prev, row := rows[(i+2)%3], rows[i%3], rows[(i+1)%3]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return rows[(len(a)+1)%3][len(b)]
}
