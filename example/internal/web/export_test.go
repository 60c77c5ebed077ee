package web

// Patterns are those of all routes inside an organization.
func Patterns() (all []string) {
	for _, r := range routes() {
		all = append(all, r.pattern)
	}
	return all
}
