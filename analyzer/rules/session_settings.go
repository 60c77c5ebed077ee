package rules

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

var sessionSettings = &Rule{
	Name:      "session-settings",
	Title:     "sessions begin with a setting that the tenant, the role or the meaning of a query rests on",
	Severity:  Error,
	Kind:      Schema,
	Excusable: true,
	Text: `ALTER ROLE … SET and ALTER DATABASE … SET give later sessions a value from the start
(PostgreSQL manual, 20.1.3). A connection that nobody has told the tenant must see
no row: one that begins with the setting that policies read sees somebody's. role
and session_authorization make it somebody else; app_role itself is harmless there.
search_path decides what names mean: proofs are made under every path of the schema
files, as long as it names schemas of theirs, pg_catalog first if at all. Settings
that are known to change neither (limits, planning, logging, formats), and settings
of one's own that no policy, function or view reads, are harmless; all others are
reported, whatever the role, because the files do not say who logs in.`,
	Bad:  `ALTER ROLE app_tenant SET app.org_id = 'aaaaaaaa-0000-4000-8000-000000000001';`,
	Good: `ALTER ROLE app_tenant SET statement_timeout = '5s';`,
	Run: func(p *Pass) {
		for _, s := range p.DB.Settings {
			if why := p.rests(s); why != "" {
				p.report(s.Pos, "", excuse("reset it: "+resetting(s)), "sessions of "+whose(s)+" begin with a value of "+s.Name+": "+why)
			}
		}
	},
}

func whose(s *catalog.Setting) string {
	who := "every role"
	if s.Role != "" {
		who = "role " + s.Role
	}
	if s.Database != "" {
		who += " in database " + s.Database
	}
	return who
}

func resetting(s *catalog.Setting) string {
	switch {
	case s.Role == "" && s.Database != "":
		return "ALTER DATABASE " + ident(s.Database) + " RESET " + s.Name
	case s.Role == "":
		return "ALTER ROLE ALL RESET " + s.Name
	case s.Database != "":
		return "ALTER ROLE " + ident(s.Role) + " IN DATABASE " + ident(s.Database) + " RESET " + s.Name
	}
	return "ALTER ROLE " + ident(s.Role) + " RESET " + s.Name
}

// limits are settings that say how long, how much and how something is done, not what a
// statement means nor for whom it is run (PostgreSQL manual, 20).
var limits = regexp.MustCompile(`^(?:(?:auto_explain|pg_stat_statements|pgaudit)\.[a-z_]+` +
	`|(?:enable|log|debug|jit|geqo|parallel|cpu|lc|tcp|autovacuum|vacuum|wal|track|stats|min_parallel|max_parallel|constraint_exclusion)(?:_[a-z_]+)?` +
	`|(?:statement|lock|idle_session|idle_in_transaction_session|deadlock|transaction)_timeout|[a-z_]*(?:_mem|_cost|_cache_size|_threshold|_limit|_buffers)` +
	`|application_name|client_min_messages|timezone|datestyle|intervalstyle|bytea_output|extra_float_digits|xmlbinary|synchronous_commit` +
	`|default_statistics_target|default_transaction_(?:isolation|read_only|deferrable)|default_text_search_config|default_tablespace|temp_tablespaces` +
	`|plan_cache_mode|effective_io_concurrency|random_page_cost|seq_page_cost|work_mem|maintenance_work_mem|cursor_tuple_fraction|from_collapse_limit` +
	`|join_collapse_limit|hash_mem_multiplier|check_function_bodies|default_toast_compression|gin_fuzzy_search_limit|timezone_abbreviations)$`)

// rests says what rests on a setting, "" when nothing does.
func (p *Pass) rests(s *catalog.Setting) string {
	tenant := func(name string) bool { return strings.EqualFold(name, s.Name) }
	switch {
	case slices.ContainsFunc(p.App.Settings, tenant):
		return "it holds the current tenant"
	case s.Name == "role" && s.Known && len(s.Values) == 1 && (s.Values[0] == "none" || s.Values[0] == p.App.Role):
		return ""
	case s.Name == "role", s.Name == "session_authorization":
		return "it decides which rights and policies apply"
	case s.Name == "row_security":
		return "it decides whether a statement that policies limit fails or is limited"
	case s.Name == "session_replication_role":
		return "it decides whether triggers and foreign keys hold"
	case s.Name == "search_path":
		return p.restsOnPath(s)
	case strings.Contains(s.Name, ".") && p.readsSetting(s.Name):
		return "a policy, a function or a view reads it"
	case !strings.Contains(s.Name, ".") && !limits.MatchString(s.Name):
		return "tenantgen does not know that nothing rests on it"
	}
	return ""
}

// readsSetting reports whether code of the schema names a setting.
func (p *Pass) readsSetting(name string) bool {
	in := func(text string) bool { return strings.Contains(strings.ToLower(text), name) }
	for _, t := range p.DB.Tables {
		o := p.Own.Of(t)
		if in(o.ReadAlso) || in(o.Restrict) || slices.ContainsFunc(t.Policies, func(pol *catalog.Policy) bool { return in(pol.Using) || in(pol.Check) }) {
			return true
		}
	}
	return slices.ContainsFunc(p.DB.Functions, func(f *catalog.Function) bool { return in(f.Body) }) ||
		slices.ContainsFunc(p.DB.Views, func(v *catalog.View) bool { return in(v.Query) })
}

func (p *Pass) restsOnPath(s *catalog.Setting) string {
	if !s.Known {
		return "which names it makes visible is not known"
	}
	for i, schema := range s.Values {
		switch {
		case schema == "pg_catalog" && i > 0:
			return "what another schema holds goes before PostgreSQL's own functions and operators"
		case schema == "pg_catalog", schema == "$user", schema == "pg_temp" && i == len(s.Values)-1, schema == "":
		case !slices.Contains(p.DB.Schemas, schema):
			return "no schema file creates the schema " + schema
		}
	}
	return ""
}
