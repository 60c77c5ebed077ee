package rules

var staleException = &Rule{
	Name:     "stale-exception",
	Title:    "an exception of a rule that nothing falls under",
	Severity: Error,
	Kind:     Configuration,
	Text: `A rule's except names what it says nothing of, and why: a table, a view, a function,
a query, or a column or key of a table, as the finding names it. One that nothing
falls under any more would hide the next thing of that name.`,
	Bad:  "rules: {key-without-tenant: {except: {orgs.gone: \"of a column that is gone\"}}}",
	Good: "rules: {key-without-tenant: {except: {orgs.slug: \"a slug is part of a URL, so there is one of each\"}}}",
}

var staleBaseline = &Rule{
	Name:     "stale-baseline",
	Title:    "an entry of the baseline that excuses nothing",
	Severity: Error,
	Kind:     Configuration,
	Text: `An entry of the baseline excuses one refused query as it was: name, tokens,
findings and what the schema says of what it touches. Once the query or the schema
beneath changes, is accepted or is gone, the entry has to go.`,
	Bad:  "a query that was refused and is scoped now, and still has its entry",
	Good: "the entry is removed, or tenantgen lint --write-baseline has written the file anew",
}
