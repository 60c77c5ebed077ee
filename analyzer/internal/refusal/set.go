package refusal

import "github.com/tenantgen/tenantgen/analyzer/internal/finding"

// setChanges is about what is declared to read for a set of tenants.
func setChanges(said) finding.Finding {
	return finding.Finding{Rule: "invalid-directive", Message: "a query for a set of tenants only reads: this one writes, locks rows or takes a number from a sequence",
		Hint: "let it be for one tenant, with its parameter, and call it for each of them"}
}

func setOfLevels(said) finding.Finding {
	return finding.Finding{Rule: "invalid-directive", Message: "queries for a set of tenants are not there yet where tenants lie in others, by levels",
		Hint: "declare it with -- tenantgen:cross-tenant <category> <reason>, or call a query of one tenant for each of them"}
}
