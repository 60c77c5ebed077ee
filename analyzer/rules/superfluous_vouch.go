package rules

var superfluousVouch = &Rule{
	Name:     "superfluous-vouch",
	Title:    "somebody vouches for a function whose body is read",
	Severity: Warning,
	Kind:     Configuration,
	Text: `The body of a function that only computes is read, and its calls are judged by what
it does. An entry of options.tenantgen.functions is believed instead, whatever the
body becomes: the next version may read other tenants' rows unnoticed.

It is said where everything else would be said the same without the entry.`,
	Bad:  "functions: {touch: {safe: sets updated_at}}",
	Good: "functions: {}",
}
