package migrations

import "slices"

// Tool tells by the names and the texts of a directory's files which tool runs them, "" when
// they do not say so, or say several.
func Tool(files []Source) string {
	var found []string
	note := func(tool string) {
		if !slices.Contains(found, tool) {
			found = append(found, tool)
		}
	}
	for _, f := range files {
		if f.Name == "atlas.sum" {
			note("atlas")
		}
		for format, t := range tools {
			if t.list != nil && Claims(format, f.Name, f.Text) {
				note(format)
			}
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}
