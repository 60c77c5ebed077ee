package attack

import "strings"

// near is an attack by a tenant whose id is nearly that of another.
func near(typ, table, id string, without control) attack {
	return attack{name: "A tenant's id that is nearly another's: " + typ, does: reads, stop: "the setting is compared without a cast that changes it", without: without,
		steps: []string{"SET app.org_id = '" + id + "'", "SELECT * FROM " + table}}
}

const emptySetting = `NULLIF\((\( SELECT .*? AS current_setting\)), ''::text\)`

var comparisons = []attack{
	near("a domain with a length", "domains", "abcd", cutting("domains", `::character varying\)::text`, "::character varying(3))::text")),
	near("varchar(n)", "varchars", "abcd", cutting("varchars", `::character varying\)::text`, "::character varying(3))::text")),
	near("char(n), longer", "chars", "abcd", cutting("chars", `::bpchar\) AND .*$`, "::character(3)))")),
	near("char(n), with a space", "chars", "ab ", cutting("chars", ` AND .*$`, ")")),
	near("name", "names", strings.Repeat("a", 64), cutting("names", `org = (NULLIF.*)\)$`, "org = (${1})::name)")),
	near("a domain or type that rounds", "numbers", "7.6", cutting("numbers", "::numeric", "::numeric(8,0)")),
	near("a collation that knows no case", "letters", "ABC", cutting("letters", ` AND \(org = \(NULLIF.*?COLLATE "C"\)\)`, "")),
	{name: "No tenant, or an empty one, where a row names the empty one", does: reads, stop: "the clause that makes an empty setting none", without: cutting("texts", emptySetting, "${1}"),
		steps: []string{"RESET app.org_id", "SELECT * FROM texts", "SET app.org_id = ''", "SELECT * FROM texts"}},
	{name: "A setting that is no id", does: reads, stop: "PostgreSQL: an error that says so", without: cutting("numbers", everything, "true"),
		steps: []string{"SET app.org_id = '8 OR true'", "SELECT * FROM numbers", "SET app.org_id = '{8}'", "SELECT * FROM numbers", "SET app.org_id = 'NaN'", "SELECT * FROM numbers"}},
}

// claimed are attacks where the tenant is a claim, by a client whose claims name none.
var claimed = []attack{
	{name: "Claims without a tenant, where a row names the empty one", does: reads, stop: "the clause that makes an empty claim none", without: cutting("texts", `org = NULLIF\((\( SELECT \(\(NULLIF.*?'org'::text\)\)), ''::text\)`, "org = ${1}"),
		steps: []string{"SELECT * FROM texts", claim("{}"), "SELECT * FROM texts", claim(`{"org": null}`), "SELECT * FROM texts", claim(`{"org": ""}`), "SELECT * FROM texts", claim(`["org"]`), "SELECT * FROM texts"}},
	{name: "Claims that are no JSON", does: reads, stop: "PostgreSQL: an error that says so", without: cutting("texts", everything, "true"),
		steps: []string{claim("org"), "SELECT * FROM texts", claim(`{"org": "acme"`), "SELECT * FROM texts"}},
}

func claim(claims string) string { return "SET request.jwt.claims = '" + claims + "'" }
