package analyzer_test

import "strings"

// guardReasons says of mutants of our own code that no test notices why they change no
// verdict for the worse, one a line: name | reason.
var guardReasons = func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(`
`) {
		if name, reason, ok := strings.Cut(line, " | "); ok {
			m[name] = strings.TrimSpace(reason)
		}
	}
	return m
}()
